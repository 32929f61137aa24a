package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/payment/stripe/stripetest"
	"github.com/vysero/returns/internal/store"
	"github.com/vysero/returns/internal/store/pgtest"
)

var (
	soakSeconds = flag.Int("soak", 0, "soak for so many seconds, on DATABASE_URL where it is set; 0 is the short form")
	soakReport  = flag.String("soak-report", "", "write what the soak came to into this file")
	soakSeed    = flag.Uint64("soak-seed", 0, "have the chances of an earlier soak again; 0 takes new ones")
)

const (
	briefly = 8 * time.Second // how long the short form is under load
	// answerWithin is how long calls may go on after the load: a key is busy for half a minute once its server has died.
	answerWithin = 3 * time.Minute
	// restWithin is how long money may be under way after the last start of the servers, and rounds how often they start.
	restWithin, rounds = time.Minute, 3
)

// chaos is how the bank behaves under load, in percent.
func chaos(seed uint64) stripetest.Chaos {
	return stripetest.Chaos{
		Seed: seed, DropBefore: 3, DropAfter: 4, Fail503Before: 3, Fail503After: 4, Fail500Before: 0.5, Fail500After: 1,
		Slow: 3, SlowUpTo: 4 * time.Second, Pending: 10, FailLater: 5,
	}
}

// TestSoak settles returns while servers are killed, and then holds all books against the bank's ledger.
func TestSoak(t *testing.T) {
	t.Parallel()
	if *soakSeconds > 0 {
		soakOn(t, os.Getenv("DATABASE_URL"), time.Duration(*soakSeconds)*time.Second)
		return
	}
	t.Run("on SQLite", func(t *testing.T) {
		t.Parallel()
		soakOn(t, "", briefly)
	})
	t.Run("on PostgreSQL", func(t *testing.T) {
		t.Parallel()
		if cluster, found := pgtest.Start(t); found {
			soakOn(t, cluster.CreateDatabase(t, "shop"), briefly)
		}
	})
}

// soak is a fleet under load, whose servers are killed.
type soak struct {
	*fleet

	seed  uint64
	turns chan struct{} // as many calls as may be under way at once

	mu          sync.Mutex
	crew        []*server     // as many as there are; nil where one was killed and the next does not listen yet
	changed     chan struct{} // closed and replaced when the crew changes
	kills       int
	dealt       map[string]deal // what was settled, by the return
	counts      map[string]int  // what happened, for the report
	said        []string        // errors of the servers, one of each kind
	differences []string
	broken      []string // what kept the soak from telling anything
}

// soakOn makes a shop on a database, "" for a SQLite file of its own, and soaks it.
func soakOn(t *testing.T, url string, under time.Duration) {
	t.Helper()
	refuseOrders(t, url)
	s := &soak{
		fleet: newFleet(t, url), seed: *soakSeed, turns: make(chan struct{}, 6), changed: make(chan struct{}),
		dealt: map[string]deal{}, counts: map[string]int{},
	}
	if s.seed == 0 {
		s.seed = uint64(time.Now().UnixNano())
	}
	s.crew = make([]*server, 1) // SQLite's file is for one
	if store.Postgres(s.url) {
		s.crew = make([]*server, 3)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	defer cancel()
	s.bank.Chaos(chaos(s.seed))
	require.NoError(t, s.bank.Courier(ctx, stripetest.CourierConfig{Seed: s.seed, MaxCopies: 3, Forget: true}))
	defer s.leave()
	for at := range s.crew {
		s.hire(at)
	}
	began := time.Now()
	s.work(ctx, under)
	loaded := time.Since(began)
	s.end(ctx)
	s.audit(ctx)
	report := s.report(loaded, time.Since(began)-loaded)
	t.Log(report)
	if *soakReport != "" {
		require.NoError(t, os.WriteFile(*soakReport, []byte(report), 0o600))
	}
	if len(s.differences)+len(s.broken) > 0 {
		t.Fail()
	}
}

// refuseOrders keeps the soak out of a database that somebody works with.
func refuseOrders(t *testing.T, url string) {
	t.Helper()
	if url == "" {
		return
	}
	db, err := store.Open(t.Context(), url, time.Now)
	require.NoError(t, err)
	defer func() { _ = db.Close() }()
	orders, err := db.Client.Order.Query().Count(auth.AsSystem(t.Context()))
	if err == nil { // else there are no tables yet
		require.Zero(t, orders, "the soak needs an empty database, and this one has orders")
	}
}

// work is the load: returns are made and settled and refunds retried, while servers are killed, until the time is over
// and every call that was begun has its answer.
func (s *soak) work(ctx context.Context, under time.Duration) {
	loaded, cancel := context.WithTimeout(ctx, under)
	defer cancel()
	patient, cancelPatient := context.WithTimeout(ctx, under+answerWithin)
	defer cancelPatient()
	ready := make(chan deal, 50)
	var feeders, settlers, others sync.WaitGroup
	for n := range uint64(2) {
		feeders.Go(func() { s.feed(loaded, s.dice(ofFeeders+n), ready) })
	}
	for n := range uint64(96) {
		settlers.Go(func() { s.settleAll(patient, s.dice(ofSettlers+n), ready) })
	}
	for n := range uint64(3) {
		others.Go(func() { s.finance(loaded, patient, s.dice(ofFinance+n)) })
	}
	others.Go(func() {
		s.killOften(loaded)
		s.renew(s.calm)
	})
	feeders.Wait()
	close(ready)
	settlers.Wait()
	others.Wait()
}

// What is left to chance does not move the chances of anything else.
const (
	ofKills    uint64 = 0
	ofFeeders  uint64 = 100
	ofFinance  uint64 = 200
	ofSettlers uint64 = 300
)

func (s *soak) dice(about uint64) *rand.Rand { return rand.New(rand.NewPCG(s.seed, about)) }

// killOften kills one server and starts another in its place, again and again.
func (s *soak) killOften(ctx context.Context) {
	chance := s.dice(ofKills)
	for ctx.Err() == nil && !s.stuck() {
		idle(ctx, 50*time.Millisecond+time.Duration(chance.Int64N(int64(550*time.Millisecond))))
		if ctx.Err() == nil {
			at := chance.IntN(len(s.crew))
			s.dismiss(at)
			s.hire(at)
		}
	}
}

// idle waits so long, or until ctx is over.
func idle(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// hire starts a server in a place of the crew.
func (s *soak) hire(at int) {
	fresh, err := s.launch()
	if err != nil {
		s.breaks(fmt.Errorf("a server does not start: %w", err))
		if fresh != nil {
			fresh.kill()
		}
		return
	}
	s.post(at, fresh)
}

// dismiss kills a server. Calls and webhooks run into it until it is gone.
func (s *soak) dismiss(at int) {
	old := s.crew[at] // whoever kills is the only one who writes it
	if old == nil {
		return
	}
	old.kill()
	s.post(at, nil)
	if status := old.wait(); status != -1 {
		s.breaks(fmt.Errorf("a server ended by itself with %d:\n%s", status, old.log))
	}
	s.mu.Lock()
	s.kills++
	s.mu.Unlock()
	s.readLog(old)
}

// post puts a server in its place, or nobody, and lets those know who look for one.
func (s *soak) post(at int, one *server) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.crew[at] = one
	var urls []string
	for _, one := range s.crew {
		if one != nil {
			urls = append(urls, one.hooks())
		}
	}
	s.bank.WebhooksTo(hookSecret, urls...)
	close(s.changed)
	s.changed = make(chan struct{})
}

// someone is one of the servers that are alive, once there is one; nil when ctx is over.
func (s *soak) someone(ctx context.Context) *server {
	for ctx.Err() == nil {
		s.mu.Lock()
		alive, changed := slices.DeleteFunc(slices.Clone(s.crew), func(one *server) bool { return one == nil }), s.changed
		s.mu.Unlock()
		if len(alive) > 0 {
			return alive[rand.IntN(len(alive))]
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
	return nil
}

var complaint = regexp.MustCompile(`level=(WARN|ERROR) msg=("[^"]*"|\S+).*`)

// readLog counts what a server complained of, and keeps its words where it was an error, the first time.
func (s *soak) readLog(of *server) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, found := range complaint.FindAllStringSubmatch(of.log.String(), -1) {
		what := "log: " + found[1] + " " + strings.Trim(found[2], `"`)
		if s.counts[what]++; found[1] == "ERROR" && s.counts[what] == 1 {
			s.said = append(s.said, found[0])
		}
	}
}

// renew kills every server, does something while none is alive, and starts all again: a server that starts takes up
// whatever is unfinished.
func (s *soak) renew(meanwhile func()) {
	for at := range s.crew {
		s.dismiss(at)
	}
	meanwhile()
	for at := range s.crew {
		s.hire(at)
	}
}

// calm ends the chaos. The bank's keys are forgotten while nobody is between a look at its list and an order: in life
// that is a day, and not an instant.
func (s *soak) calm() {
	s.bank.Calm()
	s.bank.ForgetKeys()
}

// end waits until no money is under way any more, has finance try what failed last, and stops the servers in order.
func (s *soak) end(ctx context.Context) {
	if s.settleDown(ctx) {
		s.retryAll(ctx)
		s.settleDown(ctx)
	}
	for at, one := range s.crew {
		if one == nil {
			continue
		}
		if status := one.stop(); status != 0 {
			s.breaks(fmt.Errorf("a server did not stop in order: %d\n%s", status, one.log))
		}
		s.readLog(one)
		s.post(at, nil)
	}
}

// settleDown waits until nothing is under way, and tells whether that came. Servers that start take up a certain number of
// unfinished things at once, so they are started again where that is not enough.
func (s *soak) settleDown(ctx context.Context) bool {
	var err error
	for round := range rounds {
		if round > 0 {
			s.renew(func() {})
		}
		if err = s.rest(ctx); err == nil {
			return true
		}
	}
	s.breaks(fmt.Errorf("money is still under way: %w", err))
	return false
}

// rest waits until nothing is under way, twice: what the bank told before the first time is worked on by the second.
func (s *soak) rest(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, restWithin)
	defer cancel()
	for still := 0; still < 2; {
		if err := errors.Join(s.bank.Settle(ctx), ctx.Err()); err != nil {
			return err
		}
		still++
		if open := s.underWay(ctx); open != 0 {
			still = 0
			idle(ctx, 50*time.Millisecond)
		}
	}
	return nil
}

// leave kills whoever is left.
func (s *soak) leave() {
	for _, one := range s.crew {
		if one != nil {
			one.kill()
		}
	}
}

func (s *soak) count(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[what]++
}

func (s *soak) differ(where, say string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.differences = append(s.differences, where+": "+fmt.Sprintf(say, args...))
}

func (s *soak) breaks(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = append(s.broken, err.Error())
}

// stuck tells whether there is no use in going on.
func (s *soak) stuck() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.broken) > 5
}
