package returns

import (
	"context"
	"io"
	"time"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/customer"
	entphoto "github.com/vysero/returns/ent/photo"
	"github.com/vysero/returns/ent/upload"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/crash"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/photo"
	"github.com/vysero/returns/internal/store"
)

// Bounds of what is not filed.
const (
	maxLoose      = 2 * maxPhotos // of one customer: uploads that are expected, and photos that are in no return
	maxDaily      = 100           // uploads that a customer begins in 24 hours
	maxDailyStaff = 2_000         // and a member of staff
	uploadWithin  = time.Hour     // from its beginning until nothing is made of it any more
	developWithin = time.Minute   // how long one is worked on, whoever still waits for it
)

// UploadInput announces a photo that a client sends straight to where photos are kept. Staff say for which return.
type UploadInput struct {
	ContentType string
	Bytes       int
	ReturnID    *string
}

// CompleteUploadInput says that it was sent.
type CompleteUploadInput struct{ ID string }

// ExpectedUpload is how to send a photo. It becomes one by CompleteUpload, under the same id.
type ExpectedUpload struct {
	photo.Invitation

	ID        string
	ExpiresAt time.Time // of the address
}

// CreateUpload invites a client to send a photo: a customer's own, to be filed before or after its return; staff say for which
// return (its customer's it is then).
func (s *Service) CreateUpload(ctx context.Context, in UploadInput) (*ExpectedUpload, error) {
	who, owner, err := s.adding(ctx, in.ReturnID)
	if err != nil {
		return nil, err
	}
	if err := photo.Taken(in.ContentType); err != nil {
		return nil, fault.From(err).At("contentType")
	}
	if in.Bytes < 1 || in.Bytes > photo.MaxBytes {
		return nil, fault.Bad(fault.CodePhoto, "bytes", "A photo has from 1 byte to %d MB.", photo.MaxBytes>>20)
	}
	expected, err := s.expect(ctx, who, owner)
	if err != nil {
		return nil, err
	}
	invitation, err := s.Photos.Invite(ctx, photo.Upload{
		ID: expected.ID, ContentType: in.ContentType, Bytes: int64(in.Bytes), For: photo.SendFor,
	})
	if err != nil {
		return nil, err
	}
	return &ExpectedUpload{ID: expected.ID, Invitation: invitation, ExpiresAt: expected.BegunAt.Add(photo.SendFor)}, nil
}

// ReceiveUpload takes what a client sends to this server, for whoever has an address that is good. It is in quarantine then.
func (s *Service) ReceiveUpload(ctx context.Context, sent photo.Sent) error {
	if !s.Photos.MaySend(sent.ID, sent.With) {
		return fault.Missing("id", "upload")
	}
	expected, err := s.DB.Client.Upload.Query().Where(upload.ID(sent.ID), upload.ExpiresAtGT(s.Now())).Exist(auth.AsSystem(ctx))
	if err != nil {
		return err
	}
	if !expected {
		return fault.Missing("id", "upload")
	}
	return s.Photos.Receive(ctx, sent)
}

// CompleteUpload makes a photo of what was sent: it is fetched from the quarantine, checked and encoded anew. Asking again
// gives the same photo. One that is refused may be sent again, to the same address, while that is good. What is begun is ended,
// also for a caller who has left: whoever asks again finds it.
func (s *Service) CompleteUpload(ctx context.Context, in CompleteUploadInput) (*ent.Photo, error) {
	who, err := auth.May(ctx, auth.AddPhotos)
	if err != nil {
		return nil, err
	}
	expected, err := s.DB.Client.Upload.Query().
		Where(upload.ID(in.ID), upload.BegunBy(who.ID), upload.ExpiresAtGT(s.Now())).Only(ctx)
	if ent.IsNotFound(err) {
		return s.developed(ctx, who, in.ID) // the one ends in the transaction in which the other begins
	}
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), developWithin)
	defer cancel()
	meta, err := s.Photos.Accept(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	crash.At(crash.Accepted)
	made, err := s.develop(ctx, expected, meta)
	crash.At(crash.Completed)
	if err == nil {
		_ = s.Photos.Forget(ctx, in.ID) // what stays is swept
	}
	return made, err
}

// developed is the photo that an upload of the principal's became.
func (s *Service) developed(ctx context.Context, who auth.Principal, id string) (*ent.Photo, error) {
	done, err := s.DB.Client.Photo.Query().Where(entphoto.ID(id), entphoto.UploadedBy(who.ID), entphoto.RemovedAtIsNil()).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, fault.Missing("id", "upload")
	}
	return done, err
}

// UploadPhoto takes a picture as it comes: a customer's own, to be filed with a request before or after it; staff say for which
// return (its customer's it is then). It is not filed by this: see Request and AddPhotos.
func (s *Service) UploadPhoto(ctx context.Context, returnID string, body io.Reader) (*ent.Photo, error) {
	who, owner, err := s.adding(ctx, &returnID)
	if err != nil {
		return nil, err
	}
	expected, err := s.expect(ctx, who, owner)
	if err != nil {
		return nil, err
	}
	meta, err := s.Photos.Put(ctx, expected.ID, body)
	if err != nil {
		if fault.From(err).Kind == fault.Invalid { // else something may be kept, and must be found again
			s.giveUp(ctx, expected)
		}
		return nil, err
	}
	crash.At(crash.Accepted)
	return s.develop(ctx, expected, meta)
}

// adding tells who adds a photo, and whose it is to be.
func (s *Service) adding(ctx context.Context, returnID *string) (auth.Principal, string, error) {
	who, err := auth.May(ctx, auth.AddPhotos)
	if err != nil {
		return who, "", err
	}
	owner := who.CustomerID
	if returnID != nil && *returnID != "" {
		ret, err := s.Get(ctx, *returnID)
		if err != nil {
			return who, "", err
		}
		owner = ret.CustomerID
	}
	if owner == "" {
		return who, "", fault.Bad(fault.CodeRequired, "return", "Say which return the photo is for.")
	}
	return who, owner, nil
}

// expect writes down that a photo is to come, where there may be another one: whatever is kept for it can be found again.
func (s *Service) expect(ctx context.Context, who auth.Principal, owner string) (*ent.Upload, error) {
	var expected *ent.Upload
	err := s.DB.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
		_, err := store.Hold(tx, tx.Customer.Query().Where(customer.ID(owner), customer.ErasedAtIsNil())).OnlyID(ctx)
		if ent.IsNotFound(err) {
			return fault.Missing("", "customer")
		}
		if err != nil {
			return err
		}
		if err := room(ctx, tx, who, owner); err != nil {
			return err
		}
		expected, err = tx.Upload.Create().SetID(s.NewID("pho")).SetCustomerID(owner).SetBegunAt(tx.Now).SetBegunBy(who.ID).
			SetExpiresAt(tx.Now.Add(uploadWithin)).Save(ctx)
		return err
	})
	return expected, err
}

// room refuses one more photo where there are as many as may be of whoever sends it: nobody uses up what others may send.
func room(ctx context.Context, tx store.Tx, who auth.Principal, owner string) error {
	waiting, err := tx.Photo.Query().Where(entphoto.CustomerID(owner), entphoto.UploadedBy(who.ID), loose()).Count(ctx)
	if err != nil {
		return err
	}
	coming, err := tx.Upload.Query().Where(upload.CustomerID(owner), upload.BegunBy(who.ID), upload.ExpiresAtGT(tx.Now)).Count(ctx)
	if err != nil {
		return err
	}
	if n := waiting + coming; n >= maxLoose {
		return fault.Bad(fault.CodePhotoLimit, "", "There are %d photos already that are in no return: file them first.", n)
	}
	day := tx.Now.Add(-24 * time.Hour)
	kept, err := tx.Photo.Query().Where(entphoto.UploadedBy(who.ID), entphoto.UploadedAtGT(day)).Count(ctx)
	if err != nil {
		return err
	}
	begun, err := tx.Upload.Query().Where(upload.BegunBy(who.ID), upload.BegunAtGT(day)).Count(ctx)
	if err != nil {
		return err
	}
	most := maxDaily
	if who.Staff() {
		most = maxDailyStaff
	}
	if kept+begun >= most {
		return fault.Bad(fault.CodePhotoLimit, "", "No more than %d photos can be sent in a day: please go on tomorrow.", most)
	}
	return nil
}

// develop makes a photo of the expected one. Of several who do it at once, each gets the same.
func (s *Service) develop(ctx context.Context, expected *ent.Upload, meta photo.Meta) (*ent.Photo, error) {
	err := s.DB.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
		n, err := tx.Upload.Delete().Where(upload.ID(expected.ID), upload.ExpiresAtGT(tx.Now)).Exec(ctx)
		if err != nil || n == 0 {
			return err
		}
		return tx.Photo.Create().SetID(expected.ID).SetCustomerID(expected.CustomerID).SetContentType(meta.ContentType).
			SetBytes(meta.Bytes).SetWidth(meta.Width).SetHeight(meta.Height).SetSha256(meta.SHA256).SetUploadedAt(tx.Now).
			SetUploadedBy(expected.BegunBy).Exec(ctx)
	})
	if err != nil {
		return nil, err
	}
	made, err := s.DB.Client.Photo.Query().Where(entphoto.ID(expected.ID), entphoto.RemovedAtIsNil()).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, fault.Missing("id", "upload") // it was erased meanwhile
	}
	return made, err
}

// giveUp expects a photo no more. Where that cannot be written, its time ends it.
func (s *Service) giveUp(ctx context.Context, expected *ent.Upload) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_ = s.DB.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
		_, err := tx.Upload.Delete().Where(upload.ID(expected.ID)).Exec(ctx)
		return err
	})
}
