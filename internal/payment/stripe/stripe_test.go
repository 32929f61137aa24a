package stripe_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/money"
	"github.com/vysero/returns/internal/payment"
	"github.com/vysero/returns/internal/payment/paymenttest"
	"github.com/vysero/returns/internal/payment/stripe"
	"github.com/vysero/returns/internal/payment/stripe/stripetest"
)

// at gives a driver for the API at the URL.
func at(t testing.TB, url string) *stripe.Driver {
	t.Helper()
	driver, err := stripe.New(stripe.Config{Key: stripetest.Key, BaseURL: url})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, driver.Close()) })
	return driver
}

// shop is a Stripe with 10 dollars taken, a gateway to it, and an order to pay 4 of them back.
func shop(t *testing.T) (*stripetest.Server, *payment.Gateway, payment.Refund) {
	t.Helper()
	server := stripetest.Start(t)
	return server, payment.New(at(t, server.URL)), four(server.Capture(10_00, "usd").Intent, "a")
}

func four(ref, key string) payment.Refund {
	return payment.Refund{
		Key: key, Reference: "rfn_" + key, Amount: money.Amount{Minor: 4_00, Currency: "USD"},
		Charge: payment.Charge{Ref: ref, Captured: money.Amount{Minor: 10_00, Currency: "USD"}},
	}
}

// again is the order, asked for once more.
func again(r payment.Refund) payment.Refund {
	r.Again = true
	return r
}

func TestStripeKeepsThePortsPromises(t *testing.T) {
	t.Parallel()
	for name, ref := range map[string]func(stripetest.Account) string{
		"payment intents": func(a stripetest.Account) string { return a.Intent },
		"charges":         func(a stripetest.Account) string { return a.Charge },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			paymenttest.Run(t, everyDirItsOwn(t, ref))
		})
	}
}

// everyDirItsOwn keeps one Stripe for each folder, as its books outlive the driver.
func everyDirItsOwn(t *testing.T, ref func(stripetest.Account) string) paymenttest.Open {
	t.Helper()
	var one sync.Mutex
	servers := map[string]*stripetest.Server{}
	return func(sub testing.TB, dir string) paymenttest.House {
		sub.Helper()
		one.Lock()
		defer one.Unlock()
		server, known := servers[dir]
		if !known {
			server = stripetest.Start(t)
			servers[dir] = server
		}
		return paymenttest.House{
			Driver: at(sub, server.URL),
			Charge: func(_ testing.TB, captured money.Amount) payment.Charge {
				return payment.Charge{Ref: ref(server.Capture(captured.Minor, captured.Currency)), Captured: captured}
			},
			Forget: func(testing.TB) { server.ForgetKeys() },
		}
	}
}

// The counterproof of the suite's promise about forgotten keys: the server does forget, and only Again helps.
func TestForgottenKeyPaysTwiceWhenNobodySaysThatItWasAsked(t *testing.T) {
	t.Parallel()
	server, gateway, r := shop(t)
	for range 2 {
		_, err := gateway.Refund(t.Context(), r)
		require.NoError(t, err)
		server.ForgetKeys()
	}
	assert.Equal(t, int64(8_00), server.Account(r.Charge.Ref).Held)
	_, err := gateway.Refund(t.Context(), again(r))
	require.NoError(t, err)
	assert.Equal(t, int64(8_00), server.Account(r.Charge.Ref).Held)
}

func TestRefundAtStripeNamesOurs(t *testing.T) {
	t.Parallel()
	server, gateway, r := shop(t)
	receipt, err := gateway.Refund(t.Context(), r)
	require.NoError(t, err)
	assert.Equal(t, []stripetest.Refund{{
		ID: receipt.ID, IdempotencyKey: "a", Units: 4_00, Status: "succeeded",
		Metadata: map[string]string{"returns_key": "a", "returns_refund": "rfn_a"},
	}}, server.Account(r.Charge.Ref).Refunds)
	assert.Equal(t, stripetest.Noon, receipt.At)
}

func TestEveryStatusAndReasonOfStripeIsToldInOurWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status, reason string
		want           payment.Status
		because        payment.FailureReason
	}{
		{"pending", "", payment.Pending, ""},
		{"requires_action", "", payment.RequiresAction, ""},
		{"succeeded", "", payment.Succeeded, ""},
		{"canceled", "", payment.Canceled, ""},
		{"failed", "expired_or_canceled_card", payment.Failed, payment.CardExpired},
		{"failed", "lost_or_stolen_card", payment.Failed, payment.CardExpired},
		{"failed", "declined", payment.Failed, payment.Declined},
		{"failed", "insufficient_funds", payment.Failed, payment.NoFunds},
		{"failed", "charge_for_pending_refund_disputed", payment.Failed, payment.Disputed},
		{"failed", "merchant_request", payment.Failed, payment.Withdrawn},
		{"failed", "unknown", payment.Failed, payment.UnknownReason},
		{"failed", "a reason of next year", payment.Failed, payment.UnknownReason},
	} {
		t.Run(c.status+" "+c.reason, func(t *testing.T) {
			t.Parallel()
			server, gateway, r := shop(t)
			server.StartAs(c.status, c.reason)
			receipt, err := gateway.Refund(t.Context(), r)
			require.NoError(t, err)
			assert.Equal(t, c.want, receipt.Status)
			assert.Equal(t, c.because, receipt.Reason)
			listed, err := gateway.Refunds(t.Context(), r.Charge.Ref)
			require.NoError(t, err)
			assert.Equal(t, []payment.Receipt{receipt}, listed)
		})
	}
}

func TestStatusThatNobodyKnowsIsAnUnknownOutcome(t *testing.T) {
	t.Parallel()
	server, gateway, r := shop(t)
	server.StartAs("settling", "")
	_, err := gateway.Refund(t.Context(), r)
	require.ErrorIs(t, err, payment.ErrUnknown)
}

func TestKnownKeyIsAnsweredWithTheStatusOfNow(t *testing.T) {
	t.Parallel()
	server, gateway, r := shop(t)
	first, err := gateway.Refund(t.Context(), r)
	require.NoError(t, err)
	require.Equal(t, payment.Succeeded, first.Status)
	require.NoError(t, server.FailLater(first.ID, "lost_or_stolen_card"))
	for name, order := range map[string]payment.Refund{"by its key": r, "by the list": again(r)} {
		now, err := gateway.Refund(t.Context(), order)
		require.NoError(t, err, name)
		assert.Equal(t, first.ID, now.ID, name)
		assert.Equal(t, payment.Failed, now.Status, "%s: Stripe itself repeats what it said the first time", name)
		assert.Equal(t, payment.CardExpired, now.Reason, name)
	}
}

func TestListHasAllRefundsAlthoughStripeGivesThemInPages(t *testing.T) {
	t.Parallel()
	server := stripetest.Start(t)
	gateway, charge := payment.New(at(t, server.URL)), server.Capture(1000, "usd")
	for i := range 250 {
		if i == 3 {
			_, err := server.ByHand(charge.Charge, 1)
			require.NoError(t, err)
			continue
		}
		r := four(charge.Intent, fmt.Sprint(i))
		r.Amount.Minor = 1
		_, err := gateway.Refund(t.Context(), r)
		require.NoError(t, err)
	}
	listed, err := gateway.Refunds(t.Context(), charge.Charge)
	require.NoError(t, err)
	require.Len(t, listed, 250)
	for i, receipt := range listed {
		assert.Equal(t, server.Account(charge.Charge).Refunds[i].ID, receipt.ID)
		assert.Equal(t, charge.Charge, receipt.ChargeRef)
	}
	assert.Empty(t, listed[3].Key, "made by hand")
	receipt, found, err := gateway.Lookup(t.Context(), charge.Intent, "0")
	require.NoError(t, err)
	assert.True(t, found)
	assert.Equal(t, "rfn_0", receipt.Reference)
}

func TestChargeThatStripeDoesNotKnowHasNoRefundsAndGetsNone(t *testing.T) {
	t.Parallel()
	_, gateway, r := shop(t)
	r.Charge.Ref = "pi_nobody"
	listed, err := gateway.Refunds(t.Context(), "pi_nobody")
	require.NoError(t, err)
	assert.Empty(t, listed)
	_, err = gateway.Refund(t.Context(), r)
	require.ErrorIs(t, err, payment.ErrInvalid)
	_, err = gateway.Refund(t.Context(), again(r))
	require.ErrorIs(t, err, payment.ErrUnknown, "the account that was asked the first time may know it")
	r.Charge.Ref = "order-7"
	_, err = gateway.Refund(t.Context(), again(r))
	require.ErrorIs(t, err, payment.ErrUnknown)
}

func TestPaymentsOfOthersAreNotAskedFor(t *testing.T) {
	t.Parallel()
	server, gateway, r := shop(t)
	for _, ref := range []string{"ch", "pi_", "order-7", "re_000001", "../pi_1"} {
		r.Charge.Ref = ref
		_, err := gateway.Refund(t.Context(), r)
		require.ErrorIs(t, err, payment.ErrInvalid, ref)
		_, err = gateway.Refunds(t.Context(), ref)
		require.Error(t, err, ref)
	}
	assert.Zero(t, server.Posts())
}

func TestAmountsAreCountedAsStripeCounts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		amount, code string
		units        int64 // 0 where Stripe cannot pay that back
	}{
		{"12.34", "USD", 1234},
		{"12.34", "HUF", 1234},
		{"12.34", "TWD", 1234},
		{"500", "JPY", 500},
		{"500", "KRW", 500},
		{"5", "ISK", 500},
		{"5", "UGX", 500},
		{"5.00", "MGA", 5},
		{"5.20", "MGA", 0},
		{"5.120", "KWD", 5120},
		{"5.124", "KWD", 0},
		{"5.120", "TND", 5120},
		{"5.120", "LYD", 0},
	} {
		t.Run(c.amount+" "+c.code, func(t *testing.T) {
			t.Parallel()
			server := stripetest.Start(t)
			amount, err := money.Parse(c.amount, c.code)
			require.NoError(t, err)
			charge := server.Capture(1_000_000, c.code)
			receipt, err := payment.New(at(t, server.URL)).Refund(t.Context(), payment.Refund{
				Key: "a", Reference: "rfn_a", Amount: amount, Charge: payment.Charge{Ref: charge.Intent, Captured: amount},
			})
			assert.Equal(t, c.units, server.Account(charge.Intent).Held)
			if c.units == 0 {
				require.ErrorIs(t, err, payment.ErrInvalid)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, amount, receipt.Amount)
		})
	}
}

func TestSettingsThatCannotBeRightAreRefusedWithoutBeingRepeated(t *testing.T) {
	t.Parallel()
	const key = "sk_live_verysecret"
	for name, c := range map[string]stripe.Config{
		"no key":                     {},
		"publishable key":            {Key: "pk_live_verysecret"},
		"key with a line end":        {Key: key + "\n"},
		"plain http":                 {Key: key, BaseURL: "http://api.stripe.com"},
		"no address":                 {Key: key, BaseURL: "api.stripe.com"},
		"address with a password":    {Key: key, BaseURL: "https://verysecret@api.stripe.com"},
		"address with a query":       {Key: key, BaseURL: "https://api.stripe.com?verysecret"},
		"address that looks like us": {Key: key, BaseURL: "http://127.0.0.1.verysecret.com"},
		"no URL at all":              {Key: key, BaseURL: "https://verysecret\x7f"},
	} {
		driver, err := stripe.New(c)
		require.Error(t, err, name)
		assert.Nil(t, driver, name)
		assert.NotContains(t, err.Error(), "verysecret", name)
	}
	for _, base := range []string{"", "https://api.stripe.com", "http://127.0.0.1:1", "http://[::1]:1", "http://localhost:1"} {
		_, err := stripe.New(stripe.Config{Key: key, BaseURL: base})
		require.NoError(t, err, base)
	}
	config := stripe.Config{Key: key}
	driver, err := stripe.New(config)
	require.NoError(t, err)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		assert.NotContains(t, fmt.Sprintf(verb, config), "verysecret")
		assert.NotContains(t, fmt.Sprintf(verb, driver), "verysecret")
	}
}

func TestKeyIsNotSentOnToWhereAnAnswerPoints(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("asked for %s", r.URL)
	}))
	t.Cleanup(elsewhere.Close)
	pointing := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	t.Cleanup(pointing.Close)
	gateway := payment.New(at(t, pointing.URL))
	_, err := gateway.Refund(t.Context(), four("pi_1", "a"))
	require.ErrorIs(t, err, payment.ErrUnknown)
	_, err = gateway.Refunds(t.Context(), "pi_1")
	require.Error(t, err)
}

func TestWhatPointsElsewhereProvesNothingWhateverItSays(t *testing.T) {
	t.Parallel()
	pointing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusFound)
		body := `{"object":"list","data":[]}`
		if r.Method == http.MethodPost {
			body = `{"object":"refund","id":"re_1","amount":400,"currency":"usd","status":"succeeded","charge":"ch_1","metadata":{"returns_key":"a","returns_refund":"rfn_a"}}`
		}
		_, err := w.Write([]byte(body))
		assert.NoError(t, err)
	}))
	t.Cleanup(pointing.Close)
	gateway := payment.New(at(t, pointing.URL))
	_, err := gateway.Refund(t.Context(), four("ch_1", "a"))
	require.ErrorIs(t, err, payment.ErrUnknown)
	_, err = gateway.Refund(t.Context(), again(four("ch_1", "a")))
	require.ErrorIs(t, err, payment.ErrUnknown)
	_, err = gateway.Refunds(t.Context(), "ch_1")
	require.Error(t, err)
}

func TestAnswerThatIsNoListIsNoProofThatNothingWasPaid(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"an empty object":       `{}`,
		"another object":        `{"object": "charge", "data": []}`,
		"no data":               `{"object": "list"}`,
		"a page without an end": `{"object": "list", "has_more": true, "data": []}`,
		"a refund of another":   `{"object": "list", "data": [{"object": "refund", "id": "re_1", "amount": 1, "currency": "usd", "status": "succeeded", "charge": "ch_2"}]}`,
		"null for a refund":     `{"object": "list", "data": [null]}`,
		"a page of HTML":        `<html>Welcome to the hotel</html>`,
		"too much":              `{"object": "list", "data": [], "x": "` + strings.Repeat("x", 9<<20) + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := make(chan string, 9)
			odd := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked <- r.Method
				_, err := w.Write([]byte(body))
				assert.NoError(t, err)
			}))
			t.Cleanup(odd.Close)
			gateway := payment.New(at(t, odd.URL))
			_, err := gateway.Refund(t.Context(), again(four("ch_1", "a")))
			require.ErrorIs(t, err, payment.ErrUnknown)
			assert.Equal(t, "GET", <-asked)
			assert.Empty(t, asked, "nothing was submitted")
		})
	}
}

func TestCallIsGivenUpWhenItsTimeIsUp(t *testing.T) {
	t.Parallel()
	server, _, r := shop(t)
	gate := server.Hold(stripetest.After)
	gateway := payment.New(at(t, server.URL), payment.Within(time.Hour))
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-gate.Reached()
		cancel()
	}()
	_, err := gateway.Refund(ctx, r)
	require.ErrorIs(t, err, payment.ErrUnknown)
	require.ErrorIs(t, err, context.Canceled)
	gate.Open()
	receipt, err := gateway.Refund(t.Context(), again(r))
	require.NoError(t, err)
	assert.Equal(t, server.Account(r.Charge.Ref).Refunds[0].ID, receipt.ID)
	assert.Equal(t, int64(4_00), server.Account(r.Charge.Ref).Held)
}
