package main

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/alecthomas/kong"
)

// secretNames are the variables that hold what nobody else may read, and where a key is good for. Each can be the path of a
// file instead, in a variable of its name with _FILE behind it, as secrets of containers come. None is a flag: everybody on a
// machine sees command lines.
var secretNames = []string{
	databaseName, secretName, "STRIPE_API_BASE", "STRIPE_API_KEY", "STRIPE_WEBHOOK_SECRET", linkSecretName, mailServerName, photoSecret,
	keyIDName, keyName, sessionName,
}

// databaseName is the one that is a flag as well, of a URL without a password.
const databaseName = "DATABASE_URL"

// maxSecret is more than any secret has, in bytes: the path of something else is seen before it is read whole.
const maxSecret = 64 << 10

// withFiles is the environment with what the files of secrets hold. One that cannot be read is an error, and not a secret
// that is not set: the program would go on without it.
func (p program) withFiles() (program, error) {
	lookup, held := p.env, map[string]string{}
	for _, name := range secretNames {
		path, named := lookup(name + "_FILE")
		if !named || path == "" {
			continue
		}
		if text, set := lookup(name); set && text != "" {
			return p, fmt.Errorf("%s and %s_FILE are both set: leave one of them out", name, name)
		}
		text, err := readSecret(path)
		if err != nil {
			return p, fmt.Errorf("%s_FILE: %w", name, err)
		}
		held[name] = text
	}
	p.env = func(name string) (string, bool) {
		if text, found := held[name]; found {
			return text, true
		}
		return lookup(name)
	}
	return p, nil
}

// readSecret reads a secret; the line's end that an editor leaves is not part of it.
func readSecret(path string) (string, error) {
	about, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if about.Size() > maxSecret {
		return "", fmt.Errorf("%s is too large for a secret", path)
	}
	text, err := os.ReadFile(path) //nolint:gosec // the operator names it
	secret := strings.TrimRight(string(text), "\r\n")
	if err == nil && secret == "" {
		err = fmt.Errorf("%s is empty", path)
	}
	return secret, err
}

// databaseURL is the flag that is a secret too, where a file holds it.
const databaseURL = "database-url"

// resolver gives the database's flag what the environment, or a file that it names, holds.
func (p program) resolver() kong.Resolver {
	return kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		if text, found := p.env(databaseName); flag.Name == databaseURL && found && text != "" {
			return text, nil
		}
		return nil, nil
	})
}

// refuseSecrets refuses a command line that shows a password.
func refuseSecrets(line *kong.Context) error {
	for _, part := range line.Path {
		if part.Flag == nil || part.Resolved || part.Flag.Name != databaseURL {
			continue
		}
		if text, ok := line.FlagValue(part.Flag).(string); ok && showsPassword(text) {
			return errors.New("--database-url holds a password, and everybody on this machine can read a command line: " +
				"set " + databaseName + " or " + databaseName + "_FILE instead, or leave the password to PGPASSWORD or PGPASSFILE")
		}
	}
	return nil
}

// showsPassword tells whether a database's URL has a password in it, in either place.
func showsPassword(text string) bool {
	at, err := url.Parse(text)
	if err != nil {
		return strings.Contains(text, "@") // nobody can tell
	}
	_, has := at.User.Password()
	return has || at.Query().Has("password") || at.Query().Has("sslpassword")
}
