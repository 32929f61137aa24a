package graph

import (
	"bytes"
	"encoding/json"
	"flag"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/internal/apptest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/explain"
	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/photo/phototest"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/returns"
	"github.com/vysero/returns/internal/store"
)

var update = flag.Bool("update", false, "write the golden files anew")

const (
	ada = "ada@example.com"
	bob = "bob@example.com"
)

// desk is the endpoint over a whole app, with what it logged and the statements that it sent to the database.
type desk struct {
	*apptest.App

	log  safeBuffer
	seen statements

	resolver *Resolver
	handler  http.Handler

	mu     sync.Mutex
	people map[someone]auth.Principal
}

func open(t testing.TB) *desk {
	t.Helper()
	d := &desk{people: map[someone]auth.Principal{}}
	d.App = apptest.New(t, store.Watched(d.seen.add))
	words, err := explain.New()
	require.NoError(t, err)
	d.resolver = &Resolver{DB: d.DB, Orders: d.Orders, Returns: d.Returns, Terms: d.Terms, Explain: words, Reports: d.App.Reports, Guests: d.Guests}
	d.handler = d.endpoint()
	return d
}

// endpoint is another handler over the same app.
func (d *desk) endpoint(edit ...func(*Config)) http.Handler {
	c := Config{
		Resolver: d.resolver, Log: slog.New(slog.NewJSONHandler(&d.log, nil)), RequestID: requestIDOf,
	}
	for _, e := range edit {
		e(&c)
	}
	return NewHandler(c)
}

func inDevelopment(c *Config) { c.Development = true }

// someone asks: a role, and for customers the e-mail address.
type someone struct {
	role  auth.Role
	email string
}

var (
	nobody    = someone{}
	agent     = someone{role: auth.Agent}
	inspector = someone{role: auth.Inspector}
	finance   = someone{role: auth.Finance}
	service   = someone{role: auth.Service}
	admin     = someone{role: auth.Admin}
	asAda     = someone{auth.Customer, ada}
	asBob     = someone{auth.Customer, bob}
)

// with sends the request in somebody's name.
func (d *desk) with(t *testing.T, who someone, r *http.Request) *httptest.ResponseRecorder {
	t.Helper()
	w, p := httptest.NewRecorder(), d.principal(t, who)
	d.handler.ServeHTTP(w, r.WithContext(auth.With(r.Context(), p)))
	return w
}

// principal is somebody as the server would have found them; it is looked up once.
func (d *desk) principal(t *testing.T, who someone) auth.Principal {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	p, known := d.people[who]
	switch {
	case known || who == nobody:
		return p
	case who.email != "":
		p = auth.From(d.As(t, who.role, who.email))
	default:
		p = auth.From(d.As(t, who.role))
	}
	d.people[who] = p
	return p
}

// answered is a response's body.
type answered struct {
	Data       json.RawMessage            `json:"data"`
	Errors     []told                     `json:"errors"`
	Extensions map[string]json.RawMessage `json:"extensions"`
}

// told is an error in it.
type told struct {
	Message    string         `json:"message"`
	Path       []any          `json:"path"`
	Extensions map[string]any `json:"extensions"`
}

// ask posts an operation.
func (d *desk) ask(t *testing.T, who someone, query string, variables ...map[string]any) answered {
	t.Helper()
	body := map[string]any{"query": query}
	if len(variables) > 0 {
		body["variables"] = variables[0]
	}
	text, err := json.Marshal(body)
	require.NoError(t, err)
	w := d.with(t, who, post(string(text)))
	var a answered
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &a), "%s", w.Body)
	return a
}

// get asks, insists on an answer without errors and reads its data.
func (d *desk) get(t *testing.T, into any, who someone, query string, variables ...map[string]any) {
	t.Helper()
	a := d.ask(t, who, query, variables...)
	require.Empty(t, a.Errors)
	require.NoError(t, json.Unmarshal(a.Data, into))
}

// code asks and insists on exactly one error, whose code it gives.
func (d *desk) code(t *testing.T, who someone, query string, variables ...map[string]any) string {
	t.Helper()
	a := d.ask(t, who, query, variables...)
	require.Len(t, a.Errors, 1, "%s", a.Data)
	code, _ := a.Errors[0].Extensions["code"].(string)
	return code
}

func post(body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return r
}

// two records an order of Ada's and one of Bob's, and gives Ada's items.
func (d *desk) two(t testing.TB) (hers, his *ent.Order) {
	t.Helper()
	hers = d.Order(t)
	his = d.Order(t, func(in *orders.RecordInput) {
		in.Number, in.Customer.Email = "2002", bob
	})
	return hers, his
}

// returned is a damaged item's return, filed by the order's customer.
func (d *desk) returned(t *testing.T, o *ent.Order, email string, photos ...string) *ent.ReturnRequest {
	t.Helper()
	ret, _, err := d.Returns.Request(d.As(t, auth.Customer, email), returns.RequestInput{
		Lines:    []returns.LineInput{{ItemID: d.Items(t, o)[0].ID, Quantity: 1, Reason: policy.DamagedOnArrival}},
		PhotoIDs: photos,
	})
	require.NoError(t, err)
	return ret
}

// upload is a photo of a customer's.
func (d *desk) upload(t *testing.T, email string) string {
	t.Helper()
	p, err := d.Returns.UploadPhoto(d.As(t, auth.Customer, email), "", bytes.NewReader(phototest.JPEG(t, 8, 8)))
	require.NoError(t, err)
	return p.ID
}

// settled is a return of Ada's that went all the way: a photo, a label, an inspection with a lowered fee, and a refund.
func (d *desk) settled(t *testing.T, o *ent.Order) *ent.ReturnRequest {
	t.Helper()
	email := ada
	ret := d.returned(t, o, email, d.upload(t, email))
	_, err := d.Returns.Approve(d.As(t, auth.Agent), returns.ApproveInput{IdempotencyKey: apptest.Key(), ID: ret.ID, Instructions: "Use the label."})
	require.NoError(t, err)
	line, err := ret.QueryLines().Only(auth.AsSystem(t.Context()))
	require.NoError(t, err)
	_, err = d.Returns.HandOver(d.As(t, auth.Customer, email), returns.HandOverInput{ID: ret.ID})
	require.NoError(t, err)
	one := 1
	_, err = d.Returns.Receive(d.As(t, auth.Inspector), returns.ReceiveInput{
		ID: ret.ID, Lines: []returns.ReceivedLine{{LineID: line.ID, Received: &one}},
	})
	require.NoError(t, err)
	claim, note := policy.Confirmed, "cracked, as they said"
	ret, err = d.Returns.Inspect(d.As(t, auth.Inspector), returns.InspectInput{ID: ret.ID, Findings: []returns.FoundInput{{
		LineID: line.ID, Units: 1, Packaging: true, Missing: []string{"usb-cable"}, Claim: &claim, Note: &note,
	}}})
	require.NoError(t, err)
	found, err := line.QueryInspections().Only(auth.AsSystem(t.Context()))
	require.NoError(t, err)
	_, err = d.Returns.ReduceFee(d.As(t, auth.Agent), returns.FeeInput{ID: ret.ID, InspectionID: found.ID, Fee: apptest.USD("1.00"), Reason: "goodwill"})
	require.NoError(t, err)
	ret, _, err = d.Returns.Settle(d.As(t, auth.Finance), returns.SettleInput{IdempotencyKey: apptest.Key(), ID: ret.ID})
	require.NoError(t, err)
	return ret
}

// golden compares with a file in testdata, which -update writes.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got, "if the change is meant: go test ./graph -update")
}

// statements counts what is sent to the database.
type statements struct {
	mu   sync.Mutex
	list []string
}

func (s *statements) add(statement string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, statement)
}

// during lists the statements of one piece of work.
func (s *statements) during(work func()) []string {
	s.mu.Lock()
	s.list = nil
	s.mu.Unlock()
	work()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.list
}

// safeBuffer is a buffer that several requests may log to.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
