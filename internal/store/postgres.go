package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"net/url"
	"runtime"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
)

//go:embed migrations/postgres/*.sql
var postgresSteps embed.FS

// postgres is a pool of connections that any number of servers may have beside this one.
type postgres struct {
	pool *pgxpool.Pool
	sql  *sql.DB // the same pool, as ent wants it
}

// openPostgres opens the pool. Everything of libpq's URLs holds, several hosts and target_session_attrs=read-write
// included, and pgx's own pool_max_conns.
func openPostgres(ctx context.Context, databaseURL string) (*postgres, error) {
	config, err := pgxpool.ParseConfig(databaseURL)
	if err != nil {
		// The cause may hold a password.
		return nil, errors.New("the database URL cannot be read: it must be as libpq has it, postgres://USER@HOST:PORT/DATABASE")
	}
	if at, err := url.Parse(databaseURL); err == nil && !at.Query().Has("pool_max_conns") {
		config.MaxConns = int32(max(10, 4*runtime.NumCPU())) //nolint:gosec // as many as there are cores
	}
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = "vysero-returns"
	}
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = busyTimeout
	}
	config.AfterConnect = readInUTC
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("the database cannot be opened: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("the database cannot be reached: %w", err)
	}
	return &postgres{pool: pool, sql: stdlib.OpenDBFromPool(pool)}, nil
}

// readInUTC makes instants come back in UTC, whatever the machine's zone is.
func readInUTC(_ context.Context, conn *pgx.Conn) error {
	conn.TypeMap().RegisterType(&pgtype.Type{
		Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
	})
	return nil
}

func (db *postgres) driver() dialect.Driver { return entsql.OpenDB(dialect.Postgres, db.sql) }

func (db *postgres) ping(ctx context.Context) error { return db.pool.Ping(ctx) }

func (db *postgres) native() (*sql.DB, *pgxpool.Pool) { return nil, db.pool }

func (db *postgres) close() error {
	err := db.sql.Close()
	db.pool.Close()
	return err
}

// begin opens a transaction that writes. It waits for rows that others hold as long as SQLite would; the setting ends with
// the transaction, so that it does no harm behind a pooler.
func (db *postgres) begin(ctx context.Context) (*transaction, error) {
	return db.open(ctx, fmt.Sprintf("BEGIN; SET LOCAL lock_timeout = %d", busyTimeout.Milliseconds()))
}

// view opens a transaction that sees one instant, and cannot write.
func (db *postgres) view(ctx context.Context) (*transaction, error) {
	return db.open(ctx, "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
}

// open opens a transaction on one connection for ent and for pgx.
func (db *postgres) open(ctx context.Context, begin string) (*transaction, error) {
	conn, err := db.sql.Conn(ctx)
	if err != nil {
		return nil, err
	}
	var native *pgx.Conn
	err = conn.Raw(func(driver any) error {
		ours, ok := driver.(*stdlib.Conn)
		if !ok {
			return errors.New("the connection is not pgx's")
		}
		native = ours.Conn()
		return nil
	})
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	tx, err := native.BeginTx(ctx, pgx.TxOptions{BeginQuery: begin})
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	end := func(how func(context.Context) error) func() error {
		return func() error { return finish(context.WithoutCancel(ctx), conn, how) }
	}
	return &transaction{
		native: tx, locks: true, driver: joined{entsql.NewDriver(dialect.Postgres, entsql.Conn{ExecQuerier: conn})},
		commit: end(tx.Commit), rollback: end(tx.Rollback),
	}, nil
}

// finish commits or rolls back, and gives the connection back. A statement that could not be sent has made database/sql give
// it back already, and the pool closes what comes back inside of a transaction: such a connection is not touched any more,
// and the error is sql.ErrConnDone, after which nothing of the transaction is there.
func finish(ctx context.Context, conn *sql.Conn, how func(context.Context) error) error {
	err := conn.Raw(func(any) error { return how(ctx) })
	if closed := conn.Close(); !errors.Is(closed, sql.ErrConnDone) {
		return errors.Join(err, closed)
	}
	return err
}

// migrating is the number of the advisory lock under which migrations run.
const migrating = 7_265_667_553

// migrate holds a lock of its own, which ends with the connection: of several who migrate at once, one does.
func (db *postgres) migrate(ctx context.Context) (steps []string, err error) {
	conn, err := db.pool.Acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("the database cannot be reached: %w", err)
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", migrating); err != nil {
		return nil, fmt.Errorf("the lock for migrations cannot be had: %w", err)
	}
	defer func() {
		_, unlocked := conn.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", migrating)
		err = errors.Join(err, unlocked)
	}()
	provider, err := db.provider()
	if err != nil {
		return nil, err
	}
	if steps, err = take(ctx, provider); err != nil {
		return nil, err
	}
	queue, err := takeQueue(ctx, riverpgxv5.New(db.pool))
	return append(steps, queue...), err
}

func (db *postgres) provider() (*goose.Provider, error) {
	return providerOf(goose.DialectPostgres, db.sql, postgresSteps, "migrations/postgres")
}

func (db *postgres) pending(ctx context.Context) (int, error) {
	provider, err := db.provider()
	if err != nil {
		return 0, err
	}
	return countPending(ctx, provider, riverpgxv5.New(db.pool))
}
