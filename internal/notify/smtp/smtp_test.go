package smtp_test

import (
	"crypto/x509"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	server "github.com/emersion/go-smtp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/notify"
	"github.com/vysero/returns/internal/notify/notifytest"
	"github.com/vysero/returns/internal/notify/smtp"
	"github.com/vysero/returns/internal/notify/smtp/smtptest"
)

func open(t testing.TB, c smtp.Config) *smtp.Driver {
	t.Helper()
	driver, err := smtp.New(c)
	require.NoError(t, err)
	return driver
}

// send sends an ordinary mail.
func send(t testing.TB, c smtp.Config) error {
	t.Helper()
	return notifytest.Mailer(t, open(t, c)).Send(t.Context(), notifytest.Message("mail_1"))
}

func TestSMTPKeepsThePortsPromises(t *testing.T) {
	t.Parallel()
	for _, way := range []smtp.TLS{smtp.StartTLS, smtp.Implicit, smtp.Off} {
		t.Run(string(way), func(t *testing.T) {
			t.Parallel()
			notifytest.Run(t, func(t testing.TB) notifytest.Place {
				s := smtptest.Start(t, way, "")
				return notifytest.Place{Driver: open(t, s.Config), Arrived: func(testing.TB) [][]byte { return s.Mails() }}
			})
		})
	}
}

func TestAMailGoesToOneAddressAfterSigningIn(t *testing.T) {
	t.Parallel()
	s := smtptest.Start(t, smtp.StartTLS, "")
	require.NoError(t, send(t, s.Config))
	assert.Equal(t, []string{"ada@example.com"}, s.Asked())
	assert.Equal(t, []string{smtptest.User}, s.Signed())
}

func TestNothingIsToldToAServerThatCannotBeTrusted(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(t *testing.T, way smtp.TLS) (*smtptest.Sink, smtp.Config){
		"a certificate that nobody vouches for": func(t *testing.T, way smtp.TLS) (*smtptest.Sink, smtp.Config) {
			s := smtptest.Start(t, way, "")
			c := s.Config
			c.Roots = x509.NewCertPool()
			return s, c
		},
		"no TLS where it is asked for": func(t *testing.T, way smtp.TLS) (*smtptest.Sink, smtp.Config) {
			s := smtptest.Start(t, smtp.Off, "")
			c := s.Config
			c.TLS, c.User, c.Password = way, smtptest.User, smtptest.Password
			return s, c
		},
	} {
		for _, way := range []smtp.TLS{smtp.StartTLS, smtp.Implicit} {
			s, c := spoil(t, way)
			require.ErrorIs(t, send(t, c), notify.ErrNotSent, name)
			assert.Empty(t, s.Asked(), name)
			assert.Empty(t, s.Signed(), name)
			assert.Empty(t, s.Mails(), name)
		}
	}
}

func TestARefusalIsForGoodAndEverythingElseForAnotherTime(t *testing.T) {
	t.Parallel()
	for code, want := range map[int]error{550: notify.ErrRefused, 553: notify.ErrRefused, 450: notify.ErrNotSent, 421: notify.ErrNotSent} {
		s := smtptest.Start(t, smtp.Off, "")
		s.Answer(&server.SMTPError{Code: code, EnhancedCode: server.EnhancedCode{code / 100, 1, 1}, Message: "<ada@example.com> is not here"})
		err := send(t, s.Config)
		require.ErrorIs(t, err, want)
		assert.ErrorContains(t, err, "1.1")
		assert.NotContains(t, err.Error(), "ada", "what a server says holds addresses")
		assert.NotContains(t, err.Error(), "@")
	}
	s := smtptest.Start(t, smtp.StartTLS, "")
	s.Config.Password = "another"
	err := send(t, s.Config)
	require.ErrorIs(t, err, notify.ErrNotSent, "whoever runs the program can put it right")
	assert.ErrorContains(t, err, "535")
	assert.NotContains(t, err.Error(), "another")
}

func TestAServerThatIsAwayIsForAnotherTime(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	port := listener.Addr().(*net.TCPAddr).Port //nolint:forcetypeassert // it listens on TCP
	require.NoError(t, listener.Close())
	require.ErrorIs(t, send(t, smtp.Config{Host: "127.0.0.1", Port: port, TLS: smtp.Off}), notify.ErrNotSent)
}

func TestAServerThatSaysNothingIsNotWaitedForForEver(t *testing.T) {
	t.Parallel()
	for _, greeting := range []string{"", "220 hello\r\n"} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		t.Cleanup(func() { _ = listener.Close() })
		go func() {
			for {
				c, err := listener.Accept()
				if err != nil {
					return
				}
				_, _ = io.WriteString(c, greeting)
				t.Cleanup(func() { _ = c.Close() })
			}
		}()
		port := listener.Addr().(*net.TCPAddr).Port //nolint:forcetypeassert // it listens on TCP
		require.ErrorIs(t, send(t, smtp.Config{Host: "127.0.0.1", Port: port, TLS: smtp.Off, Within: 50 * time.Millisecond}), notify.ErrNotSent)
	}
}

// What is lost after the server took the mail does not make it a failure: it would be sent again.
func TestAMailThatWasTakenIsSent(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		c, err := listener.Accept()
		if err != nil {
			return
		}
		_, _ = io.WriteString(c, "220 hello\r\n")
		var heard strings.Builder
		for piece := make([]byte, 4<<10); ; {
			n, err := c.Read(piece)
			if err != nil {
				return
			}
			heard.Write(piece[:n])
			switch text := heard.String(); {
			case strings.HasSuffix(text, "DATA\r\n"):
				_, _ = io.WriteString(c, "354 go on\r\n")
			case strings.HasSuffix(text, "\r\n.\r\n"):
				_, _ = io.WriteString(c, "250 taken\r\n")
				_ = c.Close()
				return
			case strings.HasSuffix(text, "\r\n") && !strings.Contains(text, "DATA\r\n"):
				_, _ = io.WriteString(c, "250 fine\r\n")
			}
		}
	}()
	port := listener.Addr().(*net.TCPAddr).Port //nolint:forcetypeassert // it listens on TCP
	require.NoError(t, send(t, smtp.Config{Host: "127.0.0.1", Port: port, TLS: smtp.Off}))
}

func TestAServersURLIsReadAndNeverRepeated(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]smtp.Config{
		"smtp://shop:p%40ss@mail.example.com":      {Host: "mail.example.com", Port: 587, TLS: smtp.StartTLS, User: "shop", Password: "p@ss"},
		"smtp://shop:secret@mail.example.com:2525": {Host: "mail.example.com", Port: 2525, TLS: smtp.StartTLS, User: "shop", Password: "secret"},
		"smtps://shop:secret@mail.example.com/":    {Host: "mail.example.com", Port: 465, TLS: smtp.Implicit, User: "shop", Password: "secret"},
		"smtp://127.0.0.1?tls=off":                 {Host: "127.0.0.1", Port: 25, TLS: smtp.Off},
		"smtp://relay.example.com":                 {Host: "relay.example.com", Port: 587, TLS: smtp.StartTLS},
	} {
		got, err := smtp.Read(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, got)
	}
	for _, text := range []string{
		"", "mail.example.com:587", "http://mail.example.com", "smtp://", "smtp://shop:secret@mail.example.com?tls=off", "smtps://mail.example.com?tls=off",
		"smtp://mail.example.com?tls=maybe", "smtp://mail.example.com:0", "smtp://mail.example.com:99999", "smtp://shop:secret@mail.example.com/path",
		"smtp://shop@mail.example.com", "smtp://:secret@mail.example.com", "smtp://shop:secret@mail.example.com:port", "smtp://shop:secret@mail.example.com#x",
	} {
		_, err := smtp.Read(text)
		require.Error(t, err, text)
		assert.NotContains(t, err.Error(), "secret")
	}
	_, err := smtp.New(smtp.Config{Host: "127.0.0.1", Port: 25, TLS: "maybe"})
	require.Error(t, err)
}
