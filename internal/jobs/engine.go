package jobs

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"

	"github.com/vysero/returns/internal/store"
)

// engineOn opens River on the connections of the records.
func engineOn(db *store.DB, c *river.Config) (engine, error) {
	c.PollOnly = true // SQLite tells nobody, and a connection that listens gets through no pooler
	writer, pool := db.Native()
	if pool != nil {
		client, err := river.NewClient(riverpgxv5.New(pool), c)
		return postgres{client}, err
	}
	client, err := river.NewClient(riversqlite.New(writer), c)
	return sqlite{client}, err
}

var errForeign = errors.New("the transaction is of another database than the queue")

type sqlite struct{ *river.Client[*sql.Tx] }

func (e sqlite) add(ctx context.Context, tx store.Tx, args Args, opts *river.InsertOpts) error {
	native := tx.SQLite()
	if native == nil {
		return errForeign
	}
	_, err := e.InsertTx(ctx, native, args, opts)
	return err
}

type postgres struct{ *river.Client[pgx.Tx] }

func (e postgres) add(ctx context.Context, tx store.Tx, args Args, opts *river.InsertOpts) error {
	native := tx.Postgres()
	if native == nil {
		return errForeign
	}
	_, err := e.InsertTx(ctx, native, args, opts)
	return err
}
