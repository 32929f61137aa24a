package auth

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Link is what a link to one order says: which order, and whose it is.
type Link struct {
	OrderID    string
	CustomerID string
}

// Links signs and verifies links to single orders (HS256), and knows addresses by a keyed digest of them. Issuer, audience
// and keys are its own: no other token is one of its links, and no link is another token, whatever secrets they share.
type Links struct {
	sign []byte   // what the first secret signs with
	read [][]byte // what every secret signs with, for what was signed before the secrets were changed
	mark [][]byte // what every secret makes digests with
	now  func() time.Time
}

// MaxLinkSecrets is how many secrets there may be at a time: the one that signs, and the one before it.
const MaxLinkSecrets = 2

const (
	linkIssuer   = "vysero-returns/links"
	linkAudience = "vysero-returns/order"
)

// NewLinks takes one secret, or two while they are changed, each of at least MinSecret bytes, and the clock. The first one
// signs; each of them verifies.
func NewLinks(secrets [][]byte, now func() time.Time) (*Links, error) {
	if len(secrets) == 0 || len(secrets) > MaxLinkSecrets {
		return nil, fmt.Errorf("links need from 1 to %d secrets, not %d", MaxLinkSecrets, len(secrets))
	}
	l := &Links{now: now}
	for _, secret := range secrets {
		if len(secret) < MinSecret {
			return nil, fmt.Errorf("a secret of links has %d bytes, at least %d are needed", len(secret), MinSecret)
		}
		sign, errSign := hkdf.Key(sha256.New, secret, nil, "links to orders: signature", sha256.Size)
		mark, errMark := hkdf.Key(sha256.New, secret, nil, "links to orders: digest of an address", sha256.Size)
		if err := errors.Join(errSign, errMark); err != nil {
			return nil, err
		}
		l.read, l.mark = append(l.read, sign), append(l.mark, mark)
	}
	l.sign = l.read[0]
	return l, nil
}

type linkClaims struct {
	jwt.RegisteredClaims

	Customer string `json:"cus"`
}

// Mint signs a link that is valid for the given time.
func (l *Links) Mint(to Link, valid time.Duration) (string, error) {
	if err := to.check(); err != nil {
		return "", err
	}
	now := l.now()
	return jwt.NewWithClaims(jwt.SigningMethodHS256, linkClaims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: linkIssuer, Audience: jwt.ClaimStrings{linkAudience}, Subject: to.OrderID,
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(valid)),
		},
		Customer: to.CustomerID,
	}).SignedString(l.sign)
}

// Verify reads a link. Any doubt is ErrToken. A link ends on the second.
func (l *Links) Verify(token string) (Link, error) {
	keys := jwt.VerificationKeySet{}
	for _, key := range l.read {
		keys.Keys = append(keys.Keys, key)
	}
	var c linkClaims
	_, err := jwt.ParseWithClaims(token, &c, func(*jwt.Token) (any, error) { return keys, nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithIssuer(linkIssuer), jwt.WithAudience(linkAudience),
		jwt.WithExpirationRequired(), jwt.WithTimeFunc(l.now))
	if err != nil {
		return Link{}, fmt.Errorf("%w: %w", ErrToken, err)
	}
	to := Link{OrderID: c.Subject, CustomerID: c.Customer}
	if err := to.check(); err != nil {
		return Link{}, fmt.Errorf("%w: %w", ErrToken, err)
	}
	return to, nil
}

func (to Link) check() error {
	if to.OrderID == "" || to.CustomerID == "" {
		return errors.New("a link names an order and its customer")
	}
	return nil
}

// Mark is a digest of an e-mail address that nobody without the secret can make, or try addresses against.
func (l *Links) Mark(email string) string { return digest(l.mark[0], email) }

// Marked tells whether Mark made the mark of this address, under any of the secrets.
func (l *Links) Marked(email, mark string) bool {
	return slices.ContainsFunc(l.mark, func(key []byte) bool { return hmac.Equal([]byte(digest(key, email)), []byte(mark)) })
}

func digest(key []byte, email string) string {
	sum := hmac.New(sha256.New, key)
	_, _ = sum.Write([]byte(NormalEmail(email))) // a hash takes everything
	return hex.EncodeToString(sum.Sum(nil))
}
