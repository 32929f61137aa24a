package stripe_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/payment"
	"github.com/vysero/returns/internal/payment/stripe"
	"github.com/vysero/returns/internal/payment/stripe/stripetest"
)

// meanings are those that errors.Is must tell apart; exactly one of them is true, and ErrInvalid for two of them as well.
var meanings = []error{
	payment.ErrUnknown, payment.ErrNotSubmitted, payment.ErrInvalid, payment.ErrBeyondCaptured, payment.ErrDisputed, payment.ErrKeyReused,
}

func means(t *testing.T, want, err error) {
	t.Helper()
	for _, other := range meanings {
		if errors.Is(want, other) {
			assert.ErrorIs(t, err, other)
		} else {
			assert.NotErrorIs(t, err, other)
		}
	}
}

func TestEachRefusalOfStripeMeansWhatIsCertainAndNoMore(t *testing.T) {
	t.Parallel()
	const request, api, idempotency, card = "invalid_request_error", "api_error", "idempotency_error", "card_error"
	for name, c := range map[string]struct {
		refusal stripetest.Refusal
		want    error
	}{
		"wrong key":                   {stripetest.Refusal{Status: 401, Type: request}, payment.ErrNotSubmitted},
		"key without the right":       {stripetest.Refusal{Status: 403, Type: request}, payment.ErrNotSubmitted},
		"key out of date":             {stripetest.Refusal{Status: 400, Type: request, Code: "api_key_expired"}, payment.ErrNotSubmitted},
		"test key, live payment":      {stripetest.Refusal{Status: 400, Type: request, Code: "livemode_mismatch"}, payment.ErrNotSubmitted},
		"too many requests":           {stripetest.Refusal{Status: 429, Type: request, Code: "rate_limit"}, payment.ErrNotSubmitted},
		"charge is locked":            {stripetest.Refusal{Status: 429, Type: request, Code: "lock_timeout"}, payment.ErrUnknown},
		"charge is locked, as 400":    {stripetest.Refusal{Status: 400, Type: request, Code: "lock_timeout"}, payment.ErrUnknown},
		"same key is running":         {stripetest.Refusal{Status: 409, Type: idempotency, Code: "idempotency_key_in_use"}, payment.ErrUnknown},
		"same key is running, as 400": {stripetest.Refusal{Status: 400, Type: idempotency, Code: "idempotency_key_in_use"}, payment.ErrUnknown},
		"key of another order":        {stripetest.Refusal{Status: 400, Type: idempotency}, payment.ErrKeyReused},
		"all is refunded":             {stripetest.Refusal{Status: 400, Type: request, Code: "charge_already_refunded"}, payment.ErrBeyondCaptured},
		"more than is left":           {stripetest.Refusal{Status: 400, Type: request, Param: "amount", Message: "Refund amount ($5.00) is greater than unrefunded amount on charge ($4.00)"}, payment.ErrBeyondCaptured},
		"more than was charged":       {stripetest.Refusal{Status: 400, Type: request, Message: "Refund amount (£93.90) is greater than charge amount (£54.45)"}, payment.ErrBeyondCaptured},
		"amount too large":            {stripetest.Refusal{Status: 400, Type: request, Code: "amount_too_large"}, payment.ErrBeyondCaptured},
		"charge is disputed":          {stripetest.Refusal{Status: 400, Type: request, Code: "charge_disputed"}, payment.ErrDisputed},
		"shop's balance is too low":   {stripetest.Refusal{Status: 400, Type: request, Code: "balance_insufficient"}, payment.ErrInvalid},
		"no such charge":              {stripetest.Refusal{Status: 404, Type: request, Code: "resource_missing"}, payment.ErrInvalid},
		"card says no":                {stripetest.Refusal{Status: 402, Type: card, Code: "card_declined"}, payment.ErrInvalid},
		"Stripe's own fault":          {stripetest.Refusal{Status: 500, Type: api}, payment.ErrUnknown},
		"Stripe's own fault, as 400":  {stripetest.Refusal{Status: 400, Type: api}, payment.ErrUnknown},
		"gateway's fault":             {stripetest.Refusal{Status: 502, Type: api}, payment.ErrUnknown},
		"Stripe depends on others":    {stripetest.Refusal{Status: 424, Type: request}, payment.ErrUnknown},
		"request took too long":       {stripetest.Refusal{Status: 408, Type: request}, payment.ErrUnknown},
		"status that nobody knows":    {stripetest.Refusal{Status: 418, Type: request}, payment.ErrUnknown},
		"4xx of something in between": {stripetest.Refusal{Status: 404}, payment.ErrUnknown},
		"401 of something in between": {stripetest.Refusal{Status: 401}, payment.ErrUnknown},
		"points elsewhere":            {stripetest.Refusal{Status: 302, Type: request}, payment.ErrUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, gateway, r := shop(t)
			server.Refuse(1, c.refusal)
			_, err := gateway.Refund(t.Context(), r)
			means(t, c.want, err)
			assert.Equal(t, 1, server.Posts(), "asked once")
			_, err = gateway.Refund(t.Context(), r)
			require.NoError(t, err, "the same key is good afterwards")
			assert.Equal(t, int64(4_00), server.Account(r.Charge.Ref).Held)
		})
	}
}

func TestWrongKeyIsOurSettingAndNotARefusalOfTheRefund(t *testing.T) {
	t.Parallel()
	server := stripetest.Start(t)
	driver, err := stripe.New(stripe.Config{Key: "sk_test_othershopssecret", BaseURL: server.URL})
	require.NoError(t, err)
	gateway := payment.New(driver)
	r := four(server.Capture(10_00, "usd").Intent, "a")
	_, err = gateway.Refund(t.Context(), r)
	means(t, payment.ErrNotSubmitted, err)
	assert.NotContains(t, err.Error(), "othershopssecret")
	assert.NotContains(t, err.Error(), "sk_test", "nor the part that Stripe repeats")
	_, err = gateway.Refund(t.Context(), again(r))
	means(t, payment.ErrUnknown, err)
	_, _, err = gateway.Lookup(t.Context(), r.Charge.Ref, "a")
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "sk_test")
	assert.Zero(t, server.Posts())
}

func TestNobodyThereMeansThatNothingWasSent(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := "http://" + listener.Addr().String()
	require.NoError(t, listener.Close())
	gateway := payment.New(at(t, address))
	_, err = gateway.Refund(t.Context(), four("pi_1", "a"))
	means(t, payment.ErrNotSubmitted, err)
	_, err = gateway.Refund(t.Context(), again(four("pi_1", "a")))
	means(t, payment.ErrUnknown, err)
}

// mute is a transport that loses answers and tells nothing of what it did.
type mute struct{ next http.RoundTripper }

func (m mute) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := m.next.RoundTrip(r.WithContext(bare{r.Context()}))
	if err != nil {
		return nil, err
	}
	return nil, errors.Join(errors.New("the answer was lost"), answer.Body.Close())
}

func TestTransportThatTellsNothingProvesNothing(t *testing.T) {
	t.Parallel()
	server := stripetest.Start(t)
	driver, err := stripe.New(stripe.Config{
		Key: stripetest.Key, BaseURL: server.URL, HTTPClient: &http.Client{Transport: mute{http.DefaultTransport}},
	})
	require.NoError(t, err)
	r := four(server.Capture(10_00, "usd").Intent, "a")
	_, err = payment.New(driver).Refund(t.Context(), r)
	means(t, payment.ErrUnknown, err)
	assert.Equal(t, int64(4_00), server.Account(r.Charge.Ref).Held)
}

// Row 5 of the failure modes: the outcome is unknown, and it is asked again with the same key.
func TestLostAnswerIsFoundAgainAndTheMoneyMovesOnce(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*stripetest.Server){
		"hung up after the money moved": func(s *stripetest.Server) { s.DropAfterCommit(1) },
		"hung up before":                func(s *stripetest.Server) { s.Drop(1, stripetest.Before) },
		"500 after the money moved":     func(s *stripetest.Server) { s.Fail500(1, stripetest.After) },
		"503 after the money moved":     func(s *stripetest.Server) { s.Fail503(1, stripetest.After) },
		"503 before":                    func(s *stripetest.Server) { s.Fail503(1, stripetest.Before) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, gateway, r := shop(t)
			_, err := gateway.Refunds(t.Context(), r.Charge.Ref)
			require.NoError(t, err, "a connection is open, on which net/http would try twice by itself")
			spoil(server)
			_, err = gateway.Refund(t.Context(), r)
			means(t, payment.ErrUnknown, err)
			assert.Equal(t, 1, server.Posts())
			receipt, err := gateway.Refund(t.Context(), again(r))
			require.NoError(t, err)
			account := server.Account(r.Charge.Ref)
			require.Len(t, account.Refunds, 1)
			assert.Equal(t, account.Refunds[0].ID, receipt.ID)
			assert.Equal(t, int64(4_00), account.Held)
		})
	}
}

func TestAnswerLostADayAgoPaysOnceAlthoughTheKeyIsForgotten(t *testing.T) {
	t.Parallel()
	server, gateway, r := shop(t)
	server.DropAfterCommit(1)
	_, err := gateway.Refund(t.Context(), r)
	means(t, payment.ErrUnknown, err)
	server.ForgetKeys()
	receipt, err := gateway.Refund(t.Context(), again(r))
	require.NoError(t, err)
	assert.Equal(t, server.Account(r.Charge.Ref).Refunds[0].ID, receipt.ID)
	assert.Equal(t, int64(4_00), server.Account(r.Charge.Ref).Held)
	assert.Equal(t, 1, server.Posts(), "it was found, and not asked for")
}

// Stripe keeps a 500 under the key. While it does, nobody knows more; when it no longer does, the order is carried out.
func TestKept500StaysUnknownUntilStripeForgetsIt(t *testing.T) {
	t.Parallel()
	server, gateway, r := shop(t)
	server.Fail500(1, stripetest.Before)
	for range 3 {
		_, err := gateway.Refund(t.Context(), r)
		means(t, payment.ErrUnknown, err)
		r = again(r)
	}
	assert.Zero(t, server.Account(r.Charge.Ref).Held)
	server.ForgetKeys()
	_, err := gateway.Refund(t.Context(), r)
	require.NoError(t, err)
	assert.Equal(t, int64(4_00), server.Account(r.Charge.Ref).Held)
}

func TestCallWhileTheSameKeyRunsIsToldNothing(t *testing.T) {
	t.Parallel()
	for name, when := range map[string]stripetest.When{"before the money moves": stripetest.Before, "after": stripetest.After} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, gateway, r := shop(t)
			gate := server.Hold(when)
			done := make(chan error, 1)
			go func() {
				_, err := gateway.Refund(t.Context(), r)
				done <- err
			}()
			<-gate.Reached()
			_, err := gateway.Refund(t.Context(), r)
			means(t, payment.ErrUnknown, err)
			changed := r
			changed.Amount.Minor++
			_, err = gateway.Refund(t.Context(), changed)
			means(t, payment.ErrKeyReused, err)
			gate.Open()
			require.NoError(t, <-done)
			assert.Equal(t, int64(4_00), server.Account(r.Charge.Ref).Held)
		})
	}
}

func TestRefusalIsRepeatedForTheSameKeyAndNotForTheNext(t *testing.T) {
	t.Parallel()
	server, gateway, r := shop(t)
	first := four(r.Charge.Ref, "first")
	first.Amount.Minor = 7_00
	receipt, err := gateway.Refund(t.Context(), first)
	require.NoError(t, err)
	_, err = gateway.Refund(t.Context(), r)
	means(t, payment.ErrBeyondCaptured, err)
	require.NoError(t, server.FailLater(receipt.ID, "declined"))
	_, err = gateway.Refund(t.Context(), again(r))
	means(t, payment.ErrBeyondCaptured, err)
	_, err = gateway.Refund(t.Context(), four(r.Charge.Ref, "b"))
	require.NoError(t, err)
	assert.Equal(t, int64(4_00), server.Account(r.Charge.Ref).Held)
}

func TestStatusOfARepeatedAnswerIsNotGuessedAt(t *testing.T) {
	t.Parallel()
	server := stripetest.Start(t)
	deaf := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			http.Error(w, "not now", http.StatusBadGateway)
			return
		}
		server.ServeHTTP(w, r)
	}))
	t.Cleanup(deaf.Close)
	gateway := payment.New(at(t, deaf.URL))
	r := four(server.Capture(10_00, "usd").Intent, "a")
	_, err := gateway.Refund(t.Context(), r)
	require.NoError(t, err)
	_, err = gateway.Refund(t.Context(), r)
	means(t, payment.ErrUnknown, err)
}

// bare is a context that ends as another does and bears none of its values.
type bare struct{ context.Context }

func (bare) Value(any) any { return nil }

func TestSlowStripeHasTheKeyAndNotYetMovedTheMoney(t *testing.T) {
	t.Parallel()
	server, gateway, r := shop(t)
	server.Slow(time.Hour)
	gate := server.Hold(stripetest.Before)
	ctx, leave := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := gateway.Refund(ctx, r)
		done <- err
	}()
	<-gate.Reached()
	leave()
	means(t, payment.ErrUnknown, <-done)
	gate.Open()
	server.Calm()
	_, err := gateway.Refund(t.Context(), again(r))
	means(t, payment.ErrUnknown, err)
	assert.Zero(t, server.Account(r.Charge.Ref).Held, "it is at it still")
	_, err = gateway.Refund(t.Context(), four(r.Charge.Ref, "b"))
	require.NoError(t, err, "others are served")
}

func TestPaymentsOfATestBearTheNamesThatItChose(t *testing.T) {
	t.Parallel()
	server := stripetest.Start(t)
	for _, ref := range []string{"pi_order9001", "ch_order9002"} {
		charge, err := server.CaptureAs(ref, 10_00, "usd")
		require.NoError(t, err)
		_, err = payment.New(at(t, server.URL)).Refund(t.Context(), four(ref, ref))
		require.NoError(t, err)
		assert.Equal(t, server.Account(charge.Intent), server.Account(charge.Charge))
		assert.Equal(t, int64(4_00), server.Account(ref).Held)
	}
	for _, ref := range []string{"pi_order9001", "ch_order9001", "pi_", "order9003"} {
		_, err := server.CaptureAs(ref, 10_00, "usd")
		require.Error(t, err, ref)
	}
	assert.Len(t, server.Ledger(), 2)
}
