// Package throttletest is the suite that every driver of buckets passes: what the port promises, written as tests.
package throttletest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/throttle"
)

// Open gives a driver without buckets, and what lets time pass for it.
type Open func(t *testing.T) (driver throttle.Driver, pass func(time.Duration))

// Run runs the whole suite.
func Run(t *testing.T, open Open) {
	t.Helper()
	for _, promise := range []struct {
		name string
		test func(*testing.T, Open)
	}{
		{"ABucketIsFullAtFirstAndCannotBeOverdrawn", fullAtFirst},
		{"PointsComeBackWithTimeAndNeverMoreThanFit", comeBack},
		{"PointsAreGivenBack", givenBack},
		{"WorkThatIsDoneIsTakenIntoDebt", debt},
		{"BucketsAreApart", apart},
		{"OfFiftyDrawsAtOnceTwentyAreTaken", atOnce},
	} {
		t.Run(promise.name, func(t *testing.T) {
			t.Parallel()
			promise.test(t, open)
		})
	}
}

// slow fills so slowly that a test's own time is nothing.
var slow = throttle.Rate{Most: 20, PerSecond: 20.0 / 1800}

type bucket struct {
	*testing.T

	driver throttle.Driver
	draw   throttle.Draw
}

// takes draws and holds the answer to what it should be; a point in a hundred is the time that a database took.
func (b bucket) takes(points, left float64, taken bool) {
	b.Helper()
	d := b.draw
	d.Points = points
	level, err := b.driver.Draw(b.Context(), d)
	require.NoError(b, err)
	assert.Equal(b, taken, level.Taken)
	assert.InDelta(b, left, level.Left, 0.2)
}

func begin(t *testing.T, open Open) (bucket, func(time.Duration)) {
	t.Helper()
	driver, pass := open(t)
	return bucket{t, driver, throttle.Draw{Bucket: "kind", Who: "somebody", Rate: slow}}, pass
}

func fullAtFirst(t *testing.T, open Open) {
	b, _ := begin(t, open)
	b.takes(21, 20, false)
	b.takes(20, 0, true)
	b.takes(1, 0, false)
	other := b
	other.draw.Who = "too much at once, and first"
	other.takes(20.5, 20, false)
	other.takes(0, 20, true)
}

func comeBack(t *testing.T, open Open) {
	b, pass := begin(t, open)
	b.takes(20, 0, true)
	pass(15 * time.Minute)
	b.takes(11, 10, false)
	b.takes(4, 6, true)
	pass(time.Hour)
	b.takes(0, 20, true)
}

func givenBack(t *testing.T, open Open) {
	b, _ := begin(t, open)
	b.takes(20, 0, true)
	b.takes(-5, 5, true)
	b.takes(6, 5, false)
	b.takes(-50, 20, true)
	other := b
	other.draw.Who = "who never drew"
	other.takes(-5, 20, true)
}

func debt(t *testing.T, open Open) {
	b, pass := begin(t, open)
	b.takes(15, 5, true)
	done := b
	done.draw.Always = true
	done.takes(10, -5, true)
	b.takes(0, -5, false)
	done.takes(1e6, -20, true)
	pass(30 * time.Minute)
	b.takes(1, 0, false)
	other := done
	other.draw.Who = "in debt at once"
	other.takes(1e6, -20, true)
}

func apart(t *testing.T, open Open) {
	b, _ := begin(t, open)
	b.takes(20, 0, true)
	who, kind := b, b
	who.draw.Who, kind.draw.Bucket = "somebody else", "another kind"
	who.takes(20, 0, true)
	kind.takes(20, 0, true)
}

func atOnce(t *testing.T, open Open) {
	b, _ := begin(t, open)
	b.draw.Points = 1
	var taken atomic.Int64
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			level, err := b.driver.Draw(t.Context(), b.draw)
			assert.NoError(t, err)
			if level.Taken {
				taken.Add(1)
			}
		})
	}
	all.Wait()
	assert.Equal(t, int64(20), taken.Load(), fmt.Sprint(slow))
}
