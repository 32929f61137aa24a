package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Identity is what a token says. Email names a customer and is empty for every other role.
type Identity struct {
	Subject string // what events and logs may name: without personal data
	Role    Role
	Email   string // in lower case
}

// Issuer signs and verifies the tokens of development with one shared secret (HS256). Whoever can verify them can make them,
// so nothing but development takes them.
type Issuer struct {
	secret []byte
	now    func() time.Time
}

// MinSecret is the shortest secret, in bytes, that an Issuer takes: as long as the hash.
const MinSecret = 32

const issuerName = "vysero-returns"

// NewIssuer takes the secret, of at least MinSecret bytes, and the clock.
func NewIssuer(secret []byte, now func() time.Time) (*Issuer, error) {
	if len(secret) < MinSecret {
		return nil, fmt.Errorf("the token secret has %d bytes, at least %d are needed", len(secret), MinSecret)
	}
	return &Issuer{secret: secret, now: now}, nil
}

type claims struct {
	jwt.RegisteredClaims

	Role  Role   `json:"role"`
	Email string `json:"email,omitempty"`
}

// Mint signs a token that is valid for the given time. A CUSTOMER needs an e-mail, nobody else may have one.
func (i *Issuer) Mint(id Identity, valid time.Duration) (string, error) {
	if err := id.check(); err != nil {
		return "", err
	}
	now := i.now()
	c := claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: issuerName, Audience: jwt.ClaimStrings{issuerName}, Subject: id.Subject,
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(valid)),
		},
		Role: id.Role, Email: NormalEmail(id.Email),
	}
	return jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString(i.secret)
}

// Iss is the name that its tokens carry.
func (*Issuer) Iss() string { return issuerName }

// Verify reads a token. Any doubt is ErrToken.
func (i *Issuer) Verify(_ context.Context, token string) (Identity, error) {
	var c claims
	_, err := jwt.ParseWithClaims(token, &c, func(*jwt.Token) (any, error) { return i.secret, nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithIssuer(issuerName), jwt.WithAudience(issuerName),
		jwt.WithExpirationRequired(), jwt.WithTimeFunc(i.now), jwt.WithLeeway(time.Minute))
	if err != nil {
		return Identity{}, fmt.Errorf("%w: %w", ErrToken, err)
	}
	id := Identity{Subject: c.Subject, Role: c.Role, Email: NormalEmail(c.Email)}
	if err := id.check(); err != nil {
		return Identity{}, fmt.Errorf("%w: %w", ErrToken, err)
	}
	return id, nil
}

func (id Identity) check() error {
	switch {
	case !slices.Contains(Roles(), id.Role):
		return fmt.Errorf("unknown role %q", id.Role)
	case id.Subject == "":
		return errors.New("the subject is missing")
	case id.Role == Customer && id.Email == "":
		return errors.New("a customer's token needs an e-mail address")
	case id.Role != Customer && id.Email != "":
		return errors.New("only a customer's token carries an e-mail address")
	}
	return nil
}

// NormalEmail is the form in which e-mail addresses are stored and compared: trimmed, lower case.
func NormalEmail(s string) string { return strings.ToLower(strings.TrimSpace(s)) }
