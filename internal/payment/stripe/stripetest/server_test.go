package stripetest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/payment/stripe/stripetest"
)

// said is an answer of the API; its status is 0 where there was none.
type said struct {
	status   int
	replayed bool
	object   map[string]any
}

// call asks the API, on a connection of its own: net/http would ask twice where an old one is hung up on.
func call(t testing.TB, method, address string, form url.Values, key string) said {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form.Encode()))
	if !assert.NoError(t, err) {
		return said{}
	}
	request.Header.Set("Authorization", "Bearer "+stripetest.Key)
	request.Header.Set("Stripe-Version", stripetest.Version)
	request.Header.Set("Idempotency-Key", key)
	request.Close = true
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return said{}
	}
	defer func() { assert.NoError(t, answer.Body.Close()) }()
	body, err := io.ReadAll(answer.Body)
	assert.NoError(t, err)
	a := said{status: answer.StatusCode, replayed: answer.Header.Get("Idempotent-Replayed") == "true"}
	_ = json.Unmarshal(body, &a.object) // a 503 is not the API's own
	return a
}

// refund asks for units of the payment.
func refund(t testing.TB, s *stripetest.Server, intent string, units int, key string) said {
	t.Helper()
	form := url.Values{"payment_intent": {intent}, "amount": {fmt.Sprint(units)}}
	return call(t, http.MethodPost, s.URL+"/v1/refunds", form, key)
}

func TestServerNeedsNoTestAndLastsUntilItIsClosed(t *testing.T) {
	t.Parallel()
	server, err := stripetest.Open()
	require.NoError(t, err)
	charge := server.Capture(10_00, "usd")
	require.Equal(t, http.StatusOK, refund(t, server, charge.Intent, 1_00, "a").status)
	require.NoError(t, server.Close())
	require.NoError(t, server.Close(), "again does no harm")
	assert.Zero(t, refund(t, server, charge.Intent, 1_00, "b").status)
	assert.Equal(t, int64(1_00), server.Account(charge.Intent).Held, "its ledger can be read")
	require.Error(t, server.Courier(t.Context(), stripetest.CourierConfig{}))
}

func TestCloseLetsEveryHeldCallEnd(t *testing.T) {
	t.Parallel()
	server, err := stripetest.Open()
	require.NoError(t, err)
	charge, gate := server.Capture(10_00, "usd"), server.Hold(stripetest.After)
	done := make(chan said, 1)
	go func() { done <- refund(t, server, charge.Intent, 1_00, "a") }()
	<-gate.Reached()
	require.NoError(t, server.Close())
	assert.Zero(t, (<-done).status, "its connection is closed")
	assert.Equal(t, int64(1_00), server.Account(charge.Intent).Held)
}

func TestIdsAreCountedInTheOrderOfWhatHappens(t *testing.T) {
	t.Parallel()
	server := stripetest.Start(t)
	server.Chaos(stripetest.Chaos{Seed: 1, Pending: 50, FailLater: 50})
	charge := server.Capture(10_00, "usd")
	assert.Equal(t, "pi_000001", charge.Intent)
	id, err := server.ByHand(charge.Intent, 1_00)
	require.NoError(t, err)
	assert.Equal(t, "re_000002", id)
	refund(t, server, charge.Intent, 1_00, "")
	refund(t, server, charge.Intent, 1_00, "")
	var ids []string
	for _, e := range server.Events() {
		ids = append(ids, e.ID)
	}
	assert.Equal(t, []string{
		"evt_000003", "evt_000004", "evt_000007", "evt_000008", "evt_000011", "evt_000012",
	}, ids, "5 and 9 are calls, 6 and 10 their refunds")
}

func TestPagesHoldEachRefundOnceNewestFirst(t *testing.T) {
	t.Parallel()
	server := stripetest.Start(t)
	charge, other := server.Capture(1000, "usd"), server.Capture(1000, "usd")
	var want, got []string
	for range 25 {
		id, err := server.ByHand(charge.Intent, 1)
		require.NoError(t, err)
		want = append([]string{id}, want...)
	}
	foreign, err := server.ByHand(other.Charge, 1)
	require.NoError(t, err)
	address := server.URL + "/v1/refunds?limit=10&charge=" + charge.Charge
	for after, pages := "", []int{10, 10, 5}; len(pages) > 0; pages = pages[1:] {
		page := call(t, http.MethodGet, address+after, nil, "")
		require.Equal(t, http.StatusOK, page.status)
		assert.Equal(t, len(pages) > 1, page.object["has_more"])
		data, _ := page.object["data"].([]any)
		require.Len(t, data, pages[0])
		for _, one := range data {
			object, _ := one.(map[string]any)
			got = append(got, fmt.Sprint(object["id"]))
		}
		after = "&starting_after=" + got[len(got)-1]
	}
	assert.Equal(t, want, got)
	assert.Empty(t, call(t, http.MethodGet, address+"&starting_after="+want[24], nil, "").object["data"], "after the oldest")
	for _, after := range []string{foreign, "re_nobody"} {
		assert.Equal(t, http.StatusNotFound, call(t, http.MethodGet, address+"&starting_after="+after, nil, "").status, after)
	}
}

func TestSummaryAddsUpTheLedger(t *testing.T) {
	t.Parallel()
	server := stripetest.Start(t)
	assert.Equal(t, stripetest.Summary{Statuses: map[string]int{}, Troubles: map[string]int{}}, server.Summary())
	charge := server.Capture(10_00, "usd")
	server.Capture(5_00, "usd")
	kept, err := server.ByHand(charge.Intent, 3_00)
	require.NoError(t, err)
	failed, err := server.ByHand(charge.Intent, 2_00)
	require.NoError(t, err)
	require.NoError(t, server.FailLater(failed, "declined"))
	server.Fail503(1, stripetest.After)
	server.Refuse(1, stripetest.Refusal{Status: 429})
	refund(t, server, charge.Intent, 1_00, "a")
	refund(t, server, charge.Intent, 1_00, "a")
	assert.Equal(t, stripetest.Summary{
		Accounts: 2, Refunds: 3, Captured: 15_00, Held: 4_00, Statuses: map[string]int{"succeeded": 2, "failed": 1},
		Pending: 8, Posts: 2, Troubles: map[string]int{"503 after": 1, "refused": 1},
	}, server.Summary())
	assert.Equal(t, int64(4_00), server.Account(charge.Charge).Held)
	require.Error(t, server.Move(kept, "pending", ""), "a step that no bank takes")
	assert.Equal(t, int64(4_00), server.Summary().Held)
}

// BenchmarkRefundAmongManyPayments is to cost the same whatever the ledger holds already.
func BenchmarkRefundAmongManyPayments(b *testing.B) {
	for _, size := range []int{100, 100_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			server := stripetest.Start(b)
			var last stripetest.Account
			for range size {
				last = server.Capture(1_000_000_000, "usd")
				_, err := server.ByHand(last.Intent, 1)
				require.NoError(b, err)
			}
			for b.Loop() {
				require.Equal(b, http.StatusOK, refund(b, server, last.Intent, 1, "").status)
				page := call(b, http.MethodGet, server.URL+"/v1/refunds?limit=1&charge="+last.Charge, nil, "")
				require.Equal(b, http.StatusOK, page.status)
				id, err := server.ByHand(last.Intent, 1)
				require.NoError(b, err)
				require.Len(b, server.About(id), 2)
			}
		})
	}
}
