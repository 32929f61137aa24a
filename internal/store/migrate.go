package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/sqlite/*.sql
var migrations embed.FS

// Migrate brings the schema up to this program's version and returns the names of the steps that it took. Steps only go
// forwards. They run on a connection of their own without foreign keys: SQLite rebuilds a table by dropping the old one,
// which would take the rows that refer to it along. Every reference is checked afterwards.
func (db *DB) Migrate(ctx context.Context) (steps []string, err error) {
	files, err := fs.Sub(migrations, "migrations/sqlite")
	if err != nil {
		return nil, err
	}
	conn, err := connect(ctx, db.path, "immediate", url.Values{"_foreign_keys": {"off"}})
	if err != nil {
		return nil, err
	}
	conn.SetMaxOpenConns(1)
	defer func() { err = errors.Join(err, conn.Close()) }()
	provider, err := goose.NewProvider(goose.DialectSQLite3, conn, files)
	if err != nil {
		return nil, fmt.Errorf("the migrations cannot be read: %w", err)
	}
	results, err := provider.Up(ctx)
	if err != nil {
		return nil, fmt.Errorf("the migration failed: %w", err)
	}
	for _, r := range results {
		steps = append(steps, r.Source.Path)
	}
	rows, err := conn.QueryContext(ctx, "PRAGMA foreign_key_check")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	if rows.Next() {
		return nil, errors.New("a row refers to one that does not exist: the migration is not to be trusted")
	}
	return steps, rows.Err()
}

// Pending tells how many steps Migrate would take.
func (db *DB) Pending(ctx context.Context) (int, error) {
	files, err := fs.Sub(migrations, "migrations/sqlite")
	if err != nil {
		return 0, err
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db.writer, files)
	if err != nil {
		return 0, fmt.Errorf("the migrations cannot be read: %w", err)
	}
	current, target, err := provider.GetVersions(ctx)
	if err != nil {
		return 0, fmt.Errorf("the schema's version cannot be read: %w", err)
	}
	pending := 0
	for _, source := range provider.ListSources() {
		if source.Version > current && source.Version <= target {
			pending++
		}
	}
	return pending, nil
}
