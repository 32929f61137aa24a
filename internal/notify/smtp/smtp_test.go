package smtp_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	server "github.com/emersion/go-smtp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/notify"
	"github.com/vysero/returns/internal/notify/notifytest"
	"github.com/vysero/returns/internal/notify/smtp"
)

const user, password = "shop", "a password"

// sink is a mail server in this process: a real one, that keeps what it takes.
type sink struct {
	config smtp.Config // how it is reached

	mu     sync.Mutex
	mails  [][]byte
	asks   []string // the addresses that mail was for
	signed []string // who signed in
	answer error    // to an address, instead of taking it
}

// start starts a server that is reached in this way.
func start(t testing.TB, way smtp.TLS) *sink {
	t.Helper()
	key, roots := certificate(t)
	s := &sink{config: smtp.Config{Host: "127.0.0.1", TLS: way, Roots: roots}}
	srv := server.NewServer(s)
	srv.ErrorLog = quiet{}
	srv.AllowInsecureAuth = way == smtp.Off
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s.config.Port = listener.Addr().(*net.TCPAddr).Port //nolint:forcetypeassert // it listens on TCP
	if way != smtp.Off {
		srv.TLSConfig = &tls.Config{Certificates: []tls.Certificate{key}, MinVersion: tls.VersionTLS12}
		s.config.User, s.config.Password = user, password
	}
	if way == smtp.Implicit {
		listener = tls.NewListener(listener, srv.TLSConfig)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = srv.Serve(listener) // it ends with an error, always
	}()
	t.Cleanup(func() {
		_ = srv.Close()
		_ = listener.Close() // where the server ended before it began to listen
		<-ended
	})
	return s
}

type quiet struct{}

// Printf says nothing: clients of these tests go away as they like.
func (quiet) Printf(string, ...any) {}

// Println says nothing.
func (quiet) Println(...any) {}

// certificate is one for this machine, with the pool that vouches for it.
func certificate(t testing.TB) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, about, about, &key.PublicKey, key)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// NewSession begins a conversation.
func (s *sink) NewSession(*server.Conn) (server.Session, error) { return &talk{sink: s}, nil }

// talk is one conversation.
type talk struct{ *sink }

// AuthMechanisms are the ways to sign in.
func (*talk) AuthMechanisms() []string { return []string{sasl.Plain} }

// Auth lets the shop in.
func (c *talk) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, name, word string) error {
		if name != user || word != password {
			return server.ErrAuthFailed
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.signed = append(c.signed, name)
		return nil
	}), nil
}

// Mail takes every sender.
func (*talk) Mail(string, *server.MailOptions) error { return nil }

// Rcpt takes an address, or answers as the test says.
func (c *talk) Rcpt(to string, _ *server.RcptOptions) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.answer != nil {
		return c.answer
	}
	c.asks = append(c.asks, to)
	return nil
}

// Data keeps the mail.
func (c *talk) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mails = append(c.mails, text)
	return nil
}

// Reset begins anew.
func (*talk) Reset() {}

// Logout ends the conversation.
func (*talk) Logout() error { return nil }

func (s *sink) arrived(testing.TB) [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([][]byte{}, s.mails...)
}

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
				s := start(t, way)
				return notifytest.Place{Driver: open(t, s.config), Arrived: s.arrived}
			})
		})
	}
}

func TestAMailGoesToOneAddressAfterSigningIn(t *testing.T) {
	t.Parallel()
	s := start(t, smtp.StartTLS)
	require.NoError(t, send(t, s.config))
	assert.Equal(t, []string{"ada@example.com"}, s.asks)
	assert.Equal(t, []string{user}, s.signed)
}

func TestNothingIsToldToAServerThatCannotBeTrusted(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(t *testing.T, way smtp.TLS) (*sink, smtp.Config){
		"a certificate that nobody vouches for": func(t *testing.T, way smtp.TLS) (*sink, smtp.Config) {
			s := start(t, way)
			c := s.config
			c.Roots = x509.NewCertPool()
			return s, c
		},
		"no TLS where it is asked for": func(t *testing.T, way smtp.TLS) (*sink, smtp.Config) {
			s := start(t, smtp.Off)
			c := s.config
			c.TLS, c.User, c.Password = way, user, password
			return s, c
		},
	} {
		for _, way := range []smtp.TLS{smtp.StartTLS, smtp.Implicit} {
			s, c := spoil(t, way)
			require.ErrorIs(t, send(t, c), notify.ErrNotSent, name)
			assert.Empty(t, s.asks, name)
			assert.Empty(t, s.signed, name)
			assert.Empty(t, s.arrived(t), name)
		}
	}
}

func TestARefusalIsForGoodAndEverythingElseForAnotherTime(t *testing.T) {
	t.Parallel()
	for code, want := range map[int]error{550: notify.ErrRefused, 553: notify.ErrRefused, 450: notify.ErrNotSent, 421: notify.ErrNotSent} {
		s := start(t, smtp.Off)
		s.answer = &server.SMTPError{Code: code, EnhancedCode: server.EnhancedCode{code / 100, 1, 1}, Message: "<ada@example.com> is not here"}
		err := send(t, s.config)
		require.ErrorIs(t, err, want)
		assert.ErrorContains(t, err, "1.1")
		assert.NotContains(t, err.Error(), "ada", "what a server says holds addresses")
		assert.NotContains(t, err.Error(), "@")
	}
	s := start(t, smtp.StartTLS)
	s.config.Password = "another"
	err := send(t, s.config)
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
