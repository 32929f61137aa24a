package explain_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/explain"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/policy"
)

// matches compares with a golden file, which -update writes.
func matches(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got, "if the change is meant: go test ./internal/explain -update")
}

// answers are verdicts of every outcome.
func answers(t *testing.T) []policy.Facts {
	t.Helper()
	edit := func(change func(*policy.Facts)) policy.Facts {
		f := request(t)
		change(&f)
		return f
	}
	soon := time.Date(2026, time.March, 8, 12, 0, 0, 0, time.UTC)
	return []policy.Facts{
		edit(func(*policy.Facts) {}),
		edit(func(f *policy.Facts) { f.AsOf = f.AsOf.AddDate(0, 0, 10) }),
		edit(func(f *policy.Facts) { f.AsOf, f.Reason = soon, policy.DamagedOnArrival }),
		edit(func(f *policy.Facts) { f.AsOf, f.Reason, f.Photos = soon, policy.DamagedOnArrival, 1 }),
		edit(func(f *policy.Facts) { f.Reason = policy.DamagedOnArrival }),
		edit(func(f *policy.Facts) { f.AsOf, f.Reason, f.EverWorked = soon, policy.Defective, new(true) }),
		edit(func(f *policy.Facts) { f.Delivery, f.Reason, f.DeliveredAt = policy.Unknown, policy.WrongItem, nil }),
		edit(func(f *policy.Facts) { f.Delivery, f.DeliveredAt = policy.NotShipped, nil }),
		edit(func(f *policy.Facts) {
			f.AsOf, f.Delivery, f.DeliveredAt = f.AsOf.AddDate(0, 0, 10), policy.InTransit, nil
		}),
		edit(func(f *policy.Facts) { f.ShipToCountry = "CA" }),
	}
}

// Whoever changes a message reads here what becomes of it.
func TestWhereALineStandsIsToldAsWritten(t *testing.T) {
	t.Parallel()
	e := explainer(t)
	for _, locale := range []string{"en", "es"} {
		var out strings.Builder
		for _, f := range answers(t) {
			v := policy.Decide(policy.Default(), f)
			f.Instructions = &f.AsOf
			end := policy.HandOverBefore(policy.Default(), f)
			for _, state := range lifecycle.States() {
				said := func(outcome policy.Outcome, overridden bool) {
					stands := explain.Filed{State: state, Reason: f.Reason, Outcome: outcome, Overridden: overridden, HandOverBefore: end}
					fmt.Fprintf(&out, "%s %s, %s %s by staff %v\n", f.Reason, v.Outcome, state, outcome, overridden)
					lines(&out, e.Filed(v, stands, locale))
				}
				said(v.Outcome, false)
				if state == lifecycle.Requested || state == lifecycle.AwaitingEvidence {
					said(policy.Eligible, true)
					said(policy.NotEligible, true)
				}
			}
		}
		matches(t, "filed."+locale+".golden", out.String())
	}
}

func TestNobodyIsToldToAskForWhatWasAsked(t *testing.T) {
	t.Parallel()
	e := explainer(t)
	for _, f := range answers(t) {
		v := policy.Decide(policy.Default(), f)
		for _, state := range lifecycle.States() {
			for _, overridden := range []bool{false, true} {
				said := e.Filed(v, explain.Filed{State: state, Reason: f.Reason, Outcome: policy.Eligible, Overridden: overridden}, "en")
				require.NotEmpty(t, said)
				require.LessOrEqual(t, len(said), 5, "%v", said)
				for _, sentence := range said {
					assert.NotContains(t, sentence, "You can ask to return")
					assert.NotContains(t, sentence, "the time to ask for it")
					assert.LessOrEqual(t, len([]rune(sentence)), 140)
				}
			}
		}
		if v.RequestBefore != nil {
			assert.False(t, v.RequestBefore.AsOf.IsZero(), "the caller's verdict stays as it is")
		}
	}
}

// Whoever changes a message reads here what becomes of it.
func TestWhatStaffPutInAJudgementsPlaceIsToldAsWritten(t *testing.T) {
	t.Parallel()
	e := explainer(t)
	fees := []policy.Fee{{Code: "cable", Minor: 900}, {Code: "stand", Minor: 1200}}
	late := []policy.Finding{{Clause: policy.C3, Effect: policy.Refuses, Fact: "modified", Value: "true"}, {Reading: policy.A35, Effect: policy.Reclassifies}}
	judgements := []policy.Judgement{
		{Outcome: policy.NoRefund, Findings: late, LaterTerms: true}, {Outcome: policy.RefundLess, Fees: fees}, {Outcome: policy.RefundInFull, RefundShipping: true},
	}
	for _, locale := range []string{"en", "es"} {
		var out strings.Builder
		for _, j := range judgements {
			for _, by := range []policy.InspectionOutcome{"", policy.RefundInFull, policy.RefundLess, policy.NoRefund, policy.WarrantyCase} {
				if by != policy.RefundLess || len(j.Fees) > 0 { // else it is refused
					decided(&out, e, j, by, locale)
				}
			}
		}
		matches(t, "decided."+locale+".golden", out.String())
	}
}

// decided writes what is told with every fee that staff may have left, of units that were dear and cheap.
func decided(out *strings.Builder, e *explain.Explainer, j policy.Judgement, by policy.InspectionOutcome, locale string) {
	for _, atMost := range []*int64{nil, new(int64(500)), new(int64(0))} {
		for _, paid := range []*int64{nil, new(int64(2101)), new(int64(2100)), new(int64(400))} {
			fmt.Fprintf(out, "%s, by staff %q, fee at most %s, paid %s\n", j.Outcome, by, told(atMost), told(paid))
			lines(out, e.Judgement(j, explain.Money{Currency: "USD", FeeAtMost: atMost, UnitPaid: paid, Instead: by}, locale))
		}
	}
}

func told(minor *int64) string {
	if minor == nil {
		return "-"
	}
	return fmt.Sprint(*minor)
}
