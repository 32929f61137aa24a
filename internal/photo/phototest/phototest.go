// Package phototest is the suite that every photo driver passes, and the pictures that tests need: real ones, made
// when they are asked for.
package phototest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/photo"
)

// Place is where photos are kept, as a test sees it.
type Place struct {
	Driver photo.Driver
	// Names lists everything that is stored, drafts included, by any names that tell them apart.
	Names func(t testing.TB) []string
	// Send sends an upload as a client would who was invited to it, and tells whether it was taken.
	Send func(t testing.TB, to photo.Invitation, content []byte) bool
	// Now is the store's clock.
	Now func() time.Time
}

// Noon is where the clock of Keys stands still.
var Noon = time.Date(2026, time.March, 10, 12, 0, 0, 0, time.UTC)

// Keys sign addresses, at Noon.
func Keys(t testing.TB) *photo.Keys {
	t.Helper()
	keys, err := photo.NewKeys("", func() time.Time { return Noon }, []byte("the secret of tests, thirty-two bytes"))
	require.NoError(t, err)
	return keys
}

// Album is an album before a driver, with Keys.
func Album(t testing.TB, driver photo.Driver, options ...photo.Option) *photo.Album {
	t.Helper()
	return photo.New(driver, Keys(t), options...)
}

// Open opens the place in dir. Opened again with the same dir it has the same photos. It closes by t.Cleanup what it
// opens.
type Open func(t testing.TB, dir string) Place

// Run runs the whole suite.
func Run(t *testing.T, open Open) {
	t.Helper()
	for _, promise := range []struct {
		name string
		test func(*testing.T, Open)
	}{
		{"WhatGoesInComesOut", whatGoesInComesOut},
		{"PhotosSurviveARestart", photosSurviveARestart},
		{"SamePhotoAgainIsNoError", samePhotoAgain},
		{"OtherPhotoUnderTheIDIsRefused", otherPhotoUnderTheID},
		{"TwentyAtOnceKeepOne", twentyAtOnceKeepOne},
		{"RefusedPhotoLeavesNothing", refusedPhotoLeavesNothing},
		{"BrokenUploadLeavesNothing", brokenUploadLeavesNothing},
		{"DraftIsNotVisible", draftIsNotVisible},
		{"RemovedPhotoIsGone", removedPhotoIsGone},
		{"NoIDLeadsElsewhere", noIDLeadsElsewhere},
		{"EndedContextKeepsNothing", endedContextKeepsNothing},
		{"SentPhotoIsNobodysUntilItIsAccepted", sentPhoto},
		{"OnlyWhatWasAnnouncedIsTaken", onlyWhatWasAnnounced},
		{"RubbishThatWasSentIsNeverAPhoto", sentRubbish},
		{"WhatWasSentAndForgottenIsSwept", sweptAway},
	} {
		t.Run(promise.name, func(t *testing.T) {
			t.Parallel()
			promise.test(t, open)
		})
	}
}

func read(t *testing.T, album *photo.Album, id string) ([]byte, photo.Meta) {
	t.Helper()
	body, meta, err := album.Open(t.Context(), id)
	require.NoError(t, err)
	content, err := io.ReadAll(body)
	require.NoError(t, errors.Join(err, body.Close()))
	return content, meta
}

func requireMissing(t *testing.T, album *photo.Album, id string) {
	t.Helper()
	_, _, err := album.Open(t.Context(), id)
	require.Error(t, err)
	require.Equal(t, fault.NotFound, fault.From(err).Kind, "%v", err)
}

func whatGoesInComesOut(t *testing.T, open Open) {
	album := Album(t, open(t, t.TempDir()).Driver)
	for id, c := range map[string]struct {
		content []byte
		kind    string
	}{
		"pho_1": {JPEG(t, 40, 30), "image/jpeg"},
		"pho_2": {PNG(t, 40, 30), "image/png"},
		"pho_3": {WebP(40, 30), "image/png"},
		"pho_4": {RIFF(VP8(40, 30)), "image/jpeg"},
	} {
		meta, err := album.Put(t.Context(), id, iotest.OneByteReader(bytes.NewReader(c.content)))
		require.NoError(t, err, c.kind)
		content, there := read(t, album, id)
		digest := sha256.Sum256(content)
		assert.Equal(t, photo.Meta{
			ContentType: c.kind, Bytes: int64(len(content)), Width: 40, Height: 30, SHA256: hex.EncodeToString(digest[:]),
		}, meta)
		assert.Equal(t, meta, there)
	}
}

func photosSurviveARestart(t *testing.T, open Open) {
	dir := t.TempDir()
	first := open(t, dir)
	want, err := Album(t, first.Driver).Put(t.Context(), "pho_1", bytes.NewReader(PNG(t, 4, 3)))
	require.NoError(t, err)
	if closer, ok := first.Driver.(io.Closer); ok {
		require.NoError(t, closer.Close())
	}
	content, meta := read(t, Album(t, open(t, dir).Driver), "pho_1")
	assert.Equal(t, want, meta)
	assert.Len(t, content, int(want.Bytes))
}

func samePhotoAgain(t *testing.T, open Open) {
	place := open(t, t.TempDir())
	album := Album(t, place.Driver)
	first, err := album.Put(t.Context(), "pho_1", bytes.NewReader(PNG(t, 4, 3)))
	require.NoError(t, err)
	names := place.Names(t)
	again, err := album.Put(t.Context(), "pho_1", bytes.NewReader(PNG(t, 4, 3)))
	require.NoError(t, err)
	assert.Equal(t, first, again)
	assert.Equal(t, names, place.Names(t), "and nothing is left beside it")
}

func otherPhotoUnderTheID(t *testing.T, open Open) {
	album := Album(t, open(t, t.TempDir()).Driver)
	first, err := album.Put(t.Context(), "pho_1", bytes.NewReader(PNG(t, 4, 3)))
	require.NoError(t, err)
	_, err = album.Put(t.Context(), "pho_1", bytes.NewReader(PNG(t, 3, 4)))
	require.Error(t, err)
	assert.Equal(t, fault.CodeDiffers, fault.From(err).Code)
	_, kept := read(t, album, "pho_1")
	assert.Equal(t, first, kept)
}

func twentyAtOnceKeepOne(t *testing.T, open Open) {
	album := Album(t, open(t, t.TempDir()).Driver)
	metas, errs := make([]photo.Meta, 20), make([]error, 20)
	var all sync.WaitGroup
	for i := range metas {
		all.Go(func() {
			metas[i], errs[i] = album.Put(t.Context(), "pho_1", bytes.NewReader(WebP(1+i%2, 1)))
		})
	}
	all.Wait()
	_, kept := read(t, album, "pho_1")
	for i, err := range errs {
		if metas[i] == kept {
			require.NoError(t, err)
			continue
		}
		require.Error(t, err)
		assert.Equal(t, fault.CodeDiffers, fault.From(err).Code)
	}
}

func refusedPhotoLeavesNothing(t *testing.T, open Open) {
	place := open(t, t.TempDir())
	_, err := Album(t, place.Driver).Put(t.Context(), "pho_1", strings.NewReader("<svg xmlns='http://www.w3.org/2000/svg'/>"))
	require.Error(t, err)
	assert.Equal(t, fault.CodePhoto, fault.From(err).Code)
	assert.Empty(t, place.Names(t))
}

func brokenUploadLeavesNothing(t *testing.T, open Open) {
	place := open(t, t.TempDir())
	whole := PNG(t, 40, 30)
	for _, broken := range []io.Reader{
		io.MultiReader(bytes.NewReader(whole[:len(whole)/2]), iotest.ErrReader(io.ErrUnexpectedEOF)),
		bytes.NewReader(whole[:len(whole)/2]),
	} {
		_, err := Album(t, place.Driver).Put(t.Context(), "pho_1", broken)
		require.Error(t, err)
		assert.Equal(t, fault.CodePhoto, fault.From(err).Code)
		assert.Empty(t, place.Names(t))
	}
}

func draftIsNotVisible(t *testing.T, open Open) {
	place := open(t, t.TempDir())
	draft, err := place.Driver.Begin(t.Context())
	require.NoError(t, err)
	_, err = draft.Write(PNG(t, 4, 3))
	require.NoError(t, err)
	album := Album(t, place.Driver)
	requireMissing(t, album, "pho_1")
	for _, name := range place.Names(t) {
		_, _, err = place.Driver.Open(t.Context(), name)
		require.ErrorIs(t, err, photo.ErrMissing, "not by its hidden name either")
	}
	require.NoError(t, draft.Discard())
	require.NoError(t, draft.Discard())
	assert.Empty(t, place.Names(t))
}

func removedPhotoIsGone(t *testing.T, open Open) {
	place := open(t, t.TempDir())
	album := Album(t, place.Driver)
	for range 2 {
		_, err := album.Put(t.Context(), "pho_1", bytes.NewReader(PNG(t, 4, 3)))
		require.NoError(t, err)
		_, err = album.Put(t.Context(), "pho_2", bytes.NewReader(PNG(t, 4, 3)))
		require.NoError(t, err)
		require.NoError(t, album.Remove(t.Context(), "pho_1"))
		require.NoError(t, album.Remove(t.Context(), "pho_1"), "twice")
		requireMissing(t, album, "pho_1")
		assert.Len(t, place.Names(t), 1)
	}
}

func noIDLeadsElsewhere(t *testing.T, open Open) {
	place := open(t, t.TempDir())
	album := Album(t, place.Driver)
	_, err := album.Put(t.Context(), "pho_1", bytes.NewReader(PNG(t, 4, 3)))
	require.NoError(t, err)
	for _, id := range []string{
		"", ".", "..", "../pho_1", "/pho_1", "a/b", `a\b`, "pho_1/", "./pho_1", "pho_1\x00", "pho 1", "phö", ".hidden",
		"%2e%2e", "pho_1.png", "C:", strings.Repeat("a", 65),
	} {
		_, err := album.Put(t.Context(), id, bytes.NewReader(PNG(t, 4, 3)))
		require.Error(t, err, id)
		assert.Equal(t, fault.Invalid, fault.From(err).Kind, id)
		requireMissing(t, album, id)
		require.NoError(t, album.Remove(t.Context(), id), id)
	}
	for _, id := range []string{"..", "../x", "/x", "a/b", ".hidden"} { // the driver alone
		_, _, err := place.Driver.Open(t.Context(), id)
		require.ErrorIs(t, err, photo.ErrMissing, id)
		require.NoError(t, place.Driver.Remove(t.Context(), id), id)
		draft, err := place.Driver.Begin(t.Context())
		require.NoError(t, err)
		require.Error(t, draft.Keep(t.Context(), id, photo.Meta{}), id)
		require.NoError(t, draft.Discard())
	}
	assert.Len(t, place.Names(t), 1)
}

func endedContextKeepsNothing(t *testing.T, open Open) {
	place := open(t, t.TempDir())
	album := Album(t, place.Driver)
	_, err := album.Put(t.Context(), "pho_1", bytes.NewReader(PNG(t, 4, 3)))
	require.NoError(t, err)
	ended, cancel := context.WithCancel(t.Context())
	draft, err := place.Driver.Begin(ended)
	require.NoError(t, err)
	cancel()
	require.Error(t, draft.Keep(ended, "pho_2", photo.Meta{}))
	require.NoError(t, draft.Discard())
	_, err = album.Put(ended, "pho_2", bytes.NewReader(PNG(t, 4, 3)))
	assert.Equal(t, fault.Unavailable, fault.From(err).Kind)
	assert.Equal(t, fault.Unavailable, fault.From(album.Remove(ended, "pho_1")).Kind)
	_, _, err = album.Open(ended, "pho_1")
	assert.Equal(t, fault.Unavailable, fault.From(err).Kind)
	assert.Len(t, place.Names(t), 1)
}
