package oidc

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/vysero/returns/internal/auth"
)

// Issuer is one sign-in service whose tokens are taken, as the configuration describes it.
type Issuer struct {
	URL        string      `yaml:"issuer"`     // as its tokens carry it in iss, to the letter
	Audiences  []string    `yaml:"audiences"`  // one of these must be in aud
	Algorithms []string    `yaml:"algorithms"` // which signatures are taken; RS256 alone where it is left out
	Grants     []auth.Role `yaml:"grants"`     // the roles that its tokens may ever give
	Subject    Path        `yaml:"subject"`    // where whoever signs in has their lasting id; sub where it is left out
	Role       *RoleClaim  `yaml:"role"`       // nil: everybody has the one role of Grants
	Email      *EmailClaim `yaml:"email"`      // of customers only
}

// RoleClaim is where a token says what its bearer is.
type RoleClaim struct {
	Claim Path `yaml:"claim"` // a text, or a list of them; the text of scope and scp is a list of words
	// Values turn what stands there into a role: of several that match, the first of this list decides. Where it is left out
	// the values are the names of the roles, and Grants is the order.
	Values []RoleValue `yaml:"values"`
}

// RoleValue is one value of a claim and the role that it means.
type RoleValue struct {
	Value string    `yaml:"value"`
	Role  auth.Role `yaml:"role"`
}

// EmailClaim is where a customer's address stands, and whether the issuer has seen it answer.
type EmailClaim struct {
	Claim            Path `yaml:"claim"`            // email where it is left out
	Verified         Path `yaml:"verified"`         // must be true; email_verified where it is left out
	AcceptUnverified bool `yaml:"acceptUnverified"` // Verified is not looked at: whoever signs up there chooses whose orders to see
}

// Path leads to a claim, from the outermost name inwards. In the file it is a text whose names are parted by dots, or a list
// of names, for those with a dot inside.
type Path []string

// UnmarshalYAML reads either form.
func (p *Path) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		*p = strings.Split(node.Value, ".")
		return nil
	}
	var names []string
	if err := node.Decode(&names); err != nil {
		return err
	}
	*p = names
	return nil
}

// Problem is one thing that is wrong with the file.
type Problem struct {
	Line int    // counted from 1
	Key  string // issuers[1].grants; "" where it is about the file as a whole
	Say  string
}

// ParseError is everything that is wrong with the file, as far as it could be read.
type ParseError []Problem

// Error tells every problem on a line of its own.
func (p ParseError) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = fmt.Sprintf("line %d: %s", problem.Line, strings.TrimSpace(problem.Key+" "+problem.Say))
	}
	return strings.Join(lines, "\n")
}

// contents is the whole file.
type contents struct {
	Issuers []Issuer `yaml:"issuers"`
}

// Parse reads the file of issuers: at least one, each complete and without a key that nobody knows. Its error is a
// ParseError.
func Parse(file []byte) ([]Issuer, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(file, &document); err != nil {
		return nil, unreadable(err)
	}
	var read contents
	decoder := yaml.NewDecoder(bytes.NewReader(file))
	decoder.KnownFields(true)
	if err := decoder.Decode(&read); err != nil && !errors.Is(err, io.EOF) {
		return nil, unreadable(err)
	}
	var second yaml.Node
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		return nil, ParseError{{Line: max(1, second.Line), Say: "there may be one document in the file"}}
	}
	c := check{document: &document}
	if c.empty(&document); c.problems != nil {
		return nil, c.problems // the library leaves them out, so that places in lists are others than in the file
	}
	if len(read.Issuers) == 0 {
		c.report("needs at least one", "issuers")
	}
	for i := range read.Issuers {
		read.Issuers[i].ready()
		c.issuer(i, read.Issuers[:i+1])
	}
	if c.problems != nil {
		return nil, c.problems
	}
	return read.Issuers, nil
}

// ready puts in what may be left out.
func (i *Issuer) ready() {
	if i.Algorithms == nil {
		i.Algorithms = []string{"RS256"}
	}
	if i.Subject == nil {
		i.Subject = Path{"sub"}
	}
	if i.customers() && i.Email == nil {
		i.Email = &EmailClaim{}
	}
	if i.Email != nil && i.Email.Claim == nil {
		i.Email.Claim = Path{"email"}
	}
	if i.Email != nil && i.Email.Verified == nil {
		i.Email.Verified = Path{"email_verified"}
	}
	if i.Role != nil && i.Role.Values == nil {
		for _, role := range i.Grants {
			i.Role.Values = append(i.Role.Values, RoleValue{Value: string(role), Role: role})
		}
	}
}

var (
	lineIn  = regexp.MustCompile(`line (\d+): `)
	unknown = regexp.MustCompile(`field (.+) not found in type \S+`)
	another = regexp.MustCompile(`cannot unmarshal (.+) into \S+`)
)

// unreadable makes our problems of the YAML library's.
func unreadable(err error) ParseError {
	sentences := []string{err.Error()}
	if several, ok := errors.AsType[*yaml.TypeError](err); ok {
		sentences = several.Errors
	}
	var problems ParseError
	for _, say := range sentences {
		problem := Problem{Line: 1}
		if found := lineIn.FindStringSubmatch(say); found != nil {
			problem.Line, _ = strconv.Atoi(found[1])
		}
		say = strings.TrimPrefix(lineIn.ReplaceAllString(say, ""), "yaml: ")
		say = unknown.ReplaceAllString(say, "$1 is not a key that stands here")
		problem.Say = another.ReplaceAllString(say, "something of another kind has to stand here than $1")
		problems = append(problems, problem)
	}
	return problems
}
