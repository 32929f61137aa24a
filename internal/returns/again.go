package returns

import (
	"time"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/refund"
)

// What follows is for whoever asks again what other terms would have answered: records become questions, and judgements
// become money, in the same way as when it counted.

// Asked are the facts of a request for one unit of an item at an instant, as a preview has them.
func Asked(o *ent.Order, it *ent.Item, reason policy.Reason, at time.Time) policy.Facts {
	return factsOf(o, it, LineInput{ItemID: it.ID, Quantity: 1, Reason: reason}, at)
}

// GoesOn tells whether a line with a verdict of the outcome is taken back. Where staff put another one in the verdict's
// place, it is for them to say, whatever the verdict is.
func GoesOn(line *ent.ReturnLine, o policy.Outcome) bool {
	if line.Overridden {
		o = line.Outcome
	}
	return requestable(policy.Verdict{Outcome: o})
}

// SaleOf is what was paid for an order with these items, as if nothing of it had been refunded yet.
func SaleOf(o *ent.Order, items ...*ent.Item) refund.Sale {
	sale := saleOf(o, items...)
	for i := range sale.Lines {
		sale.Lines[i].Refunded = 0
	}
	return sale
}

// UnitUnder is an inspection as refund.Quote wants it, under a judgement of it. What staff put in a judgement's place
// stays: the outcome, and a lower fee. Where that pays, original shipping goes by the track, as shipping tells.
func UnitUnder(line *ent.ReturnLine, ins *ent.Inspection, j policy.Judgement, shipping func(track policy.Reason) bool) refund.Unit {
	outcome := j.Outcome
	if ins.Overridden {
		outcome, j = ins.Outcome, ins.Judgement
	}
	u := unitOf(line.ItemID, ins.Units, outcome, j)
	u.FeeAtMost = ins.FeeAtMostMinor
	if ins.Overridden {
		u.RefundShipping = u.Pays && shipping(j.Track)
	}
	return u
}
