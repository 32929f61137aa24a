package terms_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/terms"
)

func parsed(t *testing.T, text string) *policy.Terms {
	t.Helper()
	p, err := policy.Parse([]byte("version: x\n" + text))
	require.NoError(t, err)
	return p
}

func TestADifferenceOfTermsIsToldInWordsWithWhatItMeansForTheCustomer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ from, to, say string }{
		{"changeOfHeartDays: 30", "changeOfHeartDays: 14", "Days for a change of heart: 30 → 14 (T1, N2): worse for the customer"},
		{"doaDays: 10", "doaDays: 20", "Days to report a defect or damage: 10 → 20 (T2, N2): better for the customer"},
		{"refundBusinessDays: 7", "refundBusinessDays: 3", "Business days until the refund: 7 → 3 (R2, A29): better for the customer"},
		{"handOverDays: 7", "handOverDays: 0", "Days to hand the goods over after instructions, at least: 7 → 0 (N2, A2): worse for the customer"},
		{"changeOfHeartClock: PURCHASE", "changeOfHeartClock: ARRIVAL", "Those days count: from the purchase → from arrival (T1, A1): better for the customer"},
		{"changeOfHeartClock: ARRIVAL", "changeOfHeartClock: PURCHASE_WITH_ARRIVAL_TAIL", "Those days count: from arrival → " +
			"from the purchase, or from arrival where the item came after their end (T1, A1): worse for the customer"},
		{"autoApproveChangeOfHeart: true", "autoApproveChangeOfHeart: false",
			"A clear change of heart is approved at once: yes → no (H3): worse for the customer"},
		{"doaOriginalShipping: KEEP", "doaOriginalShipping: PRO_RATA", "Original shipping of a defective or damaged item: is kept → " +
			"goes back with it, by its share (S3, A21): better for the customer"},
		{"doaNoFault: RECLASSIFY", "doaNoFault: REFUSE", "An item without the fault that was claimed: counts as a change of heart where that was in time → " +
			"is not refunded (A35): worse for the customer"},
		{"holidays: NONE", "holidays: US_FEDERAL",
			"Public holidays, on which no business is done: none → those of the United States (R2, A30): worse for the customer"},
		{"furtherHolidays: []", "furtherHolidays: [2026-12-24]",
			"Further days on which no business is done: none → 2026-12-24 (R2, A30): worse for the customer"},
		{"domesticCountries: [US]", "domesticCountries: [US, CA]", "Countries that are not abroad: US → CA US (N4, A25): better for the customer"},
		{"domesticCountries: [US, CA]", "domesticCountries: [US]", "Countries that are not abroad: CA US → US (N4, A25): worse for the customer"},
		{"domesticCountries: [US]", "domesticCountries: [CA]",
			"Countries that are not abroad: US → CA (N4, A25): better or worse for the customer, as the case may be"},
		{"zone: America/New_York", "zone: Europe/Berlin", "Zone in which days end: America/New_York → Europe/Berlin (A5, A6): " +
			"better or worse for the customer, as the case may be"},
		{`warrantyUrl: ""`, "warrantyUrl: https://a.example", "Page of the warranty: not set → https://a.example (W1, A41): better for the customer"},
		{"supportContact: us", `supportContact: ""`, "Contact for questions: us → not set (A41): worse for the customer"},
		{"supportContact: us", "supportContact: them", "Contact for questions: us → them (A41): better or worse for the customer, as the case may be"},
	} {
		changes := terms.Diff(parsed(t, c.from), parsed(t, c.to))
		require.Len(t, changes, 1, c.say)
		assert.Equal(t, c.say, changes[0].String())
	}
}

func TestAnotherNameIsNoDifferenceOfTerms(t *testing.T) {
	t.Parallel()
	a, err := policy.Parse([]byte("version: one"))
	require.NoError(t, err)
	b, err := policy.Parse([]byte("version: two\nholidays: US_FEDERAL"))
	require.NoError(t, err)
	require.Empty(t, terms.Diff(a, b))
}
