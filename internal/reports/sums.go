package reports

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/vysero/returns/internal/money"
)

// add adds minor units to the amount in their currency; the list stays in the order of the currencies.
func add(list *[]money.Amount, currency string, minor int64) {
	if minor == 0 {
		return
	}
	at, known := slices.BinarySearchFunc(*list, currency, func(a money.Amount, c string) int { return strings.Compare(a.Currency, c) })
	if !known {
		*list = slices.Insert(*list, at, money.Amount{Currency: currency})
	}
	(*list)[at].Minor += minor
}

// spans counts how often something took so many whole minutes: as exact as a list of all, in the memory of the different ones.
type spans struct {
	total   int
	minutes map[int64]int
}

func (s *spans) add(d time.Duration) {
	if s.minutes == nil {
		s.minutes = map[int64]int{}
	}
	s.total++
	s.minutes[int64(d/time.Minute)]++
}

// within is the shortest span within which so many in a hundred lie (the nearest rank), in hours; nil where there is none.
func (s *spans) within(percent int) *float64 {
	if s.total == 0 {
		return nil
	}
	rank := (s.total*percent + 99) / 100
	all := make([]int64, 0, len(s.minutes))
	for m := range s.minutes {
		all = append(all, m)
	}
	slices.Sort(all)
	at, seen := int64(0), 0
	for _, m := range all {
		if at, seen = m, seen+s.minutes[m]; seen >= rank {
			break
		}
	}
	hours := rounded(float64(at)/60, 2)
	return &hours
}

func (s *spans) times() Times {
	return Times{Refunds: s.total, MedianHours: s.within(50), P90Hours: s.within(90), MaxHours: s.within(100)}
}

// share is a part of a whole with four decimals; nothing of nothing is 0.
func share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return rounded(float64(part)/float64(whole), 4)
}

func rounded(x float64, decimals int) float64 {
	scale := math.Pow10(decimals)
	return math.Round(x*scale) / scale
}
