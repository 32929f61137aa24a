package stripetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"
)

// CourierConfig is how events are brought by themselves. What is not above 0 has the value that is named.
type CourierConfig struct {
	Seed      uint64        // of copies, orders and times
	Workers   int           // copies under way at a time: 4
	MaxCopies int           // an event goes out as 1 to so many copies: 1
	Timeout   time.Duration // of one copy: 20 s
	Pause     time.Duration // the longest that a worker rests after a copy that was not taken: 100 ms
	Lag       time.Duration // the longest that a bank takes for each step of a refund: 250 ms
	Forget    bool          // an event whose copies were all taken is forgotten, which keeps the memory of long runs small
}

func (c CourierConfig) complete() CourierConfig {
	c.Workers, c.MaxCopies = above0(c.Workers, 4), above0(c.MaxCopies, 1)
	c.Timeout = above0(c.Timeout, 20*time.Second)
	c.Pause = above0(c.Pause, 100*time.Millisecond)
	c.Lag = above0(c.Lag, 250*time.Millisecond)
	return c
}

func above0[T int | time.Duration](given, usual T) T {
	if given > 0 {
		return given
	}
	return usual
}

// courier is one at work. Its fields, but for the client, are guarded by the server's mu.
type courier struct {
	CourierConfig

	chance *rand.Rand
	client *http.Client
	over   <-chan struct{} // closed when it is to end
	queue  []*event        // the copies that nobody carries
	left   map[string]int  // how many copies of an event were not taken yet, by its id
}

func newCourier(config CourierConfig, over <-chan struct{}) *courier {
	return &courier{
		CourierConfig: config, chance: dice(config.Seed, ofCouriers), over: over, left: map[string]int{},
		client: &http.Client{
			Timeout:       config.Timeout,
			Transport:     &http.Transport{MaxIdleConnsPerHost: config.Workers, IdleConnTimeout: time.Minute},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// Courier brings events in the background until ctx is over or the server is closed: those that are pending now and
// those that come. Each goes out as several copies, in random order and several at a time, to one of the URLs that
// WebhooksTo names; a copy that is not answered with 2xx goes out again, as often as it takes. Meanwhile banks go on
// with refunds: what is pending succeeds, and what Chaos dooms fails.
//
// The error is that one is under way already, or that the server is closed. One whose ctx is over is waited for.
func (s *Server) Courier(ctx context.Context, config CourierConfig) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.courier != nil && isClosed(s.courier.over) {
		s.stir.Wait()
	}
	if s.closed || s.courier != nil {
		return errors.New("stripetest: the server is closed, or a courier is under way")
	}
	ctx, cancel := context.WithCancel(ctx)
	c := newCourier(config.complete(), ctx.Done())
	s.courier = c
	for _, e := range ordered(s.untaken) {
		s.enqueue(e)
	}
	for _, id := range slices.Sorted(maps.Keys(s.steps)) {
		s.await(s.steps[id])
	}
	s.work.Go(func() {
		defer cancel()
		s.employ(ctx, cancel, c)
	})
	return nil
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// employ keeps the workers until the courier is to end, and leaves nothing of it behind.
func (s *Server) employ(ctx context.Context, end context.CancelFunc, c *courier) {
	stop := context.AfterFunc(ctx, s.wake)
	defer stop()
	var workers sync.WaitGroup
	for range c.Workers {
		workers.Go(func() {
			for s.bring(ctx, c) {
			}
		})
	}
	select {
	case <-ctx.Done():
	case <-s.ended:
		end()
	}
	workers.Wait()
	c.client.CloseIdleConnections()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.courier = nil
	for _, next := range s.steps {
		if next.timer != nil {
			next.timer.Stop()
		}
	}
	s.stir.Broadcast()
}

// wake lets everybody who waits look again.
func (s *Server) wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stir.Broadcast()
}

// enqueue hands the copies of an event to the courier, if there is one. Callers hold mu.
func (s *Server) enqueue(e *event) {
	if s.courier == nil {
		return
	}
	copies := 1 + s.courier.chance.IntN(s.courier.MaxCopies)
	s.courier.left[e.ID] = copies
	s.courier.queue = append(s.courier.queue, slices.Repeat([]*event{e}, copies)...)
	s.stir.Broadcast()
}

// bring carries one copy, and tells whether the worker is to go on.
func (s *Server) bring(ctx context.Context, c *courier) bool {
	e, to, header := s.next(ctx, c)
	if e == nil {
		return false
	}
	status, _ := post(ctx, c.client, to, e.Payload, header) // where there was no answer the status is 0
	pause := s.brought(c, e, status/100 == 2)
	if pause == 0 {
		return true
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c.queue = append(c.queue, e)
	s.stir.Broadcast()
	return true
}

// next takes a copy from the queue, with where it goes to and its signature; nil when ctx is over.
func (s *Server) next(ctx context.Context, c *courier) (e *event, to, header string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for ctx.Err() == nil && (len(c.queue) == 0 || len(s.hooks.urls) == 0) {
		s.stir.Wait()
	}
	if ctx.Err() != nil {
		return nil, "", ""
	}
	at, last := c.chance.IntN(len(c.queue)), len(c.queue)-1
	e, c.queue[at], c.queue[last] = c.queue[at], c.queue[last], nil
	c.queue = c.queue[:last]
	return e, s.hooks.target(), Sign(e.Payload, s.hooks.secret, s.now())
}

// brought notes how a copy fared, and gives for how long the worker rests with one that was not taken; 0 for one that
// was.
func (s *Server) brought(c *courier, e *event, taken bool) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !taken {
		return upTo(c.chance, c.Pause)
	}
	delete(s.untaken, e.ID)
	c.left[e.ID]--
	if c.left[e.ID] > 0 {
		return 0
	}
	delete(c.left, e.ID)
	if c.Forget {
		delete(s.events, e.ID)
		e.refund.events = slices.DeleteFunc(e.refund.events, func(other *event) bool { return other == e })
	}
	if len(c.left) == 0 {
		s.stir.Broadcast()
	}
	return 0
}

// Settle ends what is still to come: every pending refund succeeds and every doomed one fails, now, and it returns when
// a courier has brought every copy of every event. To have no more failures, be Calm first. While others ask for
// refunds it tells of one instant only. The error is that ctx is over first, with how many events were left, or that no
// courier is under way.
func (s *Server) Settle(ctx context.Context) error {
	stop := context.AfterFunc(ctx, s.wake)
	defer stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.courier != nil {
		s.hurry()
		if len(s.courier.left) == 0 {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("stripetest: %d events were not brought: %w", len(s.courier.left), err)
		}
		s.stir.Wait()
	}
	return errors.New("stripetest: no courier is under way")
}
