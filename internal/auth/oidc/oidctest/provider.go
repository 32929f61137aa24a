// Package oidctest starts real OpenID Providers for tests: discovery, keys and tokens are those of the library zitadel/oidc,
// over HTTP on the loopback interface.
package oidctest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// keysPath is where the provider has its keys; what it says of itself names it.
const keysPath = "/keys"

// Provider is a provider that runs until the test ends.
type Provider struct {
	URL string // the issuer

	book  *book
	away  atomic.Bool
	asked atomic.Int64 // for its keys
	gate  atomic.Pointer[chan struct{}]
}

// Account is somebody who can get a token of the provider: their subject, what it is for, and whatever else it says.
type Account struct {
	Subject  string
	Audience string
	Claims   map[string]any
}

// Start starts a provider that signs with an algorithm, RS256, PS256, ES256 or EdDSA, and whose tokens are good for an hour
// of the clock.
func Start(t testing.TB, algorithm string, now func() time.Time) *Provider {
	t.Helper()
	users := storage.NewStorage(storage.NewUserStore("http://localhost"))
	p := &Provider{book: &book{Storage: users, algorithm: jose.SignatureAlgorithm(algorithm), now: now}}
	require.NoError(t, p.book.rotate(true))
	var provider http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p.away.Load() {
			panic(http.ErrAbortHandler) // as if there were nobody
		}
		if gate := p.gate.Load(); gate != nil && r.URL.Path == keysPath {
			<-*gate
		}
		if r.URL.Path == keysPath {
			p.asked.Add(1)
		}
		provider.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	p.URL = server.URL
	config := &op.Config{CryptoKey: [32]byte{1}, CryptoKeyId: "test"}
	made, err := op.NewProvider(config, p.book, op.StaticIssuer(p.URL), op.WithAllowInsecure(), op.WithCustomKeysEndpoint(op.NewEndpoint(keysPath)))
	require.NoError(t, err)
	provider = made
	return p
}

// Token is an access token that the provider issued to an account, over HTTP, with the grant of client credentials.
func (p *Provider) Token(t testing.TB, a Account) string {
	t.Helper()
	p.book.register(a)
	form := url.Values{"grant_type": {string(oidc.GrantTypeClientCredentials)}, "scope": {"openid"}}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.URL+"/oauth/token", strings.NewReader(form.Encode()))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(url.QueryEscape(a.Subject), password)
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	var got oidc.AccessTokenResponse
	err = errors.Join(json.NewDecoder(answer.Body).Decode(&got), answer.Body.Close())
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.NotEmpty(t, got.AccessToken)
	return got.AccessToken
}

// Sign signs whatever claims with the provider's own key: tokens that a sound provider would not issue.
func (p *Provider) Sign(t testing.TB, claims any, headers map[jose.HeaderKey]any) string {
	t.Helper()
	key := p.book.current()
	return Sign(t, jose.SigningKey{Algorithm: key.algorithm, Key: jose.JSONWebKey{Key: key.private, KeyID: key.id}}, claims, headers)
}

// Sign signs claims with whatever key.
func Sign(t testing.TB, key jose.SigningKey, claims any, headers map[jose.HeaderKey]any) string {
	t.Helper()
	signer, err := jose.NewSigner(key, &jose.SignerOptions{ExtraHeaders: headers})
	require.NoError(t, err)
	text, err := json.Marshal(claims)
	require.NoError(t, err)
	signed, err := signer.Sign(text)
	require.NoError(t, err)
	token, err := signed.CompactSerialize()
	require.NoError(t, err)
	return token
}

// Key is the key that tokens are signed with now, as the provider publishes it.
func (p *Provider) Key() jose.JSONWebKey {
	key := p.book.current()
	return jose.JSONWebKey{Key: key.Key(), KeyID: key.id, Algorithm: string(key.algorithm), Use: "sig"}
}

// Rotate lets a new key sign. The old ones stay published, or are withdrawn.
func (p *Provider) Rotate(t testing.TB, withdraw bool) {
	t.Helper()
	require.NoError(t, p.book.rotate(withdraw))
}

// Away lets the provider answer nobody, or again.
func (p *Provider) Away(away bool) { p.away.Store(away) }

// Asked is how often the provider's keys were asked for.
func (p *Provider) Asked() int64 { return p.asked.Load() }

// Hold keeps answers about keys back until the returned function is called.
func (p *Provider) Hold() (release func()) {
	gate := make(chan struct{})
	p.gate.Store(&gate)
	return func() {
		p.gate.Store(nil)
		close(gate)
	}
}
