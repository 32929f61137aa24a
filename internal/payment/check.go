package payment

import (
	"errors"
	"fmt"

	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/money"
)

// longest is the longest key, reference or provider's id, in bytes: what Stripe takes for a key.
const longest = 255

// check refuses an order that no provider should see. Its errors are ErrInvalid.
func check(r Refund) *fault.Error {
	if err := token("key", r.Key); err != nil {
		return err
	}
	if err := token("reference", r.Reference); err != nil {
		return err
	}
	if err := token("charge", r.Charge.Ref); err != nil {
		return err
	}
	if _, err := money.Digits(r.Amount.Currency); err != nil {
		return bad(fault.CodeCurrency, "amount", "A refund needs an amount in a currency that exists.")
	}
	if r.Amount.Currency != r.Charge.Captured.Currency {
		return bad(fault.CodeCurrency, "amount", "The refund is in %s, the payment was in %s.",
			r.Amount.Currency, r.Charge.Captured.Currency)
	}
	if r.Amount.Minor <= 0 || r.Amount.Minor > money.Max {
		return bad(fault.CodeAmount, "amount", "A refund must be more than zero.")
	}
	if r.Charge.Captured.Minor > money.Max {
		return bad(fault.CodeAmount, "charge", "The payment is larger than can be counted.")
	}
	if r.Amount.Minor > r.Charge.Captured.Minor {
		return classify(fmt.Errorf("%w: %s of %s", ErrBeyondCaptured, r.Amount, r.Charge.Captured))
	}
	return nil
}

// token holds text to 1 to 255 visible ASCII characters, so that it fits a header, a URL and a log line.
func token(field, text string) *fault.Error {
	if text == "" {
		return bad(fault.CodeRequired, field, "A refund needs a %s.", field)
	}
	if len(text) > longest {
		return bad(fault.CodeInvalid, field, "The %s is longer than %d characters.", field, longest)
	}
	for _, c := range []byte(text) {
		if c <= ' ' || c > '~' {
			return bad(fault.CodeInvalid, field, "The %s may hold visible ASCII characters only.", field)
		}
	}
	return nil
}

func bad(code fault.Code, field, format string, args ...any) *fault.Error {
	return fault.Bad(code, field, format, args...).Because(ErrInvalid)
}

// sound mistrusts a driver: a receipt without an id or with a status that nobody knows proves nothing. A reason that
// nobody knows is UNKNOWN.
func sound(r Receipt) (Receipt, error) {
	if r.ID == "" {
		return Receipt{}, errors.New("a receipt without an id")
	}
	if !r.Status.Known() {
		return Receipt{}, fmt.Errorf("receipt %s has an unknown status %q", r.ID, r.Status)
	}
	if r.Amount.Minor <= 0 {
		return Receipt{}, fmt.Errorf("receipt %s is about %s", r.ID, r.Amount)
	}
	switch {
	case r.Status != Failed:
		r.Reason = ""
	case !r.Reason.Known():
		r.Reason = UnknownReason
	}
	return r, nil
}

// inDoubt keeps a driver from clearing what it cannot know: that this call was not submitted says nothing of the
// calls before it. The cause stays as text, so that errors.Is finds ErrUnknown and nothing else.
func inDoubt(r Refund, err error) error {
	if !r.Again || !errors.Is(err, ErrNotSubmitted) {
		return err
	}
	return fmt.Errorf("%w: it was asked for before, and this time: %s", ErrUnknown, err.Error())
}

// unasked is what it means that an order fails our own check: refused, unless a call with its key was made before.
func unasked(r Refund, err *fault.Error) *fault.Error {
	if !r.Again {
		return err
	}
	return unknown(fmt.Errorf("%w: it was asked for before, and now: %s", ErrUnknown, err.Error()))
}

// classify turns what a driver says into a fault. Doubt counts as ErrUnknown, because only that sends the caller
// back with the same key.
func classify(err error) *fault.Error {
	switch {
	case errors.Is(err, ErrUnknown):
		return unknown(err)
	case errors.Is(err, ErrKeyReused):
		return fault.Clash(fault.CodeDiffers, "A refund with this key exists already, and it is a different one.").Because(err)
	case errors.Is(err, ErrBeyondCaptured):
		return fault.Clash(fault.CodeAmount, "That is more than is left of the payment.").Because(err)
	case errors.Is(err, ErrDisputed):
		return fault.Clash(fault.CodeRefused, "The buyer's bank has taken this payment over.").Because(err)
	case errors.Is(err, ErrInvalid):
		return fault.Bad(fault.CodeInvalid, "", "The payment provider refuses this refund.").Because(err)
	case errors.Is(err, ErrNotSubmitted):
		return fault.Busy(err)
	}
	return unknown(fmt.Errorf("%w: %w", ErrUnknown, err))
}

// unknown does not use fault.Busy, whose sentence promises that nothing has changed.
func unknown(err error) *fault.Error {
	return &fault.Error{
		Kind: fault.Unavailable,
		Code: fault.CodeUnavailable,
		Say:  "The payment provider has not confirmed the refund. It will be asked again, and it cannot be paid twice.",
		Err:  err,
	}
}
