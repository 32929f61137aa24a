package main

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/payment/stripe/stripetest"
	"github.com/vysero/returns/internal/store/pgtest"
)

// replicated is a shop of two servers on a database that has a standby, to which every commit goes before it is answered.
func replicated(t *testing.T) (r *trial, primary, standby *pgtest.Cluster, found bool) {
	t.Helper()
	if primary, found = pgtest.Start(t); !found {
		return nil, nil, nil, false
	}
	primary.CreateDatabase(t, "shop")
	standby = primary.Standby(t)
	primary.Synchronous(t, standby)
	return newTrial(t, pgtest.MultiURL(primary, standby, "shop")), primary, standby, true
}

// taking counts the processes that have finished jobs since an instant of the database's.
func (r *trial) taking(t *testing.T, since time.Time) int {
	t.Helper()
	_, pool := r.app.DB.Native()
	var n int
	require.NoError(t, pool.QueryRow(t.Context(),
		"SELECT count(DISTINCT attempted_by[array_upper(attempted_by, 1)]) FROM river_job WHERE finalized_at > $1", since).Scan(&n))
	return n
}

func TestAStandbyThatIsPromotedWhileRefundsRunHasAllThatWasAnsweredAndPaysNothingTwice(t *testing.T) {
	t.Parallel()
	r, primary, standby, found := replicated(t)
	if !found {
		return
	}
	ids := r.inspectedAll(t, 60)
	servers := []*server{r.start(t), r.start(t)}
	r.bank.WebhooksTo(hookSecret, servers[0].hooks(), servers[1].hooks())
	r.bank.Slow(30 * time.Millisecond)
	r.bank.Chaos(stripetest.Chaos{Seed: 1, Pending: 30})
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	defer cancel()
	require.NoError(t, r.bank.Courier(ctx, stripetest.CourierConfig{Seed: 1, MaxCopies: 2}))
	var calls atomic.Int64
	either := func() *server { return servers[calls.Add(1)%2] }
	settled := make(chan error, 1)
	go func() { settled <- r.insistAll(ctx, either, ids) }()
	var readers sync.WaitGroup
	for _, s := range servers {
		readers.Go(func() { r.lookOften(ctx, s, ids) })
	}
	require.Eventually(t, func() bool { return r.answered() >= len(ids)/4 }, patient, time.Millisecond)
	require.NoError(t, primary.Kill())
	before := r.answered()
	standby.Promote(t)
	promoted := r.app.DB.Now()
	require.NoError(t, <-settled)
	require.Less(t, before, len(ids), "all was settled before the primary was killed")
	r.bank.Calm()
	require.NoError(t, r.bank.Settle(ctx))
	require.Eventually(t, func() bool { return r.taking(t, promoted) == len(servers) }, patient, 100*time.Millisecond, "a server does no jobs any more")
	cancel()
	readers.Wait()
	r.holds(t, ids)
	for _, s := range servers {
		require.Zero(t, s.stop(), s.log)
	}
	t.Logf("refunds that callers knew of when the primary was killed: %d", before)
}

// answered counts the returns of which callers were told the refund.
func (r *trial) answered() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.refunds)
}

// lookOften looks at returns, one after the other, until ctx is over.
func (r *trial) lookOften(ctx context.Context, s *server, ids []string) {
	for i := 0; ctx.Err() == nil; i++ {
		_, _ = r.look(ctx, s, ids[i%len(ids)]) // what it was told is counted
		idle(ctx, 10*time.Millisecond)
	}
}
