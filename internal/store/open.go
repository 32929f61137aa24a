// Package store opens the database behind ent: SQLite with one writer and a pool of readers, or PostgreSQL. It owns the
// connections, the one function that begins a transaction, and the versioned migrations.
package store

import (
	"context"
	"database/sql"
	"errors"
	"regexp"
	"strings"
	"time"

	"entgo.io/ent/dialect"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/vysero/returns/ent"
	_ "github.com/vysero/returns/ent/runtime" // policies and validators are absent without it
)

// DB is an open database. Client reads rows as ent/rule lets the principal in the context see them; only InTx writes.
type DB struct {
	Client *ent.Client

	engine engine
	now    func() time.Time
}

// engine is what differs between the databases.
type engine interface {
	driver() dialect.Driver
	begin(ctx context.Context) (*transaction, error)
	view(ctx context.Context) (*transaction, error)
	migrate(ctx context.Context) ([]string, error)
	pending(ctx context.Context) (int, error)
	ping(ctx context.Context) error
	native() (*sql.DB, *pgxpool.Pool)
	close() error
}

// Option of Open.
type Option func(dialect.Driver) dialect.Driver

// Watched hands every statement outside of transactions to watch before it runs: for counting statements and for tracing.
func Watched(watch func(statement string)) Option {
	return func(d dialect.Driver) dialect.Driver { return &watched{Driver: d, watch: watch} }
}

// busyTimeout is how long a transaction waits for another one that is writing the same.
const busyTimeout = 5 * time.Second

// Open opens the database that the URL names: "sqlite:PATH" or a path alone, "postgres://…" or "postgresql://…". SQLite's
// file and its folder are made when they are missing, a PostgreSQL database is not; the schema is not made in either:
// see Migrate. now is the clock that InTx reads.
func Open(ctx context.Context, databaseURL string, now func() time.Time, options ...Option) (*DB, error) {
	db := &DB{now: now}
	var err error
	if Postgres(databaseURL) {
		db.engine, err = openPostgres(ctx, databaseURL)
	} else {
		db.engine, err = openSQLite(ctx, databaseURL)
	}
	if err != nil {
		return nil, err
	}
	driver := db.engine.driver()
	for _, option := range options {
		driver = option(driver)
	}
	db.Client = ent.NewClient(ent.Driver(reads{driver}))
	return db, nil
}

// Postgres tells whether the URL names a PostgreSQL database.
func Postgres(databaseURL string) bool {
	return strings.HasPrefix(databaseURL, "postgres://") || strings.HasPrefix(databaseURL, "postgresql://")
}

// scheme is the beginning of a URL of some other kind: a word and a colon.
var scheme = regexp.MustCompile(`^[a-z][a-z0-9+.-]+:`)

// SQLitePath finds the file in a database URL that is not PostgreSQL's.
func SQLitePath(databaseURL string) (string, error) {
	for _, prefix := range []string{"sqlite://", "sqlite:", "file:"} {
		if rest, found := strings.CutPrefix(databaseURL, prefix); found {
			databaseURL = rest
			break
		}
	}
	switch {
	case databaseURL == "":
		return "", errors.New("the database URL is empty")
	case scheme.MatchString(databaseURL):
		return "", errors.New("the database URL is neither a SQLite file (sqlite:PATH) nor PostgreSQL (postgres://…)")
	case strings.ContainsAny(databaseURL, "?#"):
		return "", errors.New("the database URL takes a file's path and no parameters")
	}
	return databaseURL, nil
}

// Ping tells whether the database answers.
func (db *DB) Ping(ctx context.Context) error { return db.engine.ping(ctx) }

// Migrate brings the schema up to this program's version, the queue's tables included, and returns the names of the steps
// that it took. Steps only go forwards. Of two programs that migrate one PostgreSQL database at once, one waits.
func (db *DB) Migrate(ctx context.Context) (steps []string, err error) { return db.engine.migrate(ctx) }

// Pending tells how many steps Migrate would take.
func (db *DB) Pending(ctx context.Context) (int, error) { return db.engine.pending(ctx) }

// Native is what a library that knows nothing of ent works with: SQLite's writer, or PostgreSQL's pool. The other is nil.
func (db *DB) Native() (writer *sql.DB, pool *pgxpool.Pool) { return db.engine.native() }

// Close closes every connection.
func (db *DB) Close() error { return db.engine.close() }
