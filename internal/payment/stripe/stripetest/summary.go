package stripetest

import "maps"

// Summary is the ledger in numbers.
type Summary struct {
	Accounts, Refunds int
	// Captured and Held are units, added up over all currencies: they say something where there is one currency. Held
	// is counted anew from the refunds that are neither failed nor canceled.
	Captured, Held int64
	Statuses       map[string]int // refunds by Stripe's word
	Pending        int            // events that no receiver has answered with 2xx yet
	Posts          int            // calls that have asked for a refund
	// Troubles counts those of calls by what went wrong, planned or by chance: "dropped", "500" and "503", each with
	// " before" or " after", "refused", and "slowed", which counts besides the others.
	Troubles map[string]int
}

// Summary counts the ledger at this instant.
func (s *Server) Summary() Summary {
	s.mu.Lock()
	defer s.mu.Unlock()
	sum := Summary{
		Accounts: len(s.accounts), Refunds: len(s.refunds), Statuses: map[string]int{}, Pending: len(s.untaken),
		Posts: s.posts, Troubles: maps.Clone(s.had),
	}
	for _, a := range s.accounts {
		sum.Captured += a.captured
	}
	for _, r := range s.refunds {
		sum.Statuses[r.state.status]++
		if r.state.holds() {
			sum.Held += r.units
		}
	}
	return sum
}
