package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// env is an environment of these variables.
func env(all map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { text, found := all[name]; return text, found }
}

// runIn runs one command line in an environment.
func runIn(t *testing.T, all map[string]string, args ...string) (status int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	p := program{in: strings.NewReader(""), out: &stdout, err: &stderr, env: env(all), now: time.Now}
	status = p.run(t.Context(), args)
	return status, stdout.String(), stderr.String()
}

func TestNoFlagTakesASecret(t *testing.T) {
	t.Parallel()
	parser, err := kong.New(&commands{}, kong.Name("server"))
	require.NoError(t, err)
	secret := regexp.MustCompile(`(?i)secret|passw|token|key|credential`)
	seen := 0
	require.NoError(t, kong.Visit(parser.Model, func(node kong.Visitable, next kong.Next) error {
		if flag, is := node.(*kong.Flag); is {
			seen++
			assert.NotRegexp(t, secret, flag.Name, "everybody on a machine reads command lines")
			for _, name := range flag.Envs {
				assert.True(t, name == databaseName || !secret.MatchString(name), name)
			}
		}
		return next(nil)
	}))
	require.Greater(t, seen, 20)
}

// Every variable that the program reads by itself is a secret that may come as a file: a new one that is not listed would
// be looked for in the environment alone.
func TestEverySecretMayBeAFile(t *testing.T) {
	t.Parallel()
	sources, err := filepath.Glob("*.go")
	require.NoError(t, err)
	var all string
	for _, path := range sources {
		if text, err := os.ReadFile(path); assert.NoError(t, err) && !strings.HasSuffix(path, "_test.go") && path != "secrets.go" {
			all += string(text)
		}
	}
	asked := regexp.MustCompile(`\bp\.env\(([^)]*)\)`).FindAllStringSubmatch(all, -1)
	require.NotEmpty(t, asked)
	for _, call := range asked {
		name := strings.Trim(call[1], `"`)
		if constant := regexp.MustCompile(`\b` + name + ` += "([A-Z_]+)"`).FindStringSubmatch(all); constant != nil {
			name = constant[1]
		}
		if !strings.HasSuffix(name, "_FILE") { // which names a file by itself
			assert.Contains(t, secretNames, name)
		}
	}
	assert.NotContains(t, all, "os.Getenv", "secrets come by one way")
}

func TestASecretComesFromAFileOrTheProgramStops(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	secret := strings.Repeat("s", 40)
	good, url := file("good", secret+"\n"), file("url", "sqlite:"+filepath.Join(dir, "shop.db")+"\r\n")
	status, fromFile, errs := runIn(t, map[string]string{"TOKEN_SECRET_FILE": good}, "token", "--role", "AGENT", "--database-url", "sqlite:"+filepath.Join(dir, "no.db"))
	require.Zero(t, status, errs)
	require.NotEmpty(t, fromFile)
	require.NoFileExists(t, filepath.Join(dir, "demo-token-secret"), "the secret was found, and none was made up")
	s := startWith(t, "sqlite:"+filepath.Join(dir, "other.db"), env(map[string]string{"TOKEN_SECRET": secret}), "--demo")
	answer, _ := s.call(t, "GET /photos/pho_1", strings.TrimSpace(fromFile), nil)
	require.Equal(t, 404, answer.StatusCode, "it is the same secret, without the line's end")

	status, _, errs = runIn(t, map[string]string{"DATABASE_URL_FILE": url}, "migrate")
	require.Zero(t, status, errs)
	require.FileExists(t, filepath.Join(dir, "shop.db"))

	status, _, errs = runIn(t, map[string]string{"DATABASE_URL_FILE": url}, "migrate", "--database-url", "sqlite:"+filepath.Join(dir, "named.db"))
	require.Zero(t, status, errs)
	require.FileExists(t, filepath.Join(dir, "named.db"), "what the command line says counts")

	for name, all := range map[string]map[string]string{
		"is not there":  {"TOKEN_SECRET_FILE": filepath.Join(dir, "nowhere")},
		"is a folder":   {"STRIPE_API_KEY_FILE": dir},
		"is empty":      {"STRIPE_WEBHOOK_SECRET_FILE": file("empty", "\n")},
		"is too large":  {"TOKEN_SECRET_FILE": file("large", strings.Repeat("x", maxSecret+1))},
		"is one of two": {"TOKEN_SECRET_FILE": good, "TOKEN_SECRET": secret},
	} {
		status, out, errs := runIn(t, all, "schema")
		require.Equal(t, exitFailed, status, name)
		require.Empty(t, out, name)
		require.Contains(t, errs, "_FILE", name)
		require.NotContains(t, errs, secret, name)
	}
	status, _, _ = runIn(t, map[string]string{"TOKEN_SECRET_FILE": ""}, "schema")
	require.Zero(t, status, "left empty it is not set")
}
