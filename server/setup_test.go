package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/auth"
)

func TestMain(m *testing.M) {
	status := m.Run()
	if dir, err := binaryDir(); err == nil {
		_ = os.RemoveAll(dir)
	}
	os.Exit(status)
}

var binaryDir = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "returns-server-*") })

// binary is the program, built once.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := binaryDir()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "server")
	said, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", &exec.Error{Name: string(said), Err: err}
	}
	return path, nil
})

// journal is a log that can be waited for.
type journal struct {
	mu      sync.Mutex
	text    bytes.Buffer
	changed chan struct{} // closed and replaced with each write
}

func newJournal() *journal { return &journal{changed: make(chan struct{})} }

func (j *journal) Write(text []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.text.Write(text)
	close(j.changed)
	j.changed = make(chan struct{})
	return len(text), nil
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// await gives what the pattern's group finds, once it is there.
func (j *journal) await(t *testing.T, pattern string) string {
	t.Helper()
	found, err := j.find(pattern, nil)
	require.NoError(t, err)
	return found
}

// find is await for goroutines. It gives up when whoever writes the log has ended.
func (j *journal) find(pattern string, ended <-chan struct{}) (string, error) {
	find := regexp.MustCompile(pattern)
	limit := time.After(time.Minute)
	for {
		j.mu.Lock()
		found, changed := find.FindStringSubmatch(j.text.String()), j.changed
		j.mu.Unlock()
		if found != nil {
			return found[len(found)-1], nil
		}
		select {
		case <-changed:
		case <-ended:
			return "", fmt.Errorf("the program ended before its log said %s:\n%s", pattern, j)
		case <-limit:
			return "", fmt.Errorf("the log never said %s:\n%s", pattern, j)
		}
	}
}

// server is a running server: the binary, or the same program inside of the test.
type server struct {
	log  *journal
	base string     // http://127.0.0.1:port
	url  string     // the database's
	stop func() int // tells it to stop, and gives its exit status
	wait func() int // gives its exit status, of a binary
	cmd  *exec.Cmd  // nil inside of the test
}

// Start is the instant at which the demo's clock begins in these tests: a Tuesday, 9:00 in Los Angeles.
const start = "2026-03-10T16:00:00Z"

// listening is the line by which a server says where it is, in either format of the log.
const listening = `msg"?[=:]"?listening"?[ ,]"?addr"?[=:]"?([^\s"]+)`

// startBinary starts server serve --demo as a process of its own.
func startBinary(t *testing.T) *server {
	t.Helper()
	return startProcess(t, map[string]string{secretName: "", "RATES": unthrottled})
}

// startProcess starts it with variables of its own.
func startProcess(t *testing.T, vars map[string]string, args ...string) *server {
	t.Helper()
	path, err := binary()
	require.NoError(t, err)
	s := &server{log: newJournal(), url: "sqlite:" + filepath.Join(t.TempDir(), "shop.db")}
	s.cmd = exec.Command(path, append([]string{"serve", "--demo", "--addr", "127.0.0.1:0", "--now", start}, args...)...)
	s.cmd.Env = append(os.Environ(), databaseName+"="+s.url)
	for name, value := range vars {
		s.cmd.Env = append(s.cmd.Env, name+"="+value)
	}
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	require.NoError(t, s.cmd.Start())
	s.wait = sync.OnceValue(func() int {
		_ = s.cmd.Wait() // the status tells
		return s.cmd.ProcessState.ExitCode()
	})
	s.stop = sync.OnceValue(func() int {
		_ = s.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		return s.wait()
	})
	t.Cleanup(func() { s.stop() })
	s.base = "http://" + s.log.await(t, listening)
	return s
}

// startHere starts the program inside of the test; its database may be one that is there.
func startHere(t *testing.T, url string, args ...string) *server {
	t.Helper()
	if url == "" {
		url = "sqlite:" + filepath.Join(t.TempDir(), "shop.db")
	}
	return startWith(t, url, noEnv, args...)
}

// startWith starts it with an environment for its secrets.
func startWith(t *testing.T, url string, env func(string) (string, bool), args ...string) *server {
	t.Helper()
	s := &server{log: newJournal(), url: url}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan int, 1)
	p := program{in: strings.NewReader(""), out: io.Discard, err: s.log, env: onto(url, env), now: time.Now}
	go func() {
		ended <- p.run(ctx, append([]string{"serve", "--addr", "127.0.0.1:0"}, args...))
	}()
	s.stop = sync.OnceValue(func() int { cancel(); return <-ended })
	t.Cleanup(func() { s.stop() })
	s.base = "http://" + s.log.await(t, listening)
	return s
}

func noEnv(string) (string, bool) { return "", false }

// onto is an environment that names a database as well: its URL may hold a password, which no command line may.
func onto(url string, env func(string) (string, bool)) func(string) (string, bool) {
	return func(name string) (string, bool) {
		if name == databaseName {
			return url, true
		}
		return env(name)
	}
}

// run runs one command line inside of the test.
func run(t *testing.T, in string, args ...string) (status int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	p := program{in: strings.NewReader(in), out: &stdout, err: &stderr, env: noEnv, now: time.Now}
	status = p.run(t.Context(), args)
	return status, stdout.String(), stderr.String()
}

// token asks for a token as a person would: with server token in another shell.
func (s *server) token(t *testing.T, role auth.Role, customer string) string {
	t.Helper()
	args := []string{"token", "--database-url", s.url, "--role", string(role)}
	if customer != "" {
		args = append(args, "--customer", customer)
	}
	status, out, errs := run(t, "", args...)
	require.Zero(t, status, errs)
	require.Regexp(t, `^[\w-]+\.[\w-]+\.[\w-]+\n$`, out, "the token alone")
	return strings.TrimSpace(out)
}

// answered is what an answer says of itself.
type answered struct {
	StatusCode    int
	Header        http.Header
	ContentLength int64
}

// call sends a request, "GET /healthz", and gives the whole answer. headers are names and values in turn.
func (s *server) call(t *testing.T, line, token string, body []byte, headers ...string) (answered, []byte) {
	t.Helper()
	method, path, _ := strings.Cut(line, " ")
	r, err := http.NewRequestWithContext(t.Context(), method, s.base+path, bytes.NewReader(body))
	require.NoError(t, err)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
	}
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	return answered{StatusCode: answer.StatusCode, Header: answer.Header, ContentLength: answer.ContentLength}, text
}

// ask sends a GraphQL operation and gives the answer.
func (s *server) ask(t *testing.T, token, query string, variables any) reply {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	require.NoError(t, err)
	answer, text := s.call(t, "POST /graphql", token, body, "Content-Type", "application/json")
	require.Equal(t, http.StatusOK, answer.StatusCode, string(text))
	got := reply{t: t}
	require.NoError(t, json.Unmarshal(text, &got.whole), string(text))
	return got
}

// reply is an answer that is looked into by paths: "data.order.items.0.id".
type reply struct {
	t     *testing.T
	whole any
}

func (r reply) at(path string) any {
	r.t.Helper()
	value := r.whole
	for part := range strings.SplitSeq(path, ".") {
		switch in := value.(type) {
		case map[string]any:
			value = in[part]
		case []any:
			i, err := strconv.Atoi(part)
			require.NoError(r.t, err, path)
			require.Less(r.t, i, len(in), path)
			value = in[i]
		default:
			value = nil
		}
	}
	return value
}

func (r reply) text(path string) string {
	r.t.Helper()
	text, ok := r.at(path).(string)
	require.True(r.t, ok, "%s is not there in %s", path, r)
	return text
}

func (r reply) String() string {
	text, err := json.MarshalIndent(r.whole, "", "  ")
	require.NoError(r.t, err)
	return string(text)
}

// fine holds an answer to have neither errors nor user errors.
func (r reply) fine() reply {
	r.t.Helper()
	require.Nil(r.t, r.at("errors"), r.String())
	data, ok := r.at("data").(map[string]any)
	require.True(r.t, ok, r.String())
	for _, answer := range data {
		if payload, is := answer.(map[string]any); is {
			wrong, _ := payload["userErrors"].([]any)
			require.Empty(r.t, wrong, r.String())
		}
	}
	return r
}

// has holds an answer to values by their paths.
func (r reply) has(values map[string]any) reply {
	r.t.Helper()
	for path, want := range values {
		assert.Equal(r.t, want, r.at(path), path)
	}
	return r
}

func decoded(t *testing.T, text []byte) any {
	t.Helper()
	var value any
	require.NoError(t, json.Unmarshal(text, &value), string(text))
	return value
}
