package returns

import (
	"context"
	"errors"
	"time"

	entlabel "github.com/vysero/returns/ent/label"
	"github.com/vysero/returns/ent/notice"
	"github.com/vysero/returns/ent/refundrequest"
	"github.com/vysero/returns/ent/returnrequest"
	"github.com/vysero/returns/ent/transfer"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/jobs"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/store"
)

// forgotten is how long after it was due an unanswered question counts as one that nobody asks any more.
const forgotten = 15 * time.Minute

// atOnce is how many returns or refunds a regular job takes at a time; the next time it takes the next ones.
const atOnce = 200

// longest is the longest that any question waits. One that has longer to go waits by a clock that was put back meanwhile.
var longest = lease + pauses[len(pauses)-1]

// Reconcile gives a job to everything that is unfinished and that nobody is at: transfers that no provider has answered
// for good, labels that no carrier has given or taken back, notices that nobody has worked on. all takes also what was due a moment
// ago: that is for a server that starts, which cannot know what the one before it left behind. What has a job that waits
// for somebody gets no other one: a server that starts again and again must not fill the queue.
func (s *Service) Reconcile(ctx context.Context, all bool) error {
	ctx = auth.AsSystem(ctx)
	q, err := s.lookAtQueue(ctx)
	if err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
		since := tx.Now.Add(-forgotten)
		if all {
			since = tx.Now.Add(longest)
		}
		if err := q.reconcileRefunds(ctx, tx, since); err != nil {
			return err
		}
		if err := q.reconcileLabels(ctx, tx, since); err != nil {
			return err
		}
		early := notice.ReceivedAtGT(tx.Now.Add(forgotten)) // it came before the clock was put back
		waiting, err := tx.Notice.Query().Where(notice.StateEQ(notice.StateNEW), notice.Or(notice.ReceivedAtLT(since), early)).
			Order(notice.ByReceivedAt()).Limit(atOnce).IDs(ctx)
		if err != nil {
			return err
		}
		for _, id := range waiting {
			if err := q.add(ctx, tx, ApplyNotice{NoticeID: id}); err != nil {
				return err
			}
		}
		return nil
	})
}

// seenQueue is the queue with what was waiting in it a moment ago.
type seenQueue struct {
	*Service

	waiting map[jobs.Args]bool
}

func (s *Service) lookAtQueue(ctx context.Context) (seenQueue, error) {
	q := seenQueue{Service: s, waiting: map[jobs.Args]bool{}}
	return q, errors.Join(lookFor[SubmitRefund](ctx, q), lookFor[BuyLabel](ctx, q), lookFor[ApplyNotice](ctx, q))
}

func lookFor[T jobs.Comparable](ctx context.Context, q seenQueue) error {
	found, err := jobs.Waiting[T](ctx, q.Jobs)
	for job := range found {
		q.waiting[job] = true
	}
	return err
}

// add adds a job, unless the same one was waiting.
func (q seenQueue) add(ctx context.Context, tx store.Tx, job jobs.Args) error {
	if q.waiting[job] {
		return nil
	}
	return q.Jobs.Add(ctx, tx, job, 0)
}

// reconcileRefunds makes the questions due, and adds the jobs that ask them.
func (q seenQueue) reconcileRefunds(ctx context.Context, tx store.Tx, since time.Time) error {
	stuck := transfer.And(transfer.StateIn(unanswered...),
		transfer.Or(transfer.AskBeforeIsNil(), transfer.AskBeforeLT(since), transfer.AskBeforeGT(tx.Now.Add(longest))))
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
		if err := q.add(ctx, tx, SubmitRefund{RefundID: id}); err != nil {
			return err
		}
	}
	return nil
}

func (q seenQueue) reconcileLabels(ctx context.Context, tx store.Tx, since time.Time) error {
	waiting, err := tx.Label.Query().
		Where(entlabel.StateIn(entlabel.StatePENDING, entlabel.StateVOIDING),
			entlabel.Or(entlabel.AskBeforeIsNil(), entlabel.AskBeforeLT(since), entlabel.AskBeforeGT(tx.Now.Add(longest)))).
		Order(entlabel.ByOrderedAt()).Limit(atOnce).All(ctx)
	if err != nil {
		return err
	}
	for _, lab := range waiting {
		if err := tx.Label.UpdateOneID(lab.ID).SetAskBefore(tx.Now).Exec(ctx); err != nil {
			return err
		}
		if err := q.add(ctx, tx, BuyLabel{ReturnID: lab.ReturnID}); err != nil {
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
	keepDrafts  = 24 * time.Hour      // what is on its way, or was sent and never became a photo
	keepLoose   = 30 * 24 * time.Hour // photos that nobody filed
)

// Clean forgets notices that were worked on long ago, uploads that were never finished, and photos whose time is over.
// Idempotency keys are kept.
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
	return s.cleanPhotos(ctx)
}
