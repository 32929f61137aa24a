// Package postgres keeps buckets in a table that all servers on one database share. The table is UNLOGGED: a draw waits for
// no disk and for no standby, and after a crash of the database every bucket is full. A draw is one statement, which locks
// one row; time is the database's, so that servers need not agree on it.
package postgres

import (
	"context"
	"sync/atomic"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/vysero/returns/internal/throttle"
)

// Driver keeps buckets in the table throttle_buckets, which the migrations make.
type Driver struct {
	pool  *pgxpool.Pool
	draws atomic.Uint64
}

// New uses the pool of the records.
func New(pool *pgxpool.Pool) *Driver { return &Driver{pool: pool} }

var _ throttle.Driver = (*Driver)(nil)

// What throttle.Rate.After and throttle.Draw.From say, in SQL. Time does not go back where a statement waited for another
// one that began later.
const (
	most, perSecond, points, always = "$2::float8", "$3::float8", "$4::float8", "$5::boolean"

	now   = "statement_timestamp()"
	after = "least(" + most + ", b.points + " + perSecond + " * greatest(0, extract(epoch FROM " + now + " - b.at)::float8))"

	draw = `INSERT INTO throttle_buckets AS b (key, points, taken, at)
VALUES ($1::bytea, CASE WHEN ` + always + ` OR ` + most + ` >= ` + points + `
	THEN greatest(-` + most + `, least(` + most + `, ` + most + ` - ` + points + `)) ELSE ` + most + ` END,
	` + always + ` OR ` + most + ` >= ` + points + `, ` + now + `)
ON CONFLICT (key) DO UPDATE SET
	points = CASE WHEN ` + always + ` OR ` + after + ` >= ` + points + `
		THEN greatest(-` + most + `, least(` + most + `, ` + after + ` - ` + points + `)) ELSE ` + after + ` END,
	taken = ` + always + ` OR ` + after + ` >= ` + points + `,
	at = greatest(b.at, ` + now + `)
RETURNING points, taken`
)

// Draw takes points.
func (p *Driver) Draw(ctx context.Context, d throttle.Draw) (throttle.Level, error) {
	var level throttle.Level
	err := p.pool.QueryRow(ctx, draw, d.Key(), d.Rate.Most, d.Rate.PerSecond, d.Points, d.Always).Scan(&level.Left, &level.Taken)
	if p.draws.Add(1)%sweepEvery == 0 {
		_, _ = p.pool.Exec(ctx, sweep) // what is not swept now is swept the next time
	}
	return level, err
}

// sweep forgets buckets that are full by now: none takes longer. It takes a part at a time, and leaves those that somebody
// draws from.
const (
	sweepEvery = 5_000
	sweep      = `DELETE FROM throttle_buckets WHERE key IN (
	SELECT key FROM throttle_buckets WHERE at < statement_timestamp() - interval '2 hours' LIMIT 10000 FOR UPDATE SKIP LOCKED)`
)
