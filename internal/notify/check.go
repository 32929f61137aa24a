package notify

import (
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/vysero/returns/internal/fault"
)

// maxAddress is the longest address that mail can be sent to, in bytes.
const maxAddress = 254

// readSender reads who mails come from.
func readSender(from string) (mail.Address, error) {
	sender, err := mail.ParseAddress(from)
	if err != nil {
		return mail.Address{}, errors.New("mails need a sender such as Vysero <returns@example.com>")
	}
	if !Address(sender.Address) || utf8.RuneCountInString(sender.Name) > 100 || strings.ContainsFunc(sender.Name, unicode.IsControl) {
		return mail.Address{}, fmt.Errorf("mails need a sender with an address of at most %d bytes and a name of at most 100 characters", maxAddress)
	}
	return *sender, nil
}

// Address tells whether a text is an address that mail can be sent to, and nothing around it: no name, no comment, no second
// address, no line break.
func Address(text string) bool {
	if len(text) > maxAddress || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }) {
		return false
	}
	address, err := mail.ParseAddress(text)
	return err == nil && address.Name == "" && address.Address == text
}

// check refuses what must not be sent: a header holds one line, whoever's words are in it. Its errors are ErrRefused and name
// the field.
func check(m Message) error {
	switch {
	case !plain(m.ID):
		return bad("id", "A mail's id has 1 to 64 letters, digits, \"_\" and \"-\".")
	case !Address(m.To):
		return bad("to", "A mail goes to one address of at most %d bytes.", maxAddress)
	case m.Subject == "" || utf8.RuneCountInString(m.Subject) > 200 || !utf8.ValidString(m.Subject) || strings.ContainsFunc(m.Subject, unicode.IsControl):
		return bad("subject", "A subject is one line of 1 to 200 characters.")
	case m.Text == "" || len(m.Text) > MaxText || !utf8.ValidString(m.Text) || strings.ContainsFunc(m.Text, strange):
		return bad("text", "A mail's text has at most %d bytes, without control characters.", MaxText)
	case m.At.IsZero():
		return bad("at", "A mail has a date.")
	}
	for line := range strings.Lines(m.Text) {
		if len(line) > maxLine {
			return bad("text", "A line of a mail has at most %d bytes.", maxLine)
		}
	}
	return nil
}

// strange are the characters that a text does not need: all control characters but the end of a line.
func strange(r rune) bool { return r != '\n' && unicode.IsControl(r) }

func bad(field, format string, args ...any) error {
	return fault.Bad(fault.CodeInvalid, field, format, args...).Because(ErrRefused)
}

func plain(id string) bool {
	for _, c := range []byte(id) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_', c == '-':
		default:
			return false
		}
	}
	return id != "" && len(id) <= 64
}
