package terms

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/inspection"
	"github.com/vysero/returns/ent/item"
	"github.com/vysero/returns/ent/order"
	"github.com/vysero/returns/ent/predicate"
	"github.com/vysero/returns/ent/refusal"
	"github.com/vysero/returns/ent/returnline"
	"github.com/vysero/returns/ent/returnrequest"
	"github.com/vysero/returns/internal/fault"
)

// span is what a simulation is about: returns and refusals by their request and orders by their purchase, from an instant on
// and before another one; as it was asked at a third, after which nothing is known.
type span struct{ from, to, at time.Time }

// spanOf checks a range. One that ends where it begins is empty.
func spanOf(from, to, now time.Time) (span, error) {
	in := span{from: from.UTC().Truncate(time.Microsecond), to: to.UTC().Truncate(time.Microsecond), at: now}
	if in.to.Before(in.from) {
		return in, fault.Bad(fault.CodeInvalid, "to", "A range does not end before it begins.")
	}
	return in, nil
}

// asOf is the last instant at which orders without returns are asked about: the end of the range, or now where that is earlier.
func (in span) asOf() time.Time {
	if in.at.Before(in.to) {
		return in.at
	}
	return in.to
}

// The parts of a walk, in their order.
const (
	partReturns  = "returns"
	partOrders   = "orders"
	partRefusals = "refusals"
	partOver     = "over"
)

// place is where a walk stands: the last row of a part that is in the report.
type place struct {
	part string
	at   time.Time
	id   string
}

// String writes a place down; placeAt reads it. The beginning is empty.
func (p place) String() string {
	if p.part == "" {
		return ""
	}
	return strings.Join([]string{p.part, p.at.Format(time.RFC3339Nano), p.id}, " ")
}

func placeAt(text string) (place, error) {
	if text == "" {
		return place{part: partReturns}, nil
	}
	words := strings.SplitN(text, " ", 3)
	if len(words) != 3 {
		return place{}, fmt.Errorf("%q is no place of a simulation", text)
	}
	at, err := time.Parse(time.RFC3339Nano, words[1])
	return place{part: words[0], at: at, id: words[2]}, err
}

// onePage is how many rows a walk holds at once.
const onePage = 500

// walk goes through the rows of a range, page by page. Rows are found by their instants, which are indexed, and by their
// ids where these are the same.
type walk struct {
	*simulator

	client *ent.Client
	in     span
	place  place
	done   int // rows that are in the report
}

// page replays the next rows and tells whether that was all.
func (w *walk) page(ctx context.Context) (over bool, err error) {
	rows := 0
	switch w.place.part {
	case partReturns:
		rows, err = w.pageOfReturns(ctx)
		if err == nil && rows < onePage {
			w.place = place{part: partOrders}
		}
	case partOrders:
		rows, err = w.pageOfOrders(ctx)
		if err == nil && rows < onePage {
			w.place = place{part: partRefusals}
		}
	case partRefusals:
		rows, err = w.pageOfRefusals(ctx)
		if err == nil && rows < onePage {
			w.place = place{part: partOver}
		}
	}
	w.done += rows
	return w.place.part == partOver, err
}

// since is where the next page begins.
func (w *walk) since() time.Time {
	if w.place.at.Before(w.in.from) {
		return w.in.from
	}
	return w.place.at
}

func (w *walk) pageOfReturns(ctx context.Context) (rows int, err error) {
	since := w.since()
	page, err := w.client.ReturnRequest.Query().
		Where(w.in.ofReturns(), returnrequest.RequestedAtGTE(since), returnrequest.Or(returnrequest.RequestedAtGT(since), returnrequest.IDGT(w.place.id))).
		Order(returnrequest.ByRequestedAt(), returnrequest.ByID()).Limit(onePage).
		WithOrder(func(q *ent.OrderQuery) { q.WithItems() }).
		WithLines(func(q *ent.ReturnLineQuery) {
			q.Order(returnline.ByPosition()).WithInspections(func(q *ent.InspectionQuery) { q.Order(inspection.ByID()) })
		}).All(ctx)
	if err != nil {
		return 0, err
	}
	for _, r := range page {
		if err := w.returned(r); err != nil {
			return 0, err
		}
		w.place = place{part: partReturns, at: r.RequestedAt, id: r.ID}
	}
	return len(page), nil
}

func (w *walk) pageOfOrders(ctx context.Context) (rows int, err error) {
	since := w.since()
	page, err := w.client.Order.Query().
		Where(w.in.ofOrders(), order.PurchasedAtGTE(since), order.Or(order.PurchasedAtGT(since), order.IDGT(w.place.id))).
		Order(order.ByPurchasedAt(), order.ByID()).Limit(onePage).
		WithItems(func(q *ent.ItemQuery) { q.Order(item.ByPosition()) }).All(ctx)
	if err != nil {
		return 0, err
	}
	for _, o := range page {
		w.ordered(o, w.in)
		w.place = place{part: partOrders, at: o.PurchasedAt, id: o.ID}
	}
	return len(page), nil
}

func (w *walk) pageOfRefusals(ctx context.Context) (rows int, err error) {
	since := w.since()
	page, err := w.client.Refusal.Query().
		Where(w.in.ofRefusals(), refusal.AskedAtGTE(since), refusal.Or(refusal.AskedAtGT(since), refusal.IDGT(w.place.id))).
		Order(refusal.ByAskedAt(), refusal.ByID()).Limit(onePage).WithOrder().All(ctx)
	if err != nil {
		return 0, err
	}
	for _, r := range page {
		w.refused(r)
		w.place = place{part: partRefusals, at: r.AskedAt, id: r.ID}
	}
	return len(page), nil
}

// ofReturns are the returns of the range.
func (in span) ofReturns() predicate.ReturnRequest {
	return returnrequest.And(returnrequest.RequestedAtGTE(in.from), returnrequest.RequestedAtLT(in.to))
}

// ofOrders are the orders of the range that have no returns.
func (in span) ofOrders() predicate.Order {
	return order.And(order.PurchasedAtGTE(in.from), order.PurchasedAtLT(in.to), order.Not(order.HasReturns()))
}

// ofRefusals are the requests of the range that were refused, line by line.
func (in span) ofRefusals() predicate.Refusal {
	return refusal.And(refusal.AskedAtGTE(in.from), refusal.AskedAtLT(in.to))
}

// count is how many rows a walk through the range meets.
func (in span) count(ctx context.Context, client *ent.Client) (int, error) {
	filed, err := client.ReturnRequest.Query().Where(in.ofReturns()).Count(ctx)
	if err != nil {
		return 0, err
	}
	quiet, err := client.Order.Query().Where(in.ofOrders()).Count(ctx)
	if err != nil {
		return 0, err
	}
	refused, err := client.Refusal.Query().Where(in.ofRefusals()).Count(ctx)
	return filed + quiet + refused, err
}
