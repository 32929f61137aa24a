package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/throttle"
)

// gate counts requests by the client's address, in this process alone: before anything is known of who asks, and without a
// statement. What operations cost is another matter (graph.Tolls).
type gate struct {
	proxies  []netip.Prefix // whose word on where a request came from is taken
	rate     throttle.Rate
	requests *throttle.Throttle
	log      *slog.Logger
	now      func() time.Time
	warned   sync.Once

	mu   sync.Mutex
	away int       // requests that were turned away since this was told
	told time.Time // when it was
}

type clientKey struct{}

// clientOf is the client's address as it is counted: IPv4 whole, of IPv6 the network of 64 bits, which is what one customer
// of a provider has at least.
func clientOf(ctx context.Context) string {
	client, _ := ctx.Value(clientKey{}).(string)
	return client
}

// from notes where a request comes from.
func (g *gate) from(ctx context.Context, r *http.Request) context.Context {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return ctx
	}
	told := r.Header.Values("X-Forwarded-For")
	if len(told) > 0 && !g.trusts(peer.Addr()) {
		g.warned.Do(func() {
			g.log.LogAttrs(ctx, slog.LevelWarn, "X-Forwarded-For came from an address that TRUSTED_PROXIES does not have: it counts for nothing")
		})
	}
	return context.WithValue(ctx, clientKey{}, counted(g.client(peer.Addr(), told)))
}

// client goes from the peer to whom it says it speaks for, and on, as long as the one that says so is trusted: from the right
// of the list to the left, since a client may write whatever it likes at the left. Where an entry cannot be read, whoever wrote
// it is taken for the client.
func (g *gate) client(peer netip.Addr, told []string) netip.Addr {
	hops := strings.Split(strings.Join(told, ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !g.trusts(peer) {
			break
		}
		next, ok := address(strings.TrimSpace(hop))
		if !ok {
			break
		}
		peer = next
	}
	return peer
}

// address reads an address with or without a port.
func address(text string) (netip.Addr, bool) {
	if at, err := netip.ParseAddrPort(text); err == nil {
		return at.Addr(), true
	}
	at, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return at, err == nil
}

func (g *gate) trusts(a netip.Addr) bool {
	return slices.ContainsFunc(g.proxies, func(p netip.Prefix) bool { return p.Contains(a.Unmap().WithZone("")) })
}

func counted(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return a.String()
	}
	network, err := a.Prefix(64)
	if err != nil { // an address has 64 bits
		panic(err)
	}
	return network.String()
}

// What requests count for. A bad token is dear: whoever tries them out runs dry soon.
const (
	plainRequest = 1
	upload       = 10  // 10 MiB that are kept for a while
	picture      = 100 // which is decoded at once
	reportFile   = 50
	badToken     = 20
)

func weight(r *http.Request) float64 {
	switch {
	case watches(r):
		return 0
	case r.URL.Path == "/photos" && r.Method == http.MethodPost:
		return picture
	case strings.HasPrefix(r.URL.Path, "/photos/uploads/"):
		return upload
	case strings.HasPrefix(r.URL.Path, "/reports/"):
		return reportFile
	default:
		return plainRequest
	}
}

// watches tells whether somebody asks how the server is: from one address, and with no token to be tried out. Whatever else is
// sent there is refused, and so leaves a line in the log, which nobody gets for nothing.
func watches(r *http.Request) bool {
	return (r.URL.Path == "/healthz" || r.URL.Path == "/readyz") && (r.Method == http.MethodGet || r.Method == http.MethodHead) &&
		r.Header.Get("Authorization") == ""
}

// admit takes what a request counts for; THROTTLED where too many came from its address. Nothing counts for more than a full
// bucket, however small buckets are made: else it would never be let in, and told to come back all the same.
func (g *gate) admit(w http.ResponseWriter, r *http.Request) error {
	points := min(weight(r), g.rate.Most)
	if points == 0 {
		return nil
	}
	level := g.requests.Draw(r.Context(), g.draws(r.Context(), points))
	if level.Taken {
		return nil
	}
	g.turnedAway(r.Context())
	seconds := strconv.Itoa(int(g.rate.Wait(level.Left, points).Seconds()))
	w.Header().Set("Retry-After", seconds)
	return &fault.Error{Kind: fault.Unavailable, Code: fault.CodeThrottled, Say: "Too many requests come from your address: try again in " + seconds + " s."}
}

// pauseOfTelling is between two lines about requests that were turned away.
const pauseOfTelling = time.Second

// turnedAway tells that requests were turned away, in one line a second for all of them: with a line for each, whoever floods
// the server would fill its disk.
func (g *gate) turnedAway(ctx context.Context) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.away++
	now := g.now()
	if passed := now.Sub(g.told); passed >= 0 && passed < pauseOfTelling {
		return
	}
	g.log.LogAttrs(ctx, slog.LevelWarn, "too many requests came from one address or more", slog.Int("turnedAway", g.away))
	g.away, g.told = 0, now
}

// guessed takes what a bad token counts for, whether or not it is there.
func (g *gate) guessed(ctx context.Context) {
	d := g.draws(ctx, badToken)
	d.Always = true
	g.requests.Draw(ctx, d)
}

func (g *gate) draws(ctx context.Context, points float64) throttle.Draw {
	return throttle.Draw{Bucket: "requests", Who: clientOf(ctx), Rate: g.rate, Points: points}
}
