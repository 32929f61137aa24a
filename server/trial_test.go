package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/returnrequest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/payment/stripe/stripetest"
	"github.com/vysero/returns/internal/store/pgtest"
)

// trial is a fleet in trouble, with everything that callers were told meanwhile.
type trial struct {
	*fleet

	token string

	mu      sync.Mutex
	told    map[string]int    // how often each code came; NONE where no answer came, FINE where there was no code
	refunds map[string]string // that callers were answered with, by the return
	wrong   []string          // what contradicts what was told before, or the bank
	servers []*server         // all that were started
}

const (
	// patient is how long a caller asks again: the key of a server that died is busy for half a minute, and the machine
	// may be busy with other things.
	patient = 4 * time.Minute
	price   = 100_00
)

// newTrial makes the shop on a database, "" for a SQLite file of its own, without a server.
func newTrial(t testing.TB, url string) *trial {
	t.Helper()
	token, err := bearer(auth.Finance)
	require.NoError(t, err)
	return &trial{fleet: newFleet(t, url), token: token, told: map[string]int{}, refunds: map[string]string{}}
}

// launch starts one more server, and remembers it.
func (r *trial) launch(settings ...string) (*server, error) {
	s, err := r.fleet.launch(settings...)
	r.remember(s)
	return s, err
}

// start is launch, for the test itself.
func (r *trial) start(t testing.TB, settings ...string) *server {
	t.Helper()
	s := r.fleet.start(t, settings...)
	r.remember(s)
	return s
}

func (r *trial) remember(s *server) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.servers = append(r.servers, s)
}

// onBoth runs a test on SQLite, and on PostgreSQL where it is installed.
func onBoth(t *testing.T, test func(t *testing.T, url string)) {
	t.Helper()
	t.Run("on SQLite", func(t *testing.T) {
		t.Parallel()
		test(t, "")
	})
	t.Run("on PostgreSQL", func(t *testing.T) {
		t.Parallel()
		if url, found := pgtest.Database(t); found {
			test(t, url)
		}
	})
}

// inspectedAll makes so many returns that are ready to be settled.
func (r *trial) inspectedAll(t testing.TB, n int) []string {
	t.Helper()
	ids := make([]string, n)
	for i := range ids {
		var err error
		ids[i], err = r.inspected(t.Context())
		require.NoError(t, err)
	}
	return ids
}

// ask settles a return under its key, once.
func (r *trial) ask(ctx context.Context, s *server, id string) (settled, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	a, err := s.settle(ctx, r.token, id, "settle-"+id)
	if err != nil {
		r.tell("NONE")
		return a, err
	}
	r.tell(a.Codes...)
	r.believe(id, a)
	return a, nil
}

// tell counts what a caller was told.
func (r *trial) tell(codes ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(codes) == 0 {
		codes = []string{"FINE"}
	}
	for _, code := range codes {
		r.told[code]++
	}
}

// believe holds an answer against the bank, and against those before it.
func (r *trial) believe(id string, a settled) {
	account := r.account(id)
	r.mu.Lock()
	defer r.mu.Unlock()
	if a.State == string(lifecycle.Refunded) && account.Held != account.Captured/room {
		r.wrong = append(r.wrong, fmt.Sprintf("%s was told to be refunded, and the bank holds %d of %d", id, account.Held, account.Captured/room))
	}
	if first := r.refunds[id]; a.RefundID != "" && first != "" && first != a.RefundID {
		r.wrong = append(r.wrong, fmt.Sprintf("%s was answered with %s and then with %s", id, first, a.RefundID))
	}
	if a.RefundID != "" {
		r.refunds[id] = a.RefundID
	}
}

// insist settles a return under its key, of whoever is there, until it is refunded.
func (r *trial) insist(ctx context.Context, at func() *server, id string) error {
	ctx, cancel := context.WithTimeout(ctx, patient)
	defer cancel()
	for {
		a, err := r.ask(ctx, at(), id)
		switch {
		case err == nil && len(a.Codes) == 0 && a.State == string(lifecycle.Refunded):
			return nil
		case a.State == string(lifecycle.RefundFailed):
			return fmt.Errorf("%s: the refund failed, which nothing here makes it do", id)
		}
		if slices.Contains(a.Codes, "IDEMPOTENCY_IN_FLIGHT") {
			idle(ctx, 800*time.Millisecond) // its server has died, or waits for the bank
		}
		idle(ctx, 200*time.Millisecond)
		if ctx.Err() != nil {
			return fmt.Errorf("%s: its last answer was %+v: %w", id, a, errors.Join(err, ctx.Err()))
		}
	}
}

// insistAll insists for several returns, a few at a time.
func (r *trial) insistAll(ctx context.Context, at func() *server, ids []string) error {
	errs, turns := make([]error, len(ids)), make(chan struct{}, 6)
	var all sync.WaitGroup
	for i, id := range ids {
		all.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			errs[i] = r.insist(ctx, at, id)
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// always names one server, always.
func always(s *server) func() *server { return func() *server { return s } }

// look asks who one is and how a return stands, and gives its state.
func (r *trial) look(ctx context.Context, s *server, id string) (state string, err error) {
	text, err := s.send(ctx, r.token, `query($id: ID!) { viewer { role } node(id: $id) { ... on Return { state } } }`, map[string]any{"id": id})
	if err != nil {
		r.tell("NONE")
		return "", err
	}
	var got struct {
		Errors []struct {
			Extensions struct {
				Code string `json:"code"`
			} `json:"extensions"`
		} `json:"errors"`
		Data struct {
			Node *struct {
				State string `json:"state"`
			} `json:"node"`
		} `json:"data"`
	}
	if err := json.Unmarshal(text, &got); err != nil {
		return "", fmt.Errorf("%w: %s", err, text)
	}
	var codes []string
	for _, e := range got.Errors {
		codes = append(codes, e.Extensions.Code)
	}
	r.tell(codes...)
	if got.Data.Node != nil {
		state = got.Data.Node.State
	}
	return state, nil
}

// send sends one operation, and gives the answer's text.
func (s *server) send(ctx context.Context, token, query string, variables map[string]any) ([]byte, error) {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return nil, err
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base+graphqlPath, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(q)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(answer.Body)
	return text, errors.Join(err, answer.Body.Close())
}

// holds waits until no money is under way, and then holds that each return was refunded once, by the refund that callers
// were told of, and that they were told nothing but the truth and to come again.
func (r *trial) holds(t *testing.T, ids []string) {
	t.Helper()
	r.rests(t, patient)
	paid := 0
	for _, id := range ids {
		r.paidOnce(t, id)
		paid += len(r.account(id).Refunds)
	}
	r.agrees(t)
	r.mu.Lock()
	defer r.mu.Unlock()
	assert.Empty(t, r.wrong, strings.Join(r.wrong, "\n"))
	for _, s := range r.servers {
		assert.NotContains(t, s.log.String(), "a request failed", "something was our fault: it is INTERNAL, or 500")
	}
	for code := range r.told {
		assert.Contains(t, []string{"FINE", "NONE", "UNAVAILABLE", "IDEMPOTENCY_IN_FLIGHT"}, code)
	}
	t.Logf("returns: %d, refunds at the bank: %d, callers were told: %v", len(ids), paid, r.told)
}

// paidOnce holds that a return is refunded on record and at the bank, by one transfer.
func (r *trial) paidOnce(t *testing.T, id string) {
	t.Helper()
	ctx := auth.AsSystem(context.WithoutCancel(t.Context()))
	ret, err := r.app.DB.Client.ReturnRequest.Query().Where(returnrequest.ID(id)).
		WithRefunds(func(q *ent.RefundRequestQuery) { q.WithTransfers() }).Only(ctx)
	require.NoError(t, err)
	assert.Equal(t, lifecycle.Refunded, ret.State, id)
	require.Len(t, ret.Edges.Refunds, 1, id)
	r.mu.Lock()
	assert.Equal(t, r.refunds[id], ret.Edges.Refunds[0].ID, "%s: callers were told of another refund", id)
	r.mu.Unlock()
	account := r.account(id)
	assert.Equal(t, account.Captured/room, account.Held, id)
	require.Len(t, account.Refunds, 1, id)
	assert.True(t, slices.ContainsFunc(ret.Edges.Refunds[0].Edges.Transfers, func(t *ent.Transfer) bool {
		return t.ProviderID == account.Refunds[0].ID && t.Key == account.Refunds[0].Metadata["returns_key"]
	}), "%s: the bank's refund is no transfer of it", id)
}

// account is what the bank has of a return.
func (r *trial) account(id string) stripetest.Account {
	r.fleet.mu.Lock()
	defer r.fleet.mu.Unlock()
	return r.bank.Account(r.stock[id])
}

// restsSoon is rests for goroutines.
func (r *trial) restsSoon(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patient)
	defer cancel()
	for r.underWay(ctx) != 0 {
		idle(ctx, 50*time.Millisecond)
		if ctx.Err() != nil {
			return errors.New("money is still under way")
		}
	}
	return nil
}
