package stripetest_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/payment/stripe/stripetest"
)

func TestEachTroubleOfChaosIsTheOneThatCanBePlanned(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		chaos         stripetest.Chaos
		first, second int // statuses, the second of the same key after the chaos
		moved         bool
	}{
		"dropped before": {stripetest.Chaos{DropBefore: 100}, 0, http.StatusOK, false},
		"dropped after":  {stripetest.Chaos{DropAfter: 100}, 0, http.StatusOK, true},
		"503 before":     {stripetest.Chaos{Fail503Before: 100}, http.StatusServiceUnavailable, http.StatusOK, false},
		"503 after":      {stripetest.Chaos{Fail503After: 100}, http.StatusServiceUnavailable, http.StatusOK, true},
		"500 before":     {stripetest.Chaos{Fail500Before: 100}, http.StatusInternalServerError, http.StatusInternalServerError, false},
		"500 after":      {stripetest.Chaos{Fail500After: 100}, http.StatusInternalServerError, http.StatusInternalServerError, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := stripetest.Start(t)
			charge := server.Capture(10_00, "usd")
			server.Chaos(c.chaos)
			assert.Equal(t, c.first, refund(t, server, charge.Intent, 4_00, "a").status)
			assert.Equal(t, c.moved, server.Account(charge.Intent).Held == 4_00)
			assert.Equal(t, map[string]int{name: 1}, server.Summary().Troubles)
			server.Calm()
			again := refund(t, server, charge.Intent, 4_00, "a")
			assert.Equal(t, c.second, again.status)
			assert.Equal(t, c.moved || c.second != http.StatusOK, again.replayed)
			assert.LessOrEqual(t, len(server.Account(charge.Intent).Refunds), 1)
		})
	}
}

// course is what n calls in a row are answered with, and how the ledger stands then.
func course(t *testing.T, n int, c stripetest.Chaos) ([]int, stripetest.Summary) {
	t.Helper()
	server := stripetest.Start(t)
	charge := server.Capture(10_000, "usd")
	server.Chaos(c)
	statuses := make([]int, n)
	for i := range n {
		statuses[i] = refund(t, server, charge.Intent, 1, fmt.Sprint(i)).status
	}
	return statuses, server.Summary()
}

func TestChaosOfTheSameSeedIsTheSame(t *testing.T) {
	t.Parallel()
	c := stripetest.Chaos{
		Seed: 7, DropBefore: 20, DropAfter: 10, Fail503After: 10, Fail500Before: 10,
		Slow: 5, SlowUpTo: time.Microsecond, Pending: 30, FailLater: 20,
	}
	first, ledger := course(t, 100, c)
	second, same := course(t, 100, c)
	assert.Equal(t, first, second)
	assert.Equal(t, ledger, same)
	c.Seed++
	third, _ := course(t, 100, c)
	assert.NotEqual(t, first, third)
}

func TestChaosComesAboutAsOftenAsItIsToldTo(t *testing.T) {
	t.Parallel()
	_, ledger := course(t, 1000, stripetest.Chaos{
		Seed: 1, DropBefore: 10, DropAfter: 10, Fail503Before: 10, Fail503After: 10, Fail500Before: 10, Fail500After: 10,
		Slow: 10, SlowUpTo: time.Microsecond, Pending: 10,
	})
	for _, name := range []string{"dropped before", "dropped after", "503 before", "503 after", "500 before", "500 after", "slowed"} {
		assert.InDelta(t, 100, ledger.Troubles[name], 30, name)
	}
	assert.InDelta(t, 70, ledger.Statuses["pending"], 25, "of those that moved")
	assert.Equal(t, 1000, ledger.Posts)
}

func TestPlannedTroublesGoBeforeTheChaos(t *testing.T) {
	t.Parallel()
	server := stripetest.Start(t)
	charge := server.Capture(10_00, "usd")
	server.Chaos(stripetest.Chaos{DropBefore: 100})
	server.Fail503(2, stripetest.Before)
	for _, want := range []int{http.StatusServiceUnavailable, http.StatusServiceUnavailable, 0, 0} {
		assert.Equal(t, want, refund(t, server, charge.Intent, 1_00, "a").status)
	}
}

func TestKept500OfTheChaosIsGoneWithItsKey(t *testing.T) {
	t.Parallel()
	server := stripetest.Start(t)
	charge := server.Capture(10_00, "usd")
	server.Chaos(stripetest.Chaos{Fail500Before: 100})
	refund(t, server, charge.Intent, 1_00, "a")
	server.Calm()
	server.ForgetKeys()
	assert.Equal(t, http.StatusOK, refund(t, server, charge.Intent, 1_00, "a").status)
}

func TestSlowCallHasItsKeyAndEndsWithTheServer(t *testing.T) {
	t.Parallel()
	server, err := stripetest.Open()
	require.NoError(t, err)
	charge, gate := server.Capture(10_00, "usd"), server.Hold(stripetest.Before)
	server.Chaos(stripetest.Chaos{Slow: 100, SlowUpTo: 1000 * time.Hour})
	done := make(chan said, 1)
	go func() { done <- refund(t, server, charge.Intent, 1_00, "a") }()
	<-gate.Reached()
	gate.Open()
	server.Calm()
	assert.Equal(t, http.StatusConflict, refund(t, server, charge.Intent, 1_00, "a").status)
	assert.Equal(t, http.StatusOK, refund(t, server, charge.Intent, 1_00, "b").status, "others are served")
	assert.Equal(t, int64(1_00), server.Account(charge.Intent).Held)
	require.NoError(t, server.Close())
	assert.Zero(t, (<-done).status)
}

func TestRefundsOfTheChaosStandStillWithoutACourier(t *testing.T) {
	t.Parallel()
	server := stripetest.Start(t)
	charge := server.Capture(10_00, "usd")
	server.Chaos(stripetest.Chaos{Pending: 100, FailLater: 100})
	assert.Equal(t, "pending", refund(t, server, charge.Intent, 1_00, "a").object["status"])
	id, err := server.ByHand(charge.Intent, 1_00)
	require.NoError(t, err)
	assert.Equal(t, map[string]int{"pending": 1, "succeeded": 1}, server.Summary().Statuses)
	require.NoError(t, server.FailLater(id, "declined"), "by hand they go on")
	assert.Equal(t, map[string]int{"pending": 1, "failed": 1}, server.Summary().Statuses)
}
