package postgres

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/store"
	"github.com/vysero/returns/internal/store/pgtest"
	"github.com/vysero/returns/internal/throttle"
	"github.com/vysero/returns/internal/throttle/throttletest"
)

// open is a driver on a database of its own.
func open(t testing.TB) *Driver {
	t.Helper()
	url, ok := pgtest.Database(t)
	if !ok {
		t.SkipNow()
	}
	return openAt(t, url)
}

func openAt(t testing.TB, url string) *Driver {
	t.Helper()
	db, err := store.Open(t.Context(), url, time.Now)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	_, err = db.Migrate(t.Context())
	require.NoError(t, err)
	_, pool := db.Native()
	return New(pool)
}

// pass lets time pass by making every bucket older.
func (p *Driver) pass(t *testing.T, d time.Duration) {
	t.Helper()
	_, err := p.pool.Exec(t.Context(), "UPDATE throttle_buckets SET at = at - make_interval(secs => $1)", d.Seconds())
	require.NoError(t, err)
}

func TestPostgreSQLKeepsThePortsPromises(t *testing.T) {
	t.Parallel()
	throttletest.Run(t, func(t *testing.T) (throttle.Driver, func(time.Duration)) {
		t.Helper()
		p := open(t)
		return p, func(d time.Duration) { p.pass(t, d) }
	})
}

func TestServersShareTheirBuckets(t *testing.T) {
	t.Parallel()
	one := open(t)
	other := New(one.pool)
	d := throttle.Draw{Bucket: "customer", Who: "cus_1", Rate: throttle.Rate{Most: 10, PerSecond: 0.01}, Points: 10}
	level, err := one.Draw(t.Context(), d)
	require.NoError(t, err)
	assert.True(t, level.Taken)
	level, err = other.Draw(t.Context(), d)
	require.NoError(t, err)
	assert.False(t, level.Taken)
}

func TestNobodysAddressIsKept(t *testing.T) {
	t.Parallel()
	p := open(t)
	_, err := p.Draw(t.Context(), throttle.Draw{Bucket: "anonymous", Who: "203.0.113.7", Rate: throttle.Rate{Most: 10, PerSecond: 1}})
	require.NoError(t, err)
	var row string
	require.NoError(t, p.pool.QueryRow(t.Context(), "SELECT b::text FROM throttle_buckets b").Scan(&row))
	assert.NotContains(t, row, "203.0.113.7")
}

func TestFullBucketsAreForgotten(t *testing.T) {
	t.Parallel()
	p := open(t)
	draw := func(who string) {
		_, err := p.Draw(t.Context(), throttle.Draw{Bucket: "anonymous", Who: who, Rate: throttle.Rate{Most: 10, PerSecond: 1}, Points: 1})
		require.NoError(t, err)
	}
	for i := range 20 {
		draw(fmt.Sprint(i))
	}
	p.pass(t, 3*time.Hour)
	draw("now")
	p.draws.Store(sweepEvery - 1)
	draw("and now")
	var left int
	require.NoError(t, p.pool.QueryRow(t.Context(), "SELECT count(*) FROM throttle_buckets").Scan(&left))
	assert.Equal(t, 2, left)
}

func TestAfterACrashOfTheDatabaseBucketsAreFull(t *testing.T) {
	t.Parallel()
	cluster, ok := pgtest.Start(t)
	if !ok {
		t.SkipNow()
	}
	p := openAt(t, cluster.CreateDatabase(t, "buckets"))
	d := throttle.Draw{Bucket: "customer", Who: "cus_1", Rate: throttle.Rate{Most: 10, PerSecond: 0.01}, Points: 10}
	level, err := p.Draw(t.Context(), d)
	require.NoError(t, err)
	require.True(t, level.Taken)
	require.NoError(t, cluster.Kill())
	_, err = p.Draw(t.Context(), d)
	require.Error(t, err)
	require.NoError(t, cluster.Restart())
	require.Eventually(t, func() bool {
		level, err = p.Draw(t.Context(), d)
		return err == nil
	}, time.Minute, 50*time.Millisecond)
	assert.True(t, level.Taken)
}

// BenchmarkDraw draws from a database that waits for its disk with everything that is on record.
func BenchmarkDraw(b *testing.B) {
	cluster, ok := pgtest.Start(b)
	if !ok {
		b.SkipNow()
	}
	p := openAt(b, cluster.CreateDatabase(b, "buckets"))
	for name, who := range map[string]func(i int) string{
		"one client":         func(int) string { return "one" },
		"a thousand of them": func(i int) string { return fmt.Sprint(i % 1000) },
	} {
		b.Run(name, func(b *testing.B) {
			b.RunParallel(func(run *testing.PB) {
				for i := 0; run.Next(); i++ {
					_, err := p.Draw(b.Context(), throttle.Draw{Bucket: "b", Who: who(i), Rate: throttle.Rate{Most: 1e9, PerSecond: 1e6}, Points: 1})
					require.NoError(b, err)
				}
			})
		})
	}
}
