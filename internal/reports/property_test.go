package reports_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/inspection"
	"github.com/vysero/returns/ent/refundrequest"
	"github.com/vysero/returns/ent/returnrequest"
	"github.com/vysero/returns/internal/apptest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/money"
	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/reports"
	"github.com/vysero/returns/internal/returns"
)

// life makes a shop live: orders of units at 100.00 dollars or 1000 yen, returned in any way.
type life struct {
	shop

	*rand.Rand
}

func (l life) goesOn(days int) {
	for day := range days {
		l.Clock.Set(apptest.At(apptest.Start).Add(time.Duration(day)*24*time.Hour + time.Duration(l.IntN(86_400))*time.Second))
		if l.IntN(6) == 0 {
			l.refuses(l.order(day, 35), policy.ChangeOfHeart)
			l.sendsElsewhere(l.order(1000+day, 5))
			continue
		}
		l.wholeWay(l.order(day, 5))
	}
}

// sendsElsewhere asks for what the warranty answers.
func (l life) sendsElsewhere(it *ent.Item) {
	in := returns.LineInput{ItemID: it.ID, Quantity: 1, Reason: policy.Defective, EverWorked: new(true)}
	_, _, err := l.Returns.Request(l.boss, returns.RequestInput{Lines: []returns.LineInput{in}})
	require.Error(l.t, err)
}

// order is an order whose parcel arrived so many days ago.
func (l life) order(day, arrived int) *ent.Item {
	number := fmt.Sprint(2000 + day)
	units := 1 + l.IntN(4)
	it := apptest.Camera(units, fmt.Sprint(units*100))
	it.Sku = fmt.Sprintf("CAM-%d", 1+l.IntN(4))
	if l.IntN(3) == 0 {
		it = article(fmt.Sprintf("JP-%d", 1+l.IntN(2)), "Bell", units, jpy(fmt.Sprint(units*1000)))
	}
	now := l.Clock.Now()
	it.ShippedAt, it.DeliveredAt = new(now.AddDate(0, 0, -arrived-2)), new(now.AddDate(0, 0, -arrived))
	return l.sells(number, it, func(in *orders.RecordInput) {
		in.PurchasedAt = now.AddDate(0, 0, -arrived-4)
		if l.IntN(5) == 0 {
			in.Payments[0].Ref = "fail-declined " + number
		}
	})
}

// wholeWay takes some units back, line by line, each in groups that were found in different states.
func (l life) wholeWay(it *ent.Item) {
	reasons := []policy.Reason{policy.ChangeOfHeart, policy.DamagedOnArrival, policy.WrongItem}
	var lines []returns.LineInput
	for left := it.Quantity; left > 0 && (len(lines) == 0 || l.IntN(3) > 0); {
		n := 1 + l.IntN(left)
		lines = append(lines, returns.LineInput{ItemID: it.ID, Quantity: n, Reason: reasons[l.IntN(len(reasons))]})
		left -= n
	}
	ret := l.asks(lines...)
	if l.IntN(6) == 0 || l.declines(ret) {
		return
	}
	l.after(72)
	if ret.State != "APPROVED" {
		_, err := l.Returns.Approve(l.boss, returns.ApproveInput{IdempotencyKey: apptest.Key(), ID: ret.ID, Instructions: "Send it."})
		require.NoError(l.t, err)
	}
	_, err := l.Returns.HandOver(l.boss, returns.HandOverInput{ID: ret.ID, Tracking: new("1Z")})
	require.NoError(l.t, err)
	receive, inspect := returns.ReceiveInput{ID: ret.ID}, returns.InspectInput{ID: ret.ID}
	for _, line := range l.lines(ret) {
		receive.Lines = append(receive.Lines, returns.ReceivedLine{LineID: line.ID, Received: new(line.Quantity)})
		for left := line.Quantity; left > 0; {
			found := returns.FoundInput{LineID: line.ID, Units: 1 + l.IntN(left), Packaging: true, Modified: new(l.IntN(4) == 0)}
			if line.Reason.DOA() {
				found.Claim = new(policy.Confirmed)
			}
			for _, p := range it.PackingList[min(len(it.PackingList), 1):] {
				if l.IntN(3) == 0 {
					found.Missing = append(found.Missing, p.Code)
				}
			}
			inspect.Findings, left = append(inspect.Findings, found), left-found.Units
		}
	}
	_, err = l.Returns.Receive(l.boss, receive)
	require.NoError(l.t, err)
	_, err = l.Returns.Inspect(l.boss, inspect)
	require.NoError(l.t, err)
	if l.IntN(5) == 0 {
		return
	}
	l.after(12 * 24)
	l.settles(ret)
}

// declines lets staff decline some returns, after they have put an outcome of their own in the place of each verdict that it may
// be sent back, and sometimes of the others.
func (l life) declines(ret *ent.ReturnRequest) bool {
	if ret.State == "APPROVED" || l.IntN(4) > 0 {
		return false
	}
	for _, line := range l.lines(ret) {
		if line.Outcome != policy.Eligible && l.IntN(2) == 0 {
			continue
		}
		in := returns.OverrideInput{ID: ret.ID, LineID: &line.ID, Outcome: new(policy.NotEligible), Reason: "seen before"}
		_, err := l.Returns.Override(l.boss, in)
		require.NoError(l.t, err)
	}
	_, err := l.Returns.Decline(l.boss, returns.ReasonInput{ID: ret.ID, Reason: "No."})
	require.NoError(l.t, err)
	return true
}

func (l life) after(hours int) {
	l.Clock.Set(l.Clock.Now().Add(time.Duration(l.IntN(hours*3600)) * time.Second))
}

func TestSectionsAgreeWithEachOtherAndWithTheRecords(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			l := life{shop: open(t), Rand: rand.New(rand.NewPCG(seed, 1))}
			l.goesOn(40)
			from, to := apptest.At(apptest.Start), apptest.At(apptest.Start).AddDate(0, 3, 0)
			middle := from.Add(time.Duration(l.IntN(40*86_400)) * time.Second)
			for _, in := range []reports.Input{{From: from, To: to}, {From: from, To: middle}, {From: middle, To: to}} {
				l.agrees(in)
			}
			l.addsUp(l.of(reports.Input{From: from, To: to}), l.of(reports.Input{From: from, To: middle}), l.of(reports.Input{From: middle, To: to}))
		})
	}
}

func (s shop) of(in reports.Input) *reports.Report {
	s.t.Helper()
	ctx := s.As(s.t, auth.Finance)
	r, err := s.Reports.Report(ctx, in)
	require.NoError(s.t, err)
	for _, size := range []int{1, 2, 7} {
		again, err := reports.InPages(s.Reports, size).Report(ctx, in)
		require.NoError(s.t, err)
		require.Equal(s.t, r, again, "in pages of %d", size)
	}
	return r
}

type sums map[string]int64

func (s sums) add(list []money.Amount) {
	for _, a := range list {
		s[a.Currency] += a.Minor
	}
}

// agrees holds a report's sections against each other, and against the rows.
func (s shop) agrees(in reports.Input) {
	t, r := s.t, s.of(in)
	t.Helper()
	byReason, byProduct, byMonth, fees := sums{}, sums{}, sums{}, sums{}
	var reason, product, month struct{ lines, units, refused, refunds, requests int }
	for _, x := range r.ByReason {
		byReason.add(x.Refunded)
		reason.lines, reason.units, reason.refused = reason.lines+x.Lines, reason.units+x.Units, reason.refused+x.Refused
	}
	for _, x := range r.ByProduct {
		byProduct.add(x.Refunded)
		product.units, product.refunds = product.units+x.Units, product.refunds+x.UnitsRefunded
	}
	for _, x := range r.ByMonth {
		byMonth.add(x.Refunded)
		fees.add(x.Fees)
		month.requests, month.units, month.refunds = month.requests+x.Requests, month.units+x.Units, month.refunds+x.Refunds
	}
	refused := 0
	for _, x := range r.RefusedByClause {
		none := x.Outcome == "WARRANTY" || x.Outcome == "NOT_YET"
		require.Equal(t, none, x.Share == nil, "no refusal has no share")
		if !none {
			require.InDelta(t, float64(x.Refused)/float64(r.Lines+r.Refused), *x.Share, 0.0001)
		}
		if x.Stage == reports.AtRequest && !none {
			refused += x.Refused
		}
	}
	s.turnedAway(in, r)

	inRange := returnrequest.And(returnrequest.RequestedAtGTE(in.From), returnrequest.RequestedAtLT(in.To))
	filed := s.DB.Client.ReturnRequest.Query().Where(inRange)
	paid := filed.Clone().QueryRefunds().Where(refundrequest.StateEQ(refundrequest.StateSUCCEEDED)).AllX(s.boss)
	total := sums{}
	for _, d := range paid {
		total[d.Currency] += d.TotalMinor
	}
	require.Equal(t, total, byReason)
	require.Equal(t, total, byProduct)
	require.Equal(t, total, byMonth)
	require.Equal(t, fees, func() sums { f := sums{}; f.add(r.Fees.Charged.Amount); return f }())
	require.Equal(t, filed.Clone().CountX(s.boss), month.requests)
	require.Equal(t, []int{r.Lines, r.Requests}, []int{filed.Clone().QueryLines().CountX(s.boss), month.requests})
	require.Equal(t, r.Lines, reason.lines)
	require.Equal(t, reason.units, month.units)
	require.Equal(t, reason.units, product.units)
	require.Equal(t, []int{r.Refused, r.Refused}, []int{reason.refused, refused})
	require.Equal(t, []int{len(paid), len(paid), len(paid)}, []int{month.refunds, r.TimeToRefund.Refunds, r.Promise.Kept + r.Promise.Late})
	require.Equal(t, r.Promise.Broken, r.Promise.Late+r.Promise.Overdue)
	s.countedAnew(in, r, product.refunds)
}

// turnedAway counts the rows of refusals from the records, one by one.
func (s shop) turnedAway(in reports.Input, r *reports.Report) {
	s.t.Helper()
	want := map[string]int{}
	for _, x := range s.DB.Client.Refusal.Query().AllX(s.boss) {
		if !x.AskedAt.Before(in.From) && x.AskedAt.Before(in.To) {
			want[fmt.Sprint("REQUEST ", x.Outcome, " ", x.Clause)]++
		}
	}
	for _, ret := range s.DB.Client.ReturnRequest.Query().WithLines(func(q *ent.ReturnLineQuery) { q.WithInspections() }).AllX(s.boss) {
		if ret.RequestedAt.Before(in.From) || !ret.RequestedAt.Before(in.To) {
			continue
		}
		for _, line := range ret.Edges.Lines {
			if ret.State == "DECLINED" {
				want[fmt.Sprint("DECLINE ", line.Outcome, " ", answer(line.Overridden, line.Verdict.Deciding()))]++
			}
			for key := range paidNothing(line) {
				want[key]++
			}
		}
	}
	got := map[string]int{}
	for _, x := range r.RefusedByClause {
		got[fmt.Sprint(x.Stage, " ", x.Outcome, " ", x.Clause)] += x.Refused
	}
	require.Equal(s.t, want, got)
}

// paidNothing are the answers of inspections that nothing was paid for.
func paidNothing(line *ent.ReturnLine) map[string]bool {
	answers := map[string]bool{}
	for _, i := range line.Edges.Inspections {
		if i.Outcome == policy.NoRefund || i.Outcome == policy.WarrantyCase {
			answers[fmt.Sprint("INSPECTION ", i.Outcome, " ", answer(i.Overridden, i.Judgement.Deciding()))] = true
		}
	}
	return answers
}

// answer is what decided; "" where staff did.
func answer(overridden bool, deciding []string) string {
	if overridden || len(deciding) == 0 {
		return ""
	}
	return deciding[0]
}

// countedAnew counts the money from what was inspected, without looking at any breakdown.
func (s shop) countedAnew(in reports.Input, r *reports.Report, units int) {
	s.t.Helper()
	inRange := returnrequest.And(returnrequest.RequestedAtGTE(in.From), returnrequest.RequestedAtLT(in.To))
	all := s.DB.Client.ReturnRequest.Query().Where(inRange).QueryRefunds().Where(refundrequest.StateEQ(refundrequest.StateSUCCEEDED)).
		QueryInspections().WithLine(func(q *ent.ReturnLineQuery) { q.WithItem() }).Order(inspection.ByID()).AllX(s.boss)
	bySku, byReason := map[string]sums{}, map[policy.Reason]sums{}
	for _, r := range policy.Reasons() {
		byReason[r] = sums{}
	}
	for _, i := range all {
		it := i.Edges.Line.Edges.Item
		share := it.PaidMinor / int64(it.Quantity)
		for _, fee := range i.Judgement.Fees {
			share -= fee.Minor
		}
		if bySku[it.Sku] == nil {
			bySku[it.Sku] = sums{}
		}
		bySku[it.Sku][it.Currency] += share * int64(i.Units)
		byReason[i.Edges.Line.Reason][it.Currency] += share * int64(i.Units)
		units -= i.Units
	}
	require.Zero(s.t, units)
	for _, p := range r.ByProduct {
		got := sums{}
		got.add(p.Refunded)
		if bySku[p.Sku] == nil {
			bySku[p.Sku] = sums{}
		}
		require.Equal(s.t, bySku[p.Sku], got, p.Sku)
	}
	for _, row := range r.ByReason {
		got := sums{}
		got.add(row.Refunded)
		require.Equal(s.t, byReason[row.Reason], got, row.Reason)
	}
}

// addsUp holds that something of everything happened, and two ranges that follow one another against the one that they make.
func (s shop) addsUp(whole, first, second *reports.Report) {
	s.t.Helper()
	p := whole.Promise
	for _, n := range []int{p.Kept, p.Late, p.Overdue, whole.Refused, whole.Fees.Charged.Count, len(whole.Missing)} {
		require.Positive(s.t, n)
	}
	stages := map[reports.Stage]bool{}
	for _, row := range whole.RefusedByClause {
		stages[row.Stage] = true
	}
	require.Len(s.t, stages, 3, "refused at every stage")
	require.Equal(s.t, whole.Requests, first.Requests+second.Requests)
	require.Equal(s.t, whole.Lines, first.Lines+second.Lines)
	require.Equal(s.t, whole.Refused, first.Refused+second.Refused)
	require.Equal(s.t, whole.TimeToRefund.Refunds, first.TimeToRefund.Refunds+second.TimeToRefund.Refunds)
	require.Equal(s.t, whole.Promise.Broken, first.Promise.Broken+second.Promise.Broken)
	require.Equal(s.t, whole.Fees.Charged.Count, first.Fees.Charged.Count+second.Fees.Charged.Count)
}
