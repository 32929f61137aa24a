package sandbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/mattn/go-sqlite3"

	"github.com/vysero/returns/internal/money"
	"github.com/vysero/returns/internal/payment"
)

// edition is the number of the tables' shape, kept in the file as user_version. A file with another number is refused.
const edition = 1

// tables are the books: what was captured, and what went back. Times are microseconds since 1970, UTC.
const tables = `
CREATE TABLE charge (
	ref      TEXT PRIMARY KEY CHECK (ref <> ''),
	currency TEXT NOT NULL CHECK (length(currency) = 3),
	captured INTEGER NOT NULL CHECK (captured > 0),
	at       INTEGER NOT NULL
) STRICT;
CREATE TABLE refund (
	seq       INTEGER PRIMARY KEY,
	id        TEXT NOT NULL UNIQUE CHECK (id <> ''),
	key       TEXT NOT NULL UNIQUE CHECK (key <> ''),
	charge    TEXT NOT NULL REFERENCES charge (ref),
	reference TEXT NOT NULL,
	minor     INTEGER NOT NULL CHECK (minor > 0),
	status    TEXT NOT NULL CHECK (status IN ('PENDING', 'REQUIRES_ACTION', 'SUCCEEDED', 'FAILED', 'CANCELED')),
	reason    TEXT NOT NULL CHECK ((status = 'FAILED') = (reason <> '')),
	at        INTEGER NOT NULL,
	changed   INTEGER NOT NULL
) STRICT;
CREATE INDEX refund_charge ON refund (charge);
`

// Open opens the books in the SQLite file at path, and makes them where there are none; ":memory:" keeps them until
// Close. now is the provider's clock, newID makes its refund ids, which must never repeat. The folder must exist. A
// file that is not such a book is refused and left as it is.
func Open(path string, now func() time.Time, newID func() string) (*Driver, error) {
	name := (&url.URL{Path: path}).EscapedPath()
	db, err := sql.Open("sqlite3", "file:"+name+
		"?_synchronous=FULL&_busy_timeout=10000&_foreign_keys=on&_txlock=immediate")
	if err != nil {
		return nil, fmt.Errorf("open the sandbox's books: %w", err)
	}
	db.SetMaxOpenConns(1)       // one queue of orders; other processes wait for each other in busy_timeout
	ctx := context.Background() // at the start nobody waits who could leave
	if err := prepare(ctx, db); err != nil {
		return nil, errors.Join(fmt.Errorf("open the sandbox's books %s: %w", path, err), db.Close())
	}
	return &Driver{db: db, now: now, newID: newID}, nil
}

// Close closes the books. Orders under way are finished first.
func (d *Driver) Close() error { return d.db.Close() }

// prepare makes the tables, once, whoever comes first. The file is turned to WAL only when it is known to be ours.
func prepare(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := lay(ctx, tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	return turnToWAL(ctx, db)
}

// turnToWAL asks again while another process works on the file: that one statement does not wait in busy_timeout, an
// empty transaction does.
func turnToWAL(ctx context.Context, db *sql.DB) error {
	const tries = 100
	var busy sqlite3.Error
	for try := 1; ; try++ {
		_, err := db.ExecContext(ctx, `PRAGMA journal_mode = WAL`)
		if err == nil || try == tries || !errors.As(err, &busy) || busy.Code != sqlite3.ErrBusy {
			return err
		}
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		if err := tx.Rollback(); err != nil {
			return err
		}
	}
}

func lay(ctx context.Context, tx *sql.Tx) error {
	var version, others int
	if err := tx.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&version); err != nil {
		return err
	}
	if version == edition {
		return has(ctx, tx)
	}
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema`).Scan(&others); err != nil {
		return err
	}
	if version != 0 || others != 0 {
		return fmt.Errorf("not the sandbox's books of edition %d (user_version %d, %d objects)", edition, version, others)
	}
	_, err := tx.ExecContext(ctx, tables+fmt.Sprintf("PRAGMA user_version = %d", edition))
	return err
}

// has refuses another program's file that happens to bear the same number.
func has(ctx context.Context, tx *sql.Tx) error {
	var n int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema WHERE name IN ('charge', 'refund')`).Scan(&n); err != nil {
		return err
	}
	if n != 2 {
		return errors.New("the file has no charge and refund tables")
	}
	return nil
}

// reader is what both a transaction and the books themselves can do.
type reader interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func charge(ctx context.Context, db reader, ref string) (money.Amount, bool, error) {
	var captured money.Amount
	err := db.QueryRowContext(ctx, `SELECT captured, currency FROM charge WHERE ref = ?`, ref).
		Scan(&captured.Minor, &captured.Currency)
	if errors.Is(err, sql.ErrNoRows) {
		return money.Amount{}, false, nil
	}
	if err != nil {
		return money.Amount{}, false, fmt.Errorf("read charge: %w", err)
	}
	return captured, true, nil
}

func open(ctx context.Context, tx *sql.Tx, c payment.Charge, at time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO charge (ref, currency, captured, at) VALUES (?, ?, ?, ?)`,
		c.Ref, c.Captured.Currency, c.Captured.Minor, at.UnixMicro())
	if err != nil {
		return fmt.Errorf("open charge: %w", err)
	}
	return nil
}

// one reads the refund that meets a condition of ours, which names a unique column.
func one(ctx context.Context, db reader, condition string, value string) (payment.Receipt, bool, error) {
	found, err := list(ctx, db, condition, value)
	if err != nil || len(found) == 0 {
		return payment.Receipt{}, false, err
	}
	return found[0], true, nil
}

func list(ctx context.Context, db reader, condition string, value string) (found []payment.Receipt, err error) {
	rows, err := db.QueryContext(ctx, `SELECT r.id, r.key, r.charge, r.reference, r.minor, c.currency, r.status, r.reason, r.at
		FROM refund r JOIN charge c ON c.ref = r.charge WHERE `+condition+` ORDER BY r.seq`, value)
	if err != nil {
		return nil, fmt.Errorf("read refunds: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var r payment.Receipt
		var at int64
		if err := rows.Scan(&r.ID, &r.Key, &r.ChargeRef, &r.Reference, &r.Amount.Minor, &r.Amount.Currency,
			&r.Status, &r.Reason, &at); err != nil {
			return nil, fmt.Errorf("read refund: %w", err)
		}
		r.At = time.UnixMicro(at).UTC()
		found = append(found, r)
	}
	return found, rows.Err()
}
