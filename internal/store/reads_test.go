package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"testing"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/fault"
)

// failing is a database that answers with one error: at once, or after the first rows.
type failing struct {
	dialect.Driver

	early, late error
}

func (d failing) Query(_ context.Context, _ string, _, v any) error {
	if rows, ok := v.(*entsql.Rows); ok {
		rows.ColumnScanner = ended{err: d.late}
	}
	return d.early
}

type ended struct {
	entsql.ColumnScanner

	err error
}

func (e ended) Err() error { return e.err }

func TestATextThatNoDatabaseHoldsIsWrongInput(t *testing.T) {
	t.Parallel()
	for _, state := range []string{"22021", "22P05"} {
		cause := fmt.Errorf("query: %w", &pgconn.PgError{Code: state, Message: "invalid byte sequence"})
		for _, got := range []error{
			reads{failing{early: cause}}.Query(t.Context(), "SELECT 1", []any{}, &entsql.Rows{}), classify(cause), classifyCommit(cause),
		} {
			require.ErrorIs(t, got, cause)
			require.Equal(t, fault.CodeInvalid, fault.From(got).Code)
			require.NotContains(t, fault.From(got).Say, "sequence")
		}
	}
}

func TestAReadThatFailsForAWhileIsUnavailableAndEveryOtherIsWhatItWas(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err     error
		passing bool
	}{
		"nobody there":       {&pgconn.ConnectError{}, true},
		"cut off":            {fmt.Errorf("failed to deallocate cached statement(s): %w", io.ErrUnexpectedEOF), true},
		"shutting down":      {&pgconn.PgError{Code: "57P01"}, true},
		"a bad connection":   {driver.ErrBadConn, true},
		"locked":             {sqlite3.Error{Code: sqlite3.ErrBusy}, true},
		"the disk is broken": {sqlite3.Error{Code: sqlite3.ErrIoErr}, true},
		"time is up":         {context.DeadlineExceeded, true},
		"no such table":      {&pgconn.PgError{Code: "42P01"}, false},
		"no such column":     {sqlite3.Error{Code: sqlite3.ErrError}, false},
		"something else":     {errors.New("something else"), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			early := reads{failing{early: c.err}}.Query(t.Context(), "SELECT 1", []any{}, &entsql.Rows{})
			rows := &entsql.Rows{}
			require.NoError(t, reads{failing{late: c.err}}.Query(t.Context(), "SELECT 1", []any{}, rows))
			for _, got := range []error{early, rows.Err()} {
				require.ErrorIs(t, got, c.err)
				require.Equal(t, c.passing, fault.From(got).Kind == fault.Unavailable)
			}
		})
	}
}
