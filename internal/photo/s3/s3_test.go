package s3_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/photo"
	"github.com/vysero/returns/internal/photo/phototest"
	"github.com/vysero/returns/internal/photo/s3"
	"github.com/vysero/returns/internal/photo/s3/s3test"
)

var access = s3.Access{KeyID: s3test.KeyID, Secret: s3test.Secret}

// at is a driver on the bucket of an address.
func at(t testing.TB, address, bucket string) *s3.Driver {
	t.Helper()
	config, err := s3.Parse("s3://"+bucket+"/shop/one?region=us-east-1&endpoint="+address, access)
	require.NoError(t, err)
	driver, err := s3.New(config, t.TempDir())
	require.NoError(t, err)
	return driver
}

// send sends an upload as a browser or a phone does.
func send(t testing.TB, to photo.Invitation, content []byte) bool {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), to.Method, to.URL, bytes.NewReader(content))
	require.NoError(t, err)
	for _, header := range to.Headers {
		request.Header.Set(header.Name, header.Value)
	}
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	said, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	if answer.StatusCode != http.StatusOK {
		t.Logf("%d %s", answer.StatusCode, said)
	}
	return answer.StatusCode == http.StatusOK
}

func TestBucketKeepsThePortsPromises(t *testing.T) {
	t.Parallel()
	address, ok := s3test.Start(t)
	if !ok {
		return
	}
	phototest.Run(t, func(t testing.TB, dir string) phototest.Place {
		bucket := "photos-" + strings.ToLower(strings.NewReplacer("/", "-", "_", "-").Replace(filepath.Base(filepath.Dir(dir))+filepath.Base(dir)))
		bucket = bucket[max(0, len(bucket)-40):]
		if made, err := s3test.Client(t, address).BucketExists(t.Context(), bucket); err == nil && !made {
			s3test.Bucket(t, address, bucket)
		}
		return phototest.Place{
			Driver: at(t, address, bucket), Send: send, Now: time.Now,
			Names: func(t testing.TB) []string { return s3test.Names(t, address, bucket) },
		}
	})
	t.Run("WhatIsKeptIsWhereItIsSaidToBe", func(t *testing.T) {
		t.Parallel()
		s3test.Bucket(t, address, "places")
		driver := at(t, address, "places")
		album := phototest.Album(t, driver)
		content := phototest.PNG(t, 4, 3)
		_, err := album.Put(t.Context(), "pho_1", bytes.NewReader(content))
		require.NoError(t, err)
		to, err := album.Invite(t.Context(), photo.Upload{ID: "pho_2", ContentType: "image/png", Bytes: int64(len(content)), For: time.Minute})
		require.NoError(t, err)
		require.True(t, send(t, to, content))
		assert.Equal(t, []string{"shop/one/photos/pho_1", "shop/one/quarantine/pho_2"}, s3test.Names(t, address, "places"))
	})
	t.Run("StoreThatRefusesIsNotAMissingPhoto", func(t *testing.T) {
		t.Parallel()
		config, err := s3.Parse("s3://bucket?region=us-east-1&endpoint="+address, s3.Access{KeyID: access.KeyID, Secret: "another one"})
		require.NoError(t, err)
		stranger, err := s3.New(config, t.TempDir())
		require.NoError(t, err)
		unavailable(t, phototest.Album(t, stranger))
		require.ErrorContains(t, stranger.Ready(t.Context()), "bucket")
	})
	t.Run("BucketThatIsNotThereIsSaidAtOnce", func(t *testing.T) {
		t.Parallel()
		require.ErrorContains(t, at(t, address, "no-such-bucket").Ready(t.Context()), "no-such-bucket")
		s3test.Bucket(t, address, "such-a-bucket")
		require.NoError(t, at(t, address, "such-a-bucket").Ready(t.Context()))
	})
}

// unavailable holds that nothing can be done with an album, and that this is said so.
func unavailable(t *testing.T, album *photo.Album) {
	t.Helper()
	_, put := album.Put(t.Context(), "pho_1", bytes.NewReader(phototest.PNG(t, 4, 3)))
	_, _, opened := album.Open(t.Context(), "pho_1")
	_, accepted := album.Accept(t.Context(), "pho_1")
	for name, err := range map[string]error{"put": put, "open": opened, "accept": accepted, "sweep": album.Sweep(t.Context(), time.Now())} {
		require.Error(t, err, name)
		assert.Equal(t, fault.Unavailable, fault.From(err).Kind, name)
	}
}

func TestStoreThatIsNotThereIsSaidSo(t *testing.T) {
	t.Parallel()
	driver := at(t, "http://127.0.0.1:1", "photos")
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	_, _, err := phototest.Album(t, driver).Open(ctx, "pho_1")
	require.Error(t, err)
	assert.Equal(t, fault.Unavailable, fault.From(err).Kind)
}

func TestDraftsLeaveNothingOnThisMachine(t *testing.T) {
	t.Parallel()
	config, err := s3.Parse("s3://photos?region=us-east-1", access)
	require.NoError(t, err)
	dir := t.TempDir()
	driver, err := s3.New(config, dir)
	require.NoError(t, err)
	draft, err := driver.Begin(t.Context())
	require.NoError(t, err)
	_, err = draft.Write([]byte("of a crash"))
	require.NoError(t, err)
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, left)
	require.NoError(t, draft.Discard())
	require.NoError(t, draft.Discard())
}

func TestAddressOfAStoreIsReadOrRefused(t *testing.T) {
	t.Parallel()
	for _, good := range []string{
		"s3://photos?region=eu-central-1", "s3://photos/a/b/?region=auto&endpoint=https://store.example.com:9000",
	} {
		_, err := s3.Parse(good, access)
		require.NoError(t, err, good)
	}
	for _, bad := range []string{
		"", "photos", "https://store.example.com/photos", "s3://", "s3:///photos?region=x", "s3://photos", "s3://photos?region=",
		"s3://key:secret@photos?region=x", "s3://photos?region=x&secret=y", "s3://photos?region=x&region=y", "s3://photos?region=x#y",
		"s3://photos?region=x&endpoint=store.example.com", "s3://photos?region=x&endpoint=ftp://store.example.com",
		"s3://photos?region=x&endpoint=https://store.example.com/path", "s3://photos?%zz",
	} {
		_, err := s3.Parse(bad, access)
		require.Error(t, err, bad)
		assert.NotContains(t, err.Error(), "secret@", "what may be a secret is not said again")
	}
	_, err := s3.Parse("s3://photos?region=x", s3.Access{KeyID: "key"})
	require.ErrorContains(t, err, "AWS_SECRET_ACCESS_KEY")
}
