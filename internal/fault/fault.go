// Package fault is the vocabulary of errors: classified where the meaning is known, translated for clients in one
// place (graph). What Say holds may be shown to anybody; what Err holds never is.
package fault

import (
	"errors"
	"fmt"
)

// Kind says what a caller can do about an error.
type Kind string

// The kinds of error.
const (
	Invalid     Kind = "INVALID"     // the input is wrong: correct it and ask again
	NotFound    Kind = "NOT_FOUND"   // no such thing, or not yours: both say the same
	Conflict    Kind = "CONFLICT"    // the state does not allow it, or somebody else was first: read again
	Forbidden   Kind = "FORBIDDEN"   // the role does not allow the action at all
	Unavailable Kind = "UNAVAILABLE" // try again later, nothing has changed
	Internal    Kind = "INTERNAL"    // ours: one fixed sentence goes out
)

// Code is the stable, machine-readable name of an error; internal/docs/errors.md lists them all.
type Code string

// The codes. A client may switch on them; the sentence beside one may change, the code does not.
const (
	CodeInvalid         Code = "INVALID_INPUT"          // a value is malformed or out of its bounds
	CodeRequired        Code = "REQUIRED"               // a value that this action needs is missing
	CodeNotFound        Code = "NOT_FOUND"              // unknown id, or somebody else's
	CodeQuantity        Code = "QUANTITY_NOT_AVAILABLE" // more units than are left, or fewer than one
	CodeFuture          Code = "DATE_IN_FUTURE"         // an instant later than now
	CodeOrderOfDates    Code = "DATE_OUT_OF_ORDER"      // before the event that it must follow
	CodeCurrency        Code = "CURRENCY_MISMATCH"      // a currency that is not the order's, or none at all
	CodeAmount          Code = "AMOUNT_OUT_OF_RANGE"    // negative, overflowing or more than is allowed
	CodeState           Code = "STATE_NOT_ALLOWED"      // the return's state does not allow the action
	CodeStale           Code = "STALE"                  // somebody changed the record meanwhile
	CodeRefused         Code = "POLICY_REFUSED"         // the terms refuse it; clause says which
	CodeNotYet          Code = "POLICY_NOT_YET"         // the terms will allow it later
	CodeWarranty        Code = "POLICY_WARRANTY"        // the warranty answers for it
	CodeEvidence        Code = "EVIDENCE_MISSING"       // photos or a proof of purchase are missing
	CodeReview          Code = "NEEDS_REVIEW"           // a person must decide first
	CodePiece           Code = "UNKNOWN_PIECE"          // a code that the packing list does not have
	CodeDiffers         Code = "ALREADY_RECORDED"       // the same number with other contents
	CodePhoto           Code = "PHOTO_REFUSED"          // not a picture, or too large
	CodeHEIC            Code = "PHOTO_HEIC"             // a picture as phones keep it: JPEG is asked for
	CodePhotoLimit      Code = "PHOTO_LIMIT"            // more photos, or more bytes of them, than are taken
	CodeForbidden       Code = "FORBIDDEN"              // this role may not do that
	CodeUnauthenticated Code = "UNAUTHENTICATED"        // no token, or one that is not valid
	CodeKeyReused       Code = "IDEMPOTENCY_KEY_REUSED" // the key was used for another call
	CodeInFlight        Code = "IDEMPOTENCY_IN_FLIGHT"  // the first call with the key is still at work
	CodeTerms           Code = "TERMS_INVALID"          // the terms are wrong: each problem with its line and key
	CodeOverlap         Code = "TERMS_OVERLAP"          // another edition is in force from then on, or from later
	CodePast            Code = "DATE_IN_PAST"           // an instant that must lie ahead
	CodeUnset           Code = "TERMS_UNSET"            // customers would see a placeholder that nobody acknowledged
	CodeOwnWork         Code = "SECOND_PERSON_NEEDED"   // who wrote or proposed it cannot approve it
	CodeNotOffered      Code = "NOT_OFFERED"            // this server is not set up for it
	CodeThrottled       Code = "THROTTLED"              // too much was asked for: try again later
	CodeUnavailable     Code = "UNAVAILABLE"            // try again
	CodeInternal        Code = "INTERNAL"               // ours
)

// Error is the one error type that crosses rooms.
type Error struct {
	Kind   Kind
	Code   Code
	Field  []string // path into the input, from the input object down: {"lines", "0", "quantity"}
	Say    string   // a sentence for the client
	Clause string   // the clause of the terms that it rests on, "" where none does
	Err    error    // the cause, for logs only
}

// Error is for logs: the kind, the sentence and the cause.
func (e *Error) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("%s: %s", e.Code, e.Say)
	}
	return fmt.Sprintf("%s: %s: %v", e.Code, e.Say, e.Err)
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// At returns a copy whose field path is prefix followed by the path so far.
func (e *Error) At(prefix ...string) *Error {
	c := *e
	c.Field = append(append([]string{}, prefix...), e.Field...)
	return &c
}

// Under returns a copy that names the clause.
func (e *Error) Under(clause string) *Error { c := *e; c.Clause = clause; return &c }

// Because returns a copy that carries the cause for the log.
func (e *Error) Because(err error) *Error { c := *e; c.Err = err; return &c }

// Bad is wrong input at field, told in a sentence made by fmt.
func Bad(code Code, field, format string, args ...any) *Error {
	e := &Error{Kind: Invalid, Code: code, Say: fmt.Sprintf(format, args...)}
	if field != "" {
		e.Field = []string{field}
	}
	return e
}

// Missing is the answer for an unknown id and for somebody else's: the same words for both.
func Missing(field, noun string) *Error {
	e := &Error{Kind: NotFound, Code: CodeNotFound, Say: "There is no such " + noun + "."}
	if field != "" {
		e.Field = []string{field}
	}
	return e
}

// Clash is a state that does not allow the action, or a lost race.
func Clash(code Code, format string, args ...any) *Error {
	return &Error{Kind: Conflict, Code: code, Say: fmt.Sprintf(format, args...)}
}

// Denied is an action that the caller's role never allows.
func Denied() *Error {
	return &Error{Kind: Forbidden, Code: CodeForbidden, Say: "Your role does not allow this action."}
}

// NotOffered is something that this server is not set up for, whoever asks.
func NotOffered(say string) *Error { return &Error{Kind: Forbidden, Code: CodeNotOffered, Say: say} }

// Busy is a passing inability: nothing has changed, the caller may try again.
func Busy(err error) *Error {
	return &Error{Kind: Unavailable, Code: CodeUnavailable, Say: "This cannot be done right now; nothing has changed. Please try again.", Err: err}
}

// Doubtful is work whose outcome is not known: the connection was lost while it was being written down.
func Doubtful(err error) *Error {
	return &Error{
		Kind: Unavailable, Code: CodeUnavailable, Err: err,
		Say: "It is not known whether this was done. Ask again with the same idempotency key, or read it again first.",
	}
}

// From finds the Error in a chain; anything else is INTERNAL with the fixed sentence. nil stays nil.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Kind: Internal, Code: CodeInternal, Say: "Something went wrong on our side; it has been logged.", Err: err}
}
