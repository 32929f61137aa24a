package reports

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/money"
)

func TestTheMedianIsWithinWhichHalfOfThemLie(t *testing.T) {
	t.Parallel()
	var s spans
	require.Equal(t, Times{}, s.times())
	hours := func(list ...int) (s spans) {
		for _, h := range list {
			s.add(time.Duration(h) * time.Hour)
		}
		return s
	}
	for _, c := range []struct {
		of               []int
		median, p90, max float64
	}{
		{[]int{7}, 7, 7, 7},
		{[]int{9, 1}, 1, 9, 9},
		{[]int{5, 3, 4, 2, 1}, 3, 5, 5},
		{[]int{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}, 5, 9, 10},
		{[]int{2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 100}, 2, 2, 100},
	} {
		s := hours(c.of...)
		require.Equal(t, Times{Refunds: len(c.of), MedianHours: &c.median, P90Hours: &c.p90, MaxHours: &c.max}, s.times())
	}
	s.add(100*time.Minute + 59*time.Second)
	require.InDelta(t, 1.67, *s.times().MaxHours, 0, "seconds are cut off")
}

func TestAmountsStayInTheOrderOfTheirCurrencies(t *testing.T) {
	t.Parallel()
	var list []money.Amount
	for _, a := range []money.Amount{{Minor: 1, Currency: "USD"}, {Minor: 5, Currency: "EUR"}, {Minor: 0, Currency: "CHF"}, {Minor: 2, Currency: "USD"}} {
		add(&list, a.Currency, a.Minor)
	}
	require.Equal(t, []money.Amount{{Minor: 5, Currency: "EUR"}, {Minor: 3, Currency: "USD"}}, list)
}

func TestAShareHasFourDecimals(t *testing.T) {
	t.Parallel()
	require.InDelta(t, 0.3333, share(1, 3), 0)
	require.InDelta(t, 0.6667, share(2, 3), 0)
	require.InDelta(t, 0, share(0, 0), 0)
	require.InDelta(t, 1, share(7, 7), 0)
}
