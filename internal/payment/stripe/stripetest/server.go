// Package stripetest is a Stripe of our own for tests: an HTTP server on loopback that keeps a ledger, takes refunds as
// Stripe does, and can be told to go wrong. It lives as long as the test, or until it is closed, so that the program
// under test can be killed and started again while its payment provider goes on. The ledger is what tests hold the
// program against.
//
// A test plans each trouble and sends each event itself. A program that runs for long leaves both to chance: see Chaos
// and Courier. Whatever is done to one refund takes as long among a hundred thousand as among ten.
//
// It keeps to what Stripe's documents say: a key's answer is kept whatever it was, a 500 included, but not where the
// request was malformed or another with the key was running; the sum of refunds that hold never exceeds what was
// captured; nothing is undone because the caller has left.
package stripetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
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

	api    http.Handler
	http   *http.Server
	work   sync.WaitGroup // calls and couriers under way
	ended  chan struct{}  // closed by Close
	served error          // why it stopped listening; read after work

	mu       sync.Mutex
	stir     *sync.Cond // of mu: something was queued, taken, ended, or points elsewhere
	closed   bool
	now      func() time.Time
	last     int64 // of the numbers in ids
	accounts []*account
	byRef    map[string]*account // by intent and by charge
	refunds  map[string]*refund
	keys     map[string]*stored
	troubles []trouble
	chaos    *chaos // nil where all is calm
	had      map[string]int
	gates    []*Gate
	posts    int
	slow     time.Duration
	first    state
	steps    map[string]*step // what refunds have still before them, by their id
	hooks    hooks
	events   map[string]*event // all that are remembered, by id
	untaken  map[string]*event // those that no receiver has answered with 2xx
	courier  *courier          // nil where none is under way
}

// Open starts one that listens on a free port of 127.0.0.1 until Close. The error is that of listening.
func Open() (*Server, error) {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Server{
		URL: "http://" + listener.Addr().String(), ended: make(chan struct{}),
		now: func() time.Time { return Noon }, byRef: map[string]*account{}, refunds: map[string]*refund{},
		keys: map[string]*stored{}, had: map[string]int{}, first: state{status: "succeeded"}, steps: map[string]*step{},
		hooks: hooks{chance: dice(0, ofTargets)}, events: map[string]*event{}, untaken: map[string]*event{},
	}
	s.stir = sync.NewCond(&s.mu)
	s.api = s.routes()
	s.http = &http.Server{Handler: http.HandlerFunc(s.serve)}
	s.work.Go(func() { s.served = s.http.Serve(listener) })
	return s, nil
}

// Close hangs up on everybody, opens every gate, ends the courier, and returns when no call is under way any more. The
// ledger can still be read. Closing again does no harm.
func (s *Server) Close() error {
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	s.mu.Unlock()
	err := s.http.Close() // before the calls that are held go on: nobody is to hear of them
	if first {
		close(s.ended)
	}
	s.mu.Lock()
	for _, gate := range s.gates {
		gate.Open()
	}
	s.mu.Unlock()
	s.work.Wait()
	if !errors.Is(s.served, http.ErrServerClosed) {
		err = errors.Join(err, s.served)
	}
	return err
}

// begin counts work that Close waits for; false where it is too late to begin.
func (s *Server) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.work.Add(1)
	}
	return !s.closed
}

// serve is ServeHTTP for calls that come over the network.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if !s.begin() {
		panic(http.ErrAbortHandler) // net/http's own way to hang up
	}
	defer s.work.Done()
	s.ServeHTTP(w, r)
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
	s.api.ServeHTTP(w, r)
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/refunds", s.create)
	mux.HandleFunc("GET /v1/refunds", s.list)
	mux.HandleFunc("GET /v1/refunds/{id}", s.one)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		write(w, missing("", fmt.Sprintf("Unrecognized request URL (%s: %s).", r.Method, r.URL.Path)).answer())
	})
	return mux
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
