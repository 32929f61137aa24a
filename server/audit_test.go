package main

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/store"
)

func TestServerAuditTellsOfDecisionsThatWereAlteredByHandAndFails(t *testing.T) {
	t.Parallel()
	s := startHere(t, "", "--demo", "--now", start)
	require.Zero(t, s.stop())
	status, out, errs := run(t, "", "audit", "--books", "--database-url", s.url)
	require.Zero(t, status, errs)
	require.Regexp(t, `(?m)^1 payments, 1 refunds, 1 transfers, \d+ events: 0 differences, 0 jobs put aside\n$`, out)

	app, err := openRecords(t.Context(), place{DatabaseURL: s.url}, time.Now)
	require.NoError(t, err)
	require.NoError(t, app.DB.InTx(auth.AsSystem(t.Context()), func(ctx context.Context, tx store.Tx) error {
		line := tx.ReturnLine.GetX(ctx, "rln_1009") // the facts, and all that follows from them
		line.Facts.Delivery = policy.Delivered
		line.Facts.AsOf = line.Facts.AsOf.AddDate(1, 0, 0)
		terms := policy.Default()
		line.Verdict = policy.Decide(terms, line.Facts)
		err := tx.ReturnLine.UpdateOneID(line.ID).SetFacts(line.Facts).SetVerdict(line.Verdict).SetOutcome(line.Verdict.Outcome).Exec(ctx)
		if err != nil {
			return err
		}
		return tx.Edition.Update().SetApprovedBy("somebody").Exec(ctx)
	}))
	_, replayed := replayed(t, app)
	require.Empty(t, replayed, "a verdict that fits its facts is none that a replay tells of")
	require.NoError(t, app.Close())
	status, out, errs = run(t, "", "audit", "--books", "--database-url", s.url)
	require.Equal(t, exitFailed, status)
	require.Empty(t, errs)
	require.Regexp(t, `(?m)^ret_1009: what event 1 \(evt_.*\) left was altered: lines$`, out)
	require.Regexp(t, `(?m)^ted_.*: it, or one before it that bears no seal, is not what was published$`, out)
	require.Regexp(t, `(?m) events: 2 differences, 0 jobs put aside$`, out)
}
