// Package notify is the port that sends mail: one message to one person, in plain text. A mail is sent outside of any
// transaction, by a job that bears being done again: where an answer is lost it goes out a second time, under the same
// message id, by which mail programs may fold the two.
//
// errors.Is tells two cases apart: ErrNotSent (not now: try again) and ErrRefused (never: the address or the mail is refused).
// No error holds an address, or any other words of a mail server's than its codes: errors go to the log.
package notify

import (
	"context"
	"errors"
	"net/mail"
	"time"

	"github.com/vysero/returns/internal/fault"
)

// What a mail that was not sent means. Drivers wrap one of them; whatever a driver returns without one counts as ErrNotSent.
var (
	ErrNotSent = errors.New("the mail was not sent")
	ErrRefused = errors.New("the mail was refused for good")
)

// Message is one mail.
type Message struct {
	ID      string // 1 to 64 letters, digits, "_" and "-", the same each time that the mail is sent
	To      string // an address alone, of at most 254 bytes
	Subject string // one line of 1 to 200 characters
	Text    string // plain text in lines of at most maxLine bytes, at most MaxText bytes in all
	At      time.Time
}

// The bounds of a text, in bytes.
const (
	MaxText = 64 << 10
	maxLine = 900 // a line of a mail holds 998
)

// Envelope is a message as a driver gets it: everything in it has been checked.
type Envelope struct {
	Message

	From mail.Address // the shop
}

// Driver is one way to send mail. What it promises is written down as tests in notifytest.
type Driver interface {
	// Send hands the mail over to whoever delivers it. A mail that it says was sent is not lost by it.
	Send(ctx context.Context, e Envelope) error
}

// Mailer is what use cases hold. It refuses what must not be sent, bounds each call in time, and turns errors into faults
// that still answer errors.Is. It never retries.
type Mailer struct {
	driver Driver
	from   mail.Address
	within time.Duration
}

// Option changes a Mailer.
type Option func(*Mailer)

// Within bounds each call to the driver; 30 seconds unless told otherwise; only values above zero count.
func Within(d time.Duration) Option {
	return func(m *Mailer) {
		if d > 0 {
			m.within = d
		}
	}
}

// New puts a mailer before the driver. from is the shop, as its customers read it: "Vysero <returns@example.com>", or an
// address alone.
func New(driver Driver, from string, options ...Option) (*Mailer, error) {
	sender, err := readSender(from)
	if err != nil {
		return nil, err
	}
	m := &Mailer{driver: driver, from: sender, within: 30 * time.Second}
	for _, option := range options {
		option(m)
	}
	return m, nil
}

// Name is the shop's name, as its mails show it; "" where the sender has none.
func (m *Mailer) Name() string { return m.from.Name }

// Send sends one mail. See the package for what its errors mean; every one is a *fault.Error.
func (m *Mailer) Send(ctx context.Context, message Message) error {
	if err := check(message); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return classify(err)
	}
	ctx, cancel := context.WithTimeout(ctx, m.within)
	defer cancel()
	if err := m.driver.Send(ctx, Envelope{Message: message, From: m.from}); err != nil {
		return classify(err)
	}
	return nil
}

// classify turns what a driver says into a fault; doubt counts as ErrNotSent.
func classify(err error) *fault.Error {
	switch {
	case errors.Is(err, ErrRefused):
		return fault.Bad(fault.CodeInvalid, "", "The mail was refused.").Because(err)
	case errors.Is(err, ErrNotSent):
		return fault.Busy(err)
	}
	return fault.Busy(errors.Join(ErrNotSent, err))
}
