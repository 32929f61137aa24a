package returns

import (
	"context"
	"errors"
	"fmt"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/refundrequest"
	"github.com/vysero/returns/ent/returnrequest"
	"github.com/vysero/returns/ent/transfer"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/money"
	port "github.com/vysero/returns/internal/payment"
	"github.com/vysero/returns/internal/store"
)

// unanswered are the states of a transfer whose end the provider has not told yet.
var unanswered = []transfer.State{
	transfer.StateRESERVED, transfer.StateUNKNOWN, transfer.StatePENDING, transfer.StateREQUIRES_ACTION,
}

// pay asks the provider for every transfer of a refund that is not answered, outside of any transaction, and writes each
// answer down. The key of a transfer makes asking again harmless: a crash anywhere between leaves a row that says what to
// do next. It goes on although the caller has left. again says that the provider may have been asked before, which makes
// it look for the key in its books first: providers forget keys.
func (s *Service) pay(ctx context.Context, refundID string, again bool) error {
	ctx = auth.AsSystem(context.WithoutCancel(ctx))
	transfers, err := s.DB.Client.Transfer.Query().
		Where(transfer.RefundID(refundID), transfer.StateIn(unanswered...)).WithPayment().Order(transfer.ByID()).All(ctx)
	if err != nil {
		return err
	}
	for _, t := range transfers {
		receipt, err := s.Payments.Refund(ctx, port.Refund{
			Key: t.Key, Again: again, Reference: refundID, Amount: money.Amount{Minor: t.AmountMinor, Currency: t.Currency},
			Charge: port.Charge{
				Ref:      t.Edges.Payment.Ref,
				Captured: money.Amount{Minor: t.Edges.Payment.CapturedMinor, Currency: t.Edges.Payment.Currency},
			},
		})
		if err := s.answer(ctx, t, answerOf(receipt, err)); err != nil {
			return fmt.Errorf("transfer %s: %w", t.ID, err)
		}
	}
	return s.conclude(ctx, refundID)
}

// reply is what the provider said, in our words.
type reply struct {
	state    transfer.State
	provider string
	failure  string
}

// answerOf reads a receipt, or what its absence means. Only a definite refusal fails a transfer: where the outcome is
// unknown it is asked again with the same key.
func answerOf(r port.Receipt, err error) reply {
	switch {
	case errors.Is(err, port.ErrNotSubmitted):
		return reply{state: transfer.StateRESERVED}
	case errors.Is(err, port.ErrInvalid), errors.Is(err, port.ErrKeyReused):
		return reply{state: transfer.StateFAILED, failure: "REFUSED_BY_PROVIDER"}
	case err != nil:
		return reply{state: transfer.StateUNKNOWN}
	}
	state := map[port.Status]transfer.State{
		port.Pending: transfer.StatePENDING, port.RequiresAction: transfer.StateREQUIRES_ACTION, port.Succeeded: transfer.StateSUCCEEDED,
		port.Failed: transfer.StateFAILED, port.Canceled: transfer.StateFAILED,
	}[r.Status]
	failure := string(r.Reason)
	if r.Status == port.Canceled {
		failure = string(port.Canceled)
	}
	return reply{state: state, provider: r.ID, failure: failure}
}

// answer writes the provider's answer down. A failed transfer keeps its reservation: the duty stands, and no other refund
// may take the room that it needs. Where nothing was learned, what the provider said before stays as it is.
func (s *Service) answer(ctx context.Context, t *ent.Transfer, r reply) error {
	from := unanswered
	if r.provider == "" && r.state != transfer.StateFAILED {
		from = []transfer.State{transfer.StateRESERVED}
	}
	return s.DB.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
		return tx.Transfer.Update().Where(transfer.ID(t.ID), transfer.StateIn(from...)).
			SetState(r.state).SetProviderID(r.provider).SetFailure(r.failure).SetAnsweredAt(tx.Now).Exec(ctx)
	})
}

// conclude brings the refund, and a return that waits for it, to the state that the transfers are in.
func (s *Service) conclude(ctx context.Context, refundID string) error {
	return s.DB.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
		duty, err := tx.RefundRequest.Query().Where(refundrequest.ID(refundID)).
			WithTransfers(func(q *ent.TransferQuery) { q.Order(transfer.ByAttempt()) }).
			WithReturn(func(q *ent.ReturnRequestQuery) { q.WithRefunds() }).Only(ctx)
		if err != nil {
			return err
		}
		state := refundState(duty.Edges.Transfers)
		if state == duty.State {
			return nil
		}
		update := tx.RefundRequest.UpdateOneID(duty.ID).SetState(state)
		if state == refundrequest.StateSUCCEEDED {
			update.SetSucceededAt(tx.Now)
		}
		if err := update.Exec(ctx); err != nil {
			return err
		}
		return s.follow(ctx, tx, duty.Edges.Return, map[string]refundrequest.State{duty.ID: state})
	})
}

// refundState is where a refund stands, by the last attempt at each payment.
func refundState(transfers []*ent.Transfer) refundrequest.State {
	last := map[string]transfer.State{}
	for _, t := range transfers {
		last[t.PaymentID] = t.State
	}
	count := map[transfer.State]int{}
	for _, state := range last {
		count[state]++
	}
	switch {
	case count[transfer.StateFAILED] > 0:
		return refundrequest.StateFAILED
	case count[transfer.StateREQUIRES_ACTION] > 0:
		return refundrequest.StateREQUIRES_ACTION
	case count[transfer.StateSUCCEEDED] == len(last):
		return refundrequest.StateSUCCEEDED
	}
	return refundrequest.StatePENDING
}

// follow moves a return that waits for its money: on when every refund succeeded, to staff when one failed.
func (s *Service) follow(ctx context.Context, tx store.Tx, ret *ent.ReturnRequest, changed map[string]refundrequest.State) error {
	move, to := lifecycle.Paid, lifecycle.Refunded
	for _, r := range ret.Edges.Refunds {
		state := r.State
		if now, ok := changed[r.ID]; ok {
			state = now
		}
		switch {
		case state == refundrequest.StateFAILED:
			move, to = lifecycle.PayFailed, lifecycle.RefundFailed
		case state != refundrequest.StateSUCCEEDED && move == lifecycle.Paid:
			return nil
		}
	}
	if !lifecycle.Leads(ret.State, move, to) {
		return nil
	}
	return s.moveTo(ctx, tx, relocation{ret: ret, move: move, to: to, who: auth.From(ctx)})
}

// relocation is a move of a return that is not asked for by a mutation on it.
type relocation struct {
	ret  *ent.ReturnRequest
	move lifecycle.Action
	to   lifecycle.State
	who  auth.Principal
}

func (s *Service) moveTo(ctx context.Context, tx store.Tx, m relocation) error {
	err := tx.ReturnRequest.UpdateOneID(m.ret.ID).Where(returnrequest.Revision(m.ret.Revision)).SetState(m.to).
		SetDueBefore(dueBefore(m.to, dates{refund: m.ret.RefundBefore})).AddRevision(1).Exec(ctx)
	if err != nil {
		return err
	}
	return s.note(ctx, tx, happening{
		who: m.who, ret: m.ret, action: string(m.move), before: map[string]any{"state": m.ret.State}, after: map[string]any{"state": m.to},
	})
}

// RetryRefund tries again: a transfer that the provider refused gets a new attempt with a new key, one that was never
// answered is asked for with the same key.
func (s *Service) RetryRefund(ctx context.Context, in RetryInput) (*ent.RefundRequest, error) {
	who, err := auth.May(ctx, auth.RetryRefund)
	if err != nil {
		return nil, err
	}
	err = s.DB.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
		duty, err := tx.RefundRequest.Query().Where(refundrequest.ID(in.ID)).WithReturn().
			WithTransfers(func(q *ent.TransferQuery) { q.WithPayment().Order(transfer.ByAttempt()) }).Only(ctx)
		if ent.IsNotFound(err) {
			return fault.Missing("id", "refund")
		}
		if err != nil {
			return err
		}
		if duty.State == refundrequest.StateSUCCEEDED {
			return fault.Clash(fault.CodeState, "This refund was paid already.")
		}
		return s.tryAgain(ctx, tx, duty, who)
	})
	if err != nil {
		return nil, err
	}
	if err := s.pay(ctx, in.ID, true); err != nil {
		return nil, err
	}
	return s.DB.Client.RefundRequest.Get(ctx, in.ID)
}

// tryAgain writes a new attempt down for every payment whose last one failed, under the reservation that it has.
func (s *Service) tryAgain(ctx context.Context, tx store.Tx, duty *ent.RefundRequest, who auth.Principal) error {
	last := map[string]*ent.Transfer{}
	for _, t := range duty.Edges.Transfers {
		last[t.PaymentID] = t
	}
	for _, t := range duty.Edges.Transfers {
		if last[t.PaymentID] != t || t.State != transfer.StateFAILED {
			continue
		}
		again := reservation{refund: duty, payment: t.Edges.Payment, minor: t.AmountMinor, attempt: t.Attempt + 1}
		if err := s.intend(ctx, tx, again); err != nil {
			return err
		}
	}
	if err := tx.RefundRequest.UpdateOneID(duty.ID).SetState(refundrequest.StatePENDING).Exec(ctx); err != nil {
		return err
	}
	ret := duty.Edges.Return
	if !lifecycle.Leads(ret.State, lifecycle.RetryRefund, lifecycle.Refunding) {
		return s.note(ctx, tx, happening{who: who, ret: ret, action: string(lifecycle.RetryRefund)})
	}
	return s.moveTo(ctx, tx, relocation{ret: ret, move: lifecycle.RetryRefund, to: lifecycle.Refunding, who: who})
}
