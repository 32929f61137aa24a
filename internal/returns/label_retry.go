package returns

import (
	"context"
	"errors"

	"github.com/vysero/returns/ent"
	entlabel "github.com/vysero/returns/ent/label"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/label"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/store"
)

// RetryLabel asks the carrier anew for a label that it refused for good. It is another key, and so another label: what may
// have been bought under the one before is given back first. CONFLICT where no label was refused, or the return is not
// APPROVED any more.
func (s *Service) RetryLabel(ctx context.Context, in RetryInput) (*ent.ReturnRequest, error) {
	who, err := auth.May(ctx, auth.RetryLabel)
	if err != nil {
		return nil, err
	}
	u, err := useOf("labelRetry", in.IdempotencyKey, RetryInput{ID: in.ID})
	if err != nil {
		return nil, err
	}
	if err := s.dropRefused(ctx, in.ID); err != nil {
		return nil, err
	}
	err = s.DB.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
		l, err := s.holdLabel(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		if err := u.fresh(ctx, tx, who); err != nil {
			return err
		}
		if l == nil || l.now.State != entlabel.StateREFUSED || l.ret.State != lifecycle.Approved {
			return fault.Clash(fault.CodeState, "No label of this return was refused, or it does not need one any more.")
		}
		return l.retry(ctx, who, u)
	})
	if first := answered(err); first == nil && err != nil {
		return nil, err
	} else if first == nil {
		s.labelNow(ctx, in.ID)
		u.done(ctx, s, who)
	}
	return s.Get(ctx, in.ID)
}

// dropRefused gives back what may be bought under the key of a label that was refused: the key may have bought another one.
func (s *Service) dropRefused(ctx context.Context, returnID string) error {
	if _, err := s.Get(ctx, returnID); err != nil {
		return err
	}
	lab, err := s.DB.Client.Label.Query().Where(entlabel.ReturnID(returnID), entlabel.StateEQ(entlabel.StateREFUSED)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := s.Labels.Void(ctx, lab.Key); !errors.Is(err, label.ErrKept) {
		return err
	}
	return nil // it stays bought, and another one is needed all the same
}

// retry makes the label one that was never asked for.
func (l *heldLabel) retry(ctx context.Context, who auth.Principal, u *use) error {
	err := l.turn(ctx, entlabel.StatePENDING, l.Label.UpdateOneID(l.now.ID).SetKey(l.s.NewID("lab")).SetAsks(0).SetAskBefore(l.Now.Add(headStart)))
	if err != nil {
		return err
	}
	if err := l.s.queue(ctx, l.Tx, BuyLabel{ReturnID: l.ret.ID}); err != nil {
		return err
	}
	if err := u.keep(ctx, l.Tx, l.s, who, outcome{returnID: l.ret.ID}); err != nil {
		return err
	}
	return l.s.note(ctx, l.Tx, happening{who: who, ret: l.ret, action: labelRetried, after: map[string]any{"label": l.now.ID}})
}
