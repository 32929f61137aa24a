// Package playground is the page on which staff and developers try the API: GraphiQL with the operations of the
// shop ready to run, and a bar to sign in as each role in development. Everything that the page needs is in the
// binary: it works with no internet, and its Content-Security-Policy lets it talk to its own server only.
package playground

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// ErrPath is a Config whose path does not belong to the page's own server.
var ErrPath = errors.New("not a path on this server")

// Config says what the page is told about its server.
type Config struct {
	// Endpoint is the path of the GraphQL endpoint, "/graphql" where it is empty.
	Endpoint string
	// TokenPath is the path that hands out tokens in development: POST {"role": "AGENT", "customer": "…"} answers
	// {"token": "…"}. Empty where there is none: the page then asks for a bearer token instead.
	TokenPath string
	// Customers are the e-mail addresses that the page suggests for the role CUSTOMER. May be empty.
	Customers []string
}

// settings is Config as the page reads it.
type settings struct {
	Endpoint  string   `json:"endpoint"`
	TokenPath string   `json:"tokenPath"`
	Customers []string `json:"customers"`
}

// policy is the Content-Security-Policy. Styles are the one thing that is not strict: GraphiQL's dialogs and menus
// add style elements of their own while they are open.
const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// New returns the handler of the page: "/" and what the page loads below "/playground/". It answers GET and HEAD;
// any other path is 404, any other method 405. Every answer has an ETag and is asked for again before it is used,
// so a new binary shows at once. Errors: ErrPath, or an embedded operation that is not ready to run.
func New(c Config) (http.Handler, error) {
	s, err := c.settings()
	if err != nil {
		return nil, err
	}
	found, err := embedded()
	if err != nil {
		return nil, err
	}
	ops, err := Operations()
	if err != nil {
		return nil, err
	}
	for path, data := range map[string]any{"/playground/config.json": s, "/playground/operations.json": ops} {
		body, err := json.Marshal(data)
		if err != nil {
			return nil, fmt.Errorf("playground: %s: %w", path, err)
		}
		found[path] = plain("application/json", body)
	}
	return found, nil
}

func (c Config) settings() (settings, error) {
	s := settings(c)
	if s.Endpoint == "" {
		s.Endpoint = "/graphql"
	}
	if s.Customers == nil {
		s.Customers = []string{}
	}
	for _, path := range []string{s.Endpoint, s.TokenPath} {
		if path != "" && (!strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//")) {
			return settings{}, fmt.Errorf("playground: %w: %q", ErrPath, path)
		}
	}
	return s, nil
}

// pages are the assets by their path. A path is looked up as it is, never opened: there is nothing to climb out of.
type pages map[string]asset

// ServeHTTP answers with the asset of the request's path.
func (p pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	a, ok := p[r.URL.Path]
	if !ok {
		http.Error(w, "There is no such page.", http.StatusNotFound)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "This page can only be read.", http.StatusMethodNotAllowed)
		return
	}
	a.serve(w, r)
}
