package payment_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/money"
	"github.com/vysero/returns/internal/payment"
)

// answering is a provider that says one thing, whatever it is asked: for answers that no honest driver gives.
type answering struct {
	receipt payment.Receipt
	err     error
	asked   int
}

func (a *answering) Refund(ctx context.Context, _ payment.Refund) (payment.Receipt, error) {
	a.asked++
	if errors.Is(a.err, context.DeadlineExceeded) {
		<-ctx.Done()
	}
	return a.receipt, a.err
}

func (a *answering) Lookup(context.Context, string, string) (payment.Receipt, bool, error) {
	return a.receipt, a.receipt.Status != "", a.err
}

func (a *answering) Refunds(context.Context, string) ([]payment.Receipt, error) {
	return []payment.Receipt{a.receipt}, a.err
}

func dollars(minor int64) money.Amount { return money.Amount{Minor: minor, Currency: "USD"} }

var (
	good = payment.Refund{
		Key: "rfn_1", Reference: "rfn_1", Amount: dollars(4_00),
		Charge: payment.Charge{Ref: "ch_1", Captured: dollars(10_00)},
	}
	paid = payment.Receipt{ID: "re_1", Key: "rfn_1", ChargeRef: "ch_1", Reference: "rfn_1", Amount: dollars(4_00), Status: payment.Succeeded}
)

func TestProviderIsNotAskedForWhatCannotBeRight(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(*payment.Refund)
		field string
		code  fault.Code
	}{
		"no key":               {func(r *payment.Refund) { r.Key = "" }, "key", fault.CodeRequired},
		"key too long":         {func(r *payment.Refund) { r.Key = strings.Repeat("k", 256) }, "key", fault.CodeInvalid},
		"key with a line end":  {func(r *payment.Refund) { r.Key = "a\nb" }, "key", fault.CodeInvalid},
		"key not ASCII":        {func(r *payment.Refund) { r.Key = "schlüssel" }, "key", fault.CodeInvalid},
		"no charge":            {func(r *payment.Refund) { r.Charge.Ref = "" }, "charge", fault.CodeRequired},
		"no reference":         {func(r *payment.Refund) { r.Reference = "" }, "reference", fault.CodeRequired},
		"no money":             {func(r *payment.Refund) { r.Amount.Minor = 0 }, "amount", fault.CodeAmount},
		"negative money":       {func(r *payment.Refund) { r.Amount.Minor = -1 }, "amount", fault.CodeAmount},
		"another currency":     {func(r *payment.Refund) { r.Amount.Currency = "EUR" }, "amount", fault.CodeCurrency},
		"no such currency":     {func(r *payment.Refund) { r.Amount.Currency = "XQQ" }, "amount", fault.CodeCurrency},
		"more than captured":   {func(r *payment.Refund) { r.Amount.Minor = 10_01 }, "", fault.CodeAmount},
		"nothing was captured": {func(r *payment.Refund) { r.Charge.Captured.Minor = 0 }, "", fault.CodeAmount},
		"uncountable":          {func(r *payment.Refund) { r.Charge.Captured.Minor = money.Max + 1 }, "charge", fault.CodeAmount},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			driver, r := &answering{receipt: paid}, good
			c.spoil(&r)
			_, err := payment.New(driver).Refund(t.Context(), r)
			require.ErrorIs(t, err, payment.ErrInvalid)
			assert.Equal(t, c.code, fault.From(err).Code)
			assert.Equal(t, c.field, strings.Join(fault.From(err).Field, "."))
			assert.Zero(t, driver.asked)
			r.Again = true
			_, err = payment.New(driver).Refund(t.Context(), r)
			require.ErrorIs(t, err, payment.ErrUnknown, "what is wrong by now says nothing of the call that was made")
			assert.NotErrorIs(t, err, payment.ErrInvalid)
		})
	}
}

func TestErrorsAreToldApart(t *testing.T) {
	t.Parallel()
	secret := errors.New("secret of the provider")
	for _, c := range []struct {
		said, means error
		kind        fault.Kind
	}{
		{payment.ErrUnknown, payment.ErrUnknown, fault.Unavailable},
		{secret, payment.ErrUnknown, fault.Unavailable},
		{payment.ErrNotSubmitted, payment.ErrNotSubmitted, fault.Unavailable},
		{payment.ErrInvalid, payment.ErrInvalid, fault.Invalid},
		{payment.ErrBeyondCaptured, payment.ErrBeyondCaptured, fault.Conflict},
		{payment.ErrDisputed, payment.ErrDisputed, fault.Conflict},
		{payment.ErrKeyReused, payment.ErrKeyReused, fault.Conflict},
	} {
		driver := &answering{err: fmt.Errorf("%w: %w", c.said, secret)}
		_, err := payment.New(driver).Refund(t.Context(), good)
		require.ErrorIs(t, err, c.means)
		var e *fault.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, c.kind, e.Kind)
		assert.NotContains(t, e.Say, "secret")
		for _, other := range []error{payment.ErrUnknown, payment.ErrNotSubmitted, payment.ErrInvalid, payment.ErrKeyReused} {
			if !errors.Is(c.means, other) {
				assert.NotErrorIs(t, err, other)
			}
		}
	}
}

func TestReceiptThatProvesNothingIsAnUnknownOutcome(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*payment.Receipt){
		"no id":            func(r *payment.Receipt) { r.ID = "" },
		"unknown status":   func(r *payment.Receipt) { r.Status = "FINE" },
		"another amount":   func(r *payment.Receipt) { r.Amount.Minor++ },
		"no amount":        func(r *payment.Receipt) { r.Amount.Minor = 0 },
		"another key":      func(r *payment.Receipt) { r.Key = "rfn_2" },
		"another charge":   func(r *payment.Receipt) { r.ChargeRef = "ch_2" },
		"another currency": func(r *payment.Receipt) { r.Amount.Currency = "EUR" },
	} {
		receipt := paid
		spoil(&receipt)
		got, err := payment.New(&answering{receipt: receipt}).Refund(t.Context(), good)
		assert.ErrorIs(t, err, payment.ErrUnknown, name)
		assert.Zero(t, got, name)
	}
}

func TestFailureIsAReceiptAndItsReasonIsAlwaysKnown(t *testing.T) {
	t.Parallel()
	receipt := paid
	receipt.Status, receipt.Reason = payment.Failed, "lost_or_stolen_card"
	gateway := payment.New(&answering{receipt: receipt})
	got, err := gateway.Refund(t.Context(), good)
	require.NoError(t, err)
	assert.Equal(t, payment.UnknownReason, got.Reason)
	receipt.Status, receipt.Reason = payment.Succeeded, payment.Declined
	got, err = payment.New(&answering{receipt: receipt}).Refund(t.Context(), good)
	require.NoError(t, err)
	assert.Empty(t, got.Reason, "only a failure has a reason")
}

func TestSlowProviderIsLeftAfterTheTimeThatItHas(t *testing.T) {
	t.Parallel()
	gateway := payment.New(&answering{err: context.DeadlineExceeded}, payment.Within(0), payment.Within(time.Millisecond))
	_, err := gateway.Refund(t.Context(), good)
	require.ErrorIs(t, err, payment.ErrUnknown)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestReadsSayTheTruthOrNothing(t *testing.T) {
	t.Parallel()
	nameless := paid
	nameless.ID = ""
	for _, driver := range []*answering{{err: errors.New("down")}, {receipt: nameless}} {
		gateway := payment.New(driver)
		_, _, err := gateway.Lookup(t.Context(), "ch_1", "rfn_1")
		assert.Equal(t, fault.Unavailable, fault.From(err).Kind)
		_, err = gateway.Refunds(t.Context(), "ch_1")
		assert.Equal(t, fault.Unavailable, fault.From(err).Kind)
	}
	gateway := payment.New(&answering{receipt: paid})
	_, found, err := gateway.Lookup(t.Context(), "ch_1", "rfn_1")
	require.NoError(t, err)
	require.True(t, found)
	_, _, err = gateway.Lookup(t.Context(), "ch_1", "rfn_2")
	require.Error(t, err, "an answer about another key")
	_, _, err = gateway.Lookup(t.Context(), "ch_2", "rfn_1")
	require.Error(t, err, "an answer about another charge")
	_, _, err = gateway.Lookup(t.Context(), "ch_1", "")
	require.ErrorIs(t, err, payment.ErrInvalid)
	_, _, err = gateway.Lookup(t.Context(), "", "rfn_1")
	require.ErrorIs(t, err, payment.ErrInvalid)
	_, err = gateway.Refunds(t.Context(), "")
	require.ErrorIs(t, err, payment.ErrInvalid)
}

func TestCallThatWasNotSubmittedSaysNothingOfTheCallsBeforeIt(t *testing.T) {
	t.Parallel()
	gateway := payment.New(&answering{err: payment.ErrNotSubmitted})
	_, err := gateway.Refund(t.Context(), good)
	require.ErrorIs(t, err, payment.ErrNotSubmitted)
	again := good
	again.Again = true
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, ctx := range map[string]context.Context{"the driver says so": t.Context(), "the caller has left": ended} {
		_, err = gateway.Refund(ctx, again)
		require.ErrorIs(t, err, payment.ErrUnknown, name)
		require.NotErrorIs(t, err, payment.ErrNotSubmitted, name)
	}
	_, err = payment.New(&answering{err: payment.ErrInvalid}).Refund(t.Context(), again)
	require.NotErrorIs(t, err, payment.ErrUnknown, "a refusal stays one")
}

func TestStatusNeverGoesBackInWhateverOrderItIsTold(t *testing.T) {
	t.Parallel()
	all := []payment.Status{payment.Pending, payment.RequiresAction, payment.Succeeded, payment.Failed, payment.Canceled}
	for _, s := range all {
		assert.True(t, s.Follows(""), s)
		assert.False(t, s.Follows(s), s)
		assert.False(t, payment.Status("FINE").Follows(s), s)
	}
	for _, c := range []struct{ earlier, later payment.Status }{
		{payment.RequiresAction, payment.Pending},
		{payment.Pending, payment.Succeeded},
		{payment.Succeeded, payment.Failed},
		{payment.Pending, payment.Canceled},
		{payment.Pending, payment.Failed},
	} {
		assert.True(t, c.later.Follows(c.earlier), "%s after %s", c.later, c.earlier)
		assert.False(t, c.earlier.Follows(c.later), "%s after %s", c.earlier, c.later)
	}
}
