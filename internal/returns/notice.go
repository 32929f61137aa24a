package returns

import (
	"context"
	"errors"
	"fmt"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/notice"
	entpayment "github.com/vysero/returns/ent/payment"
	"github.com/vysero/returns/ent/transfer"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/crash"
	"github.com/vysero/returns/internal/fault"
	port "github.com/vysero/returns/internal/payment"
	"github.com/vysero/returns/internal/store"
)

// TakeNotice puts what the payment provider told on record, once for each of its events, with the job that works on it.
// The caller has proved that it is the provider's. When it answers nil the notice is safe, and need not be sent again.
func (s *Service) TakeNotice(ctx context.Context, n port.Notice) error {
	ctx = auth.AsSystem(ctx)
	known, err := s.DB.Client.Notice.Query().Where(notice.EventID(n.EventID)).Exist(ctx)
	if err != nil || known {
		return err
	}
	err = s.DB.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
		kept, err := s.keepNotice(ctx, tx, n)
		if err != nil || kept.State == notice.StateIGNORED {
			return err
		}
		return s.Jobs.Add(ctx, tx, ApplyNotice{NoticeID: kept.ID}, 0)
	})
	if f := (*fault.Error)(nil); errors.As(err, &f) && f.Kind == fault.Conflict {
		return nil // the same event, sent twice at once
	}
	if err == nil {
		crash.At(crash.Noticed)
	}
	return err
}

func (s *Service) keepNotice(ctx context.Context, tx store.Tx, n port.Notice) (*ent.Notice, error) {
	state, about := notice.StateNEW, notice.AboutREFUND
	switch n.Kind {
	case port.AboutRefund:
	case port.AboutCharge:
		about = notice.AboutCHARGE
	default:
		state, about = notice.StateIGNORED, notice.AboutNOTHING
	}
	r := n.Receipt
	return tx.Notice.Create().SetID(s.NewID("ntc")).SetEventID(n.EventID).SetType(n.Type).SetAbout(about).SetState(state).
		SetProviderID(r.ID).SetKey(r.Key).SetStatus(string(r.Status)).SetFailure(string(r.Reason)).SetAmountMinor(r.Amount.Minor).
		SetCurrency(r.Amount.Currency).SetChargeRefs(n.ChargeRefs).SetReceivedAt(tx.Now).Save(ctx)
}

// ApplyNotice works on a notice, from what is on record of it. Notices come late, twice and in any order: each only ever
// adds to what is known.
func (s *Service) ApplyNotice(ctx context.Context, id string) error {
	ctx = auth.AsSystem(ctx)
	n, err := s.DB.Client.Notice.Get(ctx, id)
	if err != nil || n.State != notice.StateNEW {
		return ignoreMissing(err)
	}
	state := notice.StateAPPLIED
	if n.About == notice.AboutCHARGE {
		err = s.lookAtCharge(ctx, n)
	} else {
		state, err = s.applyReceipt(ctx, n)
	}
	if err != nil {
		return fmt.Errorf("notice %s: %w", id, err)
	}
	applied := 0
	err = s.DB.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
		applied, err = tx.Notice.Update().Where(notice.ID(id), notice.StateEQ(notice.StateNEW)).
			SetState(state).SetAppliedAt(tx.Now).Save(ctx)
		return err
	})
	if err != nil || applied == 0 || state != notice.StateSTRANGE {
		return err
	}
	return s.tellStrange(ctx, n)
}

// tellStrange tells people of a refund that is not ours, of a payment that is: somebody else gives the shop's money back. The
// provider's other affairs, which may share its account, are nobody's alarm.
func (s *Service) tellStrange(ctx context.Context, n *ent.Notice) error {
	ours, err := s.DB.Client.Payment.Query().Where(entpayment.RefIn(n.ChargeRefs...)).Exist(ctx)
	if err == nil && (ours || n.Key != "") {
		s.Tell(ctx, Warning{Kind: Strange, NoticeID: n.ID, Since: n.ReceivedAt})
	}
	return err
}

func ignoreMissing(err error) error {
	if ent.IsNotFound(err) {
		return nil
	}
	return err
}

// applyReceipt writes down how a refund of ours stands. One that is not ours, or not as ours was ordered, is STRANGE: it
// changes nothing and stays to be looked at.
func (s *Service) applyReceipt(ctx context.Context, n *ent.Notice) (notice.State, error) {
	t, err := s.transferOf(ctx, n)
	switch {
	case ent.IsNotFound(err):
		return notice.StateSTRANGE, nil
	case err != nil:
		return "", err
	case t.AmountMinor != n.AmountMinor || t.Currency != n.Currency, t.ProviderID != "" && t.ProviderID != n.ProviderID:
		return notice.StateSTRANGE, nil
	}
	told := replyOf(n.ProviderID, port.Status(n.Status), port.FailureReason(n.Failure))
	return notice.StateAPPLIED, s.record(ctx, t.ID, told)
}

func (s *Service) transferOf(ctx context.Context, n *ent.Notice) (*ent.Transfer, error) {
	q := s.DB.Client.Transfer.Query()
	if n.Key != "" {
		return q.Where(transfer.Key(n.Key)).Only(ctx)
	}
	return q.Where(transfer.ProviderID(n.ProviderID)).Only(ctx)
}

// lookAtCharge asks about what is unanswered on a charge of which something went back.
func (s *Service) lookAtCharge(ctx context.Context, n *ent.Notice) error {
	open, err := s.DB.Client.Transfer.Query().
		Where(transfer.StateIn(unanswered...), transfer.HasPaymentWith(entpayment.RefIn(n.ChargeRefs...))).All(ctx)
	if err != nil {
		return err
	}
	asked := map[string]bool{}
	var doubts []error
	for _, t := range open {
		if !asked[t.RefundID] {
			asked[t.RefundID] = true
			_, err := s.pay(ctx, t.RefundID, whenDue)
			doubts = append(doubts, err)
		}
	}
	return errors.Join(doubts...)
}
