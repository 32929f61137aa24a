package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/auth/oidc/oidctest"
)

// desks are where people and systems sign in: the shop's customers, its staff, and its own systems.
type desks struct {
	customers, staff, services *oidctest.Provider
	file                       string // that names them all
}

func openDesks(t *testing.T) desks {
	t.Helper()
	d := desks{customers: oidctest.Start(t, "RS256", time.Now), staff: oidctest.Start(t, "ES256", time.Now), services: oidctest.Start(t, "EdDSA", time.Now)}
	d.file = authFile(t, `issuers:
  - issuer: `+d.customers.URL+`
    audiences: [returns]
    grants: [CUSTOMER]
  - issuer: `+d.staff.URL+`
    audiences: [returns]
    algorithms: [ES256]
    grants: [ADMIN, AGENT]
    role:
      claim: realm_access.roles
      values:
        - {value: returns-admin, role: ADMIN}
        - {value: returns-agent, role: AGENT}
  - issuer: `+d.services.URL+`
    audiences: [returns]
    algorithms: [EdDSA]
    grants: [SERVICE]
`)
	return d
}

func authFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "issuers.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func (d desks) customer(t *testing.T, email string) string {
	t.Helper()
	return d.customers.Token(t, oidctest.Account{
		Subject: "sub-of-" + email, Audience: "returns", Claims: map[string]any{"email": email, "email_verified": true},
	})
}

func (d desks) person(t *testing.T, subject, role string) string {
	t.Helper()
	return d.staff.Token(t, oidctest.Account{
		Subject: subject, Audience: "returns", Claims: map[string]any{"realm_access": map[string]any{"roles": []string{role}}},
	})
}

func (d desks) service(t *testing.T) string {
	t.Helper()
	return d.services.Token(t, oidctest.Account{Subject: "till@example.com", Audience: "returns"})
}

const viewer = `{ viewer { role customer { email } } orders(first: 5) { totalCount } }`

func TestOutsideOfDevelopmentWhoSignsInElsewhereIsKnownHere(t *testing.T) {
	t.Parallel()
	d := openDesks(t)
	s := startWith(t, fresh(t), noEnv, "--auth", d.file)
	for number, email := range map[string]string{"M-1": ada, "M-2": grace} {
		order := map[string]any{
			"number": number, "customer": map[string]any{"email": email}, "currency": "USD", "purchasedAt": "2026-03-01T10:00:00Z", "shipToCountry": "US",
			"shipping": map[string]any{"amount": "0", "currency": "USD"},
			"items":    []any{map[string]any{"sku": "A", "name": "Article", "quantity": 1, "paid": map[string]any{"amount": "1", "currency": "USD"}}},
			"payments": []any{map[string]any{"ref": "ch_" + number, "captured": map[string]any{"amount": "1", "currency": "USD"}}},
		}
		s.ask(t, d.service(t), `mutation($input: OrderRecordInput!) { orderRecord(input: $input) { order { id } userErrors { message } } }`,
			map[string]any{"input": order}).fine()
	}
	s.ask(t, d.customer(t, "ADA@example.com"), viewer, nil).fine().
		has(map[string]any{"data.viewer.role": "CUSTOMER", "data.viewer.customer.email": ada, "data.orders.totalCount": 1.0})
	s.ask(t, d.customer(t, "nobody@example.com"), viewer, nil).fine().
		has(map[string]any{"data.viewer.role": "CUSTOMER", "data.viewer.customer": nil, "data.orders.totalCount": 0.0})
	agent := d.person(t, "ann@example.com", "returns-agent")
	s.ask(t, agent, viewer, nil).fine().has(map[string]any{"data.viewer.role": "AGENT", "data.orders.totalCount": 2.0})

	for name, token := range map[string]string{
		"a role that is none": d.person(t, "bob@example.com", "king"),
		"a customer's claim":  d.customers.Token(t, oidctest.Account{Subject: "eve", Audience: "returns", Claims: map[string]any{"realm_access": map[string]any{"roles": "returns-admin"}}}),
		"development":         s.token(t, auth.Admin, ""),
		"another audience":    d.staff.Token(t, oidctest.Account{Subject: "x", Audience: "till", Claims: map[string]any{"realm_access": map[string]any{"roles": "returns-agent"}}}),
	} {
		answer, text := s.call(t, "POST /graphql", token, []byte(`{"query":"{ viewer { role } }"}`), "Content-Type", "application/json")
		assert.Equal(t, http.StatusUnauthorized, answer.StatusCode, name)
		assert.Equal(t, "UNAUTHENTICATED", reply{t: t, whole: decoded(t, text)}.at("errors.0.extensions.code"), name)
	}
	require.Zero(t, s.stop())

	app, err := openRecords(t.Context(), place{DatabaseURL: s.url}, time.Now)
	require.NoError(t, err)
	defer func() { assert.NoError(t, app.Close()) }()
	events, err := app.DB.Client.Event.Query().All(auth.AsSystem(t.Context()))
	require.NoError(t, err)
	require.NotEmpty(t, events)
	for _, e := range events {
		assert.Regexp(t, `^service-[0-9a-v]{16}$`, e.Actor)
	}
	log := s.log.String()
	assert.Contains(t, log, `why="it gives no role that its issuer may grant"`)
	assert.Contains(t, log, `why="its issuer is none of ours"`)
	assert.NotContains(t, log, "example.com", "no subject and no address")
	assert.NotContains(t, log, agent)
}

func TestAServerStartsAndServesWhileItsIssuersAreAway(t *testing.T) {
	t.Parallel()
	d := openDesks(t)
	agent := d.person(t, "ann", "returns-agent")
	d.staff.Away(true)
	s := startWith(t, fresh(t), noEnv, "--auth", d.file)
	answer, text := s.call(t, "POST /graphql", agent, []byte(`{"query":"{ viewer { role } }"}`), "Content-Type", "application/json")
	assert.Equal(t, http.StatusServiceUnavailable, answer.StatusCode)
	assert.Equal(t, "UNAVAILABLE", reply{t: t, whole: decoded(t, text)}.at("errors.0.extensions.code"))
	answer, text = s.call(t, "GET /photos/pho_1", agent, nil)
	assert.Equal(t, http.StatusServiceUnavailable, answer.StatusCode)
	assert.Equal(t, "UNAVAILABLE", reply{t: t, whole: decoded(t, text)}.at("errors.0.code"))

	answer, _ = s.call(t, "GET /readyz", "", nil)
	assert.Equal(t, http.StatusOK, answer.StatusCode, "others can still be served")
	s.ask(t, d.customer(t, ada), viewer, nil).fine().has(map[string]any{"data.viewer.role": "CUSTOMER"})
	known := d.service(t)
	s.ask(t, known, viewer, nil).fine()
	d.services.Away(true)
	s.ask(t, known, viewer, nil).fine().has(map[string]any{"data.viewer.role": "SERVICE"})
	assert.Contains(t, s.log.String(), "an issuer's keys cannot be read")
}

func TestDevelopmentTakesItsOwnTokensBesideThoseOfIssuers(t *testing.T) {
	t.Parallel()
	d := openDesks(t)
	s := startWith(t, fresh(t), noEnv, "--dev", "--auth", d.file)
	s.ask(t, s.token(t, auth.Finance, ""), viewer, nil).fine().has(map[string]any{"data.viewer.role": "FINANCE"})
	s.ask(t, d.person(t, "ann", "returns-admin"), viewer, nil).fine().has(map[string]any{"data.viewer.role": "ADMIN"})
	_, text := s.call(t, "POST /dev/token", "", []byte(`{"role":"ADMIN"}`), "Content-Type", "application/json")
	assert.Contains(t, string(text), "NOT_FOUND", "the demo alone hands tokens to whoever asks")
	answer, _ := s.call(t, "GET /healthz", "", nil, "Host", "returns.example.com")
	assert.Equal(t, http.StatusMisdirectedRequest, answer.StatusCode, "whoever comes by another name is not on this machine")
	_, text = s.call(t, "POST /graphql", "", []byte(`{"query":"{ __schema { queryType { name } } }"}`), "Content-Type", "application/json")
	assert.Contains(t, string(text), `"Query"`, "the schema is told to everybody in development")
}

func TestTokensOfDevelopmentAreNotTakenElsewhereWhateverTheyAreSignedWith(t *testing.T) {
	t.Parallel()
	d := openDesks(t)
	secret := strings.Repeat("0123456789abcdef", 2)
	env := func(name string) (string, bool) { return secret, name == secretName }
	s := startWith(t, fresh(t), env, "--auth", d.file)
	issuer, err := auth.NewIssuer([]byte(secret), time.Now)
	require.NoError(t, err)
	minted, err := issuer.Mint(identity(auth.Admin, ""), time.Hour)
	require.NoError(t, err)
	forged := oidctest.Sign(t, jose.SigningKey{Algorithm: jose.HS256, Key: jose.JSONWebKey{Key: []byte(secret), KeyID: "key-1"}}, map[string]any{
		"iss": d.staff.URL, "aud": "returns", "sub": "x", "exp": time.Now().Add(time.Hour).Unix(), "realm_access": map[string]any{"roles": "returns-admin"},
	}, nil)
	for _, token := range []string{minted, forged} {
		answer, _ := s.call(t, "POST /graphql", token, []byte(`{"query":"{ viewer { role } }"}`), "Content-Type", "application/json")
		assert.Equal(t, http.StatusUnauthorized, answer.StatusCode)
	}
	assert.Contains(t, s.log.String(), "TOKEN_SECRET is set and not used")
}

func TestATokenOfDevelopmentIsNotMadeWhereIssuersAreNamed(t *testing.T) {
	t.Parallel()
	var out, errs journal
	out.changed, errs.changed = make(chan struct{}), make(chan struct{})
	p := program{out: &out, err: &errs, now: time.Now, env: func(name string) (string, bool) { return "issuers.yaml", name == authName }}
	args := []string{"token", "--role", "AGENT", "--database-url", fresh(t)}
	assert.Equal(t, exitFailed, p.run(t.Context(), args))
	assert.Empty(t, out.String())
	assert.Contains(t, errs.String(), "AUTH_FILE is set, so tokens come from its issuers")
	assert.Zero(t, p.run(t.Context(), append(args, "--dev")))
	assert.NotEmpty(t, out.String())
}
