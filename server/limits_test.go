package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/graph"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/store/pgtest"
	"github.com/vysero/returns/internal/throttle"
)

// behind is a client whose requests come through a proxy on this machine.
func behind(client string) []string {
	return []string{"X-Forwarded-For", client, "Content-Type", "application/json"}
}

const proxied = "127.0.0.0/8"

func gateFor(proxies ...string) *gate {
	b := bounds{rates: throttle.DefaultRates()}
	for _, p := range proxies {
		b.proxies = append(b.proxies, netip.MustParsePrefix(p))
	}
	return b.gate(slog.New(slog.DiscardHandler), time.Now)
}

func TestAClientIsWhoTheTrustedProxiesSay(t *testing.T) {
	t.Parallel()
	proxies := []string{"10.0.0.0/8", "192.0.2.1/32", "2001:db8:ffff::/48"}
	for name, c := range map[string]struct {
		peer, want string
		told       []string
	}{
		"nobody in between":                        {"203.0.113.7:5000", "203.0.113.7", nil},
		"who is not trusted says nothing":          {"203.0.113.7:5000", "203.0.113.7", []string{"198.51.100.1"}},
		"a proxy":                                  {"10.1.2.3:5000", "203.0.113.7", []string{"203.0.113.7"}},
		"what the client wrote at the left":        {"10.1.2.3:5000", "203.0.113.7", []string{"198.51.100.1, 203.0.113.7"}},
		"that it came through a trusted one":       {"10.1.2.3:5000", "203.0.113.7", []string{"198.51.100.1, 10.9.9.9, 203.0.113.7"}},
		"two proxies":                              {"10.1.2.3:5000", "203.0.113.7", []string{"203.0.113.7, 192.0.2.1"}},
		"two headers":                              {"10.1.2.3:5000", "203.0.113.7", []string{"198.51.100.1", "203.0.113.7,192.0.2.1"}},
		"nothing but proxies":                      {"10.1.2.3:5000", "10.4.4.4", []string{"10.4.4.4, 10.5.5.5"}},
		"a proxy that says nothing":                {"10.1.2.3:5000", "10.1.2.3", nil},
		"a proxy that says nonsense":               {"10.1.2.3:5000", "10.1.2.3", []string{"unknown"}},
		"nonsense behind the client":               {"10.1.2.3:5000", "203.0.113.7", []string{"<script>, 203.0.113.7"}},
		"an address with a port":                   {"10.1.2.3:5000", "203.0.113.7", []string{"203.0.113.7:1234"}},
		"IPv6, by its network":                     {"[2001:db8:1:2:3:4:5:6]:5000", "2001:db8:1:2::/64", nil},
		"IPv6 with a zone":                         {"[fe80::1%eth0]:5000", "fe80::/64", nil},
		"IPv6 behind a proxy":                      {"10.1.2.3:5000", "2001:db8:1:2::/64", []string{"2001:db8:1:2::9"}},
		"IPv6 in brackets with a port":             {"10.1.2.3:5000", "2001:db8:1:2::/64", []string{"[2001:db8:1:2::9]:443"}},
		"a proxy with an IPv6 address":             {"[2001:db8:ffff::1]:5000", "203.0.113.7", []string{"203.0.113.7"}},
		"IPv4 in IPv6":                             {"[::ffff:10.1.2.3]:5000", "203.0.113.7", []string{"::ffff:203.0.113.7"}},
		"an address that is none, and so a bucket": {"somewhere", "", nil},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr, r.Header["X-Forwarded-For"] = c.peer, c.told
		assert.Equal(t, c.want, clientOf(gateFor(proxies...).from(t.Context(), r)), name)
	}
}

func TestAFloodIsToldInALineASecond(t *testing.T) {
	t.Parallel()
	log, now := newJournal(), time.Unix(0, 0)
	b := bounds{rates: throttle.DefaultRates()}
	b.rates.Requests = throttle.Rate{Most: 1, PerSecond: 0.001}
	g := b.gate(slog.New(slog.NewTextHandler(log, nil)), func() time.Time { return now })
	f := &front{gate: g, newID: func(string) string { return "req_1" }, log: g.log, routes: http.NotFoundHandler()}
	flood := func(requests int) {
		for range requests {
			w := httptest.NewRecorder()
			f.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/policy", nil))
			require.Equal(t, http.StatusTooManyRequests, w.Code)
		}
	}
	f.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/policy", nil))
	require.Equal(t, 1, strings.Count(log.String(), "\n"), "what is let in has a line")
	flood(100)
	require.Equal(t, 2, strings.Count(log.String(), "\n"), log.String())
	now = now.Add(time.Second)
	flood(100)
	require.Equal(t, 3, strings.Count(log.String(), "\n"), log.String())
	require.Contains(t, log.String(), "turnedAway=1\n")
	require.Contains(t, log.String(), "turnedAway=100\n")
}

func TestARequestsHeadersHaveTheirLimit(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 20<<10)
	for limit, want := range map[string]int{"headers=32768": http.StatusOK, "headers=1024": http.StatusRequestHeaderFieldsTooLarge} {
		s := startHere(t, "", "--demo", "--limits", limit)
		answer, _ := s.call(t, "GET /policy", "", nil, "X-Long", long)
		assert.Equal(t, want, answer.StatusCode, limit)
	}
}

func TestTooManyRequestsFromOneAddressAreTurnedAwayEverywhere(t *testing.T) {
	t.Parallel()
	s := startHere(t, "", "--demo", "--trusted-proxies", proxied, "--rates", "requests=60/0.1")
	one, other := behind("203.0.113.7"), behind("203.0.113.8")
	for range 10 {
		answer, _ := s.call(t, "GET /policy", "", nil, one...)
		require.Equal(t, http.StatusOK, answer.StatusCode)
	}
	answer, _ := s.call(t, "GET /reports/months.csv", "", nil, one...)
	require.Equal(t, http.StatusUnauthorized, answer.StatusCode, "the last fifty: a report counts for as many")
	for _, line := range []string{"GET /policy", "POST /graphql", "POST /photos", "GET /labels/x.pdf", "GET /reports/months.csv", "GET /nothing", "POST /dev/token"} {
		answer, text := s.call(t, line, "", []byte(`{"query":"{ __typename }"}`), one...)
		assert.Equal(t, http.StatusTooManyRequests, answer.StatusCode, line)
		assert.Regexp(t, `^\d+$`, answer.Header.Get("Retry-After"), line)
		assert.Contains(t, string(text), `"code":"THROTTLED"`, line)
	}
	answer, _ = s.call(t, "GET /healthz", "", nil, one...)
	assert.Equal(t, http.StatusOK, answer.StatusCode, "whoever watches the server is let through")
	answer, _ = s.call(t, "GET /policy", "", nil, other...)
	assert.Equal(t, http.StatusOK, answer.StatusCode)
}

func TestABadTokenIsDear(t *testing.T) {
	t.Parallel()
	s := startHere(t, "", "--demo", "--trusted-proxies", proxied, "--rates", "requests=60/0.1")
	from := behind("203.0.113.7")
	for _, want := range []int{http.StatusUnauthorized, http.StatusUnauthorized, http.StatusUnauthorized, http.StatusTooManyRequests} {
		answer, _ := s.call(t, "POST /graphql", "guess", []byte(`{"query":"{ __typename }"}`), from...)
		assert.Equal(t, want, answer.StatusCode)
	}
	answer, _ := s.call(t, "GET /healthz", "guess", nil, from...)
	assert.Equal(t, http.StatusTooManyRequests, answer.StatusCode, "no address is a place to try tokens out")
	answer, _ = s.call(t, "GET /healthz", "", nil, from...)
	assert.Equal(t, http.StatusOK, answer.StatusCode, "and whoever watches the server is let in")
	answer, _ = s.call(t, "GET /policy", "", nil, behind("203.0.113.8")...)
	assert.Equal(t, http.StatusOK, answer.StatusCode)
}

func TestPicturesCountForWhatTheyCost(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]float64{
		"POST /photos": 100, "PUT /photos/uploads/pho_1": 10, "GET /photos/pho_1": 1, "GET /reports/fees.csv": 50, "GET /healthz": 0, "HEAD /readyz": 0,
		"POST /healthz": 1, "OPTIONS /readyz": 1, "x /healthz": 1,
	} {
		verb, path, _ := strings.Cut(line, " ")
		assert.InDelta(t, want, weight(httptest.NewRequestWithContext(t.Context(), verb, path, nil)), 0, line)
	}
}

func TestWhatCountsForMoreThanABucketIsLetInByAFullOne(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	g := bounds{rates: throttle.Rates{Requests: throttle.Rate{Most: 60, PerSecond: 10}}}.gate(slog.New(slog.DiscardHandler), func() time.Time { return now })
	ask := func() (string, error) {
		w := httptest.NewRecorder()
		err := g.admit(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/photos", nil))
		return w.Header().Get("Retry-After"), err
	}
	_, err := ask()
	require.NoError(t, err)
	wait, err := ask()
	require.Equal(t, fault.CodeThrottled, fault.From(err).Code)
	seconds, err := strconv.Atoi(wait)
	require.NoError(t, err)
	now = now.Add(time.Duration(seconds) * time.Second)
	_, err = ask()
	require.NoError(t, err, "whoever waits as long as they were told is let in")
}

func TestAForwardedAddressThatNobodyTrustsIsSaidOnce(t *testing.T) {
	t.Parallel()
	s := startHere(t, "", "--demo", "--rates", "requests=3/0.01")
	for i, client := range []string{"203.0.113.7", "203.0.113.8", "203.0.113.9", "203.0.113.10"} {
		answer, _ := s.call(t, "GET /policy", "", nil, behind(client)...)
		assert.Equal(t, i == 3, answer.StatusCode == http.StatusTooManyRequests, "all of them are one client")
	}
	require.Zero(t, s.stop())
	assert.Equal(t, 1, strings.Count(s.log.String(), "TRUSTED_PROXIES"))
	assert.NotContains(t, s.log.String(), "203.0.113")
}

func TestServersOnOneDatabaseShareTheirBuckets(t *testing.T) {
	t.Parallel()
	url, ok := pgtest.Database(t)
	if !ok {
		t.SkipNow()
	}
	status, _, errs := run(t, "", "migrate", "--database-url", url)
	require.Zero(t, status, errs)
	secret := strings.Repeat("s", 32)
	vars := env(map[string]string{secretName: secret})
	args := []string{"--dev", "--data-dir", t.TempDir(), "--rates", "service=1000/0.6,anonymous=1000/0.6", "--trusted-proxies", proxied}
	one, other := startWith(t, url, vars, args...), startWith(t, url, vars, args...)
	issuer, err := auth.NewIssuer([]byte(secret), time.Now)
	require.NoError(t, err)
	for who, token := range map[string]string{"service": minted(t, issuer, auth.Service), "anonymous": ""} {
		ask := func(s *server) reply {
			_, text := s.call(t, "POST /graphql", token, []byte(`{"query":"{ returnPolicy { clauses { id } } }"}`), behind("203.0.113.7")...)
			return reply{t: t, whole: decoded(t, text)}
		}
		left := func(s *server) float64 {
			points, is := ask(s).at("extensions.cost.throttleStatus.currentlyAvailable").(float64)
			require.True(t, is)
			return points
		}
		first := left(one)
		assert.Less(t, first, 1000.0, who)
		assert.Less(t, left(other), first, "%s: what one server took, the other knows of", who)
	}
}

func minted(t *testing.T, issuer *auth.Issuer, role auth.Role) string {
	t.Helper()
	token, err := issuer.Mint(identity(role, ""), time.Hour)
	require.NoError(t, err)
	return token
}

// trusted is a manifest of the playground's operations, and the ids in it by name.
func trusted(t *testing.T) (file string, ids map[string]string) {
	t.Helper()
	status, manifest, errs := run(t, "", "schema", "trust", "../internal/playground/operations")
	require.Zero(t, status, errs)
	var m struct {
		Operations []graph.Document `json:"operations"`
	}
	require.NoError(t, json.Unmarshal([]byte(manifest), &m))
	ids = map[string]string{}
	for _, one := range m.Operations {
		ids[one.Name] = one.ID
	}
	file = filepath.Join(t.TempDir(), "trusted.json")
	require.NoError(t, os.WriteFile(file, []byte(manifest), 0o600))
	return file, ids
}

func TestTheShippedOperationsCanBeTheOnlyOnes(t *testing.T) {
	t.Parallel()
	file, ids := trusted(t)
	status, out, errs := run(t, "", "schema", "check", file)
	require.Zero(t, status, errs)
	assert.Equal(t, fmt.Sprintf("%d documents\n", len(ids)), out)

	s := startHere(t, "", "--demo", "--now", start, "--trusted-documents", file, "--trusted-only")
	customer, agent := s.token(t, auth.Customer, ada), s.token(t, auth.Agent, "")
	named := []byte(`{"documentId": "sha256:` + ids["MyOrders"] + `"}`)
	_, text := s.call(t, "POST /graphql", customer, named, "Content-Type", "application/json")
	assert.Contains(t, string(text), `"orders":{"edges":[{"node":{"number":`)
	for _, token := range []string{"", customer} {
		s.ask(t, token, `query Mine { viewer { role } }`, nil).has(map[string]any{"errors.0.extensions.code": "DOCUMENT_NOT_TRUSTED"})
	}
	s.ask(t, agent, `query Mine { viewer { role } }`, nil).fine()
}

func TestServeRefusesWhatCannotBeTrusted(t *testing.T) {
	t.Parallel()
	bad := filepath.Join(t.TempDir(), "bad.json")
	require.NoError(t, os.WriteFile(bad, []byte(`{"abc": "query A { viewer { role } }"}`), 0o600))
	for says, args := range map[string][]string{
		"the SHA-256 of its text":   {"--trusted-documents", bad},
		"no such file":              {"--trusted-documents", bad + ".not"},
		"needs --trusted-documents": {"--trusted-only"},
		"could never be paid for":   {"--rates", "customer=999/10"},
		"is no limit":               {"--limits", "costs=1"},
		"is no bucket":              {"--rates", "customers=1/1"},
		"no '/'":                    {"--trusted-proxies", "10.0.0.1"},
	} {
		status, _, errs := run(t, "", append([]string{"serve", "--demo", "--addr", "127.0.0.1:0", "--database-url", fresh(t)}, args...)...)
		assert.NotZero(t, status, says)
		assert.Contains(t, errs, says)
	}
	status, _, errs := run(t, "", "schema", "check", bad)
	assert.Equal(t, exitFailed, status)
	assert.Contains(t, errs, "the SHA-256 of its text")
	status, _, errs = run(t, "", "schema", "trust", t.TempDir())
	assert.Equal(t, exitFailed, status)
	assert.Contains(t, errs, "no .graphql file")
}

func TestLimitsAreThoseOfTheSettings(t *testing.T) {
	t.Parallel()
	s := startHere(t, "", "--demo", "--limits", "cost=10,depth=3,staffAnswer=100")
	customer := s.token(t, auth.Customer, ada)
	for query, code := range map[string]any{
		`{ orders(first: 8) { totalCount } }`:                           nil,
		`{ orders(first: 9) { edges { node { id } } } }`:                "TOO_DEEP",
		`{ nodes(ids: [1,2,3,4,5,6,7,8,9,10,11]) { id } }`:              "TOO_EXPENSIVE",
		`{ returnPolicy { zone currency: zone more: zone all: zone } }`: "ANSWER_TOO_LARGE",
	} {
		assert.Equal(t, code, s.ask(t, customer, query, nil).at("errors.0.extensions.code"), query)
	}
}

func TestNoPathShakesHandsWithAWebsocket(t *testing.T) {
	t.Parallel()
	s := startHere(t, "", "--demo")
	for _, path := range []string{"/graphql", "/graphql?query=%7B__typename%7D", "/", "/policy", "/photos", "/subscriptions"} {
		for _, origin := range []string{s.base, "https://evil.example"} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.base+path, nil)
			require.NoError(t, err)
			for name, value := range map[string]string{
				"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
				"Sec-WebSocket-Protocol": "graphql-transport-ws", "Origin": origin,
			} {
				r.Header.Set(name, value)
			}
			answer, err := http.DefaultClient.Do(r)
			require.NoError(t, err)
			_, err = io.Copy(io.Discard, answer.Body)
			require.NoError(t, err)
			require.NoError(t, answer.Body.Close())
			assert.NotEqual(t, http.StatusSwitchingProtocols, answer.StatusCode, path)
			if strings.HasPrefix(path, graphqlPath) {
				assert.Equal(t, http.StatusBadRequest, answer.StatusCode)
			}
		}
	}
}
