package oidctest

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"sync"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// password is everybody's.
const password = "an open secret"

// book is what the provider knows: the library's own example, with keys that change and accounts that tests open.
type book struct {
	*storage.Storage

	algorithm jose.SignatureAlgorithm
	now       func() time.Time

	mu       sync.Mutex
	keys     []key // the last one signs
	made     int
	accounts map[string]Account
}

// key is a pair of keys in the shapes that the library wants: to sign with, and to publish.
type key struct {
	id        string
	algorithm jose.SignatureAlgorithm
	private   crypto.Signer
}

// ID is the key's id.
func (k key) ID() string { return k.id }

// Algorithm is what it signs with.
func (k key) Algorithm() jose.SignatureAlgorithm { return k.algorithm }

// Use says that it is for signatures.
func (key) Use() string { return "sig" }

// Key is its public half.
func (k key) Key() any { return k.private.Public() }

// signing is the same key to sign with.
type signing struct{ key }

// SignatureAlgorithm is what it signs with.
func (s signing) SignatureAlgorithm() jose.SignatureAlgorithm { return s.algorithm }

// Key is its private half.
func (s signing) Key() any { return s.private }

func newPrivate(algorithm jose.SignatureAlgorithm) (crypto.Signer, error) {
	switch algorithm {
	case jose.RS256, jose.PS256:
		return rsa.GenerateKey(rand.Reader, 2048)
	case jose.ES256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case jose.EdDSA:
		_, private, err := ed25519.GenerateKey(rand.Reader)
		return private, err
	default:
		return nil, fmt.Errorf("no provider signs with %s", algorithm)
	}
}

func (b *book) rotate(withdraw bool) error {
	private, err := newPrivate(b.algorithm)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if withdraw {
		b.keys = nil
	}
	b.made++
	b.keys = append(b.keys, key{id: fmt.Sprintf("key-%d", b.made), algorithm: b.algorithm, private: private})
	return nil
}

func (b *book) current() key {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.keys[len(b.keys)-1]
}

func (b *book) register(a Account) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.accounts == nil {
		b.accounts = map[string]Account{}
	}
	b.accounts[a.Subject] = a
}

func (b *book) account(subject string) (Account, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	a, known := b.accounts[subject]
	if !known {
		return a, errors.New("there is no such account")
	}
	return a, nil
}

// SigningKey is the key that signs now.
func (b *book) SigningKey(context.Context) (op.SigningKey, error) { return signing{b.current()}, nil }

// SignatureAlgorithms is the one algorithm.
func (b *book) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{b.algorithm}, nil
}

// KeySet is what is published.
func (b *book) KeySet(context.Context) ([]op.Key, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []op.Key
	for _, one := range b.keys {
		all = append(all, one)
	}
	return all, nil
}

// client is an account as the library sees it.
type client struct {
	*storage.Client

	id string
}

// GetID is its subject.
func (c client) GetID() string { return c.id }

// AccessTokenType is a JWT, which others can verify.
func (client) AccessTokenType() op.AccessTokenType { return op.AccessTokenTypeJWT }

// GrantTypes is the one that needs no browser.
func (client) GrantTypes() []oidc.GrantType { return []oidc.GrantType{oidc.GrantTypeClientCredentials} }

// ClientCredentials lets an account in.
func (b *book) ClientCredentials(_ context.Context, id, secret string) (op.Client, error) {
	if _, err := b.account(id); err != nil || secret != password {
		return nil, errors.New("wrong account or password")
	}
	return client{Client: storage.WebClient(id, secret), id: id}, nil
}

// ClientCredentialsTokenRequest asks for what the account's token is for.
func (b *book) ClientCredentialsTokenRequest(_ context.Context, id string, scopes []string) (op.TokenRequest, error) {
	a, err := b.account(id)
	return &oidc.JWTTokenRequest{Subject: a.Subject, Audience: []string{a.Audience}, Scopes: scopes}, err
}

// CreateAccessToken gives a token an hour.
func (b *book) CreateAccessToken(context.Context, op.TokenRequest) (string, time.Time, error) {
	return "token", b.now().Add(time.Hour), nil
}

// GetPrivateClaimsFromScopes is whatever else the account's token says.
func (b *book) GetPrivateClaimsFromScopes(_ context.Context, subject, _ string, _ []string) (map[string]any, error) {
	a, err := b.account(subject)
	return a.Claims, err
}
