package oidc

import (
	"crypto/sha256"
	"encoding/base32"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/vysero/returns/internal/auth"
)

// The longest claims that are read, in bytes: OpenID Connect allows a subject 255, mail an address 254.
const (
	maxSubject = 255
	maxEmail   = 254
)

// identity reads who a verified token speaks for. Any doubt refuses it.
func (i *Issuer) identity(claims map[string]any) (auth.Identity, error) {
	subject, _ := at(claims, i.Subject).(string)
	if subject == "" || len(subject) > maxSubject {
		return auth.Identity{}, auth.TokenError("its subject is missing or too long")
	}
	role := i.role(claims)
	if !slices.Contains(i.Grants, role) {
		return auth.Identity{}, auth.TokenError("it gives no role that its issuer may grant")
	}
	id := auth.Identity{Subject: pseudonym(role, i.URL, subject), Role: role}
	if role != auth.Customer {
		return id, nil
	}
	var err error
	id.Email, err = i.Email.read(claims)
	return id, err
}

// role is the role that the claims give, "" where they give none.
func (i *Issuer) role(claims map[string]any) auth.Role {
	if i.Role == nil {
		return i.Grants[0]
	}
	held := texts(at(claims, i.Role.Claim), i.Role.Claim[len(i.Role.Claim)-1])
	for _, one := range i.Role.Values {
		if slices.Contains(held, one.Value) {
			return one.Role
		}
	}
	return ""
}

// read gives the customer's address in the form in which customers are known.
func (e *EmailClaim) read(claims map[string]any) (string, error) {
	if verified := at(claims, e.Verified); !e.AcceptUnverified && verified != true && verified != "true" { // some services write it as a text
		return "", auth.TokenError("its e-mail address is not verified")
	}
	email, _ := at(claims, e.Claim).(string)
	if len(email) > maxEmail || !strings.Contains(email, "@") || strings.ContainsFunc(email, strange) {
		return "", auth.TokenError("its e-mail address is missing or none")
	}
	return auth.NormalEmail(email), nil
}

// strange tells of letters that an address cannot be compared with: those that no keyboard has, and those of other alphabets
// that lower case turns into ours, so that somebody else's address comes out (K, the kelvin sign; İ, the dotted I).
func strange(r rune) bool {
	return unicode.IsControl(r) || unicode.IsSpace(r) || r >= utf8.RuneSelf && unicode.ToLower(r) < utf8.RuneSelf
}

// at gives the claim that a path leads to, nil where there is none.
func at(claims map[string]any, path Path) any {
	var value any = claims
	for _, name := range path {
		inside, _ := value.(map[string]any)
		value = inside[name]
	}
	return value
}

// texts are the values of a claim: those of a list, or the one that it is. A scope is one text of several words (RFC 8693).
func texts(claim any, name string) []string {
	switch value := claim.(type) {
	case string:
		if name == "scope" || name == "scp" {
			return strings.Fields(value)
		}
		return []string{value}
	case []any:
		var all []string
		for _, one := range value {
			if text, is := one.(string); is {
				all = append(all, text)
			}
		}
		return all
	}
	return nil
}

// pseudonym is the name of somebody for events and logs. It says what kind of bearer it is, and never the role: whoever gets
// another role stays the same person to the rule that a second one must approve. Without a key, on purpose: see
// internal/docs/identity.md.
func pseudonym(role auth.Role, issuer, subject string) string {
	kind := "staff"
	if role == auth.Customer || role == auth.Service {
		kind = strings.ToLower(string(role))
	}
	sum := sha256.Sum256([]byte(issuer + "\x00" + subject)) // no URL holds a NUL
	return kind + "-" + strings.ToLower(base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:10]))
}
