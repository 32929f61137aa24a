package returns

import (
	"context"
	"errors"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/vysero/returns/ent/event"
	"github.com/vysero/returns/ent/inspection"
	"github.com/vysero/returns/ent/photo"
	"github.com/vysero/returns/ent/predicate"
	"github.com/vysero/returns/ent/returnline"
	"github.com/vysero/returns/ent/returnrequest"
	"github.com/vysero/returns/ent/upload"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/store"
)

// batch is how many photos are worked on in one transaction, or between two looks at the clock.
const batch = 200

// ended are the states in which a return waits for nobody.
var ended = []lifecycle.State{lifecycle.Refunded, lifecycle.Closed, lifecycle.Declined, lifecycle.Cancelled, lifecycle.Expired}

// cleanPhotos removes photos whose time is over, then what uploads left behind, in the records and in the store.
func (s *Service) cleanPhotos(ctx context.Context) error {
	now := s.Now()
	failed := []error{s.remove(ctx, photo.RemovalUNFILED, photo.And(loose(), photo.UploadedAtLT(now.Add(-keepLoose))))}
	if s.KeepPhotos > 0 {
		failed = append(failed, s.remove(ctx, photo.RemovalRETENTION, photo.Or(
			photo.HasReturnWith(over(now.Add(-s.KeepPhotos))),
			photo.HasInspectionWith(inspection.HasLineWith(returnline.HasReturnWith(over(now.Add(-s.KeepPhotos))))),
		)))
	}
	_, err := s.DropPhotos(ctx)
	return errors.Join(append(failed, err, s.forgetUploads(ctx), s.Photos.Sweep(ctx, now.Add(-keepDrafts)))...)
}

// over is a return that has ended, and about which nothing was done since the instant.
func over(since time.Time) predicate.ReturnRequest {
	return returnrequest.And(returnrequest.StateIn(ended...), returnrequest.FiledAtLT(since),
		returnrequest.Not(returnrequest.HasEventsWith(event.AtGTE(since))))
}

// remove marks photos as removed: from then on nobody sees them. Their rows stay, because verdicts count them, and events
// and their chain do not name them. Their files are deleted by a job that is added with the mark.
func (s *Service) remove(ctx context.Context, why photo.Removal, which predicate.Photo) error {
	for {
		n := 0
		err := s.DB.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
			ids, err := tx.Photo.Query().Where(photo.RemovedAtIsNil(), which).Order(photo.ByID()).Limit(batch).IDs(ctx)
			if err != nil || len(ids) == 0 {
				return err
			}
			n, err = tx.Photo.Update().Where(photo.IDIn(ids...), photo.RemovedAtIsNil()).SetRemovedAt(tx.Now).SetRemoval(why).Save(ctx)
			if err != nil {
				return err
			}
			return s.queue(ctx, tx, DropPhotos{})
		})
		if err != nil || n == 0 {
			return err
		}
	}
}

// DropPhotos deletes the files of photos that were removed, and says after how long it is to be called again: zero once there
// is none left. A file that the store does not let go of holds no other one up.
func (s *Service) DropPhotos(ctx context.Context) (time.Duration, error) {
	ctx = auth.AsSystem(ctx)
	last, failed := "", []error(nil)
	for range 5 {
		ids, err := s.DB.Client.Photo.Query().Where(photo.RemovedAtNotNil(), photo.GoneAtIsNil(), photo.IDGT(last)).
			Order(photo.ByID(sql.OrderAsc())).Limit(batch).IDs(ctx)
		if err != nil {
			return 0, err
		}
		if len(ids) == 0 {
			return 0, errors.Join(failed...)
		}
		last = ids[len(ids)-1]
		failed = append(failed, s.drop(ctx, ids))
	}
	return time.Second, errors.Join(failed...)
}

// drop deletes files, and then writes down which are gone.
func (s *Service) drop(ctx context.Context, ids []string) error {
	var gone []string
	var failed error
	for _, id := range ids {
		if err := errors.Join(s.Photos.Remove(ctx, id), s.Photos.Forget(ctx, id)); err != nil {
			failed = err // they are much alike
			continue
		}
		gone = append(gone, id)
	}
	if len(gone) == 0 {
		return failed
	}
	return errors.Join(failed, s.DB.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
		return tx.Photo.Update().Where(photo.IDIn(gone...)).SetGoneAt(tx.Now).Exec(ctx)
	}))
}

// forgetUploads ends what was expected and never became a photo, with the file of a program that died in between. Nobody is at
// work on it any more: its time was over a day ago.
func (s *Service) forgetUploads(ctx context.Context) error {
	ids, err := s.DB.Client.Upload.Query().Where(upload.ExpiresAtLT(s.Now().Add(-keepDrafts))).Limit(batch).IDs(ctx)
	if err != nil {
		return err
	}
	return s.endUploads(ctx, ids)
}

func (s *Service) endUploads(ctx context.Context, ids []string) error {
	var failed error
	for _, id := range ids {
		err := errors.Join(s.Photos.Remove(ctx, id), s.Photos.Forget(ctx, id))
		if err == nil {
			err = s.DB.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
				_, err := tx.Upload.Delete().Where(upload.ID(id)).Exec(ctx)
				return err
			})
		}
		failed = errors.Join(failed, err)
	}
	return failed
}

// ErasePhotos removes every photo of a customer, filed or not, and what they have begun to send: nobody sees them from then
// on. It tells how many files the store has not let go of yet: the queue tries them again, and nothing is lost by that. Only
// the program itself may do it, for somebody who has made sure that it is to be done.
func (s *Service) ErasePhotos(ctx context.Context, customerID string) (waiting int, err error) {
	if auth.From(ctx).Role != auth.System {
		return 0, fault.Denied()
	}
	// What is on its way ends first: nothing is made of it after what there is was removed. Somebody may be at work on it: what
	// has come, or is kept, is deleted a day later.
	err = s.DB.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
		return tx.Upload.Update().Where(upload.CustomerID(customerID)).SetExpiresAt(tx.Now).Exec(ctx)
	})
	if err != nil {
		return 0, err
	}
	if err := s.remove(ctx, photo.RemovalERASURE, photo.CustomerID(customerID)); err != nil {
		return 0, err
	}
	_, _ = s.DropPhotos(ctx) // the job that was added does it otherwise, and says why it cannot
	return s.DB.Client.Photo.Query().Where(photo.CustomerID(customerID), photo.RemovedAtNotNil(), photo.GoneAtIsNil()).Count(ctx)
}
