package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/auth"
)

var bombRounds = flag.Int("bomb-rounds", 1, "throw every bomb so many times, and tell the slowest and the largest")

// mostMemory is how much more the server may take for a bomb, in KiB.
const mostMemory = 256 << 10

// TestNoBombTakesTheServerDown throws each bomb at a running server while others are served: it is refused, nothing of it is
// told again, the server takes little memory for it, and nobody else is kept from an answer.
func TestNoBombTakesTheServerDown(t *testing.T) {
	t.Parallel()
	s := startBinary(t)
	tokens := map[string]string{"anonymous": "", "customer": s.token(t, auth.Customer, ada), "staff": s.token(t, auth.Agent, "")}
	ctx, stop := context.WithCancel(t.Context())
	crowd := s.crowd(ctx, tokens["staff"])
	for _, b := range bombs() {
		for _, who := range []string{"anonymous", "customer", "staff"} {
			var slowest time.Duration
			var grown int64
			var got thrown
			for range *bombRounds {
				s.forgetPeak()
				before := s.peak(t)
				began := time.Now()
				got = b.throw(t, s, tokens[who])
				slowest = max(slowest, time.Since(began))
				grown = max(grown, s.peak(t)-before)
			}
			assert.True(t, got.refused() || b.harmless, "%s by %s: %d %.300s", b.name, who, got.status, got.body)
			assert.Less(t, len(got.body), 8_000, "%s: little of a bomb is told again", b.name)
			if b.raw != nil {
				assert.NotContains(t, got.body, "BOOM", "%s: nothing of a body that cannot be read is told again", b.name)
			}
			assert.Less(t, grown, int64(mostMemory), "%s by %s: KiB", b.name, who)
			t.Logf("%-44s %-9s %3d %-28s %5d ms %6.1f MiB", b.name, who, got.status, got.code(), slowest.Milliseconds(), float64(grown)/1024)
		}
	}
	stop()
	crowd.over.Wait()
	t.Logf("meanwhile %d others were answered, the slowest after %d ms, %d were not", crowd.served.Load(), crowd.slowest.Load(), crowd.failed.Load())
	assert.Positive(t, crowd.served.Load())
	assert.Zero(t, crowd.failed.Load(), "everybody else is served")
	require.Zero(t, s.stop(), "and it still stops in order")
}

// crowd is everybody else, who asks for a page of orders again and again.
type crowd struct {
	over                    sync.WaitGroup
	served, failed, slowest atomic.Int64
}

func (s *server) crowd(ctx context.Context, token string) *crowd {
	c := &crowd{}
	for range 2 {
		c.over.Go(func() {
			for ctx.Err() == nil {
				began := time.Now()
				status, body := s.post(ctx, token, `{"query":"{ orders(first: 5) { edges { node { number } } } }"}`)
				took := time.Since(began).Milliseconds()
				switch {
				case ctx.Err() != nil:
				case status == http.StatusOK && strings.Contains(body, `"edges":[{`):
					c.served.Add(1)
					c.slowest.Store(max(c.slowest.Load(), took))
				default:
					c.failed.Add(1)
				}
				idle(ctx, 20*time.Millisecond)
			}
		})
	}
	return c
}

// post is a call that does not end the test.
func (s *server) post(ctx context.Context, token, body string) (int, string) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base+graphqlPath, strings.NewReader(body))
	if err != nil {
		return 0, err.Error()
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	text, err := io.ReadAll(answer.Body)
	if closed := answer.Body.Close(); err != nil || closed != nil {
		return 0, "cut off"
	}
	return answer.StatusCode, string(text)
}

// forgetPeak begins to count the server's memory anew, where the system can (Linux).
func (s *server) forgetPeak() {
	_ = os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", s.cmd.Process.Pid), []byte("5"), 0) // elsewhere there is none
}

var peakLine = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// peak is the most memory that the server had since then, in KiB; 0 where the system does not tell.
func (s *server) peak(t *testing.T) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	found := peakLine.FindSubmatch(status)
	require.NotNil(t, found)
	kib, err := strconv.ParseInt(string(found[1]), 10, 64)
	require.NoError(t, err)
	return kib
}

// thrown is what a bomb was answered with.
type thrown struct {
	status int
	body   string
}

// refused tells that nothing was executed: the status says so, or an answer without data.
func (a thrown) refused() bool {
	if a.status >= http.StatusInternalServerError {
		return false
	}
	return a.status >= http.StatusBadRequest || a.status == 0 || strings.Contains(a.body, `"errors"`) && !strings.Contains(a.body, `"data":{`)
}

func (a thrown) code() string {
	found := regexp.MustCompile(`"code":"(\w+)"`).FindStringSubmatch(a.body)
	if found == nil {
		return "-"
	}
	return found[1]
}

// bomb is something that no client would send.
type bomb struct {
	name string
	// body is what is posted as JSON; raw the whole request, for what no client library sends.
	body, raw []byte
	// harmless is one that looks like a bomb and costs nothing here: it may be answered.
	harmless bool
}

// throw sends it. A connection that is closed without an answer has the status 0.
func (b bomb) throw(t *testing.T, s *server, token string) thrown {
	t.Helper()
	if b.raw != nil {
		who := []byte("Authorization: Bearer " + token)
		if token == "" {
			who = []byte("X-Nobody: 1")
		}
		return s.wire(t, bytes.ReplaceAll(b.raw, []byte("$WHO"), who))
	}
	status, body := s.post(t.Context(), token, string(b.body))
	return thrown{status, body}
}

// wire writes bytes to the server and reads what comes back.
func (s *server) wire(t *testing.T, request []byte) thrown {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(s.base, "http://"))
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	_, _ = conn.Write(request) // it may be refused before all of it is sent
	text, _ := io.ReadAll(conn)
	head, body, _ := strings.Cut(string(text), "\r\n\r\n")
	words := strings.Fields(head)
	if len(words) < 2 {
		return thrown{}
	}
	status, err := strconv.Atoi(words[1])
	require.NoError(t, err)
	return thrown{status, body}
}

// queryBomb is an operation as JSON.
func queryBomb(name, query string) bomb {
	body, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		panic(err)
	}
	return bomb{name: name, body: body}
}

// rawBomb is a POST with any body, by the connection itself.
func rawBomb(name string, body []byte, headers ...string) bomb {
	head := "POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nConnection: close\r\n"
	for _, h := range append(headers, "Content-Length: "+strconv.Itoa(len(body)), "$WHO") {
		head += h + "\r\n"
	}
	return bomb{name: name, raw: slices.Concat([]byte(head), []byte("\r\n"), body)}
}
