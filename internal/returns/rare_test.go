package returns_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/apptest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/returns"
)

func TestAnItemBetweenOthersGetsItsOwnShareOfShippingInPreviewAndPayment(t *testing.T) {
	t.Parallel()
	s := open(t, func(in *orders.RecordInput) {
		in.Shipping = apptest.USD("9.99")
		in.Items = []orders.ItemInput{apptest.Camera(1, "70.00"), apptest.Camera(2, "20.00"), apptest.Camera(1, "10.00")}
		in.Payments[0].Captured = apptest.USD("109.99")
	})
	o := s.DB.Client.Order.GetX(s.ada(t), s.order.ID)
	shares := map[int]int64{0: 7000 + 700, 1: 2000 + 200, 2: 1000 + 99}
	for i, it := range s.items {
		options, err := s.Returns.Options(s.ada(t), o, it, nil, nil)
		require.NoError(t, err)
		require.Equal(t, policy.Defective, options[1].Reason)
		require.Equal(t, shares[i], options[1].RefundEstimate.Total)
	}
	one := func(i, units int) returns.LineInput {
		return returns.LineInput{ItemID: s.items[i].ID, Quantity: units, Reason: policy.Defective}
	}
	preview, err := s.Returns.Preview(s.ada(t), returns.PreviewInput{Lines: []returns.LineInput{one(2, 1), one(0, 1), one(1, 1), one(1, 1)}, Photos: new(1)}, nil)
	require.NoError(t, err)
	require.EqualValues(t, 10999, preview.RefundEstimate.Total)
}

func TestLengthsAreCountedInCharactersOfAnyScript(t *testing.T) {
	t.Parallel()
	s := open(t, func(in *orders.RecordInput) { in.Items[0].Name = strings.Repeat("й", 200) })
	_, _, err := s.Returns.Request(s.ada(t), returns.RequestInput{Lines: []returns.LineInput{s.line(policy.ChangeOfHeart, 1)}, Note: new(strings.Repeat("я", 2000))})
	require.NoError(t, err)
}

func TestALabelIsBoughtWhateverAnOrderHolds(t *testing.T) {
	t.Parallel()
	s := open(t, func(in *orders.RecordInput) {
		in.Number, in.ShipToLines = strings.Repeat("Ø", 64), []string{"Jane", "", strings.Repeat("x", 200), "3", "4", "5", "6", "7", "8"}
		in.Items[0].Name, in.Items[0].Sku = strings.Repeat("й", 200), strings.Repeat("S", 64)
	})
	ret, _, err := s.Returns.Request(s.ada(t), returns.RequestInput{Lines: []returns.LineInput{s.line(policy.Defective, 1)}, PhotoIDs: []string{s.upload(t)}})
	require.NoError(t, err)
	ret, err = s.Returns.Approve(s.As(t, auth.Agent), returns.ApproveInput{IdempotencyKey: apptest.Key(), ID: ret.ID, Instructions: "Print the label."})
	require.NoError(t, err)
	require.Equal(t, "READY", string(ret.QueryLabel().OnlyX(s.ada(t)).State))
}

func TestAFailedRefundKeepsItsRoomSoThatItCanAlwaysBeTriedAgain(t *testing.T) {
	t.Parallel()
	s := open(t, func(in *orders.RecordInput) {
		in.Items = []orders.ItemInput{apptest.Camera(1, "60.00"), apptest.Camera(1, "40.00")}
		in.Shipping = apptest.USD("0.00")
		in.Payments = []orders.PaymentInput{{Ref: "one-fail-declined", Captured: apptest.USD("50.00")}, {Ref: "two", Captured: apptest.USD("50.00")}}
	})
	var refunds []string
	for _, it := range s.items {
		ret := s.request(t, returns.LineInput{ItemID: it.ID, Quantity: 1, Reason: policy.ChangeOfHeart})
		ret, paid := s.settle(t, s.back(t, ret, returns.FoundInput{Packaging: true}))
		require.Equal(t, lifecycle.RefundFailed, ret.State)
		refunds = append(refunds, paid.ID)
	}
	require.EqualValues(t, 5000, s.paidBack(t, "two"))
	for _, id := range refunds {
		paid, err := s.Returns.RetryRefund(s.As(t, auth.Finance), returns.RetryInput{IdempotencyKey: apptest.Key(), ID: id})
		require.NoError(t, err, "there is room for each of them")
		require.Equal(t, "FAILED", string(paid.State))
	}
}

func TestACustomersWordAloneDoesNotMakeALateHandOverTimely(t *testing.T) {
	t.Parallel()
	for _, who := range []auth.Role{auth.Customer, auth.Agent} {
		t.Run(string(who), func(t *testing.T) {
			t.Parallel()
			s := open(t)
			ret := s.request(t, s.line(policy.ChangeOfHeart, 1))
			s.Clock.Set(apptest.At("2026-04-10T09:00:00-07:00"))
			ctx := s.As(t, who, ada)
			_, err := s.Returns.HandOver(ctx, returns.HandOverInput{ID: ret.ID, Tracking: new("1Z"), HandedOverAt: new(apptest.At("2026-03-12T09:00:00-07:00"))})
			require.NoError(t, err)
			line := s.lines(t, ret)[0].ID
			_, err = s.Returns.Receive(s.As(t, auth.Inspector), returns.ReceiveInput{ID: ret.ID, Lines: []returns.ReceivedLine{{LineID: line, Received: new(1)}}})
			require.NoError(t, err)
			ret, err = s.Returns.Inspect(s.As(t, auth.Inspector), returns.InspectInput{ID: ret.ID, Findings: []returns.FoundInput{{LineID: line, Units: 1, Packaging: true}}})
			require.NoError(t, err)
			outcome := ret.QueryLines().QueryInspections().OnlyX(ctx).Outcome
			want := map[auth.Role]policy.InspectionOutcome{auth.Customer: policy.InspectionDoubt, auth.Agent: policy.RefundInFull}
			require.Equal(t, want[who], outcome, "the carrier's scan, which staff enter, counts; a customer's word is for staff to look at (A3)")
		})
	}
}

func TestOnlyWhatWentUnderOurLabelIsPaidWhenItIsLost(t *testing.T) {
	t.Parallel()
	s := open(t, func(in *orders.RecordInput) { in.Items[0].Quantity = 2 })
	in := returns.RequestInput{Lines: []returns.LineInput{s.line(policy.ChangeOfHeart, 1), s.line(policy.Defective, 1)}, PhotoIDs: []string{s.upload(t)}}
	ret, _, err := s.Returns.Request(s.ada(t), in)
	require.NoError(t, err)
	_, err = s.Returns.Approve(s.As(t, auth.Agent), returns.ApproveInput{IdempotencyKey: apptest.Key(), ID: ret.ID, Instructions: "Print the label."})
	require.NoError(t, err)
	_, err = s.Returns.HandOver(s.ada(t), returns.HandOverInput{ID: ret.ID})
	require.NoError(t, err)
	lines := s.lines(t, ret)
	ret, err = s.Returns.Receive(s.As(t, auth.Agent), returns.ReceiveInput{ID: ret.ID, Lines: []returns.ReceivedLine{{LineID: lines[0].ID, Lost: new(1)}, {LineID: lines[1].ID, Lost: new(1)}}})
	require.NoError(t, err)
	outcomes := map[policy.Reason]policy.InspectionOutcome{}
	for _, line := range s.lines(t, ret) {
		outcomes[line.Reason] = line.QueryInspections().OnlyX(auth.AsSystem(t.Context())).Outcome
	}
	require.Equal(t, map[policy.Reason]policy.InspectionOutcome{policy.ChangeOfHeart: policy.InspectionDoubt, policy.Defective: policy.RefundInFull}, outcomes)
}

func TestWhatStaffRefusedIsNotApprovedByAReceipt(t *testing.T) {
	t.Parallel()
	s := open(t, func(in *orders.RecordInput) { in.Proof = new(policy.NoProof) })
	ret, agent := s.request(t, s.line(policy.ChangeOfHeart, 1)), s.As(t, auth.Agent)
	_, err := s.Returns.Override(agent, returns.OverrideInput{ID: ret.ID, LineID: &s.lines(t, ret)[0].ID, Outcome: new(policy.NotEligible), Reason: "fraud"})
	require.NoError(t, err)
	ret, err = s.Returns.VerifyReceipt(agent, returns.ReceiptInput{ID: ret.ID, Note: "paper receipt"})
	require.NoError(t, err)
	require.Equal(t, lifecycle.Requested, ret.State)
	_, err = s.Returns.Approve(agent, returns.ApproveInput{IdempotencyKey: apptest.Key(), ID: ret.ID, Instructions: "Send it."})
	require.Equal(t, fault.CodeRefused, faultOf(t, err).Code)
}

func TestAnAnswerThatTeachesNothingChangesNothing(t *testing.T) {
	t.Parallel()
	s := open(t, func(in *orders.RecordInput) { in.Payments[0].Ref = "card-pending" })
	ret, paid := s.settle(t, s.back(t, s.request(t, s.line(policy.ChangeOfHeart, 1)), returns.FoundInput{Packaging: true}))
	require.Equal(t, lifecycle.Refunding, ret.State)
	system := auth.AsSystem(t.Context())
	before := paid.QueryTransfers().OnlyX(system)
	require.Equal(t, "PENDING", string(before.State))
	require.NotEmpty(t, before.ProviderID)
	require.NoError(t, s.Books.Close(), "the provider cannot be reached any more")
	s.Clock.Set(s.Clock.Now().Add(time.Hour))
	again, err := s.Returns.Submit(system, paid.ID)
	require.Error(t, err, "the doubt is told")
	require.NotZero(t, again)
	after := paid.QueryTransfers().OnlyX(system)
	require.Equal(t, before.State, after.State)
	require.Equal(t, before.ProviderID, after.ProviderID)
}
