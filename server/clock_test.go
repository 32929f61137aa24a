package main

import (
	"context"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/payment/stripe"
	"github.com/vysero/returns/internal/payment/stripe/stripetest"
)

// dial is the machine's clock with somebody's hand on it.
type dial struct{ ahead atomic.Int64 }

func (d *dial) now() time.Time { return time.Now().Add(time.Duration(d.ahead.Load())) }

func (d *dial) turn(by time.Duration) { d.ahead.Add(int64(by)) }

const day = 24 * time.Hour

// newTimed is a trial whose bank goes by the clock, with a token that is good two days before now and two days after.
func newTimed(t *testing.T, clock *dial) *trial {
	t.Helper()
	r := newTrial(t, "")
	r.bank.Clock(clock.now)
	issuer, err := auth.NewIssuer([]byte(fleetSecret), func() time.Time { return time.Now().Add(-2 * day) })
	require.NoError(t, err)
	r.token, err = issuer.Mint(identity(auth.Finance, ""), 4*day)
	require.NoError(t, err)
	return r
}

// startBy starts a server that goes by the clock, inside of the test: another process would have the machine's.
func (r *trial) startBy(t *testing.T, clock *dial) *server {
	t.Helper()
	settings := map[string]string{
		"TOKEN_SECRET": fleetSecret, "STRIPE_API_KEY": stripetest.Key, "STRIPE_API_BASE": r.bank.URL, "STRIPE_WEBHOOK_SECRET": hookSecret,
	}
	s := &server{log: newJournal(), url: r.url}
	p := program{in: strings.NewReader(""), out: io.Discard, err: s.log, now: clock.now, env: func(name string) (string, bool) {
		value, found := settings[name]
		return value, found
	}}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan int, 1)
	go func() {
		ended <- p.run(ctx, []string{"serve", "--dev", "--database-url", r.url, "--data-dir", r.data, "--addr", "127.0.0.1:0"})
	}()
	s.stop = sync.OnceValue(func() int { cancel(); return <-ended })
	t.Cleanup(func() { s.stop() })
	s.base = "http://" + s.log.await(t, `msg=listening addr=(\S+)`)
	r.bank.Webhooks(s.hooks(), hookSecret)
	r.remember(s)
	return s
}

func TestAClockThatIsPutForwardAndBackWhileMoneyMovesLeavesNothingUndone(t *testing.T) {
	t.Parallel()
	clock := &dial{}
	r := newTimed(t, clock)
	ids := r.inspectedAll(t, 40)
	r.bank.Chaos(stripetest.Chaos{Seed: 1, Pending: 40, DropAfter: 15})
	require.NoError(t, r.bank.Courier(t.Context(), stripetest.CourierConfig{Seed: 1, MaxCopies: 2}))
	s, ready, steps := r.startBy(t, clock), make(chan string, len(ids)), []time.Duration{time.Hour, -time.Hour, -day}
	var callers sync.WaitGroup
	for range 4 {
		callers.Go(func() {
			for id := range ready {
				_, _ = r.ask(t.Context(), s, id) // whatever it says: it is asked again in the end
			}
		})
	}
	for i, id := range ids {
		if i%10 != 0 || i/10 >= len(steps) {
			ready <- id
			continue
		}
		gate := r.bank.Hold(stripetest.After) // the bank has paid and does not answer yet, while others go on
		ready <- id
		<-gate.Reached()
		clock.turn(steps[i/10])
		gate.Open()
	}
	close(ready)
	callers.Wait()
	r.bank.Calm()
	// What was due by a clock that was put back is due again when a server starts.
	require.Zero(t, s.stop())
	s = r.startBy(t, clock)
	require.NoError(t, r.bank.Settle(t.Context()))
	require.NoError(t, r.insistAll(t.Context(), always(s), ids))
	require.NoError(t, r.bank.Settle(t.Context()))
	r.holds(t, ids)
	require.Empty(t, r.bank.Pending())
}

func TestARefundThatWaitsByAClockThatWasADayAheadIsMadeWhenTheServerStarts(t *testing.T) {
	t.Parallel()
	clock := &dial{}
	clock.turn(day)
	r := newTimed(t, clock)
	ids := r.inspectedAll(t, 2)
	s := r.startBy(t, clock)
	r.bank.Fail503(2, stripetest.Before)
	for _, id := range ids {
		a, err := r.ask(t.Context(), s, id)
		require.NoError(t, err)
		require.Equal(t, "REFUNDING", a.State)
	}
	require.Zero(t, s.stop())
	clock.turn(-day)
	require.NoError(t, r.insistAll(t.Context(), always(r.startBy(t, clock)), ids))
	r.holds(t, ids)
}

func TestANoticeThatCameBeforeTheClockWasPutBackIsWorkedOnWhenTheServerStarts(t *testing.T) {
	t.Parallel()
	r := newTrial(t, "")
	ids := r.inspectedAll(t, 1)
	r.bank.StartAs("pending", "")
	s := r.start(t)
	_, err := r.ask(t.Context(), s, ids[0])
	require.NoError(t, err)
	require.Zero(t, s.stop())
	paid := r.account(ids[0]).Refunds[0].ID
	require.NoError(t, r.bank.Move(paid, "succeeded", ""))
	events := r.bank.About(paid)
	payload, now := events[len(events)-1].Payload, time.Now()
	told, err := stripe.Verify(payload, stripetest.Sign(payload, hookSecret, now), []string{hookSecret}, now)
	require.NoError(t, err)
	require.NoError(t, r.app.Returns.TakeNotice(t.Context(), told)) // here nobody does jobs
	// The machine's clock cannot be turned in a test: what it wrote down is moved instead. The queue has a clock of its own.
	writer, _ := r.app.DB.Native()
	for _, column := range []string{"notices SET received_at", "transfers SET ask_before", "river_job SET scheduled_at"} {
		_, err = writer.ExecContext(t.Context(), "UPDATE "+column+" = strftime('%Y-%m-%d %H:%M:%f', 'now', '+1 day')")
		require.NoError(t, err)
	}
	s = r.start(t)
	r.rests(t, patient)
	require.NoError(t, r.insist(t.Context(), always(s), ids[0]))
	r.holds(t, ids)
}
