package stripetest

import (
	"bytes"
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"
)

// hooks is where events go.
type hooks struct {
	urls   []string
	secret string
	early  int        // how often each event of a refund is sent before the API answers
	chance *rand.Rand // between the urls
}

// target is one of the URLs, or "". Callers hold mu.
func (h *hooks) target() string {
	switch len(h.urls) {
	case 0:
		return ""
	case 1:
		return h.urls[0]
	}
	return h.urls[h.chance.IntN(len(h.urls))]
}

// Event is one thing that Stripe tells by itself, as it stood when it happened.
type Event struct {
	ID      string
	Type    string
	Refund  string // the id of the refund that it is about
	Payload []byte // the bytes that are signed and sent
}

// event is one that is remembered.
type event struct {
	Event

	number int64 // in the order in which they happened
	refund *refund
}

// shown gives the events as tests see them, in their order.
func shown(events []*event) []Event {
	var all []Event
	for _, e := range events {
		all = append(all, e.Event)
	}
	return all
}

// ordered lists events as they happened.
func ordered(events map[string]*event) []*event {
	return slices.SortedFunc(maps.Values(events), func(a, b *event) int { return cmp.Compare(a.number, b.number) })
}

// tell writes an event down. Callers hold mu.
func (s *Server) tell(kind string, r *refund, object map[string]any) {
	id := s.id("evt")
	payload, err := json.MarshalIndent(map[string]any{
		"id": id, "object": "event", "api_version": Version, "created": s.now().Unix(), "livemode": false,
		"pending_webhooks": 1, "type": kind, "data": map[string]any{"object": object},
		"request": map[string]any{"id": nil, "idempotency_key": nil},
	}, "", "  ")
	if err != nil {
		panic(err)
	}
	e := &event{Event: Event{ID: id, Type: kind, Refund: r.id, Payload: payload}, number: s.last, refund: r}
	s.events[id], s.untaken[id] = e, e
	r.events = append(r.events, e)
	s.enqueue(e)
}

// Webhooks says where events are sent to and with what they are signed. Unless there is a courier nothing is sent by
// itself, so that a test chooses when, how often and in what order; see Send, Deliver and BeforeAnswer.
func (s *Server) Webhooks(url, secret string) { s.WebhooksTo(secret, url) }

// WebhooksTo says so for a receiver that listens at several URLs: each event goes to one of them by chance, each time
// that it is sent. Without a URL a courier waits until there is one. It may be called at any time, as receivers move.
func (s *Server) WebhooksTo(secret string, urls ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hooks.urls, s.hooks.secret = slices.Clone(urls), secret
	s.stir.Broadcast()
}

// BeforeAnswer sends both events of every new refund, each so many times, before the API answers the call that made
// it; 0 stops that.
func (s *Server) BeforeAnswer(times int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hooks.early = times
}

func (s *Server) sendBeforeAnswer(events []Event) {
	s.mu.Lock()
	early := s.hooks.early
	s.mu.Unlock()
	for range early {
		_, _ = s.Send(context.Background(), events...) // what is not taken stays pending
	}
}

// Events lists every event so far, oldest first, but for those that a courier was told to forget.
func (s *Server) Events() []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return shown(ordered(s.events))
}

// About lists the events about one refund, as Events does.
func (s *Server) About(refundID string) []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r, known := s.refunds[refundID]; known {
		return shown(r.events)
	}
	return nil
}

// Pending lists the events that no receiver has answered with 2xx yet, oldest first.
func (s *Server) Pending() []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return shown(ordered(s.untaken))
}

// Send signs and sends the events, in this order, one by one; an event that is named twice is sent twice. It gives the
// status of each answer, 0 where there was none, and the errors of those.
func (s *Server) Send(ctx context.Context, events ...Event) ([]int, error) {
	statuses, errs := make([]int, len(events)), make([]error, len(events))
	for i, e := range events {
		s.mu.Lock()
		header := Sign(e.Payload, s.hooks.secret, s.now())
		s.mu.Unlock()
		statuses[i], errs[i] = s.Post(ctx, e.Payload, header)
		if statuses[i]/100 == 2 {
			s.mu.Lock()
			delete(s.untaken, e.ID)
			s.mu.Unlock()
		}
	}
	return statuses, errors.Join(errs...)
}

// Deliver sends every pending event once and gives how many are still pending: call it again, as Stripe does for days.
func (s *Server) Deliver(ctx context.Context) (int, error) {
	_, err := s.Send(ctx, s.Pending()...)
	return len(s.Pending()), err
}

// sender gives up on a receiver that does not answer.
var sender = &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

// Post sends bytes with the signature header as they are, for what Stripe did not sign or signed long ago, to the URL or
// one of several. It gives the status of the answer.
func (s *Server) Post(ctx context.Context, payload []byte, header string) (int, error) {
	s.mu.Lock()
	to := s.hooks.target()
	s.mu.Unlock()
	return post(ctx, sender, to, payload, header)
}

func post(ctx context.Context, by *http.Client, to string, payload []byte, header string) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(payload))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", "application/json; charset=utf-8")
	request.Header.Set("Stripe-Signature", header)
	answer, err := by.Do(request)
	if err != nil {
		return 0, err
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<20)) // only what is read to its end is used for the next
	return answer.StatusCode, answer.Body.Close()
}

// Sign is the Stripe-Signature of the bytes at the instant.
func Sign(payload []byte, secret string, at time.Time) string {
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = fmt.Fprintf(mac, "%d.%s", at.Unix(), payload)
	return fmt.Sprintf("t=%d,v1=%s", at.Unix(), hex.EncodeToString(mac.Sum(nil)))
}

// Permutations lists every order of all.
func Permutations[T any](all []T) [][]T {
	if len(all) == 0 {
		return [][]T{{}}
	}
	var orders [][]T
	for i := range all {
		rest := append(append([]T{}, all[:i]...), all[i+1:]...)
		for _, order := range Permutations(rest) {
			orders = append(orders, append([]T{all[i]}, order...))
		}
	}
	return orders
}
