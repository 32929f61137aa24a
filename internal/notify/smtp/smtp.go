// Package smtp sends mail over SMTP: to the shop's own mail server, or to one that it pays for. Each mail is a connection of
// its own, since there are few of them.
package smtp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"net/url"
	"strconv"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/vysero/returns/internal/notify"
)

// Config is how the mail server is reached.
type Config struct {
	Host     string
	Port     int
	TLS      TLS
	User     string // "" where the server asks for nothing
	Password string
	// Roots are the authorities that may vouch for the server; those of the machine where it is nil.
	Roots *x509.CertPool
	// Within is how long each part of a conversation may take: reaching the server, greeting it, and handing the mail over.
	// 8 seconds where it is zero.
	Within time.Duration
}

// TLS says how a connection is kept private.
type TLS string

// The ways. There is none that takes TLS where it is offered and goes on without it where somebody took the offer away.
const (
	StartTLS TLS = "starttls" // begins in the clear and goes on with TLS, or not at all
	Implicit TLS = "implicit" // TLS from the first byte
	Off      TLS = "off"      // in the clear: for a relay on the same machine or network, and without a password
)

const (
	submission  = 587
	submissions = 465
	relay       = 25
)

// Read reads a server's URL: smtp://user:password@host (STARTTLS, port 587), smtps://user:password@host (TLS from the start,
// port 465) or smtp://host?tls=off (in the clear, port 25, without a password). Its errors do not repeat the URL, which holds
// a password.
func Read(text string) (Config, error) {
	at, err := url.Parse(text)
	if err != nil || at.Hostname() == "" || at.Path != "" && at.Path != "/" || at.Fragment != "" {
		return Config{}, errors.New("the mail server's URL must be like smtp://user:password@mail.example.com:587")
	}
	c := Config{Host: at.Hostname(), User: at.User.Username()}
	c.Password, _ = at.User.Password()
	switch options := at.Query().Encode(); {
	case at.Scheme == "smtp" && options == "":
		c.TLS, c.Port = StartTLS, submission
	case at.Scheme == "smtps" && options == "":
		c.TLS, c.Port = Implicit, submissions
	case at.Scheme == "smtp" && options == "tls=off":
		c.TLS, c.Port = Off, relay
	default:
		return Config{}, errors.New("the mail server's URL begins with smtp:// or smtps://, and takes no option but tls=off with smtp://")
	}
	if port := at.Port(); port != "" {
		if c.Port, err = strconv.Atoi(port); err != nil || c.Port < 1 || c.Port > 65535 {
			return Config{}, errors.New("the mail server's port must be from 1 to 65535")
		}
	}
	return c, c.sound()
}

func (c Config) sound() error {
	switch {
	case c.TLS == Off && c.User != "":
		return errors.New("a password is not sent to a mail server in the clear: leave out tls=off")
	case (c.User == "") != (c.Password == ""):
		return errors.New("a mail server takes a user with a password, or neither")
	}
	return nil
}

// Driver sends mail to one server. It is safe for many goroutines.
type Driver struct{ config Config }

var _ notify.Driver = (*Driver)(nil)

// New takes how the server is reached. It does not reach for it: a server that is down today may be up when there is a mail.
func New(c Config) (*Driver, error) {
	if err := c.sound(); err != nil {
		return nil, err
	}
	if c.Within <= 0 {
		c.Within = 8 * time.Second
	}
	d := &Driver{config: c}
	_, err := d.client()
	return d, err
}

// Send hands the mail over to the server.
func (d *Driver) Send(ctx context.Context, e notify.Envelope) error {
	message, err := e.Compose()
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", notify.ErrNotSent, err)
	}
	client, err := d.client()
	if err != nil {
		return fmt.Errorf("%w: %w", notify.ErrNotSent, err)
	}
	err = client.DialAndSendWithContext(ctx, message)
	if err == nil || message.IsDelivered() { // what goes wrong once the server has taken it changes nothing
		return nil
	}
	return told(err)
}

func (d *Driver) client() (*mail.Client, error) {
	c := d.config
	options := []mail.Option{
		mail.WithPort(c.Port), mail.WithTimeout(c.Within),
		mail.WithTLSConfig(&tls.Config{ServerName: c.Host, RootCAs: c.Roots, MinVersion: tls.VersionTLS12}),
	}
	switch c.TLS {
	case Implicit:
		options = append(options, mail.WithSSL())
	case Off:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	case StartTLS:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	default:
		return nil, fmt.Errorf("there is no such way of TLS: %s", c.TLS)
	}
	if c.User != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(c.User), mail.WithPassword(c.Password))
	}
	return mail.NewClient(c.Host, options...)
}

// told says what became of a mail, without the words of the server: they repeat addresses. A refusal of the mail itself
// (5yz) is one for good; a server that cannot be reached, that refuses us or that asks to come back is for another time.
func told(err error) error {
	sent, reached := errors.AsType[*mail.SendError](err)
	switch {
	case reached && sent.ErrorCode() >= 500:
		return fmt.Errorf("%w: the mail server said %d %s", notify.ErrRefused, sent.ErrorCode(), sent.EnhancedStatusCode())
	case reached && sent.ErrorCode() > 0:
		return fmt.Errorf("%w: the mail server said %d %s", notify.ErrNotSent, sent.ErrorCode(), sent.EnhancedStatusCode())
	case reached:
		return fmt.Errorf("%w: %s", notify.ErrNotSent, sent.Reason)
	}
	if apart, ok := errors.AsType[*net.OpError](err); ok {
		return fmt.Errorf("%w: %w", notify.ErrNotSent, apart)
	}
	if said, ok := errors.AsType[*textproto.Error](err); ok {
		return fmt.Errorf("%w: the mail server said %d to us", notify.ErrNotSent, said.Code)
	}
	return fmt.Errorf("%w: the mail server was reached and does not take mail from us (%s)", notify.ErrNotSent, kind(err))
}

// kind names the innermost error's type: what it says may be the server's words.
func kind(err error) string {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return fmt.Sprintf("%T", err)
}
