package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/customer"
	"github.com/vysero/returns/graph/scalar"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/store"
)

// graphqlPath is the endpoint.
const graphqlPath = "/graphql"

// front stands before every route: it numbers a request, finds out who asks, notes how it went and lets no panic out.
type front struct {
	routes http.Handler
	db     *store.DB
	tokens auth.Verifiers
	links  *auth.Links
	gate   *gate
	pages  *pages
	newID  func(prefix string) string
	log    *slog.Logger
}

type requestIDKey struct{}

// requestID is the id that the request got here; the answer carries it as X-Request-ID. One that comes with a request is
// not used: nobody knows what it says.
func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// ServeHTTP serves one request. Its log line has neither path nor query, which may hold anything, but the route's pattern.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := f.newID("req")
	ctx := f.gate.from(context.WithValue(r.Context(), requestIDKey{}, id), r)
	v := &visit{front: f, out: &noting{ResponseWriter: w}, r: r.WithContext(ctx), began: time.Now()}
	defer v.end() //nolint:contextcheck // the visit's request carries it
	h := v.out.Header()
	h.Set("X-Request-ID", id)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	if f.pages.told(v.out, v.r) {
		v.r.Pattern = preflight
		return
	}
	who, err := f.admitted(v.out, v.r)
	if err != nil {
		v.r.Pattern = "(refused)"
		if fault.From(err).Code == fault.CodeThrottled {
			v.r.Pattern = tooMany
		}
		refuse(v.out, v.r, f.log, err)
		return
	}
	v.r = v.r.WithContext(auth.With(ctx, who))
	f.routes.ServeHTTP(v.out, v.r)
}

// admitted lets a request in, and finds out who asks. Whoever comes with a token that is not worth it pays for that.
func (f *front) admitted(w http.ResponseWriter, r *http.Request) (auth.Principal, error) {
	if err := f.gate.admit(w, r); err != nil {
		return auth.Principal{}, err
	}
	if !readable(r.URL) {
		return auth.Principal{}, fault.Bad(fault.CodeInvalid, "", "An address has no NUL in it, and is in UTF-8.")
	}
	who, err := f.principal(r)
	if said := fault.From(err); said != nil && said.Code == fault.CodeUnauthenticated {
		f.gate.guessed(r.Context())
	}
	return who, err
}

// readable tells whether every part of an address is a text that any database can be asked with.
func readable(at *url.URL) bool {
	parts := []string{at.Path}
	for name, values := range at.Query() {
		parts = append(append(parts, name), values...)
	}
	return !slices.ContainsFunc(parts, func(text string) bool { return !scalar.Storable(text) })
}

// visit is one request on its way through.
type visit struct {
	*front

	out   *noting
	r     *http.Request // as the routes see it
	began time.Time
}

// What stands for the route where there is none: of a question that browsers ask before they send, and of a request of which
// too many came.
const (
	preflight = "(preflight)"
	tooMany   = "(too many)"
)

// end is deferred: it catches a panic and writes the request's line. What is counted for nobody leaves none, and what was
// turned away is told by the gate: else anybody could fill a disk with them.
func (v *visit) end() {
	v.caught(recover())
	if v.r.Pattern == tooMany || weight(v.r) == 0 || v.r.Pattern == preflight && v.out.status < http.StatusBadRequest {
		return
	}
	ctx := v.r.Context()
	v.log.LogAttrs(ctx, slog.LevelInfo, "request", slog.String("requestId", requestID(ctx)),
		slog.String("method", method(v.r)), slog.String("route", v.r.Pattern), slog.String("role", string(auth.From(ctx).Role)),
		slog.Int("status", v.out.status), slog.Int64("bytes", v.out.bytes), slog.Int64("ms", time.Since(v.began).Milliseconds()))
}

// method is the request's method where it is one: a client may send any word.
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return r.Method
	}
	return "other"
}

// caught turns a panic into the fixed sentence, where the answer has not begun.
func (v *visit) caught(value any) {
	if value == nil {
		return
	}
	cause, isError := value.(error)
	switch {
	case errors.Is(cause, http.ErrAbortHandler):
		panic(value)
	case !isError:
		cause = errors.New("panic") // the value may be anybody's
	}
	if v.out.status == 0 {
		refuse(v.out, v.r, v.log, cause)
		return
	}
	ctx := v.r.Context()
	v.log.LogAttrs(ctx, slog.LevelError, "an answer was cut off", slog.String("requestId", requestID(ctx)), slog.String("cause", fault.Masked(cause)))
	panic(http.ErrAbortHandler)
}

// principal finds out who asks: nobody without an Authorization header; UNAUTHENTICATED for one that is not worth it. A
// customer whom the shop does not know sees nothing, and is no error.
func (f *front) principal(r *http.Request) (auth.Principal, error) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return auth.Principal{}, nil
	}
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return auth.Principal{}, auth.Unauthenticated()
	}
	if who, came, err := f.guest(r.Context(), strings.TrimSpace(token)); came {
		return who, err
	}
	id, err := f.tokens.Verify(r.Context(), strings.TrimSpace(token))
	if err != nil {
		return auth.Principal{}, f.doubted(r.Context(), err)
	}
	if id.Role != auth.Customer {
		return auth.Principal{ID: id.Subject, Role: id.Role}, nil
	}
	own, err := f.db.Client.Customer.Query().Where(customer.Email(id.Email), customer.ErasedAtIsNil()).OnlyID(auth.AsSystem(r.Context()))
	if ent.IsNotFound(err) {
		return auth.Principal{ID: "customer-unknown", Role: auth.Customer}, nil
	}
	if r.Context().Err() != nil {
		return auth.Principal{}, fault.Busy(err)
	}
	return auth.Principal{ID: own, Role: auth.Customer, CustomerID: own}, err
}

// doubted is the answer to a token that is not taken. Why it is not stands in the log alone, in a sentence of ours, for whoever
// sets up a sign-in service.
func (f *front) doubted(ctx context.Context, err error) error {
	if !errors.Is(err, auth.ErrToken) {
		return err
	}
	if why, told := errors.AsType[auth.TokenError](err); told {
		f.log.LogAttrs(ctx, slog.LevelInfo, "a token was refused", slog.String("requestId", requestID(ctx)), slog.String("why", string(why)))
	}
	return auth.Unauthenticated()
}

// refusal is one error in the shape of both borders: GraphQL reads extensions, everybody else code.
type refusal struct {
	Message    string         `json:"message"`
	Code       fault.Code     `json:"code,omitempty"`
	Extensions map[string]any `json:"extensions,omitempty"`
}

// statuses are the HTTP statuses of what a fault's kind means.
var statuses = map[fault.Kind]int{
	fault.Invalid: http.StatusUnprocessableEntity, fault.NotFound: http.StatusNotFound, fault.Conflict: http.StatusConflict,
	fault.Forbidden: http.StatusForbidden, fault.Unavailable: http.StatusServiceUnavailable, fault.Internal: http.StatusInternalServerError,
}

// refuse answers with an error. What is ours is one fixed sentence, and its cause goes to the log.
func refuse(w http.ResponseWriter, r *http.Request, log *slog.Logger, err error) {
	said := fault.From(err)
	status := statuses[said.Kind]
	if said.Code == fault.CodeUnauthenticated {
		status = http.StatusUnauthorized
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	if said.Code == fault.CodeThrottled {
		status = http.StatusTooManyRequests
	}
	if said.Kind == fault.Internal {
		log.LogAttrs(r.Context(), slog.LevelError, "a request failed",
			slog.String("requestId", requestID(r.Context())), slog.String("cause", fault.Masked(said.Err)))
	}
	one := refusal{Message: said.Say, Code: said.Code}
	if r.URL.Path == graphqlPath {
		one = refusal{Message: said.Say, Extensions: map[string]any{"code": said.Code}}
		if said.Kind == fault.Internal {
			one.Extensions["requestId"] = requestID(r.Context())
		}
	}
	answer(w, status, map[string]any{"errors": []refusal{one}})
}

// answer writes JSON. A client that has gone away is nobody to tell.
func answer(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil { // the bodies are our own
		panic(err)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(append(text, '\n'))
}

// noting notes what an answer came to.
type noting struct {
	http.ResponseWriter

	status int
	bytes  int64
}

// WriteHeader notes the status.
func (n *noting) WriteHeader(status int) {
	if n.status == 0 {
		n.status = status
	}
	n.ResponseWriter.WriteHeader(status)
}

// Write counts bytes.
func (n *noting) Write(body []byte) (int, error) {
	if n.status == 0 {
		n.status = http.StatusOK
	}
	wrote, err := n.ResponseWriter.Write(body)
	n.bytes += int64(wrote)
	return wrote, err
}

// Unwrap leads to the writer below, for deadlines and flushing.
func (n *noting) Unwrap() http.ResponseWriter { return n.ResponseWriter }
