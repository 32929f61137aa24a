package oidc

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/vysero/returns/internal/auth"
)

// algorithms are those that an issuer may sign with: asymmetric ones alone, so that what verifies a token cannot make one.
var algorithms = []string{"RS256", "PS256", "ES256", "EdDSA"}

// check collects what is wrong with a file that could be read.
type check struct {
	document *yaml.Node
	problems ParseError
}

// report notes a problem at a path of keys (string) and places in lists (int).
func (c *check) report(say string, path ...any) {
	var key strings.Builder
	for _, step := range path {
		if place, is := step.(int); is {
			fmt.Fprintf(&key, "[%d]", place)
			continue
		}
		fmt.Fprintf(&key, ".%s", step)
	}
	c.problems = append(c.problems, Problem{Line: lineOf(c.document, path), Key: strings.TrimPrefix(key.String(), "."), Say: say})
}

// lineOf is the line of what stands at a path, or of the last on the way there.
func lineOf(at *yaml.Node, path []any) int {
	if at.Kind == yaml.DocumentNode {
		at = at.Content[0]
	}
	for _, step := range path {
		next := child(at, step)
		if next == nil {
			break
		}
		at = next
	}
	return max(1, at.Line)
}

func child(at *yaml.Node, step any) *yaml.Node {
	if at.Kind == yaml.AliasNode {
		at = at.Alias
	}
	if place, is := step.(int); is && at.Kind == yaml.SequenceNode && place < len(at.Content) {
		return at.Content[place]
	}
	for i := 0; at.Kind == yaml.MappingNode && i+1 < len(at.Content); i += 2 {
		if at.Content[i].Value == step {
			return at.Content[i+1]
		}
	}
	return nil
}

// empty reports what has no value.
func (c *check) empty(at *yaml.Node) {
	if at.Kind == yaml.ScalarNode && at.ShortTag() == "!!null" {
		c.problems = append(c.problems, Problem{Line: at.Line, Say: "a value is missing here"})
	}
	for _, inside := range at.Content {
		c.empty(inside)
	}
}

// issuer checks the last of the issuers, whose place is at.
func (c *check) issuer(at int, all []Issuer) {
	one := all[at]
	report := func(say string, path ...any) { c.report(say, append([]any{"issuers", at}, path...)...) }
	if say := wrongURL(one.URL); say != "" {
		report(say, "issuer")
	}
	if first := slices.IndexFunc(all, func(i Issuer) bool { return i.URL == one.URL }); first < at {
		report(fmt.Sprintf("is that of issuers[%d] already: each issuer stands here once", first), "issuer")
	}
	if len(one.Audiences) == 0 || slices.Contains(one.Audiences, "") {
		report("needs at least one name, and no empty one: a token that was meant for others is none for us", "audiences")
	}
	for i, name := range one.Algorithms {
		if !slices.Contains(algorithms, name) {
			report(fmt.Sprintf("has to be one of %s", strings.Join(algorithms, ", ")), "algorithms", i)
		}
	}
	if len(one.Algorithms) == 0 {
		report("needs at least one", "algorithms")
	}
	one.checkRoles(report)
	one.checkClaims(report)
}

// wrongURL says what is wrong with an issuer's address. Plain http is for an issuer on this machine: what it says of its keys
// could be changed on the way from anywhere else.
func wrongURL(text string) string {
	at, err := url.Parse(text)
	switch {
	case err != nil || at.Host == "" || at.User != nil || strings.ContainsAny(text, "?#"):
		return "has to be a URL such as https://login.example.com, without a user, a query or a fragment"
	case at.Scheme == "https" || at.Scheme == "http" && onThisMachine(at):
		return ""
	}
	return "has to begin with https, or with http where it is on this machine"
}

// onThisMachine tells whether a URL's host is a loopback address or localhost.
func onThisMachine(at *url.URL) bool {
	addr, err := netip.ParseAddr(at.Hostname())
	return at.Hostname() == "localhost" || err == nil && addr.IsLoopback()
}

// customers tells whether it is the customers' issuer.
func (i *Issuer) customers() bool { return slices.Contains(i.Grants, auth.Customer) }

// checkRoles holds that an issuer grants roles that exist, and never customers and others: what customers can reach of their
// issuer must lead to no staff.
func (i *Issuer) checkRoles(report func(say string, path ...any)) {
	if len(i.Grants) == 0 {
		report("needs at least one role", "grants")
	}
	for at, role := range i.Grants {
		if !slices.Contains(auth.Roles(), role) {
			report(fmt.Sprintf("has to be one of %v", auth.Roles()), "grants", at)
		}
		if slices.Index(i.Grants, role) < at {
			report("stands there twice", "grants", at)
		}
	}
	if i.customers() && len(i.Grants) > 1 {
		report("CUSTOMER stands alone: staff and services sign in elsewhere", "grants")
	}
	if i.Role != nil {
		i.checkValues(report)
		return
	}
	if len(i.Grants) != 1 || i.Grants[0] != auth.Customer && i.Grants[0] != auth.Service {
		report("has to be there where an issuer grants more than CUSTOMER or SERVICE: where does a token say what its bearer is?", "role")
	}
}

func (i *Issuer) checkValues(report func(say string, path ...any)) {
	if len(i.Role.Claim) == 0 || slices.Contains(i.Role.Claim, "") {
		report("needs names, such as realm_access.roles", "role", "claim")
	}
	seen := map[string]bool{}
	for at, one := range i.Role.Values {
		if one.Value == "" || seen[one.Value] {
			report("needs a value, each once", "role", "values", at)
		}
		if !slices.Contains(i.Grants, one.Role) {
			report("has to be one of grants", "role", "values", at, "role")
		}
		seen[one.Value] = true
	}
	if len(i.Role.Values) == 0 {
		report("needs at least one, or has to be left out", "role", "values")
	}
}

// checkClaims holds that every path leads somewhere.
func (i *Issuer) checkClaims(report func(say string, path ...any)) {
	if len(i.Subject) == 0 || slices.Contains(i.Subject, "") {
		report("needs names", "subject")
	}
	if i.Email == nil {
		return
	}
	if !i.customers() {
		report("is for the issuer of customers: nobody else is known by it", "email")
	}
	if len(i.Email.Claim) == 0 || slices.Contains(i.Email.Claim, "") {
		report("needs names", "email", "claim")
	}
	if len(i.Email.Verified) == 0 || slices.Contains(i.Email.Verified, "") {
		report("needs names", "email", "verified")
	}
}
