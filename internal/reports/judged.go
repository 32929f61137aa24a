package reports

import (
	"context"
	"slices"
	"time"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/inspection"
	"github.com/vysero/returns/ent/item"
	"github.com/vysero/returns/ent/refundrequest"
	"github.com/vysero/returns/ent/returnline"
	"github.com/vysero/returns/ent/returnrequest"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/refund"
)

// returnsAtOnce is how many returns are held in memory with all that belongs to them.
const returnsAtOnce = 500

// judged goes through the returns of the range of which something was inspected: no refund is without. What is asked of
// them is written in documents, which the databases do not read alike.
func (c *count) judged(ctx context.Context) error {
	for at, id := c.in.From, ""; ; {
		page, err := c.page(ctx, at, id)
		if err != nil {
			return err
		}
		for _, r := range page {
			c.take(r)
		}
		if len(page) < c.pageSize {
			return nil
		}
		at, id = page[len(page)-1].RequestedAt, page[len(page)-1].ID
	}
}

// page is the next returns, with lines and inspections in the order in which a settlement goes through them.
func (c *count) page(ctx context.Context, at time.Time, id string) ([]*ent.ReturnRequest, error) {
	next := returnrequest.Or(returnrequest.RequestedAtGT(at), returnrequest.IDGT(id))
	return c.client.ReturnRequest.Query().
		Where(window{at, c.in.To}.requested(), next, returnrequest.HasLinesWith(returnline.HasInspections())).
		Order(returnrequest.ByRequestedAt(), returnrequest.ByID()).Limit(c.pageSize).
		WithRefunds(func(q *ent.RefundRequestQuery) {
			q.Select(
				refundrequest.FieldID, refundrequest.FieldState, refundrequest.FieldCurrency, refundrequest.FieldTotalMinor,
				refundrequest.FieldBreakdown, refundrequest.FieldDueBefore, refundrequest.FieldAcceptedAt, refundrequest.FieldSucceededAt,
			)
		}).
		WithLines(func(q *ent.ReturnLineQuery) {
			q.Order(returnline.ByPosition()).
				WithItem(func(q *ent.ItemQuery) { q.Select(item.FieldID, item.FieldSku) }).
				WithInspections(func(q *ent.InspectionQuery) {
					q.Order(inspection.ByInspectedAt(), inspection.ByID()).Select(
						inspection.FieldID, inspection.FieldRefundID, inspection.FieldSettled, inspection.FieldUnits,
						inspection.FieldOutcome, inspection.FieldFacts, inspection.FieldInspectedAt, inspection.FieldOverridden,
						inspection.FieldJudgement,
					)
				}).
				Select(returnline.FieldID, returnline.FieldItemID, returnline.FieldPosition, returnline.FieldReason)
		}).
		Select(returnrequest.FieldID, returnrequest.FieldRequestedAt, returnrequest.FieldRefundBefore).All(ctx)
}

// take counts one return.
func (c *count) take(r *ent.ReturnRequest) {
	paid, waits := map[string][]*ent.ReturnLine{}, false
	for _, line := range r.Edges.Lines {
		c.unpaid(line)
		for _, ins := range line.Edges.Inspections {
			c.missing(line.Edges.Item.Sku, ins)
			if ins.RefundID != nil {
				paid[*ins.RefundID] = append(paid[*ins.RefundID], line)
			}
			waits = waits || (!ins.Settled && owes(ins.Outcome))
		}
	}
	if waits && r.RefundBefore != nil {
		c.promised(r.RefundBefore.Before, nil)
	}
	for _, d := range r.Edges.Refunds {
		c.promised(d.DueBefore, d.AcceptedAt)
		if d.State != refundrequest.StateSUCCEEDED || d.SucceededAt == nil {
			continue
		}
		c.spans.add(d.SucceededAt.Sub(r.RequestedAt))
		c.refunded(r, d, paid[d.ID])
	}
}

// owes tells whether units with the outcome wait for money, or for somebody's decision about it.
func owes(o policy.InspectionOutcome) bool {
	return slices.Contains([]policy.InspectionOutcome{policy.RefundInFull, policy.RefundLess, policy.InspectionDoubt}, o)
}

// promised counts what became of one date of R2. It is an exclusive end.
func (c *count) promised(before time.Time, made *time.Time) {
	p := &c.done.Promise
	switch {
	case made != nil && made.Before(before):
		p.Kept++
	case made != nil:
		p.Late++
	case c.done.AsOf.Before(before):
		p.Open++
	default:
		p.Overdue++
	}
}

// refunded counts the money of a refund that was made. of are the lines of the inspections that it paid, in order.
func (c *count) refunded(r *ent.ReturnRequest, d *ent.RefundRequest, of []*ent.ReturnLine) {
	m := c.month(r.RequestedAt)
	m.Refunds++
	add(&m.Refunded, d.Currency, d.TotalMinor)
	for i, group := range groups(d.Breakdown) {
		line := owner(r, of, i, group[0].Item)
		var fee, sum int64
		for _, l := range group {
			sum += l.Minor
			if l.Kind == refund.RestockingFee {
				fee -= l.Minor
			}
		}
		add(&c.reasons[line.Reason].Refunded, d.Currency, sum)
		if p := c.skus[line.Edges.Item.Sku]; p != nil {
			p.UnitsRefunded += group[0].Units
			add(&p.Refunded, d.Currency, sum)
		}
		if fee > 0 {
			c.done.Fees.Charged.Count++
			add(&c.done.Fees.Charged.Amount, d.Currency, fee)
			add(&m.Fees, d.Currency, fee)
		}
	}
}

// groups are the lines of a breakdown, those of one inspection together: they follow one another.
func groups(b refund.Breakdown) [][]refund.Line {
	var all [][]refund.Line
	for i, l := range b.Lines {
		if i == 0 || l.Unit != b.Lines[i-1].Unit {
			all = append(all, nil)
		}
		all[len(all)-1] = append(all[len(all)-1], l)
	}
	return all
}

// owner is the line that a group of a breakdown is about. Groups are in the order of the inspections that were paid; where
// records do not say so, the item has to be enough.
func owner(r *ent.ReturnRequest, of []*ent.ReturnLine, i int, itemID string) *ent.ReturnLine {
	if i < len(of) && of[i].ItemID == itemID {
		return of[i]
	}
	at := slices.IndexFunc(r.Edges.Lines, func(l *ent.ReturnLine) bool { return l.ItemID == itemID })
	return r.Edges.Lines[max(at, 0)]
}

// piece is a piece of an article.
type piece struct{ sku, code string }

// missing counts the pieces that units came back without.
func (c *count) missing(sku string, ins *ent.Inspection) {
	if ins.Facts.Fate != policy.Arrived {
		return
	}
	for _, code := range ins.Facts.Missing {
		at := piece{sku, code}
		row := c.pieces[at]
		if row == nil {
			row = &PieceRow{Sku: sku, Code: code}
			c.pieces[at] = row
		}
		row.Units += ins.Units
		if slices.Contains(ins.Facts.MissingOnArrival, code) {
			row.OnArrival += ins.Units
		}
		for _, p := range ins.Facts.PackingList {
			if p.Code == code {
				row.Name = p.Name
			}
		}
	}
}
