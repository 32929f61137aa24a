package policy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/vysero/returns/internal/policy"
)

var camera = []policy.Piece{
	{Code: "camera", Kind: policy.Part},
	{Code: "bracket", Kind: policy.Accessory, Fee: new(int64(1200))},
	{Code: "usb-cable", Kind: policy.Accessory, Fee: new(int64(900))},
	{Code: "manual", Kind: policy.Manual, Fee: new(int64(0))},
	{Code: "stickers"},
	{Code: "pouch", Fee: new(int64(50))},
}

// inspection is one that nothing speaks against.
func inspection(t *testing.T, reason policy.Reason) policy.Inspection {
	t.Helper()
	asked := request(t, reason, "2026-03-10T09:00:00-07:00")
	asked.Instructions = moment(t, "2026-03-12T09:00:00-07:00")
	i := policy.Inspection{
		Request: asked, Fate: policy.Arrived, HandedOverAt: moment(t, "2026-03-14T09:00:00-07:00"),
		PackingList: camera, Packaging: true,
	}
	if reason.DOA() {
		i.Claim = policy.Confirmed
	}
	return i
}

func TestWhatBecomesOfInspectedUnits(t *testing.T) {
	t.Parallel()
	const heart, defect = policy.ChangeOfHeart, policy.Defective
	for _, c := range []struct {
		name   string
		reason policy.Reason
		change func(*policy.Inspection)
		want   policy.InspectionOutcome
		ids    []string
	}{
		{"complete", heart, func(*policy.Inspection) {}, policy.RefundInFull, nil},
		{"accidental damage is no ground", heart, func(i *policy.Inspection) { i.Note = "a dent" }, policy.RefundInFull, nil},
		{"modified", heart, func(i *policy.Inspection) { i.Modified = true }, policy.NoRefund, []string{"C3"}},
		{"on purpose, by a named inspector", heart, func(i *policy.Inspection) { i.DamagedOnPurpose, i.Inspector, i.Note = true, "Ines", "pried open" },
			policy.NoRefund, []string{"C3"}},
		{"on purpose, but nobody says so", heart, func(i *policy.Inspection) { i.DamagedOnPurpose, i.Note = true, "pried open" },
			policy.InspectionDoubt, []string{"C3"}},
		{"on purpose, but nothing is written", heart, func(i *policy.Inspection) { i.DamagedOnPurpose, i.Inspector, i.Note = true, "Ines", " " },
			policy.InspectionDoubt, []string{"C3"}},
		{"C3 decides before everything else", defect, func(i *policy.Inspection) { i.Modified, i.Claim, i.Packaging = true, policy.AfterUse, false },
			policy.NoRefund, []string{"C3"}},
		{"a defect after use", defect, func(i *policy.Inspection) { i.Claim = policy.AfterUse }, policy.WarrantyCase, []string{"W1"}},
		{"W1 decides before N1", defect, func(i *policy.Inspection) { i.Claim, i.Packaging = policy.AfterUse, false }, policy.WarrantyCase, []string{"W1"}},
		{"a claim says nothing of a change of heart", heart, func(i *policy.Inspection) { i.Claim = policy.AfterUse }, policy.RefundInFull, nil},
		{"a claim that nobody answered", defect, func(i *policy.Inspection) { i.Claim = "" }, policy.InspectionDoubt, []string{"W1"}},
		{"no packaging", defect, func(i *policy.Inspection) { i.Packaging = false }, policy.NoRefund, []string{"N1"}},
		{"a part missing", heart, func(i *policy.Inspection) { i.Missing = []string{"camera"} }, policy.NoRefund, []string{"N1"}},
		{"N1 decides before N2", heart, func(i *policy.Inspection) {
			i.Missing, i.HandedOverAt = []string{"camera"}, moment(t, "2026-04-06T00:00:00-07:00")
		},
			policy.NoRefund, []string{"N1"}},
		{"a piece that is not on the list", heart, func(i *policy.Inspection) { i.Missing = []string{"tripod"} }, policy.InspectionDoubt, []string{"N1"}},
		{"a part that was missing on arrival", policy.MissingParts, func(i *policy.Inspection) {
			i.Missing, i.MissingOnArrival = []string{"camera", "bracket"}, []string{"bracket", "camera"}
		}, policy.RefundInFull, nil},
		{"one that was not reported", policy.MissingParts, func(i *policy.Inspection) {
			i.Missing, i.MissingOnArrival = []string{"camera", "bracket"}, []string{"bracket"}
		}, policy.NoRefund, []string{"N1"}},
		{"missing on arrival, and a change of heart", heart, func(i *policy.Inspection) {
			i.Missing, i.MissingOnArrival = []string{"camera"}, []string{"camera"}
		}, policy.RefundInFull, nil},
		{"handed over in the last nanosecond", heart, func(i *policy.Inspection) { i.HandedOverAt = moment(t, "2026-04-05T23:59:59.999999999-07:00") },
			policy.RefundInFull, nil},
		{"handed over late", heart, func(i *policy.Inspection) { i.HandedOverAt = moment(t, "2026-04-06T00:00:00-07:00") }, policy.NoRefund, []string{"N2"}},
		{"N2 decides before A35", defect, func(i *policy.Inspection) {
			i.HandedOverAt, i.Claim = moment(t, "2026-04-06T00:00:00-07:00"), policy.NotFound
		}, policy.NoRefund, []string{"N2"}},
		{"late, but never told where to send it", heart, func(i *policy.Inspection) {
			i.HandedOverAt, i.Request.Instructions = moment(t, "2026-04-06T00:00:00-07:00"), nil
		}, policy.RefundInFull, nil},
		{"handed over, but when?", heart, func(i *policy.Inspection) { i.HandedOverAt = nil }, policy.InspectionDoubt, []string{"N2"}},
		{"arrived, but when? no clock ran", heart, func(i *policy.Inspection) {
			i.Request.Delivery, i.Request.DeliveredAt, i.HandedOverAt = policy.Unknown, nil, moment(t, "2027-04-06T00:00:00-07:00")
		}, policy.RefundInFull, nil},
		{"under way when asked for, and sent back in time", heart, func(i *policy.Inspection) {
			i.Request.AsOf = instant(t, "2026-03-03T09:00:00-08:00")
		}, policy.RefundInFull, nil},
		{"no fault, in time for a change of heart", defect, func(i *policy.Inspection) { i.Claim = policy.NotFound }, policy.RefundInFull, []string{"A35"}},
		{"no fault, and a cable missing", defect, func(i *policy.Inspection) { i.Claim, i.Missing = policy.NotFound, []string{"usb-cable"} },
			policy.RefundLess, []string{"A35", "C2"}},
		{"a cable missing", heart, func(i *policy.Inspection) { i.Missing = []string{"usb-cable"} }, policy.RefundLess, []string{"C2"}},
		{"a defect, and a cable missing", defect, func(i *policy.Inspection) { i.Missing = []string{"usb-cable"} }, policy.RefundLess, []string{"C2"}},
		{"a manual without a fee", heart, func(i *policy.Inspection) { i.Missing = []string{"manual"} }, policy.RefundInFull, nil},
		{"lost under our label", defect, func(i *policy.Inspection) {
			i.Fate, i.LabelWasOurs, i.HandedOverAt, i.Claim, i.Packaging = policy.Lost, true, nil, "", false
		}, policy.RefundInFull, nil},
		{"lost under the customer's label", heart, func(i *policy.Inspection) { i.Fate, i.HandedOverAt = policy.Lost, nil },
			policy.InspectionDoubt, []string{"A36"}},
		{"something else came", heart, func(i *policy.Inspection) { i.Fate, i.Modified = policy.OtherArrived, true }, policy.InspectionDoubt, []string{"A37"}},
		{"nobody says what came", heart, func(i *policy.Inspection) { i.Fate = "" }, policy.InspectionDoubt, []string{"A37"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			i := inspection(t, c.reason)
			c.change(&i)
			j := policy.Judge(policy.Default(), i)
			assert.Equal(t, c.want, j.Outcome)
			assert.Equal(t, c.ids, j.Deciding())
			assert.Len(t, j.Findings, 8)
			for _, f := range j.Findings {
				assert.NotEmpty(t, f.Fact, f.ID())
				assert.Regexp(t, `^[A-Z].*\.$`, f.Say, f.ID())
			}
			assert.Equal(t, policy.Default().Digest(), j.TermsDigest)
		})
	}
}

func TestInspectionRulesSpeakInTheOrderOfTheReading(t *testing.T) {
	t.Parallel()
	i := inspection(t, policy.Defective)
	order := []string{"A37", "C3", "W1", "N1", "N2", "A35", "C2", "S3"}
	assert.Equal(t, order, ids(policy.Judge(policy.Default(), i).Findings))
	i.Fate = policy.Lost
	order[0] = "A36"
	assert.Equal(t, order, ids(policy.Judge(policy.Default(), i).Findings))
}

func TestADefectThatIsNotThere(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, setting, at string
		want              policy.InspectionOutcome
		track             policy.Reason
	}{
		{"becomes a change of heart", "RECLASSIFY", "2026-03-10T09:00:00-07:00", policy.RefundInFull, policy.ChangeOfHeart},
		{"goes to staff when it was too late for one", "RECLASSIFY", "2026-04-01T00:00:00-07:00", policy.InspectionDoubt, policy.Defective},
		{"is refused where the terms say so", "REFUSE", "2026-03-10T09:00:00-07:00", policy.NoRefund, policy.Defective},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			i := inspection(t, policy.Defective)
			i.Claim, i.Request.AsOf = policy.NotFound, instant(t, c.at)
			j := policy.Judge(terms(t, "doaNoFault: "+c.setting), i)
			assert.Equal(t, c.want, j.Outcome)
			assert.Equal(t, []string{"A35"}, j.Deciding())
			assert.Equal(t, c.track, j.Track)
			assert.False(t, j.RefundShipping)
		})
	}
}

func TestOriginalShippingGoesBackWithADefectWhereTheTermsSaySo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		setting string
		reason  policy.Reason
		fate    policy.Fate
		want    bool
	}{
		{"PRO_RATA", policy.Defective, policy.Arrived, true},
		{"PRO_RATA", policy.WrongItem, policy.Lost, true},
		{"PRO_RATA", policy.ChangeOfHeart, policy.Lost, false},
		{"PRO_RATA", policy.Defective, policy.OtherArrived, false},
		{"KEEP", policy.Defective, policy.Arrived, false},
		{"KEEP", policy.ChangeOfHeart, policy.Arrived, false},
	} {
		i := inspection(t, c.reason)
		i.Fate, i.LabelWasOurs = c.fate, true
		assert.Equal(t, c.want, policy.Judge(terms(t, "doaOriginalShipping: "+c.setting), i).RefundShipping, "%+v", c)
	}
}

func TestFeesAreThoseOfThePackingListOnceForEachPieceAndInItsOrder(t *testing.T) {
	t.Parallel()
	i := inspection(t, policy.ChangeOfHeart)
	i.Missing = []string{"stickers", "pouch", "usb-cable", "bracket", "usb-cable", "manual"}
	j := policy.Judge(policy.Default(), i)
	assert.Equal(t, []policy.Fee{{Code: "bracket", Minor: 1200}, {Code: "usb-cable", Minor: 900}, {Code: "pouch", Minor: 50}}, j.Fees)
	assert.Equal(t, []string{"stickers"}, j.FeeNotGiven)

	i.Missing = []string{"stickers"}
	j = policy.Judge(policy.Default(), i)
	assert.Equal(t, "Nothing is charged for what is missing: the packing list gives no fee.", said(t, j.Findings, policy.C2).Say)
	assert.Equal(t, policy.RefundInFull, j.Outcome)
	assert.Empty(t, j.Fees)
	assert.Equal(t, []string{"stickers"}, j.FeeNotGiven)
}

func TestNothingIsCountedWhereNothingIsPaid(t *testing.T) {
	t.Parallel()
	i := inspection(t, policy.Defective)
	i.Missing, i.Modified = []string{"usb-cable", "stickers"}, true
	j := policy.Judge(policy.Default(), i)
	assert.Empty(t, j.Fees)
	assert.Empty(t, j.FeeNotGiven)
	assert.False(t, j.RefundShipping)

	i.Modified, i.Fate, i.LabelWasOurs = false, policy.Lost, true
	assert.Empty(t, policy.Judge(policy.Default(), i).Fees)
}

func TestARuleThatConcernsNothingSaysSo(t *testing.T) {
	t.Parallel()
	heart := inspection(t, policy.ChangeOfHeart)
	heart.Request.Delivery = policy.Unknown
	findings := policy.Judge(policy.Default(), heart).Findings
	for _, id := range []string{policy.W1, policy.N2, policy.A35} {
		assert.Equal(t, policy.Silent, said(t, findings, id).Effect, id)
	}
	heart.Fate = policy.OtherArrived
	for _, id := range []string{policy.C3, policy.W1, policy.N1, policy.N2, policy.A35, policy.C2} {
		assert.Equal(t, policy.Silent, said(t, policy.Judge(policy.Default(), heart).Findings, id).Effect, id)
	}
}

func TestAJudgementSaysWhichDateHandOverWasTestedAgainst(t *testing.T) {
	t.Parallel()
	j := policy.Judge(policy.Default(), inspection(t, policy.Defective))
	sameEnd(t, "2026-03-23T00:00:00-07:00", j.HandOverBefore)
	assert.Equal(t, "2026-03-23T00:00:00-07:00", said(t, j.Findings, policy.N2).Date.Format(time.RFC3339))
}
