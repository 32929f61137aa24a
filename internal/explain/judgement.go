package explain

import (
	"slices"

	"github.com/vysero/returns/internal/policy"
)

// Money is what a judgement does not know: of its own fees, and of what staff put in its place.
type Money struct {
	Currency  string                   // the order's; "" leaves amounts out
	FeeAtMost *int64                   // staff lowered the fee to this, per unit, in minor units (A17); nil: as the terms say
	UnitPaid  *int64                   // what was paid for a unit, rounded up, in minor units: no fee takes more (A17); nil: not known
	Instead   policy.InspectionOutcome // what staff put in the judgement's place; "" where they did not
}

var inspections = map[said]message{
	{id: policy.C3, effect: policy.Refuses, fact: "modified"}:         {id: "modified"},
	{id: policy.C3, effect: policy.Refuses, fact: "damagedOnPurpose"}: {id: "damaged-on-purpose"},
	{id: policy.N1, effect: policy.Refuses, fact: "packaging"}:        {id: "no-packaging"},
	{id: policy.N1, effect: policy.Refuses, fact: "missing"}:          {id: "parts-missing"},
	{id: policy.N2, effect: policy.Refuses}:                           {id: "handed-over-late", dated: true},
	{id: policy.A35, effect: policy.Refuses}:                          {id: "no-fault-refused"},

	{id: policy.W1, effect: policy.ToWarranty}: {id: "failed-in-use"},

	{id: policy.A37, effect: policy.Doubts}: {id: "something-else-came"},
	{id: policy.A36, effect: policy.Doubts}: {id: "lost-with-you"},
	{id: policy.N2, effect: policy.Doubts}:  {id: "when-handed-over"},
	{id: policy.A35, effect: policy.Doubts}: {id: "no-fault-looked-at"},
}

// instead is the effect that makes an outcome without a refund, with the sentence for it where no finding has one of its own.
var instead = map[policy.InspectionOutcome]struct {
	effect policy.Effect
	plain  string
}{
	policy.NoRefund:        {policy.Refuses, "no-refund"},
	policy.WarrantyCase:    {policy.ToWarranty, "warranty"},
	policy.InspectionDoubt: {policy.Doubts, "looked-at"},
}

// Judgement explains what becomes of units that came back in one to five sentences, what decided first: the refund with
// its fee and its share of shipping, or why there is none, and whether newer terms count. The locale is matched as Match
// does. A fee is told per unit, as it is taken: as the terms or staff have it, and never more than the unit's refund. Where
// staff put another outcome in the judgement's place, that is what is told, and nothing that the rules found; RefundShipping
// is then what goes with it.
func (e *Explainer) Judgement(j policy.Judgement, m Money, locale string) []string {
	s := e.speech(locale)
	if m.Instead != "" {
		s.add("decided", nil)
		j = replaced(j, m.Instead)
	}
	if j.Outcome == policy.RefundInFull || j.Outcome == policy.RefundLess {
		s.refund(j, m)
	} else {
		s.withoutRefund(j)
	}
	if j.LaterTerms {
		s.add("better-terms", nil)
	}
	return s.sentences
}

// replaced is a judgement that staff put an outcome in the place of: its fees count for nothing but a deduction.
func replaced(j policy.Judgement, by policy.InspectionOutcome) policy.Judgement {
	kept := policy.Judgement{Outcome: by, Track: j.Track, RefundShipping: j.RefundShipping}
	if by == policy.RefundLess {
		kept.Fees = j.Fees
	}
	return kept
}

// withoutRefund says why there is none, or none yet: the first finding that spoke against it decided.
func (s *speech) withoutRefund(j policy.Judgement) {
	by, known := instead[j.Outcome]
	if !known {
		by = instead[policy.InspectionDoubt]
	}
	before := len(s.sentences)
	first := slices.IndexFunc(j.Findings, func(f policy.Finding) bool { return f.Effect == by.effect })
	if first >= 0 {
		s.found(inspections, j.Findings[first:first+1], by.effect, j.HandOverBefore)
	}
	if len(s.sentences) == before {
		s.add(by.plain, nil)
	}
}

func (s *speech) refund(j policy.Judgement, m Money) {
	if has(j, policy.A35, policy.Reclassifies) {
		s.add("no-fault-change-of-mind", nil)
	}
	s.paid(j, m)
	if m.takesAll(j) && !j.RefundShipping {
		return // nothing is refunded
	}
	if j.RefundShipping {
		s.add("shipping-back", nil)
	} else {
		s.add("shipping-kept", nil)
	}
	excused := slices.ContainsFunc(j.Findings, func(f policy.Finding) bool { return f.Clause == policy.N1 && f.Reading == policy.A18 })
	switch {
	case excused:
		s.add("missing-excused", nil)
	case len(j.FeeNotGiven) > 0 && len(j.Fees) == 0:
		s.add("missing-free", nil)
	}
}

// paid says what is paid for the item itself.
func (s *speech) paid(j policy.Judgement, m Money) {
	fee := m.fee(j)
	amount := s.money(fee, m.Currency)
	switch {
	case has(j, policy.A36, policy.Passes):
		s.add("lost-with-us", nil)
	case fee == 0 && (j.Outcome == policy.RefundInFull || len(j.Fees) > 0):
		s.add("full-refund", nil)
	case m.takesAll(j):
		s.add("fee-takes-all", nil)
	case amount == "" || fee == 0:
		s.add("less-some-fee", nil)
	default:
		s.add("less-fee", words{"Amount": amount, "Count": len(j.Fees)})
	}
}

// fee is the fee per unit as the terms or staff have it, in minor units.
func (m Money) fee(j policy.Judgement) int64 {
	var fee int64
	for _, f := range j.Fees {
		fee += f.Minor
	}
	if m.FeeAtMost != nil {
		fee = min(fee, *m.FeeAtMost)
	}
	return fee
}

// takesAll tells whether the fee comes to what was paid for the unit. One that is less than the dearest unit, which is a
// cent dearer than the others at most, is taken whole from each.
func (m Money) takesAll(j policy.Judgement) bool {
	fee := m.fee(j)
	return m.UnitPaid != nil && fee > 0 && fee >= *m.UnitPaid
}

func has(j policy.Judgement, id string, effect policy.Effect) bool {
	return slices.ContainsFunc(j.Findings, func(f policy.Finding) bool { return f.ID() == id && f.Effect == effect })
}
