package disk_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/photo"
	"github.com/vysero/returns/internal/photo/disk"
	"github.com/vysero/returns/internal/photo/phototest"
)

var ids atomic.Int64

func newID() string { return fmt.Sprint(ids.Add(1)) }

func openAt(t testing.TB, dir string) *disk.Driver {
	t.Helper()
	driver, err := disk.Open(dir, newID)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, driver.Close()) })
	return driver
}

func names(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var all []string
	for _, entry := range entries {
		all = append(all, entry.Name())
	}
	return all
}

func TestDiskKeepsThePortsPromises(t *testing.T) {
	t.Parallel()
	phototest.Run(t, func(t testing.TB, dir string) phototest.Place {
		dir = filepath.Join(dir, "a folder", "to be made")
		return phototest.Place{
			Driver: openAt(t, dir),
			Names:  func(t testing.TB) []string { return names(t, dir) },
			Send:   send(dir),
			Now:    time.Now,
		}
	})
}

// send takes an upload as this program's own address does.
func send(dir string) func(testing.TB, photo.Invitation, []byte) bool {
	return func(t testing.TB, to photo.Invitation, content []byte) bool {
		t.Helper()
		at, err := url.Parse(to.URL)
		require.NoError(t, err)
		assert.Equal(t, http.MethodPut, to.Method)
		id := strings.TrimPrefix(at.Path, photo.SendPath)
		return phototest.Album(t, openAt(t, dir)).Receive(t.Context(), photo.Sent{
			ID: id, With: at.Query(), ContentType: to.Headers[0].Value, Body: bytes.NewReader(content),
		}) == nil
	}
}

func TestPhotosAreReadableByTheirOwnerAlone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "photos")
	_, err := phototest.Album(t, openAt(t, dir)).Put(t.Context(), "pho_1", bytes.NewReader(phototest.PNG(t, 4, 3)))
	require.NoError(t, err)
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := entry.Info()
		require.NoError(t, err)
		assert.Zero(t, info.Mode().Perm()&0o077, path)
		return nil
	}))
}

func TestHalfAPictureIsNeverServed(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(dir string) error{
		"picture cut off":  func(dir string) error { return os.Truncate(filepath.Join(dir, "picture"), 10) },
		"picture gone":     func(dir string) error { return os.Remove(filepath.Join(dir, "picture")) },
		"note overwritten": func(dir string) error { return os.WriteFile(filepath.Join(dir, "meta.json"), []byte("{"), 0o600) },
		"note is a folder": func(dir string) error {
			note := filepath.Join(dir, "meta.json")
			if err := os.Remove(note); err != nil {
				return err
			}
			return os.Mkdir(note, 0o700)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			album := phototest.Album(t, openAt(t, dir))
			_, err := album.Put(t.Context(), "pho_1", bytes.NewReader(phototest.PNG(t, 40, 30)))
			require.NoError(t, err)
			require.NoError(t, spoil(filepath.Join(dir, "pho_1")))
			_, _, err = album.Open(t.Context(), "pho_1")
			require.Error(t, err)
			assert.Equal(t, fault.Unavailable, fault.From(err).Kind)
		})
	}
}

func TestNoLinkLeadsOutOfTheFolder(t *testing.T) {
	t.Parallel()
	outside, dir := t.TempDir(), t.TempDir()
	_, err := phototest.Album(t, openAt(t, outside)).Put(t.Context(), "pho_1", bytes.NewReader(phototest.PNG(t, 4, 3)))
	require.NoError(t, err)
	require.NoError(t, os.Symlink(filepath.Join(outside, "pho_1"), filepath.Join(dir, "pho_2")))
	album := phototest.Album(t, openAt(t, dir))
	_, _, err = album.Open(t.Context(), "pho_2")
	require.Error(t, err)
	require.NoError(t, album.Remove(t.Context(), "pho_2"))
	assert.Len(t, names(t, outside), 1, "the link went, what it led to stayed")
}

func TestSweepTakesOldDraftsOnly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	driver := openAt(t, dir)
	_, err := phototest.Album(t, driver).Put(t.Context(), "pho_1", bytes.NewReader(phototest.PNG(t, 4, 3)))
	require.NoError(t, err)
	left, err := driver.Begin(t.Context()) // as by a crash
	require.NoError(t, err)
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	for _, name := range names(t, dir) {
		require.NoError(t, os.Chtimes(filepath.Join(dir, name), noon, noon))
	}
	swept, err := driver.Sweep(t.Context(), noon)
	require.NoError(t, err)
	assert.Zero(t, swept)
	swept, err = driver.Sweep(t.Context(), noon.Add(time.Second))
	require.NoError(t, err)
	assert.Equal(t, 1, swept)
	assert.Equal(t, []string{"pho_1"}, names(t, dir))
	require.NoError(t, left.Discard())
}

func TestFolderThatCannotBeUsedIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := disk.Open(file, newID)
	require.Error(t, err)
}

func TestClosedFolderTakesNothing(t *testing.T) {
	t.Parallel()
	driver := openAt(t, t.TempDir())
	require.NoError(t, driver.Close())
	album := phototest.Album(t, driver)
	_, err := album.Put(t.Context(), "pho_1", bytes.NewReader(phototest.PNG(t, 4, 3)))
	assert.Equal(t, fault.Unavailable, fault.From(err).Kind)
	assert.Equal(t, fault.Unavailable, fault.From(album.Remove(t.Context(), "pho_1")).Kind)
	_, err = driver.Sweep(t.Context(), time.Time{})
	require.Error(t, err)
}

func TestRepeatedDraftNameOverwritesNothing(t *testing.T) {
	t.Parallel()
	driver, err := disk.Open(t.TempDir(), func() string { return "same" })
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, driver.Close()) })
	first, err := driver.Begin(t.Context())
	require.NoError(t, err)
	_, err = driver.Begin(t.Context())
	require.Error(t, err)
	require.NoError(t, first.Discard())
}
