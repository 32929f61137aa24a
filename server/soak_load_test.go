package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/notice"
	"github.com/vysero/returns/ent/refundrequest"
	"github.com/vysero/returns/ent/returnrequest"
	"github.com/vysero/returns/ent/transfer"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/store"
)

// deal is a return that is to be settled, and what it was answered with.
type deal struct {
	returnID string
	of       *sale
	refundID string // "" until a settlement was answered
}

// feed makes returns that are ready to be settled, not far ahead of those who settle them. Of every third order, which was
// paid in two parts, seven units come back in two returns: their cents do not divide, and both are settled at about once.
func (s *soak) feed(ctx context.Context, chance *rand.Rand, ready chan<- deal) {
	for ctx.Err() == nil {
		payments, units, least := 1, []int{1}, int64(1)
		if chance.IntN(3) == 0 {
			payments, units, least = 2, []int{3, 4}, 7_00
		}
		made, err := s.sell(ctx, least+chance.Int64N(2000_00), payments, units...)
		if err != nil {
			s.count("stock: a return could not be made") // the database is busy, or the time is over
			idle(ctx, 50*time.Millisecond)
			continue
		}
		for _, id := range made.returns {
			select {
			case ready <- deal{returnID: id, of: made}:
			case <-ctx.Done():
			}
		}
	}
}

// settleAll settles what is ready, until there is no more.
func (s *soak) settleAll(ctx context.Context, chance *rand.Rand, ready <-chan deal) {
	for d := range ready {
		d.refundID = s.settleOne(ctx, chance, d)
		s.mu.Lock()
		s.dealt[d.returnID] = d
		s.mu.Unlock()
	}
}

// settleOne has a return settled in one of the ways in which clients do it: by one of them, by several who have the same
// key, or by several with keys of their own. It gives the refund that all of this must have come to.
func (s *soak) settleOne(ctx context.Context, chance *rand.Rand, d deal) string {
	key := func(n int) string { return fmt.Sprintf("%s-%d", d.returnID, n) }
	keys, way := []string{key(1)}, chance.IntN(10)
	switch {
	case way < 2:
		keys = []string{key(1), key(1), key(1)}
	case way < 4:
		keys = []string{key(1), key(2), key(3)}
	}
	answers := make([]settled, len(keys))
	var all sync.WaitGroup
	for i := range keys {
		all.Go(func() { answers[i] = s.settle(ctx, d.returnID, keys[i]) })
	}
	all.Wait()
	key1, refundID := s.judge(d, keys, answers)
	if refundID != "" && chance.IntN(4) == 0 {
		if later := s.settle(ctx, d.returnID, key1); later.RefundID != refundID {
			s.differ(d.returnID, "the key %s answered %s and later %s %v", key1, refundID, later.RefundID, later.Codes)
		}
	}
	return refundID
}

// judge holds that one key came to a refund, with the same answer each time, and the other keys to nothing.
func (s *soak) judge(d deal, keys []string, answers []settled) (key, refundID string) {
	for i, a := range answers {
		if a.RefundID != "" && refundID == "" {
			key, refundID = keys[i], a.RefundID
		}
	}
	if refundID == "" {
		s.differ(d.returnID, "nobody was answered with a refund: %v", answers)
	}
	for i, a := range answers {
		late := slices.Equal(a.Codes, []string{"STATE_NOT_ALLOWED"}) && a.RefundID == ""
		if keys[i] == key && (a.RefundID != refundID || len(a.Codes) > 0) || keys[i] != key && !late {
			s.differ(d.returnID, "the key %s had %s, the key %s has %s %v", key, refundID, keys[i], a.RefundID, a.Codes)
		}
	}
	return key, refundID
}

// settle makes one call until it is answered for good.
func (s *soak) settle(ctx context.Context, returnID, key string) settled {
	return s.persist(ctx, func(ctx context.Context, at *server, token string) (settled, error) {
		return at.settle(ctx, token, returnID, key)
	})
}

// persist makes the same call again, of whichever server is alive, until it is answered for good. An answer that does not
// come in time is the code "NONE".
func (s *soak) persist(ctx context.Context, call func(context.Context, *server, string) (settled, error)) settled {
	for {
		a, err := s.once(ctx, call)
		pause := 50*time.Millisecond + time.Duration(rand.Int64N(int64(200*time.Millisecond)))
		switch {
		case ctx.Err() != nil:
			return settled{Codes: []string{"NONE"}}
		case err != nil:
			s.count("call made again after: no answer")
		case !a.retryable():
			s.count("call answered for good")
			return a
		default:
			s.count("call made again after: " + a.Codes[0])
			if slices.Contains(a.Codes, "IDEMPOTENCY_IN_FLIGHT") {
				pause *= 10 // its server has died, or waits for the bank
			}
		}
		idle(ctx, pause)
	}
}

// once makes a call when it is its turn.
func (s *soak) once(ctx context.Context, call func(context.Context, *server, string) (settled, error)) (settled, error) {
	s.turns <- struct{}{}
	defer func() { <-s.turns }()
	token, err := bearer(auth.Finance)
	at := s.someone(ctx)
	if err != nil || at == nil {
		return settled{}, errors.Join(err, ctx.Err())
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return call(ctx, at, token)
}

// retry sends one refundRetry with a key. The answer is read as that of a settlement, whose name the field is given.
func (s *server) retry(ctx context.Context, token, refundID, key string) (settled, error) {
	body, err := json.Marshal(map[string]any{
		"query":     `mutation($in: RefundRetryInput!) { returnSettle: refundRetry(input: $in) { refund { id state } userErrors { code } } }`,
		"variables": map[string]any{"in": map[string]any{"id": refundID, "idempotencyKey": key}},
	})
	if err != nil {
		return settled{}, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base+graphqlPath, bytes.NewReader(body))
	if err != nil {
		return settled{}, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return settled{}, err
	}
	text, err := io.ReadAll(answer.Body)
	if err = errors.Join(err, answer.Body.Close()); err != nil {
		return settled{}, err
	}
	return readSettled(text)
}

// givenUp tells of refunds that finance leaves alone when they fail, so that some are failed in the end.
func givenUp(refundID string) bool {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(refundID))
	return sum.Sum32()%5 == 0
}

// finance retries refunds that failed while the load lasts. Several do it at once, and may choose the same one.
func (s *soak) finance(loaded, patient context.Context, chance *rand.Rand) {
	for loaded.Err() == nil {
		failed, err := s.failed(loaded)
		if err == nil && len(failed) > 0 {
			s.retryOne(patient, failed[chance.IntN(len(failed))])
		}
		idle(loaded, 100*time.Millisecond)
	}
}

// retryAll retries every refund that failed, when the bank is calm.
func (s *soak) retryAll(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	failed, err := s.failed(ctx)
	if err != nil {
		s.breaks(err)
	}
	for _, id := range failed {
		s.retryOne(ctx, id)
	}
}

func (s *soak) failed(ctx context.Context) ([]string, error) {
	ids, err := s.app.DB.Client.RefundRequest.Query().Where(refundrequest.StateEQ(refundrequest.StateFAILED)).IDs(auth.AsSystem(ctx))
	return slices.DeleteFunc(ids, givenUp), err
}

// retryOne retries a refund under a fresh key. Somebody else may have been faster.
func (s *soak) retryOne(ctx context.Context, refundID string) {
	key := fmt.Sprintf("%s-%d", refundID, rand.Uint64())
	a := s.persist(ctx, func(ctx context.Context, at *server, token string) (settled, error) {
		return at.retry(ctx, token, refundID, key)
	})
	s.count("refund retried")
	paid := slices.Equal(a.Codes, []string{"STATE_NOT_ALLOWED"})
	if !paid && (len(a.Codes) > 0 || a.RefundID != refundID) {
		s.differ(refundID, "the retry %s answered %s %v", key, a.RefundID, a.Codes)
	}
}

// audit holds everything against everything else, when all is at rest.
func (s *soak) audit(ctx context.Context) {
	found, err := s.fleet.differences(ctx)
	s.differences = append(s.differences, found...)
	errs := []error{err}
	var held int64
	for made, deals := range s.bySale() {
		must, err := s.compare(ctx, made, deals)
		held += must
		errs = append(errs, err)
	}
	if sum := s.bank.Summary(); sum.Held != held {
		s.differ("the bank", "it gave %d back in all, the returns come to %d", sum.Held, held)
	}
	errs = append(errs, s.countRows(ctx))
	if !store.Postgres(s.url) {
		errs = append(errs, s.fileHolds(ctx))
	}
	if err := errors.Join(errs...); err != nil {
		s.breaks(err)
	}
}

// bySale are the returns that were settled, by the order that they belong to.
func (s *soak) bySale() map[*sale][]deal {
	sales := map[*sale][]deal{}
	for _, d := range s.dealt {
		sales[d.of] = append(sales[d.of], d)
	}
	return sales
}

// compare holds the returns of one order against the bank: what was answered is on record, what is on record was paid, once,
// and all units together got what was paid for them, to the cent. It gives what the bank must have given back.
func (s *soak) compare(ctx context.Context, made *sale, deals []deal) (must int64, err error) {
	var total int64
	transfers := map[string]*ent.Transfer{}
	for _, d := range deals {
		ret, err := s.app.DB.Client.ReturnRequest.Query().Where(returnrequest.ID(d.returnID)).
			WithRefunds(func(q *ent.RefundRequestQuery) { q.WithTransfers() }).Only(auth.AsSystem(ctx))
		if err != nil {
			return 0, err
		}
		s.count("returns " + string(ret.State))
		refunds := ret.Edges.Refunds
		if len(refunds) != 1 || refunds[0].ID != d.refundID {
			s.differ(d.returnID, "it was answered with %s, on record is %v", d.refundID, refunds)
			continue
		}
		var paid int64
		for _, t := range refunds[0].Edges.Transfers {
			transfers[t.Key] = t
			if t.State == transfer.StateSUCCEEDED {
				paid += t.AmountMinor
			}
		}
		if whole := ret.State == lifecycle.Refunded; whole != (paid == refunds[0].TotalMinor) || !whole && (ret.State != lifecycle.RefundFailed || !givenUp(d.refundID)) {
			s.differ(d.returnID, "it is %s in the end, and %d of %d are paid", ret.State, paid, refunds[0].TotalMinor)
		}
		total, must = total+refunds[0].TotalMinor, must+paid
	}
	if all := len(deals) == len(made.returns); total > made.cents || all && total != made.cents {
		s.differ(deals[0].returnID, "the returns of its order come to %d, all units were paid with %d", total, made.cents)
	}
	s.compareBank(made, must, transfers)
	return must, nil
}

// compareBank holds the bank's refunds of one order against our transfers, which are given by their keys.
func (s *soak) compareBank(made *sale, must int64, transfers map[string]*ent.Transfer) {
	var held int64
	seen := map[string]bool{}
	for _, intent := range made.intents {
		account := s.bank.Account(intent)
		held += account.Held
		for _, r := range account.Refunds {
			t := transfers[r.IdempotencyKey]
			ours := t != nil && t.Key == r.Metadata["returns_key"] && t.ProviderID == r.ID && t.AmountMinor == r.Units
			if !ours || seen[r.IdempotencyKey] {
				s.differ(intent, "the bank has %s of %d under the key %q, which is no transfer of it", r.ID, r.Units, r.IdempotencyKey)
			}
			seen[r.IdempotencyKey] = true
		}
	}
	if held != must {
		s.differ(made.returns[0], "the bank gave %d back for its order, it must be %d", held, must)
	}
}

// countRows holds that there are no refunds but those that were answered, no notice that nobody knows, and counts the jobs
// that were put aside.
func (s *soak) countRows(ctx context.Context) error {
	ctx = auth.AsSystem(ctx)
	refunds, err := s.app.DB.Client.RefundRequest.Query().Count(ctx)
	strange, errStrange := s.app.DB.Client.Notice.Query().Where(notice.StateEQ(notice.StateSTRANGE)).Count(ctx)
	dead, errDead := s.app.Jobs.Dead(ctx)
	if refunds != len(s.dealt) {
		s.differ("refunds", "%d returns were settled, %d refunds are on record", len(s.dealt), refunds)
	}
	if strange > 0 {
		s.differ("notices", "%d are about refunds that are not ours", strange)
	}
	for _, job := range dead {
		s.count("job put aside: " + job.Kind)
	}
	return errors.Join(err, errStrange, errDead)
}

// fileHolds has SQLite look through its own file.
func (s *soak) fileHolds(ctx context.Context) (err error) {
	path, err := store.SQLitePath(s.url)
	if err != nil {
		return err
	}
	db, err := sql.Open("sqlite3", "file:"+path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var said string
	var loose int
	err = errors.Join(
		db.QueryRowContext(ctx, "PRAGMA integrity_check").Scan(&said),
		db.QueryRowContext(ctx, "SELECT count(*) FROM pragma_foreign_key_check").Scan(&loose),
	)
	if said != "ok" || loose > 0 {
		s.differ("the file", "SQLite says %s of it, and %d rows refer to nothing", said, loose)
	}
	return err
}

// mostLines is how many differences are told in words.
const mostLines = 100

// report tells what the soak came to. Its last line is for programs.
func (s *soak) report(loaded, ended time.Duration) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	bank := s.bank.Summary()
	var b strings.Builder
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(&b, format+"\n", args...) }
	kind := "SQLite"
	if store.Postgres(s.url) {
		kind = "PostgreSQL"
	}
	say("%s, servers: %d, seed %d", kind, len(s.crew), s.seed)
	say("time: load and last answers %s, until the money had come to rest %s", loaded.Round(time.Second), ended.Round(time.Second))
	say("bank: refunds by state %v, calls for refunds %d", bank.Statuses, bank.Posts)
	for _, name := range slices.Sorted(maps.Keys(bank.Troubles)) {
		say("bank's trouble: %s %d", name, bank.Troubles[name])
	}
	for _, name := range slices.Sorted(maps.Keys(s.counts)) {
		say("%s %d", name, s.counts[name])
	}
	for _, text := range s.said {
		say("a server said: %s", text)
	}
	for _, text := range s.broken {
		say("broken: %s", text)
	}
	for _, text := range s.differences[:min(len(s.differences), mostLines)] {
		say("difference: %s", text)
	}
	say("soak: %d refunds, %d kills, %d differences", bank.Refunds, s.kills, len(s.differences))
	return b.String()
}
