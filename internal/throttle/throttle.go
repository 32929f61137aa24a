// Package throttle is the port that says how much somebody may still ask for: buckets of points that fill again with time.
// A caller draws points before the work and gives back afterwards what the work did not take.
//
// Buckets that several servers share are kept where all of them look. Where they cannot be asked, each server goes by
// buckets of its own until they can: a flood is then bounded by so many times the rate as there are servers, and nobody is
// turned away because a table is not there.
package throttle

import (
	"context"
	"crypto/sha256"
	"errors"
	"math"
	"sync"
	"time"
)

// Rate is the size of a bucket and how quickly it fills again.
type Rate struct {
	Most      float64 // points in a full bucket
	PerSecond float64 // points that come back in a second
}

// Wait is how long it takes from left points until there are enough, in whole seconds, one at least.
func (r Rate) Wait(left, points float64) time.Duration {
	seconds := max(1, math.Ceil((min(points, r.Most)-left)/r.PerSecond))
	return time.Duration(seconds) * time.Second
}

// After is what a bucket holds that held left points some time ago; it never holds more than Most.
func (r Rate) After(left float64, passed time.Duration) float64 {
	return min(r.Most, left+r.PerSecond*max(0, passed.Seconds()))
}

// Draw is points that somebody asks of a bucket.
type Draw struct {
	Bucket string // which kind of bucket: "customer", "lookups"
	Who    string // whose: a principal's id, or a client's address
	Rate   Rate
	Points float64 // below zero they are given back
	// Always takes the points whether or not they are there: for work that is done. A bucket is never more than Most in
	// debt.
	Always bool
}

// Key names the bucket without telling whose it is: what is kept does not hold anybody's address.
func (d Draw) Key() []byte {
	sum := sha256.Sum256([]byte(d.Bucket + "\x00" + d.Who))
	return sum[:16]
}

// From takes the points out of a bucket that holds left points by now.
func (d Draw) From(left float64) Level {
	if !d.Always && left < d.Points {
		return Level{Left: left}
	}
	return Level{Left: max(-d.Rate.Most, min(d.Rate.Most, left-d.Points)), Taken: true}
}

// Level is what a bucket holds after a draw; Taken tells whether the points were there.
type Level struct {
	Left  float64
	Taken bool
}

// Driver keeps buckets. What it promises is written down as tests in throttletest.
type Driver interface {
	// Draw takes points in one step, however many ask at once. A bucket that nobody asked for yet is full.
	Draw(ctx context.Context, d Draw) (Level, error)
}

// within is how long the buckets may take to answer. They are asked before the work: a client waits for both.
const within = 250 * time.Millisecond

// Throttle is what borders hold.
type Throttle struct {
	driver, spare Driver
	failed        func(ctx context.Context, err error)

	mu  sync.Mutex
	out bool // the driver did not answer the last time
}

// New asks the driver, and spare where that cannot be asked. failed is told once each time that this begins; it may be nil.
func New(driver, spare Driver, failed func(ctx context.Context, err error)) *Throttle {
	return &Throttle{driver: driver, spare: spare, failed: failed}
}

// Draw takes points. It always answers: see the package.
func (t *Throttle) Draw(ctx context.Context, d Draw) Level {
	asked, cancel := context.WithTimeout(context.WithoutCancel(ctx), within)
	defer cancel()
	level, err := t.driver.Draw(asked, d)
	t.note(ctx, err)
	if err == nil {
		return level
	}
	if level, err = t.spare.Draw(ctx, d); err != nil {
		return Level{Left: d.Rate.Most, Taken: true}
	}
	return level
}

// note tells once that the driver cannot be asked.
func (t *Throttle) note(ctx context.Context, err error) {
	t.mu.Lock()
	was := t.out
	t.out = err != nil
	t.mu.Unlock()
	if err != nil && !was && t.failed != nil {
		t.failed(ctx, err)
	}
}

// ErrRate is a rate that no bucket can have.
var ErrRate = errors.New("a rate is POINTS/PER-SECOND, both above zero, and the bucket fills within half an hour")

// sound tells whether a bucket can be had by the rate.
func (r Rate) sound() bool {
	return r.Most >= 1 && r.Most <= 1e9 && r.PerSecond > 0 && r.PerSecond <= 1e9 && r.Most <= r.PerSecond*fills.Seconds()
}

// fills is the time within which every bucket is full again, from empty. Kept buckets are forgotten after twice as long.
const fills = 30 * time.Minute
