// Package smtptest is a mail server in the process of a test: a real one, that keeps what it takes.
package smtptest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	server "github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/notify/smtp"
)

// Who may sign in.
const (
	User     = "shop"
	Password = "a password"
)

// Sink is the server.
type Sink struct {
	Config smtp.Config // how it is reached

	mu      sync.Mutex
	mails   [][]byte
	asked   []string
	signed  []string
	answer  error
	arrived chan struct{} // closed and replaced with each mail
}

// Start starts a server that is reached in this way; without TLS nobody signs in. address is where it listens; any free port
// where it is empty. It ends with the test.
func Start(t testing.TB, way smtp.TLS, address string) *Sink {
	t.Helper()
	if address == "" {
		address = "127.0.0.1:0"
	}
	key, roots := certificate(t)
	s := &Sink{Config: smtp.Config{Host: "127.0.0.1", TLS: way, Roots: roots}, arrived: make(chan struct{})}
	srv := server.NewServer(s)
	srv.ErrorLog = quiet{}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", address)
	require.NoError(t, err)
	s.Config.Port = listener.Addr().(*net.TCPAddr).Port //nolint:forcetypeassert // it listens on TCP
	if way != smtp.Off {
		srv.TLSConfig = &tls.Config{Certificates: []tls.Certificate{key}, MinVersion: tls.VersionTLS12}
		s.Config.User, s.Config.Password = User, Password
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

// Printf says nothing: clients of tests go away as they like.
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
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, about, about, &key.PublicKey, key)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// Answer makes the server answer every address with an error from now on; with nil it takes them again.
func (s *Sink) Answer(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = err
}

// Mails are the mails that came, as they came.
func (s *Sink) Mails() [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mails)
}

// Await waits until so many mails came, and gives them.
func (s *Sink) Await(t testing.TB, many int) [][]byte {
	t.Helper()
	limit := time.After(time.Minute)
	for {
		s.mu.Lock()
		mails, arrived := slices.Clone(s.mails), s.arrived
		s.mu.Unlock()
		if len(mails) >= many {
			return mails
		}
		select {
		case <-arrived:
		case <-limit:
			require.Fail(t, "the mail never came")
		}
	}
}

// Asked are the addresses that mail was for.
func (s *Sink) Asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

// Signed are the names of those who signed in.
func (s *Sink) Signed() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.signed)
}

// NewSession begins a conversation.
func (s *Sink) NewSession(*server.Conn) (server.Session, error) { return &talk{s}, nil }

// talk is one conversation.
type talk struct{ *Sink }

// AuthMechanisms are the ways to sign in.
func (*talk) AuthMechanisms() []string { return []string{sasl.Plain} }

// Auth lets the shop in.
func (c *talk) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, name, word string) error {
		if name != User || word != Password {
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
	c.asked = append(c.asked, to)
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
	close(c.arrived)
	c.arrived = make(chan struct{})
	return nil
}

// Reset begins anew.
func (*talk) Reset() {}

// Logout ends the conversation.
func (*talk) Logout() error { return nil }
