package policy_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/policy"
)

func TestEveryFactThatARuleUsesHasASource(t *testing.T) {
	t.Parallel()
	var findings []policy.Finding
	for _, delivery := range []policy.Delivery{policy.NotShipped, policy.InTransit, policy.Delivered, policy.Unknown} {
		for _, reason := range policy.Reasons() {
			f := request(t, reason, "2026-03-10T09:00:00-07:00")
			f.EverWorked = yes()
			if f.Delivery = delivery; delivery != policy.Delivered {
				f.DeliveredAt = nil
			}
			findings = append(findings, policy.Decide(policy.Default(), f).Findings...)
			f.Instructions = moment(t, "2026-03-11T09:00:00-07:00")
			findings = append(findings, policy.Decide(policy.Default(), f).Findings...)
			late := moment(t, "2026-06-11T09:00:00-07:00")
			for _, i := range []policy.Inspection{
				{Fate: policy.Lost},
				{Fate: policy.Arrived, HandedOverAt: f.Instructions, Missing: []string{"cable"}, Packaging: true},
				{Fate: policy.Arrived, HandedOverAt: late, HandOverSaidAt: f.Instructions, Modified: true},
				{Fate: policy.Arrived, DamagedOnPurpose: true},
			} {
				i.Request = f
				findings = append(findings, policy.Judge(policy.Default(), i).Findings...)
			}
		}
	}
	met := map[string]bool{}
	for _, f := range findings {
		met[f.Fact] = true
		assert.NotEmpty(t, f.Source(), f.Fact)
	}
	require.Len(t, met, 18, "every source is that of some fact")
	assert.Empty(t, policy.Finding{Fact: "horoscope"}.Source())
}
