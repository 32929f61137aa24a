package main

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheHTTPServersOwnLinesNameNobody(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"http: TLS handshake error from 203.0.113.7:4711: EOF":                 "http: TLS handshake error from",
		"http: TLS handshake error from [2001:db8::7]:4711: EOF":               "http: TLS handshake error from",
		"http: panic serving 203.0.113.7:4711: ada@example.com\ngoroutine 1":   "http: panic serving",
		"http: superfluous response.WriteHeader call from main.f (x.go:3)":     "http: superfluous",
		"http: Accept error: accept tcp 127.0.0.1:1: too many open files; 5ms": "http: Accept error: accept tcp",
	} {
		var out bytes.Buffer
		netLog(slog.New(slog.NewTextHandler(&out, nil))).Print(line)
		require.Contains(t, out.String(), `says="`+want+`"`)
		require.NotContains(t, out.String(), "4711")
	}
}

// What a program tells of itself for debugging, memory and command lines included, registers with the default routes where it
// is linked in: nothing does.
func TestNothingIsThereForDebugging(t *testing.T) {
	t.Parallel()
	s := startHere(t, "", "--demo", "--now", start)
	for _, path := range []string{"/debug/pprof/", "/debug/pprof/heap", "/debug/vars", "/debug/requests", "/metrics", "/debug"} {
		answer, _ := s.call(t, "GET "+path, "", nil)
		require.Equal(t, http.StatusNotFound, answer.StatusCode, path)
		_, pattern := http.DefaultServeMux.Handler(httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		require.Empty(t, pattern, path)
	}
}
