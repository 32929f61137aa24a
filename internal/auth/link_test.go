package auth_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/auth"
)

var (
	older = []byte("the secret before this one, of 32 bytes or more")
	hers  = auth.Link{OrderID: "ord_1", CustomerID: "cus_1"}
)

func links(t testing.TB, now time.Time, secrets ...[]byte) *auth.Links {
	t.Helper()
	l, err := auth.NewLinks(secrets, at(now))
	require.NoError(t, err)
	return l
}

func mint(t testing.TB, l *auth.Links) string {
	t.Helper()
	token, err := l.Mint(hers, 30*time.Minute)
	require.NoError(t, err)
	return token
}

func TestALinkNamesItsOrderUntilTheSecondAtWhichItEnds(t *testing.T) {
	t.Parallel()
	token := mint(t, links(t, noon, secret))
	got, err := links(t, noon.Add(30*time.Minute-time.Second), secret).Verify(token)
	require.NoError(t, err)
	require.Equal(t, hers, got)
	_, err = links(t, noon.Add(30*time.Minute), secret).Verify(token)
	require.ErrorIs(t, err, auth.ErrToken)
}

func TestLinksOutliveAChangeOfSecretsByOne(t *testing.T) {
	t.Parallel()
	before := mint(t, links(t, noon, older))
	changed := links(t, noon, secret, older)
	_, err := changed.Verify(before)
	require.NoError(t, err, "signed with the secret before")
	_, err = links(t, noon, secret).Verify(mint(t, changed))
	require.NoError(t, err, "the first secret signs")
	_, err = links(t, noon, secret).Verify(before)
	require.ErrorIs(t, err, auth.ErrToken, "the secret is gone, and with it what it signed")
}

func TestNoLinkIsATokenAndNoTokenIsALink(t *testing.T) {
	t.Parallel()
	_, err := issuer(t, noon).Verify(t.Context(), mint(t, links(t, noon, secret)))
	require.ErrorIs(t, err, auth.ErrToken, "with the same secret")
	token, err := issuer(t, noon).Mint(auth.Identity{Subject: "x", Role: auth.Customer, Email: "ada@example.com"}, time.Hour)
	require.NoError(t, err)
	_, err = links(t, noon, secret).Verify(token)
	require.ErrorIs(t, err, auth.ErrToken, "with the same secret")
	forged, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"iss": "vysero-returns/links", "aud": "vysero-returns/order", "sub": "ord_1", "cus": "cus_1", "exp": noon.Add(time.Hour).Unix(),
	}).SignedString(secret)
	require.NoError(t, err)
	_, err = links(t, noon, secret).Verify(forged)
	require.ErrorIs(t, err, auth.ErrToken, "whoever signs tokens with a secret that they share signs no links")
}

func TestAnyDoubtAboutALinkRefusesIt(t *testing.T) {
	t.Parallel()
	good := mint(t, links(t, noon, secret))
	last := "A"
	if good[len(good)-5:len(good)-4] == last {
		last = "B"
	}
	none, err := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims{
		"iss": "vysero-returns/links", "aud": "vysero-returns/order", "sub": "ord_1", "cus": "cus_1", "exp": noon.Add(time.Hour).Unix(),
	}).SignedString(jwt.UnsafeAllowNoneSignatureType)
	require.NoError(t, err)
	for name, token := range map[string]string{
		"empty": "", "garbage": "a.b.c", "cut": good[:len(good)-3], "one letter": good[:len(good)-5] + last + good[len(good)-4:],
		"another secret": mint(t, links(t, noon, older)), "no signature": none,
	} {
		_, err := links(t, noon, secret).Verify(token)
		require.ErrorIs(t, err, auth.ErrToken, name)
	}
	for _, to := range []auth.Link{{}, {OrderID: "ord_1"}, {CustomerID: "cus_1"}} {
		_, err := links(t, noon, secret).Mint(to, time.Minute)
		require.Error(t, err)
	}
}

func TestLinksTakeOneSecretOrTwoThatAreLongEnough(t *testing.T) {
	t.Parallel()
	for _, secrets := range [][][]byte{nil, {secret, older, secret}, {[]byte("short")}, {secret, []byte("short")}} {
		_, err := auth.NewLinks(secrets, at(noon))
		require.Error(t, err)
	}
}

func TestAnAddressIsKnownByItsMarkToWhoeverHasTheSecret(t *testing.T) {
	t.Parallel()
	mark := links(t, noon, older).Mark(" Ada@Example.com ")
	require.NotContains(t, mark, "@")
	require.True(t, links(t, noon, secret, older).Marked("ada@example.com", mark))
	require.False(t, links(t, noon, secret, older).Marked("bob@example.com", mark))
	require.False(t, links(t, noon, secret).Marked("ada@example.com", mark))
	require.NotEqual(t, mark, links(t, noon, secret).Mark("ada@example.com"))
}

func TestAGuestIsACustomerOfOneOrderWithoutPersonalDataInTheirName(t *testing.T) {
	t.Parallel()
	p := auth.Guest(hers)
	require.Equal(t, auth.Principal{ID: "guest-ord_1", Role: auth.Customer, CustomerID: "cus_1", OrderID: "ord_1"}, p)
	for _, role := range append(auth.Roles(), auth.System) {
		require.False(t, auth.Principal{Role: role, OrderID: "ord_1"}.SeesAll(), role)
	}
}

// FuzzLink looks for a text that is taken for a link, or for a token of development, and was not signed.
func FuzzLink(f *testing.F) {
	l := links(f, noon, secret, older)
	i, err := auth.NewIssuer(secret, at(noon))
	require.NoError(f, err)
	token, err := i.Mint(auth.Identity{Subject: "x", Role: auth.Agent}, time.Hour)
	require.NoError(f, err)
	good, before := mint(f, l), mint(f, links(f, noon, older))
	part := strings.Split(good, ".")
	head := func(text string) string {
		return base64.RawURLEncoding.EncodeToString([]byte(text)) + "." + part[1] + "." + part[2]
	}
	for _, seed := range []string{
		good, before, token, good + "=", good + "\n", part[0] + "." + part[1], part[0] + ".." + part[2], "..", part[0] + ".e30." + part[2], part[0] + ".bnVsbA." + part[2],
		head(`{"alg":"none"}`), head(`{"alg":"HS256","b64":false,"crit":["b64"]}`), head(`{"alg":null}`), head(`{}`), strings.Repeat(".", 1000),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		said := strings.Split(text, ".")
		to, err := l.Verify(text)
		if err == nil {
			require.Equal(t, hers, to)
			require.Contains(t, []string{part[1], strings.Split(before, ".")[1]}, said[1], "there are two links that were signed")
		} else {
			require.ErrorIs(t, err, auth.ErrToken)
			require.Zero(t, to)
		}
		who, err := i.Verify(t.Context(), text)
		if err == nil {
			require.Equal(t, auth.Identity{Subject: "x", Role: auth.Agent}, who)
			require.Equal(t, strings.Split(token, ".")[1], said[1])
		} else {
			require.ErrorIs(t, err, auth.ErrToken)
			require.Zero(t, who)
		}
	})
}
