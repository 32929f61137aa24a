package store

import (
	"context"
	"database/sql"
	"errors"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"github.com/vysero/returns/internal/fault"
)

// reads gives the errors of what is read outside of transactions their meaning, as InTx does for its own.
type reads struct{ dialect.Driver }

// Query reads, and watches the rows too: a connection may be lost between two of them.
func (d reads) Query(ctx context.Context, query string, args, v any) error {
	if err := d.Driver.Query(ctx, query, args, v); err != nil {
		return unread(err)
	}
	if rows, ok := v.(*entsql.Rows); ok {
		rows.ColumnScanner = scanned{rows.ColumnScanner}
	}
	return nil
}

// BeginTx passes on what ent needs for transactions with options.
func (d reads) BeginTx(ctx context.Context, options *sql.TxOptions) (dialect.Tx, error) {
	beginner, ok := d.Driver.(interface {
		BeginTx(ctx context.Context, options *sql.TxOptions) (dialect.Tx, error)
	})
	if !ok {
		return nil, errors.New("the driver has no transactions")
	}
	return beginner.BeginTx(ctx, options)
}

// scanned are rows whose end tells what it means.
type scanned struct{ entsql.ColumnScanner }

// Err tells why there are no more rows.
func (s scanned) Err() error { return unread(s.ColumnScanner.Err()) }

// unread is a database that cannot be read for now, or what it can never have. What was done before the read is done: the
// caller reads again first.
func unread(err error) error {
	switch {
	case err == nil:
		return nil
	case unspeakable(err):
		return notText(err)
	case !unavailable(err):
		return err
	}
	return &fault.Error{
		Kind: fault.Unavailable, Code: fault.CodeUnavailable, Err: err,
		Say: "The records cannot be read right now. Read again before you repeat what you did.",
	}
}
