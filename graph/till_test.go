package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/throttle"
	"github.com/vysero/returns/internal/throttle/memory"
)

// tolled is the endpoint with buckets, which fill by the app's clock, and who asks from one address.
func (d *desk) tolled(edit ...func(*Config)) {
	own := memory.New(100, d.Clock.Now)
	tolls := &Tolls{Throttle: throttle.New(own, own, nil), Rates: throttle.DefaultRates(), Client: addressOf}
	d.handler = d.endpoint(append([]func(*Config){func(c *Config) { c.Tolls = tolls }}, edit...)...)
}

type addressKey struct{}

func addressOf(ctx context.Context) string {
	address, _ := ctx.Value(addressKey{}).(string)
	return address
}

// at sends an operation from an address.
func (d *desk) at(t *testing.T, address string, who someone, query string, headers ...string) (*httptest.ResponseRecorder, answered) {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": query})
	require.NoError(t, err)
	r := request("POST", "/graphql", string(body), append([]string{contentType, "application/json"}, headers...)...)
	w := d.with(t, who, r.WithContext(context.WithValue(r.Context(), addressKey{}, address)))
	var a answered
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &a))
	return w, a
}

// shown is extensions.cost.
type shown struct {
	RequestedQueryCost int  `json:"requestedQueryCost"`
	ActualQueryCost    *int `json:"actualQueryCost"`
	ThrottleStatus     struct {
		CurrentlyAvailable int `json:"currentlyAvailable"`
	} `json:"throttleStatus"`
}

func costOf(t *testing.T, a answered) shown {
	t.Helper()
	var s shown
	require.NoError(t, json.Unmarshal(a.Extensions["cost"], &s))
	return s
}

func TestTheCostIsToldInShopifysShape(t *testing.T) {
	t.Parallel()
	d := open(t)
	hers, _ := d.two(t)
	d.tolled()
	w, _ := d.at(t, "", asAda, `{ orders(first: 10) { edges { node { number items { sku } } } } }`)
	require.JSONEq(t, `{
		"data": {"orders": {"edges": [{"node": {"number": "1001", "items": [{"sku": "`+d.Items(t, hers)[0].Sku+`"}]}}]}},
		"extensions": {"cost": {
			"requestedQueryCost": 62, "actualQueryCost": 4,
			"throttleStatus": {"maximumAvailable": 2000, "currentlyAvailable": 1996, "restoreRate": 100}
		}}}`, w.Body.String())
}

func TestWhatWasNotAnsweredIsGivenBackAndWhatWasMoreIsTaken(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.two(t)
	d.tolled()
	for _, c := range []struct {
		who               someone
		query             string
		asked, paid, left int
	}{
		{asAda, `{ __typename }`, 1, 1, 1999},
		{asAda, `{ order(number: "9999") { id } }`, 1, 1, 1998},
		{asAda, `{ orders(first: 100) { edges { node { id customer { id } } } } }`, 202, 4, 1994},
		{asAda, `{ a: viewer { customer { id } } b: viewer { customer { id } } }`, 4, 4, 1990},
		{asBob, `{ nodes(ids: ["x", "y"]) { id } }`, 2, 1, 1999},
		{agent, `{ orders(first: 2) { edges { node { id } } } }`, 4, 4, 9996},
		{agent, `{ __schema { types { name fields { name } } } t: __type(name: "Order") { name } }`, 11, 11, 9985},
		{service, `{ returnPolicy { clauses { id } } }`, 6, 23, 19977},
		{asAda, `mutation { returnCancel(input: {id: "x"}) { return { id } userErrors { code } } }`, 17, 12, 1978},
	} {
		_, a := d.at(t, "", c.who, c.query)
		require.Empty(t, a.Errors, c.query)
		s := costOf(t, a)
		require.Equal(t, []int{c.asked, c.paid, c.left}, []int{s.RequestedQueryCost, *s.ActualQueryCost, s.ThrottleStatus.CurrentlyAvailable}, c.query)
	}
}

func TestAnOperationCostsAThousandPointsAtMost(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.two(t)
	for _, who := range []someone{nobody, asAda, service, agent} {
		most := `{ orders(first: 99) { edges { node { customer { id } shipping { amount } itemsTotal { amount } items { id } } } } v: orders(first: %d) { edges { node { id } } } }`
		for _, e := range d.ask(t, who, fmt.Sprintf(most, 100)).Errors { // 2 + 99 × 9 + 2 + 100
			require.Equal(t, nobody, who, e)
			require.Equal(t, "UNAUTHENTICATED", e.Extensions["code"])
		}
		over := strings.Replace(fmt.Sprintf(most, 100), "{ orders", "{ returnPolicy { version } viewer { role } r: returnPolicy { version } q: returnPolicy { version } p: returnPolicy { version } o: returnPolicy { version } orders", 1)
		a := d.ask(t, who, over)
		require.Len(t, a.Errors, 1)
		require.Equal(t, map[string]any{"code": "TOO_EXPENSIVE", "cost": 1001.0, "maxCost": 1000.0}, a.Errors[0].Extensions)
		require.Empty(t, a.Data, "nothing ran")
	}
	d.handler = d.endpoint(func(c *Config) { c.Limits.Cost = 11 })
	require.Empty(t, d.ask(t, asAda, `{ orders(first: 9) { edges { node { id } } } }`).Errors)
	require.Equal(t, "TOO_EXPENSIVE", d.code(t, asAda, `{ orders(first: 10) { edges { node { id } } } }`))
}

func TestWhoeverAsksInNobodysNameIsTurnedAwayWith429(t *testing.T) {
	t.Parallel()
	d := open(t)
	rate := throttle.Rate{Most: 1_000, PerSecond: 50}
	d.tolled(func(c *Config) { c.Tolls.Rates.Anonymous = rate })
	report := `{ report(from: "2026-01-01T00:00:00Z", to: "2026-02-01T00:00:00Z") { lines } }` // 101 points: 100 are paid although nobody may see it
	for range 9 {
		w, _ := d.at(t, "192.0.2.1", nobody, report)
		require.Equal(t, http.StatusOK, w.Code)
	}
	w, a := d.at(t, "192.0.2.1", nobody, report)
	require.Equal(t, http.StatusTooManyRequests, w.Code)
	require.Equal(t, "1", w.Header().Get("Retry-After"))
	require.JSONEq(t, `{
		"errors": [{"message": "This costs 101 points, and there are 100 left: try again in 1 s.", "extensions": {"code": "THROTTLED"}}],
		"extensions": {"cost": {"requestedQueryCost": 101, "actualQueryCost": null,
			"throttleStatus": {"maximumAvailable": 1000, "currentlyAvailable": 100, "restoreRate": 50}}}}`, w.Body.String())
	require.Empty(t, a.Data)
	w, _ = d.at(t, "192.0.2.2", nobody, report)
	require.Equal(t, http.StatusOK, w.Code, "another address has a bucket of its own")
	w, _ = d.at(t, "192.0.2.1", asAdaWithoutOrder, report)
	require.Equal(t, http.StatusOK, w.Code, "who is signed in and not known pays as their address does, and is told so in the body")
	require.Contains(t, w.Body.String(), "THROTTLED")
	d.Clock.Set(d.Clock.Now().Add(time.Second))
	w, _ = d.at(t, "192.0.2.1", nobody, report)
	require.Equal(t, http.StatusOK, w.Code, "the points came back")
}

func TestWhoeverIsSignedInIsToldTHROTTLED(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.two(t)
	d.tolled(func(c *Config) {
		c.Tolls.Rates.Customer, c.Tolls.Rates.Staff = throttle.Rate{Most: 3, PerSecond: 1}, throttle.Rate{Most: 2, PerSecond: 1}
	})
	three := `{ a: viewer { role } b: viewer { role } c: viewer { role } }`
	_, a := d.at(t, "192.0.2.1", asAda, three)
	require.Empty(t, a.Errors)
	for _, c := range []struct {
		who     someone
		headers []string
		status  int
	}{
		{asAda, nil, http.StatusOK},
		{asAda, []string{accept, "application/graphql-response+json"}, http.StatusTooManyRequests},
		{agent, nil, http.StatusOK},
	} {
		w, a := d.at(t, "192.0.2.1", c.who, three, c.headers...)
		require.Equal(t, c.status, w.Code)
		require.Equal(t, "THROTTLED", codes(a))
		require.NotContains(t, w.Body.String(), `"data"`)
		require.Nil(t, costOf(t, a).ActualQueryCost)
		require.Equal(t, 3, costOf(t, a).RequestedQueryCost)
		require.NotEmpty(t, w.Header().Get("Retry-After"))
	}
	_, a = d.at(t, "192.0.2.1", asBob, three)
	require.Empty(t, a.Errors, "the bucket is the customer's, not the address's")
	d.Clock.Set(d.Clock.Now().Add(2 * time.Second))
	_, a = d.at(t, "192.0.2.9", asAda, three)
	require.Equal(t, "THROTTLED", codes(a), "wherever she asks from")
	d.Clock.Set(d.Clock.Now().Add(time.Second))
	_, a = d.at(t, "192.0.2.9", asAda, three)
	require.Empty(t, a.Errors)
}

func TestGuessingNumbersRunsDryWithEachAliasCounted(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.two(t)
	d.tolled(func(c *Config) { c.Tolls.Rates.Lookups = throttle.Rate{Most: 6, PerSecond: 0.1} })
	many := `{ a: order(number: "1") { id } b: order(number: "2") { id } ...f } fragment f on Query { c: return(number: "1-R1") { id } }`
	w, _ := d.at(t, "192.0.2.1", nobody, many)
	require.Equal(t, http.StatusOK, w.Code)
	w, _ = d.at(t, "192.0.2.1", nobody, many)
	require.Equal(t, http.StatusOK, w.Code)
	w, a := d.at(t, "192.0.2.1", nobody, `{ order(number: "1") { id } }`)
	require.Equal(t, http.StatusTooManyRequests, w.Code)
	require.Equal(t, "THROTTLED", codes(a))
	require.Equal(t, "10", w.Header().Get("Retry-After"))
	require.Equal(t, 1_000-2, costOf(t, a).ThrottleStatus.CurrentlyAvailable, "what did not run is not paid for")
	_, a = d.at(t, "192.0.2.1", nobody, `{ returnPolicy { version } }`)
	require.Empty(t, a.Errors, "everything else goes on")

	_, a = d.at(t, "192.0.2.1", asAda, `{ order(number: "1001") { id } }`)
	require.Equal(t, "THROTTLED", codes(a), "nor as a customer from the same address")
	for i, address := range []string{"192.0.2.2", "192.0.2.3", "192.0.2.4"} {
		_, a = d.at(t, address, asBob, many)
		require.Equal(t, i == 2, codes(a) == "THROTTLED", "nor as one customer from many addresses")
	}
	for range 10 {
		for _, who := range []someone{agent, service} {
			_, a = d.at(t, "192.0.2.1", who, many)
			require.Empty(t, a.Errors, "whoever may see all looks up as they like")
		}
	}
	d.Clock.Set(d.Clock.Now().Add(10 * time.Second))
	w, _ = d.at(t, "192.0.2.1", nobody, `{ order(number: "1") { id } }`)
	require.Equal(t, http.StatusOK, w.Code)
}

func TestOfManyRequestsAtOnceAsManyRunAsArePaidFor(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.two(t)
	d.principal(t, asAda)
	d.tolled(func(c *Config) { c.Tolls.Rates.Customer = throttle.Rate{Most: 20, PerSecond: 0.1} })
	var ran atomic.Int64
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if w := d.with(t, asAda, post(`{"query":"{ viewer { role } }"}`)); !strings.Contains(w.Body.String(), "THROTTLED") {
				ran.Add(1)
			}
		})
	}
	all.Wait()
	require.Equal(t, int64(20), ran.Load())
}

func TestWhatIsRefusedBeforeItRunsIsNotPaidFor(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.two(t)
	d.tolled()
	for _, query := range []string{"{", "{ x }", `{ orders { totalCount } }`, strings.Repeat("{ a ", 30)} {
		_, a := d.at(t, "", asAda, query)
		require.NotEmpty(t, a.Errors)
		require.Empty(t, a.Extensions)
	}
	_, a := d.at(t, "", asAda, `{ __typename }`)
	require.Equal(t, 1_999, costOf(t, a).ThrottleStatus.CurrentlyAvailable)
}
