package notify

import (
	"fmt"
	"strings"

	"github.com/wneessen/go-mail"
)

// Compose writes the mail as it goes out. Its text is quoted, which every server passes on, unless an option says otherwise.
func (e Envelope) Compose(options ...mail.MsgOption) (*mail.Msg, error) {
	m := mail.NewMsg(append([]mail.MsgOption{mail.WithCharset(mail.CharsetUTF8), mail.WithNoDefaultUserAgent()}, options...)...)
	m.FromMailAddress(&e.From)
	if err := m.To(e.To); err != nil {
		return nil, fmt.Errorf("%w: it goes to no address", ErrRefused) // what it says has the address in it
	}
	m.Subject(e.Subject)
	m.SetDateWithValue(e.At)
	_, domain, _ := strings.Cut(e.From.Address, "@")
	m.SetMessageIDWithValue(e.ID + "@" + domain)
	m.SetGenHeader("Auto-Submitted", "auto-generated") // no out-of-office answers, please (RFC 3834)
	m.SetBodyString(mail.TypeTextPlain, strings.ReplaceAll(e.Text, "\n", "\r\n"))
	return m, nil
}
