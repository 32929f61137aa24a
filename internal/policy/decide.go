package policy

import "slices"

// Decide answers whether units of an item may come back for a reason, as of a moment. It looks at nothing but the
// terms and the facts, asks every rule in a fixed order, and keeps what each of them said.
//
// A fact that lies after AsOf is not known yet: an item that is delivered later counts as under way.
func Decide(t *Terms, f Facts) Verdict {
	q := ask(t, f)
	q.handOverBefore = t.handOverBefore(q.f)
	v := Verdict{Findings: make([]Finding, len(requestRules)), TermsVersion: t.Version, TermsDigest: t.digest}
	for i, rule := range requestRules {
		v.Findings[i] = rule.speak(q)
	}
	v.Outcome, _ = decided(v.Findings)
	if q.due != nil && q.domestic() && v.Outcome != Warranty {
		v.RequestBefore = &q.due.end
	}
	v.Alternatives = q.alternatives(v.Findings)
	if v.Outcome == Warranty || v.Outcome == NotEligible || v.Outcome == NotYet {
		return v // nothing is to be sent
	}
	v.HandOverBefore = q.handOverBefore
	v.PrepaidLabel = PrepaidLabel(f.Reason)
	v.ShippingPaidBy = CustomerPays
	if v.PrepaidLabel {
		v.ShippingPaidBy = MerchantPays
	}
	v.Evidence = evidence(v.Findings)
	return v
}

// ClearCut tells whether a request may be approved at once, without staff: a change of heart that nothing speaks
// against, where the terms allow it.
func ClearCut(t *Terms, v Verdict, f Facts) bool {
	return t.AutoApproveChangeOfHeart && f.Reason == ChangeOfHeart && v.Outcome == Eligible
}

// question is one question with the dates that its rules test.
type question struct {
	t              *Terms
	f              Facts
	due            *term     // nil where the time for the request cannot be told
	handOverBefore *Deadline // for the rules that inform; nil while its clock has not started
}

// ask puts a question: it forgets what was not known as of AsOf, and works out until when the request is due.
func ask(t *Terms, f Facts) *question {
	f.Delivery, f.DeliveredAt = whereabouts(f)
	q := &question{t: t, f: f}
	if f.Reason.DOA() {
		q.due = t.doaTerm(f)
	} else {
		q.due = t.changeOfHeartTerm(f)
	}
	return q
}

// changeOfHeart is the same question for a change of heart.
func (q *question) changeOfHeart() *question {
	f := q.f
	f.Reason = ChangeOfHeart
	return ask(q.t, f)
}

// alternatives lists the other ways that are open for the same units, given what the rules found.
func (q *question) alternatives(findings []Finding) []Alternative {
	var open []Alternative
	if q.f.Delivery == NotShipped {
		open = append(open, Alternative{Kind: ByCancellation, Clause: T1, Reading: A11,
			Say: "The item has not been shipped: the order can be cancelled instead."})
	}
	switch {
	case effectOf(findings, W1) == ToWarranty, effectOf(findings, T2) == Refuses:
		open = append(open, Alternative{Kind: ByWarranty, Clause: W1, Reading: A13,
			Say: "The warranty service takes care of defects."})
		open = append(open, q.changeOfHeart().stillOpen()...)
	case !q.domestic():
		open = append(open, Alternative{Kind: ByWarranty, Clause: W1, Reading: A26,
			Say: "The warranty stays open for orders from every country."})
	}
	return open
}

// stillOpen is a change of heart as an alternative, where nothing refuses it.
func (q *question) stillOpen() []Alternative {
	if !q.domestic() || !q.enough() || q.changeOfHeartTime().Effect != Passes {
		return nil
	}
	way := Alternative{Kind: ByChangeOfHeart, Clause: T1, Reading: A13,
		Say: "The item can still be returned as a change of heart, at the customer's postage."}
	if q.due != nil {
		way.Before = &q.due.end
	}
	return []Alternative{way}
}

// effectOf finds what the rule of a clause said.
func effectOf(findings []Finding, clause string) Effect {
	at := slices.IndexFunc(findings, func(f Finding) bool { return f.Clause == clause })
	return findings[at].Effect
}

// evidence lists what findings ask for.
func evidence(findings []Finding) []Evidence {
	var missing []Evidence
	for _, f := range findings {
		switch {
		case f.Effect == Asks && f.Clause == R3:
			missing = append(missing, ReceiptNeeded)
		case f.Effect == Asks:
			missing = append(missing, PhotosNeeded)
		}
	}
	return missing
}

// ranks are the effects that speak against the plain course of a request, the one that wins first.
var ranks = []struct {
	effect  Effect
	outcome Outcome
}{
	{ToWarranty, Warranty},
	{Refuses, NotEligible},
	{Waits, NotYet},
	{Doubts, NeedsReview},
	{Asks, AwaitingEvidence},
}

// decided is the outcome of a request, with the ids of all findings that had the winning effect.
func decided(findings []Finding) (Outcome, []string) {
	for _, rank := range ranks {
		if ids := idsOf(findings, rank.effect); ids != nil {
			return rank.outcome, ids
		}
	}
	return Eligible, nil
}

func idsOf(findings []Finding, effect Effect) []string {
	var ids []string
	for _, f := range findings {
		if f.Effect == effect {
			ids = append(ids, f.ID())
		}
	}
	return ids
}
