package stripetest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// account is one captured payment: an intent and its charge.
type account struct {
	intent, charge, currency string
	captured                 int64
	held                     int64 // what the refunds that hold take
	refunds                  []*refund
}

// object is the charge in Stripe's form. Callers hold mu.
func (a *account) object() map[string]any {
	return map[string]any{
		"id": a.charge, "object": "charge", "amount": a.captured, "amount_captured": a.captured,
		"amount_refunded": a.held, "captured": true, "currency": a.currency, "payment_intent": a.intent,
		"refunded": a.held == a.captured,
	}
}

// Account is a payment as the ledger has it. Units are as Stripe counts them: cents, yen.
type Account struct {
	Intent, Charge string
	Currency       string // lower case
	Captured       int64
	Held           int64    // what the refunds that are neither failed nor canceled take
	Refunds        []Refund // oldest first
}

// Refund is a refund as the ledger has it.
type Refund struct {
	ID             string
	IdempotencyKey string // "" for one made by hand
	Units          int64
	Status         string // Stripe's word
	Reason         string // of a failure
	Metadata       map[string]string
}

// Ledger is the whole truth: every payment in the order of capture, with every refund.
func (s *Server) Ledger() []Account {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Account, 0, len(s.accounts))
	for _, a := range s.accounts {
		all = append(all, a.shown())
	}
	return all
}

// Account is the payment with this intent or charge; its zero value where there is none.
func (s *Server) Account(ref string) Account {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a, known := s.byRef[ref]; known {
		return a.shown()
	}
	return Account{}
}

func (a *account) shown() Account {
	shown := Account{Intent: a.intent, Charge: a.charge, Currency: a.currency, Captured: a.captured, Held: a.held}
	for _, r := range a.refunds {
		shown.Refunds = append(shown.Refunds, Refund{
			ID: r.id, IdempotencyKey: r.key, Units: r.units, Status: r.state.status, Reason: r.state.reason,
			Metadata: maps.Clone(r.metadata),
		})
	}
	return shown
}

// Capture takes units of the currency from a buyer: a fresh intent with its charge.
func (s *Server) Capture(units int64, currency string) Account {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open("pi_", units, currency).shown()
}

// CaptureAs does so under a name that the test has chosen: pi_… or ch_…; the other of the two has the same ending. A
// name that is neither, or that is taken, is refused.
func (s *Server) CaptureAs(ref string, units int64, currency string) (Account, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(ref) < 4 || ref[:3] != "pi_" && ref[:3] != "ch_" || s.byRef["pi_"+ref[3:]] != nil {
		return Account{}, fmt.Errorf("stripetest: %q cannot be captured", ref)
	}
	return s.open(ref, units, currency).shown(), nil
}

// open adds an account. Callers hold mu.
func (s *Server) open(ref string, units int64, currency string) *account {
	name := ref[3:]
	if name == "" {
		name = strings.TrimPrefix(s.id(""), "_")
	}
	a := &account{intent: "pi_" + name, charge: "ch_" + name, currency: strings.ToLower(currency), captured: units}
	s.accounts = append(s.accounts, a)
	s.byRef[a.intent], s.byRef[a.charge] = a, a
	return a
}

// ByHand refunds units as a person does in Stripe's dashboard: without key and metadata, past all troubles. It gives
// the refund's id.
func (s *Server) ByHand(ref string, units int64) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	of := s.byRef[ref]
	if of == nil || units <= 0 || units > of.captured-of.held {
		return "", fmt.Errorf("stripetest: %d of %q cannot be refunded", units, ref)
	}
	return s.book(of, asked{ref: ref, units: units, metadata: map[string]string{}}, s.first).id, nil
}

// moves are the steps that a refund takes at Stripe.
var moves = map[string][]string{
	"requires_action": {"pending", "succeeded", "failed", "canceled"},
	"pending":         {"succeeded", "failed", "canceled"},
	"succeeded":       {"failed"},
}

// Move lets a bank go on with a refund: to "succeeded", "failed" for a reason, "canceled" or "pending". It makes the
// events refund.updated, and refund.failed for a failure. Steps that no bank takes are refused.
func (s *Server) Move(refundID, status, reason string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, known := s.refunds[refundID]
	if !known {
		return fmt.Errorf("stripetest: no refund %q", refundID)
	}
	if !slices.Contains(moves[r.state.status], status) {
		return fmt.Errorf("stripetest: %s does not go from %s to %q", refundID, r.state.status, status)
	}
	s.become(r, state{status, reason})
	return nil
}

// become carries out a step that a bank takes. Callers hold mu.
func (s *Server) become(r *refund, next state) {
	if r.state.holds() && !next.holds() {
		r.account.held -= r.units
	}
	r.state = next
	s.tell("refund.updated", r, r.object())
	if next.status == "failed" {
		s.tell("refund.failed", r, r.object())
	}
	s.foresee(r)
}

// FailLater lets the bank send back what had gone out, for one of Stripe's reasons.
func (s *Server) FailLater(refundID, reason string) error { return s.Move(refundID, "failed", reason) }
