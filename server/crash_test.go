package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/auth"
)

func TestARefundOfAFleetIsPaidOnce(t *testing.T) {
	t.Parallel()
	f := newFleet(t, "")
	s := f.start(t)
	id, err := f.inspected(t.Context(), 100_00)
	require.NoError(t, err)
	token, err := bearer(auth.Finance)
	require.NoError(t, err)
	first, err := s.settle(t.Context(), token, id, "k")
	require.NoError(t, err)
	require.Equal(t, "REFUNDED", first.State)
	again, err := s.settle(t.Context(), token, id, "k")
	require.NoError(t, err)
	require.Equal(t, first, again)
	f.rests(t, time.Minute)
	f.agrees(t)
	require.EqualValues(t, 100_00, f.bank.Account(f.stock[id]).Held)
}
