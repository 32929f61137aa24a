package stripetest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/payment/stripe/stripetest"
)

const secret = "whsec_now"

// heard is a copy of an event as it arrived.
type heard struct {
	ID, Type, Status string
	Signed           bool
}

// receiver is a webhook endpoint that keeps what it hears, and takes it unless told otherwise.
type receiver struct {
	URL string

	mu      sync.Mutex
	copies  []heard
	each    chan heard    // where not nil: of each copy that it takes
	refuses int           // so many copies more
	block   chan struct{} // where not nil: held until it is closed
	inside  int
	busiest int
}

func listen(t *testing.T, r *receiver) *receiver {
	t.Helper()
	open := httptest.NewServer(r)
	t.Cleanup(open.Close)
	r.URL = open.URL
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	payload, _ := io.ReadAll(q.Body)
	var event struct {
		ID   string `json:"id"`
		Type string `json:"type"`
		Data struct {
			Object struct {
				Status string `json:"status"`
			} `json:"object"`
		} `json:"data"`
	}
	_ = json.Unmarshal(payload, &event) // what cannot be read is missed
	copied := heard{
		ID: event.ID, Type: event.Type, Status: event.Data.Object.Status,
		Signed: q.Header.Get("Stripe-Signature") == stripetest.Sign(payload, secret, stripetest.Noon),
	}
	r.mu.Lock()
	r.inside++
	r.busiest = max(r.busiest, r.inside)
	refuse := r.refuses > 0
	if refuse {
		r.refuses--
	} else {
		r.copies = append(r.copies, copied)
	}
	r.mu.Unlock()
	if refuse {
		w.WriteHeader(http.StatusInternalServerError)
	} else if r.each != nil {
		r.each <- copied
	}
	if r.block != nil {
		<-r.block
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.inside--
}

// ids are the copies' events in the order of arrival.
func (r *receiver) ids() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []string
	for _, c := range r.copies {
		all = append(all, c.ID)
	}
	return all
}

// busy is a server with n refunds by hand, so 2n events, and a receiver for them.
func busy(t *testing.T, n int) (*stripetest.Server, *receiver) {
	t.Helper()
	server, r := stripetest.Start(t), listen(t, &receiver{})
	server.WebhooksTo(secret, r.URL)
	charge := server.Capture(10_000, "usd")
	for range n {
		_, err := server.ByHand(charge.Intent, 1)
		require.NoError(t, err)
	}
	return server, r
}

// employ starts a courier that ends with the test.
func employ(t *testing.T, server *stripetest.Server, c stripetest.CourierConfig) {
	t.Helper()
	c.Pause = time.Millisecond
	require.NoError(t, server.Courier(t.Context(), c))
}

func settle(t *testing.T, server *stripetest.Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	require.NoError(t, server.Settle(ctx))
}

func TestCourierBringsEveryEventSignedInAnyOrderAndOftenTwice(t *testing.T) {
	t.Parallel()
	server, r := busy(t, 50)
	employ(t, server, stripetest.CourierConfig{Seed: 1, MaxCopies: 3})
	for range 50 {
		_, err := server.ByHand(server.Ledger()[0].Intent, 1)
		require.NoError(t, err, "while it is under way")
	}
	settle(t, server)
	assert.Empty(t, server.Pending())
	times := map[string]int{}
	for _, id := range r.ids() {
		times[id]++
	}
	byTimes := map[int]int{}
	for _, e := range server.Events() {
		byTimes[times[e.ID]]++
	}
	require.Len(t, times, 200)
	for n := range 3 {
		assert.InDelta(t, 67, byTimes[n+1], 30, "events that came %d times", n+1)
	}
	assert.False(t, slices.IsSorted(r.ids()))
	for _, c := range r.copies {
		assert.True(t, c.Signed, c.ID)
	}
}

func TestCopyThatIsNotTakenComesAgainAtAnyOfTheURLs(t *testing.T) {
	t.Parallel()
	server, r := busy(t, 10)
	gone := httptest.NewServer(nil)
	gone.Close()
	moved := httptest.NewServer(http.RedirectHandler(r.URL, http.StatusFound))
	t.Cleanup(moved.Close)
	other := listen(t, &receiver{})
	r.refuses = 30
	server.WebhooksTo(secret, r.URL, gone.URL, moved.URL, other.URL)
	employ(t, server, stripetest.CourierConfig{})
	settle(t, server)
	assert.Empty(t, server.Pending())
	assert.NotEmpty(t, other.ids())
	arrived := append(r.ids(), other.ids()...)
	slices.Sort(arrived)
	assert.Len(t, arrived, 20, "what was taken does not come again")
	assert.Len(t, slices.Compact(arrived), 20)
}

func TestCourierWaitsForAURLAndFollowsReceiversThatMove(t *testing.T) {
	t.Parallel()
	server, _ := busy(t, 1)
	server.WebhooksTo(secret)
	employ(t, server, stripetest.CourierConfig{})
	for _, later := range []bool{false, true} {
		if later {
			_, err := server.ByHand(server.Ledger()[0].Intent, 1)
			require.NoError(t, err)
		}
		r := &receiver{each: make(chan heard)}
		open := httptest.NewServer(r)
		server.WebhooksTo(secret, open.URL)
		first, second := <-r.each, <-r.each
		assert.NotEqual(t, first.ID, second.ID)
		settle(t, server)
		open.Close()
	}
}

func TestCourierHasNoMoreUnderWayThanItHasWorkers(t *testing.T) {
	t.Parallel()
	server, r := busy(t, 10)
	r.each, r.block = make(chan heard), make(chan struct{})
	employ(t, server, stripetest.CourierConfig{Workers: 3, MaxCopies: 2})
	for range 3 {
		<-r.each
	}
	r.mu.Lock()
	assert.Equal(t, 3, r.inside)
	r.mu.Unlock()
	close(r.block)
	settled := make(chan error, 1)
	go func() { settled <- server.Settle(t.Context()) }()
	for more := true; more; {
		select {
		case <-r.each:
		case err := <-settled:
			require.NoError(t, err)
			more = false
		}
	}
	assert.Equal(t, 3, r.busiest)
}

func TestPendingRefundsSucceedAndDoomedOnesFailWhileACourierIsUnderWay(t *testing.T) {
	t.Parallel()
	server, r := stripetest.Start(t), listen(t, &receiver{each: make(chan heard, 9)})
	server.WebhooksTo(secret, r.URL)
	charge := server.Capture(10_00, "usd")
	server.Chaos(stripetest.Chaos{Pending: 100, FailLater: 100})
	require.Equal(t, "pending", refund(t, server, charge.Intent, 1_00, "a").object["status"])
	employ(t, server, stripetest.CourierConfig{Lag: time.Millisecond})
	var told []string
	for range 5 {
		c := <-r.each
		told = append(told, c.Type+" "+c.Status)
	}
	assert.ElementsMatch(t, []string{
		"refund.created pending", "charge.refunded ", "refund.updated succeeded", "refund.updated failed", "refund.failed failed",
	}, told)
	account := server.Account(charge.Intent)
	assert.Zero(t, account.Held)
	assert.Equal(t, "failed", account.Refunds[0].Status)
	assert.NotEmpty(t, account.Refunds[0].Reason)
}

func TestSettleEndsWhatIsStillToComeWithoutWaitingForIt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		calm bool
		want map[string]int
	}{
		"with the failures that chance has for it": {false, map[string]int{"failed": 20}},
		"without them once it is calm":             {true, map[string]int{"succeeded": 20}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, r := stripetest.Start(t), listen(t, &receiver{})
			server.WebhooksTo(secret, r.URL)
			charge := server.Capture(10_00, "usd")
			server.Chaos(stripetest.Chaos{Seed: 3, Pending: 50, FailLater: 100})
			employ(t, server, stripetest.CourierConfig{Lag: 1000 * time.Hour})
			for i := range 20 {
				refund(t, server, charge.Intent, 1, fmt.Sprint(i))
			}
			require.Len(t, server.Summary().Statuses, 2, "some succeeded, some are pending")
			if c.calm {
				server.Calm()
			}
			settle(t, server)
			assert.Equal(t, c.want, server.Summary().Statuses)
			assert.Zero(t, server.Summary().Pending)
			assert.Len(t, r.ids(), len(server.Events()))
		})
	}
}

func TestSettleTellsWhatWasLeftWhenItsTimeIsUp(t *testing.T) {
	t.Parallel()
	server, _ := busy(t, 2)
	require.ErrorContains(t, server.Settle(t.Context()), "no courier")
	server.WebhooksTo(secret)
	employ(t, server, stripetest.CourierConfig{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := server.Settle(ctx)
	require.ErrorIs(t, err, context.Canceled)
	assert.ErrorContains(t, err, "4 events")
}

func TestTakenEventsAreForgottenOnlyWhereACourierIsToldTo(t *testing.T) {
	t.Parallel()
	server, _ := busy(t, 3)
	id := server.Ledger()[0].Refunds[0].ID
	ctx, end := context.WithCancel(t.Context())
	require.NoError(t, server.Courier(ctx, stripetest.CourierConfig{MaxCopies: 3}))
	settle(t, server)
	assert.Len(t, server.Events(), 6)
	assert.Len(t, server.About(id), 2)
	end()
	employ(t, server, stripetest.CourierConfig{MaxCopies: 3, Forget: true})
	require.NoError(t, server.FailLater(id, "declined"))
	settle(t, server)
	assert.Len(t, server.Events(), 6, "the two that were brought now are forgotten")
	assert.Len(t, server.About(id), 2)
	assert.Empty(t, server.Pending())
}

func TestOneCourierIsUnderWayAtATimeAndTheNextBringsWhatItLeft(t *testing.T) {
	t.Parallel()
	server, r := busy(t, 5)
	server.WebhooksTo(secret)
	server.Chaos(stripetest.Chaos{Pending: 100})
	refund(t, server, server.Ledger()[0].Intent, 1, "a")
	ctx, end := context.WithCancel(t.Context())
	require.NoError(t, server.Courier(ctx, stripetest.CourierConfig{Lag: 1000 * time.Hour}))
	require.Error(t, server.Courier(t.Context(), stripetest.CourierConfig{}))
	end()
	employ(t, server, stripetest.CourierConfig{Lag: time.Millisecond})
	server.WebhooksTo(secret, r.URL)
	settle(t, server)
	assert.Len(t, r.ids(), 13, "12 of refunds that began, 1 of the one that went on")
	assert.Equal(t, map[string]int{"succeeded": 6}, server.Summary().Statuses)
}
