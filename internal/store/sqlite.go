package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"runtime"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/mattn/go-sqlite3" // the driver "sqlite3"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riversqlite"
)

//go:embed migrations/sqlite/*.sql
var sqliteSteps embed.FS

// sqlite is one file with one writer and a pool of readers.
type sqlite struct {
	path           string
	writer, reader *sql.DB
}

func openSQLite(ctx context.Context, databaseURL string) (*sqlite, error) {
	path, err := SQLitePath(databaseURL)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, fmt.Errorf("the folder of the database cannot be made: %w", err)
	}
	if err := makeFile(path); err != nil {
		return nil, fmt.Errorf("the database's file cannot be made: %w", err)
	}
	db := &sqlite{path: path}
	// The writer comes first: it makes the file and switches it to WAL, which a reader cannot.
	if db.writer, err = connect(ctx, path, "immediate", nil); err != nil {
		return nil, err
	}
	db.writer.SetMaxOpenConns(1)
	if db.reader, err = connect(ctx, path, "deferred", url.Values{"_query_only": {"on"}}); err != nil {
		return nil, errors.Join(err, db.writer.Close())
	}
	readers := max(4, runtime.NumCPU())
	db.reader.SetMaxOpenConns(readers)
	db.reader.SetMaxIdleConns(readers)
	return db, nil
}

// makeFile makes a file that is missing, for its owner alone: SQLite itself would let everybody on the machine read customers'
// data. The files that SQLite keeps beside it get the same mode. One that is there is not opened: closing it again would take
// away the locks that this process has on it.
func makeFile(path string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the operator names the file
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return file.Close()
}

// connect opens a pool. Every commit reaches the disk before it is answered (synchronous=FULL): these rows record money. What
// is deleted is overwritten (secure_delete): an erased customer is not to be found in the file.
func connect(ctx context.Context, path, lock string, more url.Values) (*sql.DB, error) {
	settings := url.Values{
		"_busy_timeout": {fmt.Sprint(busyTimeout.Milliseconds())}, "_foreign_keys": {"on"}, "_journal_mode": {"WAL"},
		"_synchronous": {"FULL"}, "_secure_delete": {"on"}, "_loc": {"UTC"}, "_txlock": {lock}, "_stmt_cache_size": {"64"},
	}
	maps.Copy(settings, more)
	db, err := sql.Open("sqlite3", (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: settings.Encode()}).String())
	if err != nil {
		return nil, fmt.Errorf("the database cannot be opened: %w", err)
	}
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("the database cannot be opened: %w", err), db.Close())
	}
	return db, nil
}

func (db *sqlite) driver() dialect.Driver { return newRouting(db.writer, db.reader) }

func (db *sqlite) ping(ctx context.Context) error { return db.reader.PingContext(ctx) }

func (db *sqlite) native() (*sql.DB, *pgxpool.Pool) { return db.writer, nil }

func (db *sqlite) close() error { return errors.Join(db.reader.Close(), db.writer.Close()) }

// begin takes the one writer, so that no transaction reads what another one is about to change.
func (db *sqlite) begin(ctx context.Context) (*transaction, error) {
	tx, err := db.writer.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	return &transaction{
		native: tx, driver: joined{entsql.NewDriver(dialect.SQLite, entsql.Conn{ExecQuerier: tx})},
		commit: tx.Commit, rollback: tx.Rollback,
	}, nil
}

// view takes one of the readers for as long as it lasts: what it sees is as of its first statement, while others write.
func (db *sqlite) view(ctx context.Context) (*transaction, error) {
	tx, err := db.reader.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	return &transaction{
		driver: joined{entsql.NewDriver(dialect.SQLite, entsql.Conn{ExecQuerier: tx})}, commit: tx.Commit, rollback: tx.Rollback,
	}, nil
}

// migrate runs on a connection of its own without foreign keys: SQLite rebuilds a table by dropping the old one, which
// would take the rows that refer to it along. Every reference is checked afterwards.
func (db *sqlite) migrate(ctx context.Context) (steps []string, err error) {
	conn, err := connect(ctx, db.path, "immediate", url.Values{"_foreign_keys": {"off"}})
	if err != nil {
		return nil, err
	}
	conn.SetMaxOpenConns(1)
	defer func() { err = errors.Join(err, conn.Close()) }()
	provider, err := db.provider(conn)
	if err != nil {
		return nil, err
	}
	if steps, err = take(ctx, provider); err != nil {
		return nil, err
	}
	if err := referencesHold(ctx, conn); err != nil {
		return nil, err
	}
	queue, err := takeQueue(ctx, riversqlite.New(db.writer))
	return append(steps, queue...), err
}

func (db *sqlite) provider(conn *sql.DB) (*goose.Provider, error) {
	return providerOf(goose.DialectSQLite3, conn, sqliteSteps, "migrations/sqlite")
}

func referencesHold(ctx context.Context, conn *sql.DB) (err error) {
	rows, err := conn.QueryContext(ctx, "PRAGMA foreign_key_check")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	if rows.Next() {
		return errors.New("a row refers to one that does not exist: the migration is not to be trusted")
	}
	return rows.Err()
}

func (db *sqlite) pending(ctx context.Context) (int, error) {
	provider, err := db.provider(db.writer)
	if err != nil {
		return 0, err
	}
	return countPending(ctx, provider, riversqlite.New(db.writer))
}
