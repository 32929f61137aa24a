package memory

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/throttle"
	"github.com/vysero/returns/internal/throttle/throttletest"
)

// clock moves when it is told to.
type clock struct{ passed atomic.Int64 }

func (c *clock) now() time.Time {
	return time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC).Add(time.Duration(c.passed.Load()))
}

func TestMemoryKeepsThePortsPromises(t *testing.T) {
	t.Parallel()
	throttletest.Run(t, func(*testing.T) (throttle.Driver, func(time.Duration)) {
		c := &clock{}
		return New(100, c.now), func(d time.Duration) { c.passed.Add(int64(d)) }
	})
}

func TestAClockThatIsPutBackGivesNothingTwice(t *testing.T) {
	t.Parallel()
	c := &clock{}
	m := New(10, c.now)
	d := throttle.Draw{Rate: throttle.Rate{Most: 10, PerSecond: 1}, Points: 10}
	left := func() float64 {
		level, err := m.Draw(t.Context(), d)
		require.NoError(t, err)
		return level.Left
	}
	assert.Zero(t, left())
	c.passed.Store(int64(-time.Hour))
	assert.Zero(t, left())
	c.passed.Store(0)
	assert.Zero(t, left())
	c.passed.Store(int64(4 * time.Second))
	assert.InDelta(t, 4, left(), 1e-9)
}

func TestACrowdOfOneKindPushesNobodyOfAnotherOut(t *testing.T) {
	t.Parallel()
	m := New(10, (&clock{}).now)
	draw := func(kind, who string) bool {
		level, err := m.Draw(t.Context(), throttle.Draw{Bucket: kind, Who: who, Rate: throttle.Rate{Most: 1, PerSecond: 1}, Points: 1})
		require.NoError(t, err)
		return level.Taken
	}
	assert.True(t, draw("customer", "ada"))
	assert.True(t, draw("address", "first"))
	for i := range 1_000 {
		draw("address", fmt.Sprint(i))
	}
	assert.False(t, draw("customer", "ada"), "she is still known")
	assert.True(t, draw("address", "first"), "the room is bounded, and who was not seen longest is forgotten")
	assert.LessOrEqual(t, m.kinds["address"].Len(), 10)
}
