package returns_test

import (
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

func TestAChangeOfHeartIsApprovedAtOnceAndPaidLessTheMissingCable(t *testing.T) {
	t.Parallel()
	s := open(t)
	ret := s.request(t, s.line(policy.ChangeOfHeart, 1))
	require.Equal(t, lifecycle.Approved, ret.State)
	require.Equal(t, "1001-R1", ret.Number)
	require.True(t, apptest.At("2026-04-06T00:00:00-07:00").Equal(ret.HandOverBefore.Before))
	require.True(t, ret.DueBefore.Equal(ret.HandOverBefore.Before))
	require.Contains(t, ret.Instructions, "1 Depot Way")
	label, err := ret.QueryLabel().Exist(auth.AsSystem(t.Context()))
	require.NoError(t, err)
	require.False(t, label, "S2: no prepaid label for a change of heart")

	ret = s.back(t, ret, returns.FoundInput{Packaging: true, Missing: []string{"usb-cable"}})
	require.Equal(t, lifecycle.Inspected, ret.State)
	require.Equal(t, "2026-03-17", ret.RefundBefore.LastDay())

	ret, paid := s.settle(t, ret)
	require.Equal(t, lifecycle.Refunded, ret.State)
	require.EqualValues(t, 9100, paid.TotalMinor)
	require.EqualValues(t, 9100, s.paidBack(t, "card_1"))
	require.True(t, ret.DueBefore.Equal(lifecycle.NeverDue))
}

func TestADamagedItemWaitsForItsPhotoThenForStaffAndBringsShippingBack(t *testing.T) {
	t.Parallel()
	s := open(t)
	ret := s.request(t, s.line(policy.DamagedOnArrival, 1))
	require.Equal(t, lifecycle.AwaitingEvidence, ret.State)
	asked := ret.RequestedAt

	_, err := s.Returns.Approve(s.As(t, auth.Agent), returns.ApproveInput{IdempotencyKey: apptest.Key(), ID: ret.ID, Instructions: "Send it."})
	require.Equal(t, fault.CodeState, faultOf(t, err).Code)

	s.Clock.Set(apptest.At("2026-03-20T09:00:00-07:00")) // after the ten days: the request keeps its date (A28)
	ret, err = s.Returns.AddPhotos(s.ada(t), returns.PhotosInput{ID: ret.ID, PhotoIDs: []string{s.upload(t)}})
	require.NoError(t, err)
	require.Equal(t, lifecycle.Requested, ret.State)
	require.True(t, asked.Equal(ret.RequestedAt))

	ret, err = s.Returns.Approve(s.As(t, auth.Agent), returns.ApproveInput{IdempotencyKey: apptest.Key(), ID: ret.ID, Instructions: "Print the label."})
	require.NoError(t, err)
	require.Equal(t, lifecycle.Approved, ret.State)
	require.Equal(t, "2026-03-30", ret.HandOverBefore.LastDay(), "ten days after instructions (A2)")
	lab, err := ret.QueryLabel().Only(s.ada(t))
	require.NoError(t, err)
	require.Equal(t, "READY", string(lab.State))
	pdf, err := s.Returns.LabelPDF(s.ada(t), lab.ID)
	require.NoError(t, err)
	require.Equal(t, "%PDF", string(pdf[:4]))

	ret = s.back(t, ret, returns.FoundInput{Packaging: true, Claim: new(policy.Confirmed)})
	_, paid := s.settle(t, ret)
	require.EqualValues(t, 10800, paid.TotalMinor)
	require.EqualValues(t, 10800, s.paidBack(t, "card_1"))
}

func TestARefusedRequestIsNotFiledAndNamesTheClause(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.Clock.Set(apptest.At("2026-04-01T00:00:00-07:00"))
	ret, verdicts, err := s.Returns.Request(s.ada(t), returns.RequestInput{Lines: []returns.LineInput{s.line(policy.ChangeOfHeart, 1)}})
	require.Nil(t, ret)
	require.Len(t, verdicts, 1)
	require.Equal(t, policy.NotEligible, verdicts[0].Outcome)
	f := faultOf(t, err)
	require.Equal(t, fault.CodeRefused, f.Code)
	require.Equal(t, "T1", f.Clause)
	require.Equal(t, []string{"lines", "0"}, f.Field)
	require.Zero(t, s.DB.Client.ReturnRequest.Query().CountX(auth.AsSystem(t.Context())))
}

func TestStaffFileForACustomerByTheDateOfFirstContact(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.Clock.Set(apptest.At("2026-04-02T09:00:00-07:00"))
	in := returns.RequestInput{Lines: []returns.LineInput{s.line(policy.ChangeOfHeart, 1)}, ContactedAt: new(apptest.At("2026-03-30T12:00:00-07:00")), Note: new("telephone")}
	_, _, err := s.Returns.Request(s.ada(t), in)
	require.Equal(t, fault.CodeForbidden, faultOf(t, err).Code)
	ret, _, err := s.Returns.Request(s.As(t, auth.Agent), in)
	require.NoError(t, err)
	require.Equal(t, lifecycle.Approved, ret.State)
	require.True(t, ret.RequestedAt.Equal(*in.ContactedAt))
}

func TestARefusedRequestCanBeFiledByStaffAndApprovedAfterAnOverride(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.Clock.Set(apptest.At("2026-04-05T09:00:00-07:00"))
	agent := s.As(t, auth.Agent)
	in := returns.RequestInput{Lines: []returns.LineInput{s.line(policy.DamagedOnArrival, 1)}, FileAnyway: new(true)}
	_, _, err := s.Returns.Request(agent, in)
	require.Equal(t, []string{"note"}, faultOf(t, err).Field)
	in.Note = new("was in hospital")
	ret, _, err := s.Returns.Request(agent, in)
	require.NoError(t, err)
	require.Equal(t, lifecycle.AwaitingEvidence, ret.State, "a photo is needed whatever staff decide (A28)")
	_, err = s.Returns.WaiveEvidence(agent, returns.ReasonInput{ID: ret.ID, Reason: "seen in the shop"})
	require.NoError(t, err)
	_, err = s.Returns.Approve(agent, returns.ApproveInput{IdempotencyKey: apptest.Key(), ID: ret.ID, Instructions: "Send it."})
	require.Equal(t, "T2", faultOf(t, err).Clause)
	_, err = s.Returns.Override(agent, returns.OverrideInput{ID: ret.ID, LineID: &s.lines(t, ret)[0].ID, Outcome: new(policy.Eligible), Reason: "goodwill"})
	require.NoError(t, err)
	ret, err = s.Returns.Approve(agent, returns.ApproveInput{IdempotencyKey: apptest.Key(), ID: ret.ID, Instructions: "Send it."})
	require.NoError(t, err)
	require.Equal(t, lifecycle.Approved, ret.State)
	line := s.lines(t, ret)[0]
	require.Equal(t, policy.NotEligible, line.Verdict.Outcome, "the verdict stays on record")
	require.Equal(t, policy.Eligible, line.Outcome)
}

func TestAUnitIsInAtMostOneOpenReturn(t *testing.T) {
	t.Parallel()
	s := open(t, func(in *orders.RecordInput) { in.Items[0].Quantity = 3 })
	s.request(t, s.line(policy.ChangeOfHeart, 2))
	_, _, err := s.Returns.Request(s.ada(t), returns.RequestInput{Lines: []returns.LineInput{s.line(policy.ChangeOfHeart, 2)}})
	f := faultOf(t, err)
	require.Equal(t, fault.CodeQuantity, f.Code)
	require.Equal(t, []string{"lines", "0", "quantity"}, f.Field)
	_, _, err = s.Returns.Request(s.ada(t), returns.RequestInput{Lines: []returns.LineInput{s.line(policy.ChangeOfHeart, 1), s.line(policy.ChangeOfHeart, 1)}})
	require.Equal(t, []string{"lines", "1", "quantity"}, faultOf(t, err).Field)
	s.request(t, s.line(policy.ChangeOfHeart, 1))
}

func TestACancelledReturnGivesItsUnitsBack(t *testing.T) {
	t.Parallel()
	s := open(t)
	ret := s.request(t, s.line(policy.ChangeOfHeart, 1))
	_, err := s.Returns.Cancel(s.ada(t), returns.CancelInput{ID: ret.ID})
	require.NoError(t, err)
	require.Equal(t, "1001-R2", s.request(t, s.line(policy.ChangeOfHeart, 1)).Number)
}

func TestThreeUnitsWithThreeFatesAreEachPaidByTheirOwn(t *testing.T) {
	t.Parallel()
	s := open(t, func(in *orders.RecordInput) {
		in.Items[0].Quantity, in.Shipping = 3, apptest.USD("10.00")
		in.Payments = []orders.PaymentInput{{Ref: "gift", Captured: apptest.USD("28.00")}, {Ref: "card", Captured: apptest.USD("82.00")}}
	})
	ret := s.request(t, s.line(policy.ChangeOfHeart, 3))
	line := s.lines(t, ret)[0].ID
	_, err := s.Returns.Receive(s.As(t, auth.Inspector), returns.ReceiveInput{ID: ret.ID, Lines: []returns.ReceivedLine{{LineID: line, Received: new(3)}}})
	require.NoError(t, err)
	_, err = s.Returns.Inspect(s.As(t, auth.Inspector), returns.InspectInput{ID: ret.ID, Findings: []returns.FoundInput{
		{LineID: line, Units: 1, Packaging: true},
		{LineID: line, Units: 1, Packaging: true, Missing: []string{"usb-cable"}},
		{LineID: line, Units: 1, Packaging: true, Modified: new(true)},
	}})
	require.NoError(t, err)
	preview, err := s.Returns.SettlementPreview(s.As(t, auth.Finance), ret.ID)
	require.NoError(t, err)
	require.EqualValues(t, 5767, preview.Total)
	ret, paid := s.settle(t, ret)
	require.Equal(t, lifecycle.Refunded, ret.State)
	require.EqualValues(t, 5767, paid.TotalMinor)
	require.EqualValues(t, 5767, s.paidBack(t, "gift")+s.paidBack(t, "card"))
	require.EqualValues(t, 1468, s.paidBack(t, "gift"), "28/110 of it")
	item := s.Items(t, s.order)[0]
	require.Equal(t, 2, item.UnitsRefunded)
	require.Equal(t, 2, item.UnitsClaimed, "the modified unit is in no open or refunded return any more")
}

func TestAllThreeUnitsOneByOneAddUpToWhatWasPaid(t *testing.T) {
	t.Parallel()
	s := open(t, func(in *orders.RecordInput) { in.Items[0].Quantity = 3 })
	var total int64
	for range 3 {
		ret := s.back(t, s.request(t, s.line(policy.ChangeOfHeart, 1)), returns.FoundInput{Packaging: true})
		_, paid := s.settle(t, ret)
		total += paid.TotalMinor
	}
	require.EqualValues(t, 10000, total)
	require.EqualValues(t, 10000, s.paidBack(t, "card_1"))
}

func TestPartOfAReturnIsSettledAheadOfTheRest(t *testing.T) {
	t.Parallel()
	s := open(t, func(in *orders.RecordInput) { in.Items[0].Quantity = 2 })
	ret := s.request(t, s.line(policy.ChangeOfHeart, 2))
	line := s.lines(t, ret)[0].ID
	inspector := s.As(t, auth.Inspector)
	_, err := s.Returns.Receive(inspector, returns.ReceiveInput{ID: ret.ID, Lines: []returns.ReceivedLine{{LineID: line, Received: new(1)}}})
	require.NoError(t, err)
	_, err = s.Returns.Inspect(inspector, returns.InspectInput{ID: ret.ID, Findings: []returns.FoundInput{{LineID: line, Units: 2, Packaging: true}}})
	require.Equal(t, fault.CodeQuantity, faultOf(t, err).Code, "more than came")
	_, err = s.Returns.Inspect(inspector, returns.InspectInput{ID: ret.ID, Findings: []returns.FoundInput{{LineID: line, Units: 1, Packaging: true}}})
	require.NoError(t, err)
	ret, paid := s.settle(t, ret)
	require.Equal(t, lifecycle.Received, ret.State)
	require.EqualValues(t, 5000, paid.TotalMinor)
	require.Nil(t, ret.RefundBefore)
	ret, err = s.Returns.Receive(inspector, returns.ReceiveInput{ID: ret.ID, Lines: []returns.ReceivedLine{{LineID: line, Lost: new(1)}}})
	require.NoError(t, err)
	require.Equal(t, lifecycle.Inspected, ret.State)
	_, _, err = s.Returns.Settle(s.As(t, auth.Finance), returns.SettleInput{IdempotencyKey: apptest.Key(), ID: ret.ID})
	require.Equal(t, fault.CodeReview, faultOf(t, err).Code, "A36: lost under the customer's own label")
	ins := s.lines(t, ret)[0].QueryInspections().AllX(auth.AsSystem(t.Context()))
	_, err = s.Returns.Override(s.As(t, auth.Finance), returns.OverrideInput{ID: ret.ID, InspectionID: &ins[1].ID, InspectionOutcome: new(policy.NoRefund), Reason: "carrier pays"})
	require.NoError(t, err)
	ret, paid = s.settle(t, ret)
	require.Nil(t, paid)
	require.Equal(t, lifecycle.Refunded, ret.State)
}

func TestAParcelLostUnderOurLabelIsPaidInFull(t *testing.T) {
	t.Parallel()
	s := open(t)
	ret, _, err := s.Returns.Request(s.ada(t), returns.RequestInput{Lines: []returns.LineInput{s.line(policy.DamagedOnArrival, 1)}, PhotoIDs: []string{s.upload(t)}})
	require.NoError(t, err)
	_, err = s.Returns.Approve(s.As(t, auth.Agent), returns.ApproveInput{IdempotencyKey: apptest.Key(), ID: ret.ID, Instructions: "Print the label."})
	require.NoError(t, err)
	_, err = s.Returns.HandOver(s.ada(t), returns.HandOverInput{ID: ret.ID})
	require.NoError(t, err, "the label's tracking number is known")
	ret, err = s.Returns.Receive(s.As(t, auth.Agent), returns.ReceiveInput{ID: ret.ID, Lines: []returns.ReceivedLine{{LineID: s.lines(t, ret)[0].ID, Lost: new(1)}}})
	require.NoError(t, err)
	require.Equal(t, lifecycle.Inspected, ret.State)
	_, paid := s.settle(t, ret)
	require.EqualValues(t, 10800, paid.TotalMinor)
}

func TestAFailedPaymentKeepsTheDutyAndCanBeTriedAgain(t *testing.T) {
	t.Parallel()
	s := open(t, func(in *orders.RecordInput) { in.Payments[0].Ref = "card-fail-closed" })
	ret := s.back(t, s.request(t, s.line(policy.ChangeOfHeart, 1)), returns.FoundInput{Packaging: true})
	due := ret.RefundBefore.Before
	ret, paid := s.settle(t, ret)
	require.Equal(t, lifecycle.RefundFailed, ret.State)
	require.Equal(t, "FAILED", string(paid.State))
	require.True(t, due.Equal(ret.DueBefore), "A31: the same due date")
	require.Zero(t, s.paidBack(t, "card-fail-closed"))
	paid, err := s.Returns.RetryRefund(s.As(t, auth.Finance), returns.RetryInput{IdempotencyKey: apptest.Key(), ID: paid.ID})
	require.NoError(t, err)
	require.Equal(t, "FAILED", string(paid.State))
	transfers := paid.QueryTransfers().AllX(auth.AsSystem(t.Context()))
	require.Len(t, transfers, 2, "a new attempt with a key of its own")
	require.NotEqual(t, transfers[0].Key, transfers[1].Key)
}

func TestALostAnswerIsAskedForAgainWithTheSameKeyAndMovesMoneyOnce(t *testing.T) {
	t.Parallel()
	s := open(t, func(in *orders.RecordInput) { in.Payments[0].Ref = "card-flaky" })
	ret := s.back(t, s.request(t, s.line(policy.ChangeOfHeart, 1)), returns.FoundInput{Packaging: true})
	ret, paid := s.settle(t, ret)
	require.Equal(t, lifecycle.Refunding, ret.State)
	require.Equal(t, "PENDING", string(paid.State))
	again, err := s.Returns.Submit(t.Context(), paid.ID)
	require.NoError(t, err)
	require.Equal(t, 2*time.Second, again, "a lost answer leaves the provider a moment")
	require.Equal(t, lifecycle.Refunding, ret.State)
	s.Clock.Set(s.Clock.Now().Add(again))
	again, err = s.Returns.Submit(t.Context(), paid.ID)
	require.NoError(t, err)
	require.Zero(t, again)
	ret, err = s.Returns.Get(s.ada(t), ret.ID)
	require.NoError(t, err)
	require.Equal(t, lifecycle.Refunded, ret.State)
	require.EqualValues(t, 10000, s.paidBack(t, "card-flaky"))
}

func TestTheHandOverClockOfAParcelUnderWayStartsWhenItArrives(t *testing.T) {
	t.Parallel()
	s := open(t, func(in *orders.RecordInput) {
		in.Items[0].Delivery, in.Items[0].DeliveredAt = new(policy.InTransit), nil
	})
	ret := s.request(t, s.line(policy.ChangeOfHeart, 1))
	require.Nil(t, ret.HandOverBefore)
	_, err := s.Orders.Delivered(s.As(t, auth.Service), orders.DeliveredInput{OrderNumber: "1001", DeliveredAt: new(apptest.At("2026-03-09T12:00:00-07:00"))})
	require.NoError(t, err)
	ret, err = s.Returns.Get(s.ada(t), ret.ID)
	require.NoError(t, err)
	require.Equal(t, "2026-04-08", ret.HandOverBefore.LastDay())
}

func TestAnOrderWithoutProofIsApprovedOnceAReceiptWasSeen(t *testing.T) {
	t.Parallel()
	s := open(t, func(in *orders.RecordInput) { in.Proof = new(policy.NoProof) })
	ret := s.request(t, s.line(policy.ChangeOfHeart, 1))
	require.Equal(t, lifecycle.AwaitingEvidence, ret.State)
	ret, err := s.Returns.VerifyReceipt(s.As(t, auth.Agent), returns.ReceiptInput{ID: ret.ID, Note: "paper receipt"})
	require.NoError(t, err)
	require.Equal(t, lifecycle.Approved, ret.State)
}

func TestPhotosCanBeWaivedWithAReason(t *testing.T) {
	t.Parallel()
	s := open(t)
	ret := s.request(t, s.line(policy.Defective, 1))
	_, err := s.Returns.WaiveEvidence(s.As(t, auth.Agent), returns.ReasonInput{ID: ret.ID, Reason: " "})
	require.Equal(t, fault.CodeRequired, faultOf(t, err).Code)
	ret, err = s.Returns.WaiveEvidence(s.As(t, auth.Agent), returns.ReasonInput{ID: ret.ID, Reason: "the fault was heard on the phone"})
	require.NoError(t, err)
	require.Equal(t, lifecycle.Requested, ret.State)
}

func TestAFeeIsLoweredButNeverRaised(t *testing.T) {
	t.Parallel()
	s := open(t)
	ret := s.back(t, s.request(t, s.line(policy.ChangeOfHeart, 1)), returns.FoundInput{Packaging: true, Missing: []string{"usb-cable", "bracket"}})
	ins := s.lines(t, ret)[0].QueryInspections().OnlyX(auth.AsSystem(t.Context()))
	in := returns.FeeInput{ID: ret.ID, InspectionID: ins.ID, Fee: apptest.USD("21.01"), Reason: "regular customer"}
	_, err := s.Returns.ReduceFee(s.As(t, auth.Agent), in)
	require.Equal(t, fault.CodeAmount, faultOf(t, err).Code)
	in.Fee.Currency = "EUR"
	_, err = s.Returns.ReduceFee(s.As(t, auth.Agent), in)
	require.Equal(t, fault.CodeCurrency, faultOf(t, err).Code)
	in.Fee = apptest.USD("5.00")
	_, err = s.Returns.ReduceFee(s.As(t, auth.Agent), in)
	require.NoError(t, err)
	in.Fee = apptest.USD("5.01")
	_, err = s.Returns.ReduceFee(s.As(t, auth.Agent), in)
	require.Equal(t, fault.CodeAmount, faultOf(t, err).Code)
	_, paid := s.settle(t, ret)
	require.EqualValues(t, 9500, paid.TotalMinor)
}

func TestSettlingTellsWhenTheTotalIsNotTheOneThatWasSeen(t *testing.T) {
	t.Parallel()
	s := open(t)
	ret := s.back(t, s.request(t, s.line(policy.ChangeOfHeart, 1)), returns.FoundInput{Packaging: true})
	_, _, err := s.Returns.Settle(s.As(t, auth.Finance), returns.SettleInput{IdempotencyKey: apptest.Key(), ID: ret.ID, ExpectedTotal: new(apptest.USD("91.00"))})
	require.Equal(t, fault.CodeStale, faultOf(t, err).Code)
	require.Zero(t, s.paidBack(t, "card_1"))
}

func TestSomebodyElsesReturnIsAsGoodAsNone(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.Order(t, func(in *orders.RecordInput) { in.Number, in.Customer.Email = "1002", "grace@example.com" })
	ret := s.request(t, s.line(policy.ChangeOfHeart, 1))
	grace := s.As(t, auth.Customer, "grace@example.com")
	_, foreign := s.Returns.Cancel(grace, returns.CancelInput{ID: ret.ID})
	_, missing := s.Returns.Cancel(grace, returns.CancelInput{ID: "ret_nothing"})
	require.Equal(t, faultOf(t, missing), faultOf(t, foreign))
	_, _, foreign = s.Returns.Request(grace, returns.RequestInput{Lines: []returns.LineInput{s.line(policy.ChangeOfHeart, 1)}})
	_, _, missing = s.Returns.Request(grace, returns.RequestInput{Lines: []returns.LineInput{{ItemID: "itm_nothing", Quantity: 1, Reason: policy.ChangeOfHeart}}})
	require.Equal(t, faultOf(t, missing), faultOf(t, foreign))
}

func TestEveryActionNeedsItsRole(t *testing.T) {
	t.Parallel()
	s := open(t)
	ret := s.request(t, s.line(policy.ChangeOfHeart, 1))
	_, err := s.Returns.Approve(s.ada(t), returns.ApproveInput{IdempotencyKey: apptest.Key(), ID: ret.ID, Instructions: "x"})
	require.Equal(t, fault.CodeForbidden, faultOf(t, err).Code)
	_, err = s.Returns.Approve(t.Context(), returns.ApproveInput{IdempotencyKey: apptest.Key(), ID: ret.ID, Instructions: "x"})
	require.Equal(t, fault.CodeUnauthenticated, faultOf(t, err).Code)
	require.Equal(t, []lifecycle.Action{lifecycle.HandOver, lifecycle.Cancel}, returns.AvailableActions(s.ada(t), ret))
	require.Equal(t, []lifecycle.Action{lifecycle.Receive}, returns.AvailableActions(s.As(t, auth.Inspector), ret))
}

func TestAStaleRevisionIsTold(t *testing.T) {
	t.Parallel()
	s := open(t)
	ret := s.request(t, s.line(policy.ChangeOfHeart, 1))
	_, err := s.Returns.HandOver(s.ada(t), returns.HandOverInput{ID: ret.ID, Tracking: new("1Z"), Revision: new(7)})
	require.Equal(t, fault.CodeStale, faultOf(t, err).Code)
}

func TestInstantsAreNeitherInTheFutureNorBeforeWhatTheyFollow(t *testing.T) {
	t.Parallel()
	s := open(t)
	ret := s.request(t, s.line(policy.ChangeOfHeart, 1))
	later, earlier := s.Clock.Now().Add(time.Second), s.Clock.Now().Add(-time.Hour)
	_, err := s.Returns.HandOver(s.ada(t), returns.HandOverInput{ID: ret.ID, Tracking: new("1Z"), HandedOverAt: &later})
	require.Equal(t, fault.CodeFuture, faultOf(t, err).Code)
	_, err = s.Returns.HandOver(s.ada(t), returns.HandOverInput{ID: ret.ID, Tracking: new("1Z"), HandedOverAt: &earlier})
	require.Equal(t, fault.CodeOrderOfDates, faultOf(t, err).Code)
}

func TestEveryChangeLeavesOneEvent(t *testing.T) {
	t.Parallel()
	s := open(t)
	ret := s.back(t, s.request(t, s.line(policy.ChangeOfHeart, 1)), returns.FoundInput{Packaging: true})
	s.settle(t, ret)
	var actions []string
	for _, e := range ret.QueryEvents().AllX(auth.AsSystem(t.Context())) {
		actions = append(actions, e.Action)
	}
	require.Equal(t, []string{"REQUEST", "HAND_OVER", "RECEIVE", "INSPECT", "SETTLE", "PAID"}, actions)
	require.Empty(t, ret.QueryEvents().AllX(s.ada(t)), "events are for staff")
}
