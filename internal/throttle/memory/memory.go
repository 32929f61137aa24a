// Package memory keeps buckets in this process, for a server that works alone. There is room for a number of them; beyond
// it those go that nobody asked for longest, and are full when they come back.
package memory

import (
	"context"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/vysero/returns/internal/throttle"
)

// Room is how many buckets of each kind a server remembers: about 10 MB where all of them are asked for. Each kind has its
// own, so that a crowd of addresses cannot push out what is known of customers.
const Room = 1 << 16

// Driver keeps buckets in memory.
type Driver struct {
	now  func() time.Time
	room int

	mu    sync.Mutex
	kinds map[string]*simplelru.LRU[string, bucket]
}

type bucket struct {
	left float64
	at   time.Time
}

// New remembers that many buckets of each kind, by the clock now.
func New(room int, now func() time.Time) *Driver {
	return &Driver{now: now, room: room, kinds: map[string]*simplelru.LRU[string, bucket]{}}
}

var _ throttle.Driver = (*Driver)(nil)

// Draw takes points.
func (m *Driver) Draw(_ context.Context, d throttle.Draw) (throttle.Level, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	kind, err := m.kind(d.Bucket)
	if err != nil {
		return throttle.Level{}, err
	}
	now, left := m.now(), d.Rate.Most
	if b, known := kind.Get(d.Who); known {
		left = d.Rate.After(b.left, now.Sub(b.at))
		if now.Before(b.at) { // a clock that was put back gives nothing twice
			now = b.at
		}
	}
	level := d.From(left)
	kind.Add(d.Who, bucket{left: level.Left, at: now})
	return level, nil
}

func (m *Driver) kind(name string) (*simplelru.LRU[string, bucket], error) {
	if kind, known := m.kinds[name]; known {
		return kind, nil
	}
	kind, err := simplelru.NewLRU[string, bucket](m.room, nil)
	if err == nil {
		m.kinds[name] = kind
	}
	return kind, err
}
