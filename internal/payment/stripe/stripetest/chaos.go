package stripetest

import (
	"math/rand/v2"
	"time"
)

// Chaos is how often what goes wrong by chance. Chances are in percent, 0 to 100; the zero value is calm.
//
// The first six are of calls that ask for a refund. A call has one of them at most, so that they add up to 100 at most;
// what goes beyond never comes. Their meanings are those of Drop, Fail500 and Fail503. A 500 is kept under its key: a
// caller gets on only by looking at the list, or after ForgetKeys.
type Chaos struct {
	Seed uint64 // the same calls in the same order have the same troubles

	DropBefore, DropAfter       float64
	Fail503Before, Fail503After float64
	Fail500Before, Fail500After float64

	Slow     float64       // of calls, whatever else they have: the money moves later
	SlowUpTo time.Duration // at the most; without it no call is slow

	Pending   float64 // of new refunds that are asked for over the API: they begin as pending, whatever StartAs says
	FailLater float64 // of refunds, each time that one succeeds: it fails afterwards, for a reason of a bank
}

// Chaos leaves troubles to chance from now on, in place of what was said before, until Calm. Troubles that are planned
// go first: a call that has one is spared by chance. A pending refund goes on and a doomed one fails while a courier is
// under way; without one nothing happens by itself.
func (s *Server) Chaos(c Chaos) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.chaos = &chaos{Chaos: c, calls: dice(c.Seed, ofCalls), fates: dice(c.Seed, ofFates)}
}

// What chance decides on does not move the chances of anything else.
const (
	ofCalls uint64 = iota
	ofFates
	ofTargets
	ofCouriers
)

// dice is chance that comes out the same for the same seed.
func dice(seed, about uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, about)) }

// upTo is a time above 0 and not above longest, or 0 where longest is not above 0.
func upTo(chance *rand.Rand, longest time.Duration) time.Duration {
	if longest <= 0 {
		return 0
	}
	return 1 + time.Duration(chance.Int64N(int64(longest)))
}

// chaos is Chaos at work. A nil one is calm. Callers hold the server's mu.
type chaos struct {
	Chaos

	calls, fates *rand.Rand
}

// next is the trouble of one call. It throws the dice equally often whatever they say.
func (c *chaos) next() trouble {
	if c == nil {
		return trouble{}
	}
	happens := trouble{}
	at, slow, delay := c.calls.Float64()*100, c.calls.Float64()*100, upTo(c.calls, c.SlowUpTo)
	for _, odd := range []struct {
		percent float64
		trouble trouble
	}{
		{c.DropBefore, trouble{kind: dropped, when: Before}}, {c.DropAfter, trouble{kind: dropped, when: After}},
		{c.Fail503Before, trouble{kind: unavailable, when: Before}}, {c.Fail503After, trouble{kind: unavailable, when: After}},
		{c.Fail500Before, trouble{kind: broken, when: Before}}, {c.Fail500After, trouble{kind: broken, when: After}},
	} {
		if at < odd.percent {
			happens = odd.trouble
			break
		}
		at -= odd.percent
	}
	if slow < c.Slow {
		happens.slow = delay
	}
	return happens
}

// first is the state in which a refund begins.
func (c *chaos) first(usual state) state {
	if c != nil && c.fates.Float64()*100 < c.Pending {
		return state{status: "pending"}
	}
	return usual
}

// reasons are those for which a bank sends money back.
var reasons = []string{"declined", "expired_or_canceled_card", "insufficient_funds", "lost_or_stolen_card", "unknown"}

// dooms says whether a refund that has succeeded is to fail, and why.
func (c *chaos) dooms() (reason string, doomed bool) {
	if c == nil || c.fates.Float64()*100 >= c.FailLater {
		return "", false
	}
	return reasons[c.fates.IntN(len(reasons))], true
}
