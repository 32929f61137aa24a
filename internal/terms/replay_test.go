package terms_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/internal/apptest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/returns"
	"github.com/vysero/returns/internal/store"
	"github.com/vysero/returns/internal/terms"
)

// replayed is what a replay finds.
func (s shop) replayed(t *testing.T) (terms.Replayed, []terms.Difference) {
	t.Helper()
	var found []terms.Difference
	done, err := s.Terms.Replay(t.Context(), terms.ReplayInput{Found: func(d terms.Difference) { found = append(found, d) }})
	require.NoError(t, err)
	return done, found
}

// refused asks for a return of an item that the terms do not allow, at an instant at which the clock then stands.
func (s shop) refused(t *testing.T, it *ent.Item, reason policy.Reason, at string) {
	t.Helper()
	s.Clock.Set(apptest.At(at))
	_, _, err := s.Returns.Request(s.As(t, auth.Customer, "ada@example.com"), returns.RequestInput{
		Lines: []returns.LineInput{{ItemID: it.ID, Quantity: 1, Reason: reason}},
	})
	require.Error(t, err)
}

// write changes what no use case does.
func (s shop) write(t *testing.T, work func(ctx context.Context, tx store.Tx) error) {
	t.Helper()
	require.NoError(t, s.DB.InTx(auth.AsSystem(t.Context()), work))
}

// again puts a refusal on record otherwise: rows of refusals are never changed, so that it takes the old one's place.
func again(ctx context.Context, tx store.Tx, change func(*ent.Refusal)) error {
	old := tx.Refusal.Query().OnlyX(ctx)
	tx.Refusal.DeleteOne(old).ExecX(ctx)
	change(old)
	return tx.Refusal.Create().SetID(old.ID).SetOrderID(old.OrderID).SetCustomerID(old.CustomerID).SetItemID(old.ItemID).SetReason(old.Reason).
		SetQuantity(old.Quantity).SetOutcome(old.Outcome).SetClause(old.Clause).SetVerdict(old.Verdict).SetFacts(old.Facts).
		SetTermsVersion(old.TermsVersion).SetTermsDigest(old.TermsDigest).SetAskedAt(old.AskedAt).SetAskedOn(old.AskedOn).SetAskedBy(old.AskedBy).Exec(ctx)
}

func TestWhatWasRefusedIsMadeAgainAsWell(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*ent.Refusal)
		say    string
	}{
		"as it was":       {func(*ent.Refusal) {}, ""},
		"its outcome":     {func(r *ent.Refusal) { r.Outcome = policy.NotYet }, "outcome: NOT_YET on record, NOT_ELIGIBLE by what was written down with it"},
		"its clause":      {func(r *ent.Refusal) { r.Clause = policy.E1 }, "clause: E1 on record, which by what was written down with it speaks against nothing"},
		"its facts":       {func(r *ent.Refusal) { r.Facts.AsOf = r.Facts.AsOf.AddDate(0, 0, -7) }, "outcome: NOT_ELIGIBLE on record, ELIGIBLE now"},
		"what was said":   {func(r *ent.Refusal) { r.Verdict.Findings[5].Effect = policy.Passes }, "T1: T1 A1 PASSES"},
		"unknown terms":   {func(r *ent.Refusal) { r.TermsDigest = strings.Repeat("0", 64) }, "no edition has the terms that it names"},
		"its alternative": {func(r *ent.Refusal) { r.Verdict.Alternatives = []policy.Alternative{{Kind: policy.ByWarranty}} }, "alternative 1: WARRANTY"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			s.refused(t, s.sold(t, "2001", "2026-03-01T10:00:00-08:00"), policy.ChangeOfHeart, "2026-04-01T09:00:00-07:00")
			s.write(t, func(ctx context.Context, tx store.Tx) error { return again(ctx, tx, c.change) })
			done, found := s.replayed(t)
			want := terms.Replayed{Editions: 1, Refusals: 1}
			if c.say != "" {
				want.Differences = 1
				require.Len(t, found, 1)
				require.Contains(t, found[0].String(), s.DB.Client.Refusal.Query().OnlyIDX(auth.AsSystem(t.Context())))
				require.Contains(t, found[0].String(), c.say)
			}
			require.Equal(t, want, done)
		})
	}
}

func TestAnEditionThatIsNotWhatWasPublishedIsADifference(t *testing.T) {
	t.Parallel()
	digest := func(text string) string { sum := sha256.Sum256([]byte(text)); return hex.EncodeToString(sum[:]) }
	for name, c := range map[string]struct {
		change func(canonical, digest string) (string, string)
		say    string
	}{
		"other terms": {func(text, digest string) (string, string) {
			return strings.Replace(text, `"changeOfHeartDays":30`, `"changeOfHeartDays":3`, 1), digest
		}, "edition 1 is not what was published: digest "},
		"the same in other letters": {func(text, digest string) (string, string) { return text + "\n", digest }, "edition 1 is not what was published: digest "},
		"another digest": {func(text, _ string) (string, string) { return text, strings.Repeat("0", 64) },
			"edition 1 is not what was published: digest 0000"},
		"both, but it is not in one form": {func(text, _ string) (string, string) { return text + "\n", digest(text + "\n") },
			"edition 1 is read as other terms than were published: digest "},
		"both, but it is no terms": {func(string, string) (string, string) { return "{}", digest("{}") }, "edition 1 cannot be read: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			s.publish(t, complete+"version: second", apptest.At("2026-03-20T09:00:00-07:00"))
			s.refused(t, s.sold(t, "2001", "2026-03-01T10:00:00-08:00"), policy.ChangeOfHeart, "2026-04-01T09:00:00-07:00")
			first := s.DB.Client.Edition.Query().FirstX(s.author)
			text, sum := c.change(first.Canonical, first.Digest)
			s.write(t, func(ctx context.Context, tx store.Tx) error {
				tx.Edition.DeleteOne(first).ExecX(ctx) // editions never change: this one takes its place
				return tx.Edition.Create().SetID(first.ID).SetNumber(1).SetVersion(first.Version).SetState(first.State).SetCanonical(text).
					SetDigest(sum).SetInForceFrom(*first.InForceFrom).SetDraftedBy("x").SetDraftedAt(first.DraftedAt).Exec(ctx)
			})
			done, found := s.replayed(t)
			require.Equal(t, terms.Replayed{Editions: 2, Refusals: 1, Differences: 2}, done)
			require.Equal(t, first.ID, found[0].Where)
			require.Contains(t, found[0].String(), c.say)
			require.True(t, found[1].Unknown, "what was decided by it cannot be made again")
			_, err := (&terms.Service{DB: s.DB, NewID: s.Terms.NewID, Wall: s.Clock.Now}).Book(t.Context())
			require.ErrorContains(t, err, strings.TrimPrefix(c.say, "edition 1 "), "and nobody decides by it")
		})
	}
}
