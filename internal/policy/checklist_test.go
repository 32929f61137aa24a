package policy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/vysero/returns/internal/policy"
)

// What a check says will follow is what the judgement says where exactly that is found.
func TestAChecklistForetellsTheJudgement(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		fee := rapid.SampledFrom([]*int64{nil, new(int64(0)), new(int64(900))})
		list := []policy.Piece{
			{Code: "camera", Name: "Camera", Kind: policy.Part},
			{Code: "cable", Kind: policy.Accessory, Fee: fee.Draw(t, "cable")},
			{Code: "manual", Kind: policy.Manual, Fee: fee.Draw(t, "manual")},
			{Code: "sticker", Fee: fee.Draw(t, "sticker")},
		}
		terms := terms(t, "doaNoFault: "+rapid.SampledFrom([]string{"RECLASSIFY", "REFUSE"}).Draw(t, "no fault"))
		reason := rapid.SampledFrom(policy.Reasons()).Draw(t, "reason")
		excused := []string{"cable"}
		f := request(t, reason, "2026-03-10T12:00:00Z")
		handed := f.AsOf.Add(time.Hour)
		for _, check := range policy.Only(terms).Checklist(f.PurchasedAt, f.AsOf, reason, list, excused) {
			i := policy.Inspection{
				Request: f, Fate: policy.Arrived, HandedOverAt: &handed, PackingList: list, Packaging: true, MissingOnArrival: excused,
				Inspector: "eva", Note: "seen",
			}
			if reason.DOA() {
				i.Claim = policy.Confirmed
			}
			switch check.Kind {
			case policy.CheckPackaging:
				i.Packaging = false
			case policy.CheckPiece:
				i.Missing = []string{check.Piece}
			case policy.CheckModified:
				i.Modified = true
			case policy.CheckOnPurpose:
				i.DamagedOnPurpose = true
				require.True(t, check.Note)
			case policy.CheckClaim:
				i.Claim = policy.NotFound
				if check.Leads == policy.RefundInFull {
					continue // it depends on the date of the request
				}
			}
			require.Equal(t, check.Leads, policy.Judge(terms, i).Outcome, "%s %s", check.Kind, check.Piece)
			require.NotEmpty(t, check.Ask)
			require.Equal(t, check.Excused, check.Piece == "cable")
		}
	})
}

func TestAChecklistAsksFirstForWhatTheCustomerSays(t *testing.T) {
	t.Parallel()
	asks := map[string]bool{}
	for _, reason := range append(policy.Reasons(), "NEW") {
		checks := policy.Only(policy.Default()).Checklist(time.Time{}, time.Time{}, reason, nil, nil)
		require.Equal(t, reason.DOA(), checks[0].Kind == policy.CheckClaim, reason)
		asks[checks[0].Ask] = true
	}
	require.Len(t, asks, 6, "each claim has a question of its own")
}

func TestAChecklistGoesByTheKindestOfTheApplicableTerms(t *testing.T) {
	t.Parallel()
	bought := time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)
	strict, kind := terms(t, "doaNoFault: REFUSE"), terms(t, "doaNoFault: RECLASSIFY")
	for _, c := range []struct {
		first, later *policy.Terms
		days         int
		want         policy.InspectionOutcome
	}{
		{strict, kind, 1, policy.NoRefund}, {strict, kind, 9, policy.RefundInFull}, {kind, strict, 9, policy.RefundInFull},
	} {
		book, err := policy.NewBook(policy.Edition{Terms: c.first}, policy.Edition{From: bought.AddDate(0, 0, 5), Terms: c.later})
		require.NoError(t, err)
		checks := book.Checklist(bought, bought.AddDate(0, 0, c.days), policy.DamagedOnArrival, nil, nil)
		require.Equal(t, c.want, checks[0].Leads)
	}
}

func TestWhatWasMissingOnArrivalCostsNothingOnAnyTrack(t *testing.T) {
	t.Parallel()
	for _, reason := range policy.Reasons() {
		f := request(t, reason, "2026-03-10T12:00:00Z")
		i := policy.Inspection{
			Request: f, Fate: policy.Arrived, HandedOverAt: &f.AsOf, Packaging: true,
			PackingList: []policy.Piece{{Code: "cable", Kind: policy.Accessory, Fee: new(int64(900))}},
			Missing:     []string{"cable"}, MissingOnArrival: []string{"cable"},
		}
		if reason.DOA() {
			i.Claim = policy.Confirmed
		}
		require.Equal(t, policy.RefundInFull, policy.Judge(policy.Default(), i).Outcome, reason)
	}
}
