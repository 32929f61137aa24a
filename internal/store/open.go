// Package store opens the database behind ent: SQLite with one writer and a pool of readers. It owns the connections,
// the one function that begins a transaction, and the versioned migrations.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"

	"entgo.io/ent/dialect"
	_ "github.com/mattn/go-sqlite3" // the driver "sqlite3"

	"github.com/vysero/returns/ent"
	_ "github.com/vysero/returns/ent/runtime" // policies and validators are absent without it
)

// DB is an open database. Client reads rows as ent/rule lets the principal in the context see them; only InTx writes.
type DB struct {
	Client *ent.Client

	path           string
	writer, reader *sql.DB
	now            func() time.Time
}

// Option of Open.
type Option func(dialect.Driver) dialect.Driver

// Watched hands every statement to watch before it runs: for counting statements and for tracing.
func Watched(watch func(statement string)) Option {
	return func(d dialect.Driver) dialect.Driver { return &watched{Driver: d, watch: watch} }
}

// busyTimeout is how long a connection waits for another process that is writing.
const busyTimeout = 5 * time.Second

// Open opens the database that the URL names: "sqlite:PATH", or a path alone. The file and its folder are made when they
// are missing; the schema is not: see Migrate. now is the clock that InTx reads.
func Open(ctx context.Context, databaseURL string, now func() time.Time, options ...Option) (*DB, error) {
	path, err := sqlitePath(databaseURL)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, fmt.Errorf("the folder of the database cannot be made: %w", err)
	}
	db := &DB{path: path, now: now}
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
	var driver dialect.Driver = newRouting(db.writer, db.reader)
	for _, option := range options {
		driver = option(driver)
	}
	db.Client = ent.NewClient(ent.Driver(driver))
	return db, nil
}

// scheme is the beginning of a URL of some other kind: a word and a colon.
var scheme = regexp.MustCompile(`^[a-z][a-z0-9+.-]+:`)

// sqlitePath finds the file in a database URL.
func sqlitePath(databaseURL string) (string, error) {
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
		return "", errors.New("the database URL is not a SQLite file: only SQLite is supported so far")
	case strings.ContainsAny(databaseURL, "?#"):
		return "", errors.New("the database URL takes a file's path and no parameters")
	}
	return databaseURL, nil
}

// connect opens a pool. Every commit reaches the disk before it is answered (synchronous=FULL): these rows record money.
func connect(ctx context.Context, path, lock string, more url.Values) (*sql.DB, error) {
	settings := url.Values{
		"_busy_timeout": {fmt.Sprint(busyTimeout.Milliseconds())}, "_foreign_keys": {"on"}, "_journal_mode": {"WAL"},
		"_synchronous": {"FULL"}, "_loc": {"UTC"}, "_txlock": {lock}, "_stmt_cache_size": {"64"},
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

// Ping tells whether the database answers.
func (db *DB) Ping(ctx context.Context) error { return db.reader.PingContext(ctx) }

// Close closes both pools.
func (db *DB) Close() error { return errors.Join(db.reader.Close(), db.writer.Close()) }
