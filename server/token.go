package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/vysero/returns/internal/auth"
)

// tokenCmd is server token.
type tokenCmd struct {
	Place    place         `embed:""`
	Role     string        `required:"" enum:"CUSTOMER,AGENT,INSPECTOR,FINANCE,ADMIN,SERVICE" help:"Whose token: ${enum}."`
	Dev      bool          `help:"Make it although AUTH_FILE is set: for a server serve --dev."`
	Customer string        `placeholder:"EMAIL" help:"The customer's e-mail address, with --role CUSTOMER."`
	Valid    time.Duration `default:"12h" help:"For how long. (default ${default})"`
}

// Help is shown by server token --help.
func (tokenCmd) Help() string {
	return `Prints the token alone, so that it can be used in a script. It is signed with TOKEN_SECRET; where that is not set,
with a secret that is kept beside the database. Servers take it in development mode only, --dev or --demo: outside of it tokens
come from the issuers of AUTH_FILE, and where that is set, nothing is printed without --dev.

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
	if file, _ := p.env(authName); file != "" && !c.Dev {
		return errors.New("AUTH_FILE is set, so tokens come from its issuers: one of this command is for server serve --dev, and printed with --dev")
	}
	issuer, err := p.issuer(c.Place)
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
