package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
)

// routing sends what only reads to the pool of readers, and everything else to the one writer. It goes by the statement's
// verb and not by the driver's method, since ent sends INSERT … RETURNING as a query.
type routing struct{ writer, reader *entsql.Driver }

func newRouting(writer, reader *sql.DB) *routing {
	return &routing{writer: entsql.OpenDB(dialect.SQLite, writer), reader: entsql.OpenDB(dialect.SQLite, reader)}
}

// Dialect is SQLite's.
func (d *routing) Dialect() string { return dialect.SQLite }

// Close closes both pools.
func (d *routing) Close() error { return errors.Join(d.reader.Close(), d.writer.Close()) }

// Exec writes.
func (d *routing) Exec(ctx context.Context, query string, args, v any) error {
	return d.writer.Exec(ctx, query, inUTC(args), v)
}

// Query reads, unless the statement writes. A reader is query_only: should a writing statement ever begin with WITH, it
// fails aloud instead of writing past the writer.
func (d *routing) Query(ctx context.Context, query string, args, v any) error {
	if strings.HasPrefix(query, "SELECT") || strings.HasPrefix(query, "WITH ") {
		return d.reader.Query(ctx, query, inUTC(args), v)
	}
	return d.writer.Query(ctx, query, inUTC(args), v)
}

// inUTC hands instants over as records keep them. SQLite keeps an instant as text with its offset, and compares text: in
// any other zone it would stand in the wrong place.
func inUTC(args any) any {
	list, ok := args.([]any)
	if !ok {
		return args
	}
	for i, value := range list {
		if at, ok := value.(time.Time); ok {
			list[i] = at.UTC().Truncate(time.Microsecond)
		}
	}
	return list
}

// Tx begins a writing transaction.
func (d *routing) Tx(ctx context.Context) (dialect.Tx, error) { return d.writer.Tx(ctx) }

// BeginTx begins a writing transaction with options; ent asks for this one.
func (d *routing) BeginTx(ctx context.Context, options *sql.TxOptions) (dialect.Tx, error) {
	return d.writer.BeginTx(ctx, options)
}

// watched shows each statement to a watcher before it runs.
type watched struct {
	dialect.Driver

	watch func(statement string)
}

// Exec shows the statement and runs it.
func (d *watched) Exec(ctx context.Context, query string, args, v any) error {
	d.watch(query)
	return d.Driver.Exec(ctx, query, args, v)
}

// Query shows the statement and runs it.
func (d *watched) Query(ctx context.Context, query string, args, v any) error {
	d.watch(query)
	return d.Driver.Query(ctx, query, args, v)
}

// BeginTx passes on what ent needs for transactions with options.
func (d *watched) BeginTx(ctx context.Context, options *sql.TxOptions) (dialect.Tx, error) {
	beginner, ok := d.Driver.(interface {
		BeginTx(ctx context.Context, options *sql.TxOptions) (dialect.Tx, error)
	})
	if !ok {
		return nil, errors.New("the driver has no transactions")
	}
	return beginner.BeginTx(ctx, options)
}
