package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/crash"
	"github.com/vysero/returns/internal/store/pgtest"
)

func TestARefundOfAFleetIsPaidOnce(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "")
	s := f.start(t)
	id, err := f.inspected(t.Context())
	require.NoError(t, err)
	token, err := bearer(auth.Finance)
	require.NoError(t, err)
	first, err := s.settle(t.Context(), token, id, "k")
	require.NoError(t, err)
	require.Equal(t, "REFUNDED", first.State)
	again, err := s.settle(t.Context(), token, id, "k")
	require.NoError(t, err)
	require.Equal(t, first, again)
	f.rests(t, time.Minute)
	f.agrees(t)
	require.EqualValues(t, 100_00, f.bank.Account(f.stock[id]).Held)
}

// death is one way in which a server ends while a refund is under way, with what goes wrong besides.
type death struct {
	point     string
	lost      bool // the bank hangs up on the first call, after the money has moved
	forgotten bool // the bank has forgotten its keys when somebody asks again
	heir      bool // another server is there all the time, and none is started afterwards
}

func (d death) String() string {
	name := d.point
	if d.lost {
		name += ", the answer lost"
	}
	if d.forgotten {
		name += ", the keys forgotten"
	}
	if d.heir {
		name += ", another server there"
	}
	return name
}

// told tells whether the point is on the way of a notice, and not of a settlement.
func (d death) told() bool { return d.point == crash.Noticed || d.point == crash.Applied }

// deaths are all of them without an heir.
func deaths() []death {
	var all []death
	for _, point := range crash.Points() {
		for _, lost := range []bool{false, true} {
			for _, forgotten := range []bool{false, true} {
				all = append(all, death{point: point, lost: lost, forgotten: forgotten})
			}
		}
	}
	return all
}

func TestAServerKilledAtAnyPointBetweenIntentAndReceiptLosesNothingAndPaysNothingTwice(t *testing.T) {
	t.Parallel()
	t.Run("on SQLite", func(t *testing.T) {
		t.Parallel()
		dieAll(t, deaths(), func(*testing.T) (string, bool) { return "", true })
	})
	t.Run("on PostgreSQL", func(t *testing.T) {
		t.Parallel()
		var all []death
		for _, point := range crash.Points() {
			all = append(all, death{point: point})
			if point != crash.Applied { // the heir may be the one who takes the notice's job, and lives
				all = append(all, death{point: point, heir: true})
			}
		}
		all = append(all, death{point: crash.Answered, lost: true, forgotten: true}, death{point: crash.Recorded, lost: true, heir: true})
		dieAll(t, all, func(t *testing.T) (string, bool) { return pgtest.Database(t) })
	})
}

// dieAll has a server die each of the deaths, in a shop of its own, and holds each shop's books against its bank's. Most of
// the time they all wait for the same thing, which is why they wait together: the key of a dead server is busy for half a
// minute.
func dieAll(t *testing.T, all []death, database func(*testing.T) (string, bool)) {
	t.Helper()
	trials, ids, errs := make([]*trial, len(all)), make([]string, len(all)), make([]error, len(all))
	for i := range all {
		url, found := database(t)
		if !found {
			return
		}
		trials[i] = newTrial(t, url)
		trials[i].tags = "crash"
		ids[i] = trials[i].inspectedAll(t, 1)[0]
	}
	var running sync.WaitGroup
	for i, d := range all {
		running.Go(func() { errs[i] = d.happen(context.WithoutCancel(t.Context()), trials[i], ids[i]) })
	}
	running.Wait()
	for i, d := range all {
		if assert.NoError(t, errs[i], d) {
			t.Log(d)
			trials[i].holds(t, ids[i:i+1])
		}
	}
	t.Logf("kills: %d", len(all))
}

// happen lets a server die, and insists on the refund until whoever comes after it has made it.
func (d death) happen(ctx context.Context, r *trial, id string) (err error) {
	doomed, err := r.launch("CRASH_AT=" + d.point)
	if err != nil {
		return err
	}
	defer doomed.kill()
	var next *server
	if d.heir {
		if next, err = r.launch(); err != nil {
			return err
		}
	}
	if d.lost {
		r.bank.DropAfterCommit(1)
	}
	if err := d.provoke(ctx, r, doomed, id); err != nil {
		return err
	}
	if d.forgotten {
		r.bank.ForgetKeys()
	}
	if next == nil {
		if next, err = r.launch(); err != nil {
			return err
		}
	}
	defer func() {
		if status := next.stop(); status != 0 || err != nil {
			err = errors.Join(err, fmt.Errorf("the server after it ends with %d:\n%s", status, next.log))
		}
	}()
	return d.recover(ctx, r, next, id)
}

// provoke brings the server to the point, where it has to end itself.
func (d death) provoke(ctx context.Context, r *trial, doomed *server, id string) error {
	if !d.told() {
		if a, err := r.ask(ctx, doomed, id); err == nil {
			return fmt.Errorf("a call that the server did not survive was answered: %+v", a)
		}
		return doomed.killedItself()
	}
	r.bank.StartAs("pending", "")
	if _, err := r.ask(ctx, doomed, id); err != nil {
		return err
	}
	paid := r.account(id).Refunds[0].ID
	if err := r.bank.Move(paid, "succeeded", ""); err != nil {
		return err
	}
	events := r.bank.About(paid)
	r.bank.Webhooks(doomed.hooks(), hookSecret)
	statuses, err := r.bank.Send(ctx, events[len(events)-1])
	if stored := err == nil && statuses[0] == 200; stored != (d.point == crash.Applied) {
		return fmt.Errorf("the notice was answered with %v: %w", statuses, err)
	}
	return doomed.killedItself()
}

// recover has the work of the dead one finished by the next one, and the bank tell everything once more.
func (d death) recover(ctx context.Context, r *trial, next *server, id string) error {
	if err := r.insist(ctx, always(next), id); err != nil { // before the bank tells: what is stored has to be enough
		return err
	}
	r.bank.Webhooks(next.hooks(), hookSecret)
	if left, err := r.bank.Deliver(ctx); err != nil || left > 0 {
		return fmt.Errorf("%d notices were not taken: %w", left, err)
	}
	return r.restsSoon(ctx)
}

// killedItself tells why a server was not ended by SIGKILL; nil where it was.
func (s *server) killedItself() error {
	ended := make(chan struct{})
	go func() { s.wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(time.Minute):
		s.kill()
		return fmt.Errorf("it lives on where it was to die:\n%s", s.log)
	}
	status, ok := s.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() || status.Signal() != syscall.SIGKILL {
		return fmt.Errorf("it was not killed: %s\n%s", s.cmd.ProcessState, s.log)
	}
	return nil
}
