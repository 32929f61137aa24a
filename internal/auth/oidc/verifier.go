// Package oidc verifies the tokens of OpenID Connect issuers: their signature by keys that the issuer publishes, and then,
// claim by claim, that they are meant for us and whom they speak for.
package oidc

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	goidc "github.com/coreos/go-oidc/v3/oidc"
	jose "github.com/go-jose/go-jose/v4"
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
	head, err := v.head(token)
	if err != nil {
		return auth.Identity{}, err
	}
	found, err := v.keys.find(ctx, head.KeyID, head.Algorithm)
	if err != nil {
		return auth.Identity{}, err
	}
	signed, err := goidc.NewVerifier(v.issuer.URL, &goidc.StaticKeySet{PublicKeys: found}, &goidc.Config{
		SupportedSigningAlgs: []string{head.Algorithm},
		SkipClientIDCheck:    true, // holds takes any of several audiences,
		SkipExpiryCheck:      true, // and one leeway for all instants: the library's has five minutes for nbf and none for exp
	}).Verify(ctx, token)
	if err != nil {
		return auth.Identity{}, auth.TokenError("its issuer has not signed it")
	}
	var claims map[string]any
	if err := v.holds(signed); err != nil {
		return auth.Identity{}, err
	}
	if err := signed.Claims(&claims); err != nil {
		return auth.Identity{}, auth.TokenError("its claims cannot be read")
	}
	return v.issuer.identity(claims)
}

// types are what a token may say to be. What else an issuer signs, such as notices of signing out, opens nothing here.
var types = []string{"jwt", "at+jwt"}

// head reads what is needed to find the key, from a token that nobody has verified yet: so it takes the issuer's algorithms
// alone, and looks at no key that the token may bring along.
func (v *Verifier) head(token string) (jose.Header, error) {
	var taken []jose.SignatureAlgorithm
	for _, name := range v.issuer.Algorithms {
		taken = append(taken, jose.SignatureAlgorithm(name))
	}
	parsed, err := jose.ParseSignedCompact(token, taken)
	if err != nil {
		return jose.Header{}, auth.TokenError("it is malformed, or signed by another algorithm than its issuer's")
	}
	head := parsed.Signatures[0].Header
	if kind, given := head.ExtraHeaders[jose.HeaderType]; given {
		name, _ := kind.(string)
		if !slices.Contains(types, strings.TrimPrefix(strings.ToLower(name), "application/")) {
			return jose.Header{}, auth.TokenError("it is not of the type JWT or at+jwt")
		}
	}
	if head.KeyID == "" {
		return jose.Header{}, auth.TokenError("it does not say which key it is signed with")
	}
	return head, nil
}

// holds tells whether the token is meant for us, and now.
func (v *Verifier) holds(signed *goidc.IDToken) error {
	var claims jwt.Claims
	if err := signed.Claims(&claims); err != nil {
		return auth.TokenError("its claims cannot be read")
	}
	if claims.Expiry == nil {
		return auth.TokenError("it does not say when it expires")
	}
	err := claims.ValidateWithLeeway(jwt.Expected{AnyAudience: v.issuer.Audiences, Time: v.now()}, leeway)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, jwt.ErrInvalidAudience):
		return auth.TokenError("it is meant for another audience")
	case errors.Is(err, jwt.ErrExpired):
		return auth.TokenError("it has expired")
	}
	return auth.TokenError("it is not valid yet")
}
