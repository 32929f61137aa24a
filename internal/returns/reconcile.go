package returns

import (
	"context"
	"time"

	entlabel "github.com/vysero/returns/ent/label"
	"github.com/vysero/returns/ent/notice"
	"github.com/vysero/returns/ent/refundrequest"
	"github.com/vysero/returns/ent/returnrequest"
	"github.com/vysero/returns/ent/transfer"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/store"
)

// forgotten is how long after it was due an unanswered question counts as one that nobody asks any more.
const forgotten = 15 * time.Minute

// atOnce is how many returns or refunds a regular job takes at a time; the next time it takes the next ones.
const atOnce = 200

// Reconcile gives a job to everything that is unfinished and that nobody is at: transfers that no provider has answered
// for good, labels that no carrier has given, notices that nobody has worked on. all takes also what was due a moment
// ago: that is for a server that starts, which cannot know what the one before it left behind.
func (s *Service) Reconcile(ctx context.Context, all bool) error {
	ctx = auth.AsSystem(ctx)
	return s.DB.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
		since := tx.Now.Add(-forgotten)
		if all {
			since = tx.Now.Add(lease + pauses[len(pauses)-1])
		}
		if err := s.reconcileRefunds(ctx, tx, since); err != nil {
			return err
		}
		if err := s.reconcileLabels(ctx, tx, since); err != nil {
			return err
		}
		waiting, err := tx.Notice.Query().Where(notice.StateEQ(notice.StateNEW), notice.ReceivedAtLT(since)).
			Order(notice.ByReceivedAt()).Limit(atOnce).IDs(ctx)
		if err != nil {
			return err
		}
		for _, id := range waiting {
			if err := s.Jobs.Add(ctx, tx, ApplyNotice{NoticeID: id}, 0); err != nil {
				return err
			}
		}
		return nil
	})
}

// reconcileRefunds makes the questions due, and adds the jobs that ask them.
func (s *Service) reconcileRefunds(ctx context.Context, tx store.Tx, since time.Time) error {
	stuck := transfer.And(transfer.StateIn(unanswered...), transfer.Or(transfer.AskBeforeIsNil(), transfer.AskBeforeLT(since)))
	refunds, err := tx.RefundRequest.Query().Where(refundrequest.HasTransfersWith(stuck)).
		Order(refundrequest.ByDueBefore()).Limit(atOnce).IDs(ctx)
	if err != nil || len(refunds) == 0 {
		return err
	}
	err = tx.Transfer.Update().Where(transfer.RefundIDIn(refunds...), stuck).SetAskBefore(tx.Now).Exec(ctx)
	if err != nil {
		return err
	}
	for _, id := range refunds {
		if err := s.Jobs.Add(ctx, tx, SubmitRefund{RefundID: id}, 0); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) reconcileLabels(ctx context.Context, tx store.Tx, since time.Time) error {
	waiting, err := tx.Label.Query().
		Where(entlabel.StateEQ(entlabel.StatePENDING), entlabel.Or(entlabel.AskBeforeIsNil(), entlabel.AskBeforeLT(since))).
		Order(entlabel.ByOrderedAt()).Limit(atOnce).All(ctx)
	if err != nil {
		return err
	}
	for _, lab := range waiting {
		if err := tx.Label.UpdateOneID(lab.ID).SetAskBefore(tx.Now).Exec(ctx); err != nil {
			return err
		}
		if err := s.Jobs.Add(ctx, tx, BuyLabel{ReturnID: lab.ReturnID}, 0); err != nil {
			return err
		}
	}
	return nil
}

// Expire ends the approvals whose last day for the hand-over is over, with nobody having told of a hand-over (A2, N2).
// Their units are free again. Nothing is lost by it: goods that come all the same, or a hand-over that is told late, take
// the return up again, and what the date means for it is for the inspection to say.
func (s *Service) Expire(ctx context.Context) error {
	ctx = auth.AsSystem(ctx)
	late, err := s.DB.Client.ReturnRequest.Query().
		Where(returnrequest.StateEQ(lifecycle.Approved), returnrequest.DueBeforeLTE(s.Now())).
		Order(returnrequest.ByDueBefore()).Limit(atOnce).IDs(ctx)
	if err != nil {
		return err
	}
	for _, id := range late {
		if err := s.expire(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) expire(ctx context.Context, id string) error {
	_, err := s.change(ctx, step{do: lifecycle.Expire, id: id}, func(ctx context.Context, c *change) error {
		if c.ret.DueBefore.After(c.Now) {
			return fault.Clash(fault.CodeState, "There is time left.") // it was given more since
		}
		return c.letGo(ctx, lifecycle.Expired)
	})
	if f := fault.From(err); f != nil && f.Kind == fault.Conflict {
		return nil // somebody was faster
	}
	return err
}

// How long what nobody needs any more is kept.
const (
	keepNotices = 90 * 24 * time.Hour
	keepDrafts  = 24 * time.Hour
)

// Clean forgets notices that were worked on long ago, and uploads that were never finished. Idempotency keys are kept.
func (s *Service) Clean(ctx context.Context) error {
	ctx = auth.AsSystem(ctx)
	err := s.DB.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
		_, err := tx.Notice.Delete().Where(
			notice.StateIn(notice.StateAPPLIED, notice.StateIGNORED), notice.ReceivedAtLT(tx.Now.Add(-keepNotices)),
		).Exec(ctx)
		return err
	})
	if err != nil {
		return err
	}
	return s.Sweep(ctx, s.Now().Add(-keepDrafts))
}
