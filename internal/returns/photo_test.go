package returns_test

import (
	"bytes"
	"context"
	"io"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent"
	entphoto "github.com/vysero/returns/ent/photo"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/photo"
	"github.com/vysero/returns/internal/photo/phototest"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/returns"
	"github.com/vysero/returns/internal/store"
)

// invite announces content as ada's.
func (s shop) invite(t *testing.T, content []byte) *returns.ExpectedUpload {
	t.Helper()
	to, err := s.Returns.CreateUpload(s.ada(t), returns.UploadInput{ContentType: "image/jpeg", Bytes: len(content)})
	require.NoError(t, err)
	return to
}

// put sends content to an address of this server.
func (s shop) put(t *testing.T, address string, content []byte) error {
	t.Helper()
	at, err := url.Parse(address)
	require.NoError(t, err)
	return s.Returns.ReceiveUpload(t.Context(), photo.Sent{
		ID: strings.TrimPrefix(at.Path, photo.SendPath), With: at.Query(), ContentType: "image/jpeg", Body: bytes.NewReader(content),
	})
}

func (s shop) complete(ctx context.Context, id string) (*ent.Photo, error) {
	return s.Returns.CompleteUpload(ctx, returns.CompleteUploadInput{ID: id})
}

func (s shop) opens(t *testing.T, id string) bool {
	t.Helper()
	file, _, err := s.Returns.OpenPhoto(s.ada(t), id)
	if err != nil {
		require.Equal(t, fault.NotFound, fault.From(err).Kind, "%v", err)
		return false
	}
	require.NoError(t, file.Close())
	return true
}

func (s shop) photo(t *testing.T, id string) *ent.Photo {
	t.Helper()
	p, err := s.DB.Client.Photo.Get(auth.AsSystem(t.Context()), id)
	require.NoError(t, err)
	return p
}

func TestAPhotoThatWasSentIsOneOnceItIsCompletedAndNotBefore(t *testing.T) {
	t.Parallel()
	s := open(t)
	content := phototest.Described(t, 40, 30, 6)
	to := s.invite(t, content)
	_, err := s.complete(s.ada(t), to.ID)
	require.Equal(t, fault.CodeState, faultOf(t, err).Code, "nothing has come")
	require.NoError(t, s.put(t, to.URL, content))

	require.False(t, s.opens(t, to.ID), "it is in quarantine")
	in := returns.RequestInput{Lines: []returns.LineInput{s.line(policy.Defective, 1)}, PhotoIDs: []string{to.ID}}
	_, _, err = s.Returns.Request(s.ada(t), in)
	require.Equal(t, fault.NotFound, faultOf(t, err).Kind, "and can be filed with nothing")

	made, err := s.complete(s.ada(t), to.ID)
	require.NoError(t, err)
	require.Equal(t, to.ID, made.ID)
	require.Equal(t, []int{30, 40}, []int{made.Width, made.Height}, "turned upright")
	file, about, err := s.Returns.OpenPhoto(s.ada(t), made.ID)
	require.NoError(t, err)
	clean, err := io.ReadAll(file)
	require.NoError(t, err)
	require.NoError(t, file.Close())
	require.Len(t, clean, int(about.Bytes))
	require.NotContains(t, string(clean), phototest.TakenAt)

	again, err := s.complete(s.ada(t), to.ID)
	require.NoError(t, err)
	require.Equal(t, made.Sha256, again.Sha256)
	require.Equal(t, fault.NotFound, faultOf(t, s.put(t, to.URL, content)).Kind, "the address was for one photo")
	_, _, err = s.Returns.Request(s.ada(t), in)
	require.NoError(t, err)
}

func TestAnUploadIsOfWhoeverBeganIt(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.Order(t, func(in *orders.RecordInput) { in.Number, in.Customer.Email = "1002", "eve@example.com" })
	content := phototest.JPEG(t, 8, 8)
	to := s.invite(t, content)
	require.NoError(t, s.put(t, to.URL, content))
	_, missing := s.complete(s.ada(t), "pho_nothing")
	for name, ctx := range map[string]context.Context{
		"another customer": s.As(t, auth.Customer, "eve@example.com"), "staff": s.As(t, auth.Agent), "a customer whom nobody knows": s.As(t, auth.Customer),
	} {
		_, err := s.complete(ctx, to.ID)
		require.Equal(t, faultOf(t, missing), faultOf(t, err), name)
	}
	_, err := s.complete(t.Context(), to.ID)
	require.Equal(t, fault.CodeUnauthenticated, faultOf(t, err).Code)
	_, err = s.Returns.CreateUpload(s.As(t, auth.Finance), returns.UploadInput{ContentType: "image/jpeg", Bytes: 8})
	require.Equal(t, fault.CodeForbidden, faultOf(t, err).Code)
	_, err = s.Returns.CreateUpload(s.As(t, auth.Agent), returns.UploadInput{ContentType: "image/jpeg", Bytes: 8})
	require.Equal(t, fault.CodeRequired, faultOf(t, err).Code, "staff say which return")
	_, err = s.Returns.CreateUpload(s.As(t, auth.Customer, "eve@example.com"), returns.UploadInput{ContentType: "image/jpeg", Bytes: 8, ReturnID: new("ret_1")})
	require.Equal(t, fault.NotFound, faultOf(t, err).Kind)

	ret, _, err := s.Returns.Request(s.ada(t), returns.RequestInput{Lines: []returns.LineInput{s.line(policy.Defective, 1)}})
	require.NoError(t, err)
	forAda, err := s.Returns.CreateUpload(s.As(t, auth.Agent), returns.UploadInput{ContentType: "image/jpeg", Bytes: len(content), ReturnID: &ret.ID})
	require.NoError(t, err)
	require.NoError(t, s.put(t, forAda.URL, content))
	made, err := s.complete(s.As(t, auth.Agent), forAda.ID)
	require.NoError(t, err)
	require.Equal(t, ret.CustomerID, made.CustomerID, "it is the return's customer's")
}

func TestAnnouncementsThatCannotBeKeptAreRefused(t *testing.T) {
	t.Parallel()
	s := open(t)
	for name, c := range map[string]struct {
		in    returns.UploadInput
		code  fault.Code
		field string
	}{
		"HEIC":            {returns.UploadInput{ContentType: "image/heic", Bytes: 8}, fault.CodeHEIC, "contentType"},
		"SVG":             {returns.UploadInput{ContentType: "image/svg+xml", Bytes: 8}, fault.CodePhoto, "contentType"},
		"nothing":         {returns.UploadInput{ContentType: "image/png"}, fault.CodePhoto, "bytes"},
		"less":            {returns.UploadInput{ContentType: "image/png", Bytes: -1}, fault.CodePhoto, "bytes"},
		"a byte too many": {returns.UploadInput{ContentType: "image/png", Bytes: photo.MaxBytes + 1}, fault.CodePhoto, "bytes"},
	} {
		_, err := s.Returns.CreateUpload(s.ada(t), c.in)
		require.Equal(t, c.code, faultOf(t, err).Code, name)
		require.Equal(t, []string{c.field}, faultOf(t, err).Field, name)
	}
	to := s.invite(t, []byte("<svg/>"))
	require.NoError(t, s.put(t, to.URL, []byte("<svg/>")))
	_, err := s.complete(s.ada(t), to.ID)
	require.Equal(t, fault.CodePhoto, faultOf(t, err).Code)
	require.Zero(t, s.DB.Client.Photo.Query().CountX(s.ada(t)), "a refusal changes nothing")
}

func TestAnUploadEndsWithItsTime(t *testing.T) {
	t.Parallel()
	s := open(t)
	content := phototest.JPEG(t, 8, 8)
	late, sent := s.invite(t, content), s.invite(t, content)
	require.NoError(t, s.put(t, sent.URL, content))
	begun := s.Clock.Now()
	s.Clock.Set(begun.Add(photo.SendFor))
	require.Equal(t, fault.NotFound, faultOf(t, s.put(t, late.URL, content)).Kind)
	s.Clock.Set(begun.Add(time.Hour))
	_, err := s.complete(s.ada(t), sent.ID)
	require.Equal(t, fault.NotFound, faultOf(t, err).Kind)
}

func TestUploadsThatNobodyCompletedAreCleanedAway(t *testing.T) {
	t.Parallel()
	s := open(t)
	content := phototest.JPEG(t, 8, 8)
	forgotten, died := s.invite(t, content), s.invite(t, content)
	require.NoError(t, s.put(t, forgotten.URL, content))
	require.NoError(t, s.put(t, died.URL, content))
	_, err := s.Returns.Photos.Accept(t.Context(), died.ID) // and then the program dies
	require.NoError(t, err)
	require.False(t, s.opens(t, died.ID), "what is kept is shown to nobody before it is written down")
	require.NoError(t, s.Returns.Clean(t.Context()))
	require.Equal(t, 2, s.DB.Client.Upload.Query().CountX(s.ada(t)), "there is time left")

	s.Clock.Set(s.Clock.Now().Add(26 * time.Hour))
	require.NoError(t, s.Returns.Clean(t.Context()))
	require.Zero(t, s.DB.Client.Upload.Query().CountX(s.ada(t)))
	for _, id := range []string{forgotten.ID, died.ID} {
		_, err := s.Returns.Photos.Accept(t.Context(), id)
		require.Equal(t, fault.CodeState, faultOf(t, err).Code, "nothing is left of it")
	}
}

func TestAProgramThatDiedBeforeItWroteThePhotoDownIsAskedAgain(t *testing.T) {
	t.Parallel()
	s := open(t)
	content := phototest.JPEG(t, 8, 8)
	to := s.invite(t, content)
	require.NoError(t, s.put(t, to.URL, content))
	kept, err := s.Returns.Photos.Accept(t.Context(), to.ID)
	require.NoError(t, err)
	require.NoError(t, s.put(t, to.URL, phototest.JPEG(t, 9, 9)[:len(content)]), "somebody sends something else meanwhile")
	made, err := s.complete(s.ada(t), to.ID)
	require.NoError(t, err)
	require.Equal(t, kept.SHA256, made.Sha256)
}

func TestTwentyWhoCompleteAtOnceMakeOnePhoto(t *testing.T) {
	t.Parallel()
	s := open(t)
	content := phototest.JPEG(t, 8, 8)
	to := s.invite(t, content)
	require.NoError(t, s.put(t, to.URL, content))
	answers := make(chan string, 20)
	for range 20 {
		go func() {
			made, err := s.complete(s.ada(t), to.ID)
			if err != nil {
				answers <- err.Error()
				return
			}
			answers <- made.Sha256
		}()
	}
	first := <-answers
	for range 19 {
		require.Equal(t, first, <-answers)
	}
	require.Equal(t, first, s.photo(t, to.ID).Sha256)
}

func TestPhotosAreLimitedByReturnByCustomerAndByDay(t *testing.T) {
	t.Parallel()
	s := open(t)
	limited := func(err error) {
		t.Helper()
		require.Equal(t, fault.CodePhotoLimit, faultOf(t, err).Code)
	}
	// There are rows already, without files: as many as may be in no return, but for one.
	var ids []string
	s.known(t, 39, 1<<20, func(id string) { ids = append(ids, id) })
	content := phototest.JPEG(t, 8, 8)
	to := s.invite(t, content)
	_, err := s.Returns.UploadPhoto(s.ada(t), "", bytes.NewReader(content))
	limited(err)
	_, err = s.Returns.CreateUpload(s.ada(t), returns.UploadInput{ContentType: "image/jpeg", Bytes: 8})
	limited(err)
	require.NoError(t, s.put(t, to.URL, content), "what was begun can be ended")
	_, err = s.complete(s.ada(t), to.ID)
	require.NoError(t, err)

	_, _, err = s.Returns.Request(s.ada(t), returns.RequestInput{Lines: []returns.LineInput{s.line(policy.Defective, 1)}, PhotoIDs: ids[:21]})
	limited(err)
	ret, _, err := s.Returns.Request(s.ada(t), returns.RequestInput{Lines: []returns.LineInput{s.line(policy.Defective, 1)}, PhotoIDs: ids[:20]})
	require.NoError(t, err)
	_, err = s.Returns.AddPhotos(s.ada(t), returns.PhotosInput{ID: ret.ID, PhotoIDs: ids[20:21]})
	limited(err)

	s.known(t, 60, 1, func(string) {}) // the day is over
	s.Clock.Set(s.Clock.Now().Add(time.Minute))
	s.file(t)
	_, err = s.Returns.CreateUpload(s.ada(t), returns.UploadInput{ContentType: "image/jpeg", Bytes: 8})
	limited(err)
	require.Contains(t, faultOf(t, err).Say, "in a day")
	s.Clock.Set(s.Clock.Now().Add(24 * time.Hour))
	s.invite(t, content)
}

func TestWhatACustomerHasSentKeepsNoStaffFromSending(t *testing.T) {
	t.Parallel()
	s := open(t)
	ret, _, err := s.Returns.Request(s.ada(t), returns.RequestInput{Lines: []returns.LineInput{s.line(policy.Defective, 1)}})
	require.NoError(t, err)
	s.known(t, 40, 1, func(string) {})
	content := phototest.JPEG(t, 8, 8)
	_, err = s.Returns.UploadPhoto(s.ada(t), "", bytes.NewReader(content))
	require.Equal(t, fault.CodePhotoLimit, faultOf(t, err).Code)
	_, err = s.Returns.UploadPhoto(s.As(t, auth.Inspector), ret.ID, bytes.NewReader(content))
	require.NoError(t, err, "what is found on the goods can be shown")
}

// known writes photos of ada's down that have no files.
func (s shop) known(t *testing.T, n int, size int64, tell func(id string)) {
	t.Helper()
	require.NoError(t, s.DB.InTx(auth.AsSystem(t.Context()), func(ctx context.Context, tx store.Tx) error {
		for range n {
			id := s.Returns.NewID("pho")
			tell(id)
			ada := s.order.CustomerID
			if err := tx.Photo.Create().SetID(id).SetCustomerID(ada).SetContentType("image/jpeg").SetBytes(size).SetWidth(8).SetHeight(8).
				SetSha256(strings.Repeat("0", 64)).SetUploadedAt(tx.Now).SetUploadedBy(ada).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	}))
}

// file files all that is loose, by hand: it is about the day alone.
func (s shop) file(t *testing.T) {
	t.Helper()
	require.NoError(t, s.DB.InTx(auth.AsSystem(t.Context()), func(ctx context.Context, tx store.Tx) error {
		ret, err := tx.ReturnRequest.Query().First(ctx)
		if err != nil {
			return err
		}
		return tx.Photo.Update().Where(entphoto.ReturnIDIsNil()).SetReturnID(ret.ID).Exec(ctx)
	}))
}

func TestThePhotosOfAReturnAreLimitedInTheirBytes(t *testing.T) {
	t.Parallel()
	s := open(t)
	var ids []string
	s.known(t, 11, 10<<20, func(id string) { ids = append(ids, id) })
	in := returns.RequestInput{Lines: []returns.LineInput{s.line(policy.Defective, 1)}, PhotoIDs: ids}
	_, _, err := s.Returns.Request(s.ada(t), in)
	require.Equal(t, fault.CodePhotoLimit, faultOf(t, err).Code)
	require.Zero(t, s.DB.Client.ReturnRequest.Query().CountX(s.ada(t)), "nothing is filed")
	in.PhotoIDs = ids[:10]
	ret, _, err := s.Returns.Request(s.ada(t), in)
	require.NoError(t, err)
	_, err = s.Returns.AddPhotos(s.ada(t), returns.PhotosInput{ID: ret.ID, PhotoIDs: ids[10:]})
	require.Equal(t, fault.CodePhotoLimit, faultOf(t, err).Code)
}

func TestASignedAddressShowsOnePhotoForAWhile(t *testing.T) {
	t.Parallel()
	s := open(t)
	p := s.photo(t, s.upload(t))
	at, err := url.Parse(*s.Returns.PhotoURL(s.ada(t), p))
	require.NoError(t, err)
	require.Equal(t, photo.ViewPath+p.ID, at.Path)
	require.Nil(t, s.Returns.PhotoURL(s.As(t, auth.Service), p), "who may not see photos is given no address of one")
	see := func(id string, with url.Values) error {
		file, _, err := s.Returns.OpenSigned(t.Context(), id, with)
		if err != nil {
			return err
		}
		return file.Close()
	}
	require.NoError(t, see(p.ID, at.Query()))
	missing := see("pho_nothing", at.Query())
	other := s.upload(t)
	for name, change := range map[string]func(url.Values){
		"another end":      func(q url.Values) { q.Set("expires", "9999999999") },
		"no end":           func(q url.Values) { q.Del("expires") },
		"half a signature": func(q url.Values) { q.Set("signature", q.Get("signature")[:20]) },
		"no signature":     func(q url.Values) { q.Del("signature") },
	} {
		q := at.Query()
		change(q)
		require.Equal(t, missing, see(p.ID, q), name)
	}
	require.Equal(t, missing, see(other, at.Query()), "another photo's")
	s.Clock.Set(s.Clock.Now().Add(photo.ViewFor))
	require.Equal(t, missing, see(p.ID, at.Query()), "it is over")
}
