package returns_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	entphoto "github.com/vysero/returns/ent/photo"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/photo"
	"github.com/vysero/returns/internal/photo/phototest"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/returns"
)

func TestPhotosAreKeptAsLongAsTheShopSays(t *testing.T) {
	t.Parallel()
	s := open(t, func(in *orders.RecordInput) { in.Items[0].Quantity = 2 })
	ended, running := s.upload(t), s.upload(t)
	ret, _, err := s.Returns.Request(s.ada(t), returns.RequestInput{Lines: []returns.LineInput{s.line(policy.Defective, 1)}, PhotoIDs: []string{ended}})
	require.NoError(t, err)
	_, _, err = s.Returns.Request(s.ada(t), returns.RequestInput{Lines: []returns.LineInput{s.line(policy.Defective, 1)}, PhotoIDs: []string{running}})
	require.NoError(t, err)
	verdict := s.lines(t, ret)[0].Verdict
	s.Clock.Set(s.Clock.Now().Add(20 * 24 * time.Hour))
	puts(0, policy.NotEligible)(t, s, ret)
	_, err = s.Returns.Decline(s.As(t, auth.Agent), returns.ReasonInput{ID: ret.ID, Reason: "It works."})
	require.NoError(t, err)
	s.Clock.Set(s.Clock.Now().Add(300 * 24 * time.Hour))
	require.NoError(t, s.Returns.Clean(t.Context()))
	require.True(t, s.opens(t, ended), "without a setting they are kept for ever")

	s.Returns.KeepPhotos = 301 * 24 * time.Hour
	require.NoError(t, s.Returns.Clean(t.Context()))
	require.True(t, s.opens(t, ended), "the time counts from the end")
	s.Returns.KeepPhotos = 299 * 24 * time.Hour
	require.NoError(t, s.Returns.Clean(t.Context()))
	require.False(t, s.opens(t, ended))
	require.True(t, s.opens(t, running), "a return that has not ended keeps them")

	p := s.photo(t, ended)
	require.Equal(t, entphoto.RemovalRETENTION, *p.Removal)
	require.NotNil(t, p.GoneAt)
	require.Nil(t, s.Returns.PhotoURL(s.ada(t), p))
	_, _, err = s.Returns.Photos.Open(t.Context(), ended)
	require.Equal(t, fault.NotFound, faultOf(t, err).Kind, "its file is gone")
	require.Equal(t, 1, ret.QueryPhotos().CountX(s.ada(t)), "it still counts")
	require.Equal(t, verdict, s.lines(t, ret)[0].Verdict)
	audited, err := s.Returns.Audit(t.Context(), returns.AuditInput{Found: func(d returns.Difference) { assert.Fail(t, d.String()) }})
	require.NoError(t, err)
	require.NotZero(t, audited.Events)
}

func TestPhotosOfFindingsGoWithTheOthers(t *testing.T) {
	t.Parallel()
	s := open(t)
	ret := s.request(t, s.line(policy.ChangeOfHeart, 1))
	taken, err := s.Returns.UploadPhoto(s.As(t, auth.Inspector), ret.ID, bytes.NewReader(phototest.JPEG(t, 8, 8)))
	require.NoError(t, err)
	ret = s.back(t, ret, returns.FoundInput{Packaging: true, PhotoIDs: []string{taken.ID}})
	s.Returns.KeepPhotos = 24 * time.Hour
	s.Clock.Set(s.Clock.Now().Add(3 * 24 * time.Hour))
	require.NoError(t, s.Returns.Clean(t.Context()))
	require.True(t, s.opens(t, taken.ID), "it is not settled yet")
	s.settle(t, ret)
	s.Clock.Set(s.Clock.Now().Add(3 * 24 * time.Hour))
	require.NoError(t, s.Returns.Clean(t.Context()))
	require.False(t, s.opens(t, taken.ID))
	require.Equal(t, entphoto.RemovalRETENTION, *s.photo(t, taken.ID).Removal)
}

func TestPhotosThatNobodyFiledAreRemoved(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.upload(t)
	s.Clock.Set(s.Clock.Now().Add(29 * 24 * time.Hour))
	require.NoError(t, s.Returns.Clean(t.Context()))
	require.True(t, s.opens(t, id))
	s.Clock.Set(s.Clock.Now().Add(2 * 24 * time.Hour))
	require.NoError(t, s.Returns.Clean(t.Context()))
	require.False(t, s.opens(t, id))
	require.Equal(t, entphoto.RemovalUNFILED, *s.photo(t, id).Removal)
	_, _, err := s.Returns.Request(s.ada(t), returns.RequestInput{Lines: []returns.LineInput{s.line(policy.Defective, 1)}, PhotoIDs: []string{id}})
	require.Error(t, err, "nor can it be filed any more")
}

func TestErasureRemovesEveryPhotoOfACustomerAndNobodyElses(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.Order(t, func(in *orders.RecordInput) { in.Number, in.Customer.Email = "1002", "eve@example.com" })
	eve := s.As(t, auth.Customer, "eve@example.com")
	theirs, err := s.Returns.UploadPhoto(eve, "", bytes.NewReader(phototest.JPEG(t, 8, 8)))
	require.NoError(t, err)
	filed, found := s.upload(t), s.upload(t)
	ret, _, err := s.Returns.Request(s.ada(t), returns.RequestInput{Lines: []returns.LineInput{s.line(policy.Defective, 1)}, PhotoIDs: []string{filed}})
	require.NoError(t, err)
	content := phototest.JPEG(t, 8, 8)
	to := s.invite(t, content)
	require.NoError(t, s.put(t, to.URL, content))

	_, err = s.Returns.ErasePhotos(s.As(t, auth.Admin), ret.CustomerID)
	require.Equal(t, fault.CodeForbidden, faultOf(t, err).Code)
	waiting, err := s.Returns.ErasePhotos(auth.AsSystem(t.Context()), ret.CustomerID)
	require.NoError(t, err)
	assert.Zero(t, waiting)
	for _, id := range []string{filed, found} {
		require.False(t, s.opens(t, id))
		require.Equal(t, entphoto.RemovalERASURE, *s.photo(t, id).Removal)
		_, _, err := s.Returns.Photos.Open(t.Context(), id)
		require.Error(t, err)
	}
	_, err = s.complete(s.ada(t), to.ID)
	require.Equal(t, fault.NotFound, faultOf(t, err).Kind, "what was on its way never comes")
	file, _, err := s.Returns.OpenPhoto(eve, theirs.ID)
	require.NoError(t, err)
	require.NoError(t, file.Close())
	again, err := s.Returns.ErasePhotos(auth.AsSystem(t.Context()), ret.CustomerID)
	require.NoError(t, err)
	assert.Zero(t, again)
}

func TestAFileThatTheStoreKeepsIsTriedAgainAndIsShownToNobody(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.upload(t)
	whole := s.Returns.Photos
	s.Returns.Photos = photo.New(stuck{}, phototest.Keys(t))
	waiting, err := s.Returns.ErasePhotos(auth.AsSystem(t.Context()), s.order.CustomerID)
	require.NoError(t, err)
	require.Equal(t, 1, waiting)
	_, err = s.Returns.DropPhotos(t.Context())
	require.Equal(t, fault.Unavailable, fault.From(err).Kind, "the queue hears of it, and tries again")
	require.False(t, s.opens(t, id))
	s.Returns.Photos = whole
	again, err := s.Returns.DropPhotos(t.Context())
	require.NoError(t, err)
	require.Zero(t, again)
	require.NotNil(t, s.photo(t, id).GoneAt)
}

// stuck is a store that nothing can be done with.
type stuck struct{ photo.Driver }

func (stuck) Remove(context.Context, string) error {
	return fmt.Errorf("the store is %w", io.ErrClosedPipe)
}

func (stuck) Forget(context.Context, string) error { return nil }
