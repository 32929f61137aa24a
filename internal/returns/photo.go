package returns

import (
	"context"
	"io"
	"net/url"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/photo"
	"github.com/vysero/returns/ent/predicate"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/store"
)

// maxPhotoBytes is how much the photos of one return may come to, as they are kept.
const maxPhotoBytes = 100 << 20

// loose are the photos that can be filed: they are in no return and show no finding.
func loose() predicate.Photo {
	return photo.And(photo.ReturnIDIsNil(), photo.InspectionIDIsNil(), photo.RemovedAtIsNil())
}

// weigh holds the photos of a return to their bytes.
func weigh(ctx context.Context, tx store.Tx, ret *ent.ReturnRequest) error {
	filed, err := tx.Photo.Query().Where(photo.ReturnID(ret.ID)).Select(photo.FieldBytes).All(ctx)
	if err != nil {
		return err
	}
	var all int64
	for _, p := range filed {
		all += p.Bytes
	}
	if all > maxPhotoBytes {
		return fault.Bad(fault.CodePhotoLimit, "photoIds", "The photos of a return may have %d MB together, and these have %d MB.",
			maxPhotoBytes>>20, all>>20)
	}
	return nil
}

// OpenPhoto opens the file of a photo that the principal may see. The caller closes it.
func (s *Service) OpenPhoto(ctx context.Context, id string) (io.ReadCloser, *ent.Photo, error) {
	if _, err := auth.May(ctx, auth.ViewReturns); err != nil {
		return nil, nil, err
	}
	p, err := s.DB.Client.Photo.Query().Where(photo.ID(id), photo.RemovedAtIsNil()).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, nil, fault.Missing("id", "photo")
	}
	if err != nil {
		return nil, nil, err
	}
	file, _, err := s.Photos.Open(ctx, id)
	return file, p, err
}

// OpenSigned opens the file of a photo for whoever has an address of it (PhotoURL) that is still good: the parameters are the
// address'. One that is over, or was never given, answers as a missing photo.
func (s *Service) OpenSigned(ctx context.Context, id string, with url.Values) (io.ReadCloser, *ent.Photo, error) {
	if !s.Photos.MayView(id, with) {
		return nil, nil, fault.Missing("id", "photo")
	}
	return s.OpenPhoto(auth.AsSystem(ctx), id)
}

// PhotoURL is an address at which the photo can be seen for a few minutes without a token; nil once it was removed, and for
// whoever may not see photos at all.
func (s *Service) PhotoURL(ctx context.Context, p *ent.Photo) *string {
	if p.RemovedAt != nil || !auth.Can(auth.From(ctx).Role, auth.ViewReturns) {
		return nil
	}
	return new(s.Photos.View(p.ID))
}
