package store_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	entsql "entgo.io/ent/dialect/sql"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent/notice"
	"github.com/vysero/returns/ent/posting"
	"github.com/vysero/returns/ent/refundrequest"
	"github.com/vysero/returns/ent/transfer"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/store"
	"github.com/vysero/returns/internal/store/pgtest"
	"github.com/vysero/returns/internal/terms"
)

// release is a database as the first release left it: its migrations of then, and the rows of its demo shop.
type release struct {
	url, driver, source string
	dialect             goose.Dialect
	steps               string // the folder of migrations
	last                int64  // the last one of then
	rows                string
}

func releases(t *testing.T) []release {
	t.Helper()
	file := filepath.Join(t.TempDir(), "shop.db")
	all := []release{{
		url: "sqlite:" + file, driver: "sqlite3", source: "file:" + file + "?_foreign_keys=on", dialect: goose.DialectSQLite3,
		steps: "migrations/sqlite", last: 20261123045615, rows: "testdata/release-1.sqlite.sql",
	}}
	if url, ok := pgtest.Database(t); ok {
		all = append(all, release{
			url: url, driver: "pgx", source: url, dialect: goose.DialectPostgres,
			steps: "migrations/postgres", last: 20261124193421, rows: "testdata/release-1.postgres.sql",
		})
	}
	return all
}

func (r release) lay(t *testing.T) {
	t.Helper()
	conn, err := sql.Open(r.driver, r.source)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close()) }()
	provider, err := goose.NewProvider(r.dialect, conn, os.DirFS(r.steps))
	require.NoError(t, err)
	_, err = provider.UpTo(t.Context(), r.last)
	require.NoError(t, err)
	rows, err := os.ReadFile(r.rows)
	require.NoError(t, err)
	_, err = conn.ExecContext(t.Context(), string(rows))
	require.NoError(t, err)
}

func TestAPreviousReleasesDatabaseIsMigratedWithEveryRowOfIt(t *testing.T) {
	t.Parallel()
	for _, r := range releases(t) {
		r.lay(t)
		ctx := auth.AsSystem(t.Context())
		db, err := store.Open(ctx, r.url, time.Now)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		pending, err := db.Pending(ctx)
		require.NoError(t, err)
		require.Positive(t, pending, "a server refuses to work on it before it is migrated")
		steps, err := db.Migrate(ctx)
		require.NoError(t, err)
		require.Len(t, steps, pending)
		holdsRelease(ctx, t, db)
	}
}

func TestAPreviousReleasesVerdictsAreTheSameToday(t *testing.T) {
	t.Parallel()
	for _, r := range releases(t) {
		r.lay(t)
		db, err := store.Open(t.Context(), r.url, time.Now)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		_, err = db.Migrate(t.Context())
		require.NoError(t, err)
		kept := &terms.Service{DB: db, NewID: func(prefix string) string { return prefix + "_1" }, Wall: time.Now}
		inForce, err := kept.Found(t.Context(), policy.Default())
		require.NoError(t, err)
		require.True(t, inForce)
		var found []terms.Difference
		done, err := kept.Replay(t.Context(), terms.ReplayInput{Found: func(d terms.Difference) { found = append(found, d) }})
		require.NoError(t, err)
		require.Empty(t, found)
		require.Equal(t, terms.Replayed{Editions: 1, Verdicts: 9, Judgements: 2}, done, "not one of them is even put into other words")
	}
}

// The first start used to write down that somebody had acknowledged what its edition leaves unset. What people named stays.
func TestThatSomebodyAcknowledgedTheFirstEditionIsTakenBack(t *testing.T) {
	t.Parallel()
	rows := filepath.Join(t.TempDir(), "rows.sql")
	require.NoError(t, os.WriteFile(rows, []byte(`
INSERT INTO terms_editions (id, number, version, state, canonical, digest, acknowledged, drafted_by, drafted_at, proposed_by, approved_by)
VALUES ('ted_1', 1, '1', 'PUBLISHED', '{}', 'x', '["warrantyUrl"]', 'system', '2026-03-01 00:00:00+00:00', 'system', 'system'),
       ('ted_2', 2, '2', 'PUBLISHED', '{}', 'y', '["warrantyUrl"]', 'ann', '2026-03-01 00:00:00+00:00', 'ann', 'ben');
INSERT INTO terms_simulations (id, range_from, range_to, state, total, requested_by, requested_at, edition_id)
VALUES ('tsm_1', '2026-03-01 00:00:00+00:00', '2026-04-01 00:00:00+00:00', 'QUEUED', 7, 'ann', '2026-04-01 00:00:00+00:00', 'ted_2');
`), 0o600))
	for _, r := range releases(t) {
		r.last, r.rows = 20261128000000, rows
		r.lay(t)
		ctx := auth.AsSystem(t.Context())
		db, err := store.Open(ctx, r.url, time.Now)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		_, err = db.Migrate(ctx)
		require.NoError(t, err)
		require.Empty(t, db.Client.Edition.GetX(ctx, "ted_1").Acknowledged)
		require.Equal(t, []string{"warrantyUrl"}, db.Client.Edition.GetX(ctx, "ted_2").Acknowledged)
		require.Equal(t, 7, db.Client.Simulation.GetX(ctx, "tsm_1").Total, "and what was simulated is there")
	}
}

func holdsRelease(ctx context.Context, t *testing.T, db *store.DB) {
	t.Helper()
	require.Equal(t, 21, db.Client.Order.Query().CountX(ctx))
	require.Equal(t, 23, db.Client.Item.Query().CountX(ctx))
	require.Equal(t, 22, db.Client.Payment.Query().CountX(ctx))
	require.Equal(t, 1, db.Client.Label.Query().CountX(ctx))
	states := map[lifecycle.State]int{}
	for _, ret := range db.Client.ReturnRequest.Query().WithLines().AllX(ctx) {
		states[ret.State]++
		for _, line := range ret.Edges.Lines {
			require.NotEmpty(t, line.Verdict.Findings)
			require.NotEmpty(t, line.Facts.Reason)
		}
	}
	require.Equal(t, map[lifecycle.State]int{
		lifecycle.Approved: 2, lifecycle.AwaitingEvidence: 2, lifecycle.HandedOver: 1, lifecycle.Received: 1,
		lifecycle.Refunded: 1, lifecycle.RefundFailed: 1, lifecycle.Requested: 1,
	}, states)
	require.Equal(t, 6, db.Client.Posting.Query().CountX(ctx), "two refunds became due, one of them was paid: each entry has two sides")
	for _, p := range db.Client.Posting.Query().WithRefund().AllX(ctx) {
		require.Equal(t, p.Edges.Refund.Currency, p.Currency)
	}
	paid := db.Client.Transfer.Query().Where(transfer.StateEQ(transfer.StateSUCCEEDED)).WithPostings().OnlyX(ctx)
	require.Len(t, paid.Edges.Postings, 2)
	require.NotNil(t, paid.SucceededAt)
	for _, owed := range db.Client.RefundRequest.Query().AllX(ctx) {
		require.Equal(t, owed.State == refundrequest.StateSUCCEEDED, owed.AcceptedAt != nil, "what was paid had been accepted (A31)")
	}
	var sum []struct{ Sum int64 }
	require.NoError(t, db.Client.Posting.Query().Aggregate(func(s *entsql.Selector) string { return "sum(" + s.C(posting.FieldMinor) + ") AS sum" }).Scan(ctx, &sum))
	require.Zero(t, sum[0].Sum)
}

func TestInstantsComeBackInUTCWhateverTheZoneOfTheMachine(t *testing.T) {
	t.Parallel()
	db := open(t)
	ctx := auth.AsSystem(t.Context())
	at := time.Date(2026, 3, 8, 2, 30, 0, 123456000, time.FixedZone("", -8*3600))
	err := db.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
		return tx.Notice.Create().SetID("ntc_1").SetEventID("evt").SetType("x").SetAbout("NOTHING").SetState("IGNORED").
			SetReceivedAt(at).Exec(ctx)
	})
	require.NoError(t, err)
	for _, zone := range []int{-10, 0, 10} {
		here := at.In(time.FixedZone("", zone*3600))
		require.Equal(t, 1, db.Client.Notice.Query().Where(notice.ReceivedAtLTE(here)).CountX(ctx), "compared by what it means")
		require.Zero(t, db.Client.Notice.Query().Where(notice.ReceivedAtLT(here)).CountX(ctx))
	}
	got := db.Client.Notice.GetX(ctx, "ntc_1").ReceivedAt
	require.Equal(t, time.UTC, got.Location())
	require.True(t, got.Equal(at))
}

func TestADatabaseThatCannotBeReachedSaysSoWithoutThePassword(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"postgres://shop:hunter2@127.0.0.1:1/returns?sslmode=disable", "postgres://shop:hunter2@127.0.0.1:port/returns"} {
		_, err := store.Open(t.Context(), url, fixed)
		require.Error(t, err)
		require.NotContains(t, err.Error(), "hunter2")
		require.True(t, strings.HasPrefix(err.Error(), "the database"), err.Error())
	}
}

func TestTwoProgramsThatMigrateAtOnceBothFindTheSchemaThere(t *testing.T) {
	t.Parallel()
	url, ok := pgtest.Database(t)
	if !ok {
		return
	}
	done := make(chan error, 3)
	for range cap(done) {
		go func() {
			db, err := store.Open(context.Background(), url, fixed)
			if err == nil {
				_, err = db.Migrate(context.Background())
				_ = db.Close()
			}
			done <- err
		}()
	}
	for range cap(done) {
		require.NoError(t, <-done)
	}
}
