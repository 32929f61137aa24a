package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/auth"
)

func TestAnybodyReadsTheTerms(t *testing.T) {
	t.Parallel()
	s := startHere(t, "", "--demo", "--now", start, "--public-url", "https://returns.example.com")
	for path, c := range map[string]struct{ kind, says, content string }{
		"/policy":        {"text/html; charset=utf-8", "Ask within 30 days of your purchase.", `^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'$`},
		"/policy.jsonld": {"application/ld+json", `"@id": "https://returns.example.com/policy#change-of-heart"`, `^default-src 'none'; frame-ancestors 'none'$`},
	} {
		got, body := s.call(t, "GET "+path, "", nil)
		require.Equal(t, http.StatusOK, got.StatusCode, path)
		assert.Contains(t, string(body), c.says)
		assert.Equal(t, c.kind, got.Header.Get("Content-Type"))
		assert.Regexp(t, c.content, got.Header.Get("Content-Security-Policy"))
		assert.Equal(t, "nosniff", got.Header.Get("X-Content-Type-Options"))
		assert.Equal(t, "public, max-age=30", got.Header.Get("Cache-Control"))
		assert.Equal(t, path == "/policy.jsonld", got.Header.Get("Access-Control-Allow-Origin") == "*", path)

		head, nothing := s.call(t, "HEAD "+path, "", nil)
		assert.Equal(t, http.StatusOK, head.StatusCode)
		assert.Equal(t, int64(len(body)), head.ContentLength)
		assert.Empty(t, nothing)
		kept, nothing := s.call(t, "GET "+path, "", nil, "If-None-Match", got.Header.Get("ETag"))
		assert.Equal(t, http.StatusNotModified, kept.StatusCode)
		assert.Empty(t, nothing)
		for _, method := range []string{"POST", "PUT", "DELETE"} {
			refused, _ := s.call(t, method+" "+path, "", nil)
			assert.Equal(t, http.StatusMethodNotAllowed, refused.StatusCode, method)
			assert.Equal(t, "GET, HEAD", refused.Header.Get("Allow"))
		}
		past, _ := s.call(t, "GET "+path+"?asOf=2026-03-01", "", nil)
		assert.Equal(t, http.StatusOK, past.StatusCode)
	}
	bad, page := s.call(t, "GET /policy?asOf=soon", "", nil)
	assert.Equal(t, http.StatusBadRequest, bad.StatusCode)
	assert.Equal(t, "no-store", bad.Header.Get("Cache-Control"))
	assert.Contains(t, string(page), "This day cannot be read")
	bad, page = s.call(t, "GET /policy.jsonld?asOf=soon", "", nil)
	assert.Equal(t, http.StatusUnprocessableEntity, bad.StatusCode)
	assert.Contains(t, string(page), `"code":"INVALID_INPUT"`)
}

// A shop's secret of these tests, with which two admins sign in: the second one approves.
const twoAdmins = "a secret that is long enough for two"

func TestTermsThatWerePublishedAreAnnounced(t *testing.T) {
	t.Parallel()
	s := startWith(t, "sqlite:"+t.TempDir()+"/shop.db", env(map[string]string{secretName: twoAdmins}),
		"--demo", "--now", start)
	issuer, err := auth.NewIssuer([]byte(twoAdmins), time.Now)
	require.NoError(t, err)
	admin := func(name string) string {
		token, err := issuer.Mint(auth.Identity{Subject: name, Role: auth.Admin}, time.Hour)
		require.NoError(t, err)
		return token
	}
	change := func(who, verb string, input map[string]any) reply {
		query := fmt.Sprintf(`mutation($input: Terms%[1]sInput!) { terms%[1]s(input: $input) { edition { id } userErrors { message } } }`, verb)
		return s.ask(t, admin(who), query, map[string]any{"input": input}).fine()
	}
	id := change("ann", "Draft", map[string]any{"text": "version: spring\nchangeOfHeartDays: 45"}).text("data.termsDraft.edition.id")
	change("ann", "Propose", map[string]any{
		"id": id, "inForceFrom": "2026-04-01T00:00:00-07:00", "acknowledge": []string{"warrantyUrl", "supportContact"},
	})
	change("bob", "Approve", map[string]any{"id": id})

	_, now := s.call(t, "GET /policy", "", nil)
	assert.Contains(t, string(now), "Ask within 30 days of your purchase.")
	assert.Contains(t, string(now), "From 1 April 2026 other terms will be in force: version spring.")
	assert.Contains(t, string(now), `<a href="/policy?asOf=2026-04-01T07%3A00%3A00Z">`)
	_, then := s.call(t, "GET /policy?asOf=2026-04-01T07%3A00%3A00Z", "", nil)
	assert.Contains(t, string(then), "Ask within 45 days of your purchase.")
	_, data := s.call(t, "GET /policy.jsonld?asOf=2026-04-01", "", nil)
	assert.True(t, json.Valid(data))
	assert.Contains(t, string(data), `"value": "spring"`)
}

func TestAnAddressThatNoPathCanFollowIsRefused(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"returns.example.com", "https://", "https://returns.example.com/", "https://a.test/x", "https://a.test?x", "ftp://a.test", "https://me@a.test", ":"} {
		status, _, errs := run(t, "", "serve", "--demo", "--addr", "127.0.0.1:0", "--public-url", address)
		assert.NotZero(t, status, address)
		assert.Contains(t, errs, "--public-url needs a scheme and a host", address)
	}
}
