package apptest

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/store"
	"github.com/vysero/returns/internal/store/pgtest"
)

// DatabaseURL is a fresh database of the kind that TEST_DATABASE asks for, at this program's version; a file is in dir. It is
// a copy of one that was migrated once for the whole process: to migrate each would take longer than most tests do.
func DatabaseURL(t testing.TB, dir string) string {
	t.Helper()
	if os.Getenv("TEST_DATABASE") != "postgres" {
		whole, err := migratedFile()
		require.NoError(t, err)
		path := filepath.Join(dir, "shop.db")
		require.NoError(t, os.WriteFile(path, whole, 0o600))
		return "sqlite:" + path
	}
	url, ok := pgtest.Copy(t, migrate)
	require.True(t, ok, "TEST_DATABASE asks for PostgreSQL, which cannot be had")
	return url
}

// migratedFile is a SQLite file of this program's version without a row of anybody.
var migratedFile = sync.OnceValues(func() (whole []byte, err error) {
	dir, err := os.MkdirTemp("", "apptest-*")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "shop.db")
	if err := migrate("sqlite:" + path); err != nil {
		return nil, err
	}
	return os.ReadFile(path) //nolint:gosec // just made
})

// migrate brings a database to this program's version. Closed, it is whole in its one file.
func migrate(url string) (err error) {
	db, err := store.Open(context.Background(), url, func() time.Time { return At(Start) })
	if err != nil {
		return err
	}
	if _, err = db.Migrate(context.Background()); err != nil {
		_ = db.Close() // the error tells more
		return err
	}
	return db.Close()
}
