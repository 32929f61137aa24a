package stripetest

import (
	"net/http"
	"sync"
	"time"
)

// When is a moment of a call that asks for a refund: around the instant at which the money moves.
type When int

// The two moments.
const (
	Before When = iota + 1 // the key is taken, nothing has moved
	After                  // it has moved, the answer has not gone out
)

// kind is what goes wrong.
type kind int

const (
	nothing     kind = iota
	dropped          // the connection is closed without an answer
	broken           // 500, which is kept under the key
	unavailable      // 503 from something that stands before the API: kept under no key
	refused          // any error, before anything is looked at
)

type trouble struct {
	kind    kind
	when    When
	refusal apiError
	slow    time.Duration // besides: the money moves that much later
}

// named are the kinds and moments as Summary counts them.
var (
	named   = map[kind]string{dropped: "dropped", broken: "500", unavailable: "503", refused: "refused"}
	moments = map[When]string{Before: " before", After: " after"}
)

var oops = apiError{http.StatusInternalServerError, problem{Type: "api_error", Message: "Something went wrong."}}

// before ends the call ahead of everything, where the trouble is of that sort. A dropped connection ends the handler.
func (t trouble) before() (answer, bool) {
	if t.kind == refused {
		return t.refusal.answer(), true
	}
	return t.at(Before)
}

// after ends the call when all is done.
func (t trouble) after() (answer, bool) { return t.at(After) }

func (t trouble) at(when When) (answer, bool) {
	switch {
	case t.when != when:
	case t.kind == dropped:
		panic(http.ErrAbortHandler) // net/http's own way to hang up
	case t.kind == unavailable:
		return answer{status: http.StatusServiceUnavailable, body: []byte("upstream connect error")}, true
	}
	return answer{}, false
}

// enter counts a call and gives it the next trouble that is planned, or else what chance has for it.
func (s *Server) enter() trouble {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.posts++
	var next trouble
	if len(s.troubles) > 0 {
		next, s.troubles = s.troubles[0], s.troubles[1:]
	} else {
		next = s.chaos.next()
	}
	if next.kind != nothing {
		s.had[named[next.kind]+moments[next.when]]++
	}
	if next.slow > 0 {
		s.had["slowed"]++
	}
	return next
}

func (s *Server) plan(n int, t trouble) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		s.troubles = append(s.troubles, t)
	}
}

// Posts is how many calls have asked for a refund so far, in whatever way they ended.
func (s *Server) Posts() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.posts
}

// Drop hangs up on the next n calls. Plans of troubles are carried out one after the other, one a call.
func (s *Server) Drop(n int, when When) { s.plan(n, trouble{kind: dropped, when: when}) }

// DropAfterCommit moves the money of the next n calls and then hangs up on them.
func (s *Server) DropAfterCommit(n int) { s.Drop(n, After) }

// Fail500 answers the next n calls with 500, and every later call with their keys too, until ForgetKeys: so does Stripe.
func (s *Server) Fail500(n int, when When) { s.plan(n, trouble{kind: broken, when: when}) }

// Fail503 answers the next n calls with a 503 that is not the API's own; the next call with the key is heard.
func (s *Server) Fail503(n int, when When) { s.plan(n, trouble{kind: unavailable, when: when}) }

// Refusal is an error in Stripe's words.
type Refusal struct {
	Status            int    // of HTTP
	Type, Code, Param string // "" leaves Code and Param out
	Message           string
}

// Refuse answers the next n calls with the error before anything is looked at; it is kept under no key.
func (s *Server) Refuse(n int, r Refusal) {
	s.plan(n, trouble{kind: refused, refusal: apiError{r.Status, problem{r.Type, r.Code, r.Param, r.Message}}})
}

// Calm forgets all troubles that are planned, makes it quick again, and ends the chaos: refunds that were still to fail
// do not. Those that are pending stay so until a courier or Move lets them go on.
func (s *Server) Calm() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.troubles, s.slow, s.chaos = nil, 0, nil
	for id, next := range s.steps {
		if next.to.status == "failed" {
			s.forgo(id)
		}
	}
	s.stir.Broadcast()
}

// Slow makes every refund take d before its money moves, or until Close.
func (s *Server) Slow(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.slow = d
}

// StartAs makes new refunds begin with the status in Stripe's words: "pending", "requires_action", "succeeded", or
// "failed" for a reason.
func (s *Server) StartAs(status, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.first = state{status, reason}
}

// ForgetKeys makes every idempotency key expire, as Stripe lets them after a day or more.
func (s *Server) ForgetKeys() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, known := range s.keys {
		if known.done {
			delete(s.keys, key)
		}
	}
}

// Gate stops one call. It needs no sleeping: wait for Reached, look around, and Open it.
type Gate struct {
	when    When
	reached chan struct{}
	opened  chan struct{}
	once    sync.Once
}

// Reached is closed when a call stands at the gate.
func (g *Gate) Reached() <-chan struct{} { return g.reached }

// Open lets the call go on; more than once does no harm. Close opens every gate.
func (g *Gate) Open() { g.once.Do(func() { close(g.opened) }) }

// Hold makes the next call that is not a repetition stop at the moment.
func (s *Server) Hold(when When) *Gate {
	s.mu.Lock()
	defer s.mu.Unlock()
	gate := &Gate{when: when, reached: make(chan struct{}), opened: make(chan struct{})}
	s.gates = append(s.gates, gate)
	return gate
}

// wait holds a call up at the moment, as it was told, and for slow at least.
func (s *Server) wait(when When, slow time.Duration) {
	s.mu.Lock()
	var at *Gate
	for i, gate := range s.gates {
		select {
		case <-gate.reached:
			continue
		default:
		}
		if gate.when == when {
			at = s.gates[i]
			close(at.reached)
			break
		}
	}
	if when == Before {
		slow = max(slow, s.slow)
	}
	s.mu.Unlock()
	if slow > 0 {
		select {
		case <-time.After(slow):
		case <-s.ended:
		}
	}
	if at != nil {
		<-at.opened
	}
}
