package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/auth"
)

func TestAnOriginIsWrittenAsABrowserWritesIt(t *testing.T) {
	t.Parallel()
	for text, fine := range map[string]bool{
		"https://shop.example": true, "https://shop.example:8443": true, "http://localhost:3000": true, "http://127.0.0.1:5173": true, "http://[::1]:3000": true,
		"": false, "*": false, "null": false, "shop.example": false, "//shop.example": false, "https://": false, "https://:8443": false,
		"https://shop.example/": false, "https://shop.example/returns": false, "https://shop.example?": false, "https://u:p@shop.example": false,
		"https://*.shop.example": false, "https://*": false, "https://Shop.example": false, "HTTPS://shop.example": false,
		"https://shop.example:443": false, "http://localhost:80": false, "http://shop.example": false, "http://localhost.shop.example": false,
		"ftp://shop.example": false, "capacitor://localhost": false,
	} {
		var o origin
		err := o.UnmarshalText([]byte(text))
		assert.Equal(t, fine, err == nil, text)
		if fine {
			assert.Equal(t, origin(text), o)
		}
	}
	status, _, errs := run(t, "", "serve", "--demo", "--allowed-origins", "https://shop.example,https://*.example")
	assert.NotZero(t, status)
	assert.Contains(t, errs, "an origin is written as browsers do")
}

const (
	shopPage = "https://shop.example"
	evilPage = "https://shop.example.evil.example"
)

// preflight is what a browser asks before it sends with a token.
func (s *server) preflight(t *testing.T, from, method, path string) answered {
	t.Helper()
	answer, body := s.call(t, "OPTIONS "+path, "", nil, "Origin", from, "Access-Control-Request-Method", method,
		"Access-Control-Request-Headers", "authorization,content-type")
	require.Equal(t, http.StatusNoContent, answer.StatusCode)
	require.Empty(t, body)
	return answer
}

func TestPagesOfNamedOriginsMayCallFromABrowserAndNoOthers(t *testing.T) {
	t.Parallel()
	s := startHere(t, "", "--demo", "--now", start, "--allowed-origins", shopPage+",http://localhost:3000", "--rates", "requests=45/0.1")
	ask := []byte(`{"query":"{ viewer { role } }"}`)

	for _, c := range [][2]string{{"POST", "/graphql"}, {"GET", "/graphql?query=x"}, {"POST", "/photos"}, {"PUT", "/photos/uploads/upl_1?signature=x"}, {"GET", "/labels/lab_1.pdf"}} {
		h := s.preflight(t, shopPage, c[0], c[1]).Header
		assert.Equal(t, shopPage, h.Get("Access-Control-Allow-Origin"), c)
		assert.Equal(t, c[0], h.Get("Access-Control-Allow-Methods"))
		assert.Equal(t, "authorization,content-type", h.Get("Access-Control-Allow-Headers"))
		assert.Empty(t, h.Get("Access-Control-Allow-Credentials"), "no cookie counts here")
		assert.Contains(t, h.Get("Vary"), "Origin")
	}
	assert.Equal(t, "http://localhost:3000", s.preflight(t, "http://localhost:3000", "POST", "/graphql").Header.Get("Access-Control-Allow-Origin"))
	for _, other := range []string{evilPage, "null", "http://shop.example", "https://shop.example:8443"} {
		assert.Empty(t, s.preflight(t, other, "POST", "/graphql").Header.Get("Access-Control-Allow-Origin"), other)
	}
	assert.Empty(t, s.preflight(t, shopPage, "DELETE", "/graphql").Header.Get("Access-Control-Allow-Origin"))

	// Answers can be read, refusals as well: a page that cannot read a 401 does not know that it has to sign in again.
	json := []string{"Content-Type", "application/json", "Origin", shopPage}
	for token, status := range map[string]int{s.token(t, auth.Customer, ada): http.StatusOK, "none": http.StatusUnauthorized} {
		answer, _ := s.call(t, "POST /graphql", token, ask, json...)
		require.Equal(t, status, answer.StatusCode)
		assert.Equal(t, shopPage, answer.Header.Get("Access-Control-Allow-Origin"))
		assert.Contains(t, answer.Header.Get("Access-Control-Expose-Headers"), "Retry-After")
		assert.Contains(t, strings.Join(answer.Header.Values("Vary"), ", "), "Origin")
		if status == http.StatusOK {
			assert.Contains(t, strings.Join(answer.Header.Values("Vary"), ", "), "Accept-Language")
		}
	}
	answer, _ := s.call(t, "POST /graphql", "", ask, "Content-Type", "application/json", "Origin", evilPage)
	require.Equal(t, http.StatusOK, answer.StatusCode)
	assert.Empty(t, answer.Header.Get("Access-Control-Allow-Origin"), "a browser shows it to nobody")

	for answer.StatusCode != http.StatusTooManyRequests {
		answer, _ = s.call(t, "POST /graphql", "", ask, json...)
	}
	assert.Equal(t, shopPage, answer.Header.Get("Access-Control-Allow-Origin"))
	assert.NotEmpty(t, answer.Header.Get("Retry-After"))
	assert.Equal(t, shopPage, s.preflight(t, shopPage, "POST", "/graphql").Header.Get("Access-Control-Allow-Origin"), "asking first counts for nothing")
}

func TestWithoutNamedOriginsNoBrowserIsToldAnything(t *testing.T) {
	t.Parallel()
	s := startHere(t, "", "--demo", "--now", start)
	for line, want := range map[string]int{"OPTIONS /graphql": http.StatusMethodNotAllowed, "POST /graphql": http.StatusOK} {
		answer, _ := s.call(t, line, "", []byte(`{"query":"{ viewer { role } }"}`), "Content-Type", "application/json", "Origin", s.base,
			"Access-Control-Request-Method", "POST")
		assert.Equal(t, want, answer.StatusCode, line)
		for name := range answer.Header {
			assert.NotContains(t, name, "Access-Control", line)
		}
	}
}

func TestWhatIsNotCountedLeavesNoLineInTheLog(t *testing.T) {
	t.Parallel()
	s := startHere(t, "", "--demo", "--now", start, "--allowed-origins", shopPage)
	s.preflight(t, evilPage, "POST", "/graphql")
	for _, line := range []string{"GET /healthz", "GET /readyz", "HEAD /healthz"} {
		answer, _ := s.call(t, line, "", nil)
		require.Equal(t, http.StatusOK, answer.StatusCode)
	}
	s.call(t, "GET /policy", "", nil)
	s.log.await(t, `route"?[=:]"?GET /(policy)`)
	assert.NotRegexp(t, `preflight|healthz|readyz`, s.log.String())
}
