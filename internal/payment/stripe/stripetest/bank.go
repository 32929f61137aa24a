package stripetest

import (
	"maps"
	"slices"
	"time"
)

// step is what a bank will do with a refund by itself.
type step struct {
	refund *refund
	to     state
	timer  *time.Timer // nil while no courier is under way
}

// foresee writes down the next step of a refund that has just come to its state: a pending one succeeds, and one that
// has succeeded fails where chance dooms it. What was written down before is void. Callers hold mu.
func (s *Server) foresee(r *refund) {
	s.forgo(r.id)
	next := &step{refund: r}
	switch r.state.status {
	case "pending":
		next.to = state{status: "succeeded"}
	case "succeeded":
		reason, doomed := s.chaos.dooms()
		if !doomed {
			return
		}
		next.to = state{"failed", reason}
	default:
		return
	}
	s.steps[r.id] = next
	s.await(next)
}

// forgo lets a step never come. Callers hold mu.
func (s *Server) forgo(refundID string) {
	next, known := s.steps[refundID]
	if known && next.timer != nil {
		next.timer.Stop()
	}
	delete(s.steps, refundID)
}

// await lets time bring the step, while a courier is under way. Callers hold mu.
func (s *Server) await(next *step) {
	if s.courier == nil {
		return
	}
	next.timer = time.AfterFunc(upTo(s.courier.chance, s.courier.Lag), func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.courier != nil && s.steps[next.refund.id] == next {
			s.become(next.refund, next.to)
		}
	})
}

// hurry carries out every step that is still to come, and those that follow. Callers hold mu.
func (s *Server) hurry() {
	for len(s.steps) > 0 {
		for _, id := range slices.Sorted(maps.Keys(s.steps)) {
			s.become(s.steps[id].refund, s.steps[id].to)
		}
	}
}
