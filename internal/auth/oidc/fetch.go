package oidc

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	goidc "github.com/coreos/go-oidc/v3/oidc"
	jose "github.com/go-jose/go-jose/v4"
)

const (
	maxAnswer = 512 << 10 // bytes of a document of the issuer's; the usual ones have from 1 to 30 KiB
	maxKeys   = 100
	minRSA    = 2048  // bits
	maxRSA    = 16384 // bits: no token is worth the time that a longer key takes
)

// source reads an issuer's keys: first what it tells of itself, and then what it names there.
type source struct {
	issuer string
	client *http.Client
}

func newSource(issuer string) *source {
	return &source{issuer: issuer, client: &http.Client{Transport: strict{http.DefaultTransport}}}
}

// strict takes no answer but a good one of a bounded length. So nobody sends us elsewhere either: who answers for an issuer
// is said in the configuration. And no page that came instead gets into the log.
type strict struct{ http.RoundTripper }

// RoundTrip sends one request.
func (s strict) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := s.RoundTripper.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		return nil, errors.Join(fmt.Errorf("the answer has the status %d", answer.StatusCode), answer.Body.Close())
	}
	answer.Body = http.MaxBytesReader(nil, answer.Body, maxAnswer)
	return answer, nil
}

// keys are those of the issuer that may verify a token: at least one, or an error. They take no longer than ctx allows.
func (s *source) keys(ctx context.Context) ([]jose.JSONWebKey, error) {
	provider, err := goidc.NewProvider(goidc.ClientContext(ctx, s.client), s.issuer)
	if err != nil {
		return nil, fmt.Errorf("the issuer does not tell about itself: %w", err)
	}
	var about map[string]any
	if err := provider.Claims(&about); err != nil {
		return nil, err
	}
	address, _ := about["jwks_uri"].(string)
	if err := s.sound(address); err != nil {
		return nil, err
	}
	document, err := s.get(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("the issuer's keys cannot be read: %w", err)
	}
	return readKeys(document)
}

// sound refuses keys from an address that is less safe than the issuer's own.
func (s *source) sound(address string) error {
	own, err := url.Parse(s.issuer)
	if err != nil {
		return err
	}
	at, err := url.Parse(address)
	if err != nil || wrongURL(address) != "" || at.Scheme != "https" && own.Scheme == "https" {
		return errors.New("the issuer's keys are at an address that is not safe")
	}
	return nil
}

func (s *source) get(ctx context.Context, address string) (document []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	answer, err := s.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, answer.Body.Close()) }()
	return io.ReadAll(answer.Body)
}

// readKeys reads a set of keys. Those that we cannot use are left out: a set may hold keys of any kind, for anybody.
func readKeys(document []byte) ([]jose.JSONWebKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(document, &set); err != nil {
		return nil, fmt.Errorf("the issuer's keys are no set of keys: %w", err)
	}
	if len(set.Keys) > maxKeys {
		return nil, fmt.Errorf("the issuer has %d keys, more than %d", len(set.Keys), maxKeys)
	}
	var usable []jose.JSONWebKey
	for _, text := range set.Keys {
		var key jose.JSONWebKey
		if err := json.Unmarshal(text, &key); err == nil && verifies(key) {
			usable = append(usable, key)
		}
	}
	if usable == nil {
		return nil, errors.New("the issuer has no key that can verify a token")
	}
	return usable, nil
}

// verifies tells whether a key may verify tokens: public, with an id, for signatures, of a kind and size that are safe.
func verifies(key jose.JSONWebKey) bool {
	if key.KeyID == "" || key.Use != "" && key.Use != "sig" || !key.Valid() {
		return false
	}
	switch public := key.Key.(type) {
	case *rsa.PublicKey:
		return public.N.BitLen() >= minRSA && public.N.BitLen() <= maxRSA
	case *ecdsa.PublicKey:
		return public.Curve == elliptic.P256()
	case ed25519.PublicKey:
		return true
	}
	return false
}
