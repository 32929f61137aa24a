package customers

import (
	"context"
	"fmt"

	"github.com/vysero/returns/ent/photo"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/store"
)

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
