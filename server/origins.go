package main

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/rs/cors"
)

// origin is a site whose pages may call this API from a browser: scheme, host and port as a browser writes them.
type origin string

var errOrigin = errors.New("an origin is written as browsers do, https:// and a host in small letters and nothing behind them, " +
	"such as https://shop.example (http:// on this machine only)")

// UnmarshalText takes https, and http for this machine alone: over plain http anybody on the way could be that site.
func (o *origin) UnmarshalText(text []byte) error {
	at, err := url.Parse(string(text))
	switch {
	case err != nil || at.Hostname() == "" || string(text) != strings.ToLower(at.Scheme+"://"+at.Host):
		return errOrigin
	case strings.Contains(at.Host, "*"): // each site by its name
		return errOrigin
	case at.Scheme == "https" && at.Port() != "443", at.Scheme == "http" && at.Port() != "80" && loopback(at.Hostname()):
		*o = origin(text)
		return nil
	}
	return errOrigin
}

// preflightSeconds is how long a browser may remember what it was told before it asks again. Chromium takes no more.
const preflightSeconds = 7200

// pages tells browsers what pages of other origins may do: send with a token, and read the answer. That gives nobody a right:
// no cookie counts here, and whoever sends needs a token of their own. Nil allows none.
type pages struct{ rules *cors.Cors }

func newPages(from []origin) *pages {
	if len(from) == 0 {
		return nil // the library would take none for all
	}
	names := make([]string, len(from))
	for i, o := range from {
		names[i] = string(o)
	}
	return &pages{cors.New(cors.Options{
		AllowedOrigins: names,
		AllowedMethods: []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut},
		AllowedHeaders: []string{"*"}, // client libraries add some of their own, which nothing here reads
		ExposedHeaders: []string{"Location", "Retry-After", "WWW-Authenticate", "X-Request-ID"},
		MaxAge:         preflightSeconds,
	})}
}

// told writes what a browser looks for into the answer's headers. It is true where that is the whole answer: the browser asked
// before it sends, which needs no token and counts for nothing.
func (p *pages) told(w *noting, r *http.Request) bool {
	if p == nil {
		return false
	}
	p.rules.HandlerFunc(w, r)
	return w.status != 0
}
