package main

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/leftout"
)

// requireNode is the variable that turns the absence of Node.js and its packages into a failure.
const requireNode = "REQUIRE_NODE"

// audits gives the folder in which node audit.mjs can be run; false where that cannot be had, which is said aloud.
func audits(t *testing.T) (string, bool) {
	t.Helper()
	dir, err := installAudits(t)
	if err != nil {
		leftout.Say(t, requireNode, "the audits of GraphQL over HTTP (Debian: nodejs, npm; and npm's packages)", err)
		return "", false
	}
	return dir, true
}

// installAudits installs what the lock file names, each package with its digest, into a folder that goes with the test.
func installAudits(t *testing.T) (string, error) {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(filepath.Join("..", ".tools", "audits"))))
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	install := exec.CommandContext(ctx, "npm", "ci", "--prefer-offline")
	install.Dir = dir
	if said, err := install.CombinedOutput(); err != nil {
		return "", errors.Join(err, errors.New(string(said)))
	}
	_, err := exec.LookPath("node")
	return dir, err
}

// asksTheSchema are the audits that send a question about the schema, which staff alone may ask.
var asksTheSchema = []string{"BF61", "2EA1", "28B9", "D6D5", "6A70"}

func TestTheServerPassesEveryAuditOfGraphQLOverHTTP(t *testing.T) {
	t.Parallel()
	dir, found := audits(t)
	if !found {
		return
	}
	s := startBinary(t)
	for name, c := range map[string]struct {
		token   string
		leftOut []string
		passes  string
	}{
		"staff":      {s.token(t, auth.Admin, ""), nil, "61 of 61 audits are ok\n"},
		"a customer": {s.token(t, auth.Customer, ada), asksTheSchema, "56 of 56 audits are ok\n"},
		"nobody":     {"", asksTheSchema, "56 of 56 audits are ok\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run := exec.CommandContext(t.Context(), "node", append([]string{"audit.mjs", s.base + graphqlPath}, c.leftOut...)...)
			run.Dir, run.Env = dir, append(os.Environ(), "AUDIT_TOKEN="+c.token)
			said, err := run.CombinedOutput()
			require.NoError(t, err, string(said))
			require.Equal(t, c.passes, string(said))
		})
	}
}

func TestAnAuditThatIsNotPassedIsToldAndFails(t *testing.T) {
	t.Parallel()
	dir, found := audits(t)
	if !found {
		return
	}
	s := startHere(t, "", "--demo")
	for name, c := range map[string]struct {
		args   []string
		status int
		say    []string
	}{
		"nothing there that speaks GraphQL": {[]string{s.base + "/healthz"}, 1, []string{"4655 MUST", "22EB SHOULD", "9C48 MAY"}},
		"an audit that does not exist":      {[]string{s.base + graphqlPath, "XXXX"}, 2, []string{"not among them: XXXX"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run := exec.CommandContext(t.Context(), "node", append([]string{"audit.mjs"}, c.args...)...)
			run.Dir = dir
			said, err := run.CombinedOutput()
			var exit *exec.ExitError
			require.ErrorAs(t, err, &exit, string(said))
			require.Equal(t, c.status, exit.ExitCode(), string(said))
			for _, want := range c.say {
				assert.Contains(t, string(said), want)
			}
		})
	}
}

func TestNothingIsChangedExceptByAPostOfJSON(t *testing.T) {
	t.Parallel()
	s := startBinary(t)
	agent := s.token(t, auth.Agent, "")
	const decline = `mutation Decline { returnDecline(input: {id: "ret_1009", reason: "No."}) { return { state } } }`
	const body = `{"query":"mutation Decline { returnDecline(input: {id: \"ret_1009\", reason: \"No.\"}) { return { state } } }"}`
	q := url.Values{"query": {decline}}.Encode()
	both := url.Values{"query": {decline + " query Ask { __typename }"}, "operationName": {"Decline"}}.Encode()
	form := "multipart/form-data; boundary=x"
	for name, c := range map[string]struct {
		line, body string
		headers    []string
		status     int
	}{
		"GET":                            {"GET /graphql?" + q, "", nil, http.StatusMethodNotAllowed},
		"GET in GraphQL's media type":    {"GET /graphql?" + q, "", []string{"Accept", "application/graphql-response+json"}, http.StatusMethodNotAllowed},
		"GET of one of two operations":   {"GET /graphql?" + both, "", nil, http.StatusMethodNotAllowed},
		"GET that says it is a POST":     {"GET /graphql?" + q, "", []string{"X-HTTP-Method-Override", "POST"}, http.StatusMethodNotAllowed},
		"GET with a body":                {"GET /graphql", body, []string{"Content-Type", "application/json"}, http.StatusBadRequest},
		"HEAD":                           {"HEAD /graphql?" + q, "", nil, http.StatusMethodNotAllowed},
		"PUT":                            {"PUT /graphql", body, []string{"Content-Type", "application/json"}, http.StatusMethodNotAllowed},
		"a POST of the URL alone":        {"POST /graphql?" + q, "", nil, http.StatusUnsupportedMediaType},
		"a POST of JSON beside the URL":  {"POST /graphql?" + q, "{}", []string{"Content-Type", "application/json"}, http.StatusBadRequest},
		"a page's simple request: text":  {"POST /graphql", body, []string{"Content-Type", "text/plain"}, http.StatusUnsupportedMediaType},
		"a page's simple request: form":  {"POST /graphql", q, []string{"Content-Type", "application/x-www-form-urlencoded"}, http.StatusUnsupportedMediaType},
		"a page's simple request: files": {"POST /graphql", "--x\r\nContent-Disposition: form-data; name=\"operations\"\r\n\r\n" + body + "\r\n--x--", []string{"Content-Type", form}, http.StatusUnsupportedMediaType},
		"a page's simple request: none":  {"POST /graphql", body, nil, http.StatusUnsupportedMediaType},
	} {
		answer, said := s.call(t, c.line, agent, []byte(c.body), c.headers...)
		assert.Equal(t, c.status, answer.StatusCode, "%s: %s", name, said)
		assert.NotContains(t, string(said), `"data"`, name)
	}
	state := func() any {
		return s.ask(t, agent, `{ node(id: "ret_1009") { ... on Return { state } } }`, nil).fine().at("data.node.state")
	}
	require.Equal(t, "REQUESTED", state())
	_, said := s.call(t, "POST /graphql", agent, []byte(body), "Content-Type", "application/json")
	require.Equal(t, "DECLINED", state(), "the same mutation, sent as it must be: %s", strings.TrimSpace(string(said)))
}

func TestNoAddressAnswersCONNECTWithSuccess(t *testing.T) {
	t.Parallel()
	s := startHere(t, "", "--demo")
	for _, path := range []string{"/", "/graphql", "/healthz", "/readyz", "/policy", "/photos", "/photos/pho_1016", "/dev/token", "/playground/page.js", "localhost:80"} {
		connection, err := net.Dial("tcp", strings.TrimPrefix(s.base, "http://"))
		require.NoError(t, err)
		_, err = connection.Write([]byte("CONNECT " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n"))
		require.NoError(t, err)
		answer, err := http.ReadResponse(bufio.NewReader(connection), nil)
		require.NoError(t, err)
		assert.GreaterOrEqual(t, answer.StatusCode, http.StatusBadRequest, path)
		require.NoError(t, answer.Body.Close())
		require.NoError(t, connection.Close())
	}
}
