package policy

import "time"

// whereabouts is what was known of the delivery as of AsOf. A delivery without its date is one of which nobody knows
// when it was, and so is anything that is not a known word.
func whereabouts(f Facts) (Delivery, *time.Time) {
	switch {
	case f.ShippedAt != nil && f.AsOf.Before(*f.ShippedAt):
		return NotShipped, nil
	case f.Delivery == NotShipped, f.Delivery == InTransit:
		return f.Delivery, nil
	case f.Delivery != Delivered, f.DeliveredAt == nil:
		return Unknown, nil
	case f.DeliveredAt.After(f.AsOf):
		return InTransit, nil
	}
	return Delivered, f.DeliveredAt
}

// term is the time in which a request is due: whole days after an event.
type term struct {
	event string // the fact that it counts from
	from  time.Time
	end   Deadline
}

func (t *Terms) fromPurchase(f Facts) *term {
	return &term{event: "purchasedAt", from: f.PurchasedAt, end: t.deadline(f, f.PurchasedAt, t.ChangeOfHeartDays)}
}

func (t *Terms) fromArrival(f Facts, days int) *term {
	return &term{event: "deliveredAt", from: *f.DeliveredAt, end: t.deadline(f, *f.DeliveredAt, days)}
}

// doaTerm is T2's time; nil before the item has arrived, and where nobody knows when it did.
func (t *Terms) doaTerm(f Facts) *term {
	if f.Delivery != Delivered {
		return nil
	}
	return t.fromArrival(f, t.DOADays)
}

// changeOfHeartTerm is T1's time under the clock of the terms (A1); nil where its end cannot be told yet: nothing was
// shipped, or the days count from an arrival that has not happened, or of which nobody knows when it was.
func (t *Terms) changeOfHeartTerm(f Facts) *term {
	switch {
	case f.Delivery == NotShipped:
		return nil
	case t.ChangeOfHeartClock == FromPurchase:
		return t.fromPurchase(f)
	case t.ChangeOfHeartClock == FromArrival && f.Delivery == Delivered:
		return t.fromArrival(f, t.ChangeOfHeartDays)
	case t.ChangeOfHeartClock == FromArrival:
		return nil
	}
	return t.withTail(f)
}

// withTail counts from the purchase, and from arrival where the item had not arrived by the end of that.
func (t *Terms) withTail(f Facts) *term {
	purchase := t.fromPurchase(f)
	switch {
	case f.Delivery == Delivered && !f.DeliveredAt.Before(purchase.end.Before):
		return t.fromArrival(f, t.ChangeOfHeartDays)
	case f.Delivery == InTransit && !f.AsOf.Before(purchase.end.Before):
		return nil
	}
	return purchase
}

func (q *question) changeOfHeartTime() Finding {
	switch {
	case q.f.Reason.DOA():
		return says(T1, "", Silent, "This time limit is for a change of heart.").on("reason", string(q.f.Reason))
	case q.f.Delivery == NotShipped:
		return says(T1, A11, Waits, "The item has not been shipped yet; until it is, the order can be cancelled instead.").
			on("delivery", string(q.f.Delivery))
	case q.due == nil:
		return q.changeOfHeartWithoutArrival()
	case q.inTime():
		return says(T1, A1, Passes, "A change of heart can be requested until the end of %s.", q.due.end.day()).by(q.due)
	}
	return says(T1, A1, Refuses, "A change of heart had to be requested by the end of %s.", q.due.end.day()).by(q.due)
}

// changeOfHeartWithoutArrival speaks where the days count from an arrival whose date is missing: nothing is refused
// on a guess, and nothing is in doubt before the days would be over for an item that came on the day of the purchase.
func (q *question) changeOfHeartWithoutArrival() Finding {
	said := says(T1, A10, Doubts, "The days count from arrival, and when that was is not known: staff have to look.")
	switch {
	case q.f.Delivery == InTransit:
		said = says(T1, A1, Passes, "The item is still under way; the time for a change of heart counts from its arrival.")
	case q.f.AsOf.Before(q.t.fromPurchase(q.f).end.Before):
		said = says(T1, A10, Passes, "Whenever the item arrived, the time for a change of heart is not over yet.")
	}
	return said.on("delivery", string(q.f.Delivery))
}

func (q *question) doaTime() Finding {
	switch {
	case !q.f.Reason.DOA():
		return says(T2, "", Silent, "This time limit is for items that are defective, damaged or wrong on arrival.").
			on("reason", string(q.f.Reason))
	case q.f.Delivery == NotShipped:
		return says(T2, A11, Waits, "The item has not been shipped yet; until it is, the order can be cancelled instead.").
			on("delivery", string(q.f.Delivery))
	case q.f.Delivery == InTransit:
		return says(T2, A11, Waits, "The item has not arrived yet; a defect or damage can be reported when it has.").
			on("delivery", string(q.f.Delivery))
	case q.due == nil:
		return says(T2, A10, Doubts, "When the item arrived is not known: staff have to look.").
			on("delivery", string(q.f.Delivery))
	case q.inTime():
		return says(T2, A5, Passes, "A defect or damage can be reported until the end of %s.", q.due.end.day()).by(q.due)
	}
	return says(T2, A5, Refuses, "A defect or damage had to be reported by the end of %s.", q.due.end.day()).by(q.due)
}

// inTime tells whether the request came before the end of its time; the date of the request counts (A4).
func (q *question) inTime() bool { return q.f.AsOf.Before(q.due.end.Before) }

// by names the event that a term counts from, and its end.
func (f Finding) by(due *term) Finding { return f.at(due.event, due.from).until(&due.end) }
