package returns

import (
	"context"
	"errors"
	"io"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/photo"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/store"
)

// maxLoose is how many photos a customer may have uploaded that are in no return yet.
const maxLoose = 2 * maxPhotos

// UploadPhoto takes a picture: a customer's own, to be filed with a request before or after it; staff say for which return
// (its customer's it is then). It is not filed by this: see Request and AddPhotos.
func (s *Service) UploadPhoto(ctx context.Context, returnID string, body io.Reader) (*ent.Photo, error) {
	who, err := auth.May(ctx, auth.AddPhotos)
	if err != nil {
		return nil, err
	}
	owner := who.CustomerID
	if returnID != "" {
		ret, err := s.Get(ctx, returnID)
		if err != nil {
			return nil, err
		}
		owner = ret.CustomerID
	}
	if owner == "" {
		return nil, fault.Bad(fault.CodeRequired, "return", "Say which return the photo is for.")
	}
	loose, err := s.DB.Client.Photo.Query().Where(photo.CustomerID(owner), photo.ReturnIDIsNil(), photo.InspectionIDIsNil()).Count(ctx)
	if err != nil {
		return nil, err
	}
	if loose >= maxLoose {
		return nil, fault.Bad(fault.CodePhoto, "", "There are %d photos already that are in no return: file them first.", loose)
	}
	id := s.NewID("pho")
	meta, err := s.Photos.Put(ctx, id, body)
	if err != nil {
		return nil, err
	}
	err = s.DB.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
		return tx.Photo.Create().SetID(id).SetCustomerID(owner).SetContentType(meta.ContentType).SetBytes(meta.Bytes).
			SetWidth(meta.Width).SetHeight(meta.Height).SetSha256(meta.SHA256).SetUploadedAt(tx.Now).SetUploadedBy(who.ID).Exec(ctx)
	})
	if err != nil {
		return nil, errors.Join(err, s.Photos.Remove(ctx, id))
	}
	return s.DB.Client.Photo.Get(ctx, id)
}

// OpenPhoto opens the file of a photo that the principal may see. The caller closes it.
func (s *Service) OpenPhoto(ctx context.Context, id string) (io.ReadCloser, *ent.Photo, error) {
	if _, err := auth.May(ctx, auth.ViewReturns); err != nil {
		return nil, nil, err
	}
	p, err := s.DB.Client.Photo.Get(ctx, id)
	if ent.IsNotFound(err) {
		return nil, nil, fault.Missing("id", "photo")
	}
	if err != nil {
		return nil, nil, err
	}
	file, _, err := s.Photos.Open(ctx, id)
	return file, p, err
}
