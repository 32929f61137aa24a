package payment

import (
	"errors"
	"time"

	"github.com/vysero/returns/internal/fault"
)

// Why a notice is not taken. Neither changes anything.
var (
	ErrForged     = errors.New("the notice is not from the provider, or not of now")
	ErrUnreadable = errors.New("the notice is from the provider, but it cannot be read")
)

// NoticeKind says what a notice is about.
type NoticeKind string

// The kinds of notice.
const (
	AboutRefund  NoticeKind = "REFUND"  // Receipt tells a refund as it stood when the notice was made
	AboutCharge  NoticeKind = "CHARGE"  // something went back on a charge: its list of refunds tells what
	AboutNothing NoticeKind = "IGNORED" // the provider's own affairs
)

// Notice is what a provider tells by itself. It comes late, several times, in any order, and before the answer to the
// very call that it is about: store it by EventID first, then work, and take from it only what Status.Follows allows.
type Notice struct {
	EventID string // the provider's id of the notice, the same each time that it is sent
	Kind    NoticeKind
	Type    string    // the provider's own word for it, for logs
	At      time.Time // when it was made, UTC; providers count in whole seconds, so it puts nothing in order
	// Receipt is the refund. Its Key and Reference are "" for a refund that we did not order.
	Receipt Receipt // only for REFUND
	// ChargeRefs are all names under which the provider knows the charge: whichever of them we hold.
	ChargeRefs []string // for REFUND and CHARGE
}

// Forged refuses a notice whose origin is not proven; why is for the log.
func Forged(why error) *fault.Error {
	return fault.Bad(fault.CodeUnauthenticated, "", "The notice does not bear a valid signature of now.").
		Because(errors.Join(ErrForged, why))
}

// Unreadable refuses a notice that is genuine and yet makes no sense; why is for the log.
func Unreadable(why error) *fault.Error {
	return fault.Bad(fault.CodeInvalid, "", "The notice cannot be read.").Because(errors.Join(ErrUnreadable, why))
}

// Sound gives a notice whose receipt proves something, or says why it does not: a refund has an id, an amount above
// zero and a known status. A reason that nobody knows becomes UNKNOWN.
func (n Notice) Sound() (Notice, error) {
	if n.EventID == "" {
		return Notice{}, Unreadable(errors.New("a notice without an id"))
	}
	if n.Kind != AboutRefund {
		return n, nil
	}
	receipt, err := sound(n.Receipt)
	if err != nil {
		return Notice{}, Unreadable(err)
	}
	n.Receipt = receipt
	return n, nil
}
