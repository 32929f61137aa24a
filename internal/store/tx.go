package store

import (
	"context"
	"database/sql"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/jackc/pgx/v5"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/rule"
)

// Tx is what a use case works with inside its transaction: the client that sees its own writes, and the one reading of
// the clock that it goes by (UTC, whole microseconds).
type Tx struct {
	*ent.Client

	Now time.Time

	native any
	locks  bool
}

// SQLite is the transaction for a library that knows nothing of ent; nil on PostgreSQL.
func (tx Tx) SQLite() *sql.Tx {
	native, _ := tx.native.(*sql.Tx)
	return native
}

// Postgres is the transaction for a library that knows nothing of ent; nil on SQLite.
func (tx Tx) Postgres() pgx.Tx {
	native, _ := tx.native.(pgx.Tx)
	return native
}

// locking is a query that can hold the rows it reads.
type locking[Q any] interface {
	ForUpdate(options ...entsql.LockOption) Q
}

// Hold makes a query keep the rows that it reads from every other transaction until the end of this one, which waits for
// those that keep them now. SQLite has one writer at a time, which comes to the same.
func Hold[Q locking[Q]](tx Tx, query Q) Q {
	if tx.locks {
		return query.ForUpdate()
	}
	return query
}

// transaction is one of either database, before and after the use case.
type transaction struct {
	native           any
	locks            bool
	driver           dialect.Driver
	commit, rollback func() error
}

// joined makes the transactions that ent begins by itself, for edges, part of the one that is open.
type joined struct{ *entsql.Driver }

// Exec hands instants over in UTC.
func (d joined) Exec(ctx context.Context, query string, args, v any) error {
	return d.Driver.Exec(ctx, query, inUTC(args), v)
}

// Query hands instants over in UTC.
func (d joined) Query(ctx context.Context, query string, args, v any) error {
	return d.Driver.Query(ctx, query, inUTC(args), v)
}

// Tx is part of the open transaction.
func (d joined) Tx(context.Context) (dialect.Tx, error) { return dialect.NopTx(d), nil }

// BeginTx is part of the open transaction.
func (d joined) BeginTx(context.Context, *sql.TxOptions) (dialect.Tx, error) {
	return dialect.NopTx(d), nil
}

// Close leaves the connection to whoever opened the transaction.
func (d joined) Close() error { return nil }

// InTx runs one use case in one transaction: all of it happens or none. work gets a context in which rows may be
// written. Its error is returned as it is after a rollback; a database that is busy, full or out of reach becomes
// UNAVAILABLE, and a row that somebody else was faster with becomes CONFLICT. Where the database was lost while it
// committed, the error says that the outcome is not known.
func (db *DB) InTx(ctx context.Context, work func(ctx context.Context, tx Tx) error) (err error) {
	tx, err := db.engine.begin(ctx)
	if err != nil {
		return classify(err)
	}
	defer func() {
		if r := recover(); r != nil {
			_ = tx.rollback()
			panic(r)
		}
	}()
	inner := Tx{Client: ent.NewClient(ent.Driver(tx.driver)), Now: db.Now(), native: tx.native, locks: tx.locks}
	if err := work(rule.InUseCase(ctx), inner); err != nil {
		_ = tx.rollback() // what ended the transaction is told; that it had ended before is nothing new
		return classify(err)
	}
	return classifyCommit(tx.commit())
}

// View runs reads that have to agree with each other: all of them see the database as of one instant, whoever writes
// meanwhile, and nobody waits for them. client reads rows as ent/rule lets the principal in the context see them, and cannot
// write.
func (db *DB) View(ctx context.Context, read func(ctx context.Context, client *ent.Client) error) error {
	tx, err := db.engine.view(ctx)
	if err != nil {
		return unread(err)
	}
	defer func() { _ = tx.rollback() }() // there is nothing to keep
	return unread(read(ctx, ent.NewClient(ent.Driver(tx.driver))))
}

// Now is the clock as records keep it: UTC, whole microseconds.
func (db *DB) Now() time.Time { return db.now().UTC().Truncate(time.Microsecond) }
