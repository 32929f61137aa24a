package returns_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/apptest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/returns"
)

// of is the option of a change of heart as of an instant.
func (s shop) of(t *testing.T, asOf string, units int) returns.Option {
	t.Helper()
	at := apptest.At(asOf)
	o := s.DB.Client.Order.GetX(s.ada(t), s.order.ID)
	options, err := s.Returns.Options(s.ada(t), o, s.DB.Client.Item.GetX(s.ada(t), s.items[0].ID), &at, &units)
	require.NoError(t, err)
	return options[0]
}

func TestAPastDateKnowsOfNothingThatWasFiledSince(t *testing.T) {
	t.Parallel()
	s := open(t, func(in *orders.RecordInput) {
		in.Items, in.Payments[0].Captured = []orders.ItemInput{apptest.Camera(2, "200.00")}, apptest.USD("208.00")
	})
	ret := s.request(t, s.line(policy.ChangeOfHeart, 1))
	s.back(t, ret, returns.FoundInput{Packaging: true})
	s.settle(t, ret)
	s.Clock.Set(s.Clock.Now().Add(time.Hour))
	before, after := "2026-03-10T08:00:00-07:00", "2026-03-10T09:30:00-07:00"
	then := s.of(t, before, 2)
	require.Equal(t, policy.Eligible, then.Verdict.Outcome)
	require.EqualValues(t, 200_00, then.RefundEstimate.Total)
	require.Equal(t, policy.NotEligible, s.of(t, after, 2).Verdict.Outcome, "one unit was in a return by then")
	p, err := s.Returns.Preview(s.ada(t), returns.PreviewInput{Lines: []returns.LineInput{s.line(policy.ChangeOfHeart, 2)}}, new(apptest.At(before)))
	require.NoError(t, err)
	require.True(t, p.Requestable)
	require.EqualValues(t, 200_00, p.RefundEstimate.Total)
	require.Equal(t, 1, p.Lines[0].Item.UnitsLeft(), "the item is told as it is")
}

func TestAPastDateKnowsOfNoProofThatWasVerifiedSince(t *testing.T) {
	t.Parallel()
	none := policy.NoProof
	s := open(t, func(in *orders.RecordInput) { in.Proof = &none })
	ret := s.request(t, s.line(policy.ChangeOfHeart, 1))
	_, err := s.Returns.VerifyReceipt(s.As(t, auth.Agent), returns.ReceiptInput{ID: ret.ID, Note: "seen"})
	require.NoError(t, err)
	s.Clock.Set(s.Clock.Now().Add(time.Hour))
	require.Equal(t, policy.AwaitingEvidence, s.of(t, "2026-03-10T08:00:00-07:00", 1).Verdict.Outcome)
	later := s.of(t, "2026-03-10T09:30:00-07:00", 1).Verdict
	require.NotContains(t, later.Evidence, policy.ReceiptNeeded)
}

func TestNobodyCanAskAsOfBeforeThePurchase(t *testing.T) {
	t.Parallel()
	s := open(t)
	at := s.order.PurchasedAt.Add(-time.Second)
	_, err := s.Returns.Options(s.ada(t), s.order, s.items[0], &at, nil)
	require.Equal(t, fault.CodeInvalid, faultOf(t, err).Code)
	_, err = s.Returns.Preview(s.ada(t), returns.PreviewInput{Lines: []returns.LineInput{s.line(policy.ChangeOfHeart, 1)}}, &at)
	require.Equal(t, fault.CodeInvalid, faultOf(t, err).Code)
}

func TestWhatIsNotYetSaysWhenItWillBe(t *testing.T) {
	t.Parallel()
	s := open(t)
	o := s.of(t, "2026-03-01T12:00:00-08:00", 1)
	require.Equal(t, policy.NotYet, o.Verdict.Outcome)
	require.NotNil(t, o.ChangesAt())
	require.True(t, o.ChangesAt().Equal(apptest.At("2026-03-02T10:00:00-08:00")), "when it is shipped")
}
