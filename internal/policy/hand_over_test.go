package policy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/vysero/returns/internal/policy"
)

func TestAZoneThatIsNotKnownCountsAsNone(t *testing.T) {
	t.Parallel()
	f := request(t, policy.ChangeOfHeart, "2026-03-10T09:00:00-07:00")
	f.ShipToZone = "Mars/Olympus"
	v := policy.Decide(policy.Default(), f)
	sameEnd(t, "2026-04-01T00:00:00-07:00", v.RequestBefore)
	assert.Equal(t, "America/Los_Angeles", v.RequestBefore.Zone)
}

func TestTheZoneThatEndsEarlierChangesNothing(t *testing.T) {
	t.Parallel()
	f := request(t, policy.ChangeOfHeart, "2026-03-10T09:00:00-07:00")
	for _, zone := range []string{"America/New_York", "America/Los_Angeles"} {
		f.ShipToZone = zone
		sameEnd(t, "2026-04-01T00:00:00-07:00", policy.Decide(policy.Default(), f).RequestBefore)
	}
}

func TestHandOverIsDueAfterArrivalAndNeverBeforeTheDaysAfterInstructions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		reason       policy.Reason
		delivery     policy.Delivery
		instructions string
		want         string
	}{
		{"change of heart: 30 days after arrival", policy.ChangeOfHeart, policy.Delivered, "2026-03-12T09:00:00-07:00", "2026-04-06T00:00:00-07:00"},
		{"defect: 10 days after arrival", policy.Defective, policy.Delivered, "2026-03-06T16:00:00-08:00", "2026-03-17T00:00:00-07:00"},
		{"10 days after instructions, where that is later", policy.Defective, policy.Delivered, "2026-03-24T09:00:00-07:00", "2026-04-04T00:00:00-07:00"},
		{"before instructions", policy.Defective, policy.Delivered, "", "2026-03-17T00:00:00-07:00"},
		{"not started", policy.ChangeOfHeart, policy.Unknown, "2026-03-24T09:00:00-07:00", ""},
		{"not started either", policy.ChangeOfHeart, policy.InTransit, "2026-03-24T09:00:00-07:00", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := request(t, c.reason, "2026-03-10T09:00:00-07:00")
			f.Delivery = c.delivery
			if c.instructions != "" {
				f.Instructions = moment(t, c.instructions)
			}
			end := policy.HandOverBefore(policy.Default(), f)
			sameEnd(t, c.want, end)
			v := policy.Decide(policy.Default(), f)
			if c.delivery == policy.Delivered {
				sameEnd(t, c.want, v.HandOverBefore)
				assert.Equal(t, c.want, said(t, v.Findings, policy.N2).Date.Format(time.RFC3339Nano))
			} else {
				assert.Nil(t, v.HandOverBefore)
				assert.Equal(t, policy.Silent, said(t, v.Findings, policy.N2).Effect)
			}
		})
	}
}
