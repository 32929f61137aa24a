// Package notifytest is the suite that every mail driver passes: what the port promises, written as tests.
package notifytest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/notify"
)

// Place is a driver and where its mails arrive.
type Place struct {
	Driver  notify.Driver
	Arrived func(t testing.TB) [][]byte // every mail that came, as it came
}

// Open opens a place of its own.
type Open func(t testing.TB) Place

// Run runs the whole suite.
func Run(t *testing.T, open Open) {
	t.Helper()
	for _, promise := range []struct {
		name string
		test func(*testing.T, Place)
	}{
		{"WhatIsSentArrivesAsItWasWritten", arrivesAsWritten},
		{"NoLineOfATextEndsIt", noLineEndsIt},
		{"TheLargestMailArrives", largestArrives},
		{"FiftyAtOnceArriveEachOnce", fiftyAtOnce},
		{"SentAgainItHasTheSameMessageID", sameMessageID},
		{"WhatMustNotBeSentIsRefusedAndDoesNotArrive", refused},
		{"AnEndedContextSendsNothing", endedContext},
	} {
		t.Run(promise.name, func(t *testing.T) {
			t.Parallel()
			promise.test(t, open(t))
		})
	}
}

// From is who the suite's mails come from.
const From = "Zoë's Shop <returns@shop.example>"

// Message is an ordinary mail.
func Message(id string) notify.Message {
	return notify.Message{
		ID: id, To: "ada@example.com", Subject: "Your order 1001", Text: "Hello,\n\nhere it is.\n",
		At: time.Date(2026, 3, 10, 9, 0, 0, 0, time.FixedZone("", -7*60*60)),
	}
}

// Mail is a mail as its reader sees it.
type Mail struct {
	mail.Header

	Subject string
	Text    string
}

// Read reads a mail that arrived, as a mail program would.
func Read(t testing.TB, raw []byte) Mail {
	t.Helper()
	message, err := mail.ReadMessage(bytes.NewReader(raw))
	require.NoError(t, err)
	m := Mail{Header: message.Header}
	m.Subject, err = new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject"))
	require.NoError(t, err)
	kind, how, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	require.NoError(t, err)
	require.Equal(t, "text/plain", kind)
	require.Equal(t, "utf-8", strings.ToLower(how["charset"]))
	body := message.Body
	if message.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
		body = quotedprintable.NewReader(body)
	}
	text, err := io.ReadAll(body)
	require.NoError(t, err)
	m.Text = strings.ReplaceAll(string(text), "\r\n", "\n")
	return m
}

// Mailer is the driver as use cases hold it.
func Mailer(t testing.TB, driver notify.Driver, options ...notify.Option) *notify.Mailer {
	t.Helper()
	m, err := notify.New(driver, From, options...)
	require.NoError(t, err)
	return m
}

func arrivesAsWritten(t *testing.T, p Place) {
	for i, written := range []struct{ subject, text string }{
		{"Your order 1001", "Hello,\n\nhttps://shop.example/returns#token=" + strings.Repeat("x", 400) + "\n"},
		{"Tu pedido ñandú 1001: éxito €", "Hola,\n\nel enlace está aquí: ¡mañana no!\n" + strings.Repeat("é", 300) + "\n"},
		{strings.Repeat("ü", 200), "="},
	} {
		m := Message(fmt.Sprintf("mail_%d", i))
		m.Subject, m.Text = written.subject, written.text
		require.NoError(t, Mailer(t, p.Driver).Send(t.Context(), m))
		all := p.Arrived(t)
		require.Len(t, all, i+1)
		got := Read(t, find(t, all, m.ID))
		assert.Equal(t, m.Subject, got.Subject)
		assert.Equal(t, strings.TrimRight(m.Text, "\n"), strings.TrimRight(got.Text, "\n"))
		from, err := got.AddressList("From")
		require.NoError(t, err)
		assert.Equal(t, []*mail.Address{{Name: "Zoë's Shop", Address: "returns@shop.example"}}, from)
		to, err := got.AddressList("To")
		require.NoError(t, err)
		assert.Equal(t, []*mail.Address{{Address: "ada@example.com"}}, to)
		date, err := got.Date()
		require.NoError(t, err)
		assert.True(t, m.At.Equal(date), date)
		assert.Equal(t, "auto-generated", got.Get("Auto-Submitted"))
	}
}

// find is the mail with the id.
func find(t testing.TB, all [][]byte, id string) []byte {
	t.Helper()
	for _, raw := range all {
		if Read(t, raw).Get("Message-Id") == "<"+id+"@shop.example>" {
			return raw
		}
	}
	require.Fail(t, "it did not arrive", id)
	return nil
}

func noLineEndsIt(t *testing.T, p Place) {
	m := Message("mail_1")
	m.Text = "one\n.\ntwo\n..\n.three\nFrom here\nQUIT\nfour\n"
	require.NoError(t, Mailer(t, p.Driver).Send(t.Context(), m))
	all := p.Arrived(t)
	require.Len(t, all, 1)
	assert.Equal(t, strings.TrimSpace(m.Text), strings.TrimSpace(Read(t, all[0]).Text))
}

func largestArrives(t *testing.T, p Place) {
	m := Message("mail_1")
	line := strings.Repeat("w", 899) + "\n"
	m.Text = strings.Repeat(line, notify.MaxText/len(line))
	require.NoError(t, Mailer(t, p.Driver).Send(t.Context(), m))
	all := p.Arrived(t)
	require.Len(t, all, 1)
	assert.Equal(t, strings.TrimSpace(m.Text), strings.TrimSpace(Read(t, all[0]).Text))
}

func fiftyAtOnce(t *testing.T, p Place) {
	mailer := Mailer(t, p.Driver)
	errs := make([]error, 50)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { errs[i] = mailer.Send(t.Context(), Message(fmt.Sprintf("mail_%d", i))) })
	}
	all.Wait()
	ids := map[string]int{}
	for _, raw := range p.Arrived(t) {
		ids[Read(t, raw).Get("Message-Id")]++
	}
	for i, err := range errs {
		require.NoError(t, err)
		assert.Equal(t, 1, ids[fmt.Sprintf("<mail_%d@shop.example>", i)])
	}
}

func sameMessageID(t *testing.T, p Place) {
	mailer := Mailer(t, p.Driver)
	require.NoError(t, mailer.Send(t.Context(), Message("mail_1")))
	require.NoError(t, mailer.Send(t.Context(), Message("mail_1")))
	for _, raw := range p.Arrived(t) {
		assert.Equal(t, "<mail_1@shop.example>", Read(t, raw).Get("Message-Id"))
	}
}

func refused(t *testing.T, p Place) {
	mailer := Mailer(t, p.Driver)
	for name, spoil := range map[string]func(*notify.Message){
		"a header in the subject":    func(m *notify.Message) { m.Subject = "Hello\r\nBcc: eve@example.com" },
		"a line feed in the subject": func(m *notify.Message) { m.Subject = "Hello\nBcc: eve@example.com" },
		"a header in the address":    func(m *notify.Message) { m.To = "ada@example.com\r\nBcc: eve@example.com" },
		"two addresses":              func(m *notify.Message) { m.To = "ada@example.com, eve@example.com" },
		"a command in the address":   func(m *notify.Message) { m.To = "ada@example.com>\r\nRCPT TO:<eve@example.com" },
		"a name":                     func(m *notify.Message) { m.To = "Ada <ada@example.com>" },
		"a comment":                  func(m *notify.Message) { m.To = "ada@example.com (Ada)" },
		"no address":                 func(m *notify.Message) { m.To = "" },
		"no domain":                  func(m *notify.Message) { m.To = "ada" },
		"a long address":             func(m *notify.Message) { m.To = strings.Repeat("a", 250) + "@example.com" },
		"a header in the id":         func(m *notify.Message) { m.ID = "x\r\nBcc: eve@example.com" },
		"a path in the id":           func(m *notify.Message) { m.ID = "../x" },
		"a carriage return":          func(m *notify.Message) { m.Text = "a\rb" },
		"NUL":                        func(m *notify.Message) { m.Text = "a\x00b" },
		"no UTF-8":                   func(m *notify.Message) { m.Text = "a\xffb" },
		"a long line":                func(m *notify.Message) { m.Text = strings.Repeat("w", 1000) },
		"a long text":                func(m *notify.Message) { m.Text = strings.Repeat("w\n", notify.MaxText) },
		"a long subject":             func(m *notify.Message) { m.Subject = strings.Repeat("w", 201) },
		"no text":                    func(m *notify.Message) { m.Text = "" },
		"no date":                    func(m *notify.Message) { m.At = time.Time{} },
	} {
		m := Message("mail_1")
		spoil(&m)
		require.ErrorIs(t, mailer.Send(t.Context(), m), notify.ErrRefused, name)
	}
	assert.Empty(t, p.Arrived(t))
}

func endedContext(t *testing.T, p Place) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, Mailer(t, p.Driver).Send(ended, Message("mail_1")), notify.ErrNotSent)
	assert.ErrorIs(t, p.Driver.Send(ended, notify.Envelope{Message: Message("mail_2"), From: mail.Address{Address: "returns@shop.example"}}), notify.ErrNotSent)
	assert.Empty(t, p.Arrived(t))
}
