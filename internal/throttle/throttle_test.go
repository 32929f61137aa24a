package throttle_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/throttle"
	"github.com/vysero/returns/internal/throttle/memory"
)

// broken is a driver whose table may be away.
type broken struct {
	throttle.Driver

	away bool
}

func (b *broken) Draw(ctx context.Context, d throttle.Draw) (throttle.Level, error) {
	if b.away {
		return throttle.Level{}, errors.New("no table")
	}
	return b.Driver.Draw(ctx, d)
}

func noon() time.Time { return time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC) }

func TestWhereTheBucketsCannotBeAskedAServerGoesByItsOwn(t *testing.T) {
	t.Parallel()
	told := 0
	shared := &broken{Driver: memory.New(10, noon), away: true}
	th := throttle.New(shared, memory.New(10, noon), func(context.Context, error) { told++ })
	d := throttle.Draw{Rate: throttle.Rate{Most: 3, PerSecond: 1}, Points: 1}
	for range 3 {
		assert.True(t, th.Draw(t.Context(), d).Taken, "nobody is turned away for it")
	}
	assert.False(t, th.Draw(t.Context(), d).Taken, "and nobody gets everything")
	assert.Equal(t, 1, told, "it is said once")
	shared.away = false
	assert.True(t, th.Draw(t.Context(), d).Taken)
	shared.away = true
	assert.False(t, th.Draw(t.Context(), d).Taken)
	assert.Equal(t, 2, told, "and once more when it begins again")
}

func TestAClientThatLeftStillPays(t *testing.T) {
	t.Parallel()
	ctx, leave := context.WithCancel(t.Context())
	leave()
	th := throttle.New(memory.New(10, noon), memory.New(10, noon), nil)
	assert.InDelta(t, 2, th.Draw(ctx, throttle.Draw{Rate: throttle.Rate{Most: 3, PerSecond: 1}, Points: 1}).Left, 1e-9)
}

func TestTheWaitIsInWholeSecondsAndLongEnough(t *testing.T) {
	t.Parallel()
	r := throttle.Rate{Most: 100, PerSecond: 10}
	assert.Equal(t, time.Second, r.Wait(99.9, 100))
	assert.Equal(t, 5*time.Second, r.Wait(50, 100))
	assert.Equal(t, 15*time.Second, r.Wait(-50, 100), "a debt comes first")
	assert.Equal(t, 10*time.Second, r.Wait(0, 1e9), "for what never fits the wait is that for a full bucket")
}

func TestRatesAreReadStrictly(t *testing.T) {
	t.Parallel()
	var r throttle.Rates
	require.NoError(t, r.UnmarshalText([]byte("customer=500/5, lookups=10/0.25")))
	want := throttle.DefaultRates()
	want.Customer, want.Lookups = throttle.Rate{Most: 500, PerSecond: 5}, throttle.Rate{Most: 10, PerSecond: 0.25}
	assert.Equal(t, want, r)
	for _, text := range []string{
		"", "customer", "customer=", "customer=5", "customer=5/", "customer=0/1", "customer=1/0", "customer=-1/1", "customer=1/-1",
		"customer=NaN/1", "customer=1/NaN", "customer=Inf/1", "customer=1/Inf", "customer=1801/1", "customer=1e10/1e9",
		"customer=5/1,customer=5/1", "customers=5/1", "customer=5/1,", "customer=5/1/1", "customer=5/1 lookups=5/1",
	} {
		before := r
		assert.Error(t, r.UnmarshalText([]byte(text)), text)
		assert.Equal(t, before, r, "a text that is wrong changes nothing")
	}
}

func FuzzRates(f *testing.F) {
	f.Add("customer=500/5,lookups=10/0.25")
	f.Add("requests=1e3/0x1p3")
	f.Fuzz(func(t *testing.T, text string) {
		var r throttle.Rates
		if r.UnmarshalText([]byte(text)) != nil {
			return
		}
		for _, rate := range []throttle.Rate{r.Anonymous, r.Customer, r.Staff, r.Service, r.Lookups, r.Requests} {
			level := throttle.Draw{Rate: rate, Points: rate.Most}.From(rate.After(0, time.Hour))
			if !level.Taken || math.IsNaN(level.Left) || rate.Wait(0, rate.Most) > time.Hour {
				t.Errorf("%v is no rate", rate)
			}
		}
	})
}
