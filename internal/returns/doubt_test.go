package returns_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/transfer"
	"github.com/vysero/returns/internal/apptest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/payment"
	"github.com/vysero/returns/internal/payment/stripe"
	"github.com/vysero/returns/internal/payment/stripe/stripetest"
	"github.com/vysero/returns/internal/returns"
)

// atStripe is a shop whose order was paid at a Stripe with a ledger, and the payment intent.
func atStripe(t *testing.T) (shop, *stripetest.Server, string) {
	t.Helper()
	bank := stripetest.Start(t)
	charge := bank.Capture(108_00, "usd").Intent
	s := open(t, func(in *orders.RecordInput) { in.Payments[0].Ref = charge })
	s.banksAt(t, bank)
	return s, bank, charge
}

// banksAt lets the shop ask this account of Stripe's from now on.
func (s shop) banksAt(t *testing.T, bank *stripetest.Server) {
	t.Helper()
	driver, err := stripe.New(stripe.Config{Key: stripetest.Key, BaseURL: bank.URL})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, driver.Close()) })
	s.Returns.Payments = payment.New(driver)
}

// submit lets the job try once more, when it is due.
func (s shop) submit(t *testing.T, paid *ent.RefundRequest) *ent.Transfer {
	t.Helper()
	s.Clock.Set(s.Clock.Now().Add(time.Hour))
	_, _ = s.Returns.Submit(t.Context(), paid.ID) // its error is the doubt, which the transfer tells as well
	return paid.QueryTransfers().Order(transfer.ByID()).FirstX(auth.AsSystem(t.Context()))
}

func TestARefundInDoubtNeverFailsAndIsNeverPaidUnderAnotherKey(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lost stripetest.When
		then func(*testing.T, shop, *stripetest.Server)
	}{
		"another account is asked, which does not know the charge": {stripetest.After, func(t *testing.T, s shop, _ *stripetest.Server) {
			s.banksAt(t, stripetest.Start(t))
		}},
		"the key is said to be used for something else": {stripetest.Before, func(_ *testing.T, _ shop, bank *stripetest.Server) {
			bank.Refuse(2, stripetest.Refusal{Status: 400, Type: "idempotency_error"})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, bank, charge := atStripe(t)
			bank.Drop(1, c.lost)
			ret, paid := s.settle(t, s.ready(t))
			require.Equal(t, lifecycle.Refunding, ret.State)
			c.then(t, s, bank)
			require.Equal(t, transfer.StateUNKNOWN, s.submit(t, paid).State)
			_, err := s.Returns.RetryRefund(s.As(t, auth.Finance), returns.RetryInput{ID: paid.ID, IdempotencyKey: apptest.Key()})
			require.NoError(t, err)
			s.banksAt(t, bank)
			require.Equal(t, transfer.StateSUCCEEDED, s.submit(t, paid).State)
			require.Len(t, bank.Account(charge).Refunds, 1)
			require.Equal(t, 1, paid.QueryTransfers().CountX(auth.AsSystem(t.Context())))
			s.balanced(t)
		})
	}
}

func TestACallThatNeverArrivedLeavesNoDoubt(t *testing.T) {
	t.Parallel()
	s, bank, _ := atStripe(t)
	bank.Refuse(2, stripetest.Refusal{Status: 401, Type: "invalid_request_error"}) // our key was wrong, twice
	_, paid := s.settle(t, s.ready(t))
	require.Equal(t, transfer.StateRESERVED, s.submit(t, paid).State)
	bank.Refuse(1, stripetest.Refusal{Status: 404, Type: "invalid_request_error", Code: "resource_missing"})
	failed := s.submit(t, paid)
	require.Equal(t, transfer.StateFAILED, failed.State, "nothing was ever paid under the key: staff may go on")
	require.Equal(t, "REFUSED_BY_PROVIDER", failed.Failure)
}

func TestADisputedPaymentIsNotPaidBackInAnotherWay(t *testing.T) {
	t.Parallel()
	s, bank, charge := atStripe(t)
	bank.Refuse(1, stripetest.Refusal{Status: 400, Type: "invalid_request_error", Code: "charge_disputed"})
	_, paid := s.settle(t, s.ready(t))
	failed := paid.QueryTransfers().OnlyX(auth.AsSystem(t.Context()))
	require.Equal(t, transfer.StateFAILED, failed.State)
	require.Equal(t, string(payment.Disputed), failed.Failure)
	_, err := s.Returns.RerouteRefund(s.As(t, auth.Finance), returns.RerouteInput{
		ID: paid.ID, IdempotencyKey: apptest.Key(), TransferID: failed.ID, Consent: "By telephone.", PaidOutside: new("bank transfer 17"),
	})
	require.Equal(t, fault.CodeState, faultOf(t, err).Code, "the bank may have paid it back already")
	_, err = s.Returns.RetryRefund(s.As(t, auth.Finance), returns.RetryInput{ID: paid.ID, IdempotencyKey: apptest.Key()})
	require.NoError(t, err, "the dispute was won")
	require.EqualValues(t, 100_00, bank.Account(charge).Held)
	s.balanced(t)
}
