package customers

import (
	"context"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/photo"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/store"
)

// filesAtOnce is how many photos are looked up at a time.
const filesAtOnce = 100

// eraseFiles removes every photo of a customer: first the file and then its row, so that one that was cut off goes on
// where it was. Nothing is open any more that a photo could be filed with.
func (s *Service) eraseFiles(ctx context.Context, customerID string) error {
	ctx = auth.AsSystem(ctx)
	for {
		page, err := s.DB.Client.Photo.Query().Where(photo.CustomerID(customerID)).Order(photo.ByID()).Limit(filesAtOnce).All(ctx)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, p := range page {
			if err := s.eraseFile(ctx, p); err != nil {
				return err
			}
		}
	}
}

func (s *Service) eraseFile(ctx context.Context, p *ent.Photo) error {
	if err := s.Photos.Remove(ctx, p.ID); err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
		_, err := tx.Photo.Delete().Where(photo.ID(p.ID)).Exec(ctx)
		return err
	})
}
