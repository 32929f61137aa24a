package oidc

import (
	"bytes"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/auth/oidc/oidctest"
	"github.com/vysero/returns/internal/fault"
)

// clock stands still until it is turned.
type clock struct {
	start time.Time
	ahead atomic.Int64
}

func newClock() *clock { return &clock{start: time.Now()} }

func (c *clock) now() time.Time { return c.start.Add(time.Duration(c.ahead.Load())) }

func (c *clock) turn(by time.Duration) { c.ahead.Add(int64(by)) }

// journal is a log.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(text []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(text)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// desk is a verifier with what it stands on.
type desk struct {
	*Verifier

	clock *clock
	log   *journal
}

func newDesk(issuer Issuer) desk {
	d := desk{clock: newClock(), log: &journal{}}
	d.Verifier = New(issuer, d.clock.now, slog.New(slog.NewTextHandler(d.log, nil)))
	return d
}

// staff is an issuer of staff, as Parse gives it.
func staff(t testing.TB, url, algorithm string) Issuer {
	t.Helper()
	return parsed(t, `
issuers:
  - issuer: `+url+`
    audiences: [returns, returns-old]
    algorithms: [`+algorithm+`]
    grants: [ADMIN, FINANCE, AGENT]
    role:
      claim: realm_access.roles
      values:
        - {value: returns-admin, role: ADMIN}
        - {value: returns-money, role: FINANCE}
        - {value: returns-agent, role: AGENT}
`)
}

// customers is an issuer of customers.
func customers(t testing.TB, url string) Issuer {
	t.Helper()
	return parsed(t, "issuers: [{issuer: \""+url+"\", audiences: [returns], grants: [CUSTOMER]}]")
}

func parsed(t testing.TB, file string) Issuer {
	t.Helper()
	issuers, err := Parse([]byte(file))
	require.NoError(t, err)
	require.Len(t, issuers, 1)
	return issuers[0]
}

// agent is an account whose token says that it is an agent's.
func agent() oidctest.Account {
	return oidctest.Account{Subject: "sub-1", Audience: "returns", Claims: roles("returns-agent")}
}

func roles(names ...string) map[string]any {
	return map[string]any{"realm_access": map[string]any{"roles": names}}
}

// taken holds that a token is taken.
func (d desk) taken(t *testing.T, token string) auth.Identity {
	t.Helper()
	id, err := d.Verify(t.Context(), token)
	require.NoError(t, err)
	return id
}

// refused holds that a token is refused, for a reason.
func (d desk) refused(t *testing.T, token, why string) {
	t.Helper()
	_, err := d.Verify(t.Context(), token)
	require.ErrorIs(t, err, auth.ErrToken)
	require.EqualError(t, err, auth.TokenError(why).Error())
}

// unavailable holds that nobody can tell about a token.
func (d desk) unavailable(t *testing.T, token string) {
	t.Helper()
	_, err := d.Verify(t.Context(), token)
	require.NotErrorIs(t, err, auth.ErrToken)
	require.Equal(t, fault.CodeUnavailable, fault.From(err).Code, "%v", err)
}
