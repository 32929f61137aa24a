package customers

import (
	"context"
	"fmt"

	"github.com/vysero/returns/ent/photo"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/store"
)

// photosAreHere refuses to go on with a store that lacks photos which the customer should have there.
func (s *Service) photosAreHere(ctx context.Context, who Who) error {
	c, err := find(ctx, s.DB.Client, who)
	if err != nil {
		return err
	}
	ids, err := s.DB.Client.Photo.Query().Where(photo.CustomerID(c.ID), photo.RemovedAtIsNil()).IDs(ctx)
	if err != nil {
		return err
	}
	lost := 0
	for _, id := range ids {
		switch picture, _, err := s.Photos.Open(ctx, id); {
		case err == nil:
			_ = picture.Close() // nothing of it was read
		case fault.From(err).Kind == fault.NotFound:
			lost++
		default:
			return err
		}
	}
	if lost > 0 {
		return fault.Clash(fault.CodeState, "%d of the customer's %d photos are not in this store of photos: is it the one that the server uses?",
			lost, len(ids))
	}
	return nil
}

// eraseFiles removes every photo of a customer: nobody sees them from then on. Their rows go once the store has let go of all
// files; one that has not is asked again, by whoever runs the program or by the queue.
func (s *Service) eraseFiles(ctx context.Context, customerID string) error {
	ctx = auth.AsSystem(ctx)
	switch waiting, err := s.ErasePhotos(ctx, customerID); {
	case err != nil:
		return err
	case waiting > 0:
		return fmt.Errorf("%d files are removed and still in the store", waiting)
	}
	return s.DB.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
		_, err := tx.Photo.Delete().Where(photo.CustomerID(customerID), photo.GoneAtNotNil()).Exec(ctx)
		return err
	})
}
