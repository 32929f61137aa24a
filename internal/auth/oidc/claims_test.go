package oidc

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/auth/oidc/oidctest"
)

const here = "https://login.example.com"

// claims reads claims as a token has them.
func claims(t testing.TB, text string) map[string]any {
	t.Helper()
	var read map[string]any
	require.NoError(t, json.Unmarshal([]byte(text), &read))
	return read
}

func TestOfSeveralRolesTheFirstOfTheConfigurationDecides(t *testing.T) {
	t.Parallel()
	mapped := staff(t, here, "RS256")
	named := parsed(t, `issuers: [{issuer: "`+here+`", audiences: [r], grants: [FINANCE, ADMIN], role: {claim: scope}}]`)
	for _, c := range []struct {
		issuer Issuer
		claims string
		role   auth.Role
	}{
		{mapped, `{"sub": "s", "realm_access": {"roles": ["returns-agent", "returns-admin"]}}`, auth.Admin},
		{mapped, `{"sub": "s", "realm_access": {"roles": ["x", 7, null, "returns-agent", "returns-money"]}}`, auth.Finance},
		{mapped, `{"sub": "s", "realm_access": {"roles": "returns-agent"}}`, auth.Agent},
		{mapped, `{"sub": "s", "realm_access": {"roles": "returns-agent returns-admin"}}`, ""}, // one text is one value
		{mapped, `{"sub": "s", "realm_access": {"roles": {"returns-admin": true}}}`, ""},
		{mapped, `{"sub": "s", "realm_access": {"roles": ["RETURNS-ADMIN", " returns-admin", "ADMIN"]}}`, ""},
		{mapped, `{"sub": "s", "realm_access.roles": ["returns-admin"]}`, ""},
		{mapped, `{"sub": "s", "realm_access": ["returns-admin"]}`, ""},
		{mapped, `{"sub": "s"}`, ""},
		{named, `{"sub": "s", "scope": "openid ADMIN FINANCE"}`, auth.Finance}, // but a scope is words
		{named, `{"sub": "s", "scope": ["ADMIN"]}`, auth.Admin},
		{named, `{"sub": "s", "scope": "AGENT CUSTOMER SYSTEM"}`, ""},
		{customers(t, here), `{"sub": "s", "role": "ADMIN", "email": "a@b.c", "email_verified": true}`, auth.Customer},
	} {
		id, err := c.issuer.identity(claims(t, c.claims))
		require.Equal(t, c.role, id.Role, c.claims)
		require.Equal(t, c.role == "", err != nil, c.claims)
	}
}

func TestACustomerIsKnownByAVerifiedAddressAlone(t *testing.T) {
	t.Parallel()
	strict := customers(t, here)
	lax := parsed(t, `issuers: [{issuer: "`+here+`", audiences: [r], grants: [CUSTOMER], email: {claim: contact.mail, acceptUnverified: true}}]`)
	for _, c := range []struct {
		issuer Issuer
		claims string
		email  string
	}{
		{strict, `{"email": " Ada@Example.COM", "email_verified": true}`, ""},
		{strict, `{"email": "Ada@Example.COM", "email_verified": true}`, "ada@example.com"},
		{strict, `{"email": "ada@example.com", "email_verified": "true"}`, "ada@example.com"},
		{strict, `{"email": "jürgen@example.com", "email_verified": true}`, "jürgen@example.com"},
		{strict, `{"email": "ada@example.com", "email_verified": false}`, ""},
		{strict, `{"email": "ada@example.com", "email_verified": 1}`, ""},
		{strict, `{"email": "ada@example.com", "email_verified": "yes"}`, ""},
		{strict, `{"email": "ada@example.com", "email_verified": null}`, ""},
		{strict, `{"email": "ada@example.com"}`, ""},
		{strict, `{"email_verified": true}`, ""},
		{strict, `{"email": "", "email_verified": true}`, ""},
		{strict, `{"email": "ada", "email_verified": true}`, ""},
		{strict, `{"email": ["ada@example.com"], "email_verified": true}`, ""},
		{strict, `{"email": "ada@example.com\u0000", "email_verified": true}`, ""},
		{strict, `{"email": "\u212Aate@example.com", "email_verified": true}`, ""}, // the kelvin sign: lower case makes kate of it
		{strict, `{"email": "m\u0130ke@example.com", "email_verified": true}`, ""}, // the dotted I
		{strict, `{"email": "` + strings.Repeat("a", maxEmail) + `@example.com", "email_verified": true}`, ""},
		{lax, `{"contact": {"mail": "ada@example.com"}}`, "ada@example.com"},
		{lax, `{"email": "ada@example.com", "email_verified": true}`, ""},
	} {
		read := claims(t, c.claims)
		read["sub"] = "s"
		id, err := c.issuer.identity(read)
		require.Equal(t, c.email, id.Email, c.claims)
		require.Equal(t, c.email == "", err != nil, c.claims)
	}
}

func TestWhoSignsInIsNamedByAPseudonymThatLasts(t *testing.T) {
	t.Parallel()
	name := func(i Issuer, claims map[string]any) string {
		t.Helper()
		id, err := i.identity(claims)
		require.NoError(t, err)
		return id.Subject
	}
	who := func(subject, role string) map[string]any {
		return map[string]any{"sub": subject, "realm_access": map[string]any{"roles": role}}
	}
	house := staff(t, here, "RS256")
	ann := name(house, who("ann@example.com", "returns-agent"))
	require.Equal(t, "staff-ojvgb5hktgprvir9", ann, "this is what events on record hold: it must never change")
	require.Equal(t, ann, name(house, who("ann@example.com", "returns-admin")), "whoever gets another role is no second person")
	require.NotEqual(t, ann, name(house, who("bob@example.com", "returns-agent")))
	require.NotEqual(t, ann, name(staff(t, "https://other.example.com", "RS256"), who("ann@example.com", "returns-agent")), "somebody of another issuer is somebody else")
	machines := parsed(t, `issuers: [{issuer: "`+here+`", audiences: [r], grants: [SERVICE]}]`)
	require.Regexp(t, `^service-[0-9a-v]{16}$`, name(machines, who("till", "")), "what it is for is told, not who it is")
}

// FuzzIdentity looks for claims of a verified token that give more than their issuer may grant.
func FuzzIdentity(f *testing.F) {
	for _, seed := range []string{
		`{"sub": "s", "realm_access": {"roles": ["returns-agent"]}}`, `{"sub": "s", "email": "a@b.c", "email_verified": true}`,
		`{"sub": "s", "scope": "ADMIN", "email": {}, "realm_access": []}`, `{}`, `{"sub": 1, "realm_access": {"roles": {"a": "b"}}}`,
	} {
		f.Add(seed)
	}
	issuers := []Issuer{
		staff(f, here, "RS256"), customers(f, here),
		parsed(f, `issuers: [{issuer: "`+here+`", audiences: [r], grants: [SERVICE, INSPECTOR], role: {claim: scope}}]`),
	}
	f.Fuzz(func(t *testing.T, text string) {
		var read map[string]any
		if json.Unmarshal([]byte(text), &read) != nil {
			return
		}
		for _, i := range issuers {
			id, err := i.identity(read)
			if err != nil {
				require.ErrorIs(t, err, auth.ErrToken)
				continue
			}
			require.Contains(t, i.Grants, id.Role)
			require.Regexp(t, `^(staff|service|customer)-[0-9a-v]{16}$`, id.Subject)
			require.Equal(t, id.Role == auth.Customer, id.Email != "")
			require.Equal(t, auth.NormalEmail(id.Email), id.Email)
		}
	})
}

// FuzzToken looks for a token that is taken and was not signed, or that is more than refused. Its key and clock are fixed:
// what one process finds must mean the same to another.
func FuzzToken(f *testing.F) {
	private := ed25519.NewKeyFromSeed([]byte("a seed of thirty-two bytes, fixed"[:ed25519.SeedSize]))
	key := jose.JSONWebKey{Key: private.Public(), KeyID: "k"}
	noon := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	v := New(staff(f, here, "EdDSA"), func() time.Time { return noon }, slog.New(slog.DiscardHandler))
	v.keys.fetch = func(context.Context) ([]jose.JSONWebKey, error) { return []jose.JSONWebKey{key}, nil }
	all := auth.Verifiers{v}
	good := oidctest.Sign(f, jose.SigningKey{Algorithm: jose.EdDSA, Key: jose.JSONWebKey{Key: private, KeyID: "k"}},
		with(roles("returns-agent"), map[string]any{"iss": here, "aud": "returns", "sub": "s", "exp": noon.Add(time.Hour).Unix()}), nil)
	if _, err := all.Verify(f.Context(), good); err != nil {
		f.Fatal(err)
	}
	part := strings.Split(good, ".")
	head := func(text string) string {
		return base64.RawURLEncoding.EncodeToString([]byte(text)) + "." + part[1] + "." + part[2]
	}
	for _, seed := range []string{
		good, good + "=", part[0] + "." + part[1], part[0] + ".." + part[2], "..", part[0] + ".e30." + part[2], good + "\n",
		head(`{"alg":"none","kid":"k"}`), head(`{"alg":"EdDSA","kid":"x"}`), head(`{"alg":"EdDSA","kid":"k","typ":{}}`), head(`{"alg":"EdDSA","kid":"k","b64":false,"crit":["b64"]}`),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		id, err := all.Verify(t.Context(), token)
		if err != nil {
			require.ErrorIs(t, err, auth.ErrToken)
			return
		}
		require.Equal(t, auth.Agent, id.Role)
		signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.EdDSA})
		require.NoError(t, err)
		payload, err := signed.Verify(key.Key)
		require.NoError(t, err)
		require.Equal(t, part[1], base64.RawURLEncoding.EncodeToString(payload), "there is one token that was signed")
	})
}
