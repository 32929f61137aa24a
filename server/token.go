package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/vysero/returns/internal/auth"
)

// tokenCmd is server token.
type tokenCmd struct {
	Place    place         `embed:""`
	Role     string        `required:"" enum:"CUSTOMER,AGENT,INSPECTOR,FINANCE,ADMIN,SERVICE" help:"Whose token: ${enum}."`
	Customer string        `placeholder:"EMAIL" help:"The customer's e-mail address, with --role CUSTOMER."`
	Valid    time.Duration `default:"12h" help:"For how long. (default ${default})"`
}

// Help is shown by server token --help.
func (tokenCmd) Help() string {
	return `Prints the token alone, so that it can be used in a script. It is signed with TOKEN_SECRET; where that is not set,
with the secret that server serve --demo keeps beside the database.

Examples:
  server token --role AGENT
  server token --role CUSTOMER --customer ada@example.com
  curl http://127.0.0.1:8080/graphql -H "Authorization: Bearer $(server token --role ADMIN)" \
    -H "Content-Type: application/json" -d '{"query":"{ viewer { role } }"}'`
}

// Run prints a token. Tokens live by the wall clock, also where --now moves the shop's.
func (c tokenCmd) Run(p program) error {
	if c.Valid <= 0 {
		return fmt.Errorf("--valid must be more than 0, not %s", c.Valid)
	}
	secret, err := p.secret(c.Place, true)
	if err != nil {
		return err
	}
	issuer, err := auth.NewIssuer(secret, p.now)
	if err != nil {
		return err
	}
	token, err := issuer.Mint(identity(auth.Role(c.Role), c.Customer), c.Valid)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.out, token)
	return err
}

// identity is who a token of development speaks for. Its subject is what events name, so it says nothing of a person.
func identity(role auth.Role, customer string) auth.Identity {
	return auth.Identity{Subject: "dev-" + strings.ToLower(string(role)), Role: role, Email: customer}
}
