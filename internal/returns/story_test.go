package returns_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/internal/apptest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/photo/phototest"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/returns"
)

const ada = "ada@example.com"

// shop is an app with Ada's order in it.
type shop struct {
	*apptest.App

	order *ent.Order
	items []*ent.Item
}

func open(t *testing.T, edit ...func(*orders.RecordInput)) shop {
	t.Helper()
	s := shop{App: apptest.New(t)}
	s.order = s.Order(t, edit...)
	s.items = s.Items(t, s.order)
	return s
}

func (s shop) ada(t *testing.T) context.Context { return s.As(t, auth.Customer, ada) }

func (s shop) line(reason policy.Reason, quantity int) returns.LineInput {
	return returns.LineInput{ItemID: s.items[0].ID, Quantity: quantity, Reason: reason}
}

func (s shop) request(t *testing.T, lines ...returns.LineInput) *ent.ReturnRequest {
	t.Helper()
	ret, _, err := s.Returns.Request(s.ada(t), returns.RequestInput{Lines: lines})
	require.NoError(t, err)
	return ret
}

func (s shop) upload(t *testing.T) string {
	t.Helper()
	p, err := s.Returns.UploadPhoto(s.ada(t), "", bytes.NewReader(phototest.JPEG(t, 8, 8)))
	require.NoError(t, err)
	return p.ID
}

func (s shop) lines(t *testing.T, ret *ent.ReturnRequest) []*ent.ReturnLine {
	t.Helper()
	lines, err := s.DB.Client.ReturnRequest.QueryLines(ret).All(auth.AsSystem(t.Context()))
	require.NoError(t, err)
	return lines
}

// back brings all units of the first line back and inspects them alike.
func (s shop) back(t *testing.T, ret *ent.ReturnRequest, found returns.FoundInput) *ent.ReturnRequest {
	t.Helper()
	line := s.lines(t, ret)[0]
	_, err := s.Returns.HandOver(s.ada(t), returns.HandOverInput{ID: ret.ID, Tracking: new("1Z999")})
	require.NoError(t, err)
	_, err = s.Returns.Receive(s.As(t, auth.Inspector), returns.ReceiveInput{
		ID: ret.ID, Lines: []returns.ReceivedLine{{LineID: line.ID, Received: new(line.Quantity)}},
	})
	require.NoError(t, err)
	found.LineID, found.Units = line.ID, line.Quantity
	ret, err = s.Returns.Inspect(s.As(t, auth.Inspector), returns.InspectInput{ID: ret.ID, Findings: []returns.FoundInput{found}})
	require.NoError(t, err)
	return ret
}

func (s shop) settle(t *testing.T, ret *ent.ReturnRequest) (*ent.ReturnRequest, *ent.RefundRequest) {
	t.Helper()
	ret, paid, err := s.Returns.Settle(s.As(t, auth.Finance), returns.SettleInput{ID: ret.ID})
	require.NoError(t, err)
	return ret, paid
}

// paidBack is what the provider's own books say went back to a charge.
func (s shop) paidBack(t *testing.T, ref string) int64 {
	t.Helper()
	receipts, err := s.Books.Refunds(t.Context(), ref)
	require.NoError(t, err)
	var sum int64
	for _, r := range receipts {
		if r.Status.Holds() {
			sum += r.Amount.Minor
		}
	}
	return sum
}

func faultOf(t *testing.T, err error) *fault.Error {
	t.Helper()
	require.Error(t, err)
	f := fault.From(err)
	require.NotEqual(t, fault.Internal, f.Kind, "%v", err)
	return f
}

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

	_, err := s.Returns.Approve(s.As(t, auth.Agent), returns.ApproveInput{ID: ret.ID, Instructions: "Send it."})
	require.Equal(t, fault.CodeState, faultOf(t, err).Code)

	s.Clock.Set(apptest.At("2026-03-20T09:00:00-07:00")) // after the ten days: the request keeps its date (A28)
	ret, err = s.Returns.AddPhotos(s.ada(t), returns.PhotosInput{ID: ret.ID, PhotoIDs: []string{s.upload(t)}})
	require.NoError(t, err)
	require.Equal(t, lifecycle.Requested, ret.State)
	require.True(t, asked.Equal(ret.RequestedAt))

	ret, err = s.Returns.Approve(s.As(t, auth.Agent), returns.ApproveInput{ID: ret.ID, Instructions: "Print the label."})
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
	_, err = s.Returns.Approve(agent, returns.ApproveInput{ID: ret.ID, Instructions: "Send it."})
	require.Equal(t, "T2", faultOf(t, err).Clause)
	_, err = s.Returns.Override(agent, returns.OverrideInput{ID: ret.ID, LineID: &s.lines(t, ret)[0].ID, Outcome: new(policy.Eligible), Reason: "goodwill"})
	require.NoError(t, err)
	ret, err = s.Returns.Approve(agent, returns.ApproveInput{ID: ret.ID, Instructions: "Send it."})
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
	_, _, err = s.Returns.Settle(s.As(t, auth.Finance), returns.SettleInput{ID: ret.ID})
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
	_, err = s.Returns.Approve(s.As(t, auth.Agent), returns.ApproveInput{ID: ret.ID, Instructions: "Print the label."})
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
	paid, err := s.Returns.RetryRefund(s.As(t, auth.Finance), returns.RetryInput{ID: paid.ID})
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
	require.NoError(t, s.Returns.Resume(t.Context()))
	ret, err := s.Returns.Get(s.ada(t), ret.ID)
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
	_, _, err := s.Returns.Settle(s.As(t, auth.Finance), returns.SettleInput{ID: ret.ID, ExpectedTotal: new(apptest.USD("91.00"))})
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
	_, err := s.Returns.Approve(s.ada(t), returns.ApproveInput{ID: ret.ID, Instructions: "x"})
	require.Equal(t, fault.CodeForbidden, faultOf(t, err).Code)
	_, err = s.Returns.Approve(t.Context(), returns.ApproveInput{ID: ret.ID, Instructions: "x"})
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
	ret, err = s.Returns.Approve(s.As(t, auth.Agent), returns.ApproveInput{ID: ret.ID, Instructions: "Print the label."})
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
		paid, err := s.Returns.RetryRefund(s.As(t, auth.Finance), returns.RetryInput{ID: id})
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
	_, err = s.Returns.Approve(s.As(t, auth.Agent), returns.ApproveInput{ID: ret.ID, Instructions: "Print the label."})
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
	_, err = s.Returns.Approve(agent, returns.ApproveInput{ID: ret.ID, Instructions: "Send it."})
	require.Equal(t, fault.CodeRefused, faultOf(t, err).Code)
}
