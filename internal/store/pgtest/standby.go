package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
)

var standbys atomic.Int64 // that were made; they name the next one

// Standby copies the cluster to a second one that follows it over a stream, takes reads, and ends with the test. It
// keeps its settings. The primary keeps for it what it has not got yet, so it may be down for a while.
func (c *Cluster) Standby(t testing.TB) *Cluster {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	standby, err := c.follow(ctx)
	if err != nil {
		t.Fatalf("make a standby: %v", err)
	}
	standby.endAfter(t)
	return standby
}

func (c *Cluster) follow(ctx context.Context) (*Cluster, error) {
	h, err := settle(ctx, c.programs, onDisk)
	if err != nil {
		return nil, err
	}
	standby := &Cluster{home: h, name: fmt.Sprintf("standby_%d", standbys.Add(1))}
	err = standby.run(ctx, "pg_basebackup", "--pgdata="+standby.data(), "--checkpoint=fast", "--wal-method=stream",
		"--create-slot", "--slot="+standby.name, "--write-recovery-conf", "--no-sync",
		"--dbname="+databaseURL(c.address(), "", url.Values{"application_name": {standby.name}}))
	if err == nil {
		err = standby.launch(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, fmt.Errorf("the primary says: %s", c.tail()), standby.end())
	}
	return standby, nil
}

// Synchronous makes every commit on the cluster wait until this standby has it on disk, and returns when that holds.
// While the standby is down, commits hang.
func (c *Cluster) Synchronous(t testing.TB, standby *Cluster) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	err := c.exec(ctx, "ALTER SYSTEM SET synchronous_standby_names = "+quoted(standby.name), "SELECT pg_reload_conf()")
	if err == nil {
		err = await(ctx, func(ctx context.Context) error { return c.waitsFor(ctx, standby) })
	}
	if err != nil {
		t.Fatalf("%s is no synchronous standby: %v\n%s", standby.name, err, c.tail())
	}
}

// waitsFor fails unless commits wait for the standby.
func (c *Cluster) waitsFor(ctx context.Context, standby *Cluster) error {
	return c.connected(ctx, func(conn *pgx.Conn) error {
		var state string
		err := conn.QueryRow(ctx, "SELECT sync_state FROM pg_stat_replication WHERE application_name = $1", standby.name).Scan(&state)
		switch {
		case err != nil:
			return fmt.Errorf("look at the standby %s: %w", standby.name, err)
		case state != "sync":
			return fmt.Errorf("the standby %s is %s", standby.name, state)
		}
		return nil
	})
}

// Promote makes a primary of a standby, with everything that it was sent, and returns when it takes writes. It waits for
// no standby of its own. The old primary is not told: a test that starts it again has two.
func (c *Cluster) Promote(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	// The names may have come with the copy. They go before the promotion, so that no commit waits for anybody.
	err := c.exec(ctx, "ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()")
	if err == nil {
		err = c.control(ctx, "promote")
	}
	if err == nil {
		err = await(ctx, c.writable)
	}
	if err != nil {
		t.Fatalf("promote %s: %v\n%s", c.name, err, c.tail())
	}
}

// writable fails while the server recovers or follows another one.
func (c *Cluster) writable(ctx context.Context) error {
	return c.connected(ctx, func(conn *pgx.Conn) error {
		var follows bool
		if err := conn.QueryRow(ctx, "SELECT pg_is_in_recovery()").Scan(&follows); err != nil {
			return fmt.Errorf("ask whether the server takes writes: %w", err)
		}
		if follows {
			return errors.New("the server takes no writes")
		}
		return nil
	})
}

// MultiURL is the address of a database on whichever of two clusters takes writes, as pgx takes it: it tries one after
// the other, each time that it connects.
func MultiURL(a, b *Cluster, database string) string {
	return databaseURL(a.address()+","+b.address(), database, url.Values{"target_session_attrs": {"read-write"}})
}
