package policy_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/policy"
)

func yes() *bool { worked := true; return &worked }

func TestEveryRuleSpeaksInTheSameOrderWhateverTheCase(t *testing.T) {
	t.Parallel()
	order := []string{"E1", "A37", "R3", "N4", "W1", "T1", "T2", "H2", "N2", "S1", "S2", "S3", "C1", "H4"}
	for _, reason := range policy.Reasons() {
		v := policy.Decide(policy.Default(), request(t, reason, "2026-03-10T09:00:00-07:00"))
		assert.Equal(t, order, ids(v.Findings))
		for _, f := range v.Findings {
			assert.NotEmpty(t, f.Fact, f.ID())
			assert.NotEmpty(t, f.Effect, f.ID())
			assert.Regexp(t, `^[A-Z].*\.$`, f.Say, f.ID())
		}
	}
	assert.Equal(t, order, ids(policy.Decide(policy.Default(), policy.Facts{}).Findings))
}

func TestAFindingNamesItsClauseItsReadingItsFactAndItsDate(t *testing.T) {
	t.Parallel()
	v := policy.Decide(policy.Default(), request(t, policy.ChangeOfHeart, "2026-03-10T09:00:00-07:00"))
	end := instant(t, "2026-04-01T00:00:00-07:00")
	got := said(t, v.Findings, policy.T1)
	require.NotNil(t, got.Date)
	assert.True(t, end.Equal(*got.Date))
	got.Date = nil
	assert.Equal(t, policy.Finding{
		Clause: "T1", Reading: "A1", Effect: policy.Passes, Fact: "purchasedAt", Value: bought,
		Say: "A change of heart can be requested until the end of 31 March 2026.",
	}, got)
	assert.Equal(t, policy.Default().Version, v.TermsVersion)
	assert.Equal(t, policy.Default().Digest(), v.TermsDigest)
}

// The clocks of A1, and what is known of the delivery.
func TestTheTimeForAChangeOfHeart(t *testing.T) {
	t.Parallel()
	const tail, purchase, arrival = "PURCHASE_WITH_ARRIVAL_TAIL", "PURCHASE", "ARRIVAL"
	const late = "2026-04-01T00:00:00-07:00"
	for _, c := range []struct {
		name, clock string
		delivery    policy.Delivery
		deliveredAt string
		at          string
		outcome     policy.Outcome
		reading     string
		before      string
	}{
		{"tail: arrived in the last nanosecond", tail, policy.Delivered, "2026-03-31T23:59:59.999999999-07:00", late, policy.NotEligible, "A1", late},
		{"tail: arrived at the end", tail, policy.Delivered, late, late, policy.Eligible, "A1", "2026-05-02T00:00:00-07:00"},
		{"tail: over as well", tail, policy.Delivered, late, "2026-05-02T00:00:00-07:00", policy.NotEligible, "A1", "2026-05-02T00:00:00-07:00"},
		{"tail: still under way is still open", tail, policy.InTransit, "", late, policy.Eligible, "A1", ""},
		{"tail: nobody knows, so T1 alone", tail, policy.Unknown, "", late, policy.NotEligible, "A1", late},
		{"tail: nobody knows, and in time", tail, policy.Unknown, "", "2026-03-31T23:59:59.999999999-07:00", policy.Eligible, "A1", late},
		{"tail: delivered, but no date", tail, policy.Delivered, "", late, policy.NotEligible, "A1", late},
		{"tail: delivered later than asked", tail, policy.Delivered, "2026-04-10T12:00:00-07:00", late, policy.Eligible, "A1", ""},
		{"purchase: no tail", purchase, policy.Delivered, "2026-04-10T12:00:00-07:00", late, policy.NotEligible, "A1", late},
		{"purchase: under way does not help", purchase, policy.InTransit, "", late, policy.NotEligible, "A1", late},
		{"purchase: in time", purchase, policy.Unknown, "", "2026-03-31T23:59:59-07:00", policy.Eligible, "A1", late},
		{"purchase: not shipped", purchase, policy.NotShipped, "", "2026-03-02T09:00:00-08:00", policy.NotYet, "A11", ""},
		{"arrival: counts from arrival", arrival, policy.Delivered, arrived, "2026-04-05T23:59:59-07:00", policy.Eligible, "A1", "2026-04-06T00:00:00-07:00"},
		{"arrival: over", arrival, policy.Delivered, arrived, "2026-04-06T00:00:00-07:00", policy.NotEligible, "A1", "2026-04-06T00:00:00-07:00"},
		{"arrival: under way", arrival, policy.InTransit, "", late, policy.Eligible, "A1", ""},
		{"arrival: nobody knows, but it cannot be over", arrival, policy.Unknown, "", "2026-03-31T23:59:59-07:00", policy.Eligible, "A10", ""},
		{"arrival: nobody knows, and no guess", arrival, policy.Unknown, "", late, policy.NeedsReview, "A10", ""},
		{"arrival: not shipped", arrival, policy.NotShipped, "", late, policy.NotYet, "A11", ""},
		{"a word that is not known", tail, "TELEPORTED", "", late, policy.NotEligible, "A1", late},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := request(t, policy.ChangeOfHeart, c.at)
			f.Delivery, f.DeliveredAt = c.delivery, nil
			if c.deliveredAt != "" {
				f.DeliveredAt = moment(t, c.deliveredAt)
			}
			v := policy.Decide(terms(t, "changeOfHeartClock: "+c.clock), f)
			assert.Equal(t, c.outcome, v.Outcome)
			assert.Equal(t, c.reading, said(t, v.Findings, policy.T1).Reading)
			sameEnd(t, c.before, v.RequestBefore)
		})
	}
}

func TestTheTimeForADefect(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		delivery policy.Delivery
		at       string
		outcome  policy.Outcome
		before   string
	}{
		{"the last nanosecond", policy.Delivered, "2026-03-16T23:59:59.999999999-07:00", policy.Eligible, "2026-03-17T00:00:00-07:00"},
		{"the first one late", policy.Delivered, "2026-03-17T00:00:00-07:00", policy.NotEligible, "2026-03-17T00:00:00-07:00"},
		{"the moment of arrival", policy.Delivered, arrived, policy.Eligible, "2026-03-17T00:00:00-07:00"},
		{"before arrival", policy.Delivered, "2026-03-05T09:00:00-08:00", policy.NotYet, ""},
		{"under way", policy.InTransit, "2026-03-05T09:00:00-08:00", policy.NotYet, ""},
		{"not shipped", policy.NotShipped, "2026-03-05T09:00:00-08:00", policy.NotYet, ""},
		{"nobody knows", policy.Unknown, "2026-12-05T09:00:00-08:00", policy.NeedsReview, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := request(t, policy.WrongItem, c.at)
			if f.Delivery = c.delivery; c.delivery != policy.Delivered {
				f.DeliveredAt = nil
			}
			v := policy.Decide(policy.Default(), f)
			assert.Equal(t, c.outcome, v.Outcome)
			sameEnd(t, c.before, v.RequestBefore)
		})
	}
}

func TestTheDaysOfTheTermsAreTheDaysThatCount(t *testing.T) {
	t.Parallel()
	short := terms(t, "changeOfHeartDays: 0", "doaDays: 1", "handOverDays: 2", "zone: Asia/Tokyo", "domesticCountries: [JP, US]")
	f := request(t, policy.ChangeOfHeart, "2026-03-01T11:00:00-08:00")
	v := policy.Decide(short, f)
	assert.Equal(t, policy.Eligible, v.Outcome)
	sameEnd(t, "2026-03-03T00:00:00+09:00", v.RequestBefore)
	f.Reason, f.AsOf = policy.Defective, instant(t, arrived)
	sameEnd(t, "2026-03-09T00:00:00+09:00", policy.Decide(short, f).RequestBefore)
	f.Instructions = moment(t, "2026-03-20T12:00:00+09:00")
	sameEnd(t, "2026-03-23T00:00:00+09:00", policy.HandOverBefore(short, f))
}

func TestTheUnitsAskedForMustBeLeft(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		asked, left int
		want        policy.Outcome
	}{
		{1, 1, policy.Eligible}, {2, 3, policy.Eligible},
		{0, 3, policy.NotEligible}, {-1, 3, policy.NotEligible}, {4, 3, policy.NotEligible}, {1, 0, policy.NotEligible},
	} {
		f := request(t, policy.ChangeOfHeart, "2026-03-10T09:00:00-07:00")
		f.Quantity, f.UnitsLeft = c.asked, c.left
		v := policy.Decide(policy.Default(), f)
		assert.Equal(t, c.want, v.Outcome, "%d of %d", c.asked, c.left)
		if c.want == policy.NotEligible {
			assert.Equal(t, []string{"A37"}, v.Deciding())
		}
	}
}

func TestEvidenceIsAskedForUntilItIsThere(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		reason policy.Reason
		change func(*policy.Facts)
		want   policy.Outcome
		ask    []policy.Evidence
	}{
		{"a receipt was verified", policy.ChangeOfHeart, func(f *policy.Facts) { f.Proof = policy.ReceiptVerified }, policy.Eligible, nil},
		{"no receipt", policy.ChangeOfHeart, func(f *policy.Facts) { f.Proof = policy.NoProof }, policy.AwaitingEvidence, []policy.Evidence{policy.ReceiptNeeded}},
		{"no photos", policy.MissingParts, func(f *policy.Facts) { f.Photos = 0 }, policy.AwaitingEvidence, []policy.Evidence{policy.PhotosNeeded}},
		{"photos waived", policy.MissingParts, func(f *policy.Facts) { f.Photos, f.PhotosWaived = 0, true }, policy.Eligible, nil},
		{"neither", policy.WrongItem, func(f *policy.Facts) { f.Photos, f.Proof = 0, policy.NoProof }, policy.AwaitingEvidence,
			[]policy.Evidence{policy.ReceiptNeeded, policy.PhotosNeeded}},
		{"staff look at it, and still want photos", policy.WrongItem, func(f *policy.Facts) { f.Photos, f.Delivery = 0, policy.Unknown },
			policy.NeedsReview, []policy.Evidence{policy.PhotosNeeded}},
		{"nothing is asked for in vain", policy.WrongItem, func(f *policy.Facts) { f.Photos, f.ShipToCountry = 0, "CA" }, policy.NotEligible, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := request(t, c.reason, "2026-03-10T09:00:00-07:00")
			c.change(&f)
			v := policy.Decide(policy.Default(), f)
			assert.Equal(t, c.want, v.Outcome)
			assert.Equal(t, c.ask, v.Evidence)
		})
	}
}

func TestWhereSeveralClausesSpeakTheGravestDecides(t *testing.T) {
	t.Parallel()
	everything := request(t, policy.Defective, "2026-12-10T09:00:00-08:00")
	everything.EverWorked, everything.ShipToCountry, everything.Photos, everything.Proof = yes(), "CA", 0, policy.NoProof
	for _, step := range []struct {
		change func(*policy.Facts)
		want   policy.Outcome
		ids    []string
	}{
		{func(*policy.Facts) {}, policy.Warranty, []string{"W1"}},
		{func(f *policy.Facts) { f.EverWorked = nil }, policy.NotEligible, []string{"N4", "T2"}},
		{func(f *policy.Facts) { f.ShipToCountry = "US" }, policy.NotEligible, []string{"T2"}},
		{func(f *policy.Facts) { f.Delivery, f.DeliveredAt = policy.InTransit, nil }, policy.NotYet, []string{"T2"}},
		{func(f *policy.Facts) { f.Delivery = policy.Unknown }, policy.NeedsReview, []string{"T2"}},
		{func(f *policy.Facts) {
			f.Delivery, f.DeliveredAt, f.AsOf = policy.Delivered, moment(t, arrived), instant(t, arrived)
		},
			policy.AwaitingEvidence, []string{"R3", "H2"}},
		{func(f *policy.Facts) { f.Photos = 1 }, policy.AwaitingEvidence, []string{"R3"}},
		{func(f *policy.Facts) { f.Proof = policy.AccountOrder }, policy.Eligible, nil},
	} {
		step.change(&everything)
		v := policy.Decide(policy.Default(), everything)
		assert.Equal(t, step.want, v.Outcome)
		assert.Equal(t, step.ids, v.Deciding())
	}
}

func TestAWordThatIsNoReasonIsTreatedLikeADefect(t *testing.T) {
	t.Parallel()
	v := policy.Decide(policy.Default(), request(t, "BORED", "2026-03-17T00:00:00-07:00"))
	assert.Equal(t, policy.NotEligible, v.Outcome)
	assert.Equal(t, []string{"T2"}, v.Deciding())
}

func TestWhetherItEverWorkedDecidesBetweenReturnAndWarranty(t *testing.T) {
	t.Parallel()
	no := false
	for _, c := range []struct {
		name   string
		reason policy.Reason
		worked *bool
		want   policy.Effect
	}{
		{"it worked", policy.Defective, yes(), policy.ToWarranty},
		{"it never did", policy.Defective, &no, policy.Passes},
		{"no statement", policy.Defective, nil, policy.Passes},
		{"damage is no question of that", policy.DamagedOnArrival, yes(), policy.Silent},
		{"nor is a change of heart", policy.ChangeOfHeart, yes(), policy.Silent},
	} {
		f := request(t, c.reason, "2026-03-10T09:00:00-07:00")
		f.EverWorked = c.worked
		v := policy.Decide(policy.Default(), f)
		assert.Equal(t, c.want, said(t, v.Findings, policy.W1).Effect, c.name)
		assert.Equal(t, c.want == policy.ToWarranty, v.Outcome == policy.Warranty, c.name)
	}
}

func TestOtherWaysThatAreOpenAreListed(t *testing.T) {
	t.Parallel()
	const warranty, heart, cancel = policy.ByWarranty, policy.ByChangeOfHeart, policy.ByCancellation
	for _, c := range []struct {
		name   string
		reason policy.Reason
		at     string
		change func(*policy.Facts)
		want   []policy.AlternativeKind
		before string // of the change of heart
	}{
		{"nothing else is needed", policy.ChangeOfHeart, "2026-03-10T09:00:00-07:00", nil, nil, ""},
		{"a defect on day 11", policy.Defective, "2026-03-17T00:00:00-07:00", nil, []policy.AlternativeKind{warranty, heart}, "2026-04-01T00:00:00-07:00"},
		{"a defect after both times", policy.Defective, "2026-04-01T00:00:00-07:00", nil, []policy.AlternativeKind{warranty}, ""},
		{"a wrong item noticed late", policy.WrongItem, "2026-03-17T00:00:00-07:00", nil, []policy.AlternativeKind{warranty, heart}, "2026-04-01T00:00:00-07:00"},
		{"a change of heart too late", policy.ChangeOfHeart, "2026-04-01T00:00:00-07:00", nil, nil, ""},
		{"it worked and failed", policy.Defective, "2026-03-10T09:00:00-07:00", func(f *policy.Facts) { f.EverWorked = yes() },
			[]policy.AlternativeKind{warranty, heart}, "2026-04-01T00:00:00-07:00"},
		{"it worked and failed, and is still under way by the records", policy.Defective, "2026-06-10T09:00:00-07:00",
			func(f *policy.Facts) { f.EverWorked, f.Delivery, f.DeliveredAt = yes(), policy.InTransit, nil },
			[]policy.AlternativeKind{warranty, heart}, ""},
		{"a late defect abroad", policy.Defective, "2026-03-17T00:00:00-07:00", func(f *policy.Facts) { f.ShipToCountry = "CA" },
			[]policy.AlternativeKind{warranty}, ""},
		{"a change of heart abroad", policy.ChangeOfHeart, "2026-03-10T09:00:00-07:00", func(f *policy.Facts) { f.ShipToCountry = "CA" },
			[]policy.AlternativeKind{warranty}, ""},
		{"abroad", policy.DamagedOnArrival, "2026-03-10T09:00:00-07:00", func(f *policy.Facts) { f.ShipToCountry = "CA" },
			[]policy.AlternativeKind{warranty}, ""},
		{"more than are left, and late", policy.Defective, "2026-03-17T00:00:00-07:00", func(f *policy.Facts) { f.Quantity = 2 },
			[]policy.AlternativeKind{warranty}, ""},
		{"not shipped", policy.ChangeOfHeart, "2026-03-02T09:00:00-08:00", func(f *policy.Facts) { f.Delivery = policy.NotShipped },
			[]policy.AlternativeKind{cancel}, ""},
		{"not shipped, and said to be defective", policy.Defective, "2026-03-02T09:00:00-08:00",
			func(f *policy.Facts) { f.Delivery = policy.NotShipped }, []policy.AlternativeKind{cancel}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := request(t, c.reason, c.at)
			if c.change != nil {
				c.change(&f)
			}
			var kinds []policy.AlternativeKind
			for _, way := range policy.Decide(policy.Default(), f).Alternatives {
				kinds = append(kinds, way.Kind)
				if way.Kind == heart {
					sameEnd(t, c.before, way.Before)
				} else {
					assert.Nil(t, way.Before)
				}
			}
			assert.Equal(t, c.want, kinds)
		})
	}
}

func TestWhoPaysPostageIsSaidWhereSomethingIsToBeSent(t *testing.T) {
	t.Parallel()
	for _, reason := range policy.Reasons() {
		v := policy.Decide(policy.Default(), request(t, reason, "2026-03-10T09:00:00-07:00"))
		payer := policy.CustomerPays
		if reason.DOA() {
			payer = policy.MerchantPays
		}
		assert.Equal(t, payer, v.ShippingPaidBy, reason)
		assert.Equal(t, reason.DOA(), v.PrepaidLabel, reason)
		for id, concerns := range map[string]bool{"C1": false, "H4": false, "S1": reason.DOA(), "S2": !reason.DOA(), "T1": !reason.DOA(), "T2": reason.DOA(), "H2": reason.DOA()} {
			assert.Equal(t, concerns, said(t, v.Findings, id).Effect == policy.Passes, "%s %s", reason, id)
		}

		refused := policy.Decide(policy.Default(), request(t, reason, "2027-03-10T09:00:00-08:00"))
		assert.Empty(t, refused.ShippingPaidBy, reason)
		assert.False(t, refused.PrepaidLabel, reason)
		assert.Nil(t, refused.HandOverBefore, reason)
	}
}

func TestOriginalShippingFollowsTheTerms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		setting string
		reason  policy.Reason
		want    policy.Effect
	}{
		{"PRO_RATA", policy.Defective, policy.Silent},
		{"KEEP", policy.Defective, policy.Passes},
		{"PRO_RATA", policy.ChangeOfHeart, policy.Passes},
		{"KEEP", policy.ChangeOfHeart, policy.Passes},
	} {
		v := policy.Decide(terms(t, "doaOriginalShipping: "+c.setting), request(t, c.reason, "2026-03-10T09:00:00-07:00"))
		assert.Equal(t, c.want, said(t, v.Findings, policy.S3).Effect, "%s %s", c.setting, c.reason)
	}
}

func TestClearCutRequestsAreApprovedAtOnceWhereTheTermsSaySo(t *testing.T) {
	t.Parallel()
	const inTime = "2026-03-10T09:00:00-07:00"
	for _, c := range []struct {
		name    string
		setting string
		facts   policy.Facts
		want    bool
	}{
		{"a change of heart in time", "true", request(t, policy.ChangeOfHeart, inTime), true},
		{"not by these terms", "false", request(t, policy.ChangeOfHeart, inTime), false},
		{"a defect waits for staff", "true", request(t, policy.Defective, inTime), false},
		{"too late", "true", request(t, policy.ChangeOfHeart, "2026-04-10T09:00:00-07:00"), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			by := terms(t, "autoApproveChangeOfHeart: "+c.setting)
			assert.Equal(t, c.want, policy.ClearCut(by, policy.Decide(by, c.facts), c.facts))
		})
	}
}

func TestAVerdictCanBeReplayedFromItsStoredFacts(t *testing.T) {
	t.Parallel()
	asked := request(t, policy.Defective, "2026-03-17T00:00:00-07:00")
	asked.ShipToZone = "Pacific/Honolulu"
	stored, err := json.Marshal(asked)
	require.NoError(t, err)
	var read policy.Facts
	require.NoError(t, json.Unmarshal(stored, &read))
	first, err := json.Marshal(policy.Decide(policy.Default(), asked))
	require.NoError(t, err)
	second, err := json.Marshal(policy.Decide(policy.Default(), read))
	require.NoError(t, err)
	assert.JSONEq(t, string(first), string(second))
}
