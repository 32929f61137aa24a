package policy

import (
	"slices"
	"time"
)

// NextChange is the first instant after AsOf at which Decide would answer with another outcome, as things stand and by all
// that is published: a time that ends, or terms that come into force. nil where no date changes the answer.
func (b *Book) NextChange(f Facts) *time.Time {
	now := b.Decide(f).Outcome
	dates := b.Turns(f)
	slices.SortFunc(dates, time.Time.Compare)
	for _, date := range dates {
		if !date.After(f.AsOf) {
			continue
		}
		then := f
		then.AsOf = date
		if b.Decide(then).Outcome != now {
			return &date
		}
	}
	return nil
}

// Turns are the instants at which an answer about the facts may become another one under the book: a parcel that leaves or
// arrives, the end of the time for the request, terms that come into force. They are in no order, and some may come twice;
// between two that follow one another, nothing changes by itself.
func (b *Book) Turns(f Facts) []time.Time {
	var dates []time.Time
	for _, at := range []*time.Time{f.ShippedAt, f.DeliveredAt} {
		if at != nil {
			dates = append(dates, *at)
		}
	}
	for _, e := range b.editions {
		dates = append(append(dates, e.From), e.Terms.Ends(f)...)
	}
	return dates
}

// Ends are the instants at which the time for a request about the facts may end under the terms (T1, T2), under each clock
// that they could have (A1): the first instant that is too late.
func (t *Terms) Ends(f Facts) []time.Time {
	var ends []time.Time
	days := t.DOADays
	if !f.Reason.DOA() {
		days = t.ChangeOfHeartDays
		ends = append(ends, t.fromPurchase(f).end.Before)
	}
	if f.DeliveredAt != nil {
		ends = append(ends, t.fromArrival(f, days).end.Before)
	}
	return ends
}
