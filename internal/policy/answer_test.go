package policy_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/vysero/returns/internal/policy"
)

// A simulation asks without writing verdicts down: that must never answer anything else.
func TestAskingAnswersWhatTheVerdictWould(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		by, f := anyTerms(t), anyFacts(t)
		v := policy.Decide(by, f)
		want := policy.Answer{Outcome: v.Outcome, Deciding: v.Deciding()}
		assert.Equal(t, want, v.Answer())
		assert.Equal(t, want, policy.Ask(by, f))
		assert.Equal(t, want, policy.Only(by).Ask(f))
		book := bookOf(t, policy.Edition{Terms: by}, policy.Edition{
			From: f.PurchasedAt.AddDate(0, 0, rapid.IntRange(1, 100).Draw(t, "later")), Terms: edition(t, "later", "changeOfHeartDays: 90", "doaDays: 90"),
		})
		assert.Equal(t, book.Decide(f).Answer(), book.Ask(f))
	})
}

func BenchmarkAsk(b *testing.B) {
	b.ReportAllocs()
	by, f := policy.Default(), request(b, policy.ChangeOfHeart, "2026-03-20T09:00:00-07:00")
	f.ShipToZone = "America/New_York"
	for b.Loop() {
		if policy.Ask(by, f).Outcome == "" {
			b.Fatal("no outcome")
		}
	}
}
