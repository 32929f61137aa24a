// Package oidc verifies the tokens of OpenID Connect issuers: their signature by keys that the issuer publishes, and then,
// claim by claim, that they are meant for us and whom they speak for.
package oidc

import (
	"context"
	"crypto"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/vysero/returns/internal/auth"
)

// leeway is how far an issuer's clock and ours may be apart.
const leeway = time.Minute

// Verifier vouches for the tokens of one issuer. It is an auth.Verifier, for any number of requests at once.
type Verifier struct {
	issuer Issuer
	now    func() time.Time
	keys   *keys
}

// New takes an issuer as Parse gives it, the clock that tokens live by, and where it is told how the issuer answers. It asks
// nobody yet: a server starts without its issuers.
func New(issuer Issuer, now func() time.Time, log *slog.Logger) *Verifier {
	tell := func(failures int, err error) {
		if err != nil {
			log.Warn("an issuer's keys cannot be read; those that are known go on working", "issuer", issuer.URL, "attempts", failures, "cause", err)
			return
		}
		log.Info("an issuer's keys were read", "issuer", issuer.URL)
	}
	return &Verifier{issuer: issuer, now: now, keys: &keys{fetch: newSource(issuer.URL).keys, now: now, tell: tell}}
}

// Iss is the issuer's URL.
func (v *Verifier) Iss() string { return v.issuer.URL }

// Verify holds a token to be what its issuer signed for us, and reads who it speaks for. Any doubt is auth.ErrToken; keys that
// cannot be had are a fault of the kind Unavailable.
func (v *Verifier) Verify(ctx context.Context, token string) (auth.Identity, error) {
	signed, err := v.signed(token)
	if err != nil {
		return auth.Identity{}, err
	}
	head := signed.Signatures[0].Header
	found, err := v.keys.find(ctx, head.KeyID, head.Algorithm)
	if err != nil {
		return auth.Identity{}, err
	}
	payload, err := vouched(signed, found)
	if err != nil {
		return auth.Identity{}, err
	}
	// This library takes names to the letter, each once. The standard one would take AUD for aud, and the last of two: a claim
	// that somebody could add at the issuer would stand in for one that the issuer vouches for.
	var (
		registered jwt.Claims
		claims     map[string]any
	)
	if errors.Join(json.Unmarshal(payload, &registered), json.Unmarshal(payload, &claims)) != nil {
		return auth.Identity{}, auth.TokenError("its claims cannot be read")
	}
	if err := v.holds(registered); err != nil {
		return auth.Identity{}, err
	}
	return v.issuer.identity(claims)
}

// vouched is what a token says, where one of the keys has signed it.
func vouched(signed *jose.JSONWebSignature, keys []crypto.PublicKey) ([]byte, error) {
	for _, key := range keys {
		if payload, err := signed.Verify(key); err == nil {
			return payload, nil
		}
	}
	return nil, auth.TokenError("its issuer has not signed it")
}

// types are what a token may say to be. What else an issuer signs, such as notices of signing out, opens nothing here.
var types = []string{"jwt", "at+jwt"}

// signed reads a token whose head says by which key it is signed. Nobody has verified it yet: so the issuer's algorithms are
// taken alone, and no key that the token may bring along is looked at.
func (v *Verifier) signed(token string) (*jose.JSONWebSignature, error) {
	var taken []jose.SignatureAlgorithm
	for _, name := range v.issuer.Algorithms {
		taken = append(taken, jose.SignatureAlgorithm(name))
	}
	parsed, err := jose.ParseSignedCompact(token, taken)
	if err != nil {
		return nil, auth.TokenError("it is malformed, or signed by another algorithm than its issuer's")
	}
	head := parsed.Signatures[0].Header
	if kind, given := head.ExtraHeaders[jose.HeaderType]; given {
		name, _ := kind.(string)
		if !slices.Contains(types, strings.TrimPrefix(strings.ToLower(name), "application/")) {
			return nil, auth.TokenError("it is not of the type JWT or at+jwt")
		}
	}
	if head.KeyID == "" {
		return nil, auth.TokenError("it does not say which key it is signed with")
	}
	return parsed, nil
}

// holds tells whether a token is its issuer's own, meant for us, and good now.
func (v *Verifier) holds(claims jwt.Claims) error {
	if claims.Expiry == nil {
		return auth.TokenError("it does not say when it expires")
	}
	err := claims.ValidateWithLeeway(jwt.Expected{Issuer: v.issuer.URL, AnyAudience: v.issuer.Audiences, Time: v.now()}, leeway)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, jwt.ErrInvalidIssuer):
		return auth.TokenError("its issuer is another")
	case errors.Is(err, jwt.ErrInvalidAudience):
		return auth.TokenError("it is meant for another audience")
	case errors.Is(err, jwt.ErrExpired):
		return auth.TokenError("it has expired")
	}
	return auth.TokenError("it is not valid yet")
}
