package explain

import (
	"slices"

	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/policy"
)

// Filed is where a line stands whose request was made.
type Filed struct {
	State          lifecycle.State  // of its return
	Reason         policy.Reason    // who pays the postage goes by it (S1, S2), also where the verdict refused
	Outcome        policy.Outcome   // in force: the verdict's, or what staff put in its place
	Overridden     bool             // staff put it there
	HandOverBefore *policy.Deadline // of its return, since instructions were given; nil where there is none
}

// Filed explains where a line stands in one to five sentences, what decided first. What the verdict found is told as long as
// it decides: not where staff put another outcome in its place, and not once the return was approved or has ended. Nobody is
// told to ask for what was asked. The locale is matched as Match does.
func (e *Explainer) Filed(v policy.Verdict, f Filed, locale string) []string {
	s := e.speech(locale)
	switch f.State {
	case lifecycle.Declined:
		s.add("declined", nil)
		s.warranty(v)
	case lifecycle.Cancelled:
		s.add("cancelled", nil)
	case lifecycle.Expired:
		s.add("expired", nil)
	case lifecycle.Requested, lifecycle.AwaitingEvidence:
		if f.Overridden {
			s.instead(v, f)
		} else {
			s.waiting(v, f)
		}
	default:
		s.approved(v, f)
	}
	return s.sentences
}

// waiting tells the verdict of a request that staff have not decided about.
func (s *speech) waiting(v policy.Verdict, f Filed) {
	v = made(v)
	switch {
	case v.Outcome == policy.Eligible && v.RequestBefore == nil:
		s.add("can-return", nil)
	default:
		s.answer(v)
	}
	s.asked(v.Evidence, f)
	refused := slices.Contains([]policy.Outcome{policy.NotEligible, policy.NotYet, policy.Warranty}, v.Outcome)
	if refused { // and filed all the same
		s.add("review", nil)
	}
	s.postage(v)
	s.handOver(v)
	for _, other := range v.Alternatives {
		s.alternative(other, v.Outcome)
	}
	if v.LaterTerms {
		s.add("better-terms", nil)
	}
}

// instead tells what staff put in the verdict's place.
func (s *speech) instead(v policy.Verdict, f Filed) {
	if f.Outcome != policy.Eligible {
		s.add("not-accepted", nil)
		s.warranty(v)
		return
	}
	s.add("accepted", nil)
	s.asked(v.Missing(), f)
	s.postage(paidBy(v, f.Reason))
	s.handOver(v)
}

// approved tells what is to be done, or was done, after the approval.
func (s *speech) approved(v policy.Verdict, f Filed) {
	if f.State != lifecycle.Approved {
		s.add("was-approved", nil)
		return
	}
	s.add("approved", nil)
	s.postageApproved(paidBy(v, f.Reason))
	if f.HandOverBefore != nil {
		s.add("hand-over", words{"Date": s.day(f.HandOverBefore)})
	}
}

// asked says what is missing: what the rules ask for, or else what staff asked for in their own words.
func (s *speech) asked(missing []policy.Evidence, f Filed) {
	s.evidence(missing)
	if f.State == lifecycle.AwaitingEvidence && len(missing) == 0 {
		s.add("need-something", nil)
	}
}

// warranty is the other way that stays open whenever a return is refused.
func (s *speech) warranty(v policy.Verdict) {
	for _, other := range v.Alternatives {
		if other.Kind == policy.ByWarranty {
			s.add("or-warranty", nil)
		}
	}
}

// made is the verdict of a request that was made: no day is left for it. The caller's stays as it is.
func made(v policy.Verdict) policy.Verdict {
	if v.RequestBefore != nil {
		v.RequestBefore = &policy.Deadline{Before: v.RequestBefore.Before, Zone: v.RequestBefore.Zone}
	}
	return v
}

// paidBy says who pays the postage also where the verdict refused, and so said nothing of it.
func paidBy(v policy.Verdict, reason policy.Reason) policy.Verdict {
	v.ShippingPaidBy = policy.CustomerPays
	if policy.PrepaidLabel(reason) {
		v.ShippingPaidBy = policy.MerchantPays
	}
	return v
}
