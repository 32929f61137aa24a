package oidc

import (
	"context"
	"crypto"
	"sync"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
)

// How often an issuer is asked, and for how long its last answer holds.
const (
	// fresh is how long keys are used before they are read again, beside the requests: so a key that was withdrawn is found.
	fresh = 15 * time.Minute
	// kept is how long keys are used while their issuer does not answer. A day outlasts its troubles; for ever would let
	// whoever cuts us off from it use a stolen key that it has withdrawn.
	kept = 24 * time.Hour
	// pause is between two answers: tokens with made-up keys make us ask no more often.
	pause = 10 * time.Second
	// An issuer that does not answer is asked again after firstPause, and after twice as long each time, up to lastPause.
	firstPause = time.Second
	lastPause  = time.Minute
	// patience is how long one answer may take, with all that belongs to it.
	patience = 5 * time.Second
)

// keys are the public keys of one issuer, as far as they are known. They are read when a token needs them and not before,
// by one request of ours at a time, whoever waits for it.
type keys struct {
	fetch func(ctx context.Context) ([]jose.JSONWebKey, error)
	now   func() time.Time
	tell  func(failures int, err error) // how each attempt went

	mu       sync.Mutex
	known    []jose.JSONWebKey
	read     time.Time     // when known was read
	last     time.Time     // when the last attempt ended
	failures int           // attempts since the issuer answered
	coming   chan struct{} // closed when the attempt under way ends; nil where none is
}

// find gives the keys that a token may be signed with: at least one, or an error. The error is a TokenError where the issuer has
// no such key, and Unavailable where it cannot be asked.
func (k *keys) find(ctx context.Context, id, algorithm string) ([]crypto.PublicKey, error) {
	found, coming := k.look(ctx, id, algorithm)
	if len(found) == 0 && coming != nil {
		select {
		case <-coming:
		case <-ctx.Done():
			return nil, fault.Busy(ctx.Err())
		}
		found, _ = k.look(ctx, id, algorithm)
	}
	if len(found) > 0 {
		return found, nil
	}
	return nil, k.missing()
}

// look gives what is known, and what to wait for where that is not enough.
func (k *keys) look(ctx context.Context, id, algorithm string) (found []crypto.PublicKey, coming <-chan struct{}) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	if !over(k.read, kept, now) {
		found = matching(k.known, id, algorithm)
	}
	if k.coming == nil && (len(found) == 0 || over(k.read, fresh, now)) && over(k.last, k.wait(), now) {
		k.ask(ctx)
	}
	return found, k.coming
}

// over tells whether so much time has passed since an instant. A clock that was put back makes it so: else we would wait
// until it has caught up.
func over(since time.Time, span time.Duration, now time.Time) bool {
	passed := now.Sub(since)
	return since.IsZero() || passed < 0 || passed >= span
}

// wait is how long the issuer is left alone after the last attempt.
func (k *keys) wait() time.Duration {
	if k.failures == 0 {
		return pause
	}
	return min(firstPause<<min(k.failures-1, 10), lastPause)
}

// ask begins an attempt. It goes on when the request that caused it has ended: others wait for it.
func (k *keys) ask(ctx context.Context) {
	done := make(chan struct{})
	k.coming = done
	go func() {
		defer close(done)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		got, err := k.fetch(ctx)
		k.tell(k.take(got, err), err)
	}()
}

// take notes how an attempt went, and gives how many have failed in a row.
func (k *keys) take(got []jose.JSONWebKey, err error) int {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.coming, k.last = nil, k.now()
	if err != nil {
		k.failures++
		return k.failures
	}
	k.known, k.read, k.failures = got, k.last, 0
	return 0
}

// missing says why there is no key.
func (k *keys) missing() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.failures > 0 || over(k.read, kept, k.now()) {
		return fault.Busy(nil)
	}
	return auth.TokenError("its issuer has no such key")
}

// matching are the keys with an id that are for an algorithm.
func matching(known []jose.JSONWebKey, id, algorithm string) []crypto.PublicKey {
	var found []crypto.PublicKey
	for _, key := range known {
		if key.KeyID == id && (key.Algorithm == "" || key.Algorithm == algorithm) {
			found = append(found, key.Key)
		}
	}
	return found
}
