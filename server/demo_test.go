package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/policy"
)

var quiet = slog.New(slog.DiscardHandler)

// newShop is an app on a database of its own, at this program's version and empty.
func newShop(t *testing.T) *App {
	t.Helper()
	return newShopOn(t, start)
}

// newShopOn is one whose clock begins at an instant.
func newShopOn(t *testing.T, now string) *App {
	t.Helper()
	clock := startingAt(instant(t, now), time.Now)
	app, err := NewApp(t.Context(), Config{
		Place: place{DatabaseURL: "sqlite:" + filepath.Join(t.TempDir(), "shop.db")}, Depot: demoDepot, Now: clock, Wall: time.Now, Log: quiet,
		Photos: photoConfig{now: time.Now},
	})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, app.Close()) })
	_, err = app.DB.Migrate(t.Context())
	require.NoError(t, err)
	_, err = app.Terms.Found(t.Context(), policy.Default())
	require.NoError(t, err)
	return app
}

func instant(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	require.NoError(t, err)
	return at
}

func TestTheDemoShopIsRecordedOnce(t *testing.T) {
	t.Parallel()
	app := newShop(t)
	ctx := auth.AsSystem(t.Context())
	count := func() [3]int {
		orders, err := app.DB.Client.Order.Query().Count(ctx)
		require.NoError(t, err)
		filed, err := app.DB.Client.ReturnRequest.Query().Count(ctx)
		require.NoError(t, err)
		events, err := app.DB.Client.Event.Query().Count(ctx)
		require.NoError(t, err)
		return [3]int{orders, filed, events}
	}
	require.NoError(t, seed(t.Context(), app, quiet))
	first := count()
	assert.Equal(t, 21, first[0])
	assert.Equal(t, len(demoReturns()), first[1])
	require.NoError(t, seed(t.Context(), app, quiet))
	assert.Equal(t, first, count())
}

func TestAnImportedShopGetsNoDemoOrders(t *testing.T) {
	t.Parallel()
	url := fresh(t)
	status, _, errs := run(t, orderLine(1), "import", "--database-url", url, "-")
	require.Zero(t, status, errs)
	s := startHere(t, url, "--demo")
	s.ask(t, s.token(t, auth.Admin, ""), `{ orders(first: 5) { totalCount } }`, nil).fine().has(map[string]any{"data.orders.totalCount": 1.0})
	assert.Zero(t, s.stop())
	assert.Equal(t, 1, countOrders(t, url))
}

func TestADemoThatIsStartedAgainKeepsItsShop(t *testing.T) {
	t.Parallel()
	s := startHere(t, "", "--demo")
	token := s.token(t, auth.Agent, "")
	s.ask(t, token, approve, map[string]any{"input": map[string]any{"id": "ret_1016", "idempotencyKey": "k", "instructions": "Pack it well."}}).fine()
	require.Zero(t, s.stop())
	again := startHere(t, s.url, "--demo")
	again.ask(t, token, `{ return(number: "1016-R1") { state } }`, nil).fine().has(map[string]any{"data.return.state": "APPROVED"})
	assert.Equal(t, 21, countOrders(t, s.url))
}

func TestTheDemoShopShowsEverySituation(t *testing.T) {
	t.Parallel()
	for name, now := range map[string]string{
		"on an ordinary day": start, "just before midnight": "2026-03-11T06:59:00Z", "just after": "2026-03-11T07:01:00Z",
		"on the day that clocks go forward": "2026-03-08T11:30:00Z", "in leap February": "2028-02-29T20:00:00Z", "at New Year": "2027-01-01T08:30:00Z",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app, at := newShopOn(t, now), instant(t, now)
			require.NoError(t, seed(t.Context(), app, quiet))
			for item, want := range map[string]map[policy.Reason]policy.Outcome{
				"itm_1001_1": {policy.ChangeOfHeart: policy.Eligible, policy.DamagedOnArrival: policy.AwaitingEvidence},
				"itm_1002_1": {policy.ChangeOfHeart: policy.Eligible, policy.DamagedOnArrival: policy.AwaitingEvidence},
				"itm_1003_1": {policy.ChangeOfHeart: policy.Eligible, policy.DamagedOnArrival: policy.NotEligible},
				"itm_1004_1": {policy.ChangeOfHeart: policy.NotEligible, policy.Defective: policy.NotEligible},
				"itm_1006_1": {policy.DamagedOnArrival: policy.AwaitingEvidence},
				"itm_1006_2": {policy.ChangeOfHeart: policy.Eligible, policy.DamagedOnArrival: policy.NotYet},
				"itm_1007_1": {policy.DamagedOnArrival: policy.NotYet},
				"itm_1008_1": {policy.ChangeOfHeart: policy.NotYet},
				"itm_1009_1": {policy.DamagedOnArrival: policy.NeedsReview},
				"itm_1010_1": {policy.ChangeOfHeart: policy.NotEligible, policy.DamagedOnArrival: policy.NotEligible},
				"itm_1011_1": {policy.ChangeOfHeart: policy.AwaitingEvidence},
				"itm_1015_1": {policy.ChangeOfHeart: policy.Eligible},
			} {
				for reason, outcome := range want {
					assert.Equal(t, outcome, answerFor(t, app, item, reason, at), "%s for %s", item, reason)
				}
			}
			// The windows of 1002 and 1003 are about to close.
			assert.Equal(t, policy.NotEligible, answerFor(t, app, "itm_1002_1", policy.DamagedOnArrival, at.AddDate(0, 0, 2)))
			assert.Equal(t, policy.NotEligible, answerFor(t, app, "itm_1003_1", policy.ChangeOfHeart, at.AddDate(0, 0, 1)))
		})
	}
}

// answerFor is the outcome of a request for one unit, as of an instant.
func answerFor(t *testing.T, app *App, itemID string, reason policy.Reason, at time.Time) policy.Outcome {
	t.Helper()
	ctx := auth.AsSystem(t.Context())
	bought, err := app.DB.Client.Item.Get(ctx, itemID)
	require.NoError(t, err)
	of, err := bought.QueryOrder().Only(ctx)
	require.NoError(t, err)
	one := 1
	options, err := app.Returns.Options(ctx, of, bought, &at, &one)
	require.NoError(t, err)
	for _, o := range options {
		if o.Reason == reason {
			return o.Verdict.Outcome
		}
	}
	return ""
}

func TestADeadlineIsSeenPassing(t *testing.T) {
	t.Parallel()
	s := startHere(t, "", "--demo", "--now", start)
	token := s.token(t, auth.Customer, ada)
	question := `{ order(number: "1003") { items { returnOptions { reason verdict { outcome deciding requestBefore { lastDay daysLeft } } } } } }`
	const verdict = "data.order.items.0.returnOptions.0.verdict."
	s.ask(t, token, question, nil).fine().has(map[string]any{
		verdict + "outcome": "ELIGIBLE", verdict + "requestBefore.lastDay": "2026-03-10", verdict + "requestBefore.daysLeft": 1.0,
	})
	require.Zero(t, s.stop())
	tomorrow := startHere(t, s.url, "--demo", "--now", "2026-03-11T00:00:01-07:00")
	tomorrow.ask(t, token, question, nil).fine().has(map[string]any{
		verdict + "outcome": "NOT_ELIGIBLE", verdict + "deciding": []any{"T1"}, verdict + "requestBefore.daysLeft": 0.0,
	})
}

func TestTheDemosReturnsStandWhereStaffFindWork(t *testing.T) {
	t.Parallel()
	app := newShop(t)
	require.NoError(t, seed(t.Context(), app, quiet))
	for id, want := range map[string]lifecycle.State{
		"ret_1009": lifecycle.Requested, "ret_1016": lifecycle.Requested, "ret_1017": lifecycle.AwaitingEvidence,
		"ret_1011": lifecycle.AwaitingEvidence, "ret_1021": lifecycle.Approved, "ret_1018": lifecycle.HandedOver,
		"ret_1019": lifecycle.Received, "ret_1020": lifecycle.Inspected, "ret_1013": lifecycle.RefundFailed,
	} {
		got, err := app.Returns.Get(auth.AsSystem(t.Context()), id)
		require.NoError(t, err, id)
		assert.Equal(t, want, got.State, id)
	}
}

func TestADeletedDemoComesBackBesideTheOldBooks(t *testing.T) {
	t.Parallel()
	s := startHere(t, "", "--demo", "--now", start)
	pays := func(s *server) {
		s.ask(t, s.token(t, auth.Finance, ""), settles, map[string]any{"input": map[string]any{"id": "ret_1020", "idempotencyKey": "k"}}).fine().
			has(map[string]any{"data.returnSettle.return.state": "REFUNDED"})
	}
	pays(s)
	require.Zero(t, s.stop())
	for _, ending := range []string{"", "-wal", "-shm"} {
		err := os.Remove(strings.TrimPrefix(s.url, "sqlite:") + ending)
		require.True(t, err == nil || os.IsNotExist(err))
	}
	pays(startHere(t, s.url, "--demo", "--now", start))
}

func TestALostAnswerOfTheProviderIsAskedForAgain(t *testing.T) {
	t.Parallel()
	app := newShop(t)
	require.NoError(t, seed(t.Context(), app, quiet))
	ctx := auth.AsSystem(t.Context())
	flaky := demoReturn{order: "1014", reason: policy.ChangeOfHeart, steps: []demoStep{handOver, receive, inspect(), settle}}
	service := *app.Returns
	service.NewID = flaky.ids(app.Orders.NewID)
	require.NoError(t, flaky.make(ctx, app, &service))
	state := func() lifecycle.State {
		got, err := app.Returns.Get(ctx, "ret_1014")
		require.NoError(t, err)
		return got.State
	}
	require.Equal(t, lifecycle.Refunding, state())

	s := &site{app: app, log: quiet}
	require.NoError(t, s.begin(t.Context()))
	require.Eventually(t, func() bool { return state() == lifecycle.Refunded }, time.Minute, time.Millisecond, "what serve does when it starts")
	require.NoError(t, app.Jobs.Stop(t.Context()))
}

func TestADeliveryStartsTheClockOfAReturnThatWaitsForIt(t *testing.T) {
	t.Parallel()
	s := startHere(t, "", "--demo", "--now", start)
	customer := s.token(t, auth.Customer, ada)
	filed := s.ask(t, customer, request, map[string]any{"input": returnOf("itm_1007_1")}).fine() // on its way
	filed.has(map[string]any{"data.returnRequest.return.state": "APPROVED", "data.returnRequest.return.handOverBefore": nil})
	s.ask(t, s.token(t, auth.Service, ""), `mutation { itemsDelivered(input: {orderNumber: "1007"}) { userErrors { code } } }`, nil).fine()
	s.ask(t, customer, `{ return(number: "1007-R1") { handOverBefore { lastDay } } }`, nil).fine().
		has(map[string]any{"data.return.handOverBefore.lastDay": "2026-04-09"})
}

func returnOf(item string) map[string]any {
	return map[string]any{"lines": []any{map[string]any{"itemId": item, "quantity": 1, "reason": policy.ChangeOfHeart}}}
}
