package returns

import (
	"context"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/payment"
	"github.com/vysero/returns/ent/refundrequest"
	"github.com/vysero/returns/ent/transfer"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/lifecycle"
	port "github.com/vysero/returns/internal/payment"
	"github.com/vysero/returns/internal/store"
)

// RetryRefund tries again: a transfer that the provider refused gets a new attempt with a new key, one that was never
// answered is asked for with the same key.
func (s *Service) RetryRefund(ctx context.Context, in RetryInput) (*ent.RefundRequest, error) {
	return s.again(ctx, remedy{
		right: auth.RetryRefund, name: "refundRetry", refundID: in.ID, key: in.IdempotencyKey, input: RetryInput{ID: in.ID},
		work: func(ctx context.Context, b *books, who auth.Principal) error { return b.tryAgain(ctx, who) },
	})
}

// RerouteRefund pays a part whose method is gone in a way that the customer agreed to (A32): back to another payment of
// the same order, or by means outside of the provider that staff have used already. Nothing else ends such a refund: money
// never goes another way by itself.
func (s *Service) RerouteRefund(ctx context.Context, in RerouteInput) (*ent.RefundRequest, error) {
	unkeyed := in
	unkeyed.IdempotencyKey = ""
	return s.again(ctx, remedy{
		right: auth.RerouteRefund, name: "refundReroute", refundID: in.ID, key: in.IdempotencyKey, input: unkeyed,
		work: func(ctx context.Context, b *books, who auth.Principal) error { return b.reroute(ctx, in, who) },
	})
}

// remedy is what staff do about a refund that is not paid.
type remedy struct {
	right    auth.Action
	name     string
	refundID string
	key      string
	input    any
	work     func(ctx context.Context, b *books, who auth.Principal) error
}

// again runs a remedy in one transaction, and then asks the provider.
func (s *Service) again(ctx context.Context, m remedy) (*ent.RefundRequest, error) {
	who, err := auth.May(ctx, m.right)
	if err != nil {
		return nil, err
	}
	u, err := useOf(m.name, m.key, m.input)
	if err != nil {
		return nil, err
	}
	duty, err := s.refund(ctx, m.refundID)
	if err != nil {
		return nil, err
	}
	err = s.DB.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
		b, err := s.openBooks(ctx, tx, duty)
		if err != nil {
			return err
		}
		if err := u.fresh(ctx, tx, who); err != nil {
			return err
		}
		if b.duty.State == refundrequest.StateSUCCEEDED {
			return fault.Clash(fault.CodeState, "This refund was paid already.")
		}
		if err := m.work(ctx, b, who); err != nil {
			return err
		}
		if err := s.queue(ctx, tx, SubmitRefund{RefundID: duty.ID}); err != nil {
			return err
		}
		return u.keep(ctx, tx, s, who, outcome{returnID: duty.ReturnID, refundID: duty.ID})
	})
	if first := answered(err); first != nil {
		return s.refund(ctx, first.RefundID)
	}
	if err != nil {
		return nil, err
	}
	s.payNow(ctx, duty.ID)
	u.done(ctx, s, who)
	return s.refund(ctx, duty.ID)
}

func (s *Service) refund(ctx context.Context, id string) (*ent.RefundRequest, error) {
	found, err := s.DB.Client.RefundRequest.Get(ctx, id)
	if ent.IsNotFound(err) {
		return nil, fault.Missing("id", "refund")
	}
	return found, err
}

// tryAgain writes a new attempt down for every transfer that failed, under the reservation that it has.
func (b *books) tryAgain(ctx context.Context, who auth.Principal) error {
	for _, t := range current(b.duty.Edges.Transfers) {
		if t.State != transfer.StateFAILED {
			continue
		}
		if err := b.replace(ctx, t, instead{payment: t.Edges.Payment}); err != nil {
			return err
		}
	}
	if _, err := b.settleDuty(ctx); err != nil {
		return err
	}
	to := lifecycle.Refunding
	if !lifecycle.Leads(b.ret.State, lifecycle.RetryRefund, to) {
		to = b.ret.State
	}
	return b.moveTo(ctx, relocation{move: lifecycle.RetryRefund, to: to, who: who, after: map[string]any{"refund": b.duty.ID}})
}

// instead is the way of a transfer that stands for a failed one.
type instead struct {
	payment *ent.Payment
	outside string
}

// replace writes a transfer in the place of one that failed. The database lets each be replaced once.
func (b *books) replace(ctx context.Context, failed *ent.Transfer, way instead) error {
	attempt := 1
	for _, t := range b.duty.Edges.Transfers {
		if t.PaymentID == way.payment.ID {
			attempt = max(attempt, t.Attempt+1)
		}
	}
	made, err := b.s.intend(ctx, b.Tx, reservation{
		refund: b.duty, payment: way.payment, minor: failed.AmountMinor, attempt: attempt, replaces: &failed.ID, outside: way.outside,
	})
	if err != nil {
		return err
	}
	b.duty.Edges.Transfers = append(b.duty.Edges.Transfers, made)
	if made.State == transfer.StateSUCCEEDED {
		return b.post(ctx, paidEntry(made))
	}
	return nil
}

// reroute checks the way that staff chose, and writes it down with the words of the customer's consent.
func (b *books) reroute(ctx context.Context, in RerouteInput, who auth.Principal) error {
	consent, err := needed(in.Consent, maxText, "consent")
	if err != nil {
		return err
	}
	failed, err := b.failed(in.TransferID)
	if err != nil {
		return err
	}
	way := instead{payment: failed.Edges.Payment}
	switch {
	case in.PaymentID != nil && in.PaidOutside == nil:
		way.payment, err = b.move(ctx, failed, *in.PaymentID)
	case in.PaidOutside != nil && in.PaymentID == nil:
		way.outside, err = needed(*in.PaidOutside, maxOutside, "paidOutside")
	default:
		err = fault.Bad(fault.CodeInvalid, "", "Give paymentId, or paidOutside.")
	}
	if err != nil {
		return err
	}
	if err := b.replace(ctx, failed, way); err != nil {
		return err
	}
	if _, err := b.settleDuty(ctx); err != nil {
		return err
	}
	return b.moveTo(ctx, relocation{
		move: lifecycle.Reroute, to: b.afterReroute(), who: who, reason: consent,
		after: map[string]any{"refund": b.duty.ID, "transfer": failed.ID, "payment": way.payment.ID, "outside": way.outside != ""},
	})
}

// failed finds a transfer of the refund that failed and that nothing stands for yet.
func (b *books) failed(id string) (*ent.Transfer, error) {
	for _, t := range current(b.duty.Edges.Transfers) {
		if t.ID != id {
			continue
		}
		if t.State != transfer.StateFAILED {
			return nil, fault.Clash(fault.CodeState, "Only a transfer that failed can go another way.").At("transferId")
		}
		if t.Failure == string(port.Disputed) {
			return nil, fault.Clash(fault.CodeState,
				"The customer's bank has taken this payment over, and may pay it back itself: only refundRetry can try it again.").At("transferId")
		}
		return t, nil
	}
	return nil, fault.Missing("transferId", "transfer in this refund")
}

// move takes the room from another payment of the order and gives back what was kept on the one that is gone.
func (b *books) move(ctx context.Context, failed *ent.Transfer, paymentID string) (*ent.Payment, error) {
	to, err := b.Payment.Query().Where(payment.ID(paymentID), payment.OrderID(b.duty.OrderID)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, fault.Missing("paymentId", "payment of this order")
	}
	if err != nil {
		return nil, err
	}
	if to.ID == failed.PaymentID {
		return nil, fault.Bad(fault.CodeInvalid, "paymentId", "This is the payment that failed: refundRetry tries it again.")
	}
	if err := b.s.room(ctx, b.Tx, to, failed.AmountMinor); err != nil {
		return nil, err
	}
	return to, b.Payment.UpdateOneID(failed.PaymentID).AddRefundedMinor(-failed.AmountMinor).Exec(ctx)
}

// afterReroute is where the return goes when one of its failed transfers has found a way.
func (b *books) afterReroute() lifecycle.State {
	to := lifecycle.Refunded
	for _, r := range b.ret.Edges.Refunds {
		switch {
		case r.State == refundrequest.StateFAILED:
			to = lifecycle.RefundFailed
		case r.State != refundrequest.StateSUCCEEDED && to == lifecycle.Refunded:
			to = lifecycle.Refunding
		}
	}
	if !lifecycle.Leads(b.ret.State, lifecycle.Reroute, to) {
		return b.ret.State
	}
	return to
}
