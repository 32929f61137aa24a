package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/auth/oidc"
)

// authName is the variable that names the file of issuers.
const authName = "AUTH_FILE"

// signIn is whose tokens a server takes.
type signIn struct {
	tokens auth.Verifiers
	issuer *auth.Issuer // of development; nil outside of it
}

// development tells whether tokens of server token are taken.
func (s signIn) development() bool { return s.issuer != nil }

// development tells whether tokens of server token are taken. A demo is one kind of it.
func (c serveCmd) development() bool { return c.Dev || c.Demo }

// signIn puts together whose tokens are taken: the issuers of the file, and in development those of server token too. All of
// them live by the wall clock: those of another shell must hold wherever --now has moved the shop's.
func (c serveCmd) signIn(p program, log *slog.Logger) (s signIn, err error) {
	issuers, err := readIssuers(c.Auth)
	if err != nil {
		return s, err
	}
	if c.development() {
		if s.issuer, err = p.issuer(c.Place); err != nil {
			return s, err
		}
		s.tokens = append(s.tokens, s.issuer)
	} else if _, set := p.env(secretName); set {
		log.Warn(secretName + " is set and not used: its tokens are taken in development alone")
	}
	for _, one := range issuers {
		s.tokens = append(s.tokens, oidc.New(one, p.now, log))
		log.Info("tokens are taken", "issuer", one.URL, "grants", one.Grants)
		if one.Email != nil && one.Email.AcceptUnverified {
			log.Warn("customers are known by addresses that nobody has verified", "issuer", one.URL)
		}
	}
	return s, nil
}

// issuer is that of development, with its secret.
func (p program) issuer(at place) (*auth.Issuer, error) {
	secret, err := p.secret(at)
	if err != nil {
		return nil, err
	}
	return auth.NewIssuer(secret, p.now)
}

// readIssuers reads the file of issuers, "" being none. The error tells every problem with the file, line and key.
func readIssuers(path string) ([]oidc.Issuer, error) {
	if path == "" {
		return nil, nil
	}
	file, err := os.ReadFile(path) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, fmt.Errorf("the issuers of tokens cannot be read: %w", err)
	}
	issuers, err := oidc.Parse(file)
	if problems, ok := errors.AsType[oidc.ParseError](err); ok {
		lines := make([]string, len(problems))
		for i, problem := range problems {
			lines[i] = fmt.Sprintf("%s:%d: %s", path, problem.Line, strings.TrimSpace(problem.Key+" "+problem.Say))
		}
		return nil, fmt.Errorf("the issuers of tokens are wrong:\n%s", strings.Join(lines, "\n"))
	}
	return issuers, err
}
