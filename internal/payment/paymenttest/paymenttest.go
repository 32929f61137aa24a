// Package paymenttest is the suite that every payment driver passes: what the port promises, written as tests.
package paymenttest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/money"
	"github.com/vysero/returns/internal/payment"
)

// House is a provider as a test sees it.
type House struct {
	Driver payment.Driver
	// Charge gives a fresh charge of which captured was taken and nothing has gone back.
	Charge func(t testing.TB, captured money.Amount) payment.Charge
	// Forget makes the provider forget every key that it has seen, as it does after a while; nil where it never does.
	Forget func(t testing.TB)
}

// Open opens the provider whose books are in dir. Opened again with the same dir it has the same books; a driver
// whose books are elsewhere ignores dir. It closes by t.Cleanup what it opens; closing twice must do no harm.
type Open func(t testing.TB, dir string) House

// Run runs the whole suite.
func Run(t *testing.T, open Open) {
	t.Helper()
	for _, promise := range []struct {
		name string
		test func(*testing.T, Open)
	}{
		{"SameKeyMovesMoneyOnce", sameKeyMovesMoneyOnce},
		{"FiftyCallsWithOneKeyMoveMoneyOnce", fiftyCallsWithOneKey},
		{"KeyIsGoodForOneOrderOnly", keyIsGoodForOneOrderOnly},
		{"NeverBeyondWhatWasCaptured", neverBeyondCaptured},
		{"RefusedOrderLeavesNothingBehind", refusedOrderLeavesNothingBehind},
		{"ThirtyTenthsInParallelGiveTen", thirtyTenthsInParallel},
		{"LookupFindsByKey", lookupFindsByKey},
		{"ForgottenKeyPaysOnceWhenTheCallerSaysThatItAsked", forgottenKeyPaysOnce},
		{"PartsAddUpAndTheListIsTheirSum", partsAddUp},
		{"ListIsOldestFirstAndOfOneCharge", listIsOfOneCharge},
		{"WrongOrdersAreRefused", wrongOrdersAreRefused},
		{"YenHaveNoCents", yenHaveNoCents},
		{"BooksSurviveARestart", booksSurviveARestart},
		{"EndedContextMovesNothing", endedContextMovesNothing},
	} {
		t.Run(promise.name, func(t *testing.T) {
			t.Parallel()
			promise.test(t, open)
		})
	}
}

func dollars(minor int64) money.Amount { return money.Amount{Minor: minor, Currency: "USD"} }

// order is a refund of minor cents with the key.
func order(charge payment.Charge, key string, minor int64) payment.Refund {
	return payment.Refund{
		Key: charge.Ref + "/" + key, Charge: charge, Reference: "ref_" + key,
		Amount: money.Amount{Minor: minor, Currency: charge.Captured.Currency},
	}
}

// held is what the charge's refunds take from it, by the provider's own list.
func held(t *testing.T, gateway *payment.Gateway, charge payment.Charge) int64 {
	t.Helper()
	receipts, err := gateway.Refunds(t.Context(), charge.Ref)
	require.NoError(t, err)
	var sum int64
	for _, r := range receipts {
		if r.Status.Holds() {
			sum += r.Amount.Minor
		}
	}
	return sum
}

func sameKeyMovesMoneyOnce(t *testing.T, open Open) {
	house := open(t, t.TempDir())
	gateway, charge := payment.New(house.Driver), house.Charge(t, dollars(10_00))
	first, err := gateway.Refund(t.Context(), order(charge, "a", 4_00))
	require.NoError(t, err)
	assert.NotEmpty(t, first.ID)
	assert.Equal(t, "ref_a", first.Reference)
	assert.Equal(t, charge.Ref, first.ChargeRef)
	for range 3 {
		again, err := gateway.Refund(t.Context(), order(charge, "a", 4_00))
		require.NoError(t, err)
		assert.Equal(t, first, again)
	}
	assert.Equal(t, int64(4_00), held(t, gateway, charge))
}

// together runs n calls at once and gives their receipts and errors by index.
func together(n int, call func(i int) (payment.Receipt, error)) ([]payment.Receipt, []error) {
	receipts, errs := make([]payment.Receipt, n), make([]error, n)
	var all sync.WaitGroup
	gun := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-gun
			receipts[i], errs[i] = call(i)
		})
	}
	close(gun)
	all.Wait()
	return receipts, errs
}

// ask asks as callers do: as long as the outcome is unknown again, with the same key.
func ask(t *testing.T, gateway *payment.Gateway, r payment.Refund) (payment.Receipt, error) {
	for {
		receipt, err := gateway.Refund(t.Context(), r)
		if !errors.Is(err, payment.ErrUnknown) || t.Context().Err() != nil {
			return receipt, err
		}
		r.Again = true
	}
}

func fiftyCallsWithOneKey(t *testing.T, open Open) {
	house := open(t, t.TempDir())
	gateway, charge := payment.New(house.Driver), house.Charge(t, dollars(10_00))
	receipts, errs := together(50, func(int) (payment.Receipt, error) {
		return ask(t, gateway, order(charge, "a", 10_00))
	})
	for i := range receipts {
		require.NoError(t, errs[i])
		assert.Equal(t, receipts[0].ID, receipts[i].ID)
	}
	listed, err := gateway.Refunds(t.Context(), charge.Ref)
	require.NoError(t, err)
	assert.Len(t, listed, 1)
}

func keyIsGoodForOneOrderOnly(t *testing.T, open Open) {
	house := open(t, t.TempDir())
	gateway, charge := payment.New(house.Driver), house.Charge(t, dollars(10_00))
	other := house.Charge(t, dollars(10_00))
	first := order(charge, "a", 4_00)
	receipt, err := gateway.Refund(t.Context(), first)
	require.NoError(t, err)

	elsewhere := first
	elsewhere.Charge = other
	cent, named := first, first
	cent.Amount.Minor++
	named.Reference = "ref_b"
	for name, second := range map[string]payment.Refund{
		"a cent more": cent, "another charge": elsewhere, "another reference": named,
	} {
		_, err := gateway.Refund(t.Context(), second)
		assert.ErrorIs(t, err, payment.ErrKeyReused, name)
	}
	found, ok, err := gateway.Lookup(t.Context(), charge.Ref, first.Key)
	require.NoError(t, err)
	assert.True(t, ok)
	assert.Equal(t, receipt, found)
	assert.Equal(t, int64(4_00), held(t, gateway, charge))
	assert.Zero(t, held(t, gateway, other))
}

func neverBeyondCaptured(t *testing.T, open Open) {
	house := open(t, t.TempDir())
	gateway, charge := payment.New(house.Driver), house.Charge(t, dollars(10_00))
	_, err := gateway.Refund(t.Context(), order(charge, "whole and one", 10_01))
	require.Error(t, err, "a key with spaces and too much money")
	_, err = gateway.Refund(t.Context(), order(charge, "a", 10_01))
	require.ErrorIs(t, err, payment.ErrBeyondCaptured)
	_, err = gateway.Refund(t.Context(), order(charge, "b", 6_00))
	require.NoError(t, err)
	_, err = gateway.Refund(t.Context(), order(charge, "c", 4_01))
	require.ErrorIs(t, err, payment.ErrBeyondCaptured)
	require.ErrorIs(t, err, payment.ErrInvalid)
	_, err = gateway.Refund(t.Context(), order(charge, "d", 4_00))
	require.NoError(t, err)
	_, err = gateway.Refund(t.Context(), order(charge, "e", 1))
	require.ErrorIs(t, err, payment.ErrBeyondCaptured)
	assert.Equal(t, int64(10_00), held(t, gateway, charge))
}

func refusedOrderLeavesNothingBehind(t *testing.T, open Open) {
	house := open(t, t.TempDir())
	gateway, charge := payment.New(house.Driver), house.Charge(t, dollars(10_00))
	_, err := gateway.Refund(t.Context(), order(charge, "a", 9_00))
	require.NoError(t, err)
	_, err = gateway.Refund(t.Context(), order(charge, "b", 2_00))
	require.ErrorIs(t, err, payment.ErrBeyondCaptured)
	_, found, err := gateway.Lookup(t.Context(), charge.Ref, order(charge, "b", 2_00).Key)
	require.NoError(t, err)
	assert.False(t, found)
	_, err = gateway.Refund(t.Context(), order(charge, "c", 1_00))
	require.NoError(t, err, "the next order, with a key of its own")
	assert.Equal(t, int64(10_00), held(t, gateway, charge))
}

func thirtyTenthsInParallel(t *testing.T, open Open) {
	house := open(t, t.TempDir())
	gateway, charge := payment.New(house.Driver), house.Charge(t, dollars(100_00))
	_, errs := together(30, func(i int) (payment.Receipt, error) {
		return gateway.Refund(t.Context(), order(charge, fmt.Sprint(i), 10_00))
	})
	paid := 0
	for _, err := range errs {
		if err == nil {
			paid++
			continue
		}
		assert.ErrorIs(t, err, payment.ErrBeyondCaptured)
	}
	assert.Equal(t, 10, paid)
	assert.Equal(t, int64(100_00), held(t, gateway, charge))
}

func lookupFindsByKey(t *testing.T, open Open) {
	house := open(t, t.TempDir())
	gateway, charge := payment.New(house.Driver), house.Charge(t, dollars(10_00))
	_, found, err := gateway.Lookup(t.Context(), charge.Ref, order(charge, "a", 1).Key)
	require.NoError(t, err)
	assert.False(t, found)
	receipt, err := gateway.Refund(t.Context(), order(charge, "a", 3_33))
	require.NoError(t, err)
	looked, found, err := gateway.Lookup(t.Context(), charge.Ref, order(charge, "a", 1).Key)
	require.NoError(t, err)
	assert.True(t, found)
	assert.Equal(t, receipt, looked)
	_, found, err = gateway.Lookup(t.Context(), charge.Ref, order(charge, "A", 1).Key)
	require.NoError(t, err)
	assert.False(t, found, "keys differ by case")
	_, found, err = gateway.Lookup(t.Context(), house.Charge(t, dollars(10_00)).Ref, receipt.Key)
	require.NoError(t, err)
	assert.False(t, found, "on another charge")
}

func forgottenKeyPaysOnce(t *testing.T, open Open) {
	house := open(t, t.TempDir())
	gateway, charge := payment.New(house.Driver), house.Charge(t, dollars(10_00))
	first, err := gateway.Refund(t.Context(), order(charge, "a", 4_00))
	require.NoError(t, err)
	if house.Forget != nil {
		house.Forget(t)
	}
	again, more, fresh := order(charge, "a", 4_00), order(charge, "a", 4_01), order(charge, "b", 1_00)
	again.Again, more.Again, fresh.Again = true, true, true
	for range 2 {
		receipt, err := gateway.Refund(t.Context(), again)
		require.NoError(t, err)
		assert.Equal(t, first, receipt)
	}
	_, err = gateway.Refund(t.Context(), more)
	require.ErrorIs(t, err, payment.ErrKeyReused)
	assert.Equal(t, int64(4_00), held(t, gateway, charge))
	_, err = gateway.Refund(t.Context(), fresh)
	require.NoError(t, err, "a key that nobody paid is paid, although it was asked for before")
	assert.Equal(t, int64(5_00), held(t, gateway, charge))
}

func partsAddUp(t *testing.T, open Open) {
	house := open(t, t.TempDir())
	gateway, charge := payment.New(house.Driver), house.Charge(t, dollars(10_00))
	for i, minor := range []int64{3_33, 3_33, 1, 3_33} {
		_, err := gateway.Refund(t.Context(), order(charge, fmt.Sprint(i), minor))
		require.NoError(t, err)
	}
	assert.Equal(t, int64(10_00), held(t, gateway, charge))
}

func listIsOfOneCharge(t *testing.T, open Open) {
	house := open(t, t.TempDir())
	gateway, charge := payment.New(house.Driver), house.Charge(t, dollars(10_00))
	other := house.Charge(t, dollars(10_00))
	none, err := gateway.Refunds(t.Context(), charge.Ref)
	require.NoError(t, err)
	assert.Empty(t, none)
	var want []payment.Receipt
	for _, key := range []string{"c", "a", "b"} {
		receipt, err := gateway.Refund(t.Context(), order(charge, key, 1_00))
		require.NoError(t, err)
		want = append(want, receipt)
		_, err = gateway.Refund(t.Context(), order(other, key, 2_00))
		require.NoError(t, err)
	}
	got, err := gateway.Refunds(t.Context(), charge.Ref)
	require.NoError(t, err)
	assert.Equal(t, want, got)
}

func wrongOrdersAreRefused(t *testing.T, open Open) {
	house := open(t, t.TempDir())
	gateway, charge := payment.New(house.Driver), house.Charge(t, dollars(10_00))
	euros := order(charge, "euros", 1_00)
	euros.Amount.Currency = "EUR"
	keyless := order(charge, "keyless", 1_00)
	keyless.Key = ""
	for name, wrong := range map[string]payment.Refund{
		"zero":             order(charge, "zero", 0),
		"negative":         order(charge, "negative", -1),
		"another currency": euros,
		"no key":           keyless,
	} {
		_, err := gateway.Refund(t.Context(), wrong)
		require.ErrorIs(t, err, payment.ErrInvalid, name)
		_, err = house.Driver.Refund(t.Context(), wrong)
		require.Error(t, err, "%s, without the gateway before it", name)
	}
	assert.Zero(t, held(t, gateway, charge))
}

func yenHaveNoCents(t *testing.T, open Open) {
	house := open(t, t.TempDir())
	charge := house.Charge(t, money.Amount{Minor: 1200, Currency: "JPY"})
	receipt, err := payment.New(house.Driver).Refund(t.Context(), order(charge, "a", 1200))
	require.NoError(t, err)
	assert.Equal(t, money.Amount{Minor: 1200, Currency: "JPY"}, receipt.Amount)
}

func booksSurviveARestart(t *testing.T, open Open) {
	dir := t.TempDir()
	house := open(t, dir)
	charge := house.Charge(t, dollars(10_00))
	before, err := payment.New(house.Driver).Refund(t.Context(), order(charge, "a", 6_00))
	require.NoError(t, err)
	if closer, ok := house.Driver.(io.Closer); ok {
		require.NoError(t, closer.Close())
	}

	gateway := payment.New(open(t, dir).Driver)
	after, err := gateway.Refund(t.Context(), order(charge, "a", 6_00))
	require.NoError(t, err)
	assert.Equal(t, before, after)
	_, err = gateway.Refund(t.Context(), order(charge, "b", 4_01))
	require.ErrorIs(t, err, payment.ErrBeyondCaptured)
	assert.Equal(t, int64(6_00), held(t, gateway, charge))
}

func endedContextMovesNothing(t *testing.T, open Open) {
	house := open(t, t.TempDir())
	gateway, charge := payment.New(house.Driver), house.Charge(t, dollars(10_00))
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := gateway.Refund(ended, order(charge, "a", 1_00))
	require.ErrorIs(t, err, payment.ErrNotSubmitted)
	assert.Zero(t, held(t, gateway, charge))
}
