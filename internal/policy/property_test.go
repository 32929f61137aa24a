package policy_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/vysero/returns/internal/policy"
)

var outcomes = []policy.Outcome{
	policy.Warranty, policy.NotEligible, policy.NotYet, policy.NeedsReview, policy.AwaitingEvidence, policy.Eligible,
}

func anyTerms(t *rapid.T) *policy.Terms {
	return terms(t,
		"changeOfHeartClock: "+rapid.SampledFrom([]string{"PURCHASE_WITH_ARRIVAL_TAIL", "PURCHASE", "ARRIVAL"}).Draw(t, "clock"),
		"doaOriginalShipping: "+rapid.SampledFrom([]string{"PRO_RATA", "KEEP"}).Draw(t, "shipping"),
		"doaNoFault: "+rapid.SampledFrom([]string{"RECLASSIFY", "REFUSE"}).Draw(t, "noFault"),
		"zone: "+rapid.SampledFrom([]string{"America/Los_Angeles", "America/Havana", "Pacific/Apia"}).Draw(t, "zone"))
}

func anyFacts(t *rapid.T) policy.Facts {
	purchased := time.Unix(rapid.Int64Range(1735689600, 1830297600).Draw(t, "purchased"), 0).UTC()
	after := func(label string, days int) time.Time {
		return purchased.Add(time.Duration(rapid.IntRange(0, days*24*60).Draw(t, label)) * time.Minute)
	}
	f := policy.Facts{
		AsOf: after("asOf", 120), Reason: rapid.SampledFrom(policy.Reasons()).Draw(t, "reason"), PurchasedAt: purchased,
		ShipToCountry: rapid.SampledFrom([]string{"US", "US", "US", "CA"}).Draw(t, "country"),
		ShipToZone:    rapid.SampledFrom([]string{"", "Pacific/Honolulu", "Asia/Beirut"}).Draw(t, "shipToZone"),
		Delivery: rapid.SampledFrom([]policy.Delivery{
			policy.NotShipped, policy.InTransit, policy.Delivered, policy.Delivered, policy.Unknown}).Draw(t, "delivery"),
		Proof:  rapid.SampledFrom([]policy.Proof{policy.AccountOrder, policy.ReceiptVerified, policy.NoProof}).Draw(t, "proof"),
		Photos: rapid.IntRange(0, 2).Draw(t, "photos"), Quantity: rapid.IntRange(1, 3).Draw(t, "quantity"), UnitsLeft: 2,
	}
	if rapid.Bool().Draw(t, "stated") {
		worked := rapid.Bool().Draw(t, "worked")
		f.EverWorked = &worked
	}
	if f.Delivery == policy.Delivered {
		delivered := after("delivered", 90)
		f.DeliveredAt = &delivered
	}
	return f
}

// A day more turns no refusal into a yes, whatever the delivery. Even A1's tail does not: an item that arrives after T1's
// days was under way when they ended, and what is under way is not refused.
func TestADayMoreNeverMakesARefusedRequestEligible(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		by, f := anyTerms(t), anyFacts(t)
		before := policy.Decide(by, f)
		if before.Outcome != policy.NotEligible && before.Outcome != policy.Warranty {
			return
		}
		f.AsOf = f.AsOf.Add(24 * time.Hour)
		assert.Contains(t, []policy.Outcome{policy.NotEligible, policy.Warranty}, policy.Decide(by, f).Outcome)
	})
}

func TestARequestIsInTimeExactlyBeforeItsDeadline(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		by, f := anyTerms(t), anyFacts(t)
		v := policy.Decide(by, f)
		if v.RequestBefore == nil {
			return
		}
		rule := policy.T1
		if f.Reason.DOA() {
			rule = policy.T2
		}
		at := slices.IndexFunc(v.Findings, func(x policy.Finding) bool { return x.Clause == rule })
		inTime := f.AsOf.Before(v.RequestBefore.Before)
		assert.Equal(t, inTime, v.Findings[at].Effect == policy.Passes)
		assert.Equal(t, inTime, v.RequestBefore.DaysLeft(time.Time{}) > 0)
		assert.LessOrEqual(t, f.PurchasedAt.Format(time.DateOnly), v.RequestBefore.Before.UTC().Format(time.DateOnly))
	})
}

func TestTheOutcomeIsTheGravestThatWasSaid(t *testing.T) {
	t.Parallel()
	gravity := map[policy.Effect]policy.Outcome{
		policy.ToWarranty: policy.Warranty, policy.Refuses: policy.NotEligible, policy.Waits: policy.NotYet,
		policy.Doubts: policy.NeedsReview, policy.Asks: policy.AwaitingEvidence,
	}
	rapid.Check(t, func(t *rapid.T) {
		v := policy.Decide(anyTerms(t), anyFacts(t))
		gravest := len(outcomes) - 1
		for _, f := range v.Findings {
			if outcome, speaksAgainst := gravity[f.Effect]; speaksAgainst {
				gravest = min(gravest, slices.Index(outcomes, outcome))
			}
		}
		assert.Equal(t, outcomes[gravest], v.Outcome)
		assert.Equal(t, v.Outcome == policy.Eligible, len(v.Deciding()) == 0)
		sent := v.Outcome == policy.Eligible || v.Outcome == policy.AwaitingEvidence || v.Outcome == policy.NeedsReview
		assert.Equal(t, sent, v.ShippingPaidBy != "")
	})
}

func TestAChangeOfHeartThatIsOfferedWouldBeTaken(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		by, f := anyTerms(t), anyFacts(t)
		for _, way := range policy.Decide(by, f).Alternatives {
			if way.Kind != policy.ByChangeOfHeart {
				continue
			}
			f.Reason = policy.ChangeOfHeart
			v := policy.Decide(by, f)
			assert.Contains(t, []policy.Outcome{policy.Eligible, policy.AwaitingEvidence}, v.Outcome)
			assert.Equal(t, v.RequestBefore, way.Before)
		}
	})
}

func TestAnEarlierHandOverIsNeverJudgedWorse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		by, asked := anyTerms(t), anyFacts(t)
		instructed := asked.AsOf.Add(time.Hour)
		asked.Instructions = &instructed
		late := asked.AsOf.Add(time.Duration(rapid.IntRange(0, 60*24).Draw(t, "hours")) * time.Hour)
		early := late.Add(-24 * time.Hour)
		i := policy.Inspection{Request: asked, Fate: policy.Arrived, Packaging: true, Claim: policy.Confirmed, HandedOverAt: &late}
		judged := policy.Judge(by, i)
		i.HandedOverAt = &early
		if judged.Outcome == policy.RefundInFull {
			assert.Equal(t, policy.RefundInFull, policy.Judge(by, i).Outcome)
		}
	})
}

// The pure rooms and their tests know no time of their own: the same question has the same answer tomorrow.
func TestNothingHereReadsTheClockOfTheMachine(t *testing.T) {
	t.Parallel()
	var files []string
	for _, room := range []string{"policy", "refund", "calendar", "money", "fault"} {
		found, err := filepath.Glob(filepath.Join("..", room, "*.go"))
		require.NoError(t, err)
		require.NotEmpty(t, found, room)
		files = append(files, found...)
	}
	clock := []string{"Now", "Since", "Until", "Sleep", "After", "Tick", "NewTimer", "NewTicker", "AfterFunc", "Local"}
	for _, name := range files {
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, 0)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			use, selects := n.(*ast.SelectorExpr)
			if !selects {
				return true
			}
			if from, plain := use.X.(*ast.Ident); plain && from.Name == "time" {
				assert.NotContains(t, clock, use.Sel.Name, set.Position(use.Pos()))
			}
			return true
		})
	}
}

func BenchmarkDecide(b *testing.B) {
	for _, reason := range []policy.Reason{policy.ChangeOfHeart, policy.Defective} {
		b.Run(string(reason), func(b *testing.B) {
			b.ReportAllocs()
			by, f := policy.Default(), request(b, reason, "2026-03-20T09:00:00-07:00")
			f.ShipToZone = "America/New_York"
			for b.Loop() {
				if policy.Decide(by, f).Outcome == "" {
					b.Fatal("no outcome")
				}
			}
		})
	}
}
