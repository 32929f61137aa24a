package main

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/returns"
	"github.com/vysero/returns/internal/store"
	"github.com/vysero/returns/internal/terms"
)

// replayed is what a replay of the app's records finds.
func replayed(t *testing.T, app *App) (terms.Replayed, []terms.Difference) {
	t.Helper()
	var found []terms.Difference
	done, err := app.Terms.Replay(t.Context(), terms.ReplayInput{Found: func(d terms.Difference) { found = append(found, d) }})
	require.NoError(t, err)
	return done, found
}

// Where this fails, a change of the rules reaches back to what customers were told. Either it must not, or old terms have to
// go on meaning what they meant.
func TestReplayingTheDemoShopFindsEveryVerdictAsItWas(t *testing.T) {
	t.Parallel()
	app := newShop(t)
	require.NoError(t, seed(t.Context(), app, quiet))
	done, found := replayed(t, app)
	require.Empty(t, found)
	require.Equal(t, terms.Replayed{Editions: 1, Verdicts: len(demoReturns()), Refusals: 1, Judgements: 2}, done)
}

func TestReplaySeesAVerdictThatWouldBeAnotherOneToday(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		tamper func(ctx context.Context, tx store.Tx) error
		where  string
		say    []string
	}{
		"its outcome, where it is in force": {func(ctx context.Context, tx store.Tx) error {
			return tx.ReturnLine.UpdateOneID("rln_1016").SetOutcome(policy.NotEligible).Exec(ctx)
		}, "rln_1016", []string{"outcome: NOT_ELIGIBLE on record, ELIGIBLE by what was written down with it"}},
		"its outcome, everywhere": {func(ctx context.Context, tx store.Tx) error {
			line := tx.ReturnLine.GetX(ctx, "rln_1016")
			line.Verdict.Outcome = policy.NotEligible
			return tx.ReturnLine.UpdateOneID(line.ID).SetOutcome(policy.NotEligible).SetVerdict(line.Verdict).Exec(ctx)
		}, "rln_1016", []string{"outcome: NOT_ELIGIBLE on record, ELIGIBLE now"}},
		"a date that was computed": {func(ctx context.Context, tx store.Tx) error {
			line := tx.ReturnLine.GetX(ctx, "rln_1018")
			line.Verdict.RequestBefore.Before = line.Verdict.RequestBefore.Before.Add(24 * time.Hour)
			return tx.ReturnLine.UpdateOneID(line.ID).SetVerdict(line.Verdict).Exec(ctx)
		}, "rln_1018", []string{"request before: 2026-03-30T07:00:00Z in America/Los_Angeles on record, 2026-03-29T07:00:00Z in America/Los_Angeles now"}},
		"what a clause said": {func(ctx context.Context, tx store.Tx) error {
			line := tx.ReturnLine.GetX(ctx, "rln_1018")
			line.Verdict.Findings[5].Effect = policy.Refuses
			return tx.ReturnLine.UpdateOneID(line.ID).SetVerdict(line.Verdict).Exec(ctx)
		}, "rln_1018", []string{"T1: T1 A1 REFUSES", "deciding: [T1] on record, [] now"}},
		"a clause that said nothing": {func(ctx context.Context, tx store.Tx) error {
			line := tx.ReturnLine.GetX(ctx, "rln_1018")
			line.Verdict.Findings = line.Verdict.Findings[1:]
			return tx.ReturnLine.UpdateOneID(line.ID).SetVerdict(line.Verdict).Exec(ctx)
		}, "rln_1018", []string{"E1: nothing on record"}},
		"a fact that it rests on": {func(ctx context.Context, tx store.Tx) error {
			line := tx.ReturnLine.GetX(ctx, "rln_1018")
			line.Facts.AsOf = line.Facts.AsOf.AddDate(1, 0, 0)
			return tx.ReturnLine.UpdateOneID(line.ID).SetFacts(line.Facts).Exec(ctx)
		}, "rln_1018", []string{"outcome: ELIGIBLE on record, NOT_ELIGIBLE now"}},
		"terms that nobody published": {func(ctx context.Context, tx store.Tx) error {
			return tx.ReturnLine.UpdateOneID("rln_1018").SetTermsDigest(strings.Repeat("0", 64)).Exec(ctx)
		}, "rln_1018", []string{"no edition has the terms that it names"}},
		"a verdict that a later one took the place of": {func(ctx context.Context, tx store.Tx) error {
			line := tx.ReturnLine.GetX(ctx, "rln_1016")
			line.Verdict.Outcome = policy.NotEligible
			before, err := json.Marshal(map[string]any{ent.Replaced: map[string]ent.Decided{line.ID: {Facts: line.Facts, Verdict: line.Verdict}}})
			if err != nil {
				return err
			}
			return tx.Event.Create().SetID("evt_1016_0").SetOrderID("ord_1016").SetCustomerID(line.CustomerID).SetReturnID(line.ReturnID).
				SetAt(tx.Now).SetActor("x").SetRole("AGENT").SetAction("APPROVE").SetBefore(before).Exec(ctx)
		}, "evt_1016_0 rln_1016", []string{"outcome: NOT_ELIGIBLE on record, ELIGIBLE now"}},
		"a judgement's outcome": {func(ctx context.Context, tx store.Tx) error {
			return tx.Inspection.UpdateOneID("ins_1020").SetOutcome(policy.NoRefund).Exec(ctx)
		}, "ins_1020", []string{"outcome: NO_REFUND on record, REFUND_WITH_DEDUCTION by what was written down with it"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := newShop(t)
			require.NoError(t, seed(t.Context(), app, quiet))
			require.NoError(t, app.DB.InTx(auth.AsSystem(t.Context()), c.tamper))
			done, found := replayed(t, app)
			require.Equal(t, 1, done.Differences)
			require.Len(t, found, 1)
			require.Equal(t, c.where, found[0].Where)
			for _, say := range c.say {
				require.Contains(t, found[0].String(), say)
			}
		})
	}
}

func TestReplayMakesTheVerdictOfTheRequestAgainBesideThatOfTheApproval(t *testing.T) {
	t.Parallel()
	app := newShop(t)
	require.NoError(t, seed(t.Context(), app, quiet))
	before, _ := replayed(t, app)
	agent := auth.With(t.Context(), auth.Principal{ID: "eva", Role: auth.Agent})
	_, err := app.Returns.Approve(agent, returns.ApproveInput{ID: "ret_1016", IdempotencyKey: "k", Instructions: "Pack it well."})
	require.NoError(t, err)
	done, found := replayed(t, app)
	require.Empty(t, found)
	require.Equal(t, before.Verdicts+1, done.Verdicts)
	require.NotNil(t, app.DB.Client.ReturnLine.GetX(auth.AsSystem(t.Context()), "rln_1016").Facts.Instructions, "the latest is that of the approval")
}

func TestReplayCountsOtherWordsAndStaffsDecisionsAsNoDifference(t *testing.T) {
	t.Parallel()
	app := newShop(t)
	require.NoError(t, seed(t.Context(), app, quiet))
	require.NoError(t, app.DB.InTx(auth.AsSystem(t.Context()), func(ctx context.Context, tx store.Tx) error {
		line := tx.ReturnLine.GetX(ctx, "rln_1018")
		line.Verdict.Findings[0].Say = "Everything comes back."
		if err := tx.ReturnLine.UpdateOneID(line.ID).SetVerdict(line.Verdict).Exec(ctx); err != nil {
			return err
		}
		return tx.ReturnLine.UpdateOneID("rln_1016").SetOutcome(policy.NotEligible).SetOverridden(true).Exec(ctx)
	}))
	done, found := replayed(t, app)
	require.Empty(t, found)
	require.Equal(t, 1, done.Reworded)
}

func TestServerTermsReplayTellsAndFails(t *testing.T) {
	t.Parallel()
	s := startHere(t, "", "--demo", "--now", start)
	require.Zero(t, s.stop())
	status, out, errs := run(t, "", "terms", "replay", "--database-url", s.url)
	require.Zero(t, status, errs)
	require.Equal(t, "1 editions, 9 verdicts, 1 refusals, 2 judgements: 0 differences, 0 reworded\n", out)

	app, err := openRecords(t.Context(), place{DatabaseURL: s.url}, time.Now)
	require.NoError(t, err)
	require.NoError(t, app.DB.InTx(auth.AsSystem(t.Context()), func(ctx context.Context, tx store.Tx) error {
		return tx.ReturnLine.UpdateOneID("rln_1016").SetOutcome(policy.Warranty).Exec(ctx)
	}))
	require.NoError(t, app.Close())
	status, out, errs = run(t, "", "terms", "replay", "--database-url", s.url)
	require.Equal(t, exitFailed, status)
	require.Empty(t, errs)
	require.Regexp(t, `(?m)^rln_1016: outcome: WARRANTY on record`, out)
	require.Regexp(t, `(?m)^1 editions, 9 verdicts, 1 refusals, 2 judgements: 1 differences, 0 reworded$`, out)
}

func TestWithoutPublishedTermsNothingCanBeMadeAgain(t *testing.T) {
	t.Parallel()
	url := fresh(t)
	status, out, errs := run(t, "", "terms", "replay", "--database-url", url)
	require.Zero(t, status, errs)
	require.Equal(t, "0 editions, 0 verdicts, 0 refusals, 0 judgements: 0 differences, 0 reworded\n", out)
}
