package policy

import (
	"time"

	"github.com/vysero/returns/internal/calendar"
)

// deadline ends a term of whole days after an event: at the end of the last day in the merchant's zone, or in the
// zone the order was shipped to where that day ends later (A5, A6).
func (t *Terms) deadline(f Facts, event time.Time, days int) Deadline {
	d := Deadline{Before: calendar.DayEnd(event, days, t.zone), Zone: t.Zone, AsOf: f.AsOf}
	if f.ShipToZone == "" || f.ShipToZone == t.Zone {
		return d
	}
	zone, err := calendar.Zone(f.ShipToZone)
	if err != nil {
		return d
	}
	if there := calendar.DayEnd(event, days, zone); there.After(d.Before) {
		d.Before, d.Zone = there, f.ShipToZone
	}
	return d
}

// HandOverBefore is when the goods have to be in the carrier's hands: by N2's days after arrival, and never earlier
// than the days that A2 leaves after instructions. Before instructions it is N2's date, which they can only move
// later. nil while the clock has not started, because the item has not arrived or nobody knows when (A10).
// Its days left are counted from now, not from the date of the request.
func HandOverBefore(t *Terms, f Facts) *Deadline {
	f.AsOf = time.Time{}
	return t.handOverBefore(f)
}

func (t *Terms) handOverBefore(f Facts) *Deadline {
	if f.Delivery != Delivered || f.DeliveredAt == nil {
		return nil
	}
	days := t.ChangeOfHeartDays
	if f.Reason.DOA() {
		days = t.DOADays
	}
	end := t.deadline(f, *f.DeliveredAt, days)
	if f.Instructions == nil {
		return &end
	}
	if floor := t.deadline(f, *f.Instructions, t.HandOverDays); floor.Before.After(end.Before) {
		return &floor
	}
	return &end
}

// RefundBefore is when the payment provider has to have accepted the refund: business days after the later of
// received and inspected, in the merchant's zone (R2, A29, A30).
func RefundBefore(t *Terms, receivedAt, inspectedAt time.Time) Deadline {
	start := receivedAt
	if inspectedAt.After(start) {
		start = inspectedAt
	}
	return Deadline{Before: t.calendar.BusinessDayEnd(start, t.RefundBusinessDays), Zone: t.Zone}
}

// lastDay is a moment of the last day, on the clocks of its zone.
func (d Deadline) lastDay() time.Time {
	last := d.Before.Add(-1)
	if zone, err := calendar.Zone(d.Zone); err == nil {
		return last.In(zone)
	}
	return last
}

// day writes the last day for people.
func (d Deadline) day() string { return d.lastDay().Format("2 January 2006") }

// LastDay is the last day of the term as an ISO 8601 date on the clocks of its zone: "2026-03-31".
func (d Deadline) LastDay() string { return d.lastDay().Format(time.DateOnly) }

// DaysLeft counts the calendar days that are left of the term in its zone, today included: 1 on the last day, 0 when
// it is over. It counts from AsOf where that is set, else from now.
func (d Deadline) DaysLeft(now time.Time) int {
	if !d.AsOf.IsZero() {
		now = d.AsOf
	}
	if !now.Before(d.Before) {
		return 0
	}
	last := d.lastDay()
	return int(noon(last).Sub(noon(now.In(last.Location())))/(24*time.Hour)) + 1
}

// noon is the day that t's clock shows, written in UTC, where every day has 24 hours.
func noon(t time.Time) time.Time {
	year, month, day := t.Date()
	return time.Date(year, month, day, 12, 0, 0, 0, time.UTC)
}
