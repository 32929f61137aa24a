package auth

import (
	"context"
	"errors"
	"fmt"

	"github.com/golang-jwt/jwt/v5"
)

// ErrToken is a token that cannot be trusted: malformed, expired, signed by somebody else, or with an unknown role.
var ErrToken = errors.New("token is not valid")

// TokenError is an ErrToken with the reason: a sentence of our own that holds nothing of the token, so that a log may tell it.
// Whoever sent the token is not told: what is right about a forged one is nobody's business.
type TokenError string

// Error is the reason.
func (e TokenError) Error() string { return ErrToken.Error() + ": " + string(e) }

// Unwrap makes it an ErrToken.
func (TokenError) Unwrap() error { return ErrToken }

// MaxToken is the longest token that is looked at, in bytes. Those of the usual services have from 1 to 8 KiB.
const MaxToken = 16 << 10

// Verifier vouches for the tokens of one issuer.
type Verifier interface {
	// Iss is how these tokens name their issuer.
	Iss() string
	// Verify reads a token of that issuer. Any doubt is ErrToken; a *fault.Error of the kind Unavailable says that nobody can
	// tell right now.
	Verify(ctx context.Context, token string) (Identity, error)
}

// Verifiers are all whose tokens are taken, each with an Iss of its own.
type Verifiers []Verifier

// Verify asks the one verifier that answers for the token's issuer, and holds its answer to be whole. The issuer is read
// before anything is verified, so it decides about nothing but whom to ask.
func (v Verifiers) Verify(ctx context.Context, token string) (Identity, error) {
	if len(token) > MaxToken {
		return Identity{}, TokenError("it is too long")
	}
	var said jwt.RegisteredClaims
	if _, _, err := jwt.NewParser().ParseUnverified(token, &said); err != nil {
		return Identity{}, TokenError("it is not a JWT")
	}
	for _, one := range v {
		if one.Iss() != said.Issuer {
			continue
		}
		id, err := one.Verify(ctx, token)
		if err != nil {
			return Identity{}, err
		}
		if err := id.check(); err != nil {
			return Identity{}, fmt.Errorf("%w: %w", ErrToken, err)
		}
		return id, nil
	}
	return Identity{}, TokenError("its issuer is none of ours")
}
