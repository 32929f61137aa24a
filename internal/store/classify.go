package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/internal/fault"
)

// classify gives a database's error the meaning that a caller can act on, and leaves every other error alone.
func classify(err error) error {
	var known *fault.Error
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case unavailable(err):
		return fault.Busy(err)
	case outrun(err):
		return fault.Clash(fault.CodeStale, "Somebody else changed this meanwhile; read it again.").Because(err)
	case unspeakable(err):
		return notText(err)
	}
	return err
}

// classifyCommit is classify for a commit. A connection that is lost then leaves it open whether the server had written; one
// that was given back before heard of no commit.
func classifyCommit(err error) error {
	if err == nil {
		return nil
	}
	var said *pgconn.PgError
	var lite sqlite3.Error
	if errors.As(err, &said) || errors.As(err, &lite) || errors.Is(err, pgx.ErrTxCommitRollback) || errors.Is(err, sql.ErrConnDone) {
		return classify(err)
	}
	return fault.Doubtful(err)
}

// unavailable tells of a database that may do the same a moment later: it is busy, full, read-only, or out of reach.
func unavailable(err error) bool {
	var lite sqlite3.Error
	var said *pgconn.PgError
	var unreached *pgconn.ConnectError
	var network net.Error
	switch {
	case errors.As(err, &lite):
		switch lite.Code {
		case sqlite3.ErrBusy, sqlite3.ErrLocked, sqlite3.ErrFull, sqlite3.ErrIoErr, sqlite3.ErrReadonly, sqlite3.ErrCantOpen:
			return true
		}
		return false
	case errors.As(err, &said):
		return passing(said.Code)
	case errors.As(err, &unreached), errors.As(err, &network), pgconn.SafeToRetry(err):
		return true
	}
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, sql.ErrTxDone) ||
		errors.Is(err, pgx.ErrTxClosed) || errors.Is(err, pgx.ErrTxCommitRollback) || lost(err)
}

// passing tells SQLSTATEs that say nothing about what was asked: connection, resources, operator, system, read-only (a
// server that was the primary a moment ago), locks and deadlocks.
func passing(state string) bool {
	for _, class := range []string{"08", "53", "57", "58", "25006", "40", "55P03"} {
		if strings.HasPrefix(state, class) {
			return true
		}
	}
	return false
}

// unspeakable tells a text that PostgreSQL cannot hold, and so no row of it has: with a NUL, or not UTF-8. GraphQL, JSON and
// addresses can spell one, and any id, number or word may be it.
func unspeakable(err error) bool {
	var said *pgconn.PgError
	return errors.As(err, &said) && (said.Code == "22021" || said.Code == "22P05") // in a text, in JSON
}

func notText(err error) error {
	return fault.Bad(fault.CodeInvalid, "", "A text is one without NUL characters, in UTF-8.").Because(err)
}

// lost tells a connection that ended in the middle, which pgx says in words alone.
func lost(err error) bool {
	text := err.Error()
	for _, words := range []string{"conn closed", "unexpected EOF", "connection reset", "broken pipe", "closed pool"} {
		if strings.Contains(text, words) {
			return true
		}
	}
	return false
}

// outrun tells a race that was lost: a constraint that another row met first, or a row that was no longer as it was read.
func outrun(err error) bool {
	var lite sqlite3.Error
	var said *pgconn.PgError
	switch {
	case errors.As(err, &lite):
		return lite.Code == sqlite3.ErrConstraint
	case errors.As(err, &said):
		return strings.HasPrefix(said.Code, "23")
	}
	return ent.IsNotFound(err)
}
