package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
)

// admin is the database that every server has from the beginning, and superuser the user that made it.
const (
	admin     = "postgres"
	superuser = "postgres"
)

// Cluster is a PostgreSQL server with a folder of its own. Its methods are safe for many goroutines, as far as it makes
// sense to call them at the same time.
type Cluster struct {
	*home

	port int    // stays the same when the server is started again
	name string // of a standby, as its primary calls it
}

// Mode is how a server is stopped.
type Mode string

// The modes of Stop.
const (
	Smart     Mode = "smart"     // waits until all clients have left
	Fast      Mode = "fast"      // rolls back what runs and writes everything to disk
	Immediate Mode = "immediate" // drops everything as a crash would: the next start recovers
)

// Start starts a cluster for this test alone, with a disk that keeps what was committed, and ends it with the test.
// Settings are lines of postgresql.conf, such as "synchronous_commit = remote_apply"; they win over those of this
// package. It gives false where PostgreSQL is not installed, which it writes into the log; with REQUIRE_POSTGRES set,
// that is a failure. A test that fails has the end of the server's log in its own.
func Start(t testing.TB, settings ...string) (*Cluster, bool) {
	t.Helper()
	dir, found := programs(t)
	if !found {
		return nil, false
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c, err := start(ctx, dir, onDisk, slices.Concat(durable, settings))
	if err != nil {
		t.Fatalf("start a PostgreSQL cluster: %v", err)
	}
	c.endAfter(t)
	return c, true
}

// endAfter ends the cluster with the test.
func (c *Cluster) endAfter(t testing.TB) {
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the end of the log of %s:\n%s", c.address(), c.tail())
		}
		if err := c.end(); err != nil {
			t.Error(err)
		}
	})
}

// start makes a cluster in a folder and starts its server. Nothing is left of it where that fails.
func start(ctx context.Context, programs, in string, settings []string) (*Cluster, error) {
	h, err := settle(ctx, programs, in)
	if err != nil {
		return nil, err
	}
	c := &Cluster{home: h}
	err = c.initialize(ctx, settings)
	if err == nil {
		err = c.launch(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, c.end())
	}
	return c, nil
}

// initialize makes the data folder with its settings.
func (c *Cluster) initialize(ctx context.Context, settings []string) error {
	locale := "C.UTF-8" // knows letters beyond ASCII and sorts by their bytes, the same on every Linux
	if runtime.GOOS != "linux" {
		locale = "C"
	}
	err := c.run(ctx, "initdb", "--pgdata="+c.data(), "--username="+superuser, "--auth=trust", "--encoding=UTF8",
		"--locale="+locale, "--no-sync")
	if err != nil {
		return err
	}
	return c.configure(append([]string{"listen_addresses = '127.0.0.1'", "unix_socket_directories = ''"}, settings...))
}

// configure adds lines to postgresql.conf, where the last one wins.
func (c *Cluster) configure(settings []string) error {
	file, err := os.OpenFile(filepath.Join(c.data(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("configure the server: %w", err)
	}
	_, err = file.WriteString("\n" + strings.Join(settings, "\n") + "\n")
	return errors.Join(err, file.Close())
}

// launch starts a new server on some port. Another process may take the port between the look and the start, so it
// tries a few.
func (c *Cluster) launch(ctx context.Context) error {
	var err error
	for range 5 {
		if c.port, err = freePort(ctx); err != nil {
			return err
		}
		if err = c.Restart(); err == nil || !strings.Contains(err.Error(), "Address already in use") {
			return err
		}
	}
	return err
}

// Restart starts the server again after Stop or Kill, at the same address, and returns when it takes queries. A server
// that was killed recovers first.
func (c *Cluster) Restart() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err := c.control(ctx, "start", "--log="+c.log(), "--options=-p "+strconv.Itoa(c.port))
	if err == nil {
		err = await(ctx, func(ctx context.Context) error { return c.exec(ctx, "SELECT 1") })
	}
	if err != nil {
		return fmt.Errorf("the server does not start: %w\n%s", err, c.tail())
	}
	return nil
}

// Stop stops the server and returns when it has ended. Its folder stays, so that Restart finds it. A server that does
// not run is an error.
func (c *Cluster) Stop(mode Mode) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := c.control(ctx, "stop", "--mode="+string(mode)); err != nil {
		return fmt.Errorf("the server does not stop: %w\n%s", err, c.tail())
	}
	return nil
}

// Kill ends the server at once, as a crash would: connections break, nothing more is written or sent to a standby.
func (c *Cluster) Kill() error { return c.Stop(Immediate) }

// control has pg_ctl do something to the server and wait until it is done.
func (c *Cluster) control(ctx context.Context, verb string, more ...string) error {
	args := []string{verb, "--pgdata=" + c.data(), "--wait", fmt.Sprintf("--timeout=%.0f", patience.Seconds())}
	return c.run(ctx, "pg_ctl", append(args, more...)...)
}

// URL is the address of a database on this server, as pgx takes it. Every server has the database "postgres".
func (c *Cluster) URL(database string) string {
	return databaseURL(c.address(), database, url.Values{})
}

// CreateDatabase makes an empty database and gives its URL.
func (c *Cluster) CreateDatabase(t testing.TB, name string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := c.exec(ctx, "CREATE DATABASE "+quoted(name)); err != nil {
		t.Fatalf("create the database %s: %v\n%s", name, err, c.tail())
	}
	return c.URL(name)
}

func (c *Cluster) address() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(c.port)) }

// databaseURL writes a URL of one host or of several with commas between.
func databaseURL(hosts, database string, more url.Values) string {
	more.Set("sslmode", "disable")
	return (&url.URL{
		Scheme: "postgres", User: url.User(superuser), Host: hosts, Path: "/" + database, RawQuery: more.Encode(),
	}).String()
}

// exec runs statements one after the other, each a transaction of its own, as the superuser.
func (c *Cluster) exec(ctx context.Context, statements ...string) error {
	return c.connected(ctx, func(conn *pgx.Conn) error {
		for _, statement := range statements {
			if _, err := conn.Exec(ctx, statement); err != nil {
				return fmt.Errorf("%s: %w", statement, err)
			}
		}
		return nil
	})
}

// connected hands a connection of the superuser to work and closes it again.
func (c *Cluster) connected(ctx context.Context, work func(*pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, c.URL(admin))
	if err != nil {
		return err
	}
	return errors.Join(work(conn), conn.Close(ctx))
}

func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }

// The ports of the servers lie below those that the system gives to outgoing connections. Otherwise a client could be
// given the port of a server that is down, or even reach itself while it knocks there.
const (
	firstPort  = 20000
	ports      = 12000
	ofAProcess = 64
)

var portsTaken atomic.Int64

// freePort looks for a port that nobody listens on. Processes begin at different places, as their tests run together.
func freePort(ctx context.Context) (int, error) {
	var err error
	for range ports {
		var listening net.Listener
		port := firstPort + (os.Getpid()*ofAProcess+int(portsTaken.Add(1)))%ports
		listening, err = new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			return port, listening.Close()
		}
	}
	return 0, fmt.Errorf("no port is free: %w", err)
}
