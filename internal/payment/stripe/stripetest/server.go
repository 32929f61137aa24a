// Package stripetest is a Stripe of our own for tests: an HTTP server on loopback that keeps a ledger, takes refunds as
// Stripe does, and can be told to go wrong. It lives as long as the test, so that the program under test can be killed
// and started again while its payment provider goes on. The ledger is what tests hold the program against.
//
// It keeps to what Stripe's documents say: a key's answer is kept whatever it was, a 500 included, but not where the
// request was malformed or another with the key was running; the sum of refunds that hold never exceeds what was
// captured; nothing is undone because the caller has left.
package stripetest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

const (
	// Version is the API version that it speaks, and the only one.
	Version = "2026-03-25.dahlia"
	// Key is the one API key that it takes.
	Key = "sk_test_stripetest"
)

// Noon is what its clock says until Clock is called.
var Noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// Server is the provider. Its methods are safe for many goroutines.
type Server struct {
	URL string // where the API is: http://127.0.0.1:port

	mu       sync.Mutex
	now      func() time.Time
	last     int64 // of the numbers in ids
	accounts []*account
	refunds  map[string]*refund
	keys     map[string]*stored
	troubles []trouble
	gates    []*Gate
	posts    int
	slow     time.Duration
	first    state
	hooks    hooks
	events   []Event
	taken    map[string]bool // events that the receiver answered with 2xx
	ended    chan struct{}   // closed with the test
}

// Start starts one and ends it with the test.
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{
		now: func() time.Time { return Noon }, refunds: map[string]*refund{}, keys: map[string]*stored{},
		first: state{status: "succeeded"}, taken: map[string]bool{}, ended: make(chan struct{}),
	}
	listening := httptest.NewServer(s)
	s.URL = listening.URL
	t.Cleanup(func() {
		close(s.ended)
		s.mu.Lock()
		for _, gate := range s.gates {
			gate.Open()
		}
		s.mu.Unlock()
		listening.Close()
	})
	return s
}

// Clock makes it date refunds, events and signatures by now.
func (s *Server) Clock(now func() time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = now
}

// id makes the next id with the prefix. Callers hold mu.
func (s *Server) id(prefix string) string {
	s.last++
	return fmt.Sprintf("%s_%06d", prefix, s.last)
}

// ServeHTTP answers as Stripe's API does, as far as refunds go.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	w.Header().Set("Request-Id", s.id("req"))
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if r.Header.Get("Authorization") != "Bearer "+Key {
		write(w, apiError{http.StatusUnauthorized, problem{
			Type: "invalid_request_error", Message: "Invalid API Key provided: sk_test_*****************test",
		}}.answer())
		return
	}
	if version := r.Header.Get("Stripe-Version"); version != Version {
		write(w, invalid("", "", "Invalid Stripe API version: "+version).answer())
		return
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/refunds", s.create)
	mux.HandleFunc("GET /v1/refunds", s.list)
	mux.HandleFunc("GET /v1/refunds/{id}", s.one)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		write(w, missing("", fmt.Sprintf("Unrecognized request URL (%s: %s).", r.Method, r.URL.Path)).answer())
	})
	mux.ServeHTTP(w, r)
}

// answer is what goes out: kept under a key, it goes out again.
type answer struct {
	status   int
	body     []byte
	replayed bool
}

func write(w http.ResponseWriter, a answer) {
	if a.replayed {
		w.Header().Set("Idempotent-Replayed", "true")
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // the caller may have left, which changes nothing
}

// ok answers with value. What it cannot write is a fault of this package.
func ok(value any) answer {
	body, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		panic(err)
	}
	return answer{status: http.StatusOK, body: body}
}

// problem is Stripe's form of an error.
type problem struct {
	Type    string `json:"type"`
	Code    string `json:"code,omitempty"`
	Param   string `json:"param,omitempty"`
	Message string `json:"message"`
}

type apiError struct {
	status  int
	problem problem
}

func (e apiError) answer() answer {
	a := ok(map[string]problem{"error": e.problem})
	a.status = e.status
	return a
}

func invalid(code, param, message string) apiError {
	return apiError{http.StatusBadRequest, problem{Type: "invalid_request_error", Code: code, Param: param, Message: message}}
}

func missing(param, message string) apiError {
	return apiError{http.StatusNotFound, problem{
		Type: "invalid_request_error", Code: "resource_missing", Param: param, Message: message,
	}}
}
