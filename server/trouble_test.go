package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent/transfer"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/leftout"
	"github.com/vysero/returns/internal/payment/stripe/stripetest"
	"github.com/vysero/returns/internal/store"
)

// lockedFor is how long somebody else keeps the database: longer than a transaction waits, and than a request may take.
const lockedFor = 10 * time.Second

// file opens the shop's SQLite file beside the servers.
func (r *trial) file(t *testing.T) *sql.Conn {
	t.Helper()
	path, err := store.SQLitePath(r.url)
	require.NoError(t, err)
	db, err := sql.Open("sqlite3", "file:"+path+"?_busy_timeout=60000")
	require.NoError(t, err)
	conn, err := db.Conn(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, errors.Join(conn.Close(), db.Close())) })
	return conn
}

// execute runs a statement on the file.
func execute(t *testing.T, conn *sql.Conn, statement string) {
	t.Helper()
	_, err := conn.ExecContext(t.Context(), statement)
	require.NoError(t, err, statement)
}

// refused holds that a return cannot be settled now, that the caller is told to come again, and that the bank was not asked.
func (r *trial) refused(t *testing.T, s *server, id string) {
	t.Helper()
	posts := r.bank.Posts()
	a, err := r.ask(t.Context(), s, id)
	require.NoError(t, err)
	require.Equal(t, settled{Codes: []string{"UNAVAILABLE"}}, a)
	require.Equal(t, posts, r.bank.Posts(), "the bank was asked for what is not written down")
	require.Zero(t, r.account(id).Held)
}

// reads holds that a return can be looked at.
func (r *trial) reads(t *testing.T, s *server, id, state string) {
	t.Helper()
	got, err := r.look(t.Context(), s, id)
	require.NoError(t, err)
	require.Equal(t, state, got)
}

func TestADatabaseThatIsLockedForTenSecondsIsWaitedForAndNobodyIsAskedBefore(t *testing.T) {
	t.Parallel()
	r := newTrial(t, "")
	s, ids := r.start(t), r.inspectedAll(t, 2)
	file := r.file(t)
	execute(t, file, "BEGIN EXCLUSIVE")
	held := time.After(lockedFor)
	for over := false; !over; {
		r.refused(t, s, ids[0])
		r.reads(t, s, ids[0], "INSPECTED")
		select {
		case <-held:
			over = true
		default:
		}
	}
	execute(t, file, "ROLLBACK")
	require.NoError(t, r.insistAll(t.Context(), always(s), ids))
	r.holds(t, ids)
}

// answers settles a return while the bank is held up: the intent is written, and the bank has the call. It gives the gate
// behind which the bank's answer waits, and where the server's will come.
func (r *trial) answers(t *testing.T, s *server, id string) (*stripetest.Gate, <-chan error) {
	t.Helper()
	gate, answered := r.bank.Hold(stripetest.Before), make(chan error, 1)
	go func() {
		_, err := r.ask(context.WithoutCancel(t.Context()), s, id)
		answered <- err
	}()
	<-gate.Reached()
	return gate, answered
}

// unwritten holds that the bank has paid, and that the shop does not know.
func (r *trial) unwritten(t *testing.T, id string) {
	t.Helper()
	require.EqualValues(t, price, r.account(id).Held)
	n, err := r.app.DB.Client.Transfer.Query().Where(transfer.StateEQ(transfer.StateSUCCEEDED)).Count(auth.AsSystem(t.Context()))
	require.NoError(t, err)
	require.Zero(t, n)
}

func TestAReceiptThatCannotBeWrittenForTenSecondsIsWrittenAfterwards(t *testing.T) {
	t.Parallel()
	r := newTrial(t, "")
	s, ids := r.start(t), r.inspectedAll(t, 1)
	file := r.file(t)
	gate, answered := r.answers(t, s, ids[0])
	execute(t, file, "BEGIN EXCLUSIVE")
	gate.Open()
	held := time.After(lockedFor)
	require.NoError(t, <-answered)
	<-held
	r.unwritten(t, ids[0])
	execute(t, file, "ROLLBACK")
	require.NoError(t, r.insistAll(t.Context(), always(s), ids))
	r.holds(t, ids)
	require.Equal(t, 1, r.bank.Posts(), "the bank's list tells the rest")
}

// requireTmpfs is the variable that turns a tmpfs that is refused into a failure.
const requireTmpfs = "REQUIRE_TMPFS"

// smallDisk mounts a disk of a few MiB that goes with the test; false where that is refused, which is said aloud.
func smallDisk(t *testing.T) (dir string, ok bool) {
	t.Helper()
	dir = t.TempDir()
	if said, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", dir).CombinedOutput(); err != nil {
		leftout.Say(t, requireTmpfs, "a full disk (root, tmpfs)", fmt.Errorf("%w: %s", err, said))
		return "", false
	}
	t.Cleanup(func() {
		said, err := exec.Command("umount", "-l", dir).CombinedOutput()
		assert.NoError(t, err, string(said))
	})
	return dir, true
}

// fill writes a file until the disk takes no more of it, and gives its path. The database's log is emptied before: it would
// use its own room again.
func fill(t *testing.T, database *sql.Conn, dir string) string {
	t.Helper()
	var busy, frames, moved int
	require.NoError(t, database.QueryRowContext(t.Context(), "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &moved))
	require.Zero(t, busy)
	path := filepath.Join(dir, "filler")
	file, err := os.Create(path)
	require.NoError(t, err)
	for block := make([]byte, 4096); err == nil; {
		_, err = file.Write(block)
	}
	require.ErrorIs(t, err, syscall.ENOSPC)
	require.NoError(t, file.Close())
	return path
}

func TestADiskThatIsFullIsToldReadOnAndUsedAgainOnceThereIsRoom(t *testing.T) {
	t.Parallel()
	dir, ok := smallDisk(t)
	if !ok {
		return
	}
	r := newTrial(t, "sqlite:"+filepath.Join(dir, "shop.db"))
	s, ids := r.start(t), r.inspectedAll(t, 3)
	file := r.file(t)
	filler := fill(t, file, dir)
	for range 3 {
		r.refused(t, s, ids[0])
		r.reads(t, s, ids[0], "INSPECTED")
	}
	require.NoError(t, os.Remove(filler))
	require.NoError(t, r.insist(t.Context(), always(s), ids[0]))

	gate, answered := r.answers(t, s, ids[1]) // the disk fills up between the intent and the receipt
	filler = fill(t, file, dir)
	gate.Open()
	require.NoError(t, <-answered)
	require.EqualValues(t, price, r.account(ids[1]).Held)
	r.reads(t, s, ids[1], "REFUNDING")
	require.NoError(t, os.Remove(filler))
	require.NoError(t, r.insistAll(t.Context(), always(s), ids))
	r.holds(t, ids)
	require.Equal(t, len(ids), r.bank.Posts())
	var said string
	require.NoError(t, file.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&said))
	require.Equal(t, "ok", said)
}

func TestSIGTERMUnderLoadEndsInTimeAndNoAnswerWasUntrue(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		t.Helper()
		r := newTrial(t, url)
		ids := r.inspectedAll(t, 30)
		r.bank.Slow(200 * time.Millisecond)
		s := r.start(t)
		ready, answered, over := make(chan string, len(ids)), make(chan error, len(ids)), sync.WaitGroup{}
		for _, id := range ids {
			ready <- id
		}
		close(ready)
		for range 6 {
			over.Go(func() {
				for id := range ready {
					_, err := r.ask(context.WithoutCancel(t.Context()), s, id)
					answered <- err
				}
			})
		}
		for range 6 {
			require.NoError(t, <-answered)
		}
		require.Zero(t, s.stop(), s.log) // SIGTERM, and the exit status
		require.NotContains(t, s.log.String(), "cut off")
		over.Wait()
		refused := r.told["NONE"]
		require.NotZero(t, refused, "the load was over before the server was")
		require.NoError(t, r.insistAll(t.Context(), always(r.start(t)), ids))
		r.holds(t, ids)
		t.Logf("calls that a server that ends did not answer: %d", refused)
	})
}

func TestACallerWhoLeavesAtAnyInstantFindsTheWorkDoneOrNotBegun(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		t.Helper()
		r := newTrial(t, url)
		ids := r.inspectedAll(t, 21)
		r.bank.Slow(100 * time.Millisecond)
		s := r.start(t)
		for i, id := range ids {
			ctx, leave := context.WithTimeout(t.Context(), time.Duration(i)*10*time.Millisecond)
			_, _ = r.ask(ctx, s, id) // from the middle on there may be an answer
			leave()
		}
		left := r.told["NONE"]
		require.NoError(t, r.insistAll(t.Context(), always(s), ids))
		r.holds(t, ids)
		t.Logf("callers that left: %d", left)
	})
}
