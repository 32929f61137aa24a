package policy

import (
	"slices"
	"time"
)

// NextChange is the first instant after AsOf at which Decide would answer with another outcome, as things stand and by all
// that is published: a time that ends, or terms that come into force. nil where no date changes the answer.
func (b *Book) NextChange(f Facts) *time.Time {
	now := b.Decide(f).Outcome
	dates := b.dates(f)
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

// dates are all instants at which an answer about the facts might change.
func (b *Book) dates(f Facts) []time.Time {
	var dates []time.Time
	for _, e := range b.editions {
		dates = append(dates, e.From, e.Terms.fromPurchase(f).end.Before)
		if f.DeliveredAt != nil {
			dates = append(dates, *f.DeliveredAt, e.Terms.fromArrival(f, e.Terms.ChangeOfHeartDays).end.Before,
				e.Terms.fromArrival(f, e.Terms.DOADays).end.Before)
		}
	}
	return dates
}
