package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/auth"
)

func TestSIGTERMLetsARequestEnd(t *testing.T) {
	t.Parallel()
	s := startBinary(t)
	token := s.token(t, auth.Customer, ada)
	picture := demoPicture()

	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(s.base, "http://"))
	require.NoError(t, err)
	defer func() { assert.NoError(t, conn.Close()) }()
	// The server asks for the body once it reads it: from then on the request is under way.
	_, err = fmt.Fprintf(conn, "POST /photos HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n"+
		"Expect: 100-continue\r\n\r\n", token, len(picture))
	require.NoError(t, err)
	goOn := make([]byte, len("HTTP/1.1 100 Continue\r\n\r\n"))
	_, err = io.ReadFull(conn, goOn)
	require.NoError(t, err)
	require.Contains(t, string(goOn), "100 Continue")

	require.NoError(t, s.cmd.Process.Signal(syscall.SIGTERM))
	s.log.await(t, `msg=(stopping)`)
	_, err = (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(s.base, "http://"))
	for err == nil { // the listener closes at once, beside the log line
		_, err = (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(s.base, "http://"))
	}
	_, err = conn.Write(picture)
	require.NoError(t, err)
	answer, err := io.ReadAll(conn)
	require.NoError(t, err)
	assert.True(t, bytes.HasPrefix(answer, []byte("HTTP/1.1 201 Created\r\n")), string(answer))

	assert.Zero(t, s.wait())
	assert.Contains(t, s.log.String(), "msg=stopped")
}

func TestARequestThatDoesNotEndIsCutOff(t *testing.T) {
	t.Parallel()
	s := startHere(t, "", "--demo", "--grace", "1ms")
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(s.base, "http://"))
	require.NoError(t, err)
	defer func() { assert.NoError(t, conn.Close()) }()
	_, err = fmt.Fprintf(conn, "POST /photos HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nAuthorization: Bearer %s\r\nContent-Length: 10\r\n"+
		"Expect: 100-continue\r\n\r\n", s.token(t, auth.Customer, ada))
	require.NoError(t, err)
	_, err = io.ReadFull(conn, make([]byte, len("HTTP/1.1 100 Continue\r\n\r\n")))
	require.NoError(t, err)
	assert.Equal(t, exitFailed, s.stop())
	assert.Contains(t, s.log.String(), "requests were cut off")
}

func TestOutsideOfTheDemoNothingIsMadeUp(t *testing.T) {
	t.Parallel()
	url := fresh(t)
	d := openDesks(t)
	s := startWith(t, url, noEnv, "--auth", d.file, "--depot", "Returns;2 Real Street;Boise, ID 83702")

	_, text := s.call(t, "POST /dev/token", "", []byte(`{"role":"ADMIN"}`), "Content-Type", "application/json")
	assert.Contains(t, string(text), "NOT_FOUND", "nobody is handed a token")
	for _, path := range []string{"/", "/playground/config.json", "/playground/page.js"} {
		answer, _ := s.call(t, "GET "+path, "", nil)
		assert.Equal(t, http.StatusNotFound, answer.StatusCode, "there is no page to try the API on")
	}
	answer, _ := s.call(t, "POST /graphql", s.token(t, auth.Admin, ""), []byte(`{"query":"{ __typename }"}`), "Content-Type", "application/json")
	assert.Equal(t, http.StatusUnauthorized, answer.StatusCode, "the demo's secret opens nothing here")

	got := s.ask(t, d.person(t, "ann", "returns-admin"), `{ viewer { role } orders(first: 1) { totalCount } }`, nil).fine()
	got.has(map[string]any{"data.viewer.role": "ADMIN", "data.orders.totalCount": 0.0})
	assert.Contains(t, s.log.String(), "a sandbox, and no money moves")
	assert.NotContains(t, s.log.String(), "no depot")
}

func TestTheLogTellsWhereOnePersonMayDecideAboutAnyAmount(t *testing.T) {
	t.Parallel()
	const told = "one person alone may put any outcome in the terms' place"
	d := openDesks(t)
	for name, c := range map[string]struct {
		args []string
		told bool
	}{
		"no limit":             {nil, true},
		"a limit":              {[]string{"--override", "100"}, false},
		"everything needs two": {[]string{"--override", "0"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startWith(t, fresh(t), noEnv, append([]string{"--auth", d.file}, c.args...)...)
			assert.Equal(t, c.told, strings.Contains(s.log.String(), told), s.log.String())
		})
	}
}

func TestServeRefusesADatabaseThatIsBehind(t *testing.T) {
	t.Parallel()
	log := newJournal()
	p := program{out: io.Discard, err: log, now: time.Now, env: noEnv}
	assert.Equal(t, exitFailed, p.run(t.Context(), []string{"serve", "--dev", "--addr", "127.0.0.1:0", "--database-url", "sqlite:" + t.TempDir() + "/shop.db"}))
	assert.Contains(t, log.String(), "run server migrate first")
}

func TestAnAddressInUseIsTold(t *testing.T) {
	t.Parallel()
	s := startHere(t, "", "--demo")
	status, _, errs := run(t, "", "serve", "--demo", "--database-url", fresh(t), "--addr", strings.TrimPrefix(s.base, "http://"))
	assert.Equal(t, exitFailed, status)
	assert.Contains(t, errs, "address already in use")
}

func TestTheLogCanBeJSON(t *testing.T) {
	t.Parallel()
	log := newJournal()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	p := program{out: io.Discard, err: log, now: time.Now, env: noEnv}
	args := []string{"serve", "--demo", "--log-format", "json", "--addr", "127.0.0.1:0", "--database-url", fresh(t)}
	ended := make(chan int, 1)
	go func() { ended <- p.run(ctx, args) }()
	log.await(t, `"msg":"(listening)"`)
	cancel()
	assert.Zero(t, <-ended)
	for line := range strings.Lines(log.String()) {
		decoded(t, []byte(line))
	}
}
