package sandbox_test

import (
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/notify"
	"github.com/vysero/returns/internal/notify/notifytest"
	"github.com/vysero/returns/internal/notify/sandbox"
)

var ids atomic.Int64

func newID() string { return fmt.Sprint(ids.Add(1)) }

func openAt(t testing.TB, dir string) *sandbox.Driver {
	t.Helper()
	driver, err := sandbox.Open(dir, newID)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, driver.Close()) })
	return driver
}

func mails(t testing.TB, dir string) [][]byte {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var all [][]byte
	for _, entry := range entries {
		require.Equal(t, sandbox.Ending, filepath.Ext(entry.Name()), "nothing is left lying about")
		text, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		require.NoError(t, err)
		all = append(all, text)
	}
	return all
}

func TestTheSandboxKeepsThePortsPromises(t *testing.T) {
	t.Parallel()
	notifytest.Run(t, func(t testing.TB) notifytest.Place {
		dir := filepath.Join(t.TempDir(), "a folder", "to be made")
		return notifytest.Place{Driver: openAt(t, dir), Arrived: func(t testing.TB) [][]byte { return mails(t, dir) }}
	})
}

func TestMailsAreReadableByTheirOwnerAlone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "mails")
	require.NoError(t, notifytest.Mailer(t, openAt(t, dir)).Send(t.Context(), notifytest.Message("mail_1")))
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := entry.Info()
		require.NoError(t, err)
		assert.Zero(t, info.Mode().Perm()&0o077, path)
		return nil
	}))
}

func TestAFolderThatCannotBeWrittenIsForAnotherTime(t *testing.T) {
	t.Parallel()
	driver := openAt(t, t.TempDir())
	require.NoError(t, driver.Close())
	require.ErrorIs(t, notifytest.Mailer(t, driver).Send(t.Context(), notifytest.Message("mail_1")), notify.ErrNotSent)
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := sandbox.Open(file, newID)
	require.Error(t, err)
}
