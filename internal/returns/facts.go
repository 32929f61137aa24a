package returns

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/refund"
)

// factsOf are the facts of a request for some units of an item at an instant: the only way from records to a question.
func factsOf(o *ent.Order, it *ent.Item, l LineInput, at time.Time) policy.Facts {
	f := policy.Facts{
		AsOf: at, Reason: l.Reason, EverWorked: l.EverWorked, PurchasedAt: o.PurchasedAt, ShipToCountry: o.ShipToCountry,
		ShipToZone: o.ShipToZone, Proof: o.Proof, Quantity: l.Quantity, UnitsLeft: it.Quantity - it.UnitsClaimed,
	}
	f.Delivery, f.DeliveredAt, f.ShippedAt = it.Delivery, it.DeliveredAt, it.ShippedAt
	return f
}

// factsNow are the facts of a line's request with what has become known since: evidence, an arrival that was not on
// record, instructions. The date of the request stays (A4).
func factsNow(r *ent.ReturnRequest, line *ent.ReturnLine) policy.Facts {
	f, it := line.Facts, line.Edges.Item
	f.Photos, f.PhotosWaived, f.Instructions = len(r.Edges.Photos), r.PhotosWaived, r.InstructionsAt
	f.Proof = r.Edges.Order.Proof
	if it.Delivery == policy.Delivered {
		f.Delivery, f.DeliveredAt = it.Delivery, it.DeliveredAt
	}
	return f
}

// saleOf is what was paid, around the items that are at hand. What the order has between and behind them stands in as
// lines of their own, made of the sums that were frozen with the order: shares come out as if every line were there.
func saleOf(o *ent.Order, items ...*ent.Item) refund.Sale {
	sale := refund.Sale{Currency: o.Currency, Shipping: o.ShippingMinor}
	items = slices.Clone(items)
	slices.SortFunc(items, func(a, b *ent.Item) int { return a.Position - b.Position })
	var paid int64
	var units int
	fill := func(paidUpTo int64, unitsUpTo int) {
		if unitsUpTo > units {
			rest := refund.SaleLine{ID: "units " + strconv.Itoa(units), Quantity: unitsUpTo - units, Paid: paidUpTo - paid}
			sale.Lines = append(sale.Lines, rest)
		}
		paid, units = paidUpTo, unitsUpTo
	}
	for _, it := range items {
		fill(it.PaidBeforeMinor, it.UnitsBefore)
		sale.Lines = append(sale.Lines, refund.SaleLine{ID: it.ID, Quantity: it.Quantity, Paid: it.PaidMinor, Refunded: it.UnitsRefunded})
		paid, units = paid+it.PaidMinor, units+it.Quantity
	}
	fill(o.ItemsMinor, o.Units)
	return sale
}

// expectation is the unit group that is paid if a line comes back as described, in time, with its claim confirmed. It goes
// through the same judgement as the real thing, so that a preview shows what will be paid.
func expectation(book *policy.Book, it *ent.Item, l LineInput, f policy.Facts) refund.Unit {
	judged := book.Judge(policy.Inspection{
		Request: f, Fate: policy.Arrived, HandedOverAt: &f.AsOf, PackingList: it.PackingList, Packaging: true,
		Missing: slices.Concat(l.MissingPieces, l.MissingOnArrival), MissingOnArrival: l.MissingOnArrival,
		Claim: claimFor(l.Reason),
	}, f.AsOf)
	return unitOf(it.ID, l.Quantity, judged.Outcome, judged)
}

func claimFor(r policy.Reason) policy.Claim {
	if r.DOA() {
		return policy.Confirmed
	}
	return ""
}

// unitOf is a judged group of units as Quote wants it, under the outcome that is in force.
func unitOf(itemID string, units int, outcome policy.InspectionOutcome, j policy.Judgement) refund.Unit {
	u := refund.Unit{Line: itemID, Quantity: units, Pays: pays(outcome), RefundShipping: j.RefundShipping}
	if outcome == policy.RefundLess {
		u.Fees = j.Fees
	}
	return u
}

// inspectedUnit is an inspection as Quote wants it. Where staff decided for a refund that the terms did not give,
// original shipping goes by the track that the return was judged on.
func inspectedUnit(book *policy.Book, line *ent.ReturnLine, ins *ent.Inspection) refund.Unit {
	return UnitUnder(line, ins, ins.Judgement, func(track policy.Reason) bool {
		return book.RefundsShipping(ins.Facts.Request.PurchasedAt, ins.InspectedAt, track)
	})
}

// RefundsShipping tells whether original shipping goes back with units whose outcome staff decided: by the track that they were
// judged on, where they are paid for (S3, A21).
func (s *Service) RefundsShipping(ctx context.Context, ins *ent.Inspection) (bool, error) {
	book, err := s.Terms(ctx)
	return err == nil && pays(ins.Outcome) && book.RefundsShipping(ins.Facts.Request.PurchasedAt, ins.InspectedAt, ins.Judgement.Track), err
}

// pays tells whether money goes back under the outcome.
func pays(o policy.InspectionOutcome) bool { return o == policy.RefundInFull || o == policy.RefundLess }
