// Package pgtest gives tests real PostgreSQL servers, started from the programs that are installed on the machine. There
// is one server for all tests of a process, quick and without a care for the disk, in which every test has a database of
// its own; and there are clusters for a single test that may be killed, copied to a standby and promoted.
//
// Every server listens on 127.0.0.1 alone and lets everybody in who gets there. Beside each of them waits a sweeper, a
// process that stops the server and removes its folder once the test process lets go of it, and so also when the test
// process is killed. A test that needs PostgreSQL where there is none says so in its log; with REQUIRE_POSTGRES set it
// fails.
package pgtest

import (
	"context"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vysero/returns/internal/leftout"
)

const (
	// Require is the variable that turns the absence of PostgreSQL into a failure.
	Require = "REQUIRE_POSTGRES"

	// patience is how long anything that a server is asked to do may take, on a machine that is busy with other things.
	patience = time.Minute
)

// quick are the settings of the shared server: no test of its looks at what is left after a crash.
var quick = []string{
	"fsync = off", "synchronous_commit = off", "full_page_writes = off", "wal_level = minimal", "max_wal_senders = 0",
	"max_connections = 200", "shared_buffers = 32MB",
}

// durable are the settings of a cluster that a test has to itself: a commit that was answered is on the disk.
var durable = []string{
	"fsync = on", "synchronous_commit = on", "full_page_writes = on", "wal_level = replica", "max_wal_senders = 10",
	"max_replication_slots = 10", "hot_standby = on", "max_connections = 100", "shared_buffers = 32MB",
	// A standby that lost its primary may sit out this interval before it hears that it is promoted: 5 s by default.
	"wal_retrieve_retry_interval = 100ms",
}

var (
	databases atomic.Int64            // that Database has made
	running   atomic.Pointer[Cluster] // the shared one, once it runs
)

var shared = sync.OnceValues(func() (*Cluster, error) {
	programs, err := Find()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c, err := start(ctx, programs, inMemory(), quick)
	if err == nil {
		running.Store(c)
	}
	return c, err
})

// ours is the shared server, false where PostgreSQL is not installed.
func ours(t testing.TB) (*Cluster, bool) {
	t.Helper()
	if _, found := programs(t); !found {
		return nil, false
	}
	c, err := shared()
	if err != nil {
		t.Fatalf("the shared PostgreSQL server: %v", err)
	}
	return c, true
}

// Database makes an empty database in the server that all tests of the process share, and gives its URL, as pgx takes
// it. The database is dropped after the test, whoever is still connected. It gives false where PostgreSQL is not
// installed, which it writes into the log; with REQUIRE_POSTGRES set, that is a failure.
func Database(t testing.TB) (string, bool) {
	t.Helper()
	c, found := ours(t)
	if !found {
		return "", false
	}
	return c.passing(t, ""), true
}

// Copy is Database for a copy of one that fill has filled, which it does once in a process.
func Copy(t testing.TB, fill func(url string) error) (string, bool) {
	t.Helper()
	c, found := ours(t)
	if !found {
		return "", false
	}
	filled.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if errFilled = c.exec(ctx, "CREATE DATABASE "+quoted(template)); errFilled == nil {
			errFilled = fill(c.URL(template))
		}
	})
	if errFilled != nil {
		t.Fatalf("the database that is copied: %v", errFilled)
	}
	return c.passing(t, template), true
}

// template is the database that Copy copies.
const template = "filled"

var (
	filled    sync.Once
	errFilled error
)

// passing makes a database that is dropped after the test: empty, or a copy of another one that nobody is connected to.
func (c *Cluster) passing(t testing.TB, of string) string {
	t.Helper()
	name := fmt.Sprintf("test_%d", databases.Add(1))
	statement := "CREATE DATABASE " + quoted(name)
	if of != "" {
		statement += " TEMPLATE " + quoted(of) + " STRATEGY FILE_COPY" // whose checkpoints cost nothing where fsync is off
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := c.exec(ctx, statement); err != nil {
		t.Fatalf("create the database %s: %v\n%s", name, err, c.tail())
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := c.exec(ctx, "DROP DATABASE IF EXISTS "+quoted(name)+" WITH (FORCE)"); err != nil {
			t.Errorf("drop %s: %v", name, err)
		}
	})
	return c.URL(name)
}

// Scratch is an empty database for a tool that is no test, in the shared server: it is gone with the process.
func Scratch() (string, error) {
	if _, err := Find(); err != nil {
		return "", err
	}
	c, err := shared()
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	name := fmt.Sprintf("scratch_%d", databases.Add(1))
	return c.URL(name), c.exec(ctx, "CREATE DATABASE "+quoted(name))
}

// Main runs the tests of a package and then ends the shared server. It gives the code to exit with, which is not zero
// where the server or its folder would not go. A package that does without it leaves no more behind: the server ends
// with the process. Main waits for that.
//
//	func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }
func Main(m *testing.M) int {
	code := m.Run()
	c := running.Load()
	if c == nil {
		return code
	}
	if err := c.end(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return max(code, 1)
	}
	return code
}

// programs finds PostgreSQL, or says aloud that it is not there.
func programs(t testing.TB) (string, bool) {
	t.Helper()
	dir, err := Find()
	if err == nil {
		return dir, true
	}
	leftout.Say(t, Require, "PostgreSQL: migrations, jobs, several servers, failover (Debian: postgresql)", err)
	return "", false
}
