package oidc

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/auth"
)

// whole is a file with every key.
const whole = `issuers:
  - issuer: https://login.example.com
    audiences: [returns]
    grants: [CUSTOMER]
    subject: sub
    email:
      claim: contact.email
      verified: ["https://example.com/verified"]
  - issuer: http://127.0.0.1:9000/realms/staff
    audiences: [returns, returns-console]
    algorithms: [ES256, EdDSA]
    grants: [ADMIN, AGENT, SERVICE]
    subject: oid
    role:
      claim: realm_access.roles
      values:
        - {value: boss, role: ADMIN}
        - {value: help, role: AGENT}
        - {value: till, role: SERVICE}
  - issuer: https://machines.example.com/
    audiences: [returns]
    grants: [SERVICE]
  - issuer: https://desk.example.com
    audiences: [returns]
    grants: [FINANCE, INSPECTOR]
    role: {claim: scope}
`

func TestAWholeFileIsRead(t *testing.T) {
	t.Parallel()
	got, err := Parse([]byte(whole))
	require.NoError(t, err)
	require.Equal(t, []Issuer{{
		URL: "https://login.example.com", Audiences: []string{"returns"}, Algorithms: []string{"RS256"}, Grants: []auth.Role{auth.Customer},
		Subject: Path{"sub"}, Email: &EmailClaim{Claim: Path{"contact", "email"}, Verified: Path{"https://example.com/verified"}},
	}, {
		URL: "http://127.0.0.1:9000/realms/staff", Audiences: []string{"returns", "returns-console"}, Algorithms: []string{"ES256", "EdDSA"},
		Grants: []auth.Role{auth.Admin, auth.Agent, auth.Service}, Subject: Path{"oid"},
		Role: &RoleClaim{Claim: Path{"realm_access", "roles"}, Values: []RoleValue{{"boss", auth.Admin}, {"help", auth.Agent}, {"till", auth.Service}}},
	}, {
		URL: "https://machines.example.com/", Audiences: []string{"returns"}, Algorithms: []string{"RS256"}, Grants: []auth.Role{auth.Service}, Subject: Path{"sub"},
	}, {
		URL: "https://desk.example.com", Audiences: []string{"returns"}, Algorithms: []string{"RS256"}, Grants: []auth.Role{auth.Finance, auth.Inspector}, Subject: Path{"sub"},
		Role: &RoleClaim{Claim: Path{"scope"}, Values: []RoleValue{{"FINANCE", auth.Finance}, {"INSPECTOR", auth.Inspector}}},
	}}, got)
}

func TestAFileThatIsWrongSaysWhere(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ from, to, say string }{
		"an unknown key":            {"subject: oid", "subjekt: oid", "line 13: subjekt is not a key that stands here"},
		"an unknown key inside":     {"claim: realm_access.roles", "clam: realm_access.roles", "line 15: clam is not a key that stands here"},
		"an unknown key on top":     {"issuers:\n", "issuer: x\nissuers:\n", "line 1: issuer is not a key that stands here"},
		"a key given twice":         {"subject: oid", "grants: [ADMIN]", `line 13: mapping key "grants" already defined at line 12`},
		"no list":                   {"[returns, returns-console]", "returns", "line 10: something of another kind has to stand here than !!str `returns`"},
		"no YAML":                   {"[ES256, EdDSA]", "[ES256", "line 10: did not find expected"},
		"two documents":             {"issuers:\n", "issuers: []\n---\nissuers:\n", "line 2: there may be one document"},
		"an open address":           {"http://127.0.0.1:9000/realms/staff", "http://sso.example.com", "line 9: issuers[1].issuer has to begin with https, or with http where it is on this machine"},
		"an address of no host":     {"https://login.example.com", "https:///x", "line 2: issuers[0].issuer has to be a URL"},
		"another protocol":          {"https://login.example.com", "ftp://login.example.com", "line 2: issuers[0].issuer has to begin with https"},
		"an address with a user":    {"https://login.example.com", "https://me@login.example.com", "line 2: issuers[0].issuer has to be a URL"},
		"an address with a query":   {"https://login.example.com", "https://login.example.com?a", "line 2: issuers[0].issuer has to be a URL"},
		"an issuer twice":           {"https://desk.example.com", "https://login.example.com", "line 23: issuers[3].issuer is that of issuers[0] already"},
		"no issuer":                 {"issuer: https://desk.example.com\n    ", "", "line 23: issuers[3].issuer has to be a URL"},
		"no audience":               {"[returns, returns-console]", "[]", "line 10: issuers[1].audiences needs at least one name"},
		"an empty audience":         {"[returns, returns-console]", `[returns, ""]`, "line 10: issuers[1].audiences needs at least one name"},
		"a shared secret":           {"[ES256, EdDSA]", "[ES256, HS256]", "line 11: issuers[1].algorithms[1] has to be one of RS256, PS256, ES256, EdDSA"},
		"no signature":              {"[ES256, EdDSA]", "[none]", "line 11: issuers[1].algorithms[0] has to be one of RS256, PS256, ES256, EdDSA"},
		"no algorithm":              {"[ES256, EdDSA]", "[]", "line 11: issuers[1].algorithms needs at least one"},
		"no role":                   {"[ADMIN, AGENT, SERVICE]", "[]", "line 12: issuers[1].grants needs at least one role"},
		"a role that is none":       {"[ADMIN, AGENT, SERVICE]", "[ADMIN, AGENT, SERVICE, KING]", "line 12: issuers[1].grants[3] has to be one of"},
		"the program's own role":    {"[ADMIN, AGENT, SERVICE]", "[ADMIN, AGENT, SERVICE, SYSTEM]", "line 12: issuers[1].grants[3] has to be one of"},
		"a role twice":              {"[ADMIN, AGENT, SERVICE]", "[ADMIN, AGENT, SERVICE, ADMIN]", "line 12: issuers[1].grants[3] stands there twice"},
		"customers beside staff":    {"[FINANCE, INSPECTOR]", "[FINANCE, CUSTOMER]", "line 25: issuers[3].grants CUSTOMER stands alone"},
		"staff by no claim":         {"[SERVICE]", "[ADMIN]", "line 20: issuers[2].role has to be there"},
		"a role beyond its grants":  {"role: SERVICE", "role: FINANCE", "line 19: issuers[1].role.values[2].role has to be one of grants"},
		"customers beyond grants":   {"role: SERVICE", "role: CUSTOMER", "line 19: issuers[1].role.values[2].role has to be one of grants"},
		"a value twice":             {"value: till", "value: help", "line 19: issuers[1].role.values[2] needs a value, each once"},
		"a value that is empty":     {"value: till", `value: ""`, "line 19: issuers[1].role.values[2] needs a value, each once"},
		"no values":                 {"{claim: scope}", "{claim: scope, values: []}", "line 26: issuers[3].role.values needs at least one"},
		"no claim":                  {"{claim: scope}", "{values: [{value: a, role: FINANCE}]}", "line 26: issuers[3].role.claim needs names"},
		"a claim with a hole":       {"realm_access.roles", "realm_access..roles", "line 15: issuers[1].role.claim needs names"},
		"a claim that is a mapping": {"claim: realm_access.roles", "claim: {a: b}", "line 15: something of another kind has to stand here than !!map"},
		"no subject":                {"subject: oid", `subject: ""`, "line 13: issuers[1].subject needs names"},
		"staff with an e-mail":      {"subject: oid", "email: {claim: email}", "line 13: issuers[1].email is for the issuer of customers"},
		"no claim of an e-mail":     {"claim: contact.email", "claim: contact.", "line 7: issuers[0].email.claim needs names"},
		"no claim that verifies":    {`["https://example.com/verified"]`, "[]", "line 8: issuers[0].email.verified needs names"},
		"nothing":                   {whole, "", "line 1: issuers needs at least one"},
		"no issuers":                {whole, "issuers: []", "line 1: issuers needs at least one"},
		"null for an issuer":        {whole, "issuers: [null]", "line 1: a value is missing here"},
		"a key without a value":     {"[returns, returns-console]", "", "line 10: a value is missing here"},
		"a list":                    {whole, "- issuers", "line 1: something of another kind has to stand here than !!seq"},
		"binary":                    {whole, "\x00\x01", "line 1: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := strings.Replace(whole, c.from, c.to, 1)
			require.NotEqual(t, whole, file)
			_, err := Parse([]byte(file))
			require.ErrorAs(t, err, new(ParseError))
			assert.Contains(t, err.Error(), c.say)
			assert.NotContains(t, err.Error(), "oidc.", "no name of the program's own types")
		})
	}
}

func TestAllThatIsWrongIsToldAtOnce(t *testing.T) {
	t.Parallel()
	_, err := Parse([]byte("issuers:\n  - {issuer: x}\n  - {issuer: y}\n"))
	problems := ParseError{}
	require.ErrorAs(t, err, &problems)
	keys := map[string]int{}
	for _, p := range problems {
		keys[p.Key] = p.Line
	}
	for i := range 2 {
		for _, key := range []string{"issuer", "audiences", "grants", "role"} {
			require.Equal(t, 2+i, keys[fmt.Sprintf("issuers[%d].%s", i, key)], key)
		}
	}
}

// FuzzParse looks for a file that is taken and could open a door.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		whole, "", "issuers: []", "issuers: [null]", "issuers: &a [*a]", "issuers: [{<<: {issuer: x}}]", "a: &x [*x]", "issuers: {}", "---\n---",
		"x: &a [1]\nissuers: *a", "issuers: [{issuer: 'https://a', audiences: [b], grants: [CUSTOMER], email: {acceptUnverified: true}}]",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		issuers, err := Parse(file)
		if err != nil {
			problems := ParseError{}
			require.ErrorAs(t, err, &problems)
			for _, p := range problems {
				require.Positive(t, p.Line)
				require.NotEmpty(t, p.Say)
			}
			return
		}
		require.NotEmpty(t, issuers)
		for _, i := range issuers {
			require.Empty(t, wrongURL(i.URL))
			require.NotEmpty(t, i.Audiences)
			require.Subset(t, algorithms, i.Algorithms)
			require.NotEmpty(t, i.Algorithms)
			require.Subset(t, auth.Roles(), i.Grants)
			require.True(t, !slices.Contains(i.Grants, auth.Customer) || len(i.Grants) == 1)
			require.True(t, i.Role != nil || len(i.Grants) == 1 && (i.Grants[0] == auth.Customer || i.Grants[0] == auth.Service))
		}
	})
}

func TestTheFileOfTheManualIsRight(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/identity.md")
	require.NoError(t, err)
	_, file, found := strings.Cut(string(page), "```yaml\n")
	require.True(t, found)
	file, _, found = strings.Cut(file, "```")
	require.True(t, found)
	issuers, err := Parse([]byte(file))
	require.NoError(t, err)
	require.Len(t, issuers, 3)
	for _, key := range reflect.VisibleFields(reflect.TypeFor[Issuer]()) {
		require.Contains(t, string(page), "| `"+key.Tag.Get("yaml"), "every key is explained")
	}
}
