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
		for _, check := range policy.Checklist(terms, reason, list, excused) {
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
			require.Equal(t, check.Excused, reason.DOA() && check.Piece == "cable")
		}
	})
}
