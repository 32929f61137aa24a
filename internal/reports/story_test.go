package reports_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/apptest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/money"
	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/reports"
)

// spring is a story that a shopkeeper can count by hand. The shop's clocks are those of Los Angeles.
func spring(t *testing.T) shop {
	t.Helper()
	s := open(t)
	camera := s.sells("1001", apptest.Camera(1, "100.00"))
	bell := s.sells("1003", article("BELL", "=cmd|' /C calc'!A0", 1, jpy("5000")), func(in *orders.RecordInput) {
		in.PurchasedAt = apptest.At("2026-03-05T10:00:00-08:00")
		in.Items[0].ShippedAt = new(apptest.At("2026-03-06T10:00:00-08:00"))
		in.Items[0].DeliveredAt = new(apptest.At("2026-03-09T10:00:00-07:00"))
	})
	lock := s.sells("1004", article("LOCK", "Lock, \"smart\"", 1, apptest.USD("50.00")))
	declined := s.sells("1006", apptest.Camera(1, "80.00"), func(in *orders.RecordInput) { in.Payments[0].Ref = "fail-declined" })
	cancelled := s.sells("1007", article("HUB", "Hub", 3, apptest.USD("60.00")))

	s.at("2026-03-10T09:00:00-07:00") // the range begins at this very instant
	first, refusedByBank := s.asks(one(camera, policy.ChangeOfHeart)), s.asks(one(declined, policy.ChangeOfHeart))
	more := one(cancelled, policy.ChangeOfHeart)
	more.Quantity = 3
	s.asks(more)
	s.at("2026-03-12T09:00:00-07:00") // 48 hours later; due by the end of 19 March
	first = s.comes(first, missing("usb-cable"))
	s.lowers(first, apptest.USD("5.00")) // of 9.00
	s.settles(first)                     // 95.00, in time
	refusedByBank = s.comes(refusedByBank, missing("usb-cable", "bracket"))
	s.lowers(refusedByBank, apptest.USD("20.00")) // of 21.00
	s.lowers(refusedByBank, apptest.USD("0.00"))
	s.settles(refusedByBank) // 80.00, which the bank does not take

	s.at("2026-03-31T23:30:00-07:00") // March in Los Angeles, April in UTC
	lateParcel := apptest.Camera(2, "200.00")
	lateParcel.DeliveredAt = new(apptest.At("2026-03-26T15:00:00-07:00"))
	cameras := s.sells("1002", lateParcel)
	both := s.asks(one(cameras, policy.ChangeOfHeart), one(cameras, policy.Defective))
	s.at("2026-04-01T00:30:00-07:00")
	abroad := s.asks(one(bell, policy.ChangeOfHeart))
	s.refuses(lock, policy.ChangeOfHeart) // thirty days were over at midnight
	s.refuses(lock, policy.ChangeOfHeart)
	s.refuses(lock, policy.DamagedOnArrival)
	s.at("2026-04-01T09:00:00-07:00")
	s.refuses(lock, policy.ChangeOfHeart) // the same day

	s.at("2026-04-02T00:30:00-07:00") // 24 hours after the request
	s.settles(s.comes(abroad, missing()))
	both = s.comes(both, missing("bracket"), missing("sticker-set")) // due by the end of 9 April
	s.at("2026-04-10T00:00:00-07:00")
	s.settles(both) // 88.00 and 100.00, at the first instant that is too late: 216 and a half hours after the request
	s.at("2026-04-10T09:00:00-07:00")
	waiting := s.sells("1005", article("LOCK", "Lock, \"smart\"", 1, apptest.USD("50.00")), func(in *orders.RecordInput) {
		in.PurchasedAt = apptest.At("2026-04-01T10:00:00-07:00")
		in.Items[0].ShippedAt = new(apptest.At("2026-04-02T10:00:00-07:00"))
		in.Items[0].DeliveredAt = new(apptest.At("2026-04-06T10:00:00-07:00"))
	})
	s.comes(s.asks(one(waiting, policy.ChangeOfHeart)), missing()) // nobody settles it
	return s
}

const (
	springFrom = "2026-03-10T09:00:00-07:00"
	springTo   = "2026-05-01T00:00:00-07:00"
)

func TestAShopkeeperCanCheckEverySectionByHand(t *testing.T) {
	t.Parallel()
	s := spring(t)
	r := s.report(springFrom, springTo)
	require.Equal(t, "America/Los_Angeles", r.Zone)
	require.True(t, r.AsOf.Equal(apptest.At("2026-04-10T09:00:00-07:00")))
	require.Equal(t, []int{6, 7, 2}, []int{r.Requests, r.Lines, r.Refused})

	require.Equal(t, []reports.ReasonRow{
		{Reason: policy.ChangeOfHeart, Lines: 6, Units: 8, Refunded: []money.Amount{yen5000(), usd(95_00 + 88_00)}, Refused: 1},
		{Reason: policy.Defective, Lines: 1, Units: 1, Refunded: []money.Amount{usd(100_00)}},
		{Reason: policy.DamagedOnArrival, Refused: 1},
		{Reason: policy.WrongItem}, {Reason: policy.MissingParts},
	}, r.ByReason)
	require.Equal(t, []reports.ProductRow{
		{Sku: "CAM-1", Name: "Camera", Units: 4, UnitsRefunded: 3, Refunded: []money.Amount{usd(95_00 + 88_00 + 100_00)}},
		{Sku: "HUB", Name: "Hub", Units: 3},
		{Sku: "BELL", Name: "=cmd|' /C calc'!A0", Units: 1, UnitsRefunded: 1, Refunded: []money.Amount{yen5000()}},
		{Sku: "LOCK", Name: "Lock, \"smart\"", Units: 1, UnitsSold: 1},
	}, r.ByProduct)
	require.Equal(t, []reports.MonthRow{
		{
			Month: "2026-03", Requests: 4, Units: 7, Refunds: 2, Refunded: []money.Amount{usd(95_00 + 188_00)},
			Fees: []money.Amount{usd(5_00 + 12_00)},
		},
		{Month: "2026-04", Requests: 2, Units: 2, Refunds: 1, Refunded: []money.Amount{yen5000()}},
	}, r.ByMonth)
	require.Equal(t, []reports.ClauseRow{
		{Stage: reports.AtRequest, Outcome: "NOT_ELIGIBLE", Clause: "T1", Refused: 1, Share: new(0.1111)},
		{Stage: reports.AtRequest, Outcome: "NOT_ELIGIBLE", Clause: "T2", Refused: 1, Share: new(0.1111)},
	}, r.RefusedByClause)
	require.Equal(t, reports.Times{Refunds: 3, MedianHours: new(48.0), P90Hours: new(216.5), MaxHours: new(216.5)}, r.TimeToRefund)
	require.Equal(t, reports.Promise{Kept: 2, Broken: 2, Late: 1, Overdue: 1, Open: 1}, r.Promise)
	require.Equal(t, reports.Fees{
		Charged: reports.FeeRow{Count: 2, Amount: []money.Amount{usd(17_00)}},
		Lowered: reports.FeeRow{Count: 2, Amount: []money.Amount{usd(4_00 + 1_00 + 20_00)}},
		Waived:  1,
	}, r.Fees)
	require.Equal(t, []reports.PieceRow{
		{Sku: "CAM-1", Code: "bracket", Units: 2}, {Sku: "CAM-1", Code: "usb-cable", Units: 2},
		{Sku: "CAM-1", Code: "sticker-set", Units: 1},
	}, r.Missing)
}

func TestTheRangeIsHalfOpenByTheDateOfTheRequest(t *testing.T) {
	t.Parallel()
	s := spring(t)
	r := s.report("2026-03-10T09:00:00.000001-07:00", "2026-03-31T23:30:00-07:00")
	require.Zero(t, r.Requests, "those of the first instant are before it, that of the last is behind it")
	require.Empty(t, r.ByProduct)
	require.Zero(t, r.TimeToRefund.Refunds)
	r = s.report("2026-03-31T23:30:00-07:00", "2026-04-01T00:30:00-07:00")
	require.Equal(t, []int{1, 2, 0}, []int{r.Requests, r.Lines, r.Refused})
	require.Equal(t, "2026-03", r.ByMonth[0].Month)
	require.Equal(t, []money.Amount{usd(188_00)}, r.ByMonth[0].Refunded, "also what was paid after the range")
	require.Equal(t, reports.MonthRow{Month: "2026-04"}, r.ByMonth[1])
}

func TestAnEmptyRangeIsAnEmptyReport(t *testing.T) {
	t.Parallel()
	s := spring(t)
	r := s.report(springFrom, springFrom)
	require.Zero(t, r.Requests+r.Lines+r.Refused)
	require.Empty(t, r.ByMonth)
	require.Empty(t, r.ByProduct)
	require.Empty(t, r.RefusedByClause)
	require.Empty(t, r.Missing)
	require.Equal(t, reports.Times{}, r.TimeToRefund)
	require.Equal(t, reports.Promise{}, r.Promise)
	require.Equal(t, reports.Fees{}, r.Fees)
	require.Len(t, r.ByReason, len(policy.Reasons()))
}

func TestARangeThatIsWrongIsWrongInput(t *testing.T) {
	t.Parallel()
	s := open(t)
	ctx := s.As(t, auth.Finance)
	for name, c := range map[string]struct {
		from, to string
		wrong    bool
	}{
		"backwards":              {"2026-03-10T09:00:00Z", "2026-03-10T08:59:59Z", true},
		"five years":             {"2024-02-29T00:00:00Z", "2029-03-01T00:00:00Z", false},
		"five years and a bit":   {"2026-03-10T00:00:00Z", "2031-03-10T00:00:00.000001Z", true},
		"the beginning of time":  {"0001-01-01T00:00:00Z", "0006-01-01T00:00:00Z", false},
		"the last years of time": {"9994-12-31T23:59:59Z", "9999-12-31T23:59:59Z", false},
	} {
		r, err := s.Reports.Report(ctx, reports.Input{From: apptest.At(c.from), To: apptest.At(c.to)})
		if !c.wrong {
			require.NoError(t, err, name)
			require.Len(t, r.ByMonth, 61, name)
			continue
		}
		require.Equal(t, fault.CodeInvalid, fault.From(err).Code, name)
		require.Equal(t, []string{"to"}, fault.From(err).Field, name)
	}
}

func TestReportsAreForFinanceAndAdmins(t *testing.T) {
	t.Parallel()
	s := open(t)
	in := reports.Input{From: apptest.At(springFrom), To: apptest.At(springTo)}
	for _, role := range []auth.Role{auth.Customer, auth.Agent, auth.Inspector, auth.Service} {
		_, err := s.Reports.Report(s.As(t, role), in)
		require.Equal(t, fault.CodeForbidden, fault.From(err).Code, role)
	}
	_, err := s.Reports.Report(t.Context(), in)
	require.Equal(t, fault.CodeUnauthenticated, fault.From(err).Code)
	for _, role := range []auth.Role{auth.Finance, auth.Admin} {
		_, err := s.Reports.Report(s.As(t, role), in)
		require.NoError(t, err)
	}
}

func TestWhatABankSendsBackIsOwedAgainAndDoesNotCount(t *testing.T) {
	t.Parallel()
	s := spring(t)
	before := s.report(springFrom, springTo)
	s.sendsBack("card_1001")
	after := s.report(springFrom, springTo)
	require.Equal(t, before.ByMonth[0].Refunds-1, after.ByMonth[0].Refunds)
	require.Equal(t, []money.Amount{usd(188_00)}, after.ByMonth[0].Refunded)
	require.Equal(t, reports.Promise{Kept: 1, Broken: 3, Late: 1, Overdue: 2, Open: 1}, after.Promise)
}

func TestAPromiseIsBrokenFromTheInstantOn(t *testing.T) {
	t.Parallel()
	s := spring(t) // what nobody settles was inspected on a Friday
	s.at("2026-04-17T23:59:59.999999-07:00")
	require.Equal(t, reports.Promise{Kept: 2, Broken: 2, Late: 1, Overdue: 1, Open: 1}, s.report(springFrom, springTo).Promise)
	s.at("2026-04-18T00:00:00-07:00")
	require.Equal(t, reports.Promise{Kept: 2, Broken: 3, Late: 1, Overdue: 2}, s.report(springFrom, springTo).Promise)
}

func TestAPieceThatWasMissingOnArrivalIsToldApart(t *testing.T) {
	t.Parallel()
	s := open(t)
	it := s.sells("1001", apptest.Camera(3, "300.00"))
	incomplete := one(it, policy.MissingParts)
	incomplete.MissingOnArrival = []string{"bracket"}
	s.settles(s.comes(s.asks(incomplete), missing("bracket", "manual")))
	whole := one(it, policy.ChangeOfHeart)
	whole.Quantity = 2
	s.comes(s.asks(whole), missing("bracket"))
	require.Equal(t, []reports.PieceRow{
		{Sku: "CAM-1", Code: "bracket", Units: 3, OnArrival: 1}, {Sku: "CAM-1", Code: "manual", Units: 1},
	}, s.report(springFrom, springTo).Missing)
}

func TestListsAreBoundedAndTheMostComeFirst(t *testing.T) {
	t.Parallel()
	s := open(t)
	for i := range reports.MaxProducts + 2 {
		it := apptest.Camera(2, "20.00")
		it.Sku = fmt.Sprintf("SKU-%03d", i)
		for j := range it.PackingList {
			it.PackingList[j].Name = new("Part " + it.PackingList[j].Code)
		}
		in := one(s.sells(fmt.Sprint(3000+i), it), policy.ChangeOfHeart)
		in.Quantity = 1 + i%2
		ret := s.asks(in)
		if i < 30 {
			s.comes(ret, missing("bracket"))
		}
	}
	r := s.report(springFrom, springTo)
	require.Len(t, r.ByProduct, reports.MaxProducts)
	require.Equal(t, []any{"SKU-001", 2}, []any{r.ByProduct[0].Sku, r.ByProduct[0].Units})
	require.Equal(t, []any{"SKU-000", 1}, []any{r.ByProduct[51].Sku, r.ByProduct[51].Units})
	require.Equal(t, []any{"SKU-096", 1}, []any{r.ByProduct[99].Sku, r.ByProduct[99].Units})
	require.Len(t, r.Missing, reports.MaxPieces)
	require.Equal(t, reports.PieceRow{Sku: "SKU-001", Code: "bracket", Name: "Part bracket", Units: 2}, r.Missing[0])
	require.Equal(t, reports.PieceRow{Sku: "SKU-008", Code: "bracket", Name: "Part bracket", Units: 1}, r.Missing[19])
}

func TestAPromiseIsKeptOnceTheProviderHasAcceptedTheRefund(t *testing.T) {
	t.Parallel()
	s := open(t)
	it := s.sells("1001", apptest.Camera(1, "100.00"), func(in *orders.RecordInput) { in.Payments[0].Ref = "card-pending" })
	s.settles(s.comes(s.asks(one(it, policy.ChangeOfHeart)), missing()))
	s.at("2026-04-17T09:00:00-07:00")
	r := s.report(springFrom, springTo)
	require.Equal(t, reports.Promise{Kept: 1}, r.Promise, "A31: on its way is processed")
	require.Zero(t, r.TimeToRefund.Refunds, "and it has not arrived")
}
