package auth_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
)

var secret = []byte("a secret of at least thirty-two bytes")

func at(t time.Time) func() time.Time { return func() time.Time { return t } }

var noon = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

func issuer(t *testing.T, now time.Time) *auth.Issuer {
	t.Helper()
	i, err := auth.NewIssuer(secret, at(now))
	require.NoError(t, err)
	return i
}

func TestATokenSaysWhatWasMinted(t *testing.T) {
	t.Parallel()
	for _, id := range []auth.Identity{
		{Subject: "dev-agent", Role: auth.Agent},
		{Subject: "dev-customer", Role: auth.Customer, Email: "ada@example.com"},
	} {
		token, err := issuer(t, noon).Mint(id, time.Hour)
		require.NoError(t, err)
		got, err := issuer(t, noon.Add(59*time.Minute)).Verify(t.Context(), token)
		require.NoError(t, err)
		require.Equal(t, id, got)
	}
}

func TestAnyDoubtAboutATokenRefusesIt(t *testing.T) {
	t.Parallel()
	good, err := issuer(t, noon).Mint(auth.Identity{Subject: "x", Role: auth.Admin}, time.Hour)
	require.NoError(t, err)
	other, err := auth.NewIssuer([]byte("another secret of thirty-two bytes at least"), at(noon))
	require.NoError(t, err)
	forged, err := other.Mint(auth.Identity{Subject: "x", Role: auth.Admin}, time.Hour)
	require.NoError(t, err)
	sign := func(method jwt.SigningMethod, key any, claims jwt.MapClaims) string {
		token, err := jwt.NewWithClaims(method, claims).SignedString(key)
		require.NoError(t, err)
		return token
	}
	whole := func() jwt.MapClaims {
		return jwt.MapClaims{"iss": "vysero-returns", "aud": "vysero-returns", "sub": "x", "role": "ADMIN", "exp": noon.Add(time.Hour).Unix()}
	}
	without := func(key string) jwt.MapClaims { c := whole(); delete(c, key); return c }
	with := func(key string, value any) jwt.MapClaims { c := whole(); c[key] = value; return c }
	_, err = issuer(t, noon).Verify(t.Context(), sign(jwt.SigningMethodHS256, secret, whole()))
	require.NoError(t, err, "the claims below differ in one place from these")

	for name, token := range map[string]string{
		"empty": "", "garbage": "a.b.c", "cut": good[:len(good)-3], "another secret": forged,
		"no signature":          sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, whole()),
		"another algorithm":     sign(jwt.SigningMethodHS512, secret, whole()),
		"no expiry":             sign(jwt.SigningMethodHS256, secret, without("exp")),
		"no subject":            sign(jwt.SigningMethodHS256, secret, without("sub")),
		"another issuer":        sign(jwt.SigningMethodHS256, secret, with("iss", "somebody")),
		"another audience":      sign(jwt.SigningMethodHS256, secret, with("aud", "somebody")),
		"unknown role":          sign(jwt.SigningMethodHS256, secret, with("role", "KING")),
		"the program's role":    sign(jwt.SigningMethodHS256, secret, with("role", "SYSTEM")),
		"customer without mail": sign(jwt.SigningMethodHS256, secret, with("role", "CUSTOMER")),
		"staff with mail":       sign(jwt.SigningMethodHS256, secret, with("email", "ada@example.com")),
	} {
		_, err := issuer(t, noon).Verify(t.Context(), token)
		require.ErrorIs(t, err, auth.ErrToken, name)
	}
	_, err = issuer(t, noon.Add(2*time.Hour)).Verify(t.Context(), good)
	require.ErrorIs(t, err, auth.ErrToken, "expired")
}

func TestOnlySensibleTokensAreMinted(t *testing.T) {
	t.Parallel()
	for _, id := range []auth.Identity{
		{Subject: "x", Role: auth.System}, {Subject: "x"}, {Role: auth.Admin},
		{Subject: "x", Role: auth.Customer}, {Subject: "x", Role: auth.Agent, Email: "ada@example.com"},
	} {
		_, err := issuer(t, noon).Mint(id, time.Hour)
		require.Error(t, err, "%+v", id)
	}
	_, err := auth.NewIssuer([]byte("short"), at(noon))
	require.Error(t, err)
}

func TestMailAddressesAreComparedInLowerCase(t *testing.T) {
	t.Parallel()
	token, err := issuer(t, noon).Mint(auth.Identity{Subject: "x", Role: auth.Customer, Email: " Ada@Example.COM "}, time.Hour)
	require.NoError(t, err)
	id, err := issuer(t, noon).Verify(t.Context(), token)
	require.NoError(t, err)
	require.Equal(t, "ada@example.com", id.Email)
}

// voucher vouches for whatever it was made with.
type voucher struct {
	iss  string
	says auth.Identity
}

func (v voucher) Iss() string { return v.iss }

func (v voucher) Verify(context.Context, string) (auth.Identity, error) { return v.says, nil }

func TestATokenIsVerifiedByItsOwnIssuerAndByNoOther(t *testing.T) {
	t.Parallel()
	sign := func(iss, more string) string {
		token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"iss": iss, "more": more}).SignedString(secret)
		require.NoError(t, err)
		return token
	}
	one := auth.Identity{Subject: "one", Role: auth.Agent}
	all := auth.Verifiers{
		voucher{"one", one}, voucher{"", auth.Identity{}}, voucher{"king", auth.Identity{Subject: "x", Role: "KING"}},
		voucher{"program", auth.Identity{Subject: "x", Role: auth.System}}, issuer(t, noon),
	}
	got, err := all.Verify(t.Context(), sign("one", ""))
	require.NoError(t, err)
	require.Equal(t, one, got)
	dev, err := issuer(t, noon).Mint(auth.Identity{Subject: "dev", Role: auth.Finance}, time.Hour)
	require.NoError(t, err)
	got, err = all.Verify(t.Context(), dev)
	require.NoError(t, err)
	require.Equal(t, auth.Finance, got.Role)
	for name, token := range map[string]string{
		"an unknown issuer": sign("two", ""), "one that cannot vouch for it": sign(issuer(t, noon).Iss(), ""), "no issuer": sign("", ""),
		"a role that is none": sign("king", ""), "the program's own role": sign("program", ""),
		"too long": sign("one", strings.Repeat("x", auth.MaxToken)), "nothing": "", "no JWT": "x.y.z", "no claims": "e30.W10.e30", "four parts": dev + ".e30",
		"as JSON": `{"payload":"eyJpc3MiOiJvbmUifQ","protected":"eyJhbGciOiJIUzI1NiJ9","signature":"e30"}`,
	} {
		_, err := all.Verify(t.Context(), token)
		require.ErrorIs(t, err, auth.ErrToken, name)
	}
	_, err = auth.Verifiers{}.Verify(t.Context(), dev)
	require.ErrorIs(t, err, auth.ErrToken, "nobody vouches for it")
}

// rights is the whole matrix, as a shopkeeper reads it: who may do what. A star is a yes.
const rights = `
                        CUSTOMER AGENT INSPECTOR FINANCE ADMIN SERVICE SYSTEM
order.record            -        -     -         -       *     *       *
order.deliver           -        *     -         -       *     *       *
return.preview          *        *     *         *       *     *       *
return.request          *        *     -         -       *     -       *
return.file             -        *     -         -       *     -       *
return.photos           *        *     *         -       *     -       *
return.handOver         *        *     -         -       *     -       *
return.cancel           *        *     -         -       *     -       *
return.approve          -        *     -         -       *     -       *
return.decline          -        *     -         -       *     -       *
return.askEvidence      -        *     -         -       *     -       *
return.waiveEvidence    -        *     -         -       *     -       *
return.verifyReceipt    -        *     -         -       *     -       *
return.receive          -        *     *         -       *     -       *
return.inspect          -        -     *         -       *     -       *
return.settle           -        -     -         *       *     -       *
refund.retry            -        -     -         *       *     -       *
verdict.override        -        *     -         *       *     -       *
fee.reduce              -        *     -         *       *     -       *
returns.list            -        *     *         *       *     -       *
returns.view            *        *     *         *       *     -       *
reports.view            -        -     -         *       *     -       *
terms.simulate          -        -     -         *       *     -       *
customer.export         -        -     -         -       *     -       *
customer.erase          -        -     -         -       *     -       *
no.such.action          -        -     -         -       -     -       -
`

func TestTheMatrixOfRightsIsThisOne(t *testing.T) {
	t.Parallel()
	rows := lines(rights)
	roles := rows[0]
	for _, row := range rows[1:] {
		require.Len(t, row, len(roles)+1)
		for i, role := range roles {
			require.Equal(t, row[i+1] == "*", auth.Can(auth.Role(role), auth.Action(row[0])), "%s %s", role, row[0])
		}
	}
}

func TestNobodyIsAskedToSignInAndAWrongRoleIsRefused(t *testing.T) {
	t.Parallel()
	_, err := auth.May(t.Context(), auth.RequestReturn)
	require.Equal(t, fault.CodeUnauthenticated, fault.From(err).Code)
	ctx := auth.With(t.Context(), auth.Principal{ID: "c", Role: auth.Customer})
	_, err = auth.May(ctx, auth.SettleReturn)
	require.Equal(t, fault.CodeForbidden, fault.From(err).Code)
	p, err := auth.May(ctx, auth.RequestReturn)
	require.NoError(t, err)
	require.Equal(t, "c", p.ID)
}

func TestStaffSeeAllRowsCustomersTheirOwn(t *testing.T) {
	t.Parallel()
	for role, all := range map[auth.Role]bool{
		auth.Customer: false, auth.Agent: true, auth.Inspector: true, auth.Finance: true, auth.Admin: true, auth.Service: true, auth.System: true, "": false,
	} {
		require.Equal(t, all, auth.Principal{Role: role}.SeesAll(), role)
	}
	require.False(t, auth.Principal{Role: auth.Service}.Staff())
	require.Equal(t, auth.System, auth.From(auth.AsSystem(t.Context())).Role)
}

// lines splits a table into its words, row by row.
func lines(table string) [][]string {
	var rows [][]string
	for line := range strings.Lines(table) {
		if words := strings.Fields(line); len(words) > 0 {
			rows = append(rows, words)
		}
	}
	return rows
}
