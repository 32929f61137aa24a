package jobs_test

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/jobs"
	"github.com/vysero/returns/internal/store/pgtest"
)

// beat is a job that is done regularly.
type beat struct{}

// Kind names the job.
func (beat) Kind() string { return "test.beat" }

// tick is another one.
type tick struct{}

// Kind names the job.
func (tick) Kind() string { return "test.tick" }

// regular gives the database a queue that goes by the clock and beats, and starts it. The queue's tables go by the
// machine's clock, which a test cannot turn.
func (d *desk) regular(t *testing.T, now func() time.Time, every time.Duration) *jobs.Queue {
	t.Helper()
	q, err := jobs.New(d.db, jobs.Config{Now: now, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	jobs.Handle(q, func(context.Context, beat) error { d.done <- "beat"; return nil })
	q.Every(every, beat{})
	require.NoError(t, q.Start(t.Context()))
	return q
}

func TestARegularJobThatIsDoneHoldsTheNextOneNotUp(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, url string) {
		d := open(t, url)
		const period = 1000 * time.Hour // no other one begins while the test lasts
		for range 2 {
			q := d.regular(t, time.Now, period)
			require.Equal(t, "beat", <-d.done, "by a clock that was put back it is the same period once more")
			require.NoError(t, q.Stop(context.Background()))
		}
	})
}

func TestARegularJobGoesOnAfterTheClockIsPutBack(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, url string) {
		d := open(t, url)
		var asked, ahead atomic.Int64
		ahead.Store(int64(time.Hour))
		q := d.regular(t, func() time.Time {
			asked.Add(1)
			return time.Now().Add(time.Duration(ahead.Load()))
		}, time.Second)
		t.Cleanup(func() { require.NoError(t, q.Stop(context.Background())) })
		require.Eventually(t, func() bool { return asked.Load() > 0 && d.beats(t) == 1 }, time.Minute, 10*time.Millisecond)
		require.Empty(t, d.done, "it waits for an instant that is an hour from now")
		ahead.Store(0)
		for range 3 {
			require.Equal(t, "beat", <-d.done)
		}
	})
}

// beats counts the beats that wait or are at work.
func (d *desk) beats(t *testing.T) int {
	t.Helper()
	db := d.sql(t)
	var n int
	require.NoError(t, db.QueryRowContext(t.Context(),
		"SELECT count(*) FROM river_job WHERE kind = 'test.beat' AND state IN ('available', 'scheduled', 'retryable', 'running', 'pending')").Scan(&n))
	return n
}

func TestOfARegularJobOneIsAtWorkOnThreeServers(t *testing.T) {
	t.Parallel()
	url, ok := pgtest.Database(t)
	if !ok {
		return
	}
	gate, ticks, begun := make(chan struct{}), make(chan struct{}, 100), atomic.Int64{}
	var first *desk
	for range 3 {
		d := open(t, url)
		jobs.Handle(d.queue, func(context.Context, beat) error { begun.Add(1); <-gate; return nil })
		jobs.Handle(d.queue, func(context.Context, tick) error { ticks <- struct{}{}; return nil })
		d.queue.Every(time.Second, beat{})
		d.queue.Every(time.Second, tick{})
		d.start(t)
		first = d
	}
	for range 4 { // four periods go by while the first beat lasts
		<-ticks
	}
	require.EqualValues(t, 1, begun.Load())
	require.Equal(t, 1, first.beats(t))
	close(gate)
	require.Eventually(t, func() bool { return begun.Load() > 2 }, time.Minute, 10*time.Millisecond, "the next ones are not held up")
}
