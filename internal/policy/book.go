package policy

import (
	"errors"
	"slices"
	"time"
)

// Edition is terms that were published, with the instant from which they are in force.
type Edition struct {
	From  time.Time
	Terms *Terms
}

// Book is every edition of the terms, the earliest first. An order keeps the one that was in force at its purchase; a
// later one answers a question where its answer is better for the customer in some way and worse in none (A39). A Book is
// never changed and may be shared between goroutines.
type Book struct{ editions []Edition }

// ErrNoEdition is a book without terms, or one in which two editions begin at once.
var ErrNoEdition = errors.New("a book of terms needs editions that begin one after the other")

// NewBook binds editions. The first is in force also before its own beginning: there were terms before there was a book.
func NewBook(editions ...Edition) (*Book, error) {
	sorted := slices.SortedFunc(slices.Values(editions), func(a, b Edition) int { return a.From.Compare(b.From) })
	if len(sorted) == 0 {
		return nil, ErrNoEdition
	}
	for i, e := range sorted {
		if e.Terms == nil || (i > 0 && !sorted[i-1].From.Before(e.From)) {
			return nil, ErrNoEdition
		}
	}
	return &Book{editions: sorted}, nil
}

// Only is the book of terms that were never anything else.
func Only(t *Terms) *Book { return &Book{editions: []Edition{{Terms: t}}} }

// Editions lists them, the earliest first. The slice is the caller's own.
func (b *Book) Editions() []Edition { return slices.Clone(b.editions) }

// At is the edition in force at an instant.
func (b *Book) At(at time.Time) Edition {
	in := b.editions[0]
	for _, e := range b.editions[1:] {
		if !e.From.After(at) {
			in = e
		}
	}
	return in
}

// ByDigest finds the terms with a digest.
func (b *Book) ByDigest(digest string) (*Terms, bool) {
	at := slices.IndexFunc(b.editions, func(e Edition) bool { return e.Terms.digest == digest })
	if at < 0 {
		return nil, false
	}
	return b.editions[at].Terms, true
}

// applicable are the editions that may answer a question about a purchase, as of an instant: the one of the purchase
// first, then those that came into force since.
func (b *Book) applicable(purchased, asOf time.Time) []Edition {
	list := []Edition{b.At(purchased)}
	for _, e := range b.editions {
		if e.From.After(purchased) && !e.From.After(asOf) {
			list = append(list, e)
		}
	}
	return list
}

// Decide answers whether units may come back, by the terms of the purchase, or by later ones where these answer better. What
// else is open for them is a question of its own: each other way is the best that any of the applicable terms gives.
func (b *Book) Decide(f Facts) Verdict {
	editions := b.applicable(f.PurchasedAt, f.AsOf)
	best := Decide(editions[0].Terms, f)
	if len(editions) == 1 {
		return best
	}
	all := []Verdict{best}
	for _, e := range editions[1:] {
		v := Decide(e.Terms, f)
		all = append(all, v)
		if better(best, v) {
			best = v
			best.LaterTerms = true
		}
	}
	if !open(best.Outcome) {
		for _, v := range all {
			best.Alternatives = widened(best.Alternatives, v.Alternatives, v.TermsDigest)
		}
	}
	return best
}

// inOrder is how the other ways are listed.
var inOrder = []AlternativeKind{ByCancellation, ByWarranty, ByChangeOfHeart}

// widened takes over, from the ways that other terms leave open, those that are further ones or open longer.
func widened(own, others []Alternative, digest string) []Alternative {
	list := slices.Clone(own)
	for _, way := range others {
		at := slices.IndexFunc(list, func(a Alternative) bool { return a.Kind == way.Kind })
		way.TermsDigest = digest
		switch {
		case at < 0:
			list = append(list, way)
		case ends(list[at].Before, way.Before, true, true) > 0:
			list[at] = way
		}
	}
	slices.SortFunc(list, func(a, b Alternative) int { return slices.Index(inOrder, a.Kind) - slices.Index(inOrder, b.Kind) })
	return list
}

// Again makes a verdict again as it was made: by the terms that it names, and each way that others left open by those. named
// finds terms by their digest; known is false where it does not find the verdict's.
func Again(v Verdict, f Facts, named func(digest string) (*Terms, bool)) (again Verdict, known bool) {
	t, known := named(v.TermsDigest)
	if !known {
		return again, false
	}
	again = Decide(t, f)
	again.LaterTerms = v.LaterTerms
	for _, way := range v.Alternatives {
		if other, known := named(way.TermsDigest); known {
			theirs := slices.DeleteFunc(Decide(other, f).Alternatives, func(a Alternative) bool { return a.Kind != way.Kind })
			again.Alternatives = widened(again.Alternatives, theirs, way.TermsDigest)
		}
	}
	return again, true
}

// Judge answers what becomes of inspected units, likewise. asOf is the instant of the judgement.
func (b *Book) Judge(i Inspection, asOf time.Time) Judgement {
	editions := b.applicable(i.Request.PurchasedAt, asOf)
	best := Judge(editions[0].Terms, i)
	for _, e := range editions[1:] {
		if j := Judge(e.Terms, i); betterJudged(best, j) {
			best = j
			best.LaterTerms = true
		}
	}
	return best
}

// HandOverBefore is the latest of the dates that the applicable terms give; nil where the clock has not started.
func (b *Book) HandOverBefore(f Facts, asOf time.Time) *Deadline {
	var latest *Deadline
	for _, e := range b.applicable(f.PurchasedAt, asOf) {
		if end := HandOverBefore(e.Terms, f); end != nil && (latest == nil || end.Before.After(latest.Before)) {
			latest = end
		}
	}
	return latest
}

// RefundBefore is the earliest of the dates by which the applicable terms promise the refund (R2).
func (b *Book) RefundBefore(purchased, receivedAt, inspectedAt time.Time) Deadline {
	editions := b.applicable(purchased, inspectedAt)
	first := RefundBefore(editions[0].Terms, receivedAt, inspectedAt)
	for _, e := range editions[1:] {
		if end := RefundBefore(e.Terms, receivedAt, inspectedAt); end.Before.Before(first.Before) {
			first = end
		}
	}
	return first
}

// RefundsShipping tells whether one of the applicable terms gives the share of original shipping back on that track.
func (b *Book) RefundsShipping(purchased, asOf time.Time, track Reason) bool {
	return slices.ContainsFunc(b.applicable(purchased, asOf), func(e Edition) bool { return e.Terms.RefundsShipping(track) })
}

// ClearCut tells whether a request with the verdict may be approved at once: whether one of the applicable terms both allows it
// and says so.
func (b *Book) ClearCut(v Verdict, f Facts) bool {
	return v.Outcome == Eligible && slices.ContainsFunc(b.applicable(f.PurchasedAt, f.AsOf), func(e Edition) bool {
		return ClearCut(e.Terms, Decide(e.Terms, f), f)
	})
}

// kindness orders the outcomes of a request by what they are worth to a customer.
var kindness = []Outcome{NotEligible, Warranty, NotYet, NeedsReview, AwaitingEvidence, Eligible}

// better tells whether the second verdict is better for the customer than the first in some way, and worse in none.
func better(a, b Verdict) bool {
	return pareto(
		slices.Index(kindness, b.Outcome)-slices.Index(kindness, a.Outcome),
		ends(a.RequestBefore, b.RequestBefore, open(a.Outcome), open(b.Outcome)),
		ends(a.HandOverBefore, b.HandOverBefore, open(a.Outcome), open(b.Outcome)),
		yes(b.ShippingPaidBy == MerchantPays)-yes(a.ShippingPaidBy == MerchantPays),
		yes(b.PrepaidLabel)-yes(a.PrepaidLabel),
		len(a.Missing())-len(b.Missing()),
	)
}

// open tells whether a request with the outcome can go on, so that a date that is not there is one that does not press.
func open(o Outcome) bool { return o != NotEligible && o != Warranty }

// ends compares two dates, the later one being better. Where a date is missing in an answer that is open, nothing ends.
func ends(a, b *Deadline, openA, openB bool) int {
	switch {
	case a == nil && b == nil:
		return 0
	case b == nil:
		return yes(openB)*2 - 1
	case a == nil:
		return 1 - yes(openA)*2
	}
	return b.Before.Compare(a.Before)
}

// mercy orders the outcomes of an inspection by what they are worth to a customer.
var mercy = []InspectionOutcome{NoRefund, WarrantyCase, InspectionDoubt, RefundLess, RefundInFull}

// betterJudged tells the same of two judgements.
func betterJudged(a, b Judgement) bool {
	return pareto(
		slices.Index(mercy, b.Outcome)-slices.Index(mercy, a.Outcome),
		yes(b.RefundShipping)-yes(a.RefundShipping),
	)
}

func yes(b bool) int {
	if b {
		return 1
	}
	return 0
}

// pareto tells whether some difference is for the better, and none for the worse.
func pareto(differences ...int) bool {
	return slices.Max(differences) > 0 && slices.Min(differences) >= 0
}
