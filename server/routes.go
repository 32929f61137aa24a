package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vysero/returns/graph"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/explain"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/leaflet"
	"github.com/vysero/returns/internal/playground"
	"github.com/vysero/returns/internal/store"
)

// tokenPath hands out tokens in the demo.
const tokenPath = "/dev/token"

// site is what the routes are made of.
type site struct {
	signIn

	app   *App
	words *explain.Explainer
	log   *slog.Logger
	demo  bool
	links *auth.Links      // nil where there are none
	now   func() time.Time // by which signatures are of now
	// hookSecrets sign what Stripe tells by itself; none where it is not listened to.
	hookSecrets []string
	address     string      // where the world reaches this server; "" where nobody said
	draining    atomic.Bool // no new work, please: the server is about to stop
	pulse       pulse
	bounds      bounds
}

// handler puts the routes together. It comes before the first use of the database: see graph.NewHandler.
func (s *site) handler() (http.Handler, error) {
	files := &files{returns: s.app.Returns, log: s.log}
	mux := http.NewServeMux()
	mux.Handle(graphqlPath, s.graphql())
	mux.HandleFunc("POST /photos", files.upload)
	mux.HandleFunc("GET /photos/{id}", files.photo)
	mux.HandleFunc("PUT /photos/uploads/{id}", files.receive)
	mux.HandleFunc("GET /labels/{file}", files.label)
	mux.HandleFunc("GET /reports/{file}", s.report)
	terms := s.leaflet()
	mux.HandleFunc("GET "+leaflet.PagePath, terms.Page)
	mux.HandleFunc("GET "+leaflet.JSONLDPath, terms.JSONLD)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, health("ok")) })
	mux.HandleFunc("GET /readyz", s.ready)
	if len(s.hookSecrets) > 0 {
		mux.HandleFunc("POST "+hookPath, s.hook)
		mux.Handle(hookPath, only("POST"))
	}
	if s.development() {
		page := playground.Config{Endpoint: graphqlPath}
		if s.demo {
			page.TokenPath, page.Customers = tokenPath, demoCustomers()
		}
		tryIt, err := playground.New(page)
		if err != nil {
			return nil, err
		}
		mux.Handle("/{$}", tryIt)
		mux.Handle("/playground/", tryIt)
	}
	if s.demo {
		// Pages of other hosts may not fetch tokens: a browser says where a request comes from.
		mux.Handle("POST "+tokenPath, http.NewCrossOriginProtection().Handler(http.HandlerFunc(s.token)))
		mux.Handle(tokenPath, only("POST"))
	}
	for path, methods := range map[string]string{
		"/photos": "POST", "/photos/{id}": "GET, HEAD", "/photos/uploads/{id}": "PUT", "/labels/{file}": "GET, HEAD", "/reports/{file}": "GET, HEAD",
		"/healthz": "GET, HEAD", "/readyz": "GET, HEAD",
		leaflet.PagePath: "GET, HEAD", leaflet.JSONLDPath: "GET, HEAD",
	} {
		mux.Handle(path, only(methods))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { refuse(w, r, s.log, fault.Missing("", "address")) })
	var all http.Handler = &front{
		routes: mux, db: s.app.DB, tokens: s.tokens, links: s.links, newID: s.app.Orders.NewID, log: s.log,
		gate: s.bounds.gate(s.log, s.now), pages: newPages(s.bounds.origins),
	}
	if s.development() {
		all = loopbackOnly(all)
	}
	return all, nil
}

// graphql is the endpoint.
func (s *site) graphql() http.Handler {
	return graph.NewHandler(graph.Config{
		Resolver: &graph.Resolver{
			DB: s.app.DB, Orders: s.app.Orders, Returns: s.app.Returns, Terms: s.app.Terms, Explain: s.words,
			Reports: s.app.Reports, Guests: s.app.Guests,
		},
		Log: s.log, RequestID: requestID, Development: s.development(), Limits: s.bounds.limits,
		Tolls:     &graph.Tolls{Throttle: s.throttle(), Rates: s.bounds.rates, Client: clientOf},
		Documents: s.bounds.documents, TrustedOnly: s.bounds.trustedOnly,
	})
}

// leaflet is the terms for everybody to read.
func (s *site) leaflet() *leaflet.Stand {
	return &leaflet.Stand{
		Book: s.app.Terms.Book, Now: s.app.DB.Now, Address: s.address,
		Refuse: func(w http.ResponseWriter, r *http.Request, err error) { refuse(w, r, s.log, err) },
	}
}

// only is the answer to a method that an address does not take.
func only(methods string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Allow", methods)
		answer(w, http.StatusMethodNotAllowed, map[string]any{"errors": []refusal{{
			Message: "This address takes " + methods + " only.", Code: fault.CodeInvalid,
		}}})
	})
}

type health string

// MarshalJSON makes {"status": "…"} of it.
func (h health) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]string{"status": string(h)})
}

// readyWithin is how long the database may take to answer.
const readyWithin = 2 * time.Second

// ready tells whether requests should be sent here: not while the server stops, and not without its database.
func (s *site) ready(w http.ResponseWriter, r *http.Request) {
	switch {
	case s.draining.Load():
		answer(w, http.StatusServiceUnavailable, health("stopping"))
	case !s.pulse.felt(r.Context(), s.app.DB, s.log):
		answer(w, http.StatusServiceUnavailable, health("the database does not answer"))
	default:
		answer(w, http.StatusOK, health("ready"))
	}
}

// pulse is whether the database answered a moment ago. Whoever watches the server is not counted, so however many ask, and
// whoever they are, it comes to one statement a second.
type pulse struct {
	mu   sync.Mutex
	at   time.Time
	well bool
}

// pulseGood is how long an answer stands.
const pulseGood = time.Second

// felt tells whether the database answers, and the log where that has changed.
func (p *pulse) felt(ctx context.Context, db *store.DB, log *slog.Logger) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.at.IsZero() && time.Since(p.at) < pulseGood {
		return p.well
	}
	was := p.well || p.at.IsZero()
	p.well, p.at = answers(context.WithoutCancel(ctx), db), time.Now()
	switch {
	case was && !p.well:
		log.WarnContext(ctx, "the database does not answer: this server is not ready")
	case p.well && !was:
		log.InfoContext(ctx, "the database answers again: this server is ready")
	}
	return p.well
}

// answers asks for a row, whatever it is: a pool that is open tells nothing of the file behind it.
func answers(ctx context.Context, db *store.DB) bool {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	_, err := db.Client.Order.Query().Exist(auth.AsSystem(ctx))
	return err == nil
}

// tokenValid is how long a token of development is good.
const tokenValid = 12 * time.Hour

// token hands a token to anybody who asks: it is there in the demo only, on the loopback interface only.
func (s *site) token(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Role     auth.Role `json:"role"`
		Customer string    `json:"customer"`
	}
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); strings.TrimSpace(kind) != "application/json" {
		refuse(w, r, s.log, fault.Bad(fault.CodeInvalid, "", "Send JSON, with the content type application/json."))
		return
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4<<10)).Decode(&ask); err != nil {
		refuse(w, r, s.log, fault.Bad(fault.CodeInvalid, "", `Send {"role": "CUSTOMER", "customer": "ada@example.com"}.`))
		return
	}
	if ask.Role != auth.Customer {
		ask.Customer = ""
	}
	token, err := s.issuer.Mint(identity(ask.Role, ask.Customer), tokenValid)
	if err != nil {
		refuse(w, r, s.log, fault.Bad(fault.CodeInvalid, "", "There is no token for this: name a role, and for CUSTOMER an e-mail address."))
		return
	}
	answer(w, http.StatusOK, map[string]string{"token": token})
}

// loopbackOnly refuses requests that were sent to another name than this machine's own: a page elsewhere cannot reach a server
// of development by letting its name point here.
func loopbackOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if !loopback(strings.Trim(host, "[]")) {
			answer(w, http.StatusMisdirectedRequest, map[string]any{"errors": []refusal{{
				Message: "Development mode answers on localhost only.", Code: fault.CodeForbidden,
			}}})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// loopback tells whether a host is this machine's own name or address.
func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}
