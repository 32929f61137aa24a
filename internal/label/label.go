// Package label is the port that buys prepaid return labels (S1, H3): one label per key, whatever is lost on the way; and
// that gives labels back which nobody wants any more.
//
// A label costs money, so buying one follows the same rule as a refund: write the intent and its key down, then Buy,
// and after a doubtful answer ask again with the SAME key. errors.Is tells the cases apart: ErrUnknown (it may have
// been bought), ErrNotBought (it has not), ErrInvalid (refused for good) and ErrKeyReused (the key bought another one).
// Void has two ways to fail: ErrKept (the carrier does not take this one back, for good) and ErrUnknown.
package label

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vysero/returns/internal/fault"
)

// What a missing label means. Drivers wrap one of them; whatever a driver returns without one counts as ErrUnknown.
var (
	ErrUnknown   = errors.New("it is unknown what became of the label")
	ErrNotBought = errors.New("the label was not bought")
	ErrInvalid   = errors.New("the order of the label was refused as invalid")
	ErrKeyReused = errors.New("the key belongs to another label")
	ErrKept      = errors.New("the carrier does not take the label back")
)

// Address is what is printed, line by line: the name first, 2 to 7 lines of 1 to 60 characters.
type Address []string

// Order is what one label is about.
type Order struct {
	Key          string   // idempotency key, 1 to 255 visible ASCII characters, made and stored by the caller
	ReturnNumber string   // printed, so that the parcel finds its return: 1 to 40 characters
	From         Address  // the customer
	To           Address  // where the goods go
	Contents     []string // what is in the parcel, 1 to 100 lines of 1 to 200 characters
}

// Label is what was bought.
type Label struct {
	Carrier  string // its name, for people
	Tracking string // 1 to 64 visible ASCII characters, unique with the carrier
	PDF      []byte // the sheet to print, at most MaxPDF bytes
}

// MaxPDF is the largest sheet that is taken from a carrier, in bytes.
const MaxPDF = 1 << 20

// Driver is one carrier. What it promises is written down as tests in labeltest.
type Driver interface {
	// Buy buys one label per key: the same key with the same order answers with the same label, byte for byte.
	// A key that was voided buys nothing any more: ErrInvalid.
	Buy(ctx context.Context, o Order) (Label, error)
	// Void takes the label of a key back, so that nobody can use it and nobody pays for it, whether or not one was bought
	// under the key. Doing it again changes nothing. ErrKept is a refusal for good: such a label was used.
	Void(ctx context.Context, key string) error
}

// Desk is what use cases hold. It refuses what no carrier should be asked, bounds each call in time, checks what
// comes back and turns errors into faults that still answer errors.Is. It never retries.
type Desk struct {
	driver Driver
	within time.Duration
}

// Option changes a Desk.
type Option func(*Desk)

// Within bounds each call to the carrier; 20 seconds unless told otherwise; only values above zero count.
func Within(d time.Duration) Option {
	return func(desk *Desk) {
		if d > 0 {
			desk.within = d
		}
	}
}

// New puts a desk before the driver.
func New(driver Driver, options ...Option) *Desk {
	desk := &Desk{driver: driver, within: 20 * time.Second}
	for _, option := range options {
		option(desk)
	}
	return desk
}

// Buy buys one label per key. See the package for what its errors mean; every one is a *fault.Error.
func (d *Desk) Buy(ctx context.Context, o Order) (Label, error) {
	if err := check(o); err != nil {
		return Label{}, err
	}
	if err := ctx.Err(); err != nil {
		return Label{}, classify(fmt.Errorf("%w: %w", ErrNotBought, err))
	}
	ctx, cancel := context.WithTimeout(ctx, d.within)
	defer cancel()
	bought, err := d.driver.Buy(ctx, o)
	if err != nil {
		return Label{}, classify(err)
	}
	if err := sound(bought); err != nil {
		return Label{}, classify(fmt.Errorf("%w: %w", ErrUnknown, err))
	}
	return bought, nil
}

// Void gives the label of a key back: afterwards there is none under it, and none can be bought. Every error is a
// *fault.Error: errors.Is tells ErrKept (CONFLICT: the label stays bought) and ErrInvalid (the key is none) from
// ErrUnknown, after which it is asked again with the same key.
func (d *Desk) Void(ctx context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, d.within)
	defer cancel()
	switch err := d.driver.Void(ctx, key); {
	case err == nil:
		return nil
	case errors.Is(err, ErrKept):
		return fault.Clash(fault.CodeState, "The carrier does not take this label back.").Because(err)
	default:
		return unknown(fmt.Errorf("%w: %w", ErrUnknown, err))
	}
}

// sound mistrusts a driver: a label that cannot be tracked or printed is not one.
func sound(l Label) error {
	if l.Carrier == "" {
		return errors.New("a label without a carrier")
	}
	if len(l.Tracking) > 64 || !visible(l.Tracking) {
		return fmt.Errorf("a label with the tracking number %q", l.Tracking)
	}
	if len(l.PDF) > MaxPDF {
		return fmt.Errorf("a label of %d bytes", len(l.PDF))
	}
	if !bytes.HasPrefix(l.PDF, []byte("%PDF-")) {
		return errors.New("a label that is not a PDF")
	}
	return nil
}

// classify turns what a driver says into a fault; doubt counts as ErrUnknown.
func classify(err error) *fault.Error {
	switch {
	case errors.Is(err, ErrUnknown):
		return unknown(err)
	case errors.Is(err, ErrKeyReused):
		return fault.Clash(fault.CodeDiffers, "A label with this key exists already, and it is a different one.").Because(err)
	case errors.Is(err, ErrInvalid):
		return fault.Bad(fault.CodeInvalid, "", "The carrier refuses this label.").Because(err)
	case errors.Is(err, ErrNotBought):
		return fault.Busy(err)
	}
	return unknown(fmt.Errorf("%w: %w", ErrUnknown, err))
}

// unknown does not use fault.Busy, whose sentence promises that nothing has changed.
func unknown(err error) *fault.Error {
	return &fault.Error{
		Kind: fault.Unavailable,
		Code: fault.CodeUnavailable,
		Say:  "The carrier has not answered. It will be asked again, and no label can be bought twice.",
		Err:  err,
	}
}
