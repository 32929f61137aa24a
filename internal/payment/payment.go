// Package payment is the port through which money goes back to a buyer: always to the charge that it came from, and
// once per key whatever is lost on the way.
//
// How to use it. Write your intent and its key down first, then call Refund. A Receipt is the provider's word, also
// where its status is FAILED. An error says why there is no receipt, and errors.Is tells the four cases apart:
//
//	ErrUnknown       it may have happened: ask again with the SAME key, never with a new one
//	ErrNotSubmitted  it has not happened: ask again, with the same key for choice
//	ErrInvalid       it was refused for good, and nothing was ever paid under the key (ErrBeyondCaptured and ErrDisputed
//	                 are two of these)
//	ErrKeyReused     something else was asked for under the key: nobody can say whether it was paid, so never pay anew
//
// Set Refund.Again on every call with a key of which an earlier call may have arrived: providers forget keys (Stripe may
// after a day), and then only their own list of refunds tells that a key was paid.
package payment

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/money"
)

// What a missing receipt means. Drivers wrap one of them; whatever a driver returns without one counts as ErrUnknown.
var (
	ErrUnknown        = errors.New("the outcome of the refund is unknown")
	ErrNotSubmitted   = errors.New("the refund was not submitted")
	ErrInvalid        = errors.New("the refund was refused as invalid")
	ErrBeyondCaptured = fmt.Errorf("%w: more than is left of what was captured", ErrInvalid)
	ErrDisputed       = fmt.Errorf("%w: the buyer's bank has taken the payment over", ErrInvalid)
	ErrKeyReused      = errors.New("the key belongs to another refund")
)

// Status of a refund with the provider.
type Status string

// The statuses. SUCCEEDED is not the very end: a bank may send the money back days later, and then it is FAILED.
const (
	Pending        Status = "PENDING"         // accepted, on its way
	RequiresAction Status = "REQUIRES_ACTION" // accepted, the buyer must do something first
	Succeeded      Status = "SUCCEEDED"       // paid out
	Failed         Status = "FAILED"          // not paid, or sent back; Reason says why
	Canceled       Status = "CANCELED"        // withdrawn before it was paid
)

// Known tells whether s is one of the statuses.
func (s Status) Known() bool {
	switch s {
	case Pending, RequiresAction, Succeeded, Failed, Canceled:
		return true
	}
	return false
}

// Holds tells whether a refund in this status takes its amount from the charge: all but FAILED and CANCELED do.
func (s Status) Holds() bool { return s.Known() && s != Failed && s != Canceled }

// FailureReason is why a refund is FAILED; empty for every other status.
type FailureReason string

// The reasons. One that a provider adds later arrives as UNKNOWN.
const (
	MethodClosed  FailureReason = "METHOD_CLOSED"            // the account or wallet behind the charge is gone
	CardExpired   FailureReason = "EXPIRED_OR_CANCELED_CARD" // the card is no longer good
	Declined      FailureReason = "DECLINED"                 // the buyer's bank does not take it
	Disputed      FailureReason = "DISPUTED"                 // the buyer's bank took the matter over while it was on its way
	NoFunds       FailureReason = "INSUFFICIENT_FUNDS"       // the shop's own balance with the provider does not cover it
	Withdrawn     FailureReason = "WITHDRAWN"                // the shop took it back with the provider
	UnknownReason FailureReason = "UNKNOWN"                  // the provider does not say
)

// Known tells whether r is one of the reasons.
func (r FailureReason) Known() bool {
	switch r {
	case MethodClosed, CardExpired, Declined, Disputed, NoFunds, Withdrawn, UnknownReason:
		return true
	}
	return false
}

// rank is the one direction in which a refund moves; 0 for a status that nobody knows.
func (s Status) rank() int {
	switch s {
	case RequiresAction:
		return 1
	case Pending:
		return 2
	case Succeeded:
		return 3
	case Canceled:
		return 4
	case Failed:
		return 5
	}
	return 0
}

// Follows tells whether s is news to somebody who has the refund in the earlier status. Providers deliver late, twice
// and in any order; whoever takes only what follows ends in the same status whatever the order, and never goes back:
// REQUIRES_ACTION, PENDING, SUCCEEDED, CANCELED, FAILED. A status that nobody knows follows none; every known one
// follows "".
func (s Status) Follows(earlier Status) bool { return s.rank() > earlier.rank() }

// Charge is the payment that money goes back to.
type Charge struct {
	Ref      string       // the provider's id of it, 1 to 255 visible ASCII characters
	Captured money.Amount // what was taken in all, more than zero
}

// Refund is one order to pay back.
type Refund struct {
	Key       string       // idempotency key, 1 to 255 visible ASCII characters, made and stored by the caller
	Charge    Charge       // where the money goes
	Amount    money.Amount // more than zero, at most Charge.Captured, in its currency
	Reference string       // our own id of the refund, kept beside it by the provider; bounds as Key
	// Again says that the key was asked for before, whatever came of it. The driver then looks for the key in the
	// provider's list before it asks, so that a key that the provider has forgotten pays nobody twice.
	Again bool
}

// Receipt is the provider's record of one refund, as it stands when asked.
type Receipt struct {
	ID        string // the provider's id
	Key       string // the key that it was ordered with; "" for a refund that others made, by hand for instance
	ChargeRef string
	Reference string
	Amount    money.Amount
	Status    Status
	Reason    FailureReason // only when FAILED
	At        time.Time     // when the provider took the order, UTC, in microseconds
}

// Driver is one payment provider. What it promises is written down as tests in paymenttest.
type Driver interface {
	// Refund pays back once per key. The same key with the same order answers with the same receipt, its status as
	// it stands now; with another order ErrKeyReused. While a call with the key runs, another may get ErrUnknown.
	// The sum of all refunds that hold never exceeds what was captured, however many calls run at once:
	// ErrBeyondCaptured. A refusal leaves no refund behind, but it may use the key up: a new order takes a new key.
	// All this holds for as long as the provider remembers the key, and for ever where r.Again says that it was
	// asked for before: then ErrInvalid speaks of all calls with the key, and a driver that does not know of the earlier
	// ones, because it does not know the charge for instance, says ErrUnknown. ErrNotSubmitted speaks of this call alone.
	Refund(ctx context.Context, r Refund) (Receipt, error)
	// Lookup finds the refund of a charge that was ordered with key, however long ago; false when the provider is
	// sure that there is none.
	Lookup(ctx context.Context, chargeRef, key string) (Receipt, bool, error)
	// Refunds lists every refund of a charge, oldest first; none for a charge that it does not know.
	Refunds(ctx context.Context, chargeRef string) ([]Receipt, error)
}

// Gateway is what use cases hold. It refuses what no provider should be asked, bounds each call in time, checks what
// comes back and turns errors into faults that still answer errors.Is. It never retries: that is for a job, which
// can wait.
type Gateway struct {
	driver Driver
	within time.Duration
}

// Option changes a Gateway.
type Option func(*Gateway)

// Within bounds each call to the provider; 20 seconds unless told otherwise; only values above zero count.
func Within(d time.Duration) Option {
	return func(g *Gateway) {
		if d > 0 {
			g.within = d
		}
	}
}

// New puts a gateway before the driver.
func New(driver Driver, options ...Option) *Gateway {
	g := &Gateway{driver: driver, within: 20 * time.Second}
	for _, option := range options {
		option(g)
	}
	return g
}

// Refund pays r.Amount back to its charge, once per key. See the package for what its errors mean; every one is a
// *fault.Error.
func (g *Gateway) Refund(ctx context.Context, r Refund) (Receipt, error) {
	if err := check(r); err != nil {
		return Receipt{}, unasked(r, err)
	}
	if err := ctx.Err(); err != nil {
		return Receipt{}, classify(inDoubt(r, fmt.Errorf("%w: %w", ErrNotSubmitted, err)))
	}
	ctx, cancel := context.WithTimeout(ctx, g.within)
	defer cancel()
	receipt, err := g.driver.Refund(ctx, r)
	if err != nil {
		return Receipt{}, classify(inDoubt(r, err))
	}
	receipt, err = sound(receipt)
	if err == nil && (receipt.Key != r.Key || receipt.Amount != r.Amount || receipt.ChargeRef != r.Charge.Ref) {
		err = errors.New("the receipt is about another refund")
	}
	if err != nil {
		return Receipt{}, classify(fmt.Errorf("%w: %w", ErrUnknown, err))
	}
	return receipt, nil
}

// Lookup finds the refund of a charge that was ordered with key. False and no error means that there is none; an
// error says nothing about the refund and changes nothing.
func (g *Gateway) Lookup(ctx context.Context, chargeRef, key string) (Receipt, bool, error) {
	if err := token("charge", chargeRef); err != nil {
		return Receipt{}, false, err
	}
	if err := token("key", key); err != nil {
		return Receipt{}, false, err
	}
	ctx, cancel := context.WithTimeout(ctx, g.within)
	defer cancel()
	receipt, found, err := g.driver.Lookup(ctx, chargeRef, key)
	if err != nil {
		return Receipt{}, false, fault.Busy(err)
	}
	if !found {
		return Receipt{}, false, nil
	}
	receipt, err = sound(receipt)
	if err == nil && (receipt.Key != key || receipt.ChargeRef != chargeRef) {
		err = errors.New("the receipt is about another refund")
	}
	if err != nil {
		return Receipt{}, false, fault.Busy(err)
	}
	return receipt, true, nil
}

// Refunds lists every refund of a charge, oldest first, to compare the provider's books with ours. An error changes
// nothing.
func (g *Gateway) Refunds(ctx context.Context, chargeRef string) ([]Receipt, error) {
	if err := token("charge", chargeRef); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, g.within)
	defer cancel()
	receipts, err := g.driver.Refunds(ctx, chargeRef)
	if err != nil {
		return nil, fault.Busy(err)
	}
	for i, receipt := range receipts {
		if receipts[i], err = sound(receipt); err != nil {
			return nil, fault.Busy(err)
		}
	}
	return receipts, nil
}
