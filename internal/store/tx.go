package store

import (
	"context"
	"errors"
	"time"

	"github.com/mattn/go-sqlite3"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/rule"
	"github.com/vysero/returns/internal/fault"
)

// Tx is what a use case works with inside its transaction: the client that sees its own writes, and the one reading of
// the clock that it goes by (UTC, whole microseconds).
type Tx struct {
	*ent.Client

	Now time.Time
}

// InTx runs one use case in one transaction: all of it happens or none. work gets a context in which rows may be
// written. Its error is returned as it is after a rollback; a database that is busy or full becomes UNAVAILABLE, and a
// row that somebody else was faster with becomes CONFLICT.
func (db *DB) InTx(ctx context.Context, work func(ctx context.Context, tx Tx) error) (err error) {
	tx, err := db.Client.Tx(ctx)
	if err != nil {
		return classify(err)
	}
	defer func() {
		if r := recover(); r != nil {
			_ = tx.Rollback()
			panic(r)
		}
	}()
	inner := Tx{Client: tx.Client(), Now: db.Now()}
	if err := work(rule.InUseCase(ctx), inner); err != nil {
		return classify(errors.Join(err, rolledBack(tx)))
	}
	return classify(tx.Commit())
}

// rolledBack undoes the transaction; one that the database ended by itself is no further error.
func rolledBack(tx *ent.Tx) error {
	if err := tx.Rollback(); err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

// Now is the clock as records keep it: UTC, whole microseconds.
func (db *DB) Now() time.Time { return db.now().UTC().Truncate(time.Microsecond) }

// classify gives a database's error the meaning that a caller can act on, and leaves every other error alone.
func classify(err error) error {
	var known *fault.Error
	var lite sqlite3.Error
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case errors.As(err, &lite):
		switch lite.Code {
		case sqlite3.ErrBusy, sqlite3.ErrLocked, sqlite3.ErrFull, sqlite3.ErrIoErr, sqlite3.ErrReadonly:
			return fault.Busy(err)
		case sqlite3.ErrConstraint:
			return fault.Clash(fault.CodeStale, "Somebody else changed this meanwhile; read it again.").Because(err)
		}
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fault.Busy(err)
	}
	return err
}
