package policy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/policy"
)

func TestEvidenceIsStillNeededWhereARefusalIsOverridden(t *testing.T) {
	t.Parallel()
	delivered := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	v := policy.Decide(policy.Default(), policy.Facts{
		AsOf: delivered.AddDate(0, 6, 0), Reason: policy.DamagedOnArrival, PurchasedAt: delivered, ShipToCountry: "US",
		Delivery: policy.Delivered, DeliveredAt: &delivered, Proof: policy.NoProof, Quantity: 1, UnitsLeft: 1,
	})
	require.Equal(t, policy.NotEligible, v.Outcome)
	require.Empty(t, v.Evidence, "nobody is asked for photos of what is refused")
	require.ElementsMatch(t, []policy.Evidence{policy.ReceiptNeeded, policy.PhotosNeeded}, v.Missing())
}

func TestAHandOverInTimeByTheCustomersWordAloneIsForStaff(t *testing.T) {
	t.Parallel()
	arrived := time.Date(2026, 1, 2, 20, 0, 0, 0, time.UTC)
	told := arrived.AddDate(0, 0, 5)
	i := policy.Inspection{
		Request: policy.Facts{
			AsOf: told, Reason: policy.ChangeOfHeart, PurchasedAt: arrived, ShipToCountry: "US", Delivery: policy.Delivered, DeliveredAt: &arrived,
			Proof: policy.AccountOrder, Instructions: &told, Quantity: 1, UnitsLeft: 1,
		},
		Fate: policy.Arrived, Packaging: true,
	}
	for name, c := range map[string]struct {
		entered, said time.Time
		want          policy.InspectionOutcome
	}{
		"entered in time":                      {told, told.AddDate(0, 0, -1), policy.RefundInFull},
		"entered late, in time by their word":  {told.AddDate(0, 2, 0), told, policy.InspectionDoubt},
		"entered late, and late by their word": {told.AddDate(0, 2, 0), told.AddDate(0, 1, 20), policy.NoRefund},
	} {
		facts := i
		facts.HandedOverAt, facts.HandOverSaidAt = &c.entered, &c.said
		require.Equal(t, c.want, policy.Judge(policy.Default(), facts).Outcome, name)
	}
}
