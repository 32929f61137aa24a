package oidc

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/auth/oidc/oidctest"
)

func TestWhatTheProviderIssuedIsTakenWithEachAlgorithm(t *testing.T) {
	t.Parallel()
	for _, algorithm := range algorithms {
		t.Run(algorithm, func(t *testing.T) {
			t.Parallel()
			p := oidctest.Start(t, algorithm, time.Now)
			d := newDesk(staff(t, p.URL, algorithm))
			require.Equal(t, p.URL, d.Iss())
			require.Zero(t, p.Asked(), "nobody is asked before a token comes")
			id := d.taken(t, p.Token(t, agent()))
			require.Equal(t, auth.Agent, id.Role)
			require.Regexp(t, `^staff-[0-9a-v]{16}$`, id.Subject)
			require.Empty(t, id.Email)
			require.EqualValues(t, 1, p.Asked())
			for _, other := range algorithms {
				if other != algorithm {
					newDesk(staff(t, p.URL, other)).refused(t, p.Token(t, agent()), "it is malformed, or signed by another algorithm than its issuer's")
				}
			}
		})
	}
}

func TestACustomersTokenNamesTheCustomer(t *testing.T) {
	t.Parallel()
	p := oidctest.Start(t, "RS256", time.Now)
	d := newDesk(customers(t, p.URL))
	id := d.taken(t, p.Token(t, oidctest.Account{
		Subject: "c", Audience: "returns", Claims: map[string]any{"email": "Ada@Example.com", "email_verified": true},
	}))
	require.Equal(t, auth.Customer, id.Role)
	require.Equal(t, "ada@example.com", id.Email)
}

// with changes claims that are good.
func with(good map[string]any, changes map[string]any) map[string]any {
	changed := map[string]any{}
	for _, each := range []map[string]any{good, changes} {
		for name, value := range each {
			changed[name] = value
			if value == nil {
				delete(changed, name)
			}
		}
	}
	return changed
}

func TestAnyDoubtAboutATokenRefusesIt(t *testing.T) {
	t.Parallel()
	p := oidctest.Start(t, "RS256", time.Now)
	d := newDesk(staff(t, p.URL, "RS256"))
	now := d.clock.now()
	good := with(roles("returns-agent"), map[string]any{"iss": p.URL, "aud": []string{"others", "returns-old"}, "sub": "s", "exp": now.Add(time.Minute).Unix()})
	sign := func(changes map[string]any) string { return p.Sign(t, with(good, changes), nil) }
	d.taken(t, sign(nil))
	d.taken(t, sign(map[string]any{"aud": "returns"}))
	d.taken(t, sign(map[string]any{"exp": now.Add(-leeway + time.Second).Unix()}))
	d.taken(t, sign(map[string]any{"nbf": now.Add(leeway - time.Second).Unix(), "iat": now.Add(leeway - time.Second).Unix()}))

	const signature, malformed = "its issuer has not signed it", "it is malformed, or signed by another algorithm than its issuer's"
	for name, c := range map[string]struct {
		changes map[string]any
		why     string
	}{
		"expired":            {map[string]any{"exp": now.Add(-leeway - 2*time.Second).Unix()}, "it has expired"},
		"no expiry":          {map[string]any{"exp": nil}, "it does not say when it expires"},
		"an expiry of words": {map[string]any{"exp": "tomorrow"}, "its claims cannot be read"},
		"an expiry at 1e300": {map[string]any{"exp": 1e300}, "its claims cannot be read"},
		"not yet valid":      {map[string]any{"nbf": now.Add(leeway + 2*time.Second).Unix()}, "it is not valid yet"},
		"issued tomorrow":    {map[string]any{"iat": now.Add(24 * time.Hour).Unix()}, "it is not valid yet"},
		"another audience":   {map[string]any{"aud": "others"}, "it is meant for another audience"},
		"no audience":        {map[string]any{"aud": nil}, "it is meant for another audience"},
		"another issuer":     {map[string]any{"iss": p.URL + "/"}, "its issuer is another"},
		"no issuer":          {map[string]any{"iss": nil}, "its issuer is another"},
		"no subject":         {map[string]any{"sub": nil}, "its subject is missing or too long"},
		"a long subject":     {map[string]any{"sub": strings.Repeat("s", maxSubject+1)}, "its subject is missing or too long"},
		"a subject of 7":     {map[string]any{"sub": 7}, "its claims cannot be read"},
		"no role":            {map[string]any{"realm_access": nil}, "it gives no role that its issuer may grant"},
		"an unknown role":    {roles("king", "AGENT"), "it gives no role that its issuer may grant"},
		"roles elsewhere":    {map[string]any{"realm_access": nil, "roles": []string{"returns-agent"}}, "it gives no role that its issuer may grant"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d.refused(t, sign(c.changes), c.why)
		})
	}

	published := p.Key()
	public, err := x509.MarshalPKIXPublicKey(published.Key)
	require.NoError(t, err)
	own, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	hmac := func(key []byte) string {
		token := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims(good))
		token.Header["kid"] = published.KeyID
		text, err := token.SignedString(key)
		require.NoError(t, err)
		return text
	}
	byOwn := func(id string, headers map[jose.HeaderKey]any) string {
		return oidctest.Sign(t, jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: own, KeyID: id}}, good, headers)
	}
	unsigned := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims(good))
	unsigned.Header["kid"] = published.KeyID
	none, err := unsigned.SignedString(jwt.UnsafeAllowNoneSignatureType)
	require.NoError(t, err)
	kept := strings.Split(sign(nil), ".")
	head := func(changes map[string]any) string {
		text, err := json.Marshal(with(map[string]any{"alg": "RS256", "kid": published.KeyID}, changes))
		require.NoError(t, err)
		return base64.RawURLEncoding.EncodeToString(text) + "." + kept[1] + "." + kept[2]
	}
	for name, c := range map[string]struct{ token, why string }{
		"no signature":                    {none, malformed},
		"a signature cut off":             {kept[0] + "." + kept[1] + ".", signature},
		"HMAC with the public key":        {hmac(public), malformed},
		"HMAC with the public key as PEM": {hmac(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})), malformed},
		"another key of the same id":      {byOwn(published.KeyID, nil), signature},
		"another key of another id":       {byOwn("mine", nil), "its issuer has no such key"},
		"a key without an id":             {byOwn("", nil), "it does not say which key it is signed with"},
		"a key brought along":             {byOwn(published.KeyID, map[jose.HeaderKey]any{"jwk": jose.JSONWebKey{Key: own.Public(), KeyID: published.KeyID}}), signature},
		"a key at an address":             {byOwn("mine", map[jose.HeaderKey]any{"jku": "http://127.0.0.1:1/keys"}), "its issuer has no such key"},
		"another head":                    {head(map[string]any{"more": 1}), signature},
		"an algorithm of two kinds":       {head(map[string]any{"alg": []string{"RS256"}}), malformed},
		"critical and unknown":            {p.Sign(t, good, map[jose.HeaderKey]any{"crit": []string{"x"}, "x": 1}), signature},
		"other claims":                    {kept[0] + ".e30." + kept[2], signature},
		"a notice of signing out":         {p.Sign(t, good, map[jose.HeaderKey]any{"typ": "logout+jwt"}), "it is not of the type JWT or at+jwt"},
		"a type that is a number":         {p.Sign(t, good, map[jose.HeaderKey]any{"typ": 7}), "it is not of the type JWT or at+jwt"},
		"claims that are a list":          {p.Sign(t, []int{1}, nil), "its claims cannot be read"},
		"nothing":                         {"", malformed},
		"garbage":                         {"a.b.c", malformed},
		"as JSON":                         {`{"payload":"` + kept[1] + `","protected":"` + kept[0] + `","signature":"` + kept[2] + `"}`, malformed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d.refused(t, c.token, c.why)
		})
	}
	for _, kind := range []string{"JWT", "jwt", "at+jwt", "application/at+jwt"} {
		d.taken(t, p.Sign(t, good, map[jose.HeaderKey]any{"typ": kind}))
	}
}

func TestAClaimIsReadByItsNameToTheLetterAndStandsThereOnce(t *testing.T) {
	t.Parallel()
	p := oidctest.Start(t, "RS256", time.Now)
	d := newDesk(staff(t, p.URL, "RS256"))
	now := d.clock.now()
	past, ahead := now.Add(-time.Hour).Unix(), now.Add(time.Hour).Unix()
	good := with(roles("returns-agent"), map[string]any{"iss": p.URL, "aud": "returns", "sub": "s", "exp": ahead})
	// behind is good claims with changes, and with more in the text behind them.
	behind := func(changes map[string]any, more string) string {
		text, err := json.Marshal(with(good, changes))
		require.NoError(t, err)
		return p.Sign(t, json.RawMessage(strings.TrimSuffix(string(text), "}")+","+more+"}"), nil)
	}
	d.taken(t, behind(nil, `"Exp":"whenever","AUD":7`))
	for _, c := range []struct {
		changes   map[string]any
		more, why string
	}{
		{map[string]any{"aud": "others"}, `"AUD":"returns"`, "it is meant for another audience"},
		{map[string]any{"aud": nil}, `"Aud":"returns"`, "it is meant for another audience"},
		{map[string]any{"exp": past}, fmt.Sprintf(`"EXP":%d`, ahead), "it has expired"},
		{map[string]any{"exp": nil}, fmt.Sprintf(`"EXP":%d`, ahead), "it does not say when it expires"},
		{map[string]any{"nbf": ahead}, `"NBF":0`, "it is not valid yet"},
		{map[string]any{"iss": "https://other.example"}, fmt.Sprintf(`"ISS":%q`, p.URL), "its issuer is another"},
		{map[string]any{"exp": past}, fmt.Sprintf(`"exp":%d`, ahead), "its claims cannot be read"},
		{nil, `"sub":"another"`, "its claims cannot be read"},
	} {
		d.refused(t, behind(c.changes, c.more), c.why)
	}
}

func TestATokenIsTakenFromItsOwnIssuerAlone(t *testing.T) {
	t.Parallel()
	shop, house := oidctest.Start(t, "RS256", time.Now), oidctest.Start(t, "RS256", time.Now)
	both := auth.Verifiers{newDesk(customers(t, shop.URL)), newDesk(staff(t, house.URL, "RS256"))}
	admin := with(roles("returns-admin", "ADMIN"), map[string]any{"role": "ADMIN", "grants": []string{"ADMIN"}, "email": "ada@example.com", "email_verified": true})

	id, err := both.Verify(t.Context(), shop.Token(t, oidctest.Account{Subject: "c", Audience: "returns", Claims: admin}))
	require.NoError(t, err)
	require.Equal(t, auth.Customer, id.Role, "whatever it claims, the customers' issuer makes no staff")
	claims := with(admin, map[string]any{"iss": house.URL, "aud": "returns", "sub": "c", "exp": time.Now().Add(time.Hour).Unix()})
	_, err = both.Verify(t.Context(), shop.Sign(t, claims, nil))
	require.ErrorIs(t, err, auth.ErrToken, "nor does its key open the other's door")
	id, err = both.Verify(t.Context(), house.Sign(t, claims, nil))
	require.NoError(t, err)
	require.Equal(t, auth.Admin, id.Role)
	_, err = both.Verify(t.Context(), house.Sign(t, with(claims, map[string]any{"pad": strings.Repeat("x", auth.MaxToken)}), nil))
	require.EqualError(t, err, auth.TokenError("it is too long").Error())
}
