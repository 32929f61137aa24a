package terms_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/internal/apptest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/returns"
	"github.com/vysero/returns/internal/terms"
)

// sold records one of Ada's orders: a camera for 100.00 with 8.00 for its shipping, bought at an instant and arrived five
// days later.
func (s shop) sold(t *testing.T, number, bought string) *ent.Item {
	t.Helper()
	at := apptest.At(bought)
	shipped, arrived := at.Add(24*time.Hour), at.Add(5*24*time.Hour)
	s.Clock.Set(arrived)
	o := s.Order(t, func(in *orders.RecordInput) {
		in.Number, in.PurchasedAt, in.Payments[0].Ref = number, at, "card_"+number
		in.Items[0].ShippedAt, in.Items[0].DeliveredAt = &shipped, &arrived
	})
	return s.Items(t, o)[0]
}

// filed asks for a return of the item at an instant, at which the clock then stands.
func (s shop) filed(t *testing.T, it *ent.Item, reason policy.Reason, at string) *ent.ReturnRequest {
	t.Helper()
	s.Clock.Set(apptest.At(at))
	ret, _, err := s.Returns.Request(s.As(t, auth.Customer, "ada@example.com"), returns.RequestInput{
		Lines: []returns.LineInput{{ItemID: it.ID, Quantity: 1, Reason: reason}},
	})
	require.NoError(t, err)
	return ret
}

// back brings a return home two days later and inspects it.
func (s shop) back(t *testing.T, ret *ent.ReturnRequest, found returns.FoundInput) {
	t.Helper()
	staff := s.As(t, auth.Admin)
	if ret.State != "APPROVED" {
		_, err := s.Returns.WaiveEvidence(staff, returns.ReasonInput{ID: ret.ID, Reason: "We believe you."})
		require.NoError(t, err)
		_, err = s.Returns.Approve(staff, returns.ApproveInput{ID: ret.ID, IdempotencyKey: apptest.Key(), Instructions: "Send it."})
		require.NoError(t, err)
	}
	s.Clock.Set(s.Clock.Now().Add(48 * time.Hour))
	line := ret.QueryLines().OnlyX(auth.AsSystem(t.Context()))
	_, err := s.Returns.HandOver(staff, returns.HandOverInput{ID: ret.ID, Tracking: new("1Z999")})
	require.NoError(t, err)
	_, err = s.Returns.Receive(staff, returns.ReceiveInput{ID: ret.ID, Lines: []returns.ReceivedLine{{LineID: line.ID, Received: new(1)}}})
	require.NoError(t, err)
	found.LineID, found.Units, found.Packaging = line.ID, 1, true
	_, err = s.Returns.Inspect(staff, returns.InspectInput{ID: ret.ID, Findings: []returns.FoundInput{found}})
	require.NoError(t, err)
}

// season is a shop in spring, as a shopkeeper would tell it.
func season(t *testing.T) shop {
	t.Helper()
	s := open(t)
	early := s.sold(t, "2001", "2026-03-01T10:00:00-08:00")
	late := s.sold(t, "2002", "2026-03-01T11:00:00-08:00")
	broken := s.sold(t, "2003", "2026-03-25T10:00:00-07:00")
	s.sold(t, "2004", "2026-03-28T10:00:00-07:00") // nobody sent it back
	// Asked for after 9 days, in March: 100.00 goes back, less 9.00 for the cable.
	s.back(t, s.filed(t, early, policy.ChangeOfHeart, "2026-03-10T09:00:00-07:00"), returns.FoundInput{Missing: []string{"usb-cable"}})
	// Asked for after 24 days, in March: 100.00 goes back.
	s.back(t, s.filed(t, late, policy.ChangeOfHeart, "2026-03-25T09:00:00-07:00"), returns.FoundInput{})
	// Broken, in April: 100.00 goes back, with 8.00 for shipping.
	s.back(t, s.filed(t, broken, policy.Defective, "2026-04-02T09:00:00-07:00"), returns.FoundInput{Claim: new(policy.Confirmed)})
	s.Clock.Set(apptest.At("2026-04-15T09:00:00-07:00"))
	return s
}

// frugal is a draft that takes a change of heart for 14 days only and keeps what was paid for shipping.
const frugal = complete + "version: frugal\nchangeOfHeartDays: 14\ndoaOriginalShipping: KEEP"

func (s shop) draft(t *testing.T, text string) string {
	t.Helper()
	e, err := s.Terms.Draft(s.author, terms.DraftInput{Text: text})
	require.NoError(t, err)
	return e.ID
}

func spring(edition string) terms.SimulateInput {
	return terms.SimulateInput{EditionID: edition, From: apptest.At("2026-03-01T00:00:00-08:00"), To: apptest.At("2026-06-01T00:00:00-07:00")}
}

// The numbers of this test can be checked by hand: see season.
//
// In March 91.00 + 100.00 were refunded, in April 108.00. By the draft the second return is asked for too late, so that 91.00
// are left of March, and April keeps the 8.00 for shipping: 100.00. Order 2004 is asked about until 15 April, 18 days after its
// purchase: a change of heart was not yet open, then it was, and then the draft's 14 days are over; a defect was not yet, then it
// was, and its ten days ended on 12 April either way.
func TestADraftIsToldByTheAnswersThatFlipAndTheMoneyThatChanges(t *testing.T) {
	t.Parallel()
	s := season(t)
	row, err := s.Terms.Simulate(s.author, spring(s.draft(t, frugal)))
	require.NoError(t, err)
	require.Equal(t, "DONE", string(row.State))
	require.Equal(t, []int{4, 4}, []int{row.Done, row.Total})
	require.NotNil(t, row.FinishedAt)
	report, err := terms.ReportOf(row)
	require.NoError(t, err)
	require.Equal(t, &terms.Report{
		Returns: 3, Orders: 1,
		Answers: 3 + 2 + 5*3, // three requests; two inspections, as the draft lets in no third; three times for each reason for order 2004
		Differ:  2,
		Flips: []terms.Flip{{
			Subject: terms.OfPreview, Reason: policy.ChangeOfHeart, From: "ELIGIBLE", To: "NOT_ELIGIBLE", ToClauses: []string{"T1"},
			Count: 1, Examples: []string{"2004"},
		}, {
			Subject: terms.OfRequest, Reason: policy.ChangeOfHeart, From: "ELIGIBLE", To: "NOT_ELIGIBLE", ToClauses: []string{"T1"},
			Count: 1, Examples: []string{"2002-R1"},
		}},
		Money: []terms.Money{{Currency: "USD", Returns: 3, Changed: 2, NowMinor: 299_00, ThenMinor: 191_00}},
		Months: []terms.Month{
			{Month: "2026-03", Money: terms.Money{Currency: "USD", Returns: 2, Changed: 1, NowMinor: 191_00, ThenMinor: 91_00}},
			{Month: "2026-04", Money: terms.Money{Currency: "USD", Returns: 1, Changed: 1, NowMinor: 108_00, ThenMinor: 100_00}},
		},
	}, report)
	require.Equal(t, "-108.00 USD", report.Money[0].Difference().String())
}

func TestTermsThatAreTheSameChangeNothing(t *testing.T) {
	t.Parallel()
	s := season(t)
	row, err := s.Terms.Simulate(s.author, spring(s.draft(t, "version: same")))
	require.NoError(t, err)
	report, err := terms.ReportOf(row)
	require.NoError(t, err)
	require.Zero(t, report.Differ)
	require.Empty(t, report.Flips)
	require.Equal(t, []terms.Money{{Currency: "USD", Returns: 3, NowMinor: 299_00, ThenMinor: 299_00}}, report.Money)
	require.Equal(t, 3+3+2+4*3, report.Answers)
}

func TestWhatASimulationCounts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, draft string
		from, to    string
		flips       []string // subject, reason, from by, to by, count
		now, then   int64
	}{
		{
			"a refusal where no fault is found costs nobody here", "doaNoFault: REFUSE",
			"2026-03-01T00:00:00-08:00", "2026-06-01T00:00:00-07:00", nil, 299_00, 299_00,
		},
		{
			"of the range alone: April", "doaOriginalShipping: KEEP",
			"2026-04-01T00:00:00-07:00", "2026-05-01T00:00:00-07:00", nil, 108_00, 100_00,
		},
		{
			"the beginning is in the range, the end is not", "changeOfHeartDays: 5",
			"2026-03-10T09:00:00-07:00", "2026-03-25T09:00:00-07:00", []string{"REQUEST CHANGE_OF_HEART ELIGIBLE [] NOT_ELIGIBLE [T1] 1"}, 91_00, 0,
		},
		{
			"terms that let more in", "changeOfHeartDays: 60\ndoaDays: 60",
			"2026-03-01T00:00:00-08:00", "2026-06-01T00:00:00-07:00",
			[]string{
				"PREVIEW DAMAGED_ON_ARRIVAL NOT_ELIGIBLE [T2] AWAITING_EVIDENCE [H2] 1", "PREVIEW DEFECTIVE NOT_ELIGIBLE [T2] AWAITING_EVIDENCE [H2] 1",
				"PREVIEW MISSING_PARTS NOT_ELIGIBLE [T2] AWAITING_EVIDENCE [H2] 1", "PREVIEW WRONG_ITEM NOT_ELIGIBLE [T2] AWAITING_EVIDENCE [H2] 1",
			}, 299_00, 299_00,
		},
		{
			"a country that is abroad now, asked about before the parcel of 2004 came", "domesticCountries: [CA]",
			"2026-03-01T00:00:00-08:00", "2026-04-01T00:00:00-07:00",
			[]string{
				"REQUEST CHANGE_OF_HEART ELIGIBLE [] NOT_ELIGIBLE [N4] 2", "PREVIEW CHANGE_OF_HEART ELIGIBLE [] NOT_ELIGIBLE [N4] 1",
				"PREVIEW CHANGE_OF_HEART NOT_YET [T1] NOT_ELIGIBLE [N4] 1",
				"PREVIEW DAMAGED_ON_ARRIVAL NOT_YET [T2] NOT_ELIGIBLE [N4] 1", "PREVIEW DEFECTIVE NOT_YET [T2] NOT_ELIGIBLE [N4] 1",
				"PREVIEW MISSING_PARTS NOT_YET [T2] NOT_ELIGIBLE [N4] 1", "PREVIEW WRONG_ITEM NOT_YET [T2] NOT_ELIGIBLE [N4] 1",
			}, 191_00, 0,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := season(t)
			row, err := s.Terms.Simulate(s.author, terms.SimulateInput{
				EditionID: s.draft(t, "version: draft\n"+c.draft), From: apptest.At(c.from), To: apptest.At(c.to),
			})
			require.NoError(t, err)
			report, err := terms.ReportOf(row)
			require.NoError(t, err)
			var flips []string
			for _, f := range report.Flips {
				flips = append(flips, fmt.Sprint(f.Subject, " ", f.Reason, " ", f.From, " ", f.FromClauses, " ", f.To, " ", f.ToClauses, " ", f.Count))
			}
			require.Equal(t, c.flips, flips)
			require.Equal(t, []int64{c.now, c.then}, []int64{report.Money[0].NowMinor, report.Money[0].ThenMinor})
		})
	}
}

// told is what a simulation by a draft finds, each flip on a line.
func (s shop) told(t *testing.T, draft, from, to string) (*terms.Report, []string) {
	t.Helper()
	row, err := s.Terms.Simulate(s.author, terms.SimulateInput{EditionID: s.draft(t, draft), From: apptest.At(from), To: apptest.At(to)})
	require.NoError(t, err)
	require.Equal(t, row.Total, row.Done)
	report, err := terms.ReportOf(row)
	require.NoError(t, err)
	var flips []string
	for _, f := range report.Flips {
		flips = append(flips, fmt.Sprint(f.Subject, " ", f.Reason, " ", f.From, " ", f.FromClauses, " ", f.To, " ", f.ToClauses, " ", f.Count, " ", f.Examples))
	}
	return report, flips
}

// At the end of the range every time is over by all of these terms: what they would have changed lies before it.
func TestWhatADraftChangesForAWhileIsTold(t *testing.T) {
	t.Parallel()
	for draft, want := range map[string][]string{
		"changeOfHeartDays: 14": {"PREVIEW CHANGE_OF_HEART ELIGIBLE [] NOT_ELIGIBLE [T1] 1 [3001]"},
		"changeOfHeartDays: 60": {"PREVIEW CHANGE_OF_HEART NOT_ELIGIBLE [T1] ELIGIBLE [] 1 [3001]"},
		"doaDays: 9": {
			"PREVIEW DAMAGED_ON_ARRIVAL AWAITING_EVIDENCE [H2] NOT_ELIGIBLE [T2] 1 [3001]", "PREVIEW DEFECTIVE AWAITING_EVIDENCE [H2] NOT_ELIGIBLE [T2] 1 [3001]",
			"PREVIEW MISSING_PARTS AWAITING_EVIDENCE [H2] NOT_ELIGIBLE [T2] 1 [3001]", "PREVIEW WRONG_ITEM AWAITING_EVIDENCE [H2] NOT_ELIGIBLE [T2] 1 [3001]",
		},
		"changeOfHeartDays: 30": nil,
	} {
		t.Run(draft, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			s.sold(t, "3001", "2026-03-01T10:00:00-08:00")
			s.Clock.Set(apptest.At("2026-12-01T09:00:00-08:00"))
			report, flips := s.told(t, "version: draft\n"+draft, "2026-03-01T00:00:00-08:00", "2026-11-01T00:00:00-07:00")
			require.Equal(t, want, flips)
			require.Equal(t, len(want), report.Differ)
			// None of these times is over by then.
			_, early := s.told(t, "version: early\n"+draft, "2026-03-01T00:00:00-08:00", "2026-03-10T00:00:00-07:00")
			require.Empty(t, early)
		})
	}
}

func TestWhatWasRefusedIsAskedAgain(t *testing.T) {
	t.Parallel()
	s := season(t)
	it, abroad := s.sold(t, "3001", "2026-03-01T10:00:00-08:00"), s.sold(t, "3002", "2026-03-02T10:00:00-08:00")
	s.refused(t, it, policy.ChangeOfHeart, "2026-04-01T09:00:00-07:00") // a day late
	s.refused(t, it, policy.Defective, "2026-04-01T10:00:00-07:00")     // sixteen days late
	s.refused(t, abroad, policy.ChangeOfHeart, "2026-05-10T09:00:00-07:00")
	const draft = "version: longer\nchangeOfHeartDays: 45"
	report, flips := s.told(t, draft, "2026-04-01T00:00:00-07:00", "2026-06-01T00:00:00-07:00")
	require.Equal(t, []int{3, 1, 0}, []int{report.Refusals, report.Returns, report.Orders})
	require.Equal(t, []string{"REFUSAL CHANGE_OF_HEART NOT_ELIGIBLE [T1] ELIGIBLE [] 1 [3001]"}, flips)
	require.Equal(t, 3+2, report.Answers)
	report, flips = s.told(t, draft, "2026-04-01T09:00:00.000001-07:00", "2026-05-10T09:00:00-07:00")
	require.Equal(t, 1, report.Refusals, "from the beginning on, and before the end")
	require.Empty(t, flips)
	_, flips = s.told(t, "version: same", "2026-04-01T00:00:00-07:00", "2026-06-01T00:00:00-07:00")
	require.Empty(t, flips)
	_, flips = s.told(t, "version: home\ndomesticCountries: [CA]\ndoaDays: 60", "2026-04-01T10:00:00-07:00", "2026-04-02T00:00:00-07:00")
	require.Empty(t, flips, "which is refused by another clause")
}

func TestWhatStaffDecidedStaysUnderEveryTerms(t *testing.T) {
	t.Parallel()
	s := open(t)
	staff := s.As(t, auth.Admin)
	it := s.sold(t, "2001", "2026-03-01T10:00:00-08:00")
	s.Clock.Set(apptest.At("2026-04-20T09:00:00-07:00"))
	ret, _, err := s.Returns.Request(staff, returns.RequestInput{
		Lines: []returns.LineInput{{ItemID: it.ID, Quantity: 1, Reason: policy.Defective}}, FileAnyway: new(true), Note: new("A good customer."),
	})
	require.NoError(t, err)
	line := ret.QueryLines().OnlyX(staff)
	override := func(in returns.OverrideInput) {
		t.Helper()
		in.ID, in.Reason = ret.ID, "Goodwill."
		_, err := s.Returns.Override(staff, in)
		require.NoError(t, err)
	}
	override(returns.OverrideInput{LineID: &line.ID, Outcome: new(policy.Eligible)}) // what T2 refuses
	s.back(t, ret, returns.FoundInput{Claim: new(policy.Confirmed), Missing: []string{"camera"}})
	money := func() [2]int64 {
		t.Helper()
		row, err := s.Terms.Simulate(s.author, spring(s.draft(t, "version: short\ndoaDays: 5\ndoaOriginalShipping: KEEP")))
		require.NoError(t, err)
		report, err := terms.ReportOf(row)
		require.NoError(t, err)
		require.Zero(t, report.Differ)
		return [2]int64{report.Money[0].NowMinor, report.Money[0].ThenMinor}
	}
	require.Equal(t, [2]int64{0, 0}, money(), "a part is missing: nothing is refunded by N1")
	ins := line.QueryInspections().OnlyX(staff)
	override(returns.OverrideInput{InspectionID: &ins.ID, InspectionOutcome: new(policy.RefundInFull)})
	require.Equal(t, [2]int64{108_00, 100_00}, money(), "the refund stays, and shipping goes by the terms")
}

func TestARangeThatHoldsNothingIsAnEmptyReport(t *testing.T) {
	t.Parallel()
	s := season(t)
	in := spring(s.draft(t, frugal))
	for from, to := range map[string]string{
		"2020-01-01T00:00:00Z":      "2021-01-01T00:00:00Z",
		"2026-03-10T09:00:00-07:00": "2026-03-10T09:00:00-07:00", // at which a return was requested
	} {
		in.From, in.To = apptest.At(from), apptest.At(to)
		row, err := s.Terms.Simulate(s.author, in)
		require.NoError(t, err)
		require.Equal(t, "DONE", string(row.State))
		require.Equal(t, []int{0, 0}, []int{row.Done, row.Total})
		report, err := terms.ReportOf(row)
		require.NoError(t, err)
		require.Equal(t, &terms.Report{}, report)
		report, err = s.Terms.Try(s.author, terms.TryInput{Terms: policy.Default(), From: in.From, To: in.To})
		require.NoError(t, err)
		require.Equal(t, &terms.Report{}, report)
	}
}

func TestWhatCannotBeSimulatedIsRefused(t *testing.T) {
	t.Parallel()
	s := season(t)
	id := s.draft(t, frugal)
	in := spring(id)
	in.From, in.To = in.To, in.From
	_, err := s.Terms.Simulate(s.author, in)
	require.Equal(t, fault.CodeInvalid, codeOf(t, err))
	require.Equal(t, []string{"to"}, fault.From(err).Field)
	_, err = s.Terms.Try(s.author, terms.TryInput{Terms: policy.Default(), From: in.From, To: in.To})
	require.Equal(t, fault.CodeInvalid, codeOf(t, err))
	_, err = s.Terms.Simulate(s.author, spring("ted_none"))
	require.Equal(t, fault.CodeNotFound, codeOf(t, err))
	_, err = s.Terms.Simulate(s.As(t, auth.Agent), spring(id))
	require.Equal(t, fault.CodeForbidden, codeOf(t, err))
	_, err = s.Terms.Simulation(s.As(t, auth.Agent), "tsm_1")
	require.Equal(t, fault.CodeForbidden, codeOf(t, err))
	_, err = s.Terms.Try(s.As(t, auth.Agent), terms.TryInput{Terms: policy.Default(), From: in.From, To: in.To.Add(1)})
	require.Equal(t, fault.CodeForbidden, codeOf(t, err))
	none, err := s.Terms.Simulation(s.As(t, auth.Finance), "tsm_none")
	require.NoError(t, err)
	require.Nil(t, none)
}

func TestTryingTermsLeavesNoRecord(t *testing.T) {
	t.Parallel()
	s := season(t)
	var told []int
	in := spring("")
	report, err := s.Terms.Try(s.author, terms.TryInput{
		Terms: parsed(t, "changeOfHeartDays: 14"), From: in.From, To: in.To, Progress: func(done, total int) { told = append(told, done, total) },
	})
	require.NoError(t, err)
	require.Equal(t, 2, report.Differ)
	require.Equal(t, []int{3, 4, 4, 4, 4, 4}, told)
	require.Zero(t, s.DB.Client.Simulation.Query().CountX(s.author))
	require.Len(t, s.DB.Client.Edition.Query().AllX(s.author), 1)
}
