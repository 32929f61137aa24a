package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/vysero/returns/internal/store"
)

// place is where a shop's records are; every command that needs them has these flags.
type place struct {
	DatabaseURL string `env:"DATABASE_URL" default:"sqlite:data/returns.db" placeholder:"URL" help:"sqlite:PATH or postgres://…. (${env}, default ${default})"`
	DataDir     string `env:"DATA_DIR" placeholder:"DIR" help:"Where photos are, if in no bucket; servers share it. Beside the SQLite file, or data. (${env})"`
}

// folder holds what belongs to the database and is not in it: photos, the sandbox's books, the demo's secret.
func (p place) folder() string {
	switch path, err := store.SQLitePath(p.DatabaseURL); {
	case p.DataDir != "":
		return p.DataDir
	case store.Postgres(p.DatabaseURL) || err != nil:
		return "data"
	default:
		return filepath.Dir(path)
	}
}

// beside is a path in the folder that carries the database's own name, so that two databases can share a folder.
func (p place) beside(what string) string {
	name := "returns"
	if at, err := url.Parse(p.DatabaseURL); store.Postgres(p.DatabaseURL) && err == nil {
		name = strings.Trim(at.Path, "/")
	} else if path, err := store.SQLitePath(p.DatabaseURL); err == nil {
		name = strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	}
	return filepath.Join(p.folder(), name+"."+what)
}

// secretName is the variable that holds the secret with which tokens of development are signed.
const secretName = "TOKEN_SECRET"

// secret is what tokens of development are signed with: TOKEN_SECRET, else a file that is made at first use and that its owner
// alone can read.
func (p program) secret(at place) ([]byte, error) {
	if text, found := p.env(secretName); found && text != "" {
		return []byte(text), nil
	}
	if _, err := store.SQLitePath(at.DatabaseURL); err != nil && !store.Postgres(at.DatabaseURL) {
		return nil, err // before anything is written
	}
	return madeSecret(filepath.Join(at.folder(), "demo-token-secret"))
}

// madeSecret reads the file, or makes it whole in one step: of two processes that come at once, the second reads what the
// first made.
func madeSecret(path string) (secret []byte, err error) {
	if secret, err = os.ReadFile(path); !errors.Is(err, os.ErrNotExist) { //nolint:gosec // beside the database, which the operator names
		return secret, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, fmt.Errorf("the data folder cannot be made: %w", err)
	}
	draft, err := os.CreateTemp(filepath.Dir(path), ".secret-*") // 0600 by itself
	if err != nil {
		return nil, fmt.Errorf("the secret cannot be made: %w", err)
	}
	defer func() { err = errors.Join(err, os.Remove(draft.Name())) }()
	random := make([]byte, 32)
	_, _ = rand.Read(random) // never fails: crypto/rand ends the program instead
	_, err = draft.WriteString(hex.EncodeToString(random))
	if err = errors.Join(err, draft.Sync(), draft.Close()); err != nil {
		return nil, fmt.Errorf("the secret cannot be written: %w", err)
	}
	if err := os.Link(draft.Name(), path); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("the secret cannot be kept: %w", err)
	}
	return os.ReadFile(path) //nolint:gosec // beside the database, which the operator names
}

// ids makes ids that sort by the time at which they were made, also within a millisecond.
type ids struct {
	now func() time.Time

	mu      sync.Mutex
	entropy *ulid.MonotonicEntropy
}

func newIDs(now func() time.Time) *ids {
	return &ids{now: now, entropy: ulid.Monotonic(rand.Reader, 0)}
}

// New makes an id such as ord_01jf….
func (i *ids) New(prefix string) string { return prefix + "_" + i.bare() }

func (i *ids) bare() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	at := ulid.Timestamp(i.now())
	id, err := ulid.New(at, i.entropy)
	for err != nil { // the millisecond's room is used up, which needs more ids than a machine makes in one
		i.entropy = ulid.Monotonic(rand.Reader, 0)
		id, err = ulid.New(at, i.entropy)
	}
	return strings.ToLower(id.String())
}

// startingAt is a clock that shows the instant now and goes on from there.
func startingAt(at time.Time, wall func() time.Time) func() time.Time {
	started := wall()
	return func() time.Time { return at.Add(wall().Sub(started)) }
}
