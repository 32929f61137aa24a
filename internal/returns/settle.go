package returns

import (
	"context"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/item"
	"github.com/vysero/returns/ent/order"
	"github.com/vysero/returns/ent/payment"
	"github.com/vysero/returns/ent/refundrequest"
	"github.com/vysero/returns/ent/transfer"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/money"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/refund"
	"github.com/vysero/returns/internal/store"
)

// settlement is what settling a return does: the judged units that are ready, and the money they come to.
type settlement struct {
	ready     []judgedUnits
	waiting   int // groups that a person has to decide about first: in doubt, or under an override that a second person has not seen
	breakdown refund.Breakdown
}

type judgedUnits struct {
	line *ent.ReturnLine
	ins  *ent.Inspection
	unit refund.Unit
}

// payable is what can be settled of a return now: nothing of the units under an override that waits for a second person,
// all of the others that are judged. Preview and payment both come from it.
func (s *Service) payable(ctx context.Context, client *ent.Client, ret *ent.ReturnRequest, book *policy.Book) (settlement, error) {
	held, err := proposed(ctx, client, ret.ID)
	if err != nil {
		return settlement{}, err
	}
	return s.settlementOf(ctx, client, ret, book, held)
}

// settlementOf counts what a return's judged and unsettled units come to, without the inspections that are held back.
func (s *Service) settlementOf(
	ctx context.Context, client *ent.Client, ret *ent.ReturnRequest, book *policy.Book, held map[string]bool,
) (settlement, error) {
	var st settlement
	var units []refund.Unit
	for _, line := range ret.Edges.Lines {
		for _, ins := range line.Edges.Inspections {
			switch {
			case ins.Settled:
			case ins.Outcome == policy.InspectionDoubt, held[ins.ID]:
				st.waiting++
			default:
				unit := inspectedUnit(book, line, ins)
				st.ready = append(st.ready, judgedUnits{line: line, ins: ins, unit: unit})
				units = append(units, unit)
			}
		}
	}
	items, err := client.Item.Query().Where(item.OrderID(ret.OrderID)).All(ctx)
	if err != nil {
		return st, err
	}
	st.breakdown, err = refund.Quote(saleOf(ret.Edges.Order, items...), units)
	return st, err
}

// SettlementPreview is what Settle would pay now. It writes nothing.
func (s *Service) SettlementPreview(ctx context.Context, id string) (*refund.Breakdown, error) {
	if _, err := auth.May(ctx, auth.WorkQueue); err != nil {
		return nil, err
	}
	ret, err := whole(ctx, store.Tx{Client: s.DB.Client}, id)
	if err != nil {
		return nil, err
	}
	book, err := s.Terms(ctx)
	if err != nil {
		return nil, err
	}
	st, err := s.payable(ctx, s.DB.Client, ret, book)
	if err != nil {
		return nil, err
	}
	return &st.breakdown, nil
}

// Settle books the refund of the units that are judged, and asks the payment provider once that is written down; or closes
// the return where nothing is to be paid. While more is to come, or waits for a person, what nobody disputes is settled ahead.
func (s *Service) Settle(ctx context.Context, in SettleInput) (*ent.ReturnRequest, *ent.RefundRequest, error) {
	unkeyed := in
	unkeyed.IdempotencyKey = ""
	u, err := useOf("returnSettle", in.IdempotencyKey, unkeyed)
	if err != nil {
		return nil, nil, err
	}
	var refundID string
	st := step{do: lifecycle.Settle, id: in.ID, revision: in.Revision, use: u}
	_, err = s.change(ctx, st, func(ctx context.Context, c *change) error {
		if refundID, err = c.settle(ctx, in.ExpectedTotal); err != nil || refundID == "" {
			return err
		}
		c.refundID = refundID
		return s.queue(ctx, c.Tx, SubmitRefund{RefundID: refundID})
	})
	switch first := answered(err); {
	case first != nil:
		refundID = first.RefundID
	case err != nil:
		return nil, nil, err
	default:
		if refundID != "" {
			s.payNow(ctx, refundID)
		}
		u.done(ctx, s, auth.From(ctx))
	}
	return s.settled(ctx, in.ID, refundID)
}

// settled reads what a settlement answers with.
func (s *Service) settled(ctx context.Context, returnID, refundID string) (*ent.ReturnRequest, *ent.RefundRequest, error) {
	ret, err := s.Get(ctx, returnID)
	if err != nil || refundID == "" {
		return ret, nil, err
	}
	paid, err := s.refund(ctx, refundID)
	return ret, paid, err
}

// settle writes the intent: the refund with a transfer for each payment, reserved before any provider is asked. Shares are
// counted in the order in which units are settled, over all returns of an order (A20, A22), so that these settle one after
// the other: the order is held, after the return as everywhere.
func (c *change) settle(ctx context.Context, expected *money.Text) (refundID string, err error) {
	if _, err := store.Hold(c.Tx, c.Order.Query().Where(order.ID(c.ret.OrderID))).OnlyID(ctx); err != nil {
		return "", err
	}
	st, err := c.s.payable(ctx, c.Client, c.ret, c.book)
	if err != nil {
		return "", err
	}
	switch {
	case len(st.ready) == 0 && st.waiting > 0:
		return "", fault.Clash(fault.CodeReview, "What is left needs a person first: "+
			"an outcome in the judgement's place, with a reason, or a second person for an override that waits.")
	case len(st.ready) == 0:
		return "", fault.Clash(fault.CodeState, "No unit is judged that is not settled.")
	}
	total := st.breakdown.Total
	if expected != nil {
		saw, err := expected.In(c.ret.Edges.Order.Currency, "expectedTotal")
		if err != nil {
			return "", err
		}
		if saw != total {
			return "", fault.Clash(fault.CodeStale, "The refund is %s by now; look at it again.", c.amount(total))
		}
	}
	if total > 0 {
		if refundID, err = c.bookRefund(ctx, st.breakdown); err != nil {
			return "", err
		}
	}
	if err := c.close(ctx, st.ready, refundID); err != nil {
		return "", err
	}
	c.after["total"] = c.amount(total).String()
	c.concluded(st, total)
	return refundID, nil
}

func (c *change) amount(minor int64) money.Amount {
	return money.Amount{Minor: minor, Currency: c.ret.Edges.Order.Currency}
}

// bookRefund writes a refund and reserves its parts on the payments (A32).
func (c *change) bookRefund(ctx context.Context, b refund.Breakdown) (string, error) {
	payments, err := c.Payment.Query().Where(payment.OrderID(c.ret.OrderID)).Order(payment.ByPosition()).All(ctx)
	if err != nil {
		return "", err
	}
	refundable := make([]int64, len(payments))
	for i, p := range payments {
		refundable[i] = p.CapturedMinor - p.RefundedMinor
	}
	parts, err := refund.Allocate(b.Total, refundable)
	if err != nil {
		return "", err
	}
	create := c.RefundRequest.Create().SetID(c.s.NewID("ref")).SetCustomerID(c.ret.CustomerID).SetOrderID(c.ret.OrderID).
		SetReturnID(c.ret.ID).SetState(refundrequest.StatePENDING).SetCurrency(b.Currency).SetTotalMinor(b.Total).
		SetBreakdown(b).SetDueBefore(c.due.refund.Before).SetCreatedAt(c.Now).SetCreatedBy(c.who.ID)
	duty, err := create.Save(ctx)
	if err != nil {
		return "", err
	}
	if err := (&books{Tx: c.Tx, s: c.s}).post(ctx, owedEntry(duty)); err != nil {
		return "", err
	}
	for i, part := range parts {
		if part == 0 {
			continue
		}
		if err := c.s.reserve(ctx, c.Tx, reservation{refund: duty, payment: payments[i], minor: part, attempt: 1}); err != nil {
			return "", err
		}
	}
	return duty.ID, nil
}

// reservation is a part of a refund that is to go back to a payment.
type reservation struct {
	refund   *ent.RefundRequest
	payment  *ent.Payment
	minor    int64
	attempt  int
	replaces *string // the transfer that failed
	outside  string  // how it was paid by other means; then there is nothing to ask for
}

// reserve takes the part from what is refundable on the payment and writes the transfer down.
func (s *Service) reserve(ctx context.Context, tx store.Tx, r reservation) error {
	if err := s.room(ctx, tx, r.payment, r.minor); err != nil {
		return err
	}
	_, err := s.intend(ctx, tx, r)
	return err
}

// room takes so much of what is refundable on the payment. More than was captured is never taken, whoever else is at it.
func (s *Service) room(ctx context.Context, tx store.Tx, p *ent.Payment, minor int64) error {
	n, err := tx.Payment.Update().Where(payment.ID(p.ID), payment.RefundedMinorLTE(p.CapturedMinor-minor)).
		AddRefundedMinor(minor).Save(ctx)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.Clash(fault.CodeAmount, "More would go back to a payment than was captured on it.")
	}
	return nil
}

// intend writes a transfer down, with the key under which the provider will be asked. Whoever writes it has a head start.
func (s *Service) intend(ctx context.Context, tx store.Tx, r reservation) (*ent.Transfer, error) {
	id := s.NewID("trf")
	create := tx.Transfer.Create().SetID(id).SetKey(id).SetCustomerID(r.refund.CustomerID).SetRefundID(r.refund.ID).
		SetPaymentID(r.payment.ID).SetAttempt(r.attempt).SetNillableReplaces(r.replaces).SetCurrency(r.refund.Currency).
		SetAmountMinor(r.minor).SetCreatedAt(tx.Now)
	if r.outside != "" {
		return create.SetOutside(r.outside).SetState(transfer.StateSUCCEEDED).SetSucceededAt(tx.Now).Save(ctx)
	}
	return create.SetState(transfer.StateRESERVED).SetAskBefore(tx.Now.Add(headStart)).Save(ctx)
}

// close marks the units as settled: paid ones are used up for good, the others may be asked for again (A37).
func (c *change) close(ctx context.Context, ready []judgedUnits, refundID string) error {
	for _, u := range ready {
		update := c.Inspection.UpdateOneID(u.ins.ID).SetSettled(true)
		if refundID != "" && u.unit.Pays {
			update.SetRefundID(refundID)
		}
		if err := update.Exec(ctx); err != nil {
			return err
		}
		if !u.unit.Pays {
			if err := c.free(ctx, u.line.ItemID, u.ins.Units); err != nil {
				return err
			}
			continue
		}
		if err := c.Item.UpdateOneID(u.line.ItemID).AddUnitsRefunded(u.ins.Units).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// concluded chooses the state after a settlement, and until when what is owed is to be paid. The last settlement is the one
// after which no unit is to come, and none waits for a person.
func (c *change) concluded(st settlement, total int64) {
	final := c.ret.State == lifecycle.Inspected && st.waiting == 0
	open, paid, failed := total > 0, total > 0, false
	for _, r := range c.ret.Edges.Refunds {
		open = open || r.State != refundrequest.StateSUCCEEDED
		failed = failed || r.State == refundrequest.StateFAILED
		paid = true
	}
	switch {
	case !final:
	case failed && total == 0:
		c.to = lifecycle.RefundFailed
	case open:
		c.to = lifecycle.Refunding
	case paid:
		c.to = lifecycle.Refunded
	default:
		c.to = lifecycle.Closed
	}
	if st.waiting == 0 && total == 0 { // what is left to owe are the refunds before this one
		c.due.refund = unpaid(c.book, c.ret.Edges.Refunds)
	}
	if c.due.refund == nil && !processed(c.to) {
		c.ClearRefundBefore()
	}
}
