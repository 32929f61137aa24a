package explain

import (
	"slices"
	"time"

	"github.com/vysero/returns/internal/policy"
)

// said is what a rule may have said: its id, its effect and, where these do not tell enough, the fact that it used or what
// that fact was.
type said struct {
	id     string
	effect policy.Effect
	fact   string
	value  string
}

// message is how a finding is told.
type message struct {
	id    string
	dated bool // it tells a date, and cannot be told without
}

// tell finds how a finding is told. What a table does not know stays for the sentence of its outcome.
func tell(table map[said]message, f policy.Finding) (message, bool) {
	for _, what := range []said{
		{f.ID(), f.Effect, "", f.Value},
		{f.ID(), f.Effect, f.Fact, ""},
		{f.ID(), f.Effect, "", ""},
	} {
		if m, known := table[what]; known {
			return m, true
		}
	}
	return message{}, false
}

// found says each of the findings that have the effect.
func (s *speech) found(table map[said]message, findings []policy.Finding, effect policy.Effect, end *policy.Deadline) {
	for _, f := range findings {
		m, known := tell(table, f)
		switch {
		case f.Effect != effect || !known:
		case !m.dated:
			s.add(m.id, nil)
		case end != nil:
			s.add(m.id, words{"Date": s.day(end)})
		}
	}
}

var requests = map[said]message{
	{id: policy.W1, effect: policy.ToWarranty}: {id: "worked-first"},

	{id: policy.A37, effect: policy.Refuses}: {id: "too-many"},
	{id: policy.N4, effect: policy.Refuses}:  {id: "abroad"},
	{id: policy.T1, effect: policy.Refuses}:  {id: "mind-late", dated: true},
	{id: policy.T2, effect: policy.Refuses}:  {id: "problem-late", dated: true},

	{id: policy.T1, effect: policy.Waits, value: string(policy.NotShipped)}: {id: "not-shipped"},
	{id: policy.T2, effect: policy.Waits, value: string(policy.NotShipped)}: {id: "not-shipped"},
	{id: policy.T2, effect: policy.Waits, value: string(policy.InTransit)}:  {id: "not-arrived"},

	{id: policy.T1, effect: policy.Doubts}: {id: "arrival-unknown"},
	{id: policy.T2, effect: policy.Doubts}: {id: "arrival-unknown"},
}

// against is the effect that makes an outcome, with the sentence for it where no finding has one of its own.
var against = map[policy.Outcome]struct {
	effect policy.Effect
	plain  string
}{
	policy.Warranty:         {policy.ToWarranty, "warranty"},
	policy.NotEligible:      {policy.Refuses, "refused"},
	policy.NotYet:           {policy.Waits, "not-yet"},
	policy.NeedsReview:      {policy.Doubts, "review"},
	policy.AwaitingEvidence: {policy.Asks, "need-something"},
}

// Verdict explains the answer to a request in one to five sentences, what decided first: the answer, until when it can be
// asked for, what is needed, who pays the postage, until when to send it, what else is open, and whether newer terms count.
// The locale is matched as Match does. Days that are left are told where the question was asked just now. What was filed is
// for Filed.
func (e *Explainer) Verdict(v policy.Verdict, locale string) []string {
	s := e.speech(locale)
	s.answer(v)
	s.evidence(v.Evidence)
	if v.Outcome == policy.AwaitingEvidence || v.Outcome == policy.NeedsReview {
		s.askUntil(v.RequestBefore)
	}
	s.postage(v)
	s.handOver(v)
	for _, other := range v.Alternatives {
		s.alternative(other, v.Outcome)
	}
	if v.LaterTerms {
		s.add("better-terms", nil)
	}
	return s.sentences
}

// answer says the outcome, by what decided. An outcome that is new here is one that a person looks at.
func (s *speech) answer(v policy.Verdict) {
	by, known := against[v.Outcome]
	switch {
	case v.Outcome == policy.Eligible:
		s.eligible(v)
	case v.Outcome == policy.AwaitingEvidence:
		s.evidence(v.Evidence)
	case known:
		s.found(requests, v.Findings, by.effect, v.RequestBefore)
	default:
		by = against[policy.NeedsReview]
	}
	if len(s.sentences) == 0 {
		s.add(by.plain, nil)
	}
}

func (s *speech) eligible(v policy.Verdict) {
	switch {
	case v.RequestBefore != nil && v.RequestBefore.AsOf.IsZero():
		s.add("in-time", nil)
	case v.RequestBefore != nil:
		s.askUntil(v.RequestBefore)
	case onItsWay(v.Findings):
		s.add("on-its-way", nil)
	default:
		s.add("can-return", nil)
	}
}

// onItsWay tells whether the days count from an arrival that is still to come (A1).
func onItsWay(findings []policy.Finding) bool {
	return slices.ContainsFunc(findings, func(f policy.Finding) bool {
		return f.Clause == policy.T1 && f.Effect == policy.Passes && f.Value == string(policy.InTransit)
	})
}

// askUntil says the last day for a request that is still to be made.
func (s *speech) askUntil(end *policy.Deadline) {
	if end != nil && !end.AsOf.IsZero() {
		s.add("ask-until", words{"Date": s.day(end), "Count": end.DaysLeft(time.Time{})})
	}
}

func (s *speech) evidence(missing []policy.Evidence) {
	photos, receipt := slices.Contains(missing, policy.PhotosNeeded), slices.Contains(missing, policy.ReceiptNeeded)
	switch {
	case photos && receipt:
		s.add("need-both", nil)
	case photos:
		s.add("need-photos", nil)
	case receipt:
		s.add("need-receipt", nil)
	}
}

// postage says who pays for sending it back, whether there is a label, and whether original shipping stays paid (S1 to S3).
func (s *speech) postage(v policy.Verdict) { s.postageIn("we-pay", v) }

// postageApproved says the same where the label needs no approval any more.
func (s *speech) postageApproved(v policy.Verdict) { s.postageIn("we-pay-approved", v) }

func (s *speech) postageIn(ours string, v policy.Verdict) {
	id := map[policy.Payer]string{policy.CustomerPays: "you-pay", policy.MerchantPays: ours}[v.ShippingPaidBy]
	if id == "" {
		return
	}
	kept := slices.ContainsFunc(v.Findings, func(f policy.Finding) bool { return f.Clause == policy.S3 && f.Effect == policy.Passes })
	if kept {
		id += "-shipping-kept"
	}
	s.add(id, nil)
}

// handOver says until when it is to be sent; before instructions that is the least (A2).
func (s *speech) handOver(v policy.Verdict) {
	if v.HandOverBefore == nil {
		return
	}
	id := "hand-over"
	for _, f := range v.Findings {
		if f.Clause == policy.N2 && f.Fact == "deliveredAt" {
			id = "hand-over-or-later"
		}
	}
	s.add(id, words{"Date": s.day(v.HandOverBefore)})
}

func (s *speech) alternative(other policy.Alternative, outcome policy.Outcome) {
	switch {
	case other.Kind == policy.ByCancellation:
		s.add("or-cancel", nil)
	case other.Kind == policy.ByWarranty && outcome != policy.Warranty:
		s.add("or-warranty", nil)
	case other.Kind == policy.ByChangeOfHeart && other.Before != nil:
		s.add("or-change-mind-until", words{"Date": s.day(other.Before)})
	case other.Kind == policy.ByChangeOfHeart:
		s.add("or-change-mind", nil)
	}
}
