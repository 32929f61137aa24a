package terms_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent/migrate"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/store"
	"github.com/vysero/returns/internal/terms"
)

// byHand changes rows as somebody does who has the database.
func (s shop) byHand(t *testing.T, statement string) {
	t.Helper()
	require.NoError(t, s.DB.InTx(auth.AsSystem(t.Context()), func(ctx context.Context, tx store.Tx) (err error) {
		if native := tx.SQLite(); native != nil {
			_, err = native.ExecContext(ctx, statement)
		} else {
			_, err = tx.Postgres().Exec(ctx, statement)
		}
		return err
	}))
}

func (s shop) audit(t *testing.T) (terms.Audited, []string) {
	t.Helper()
	var told []string
	done, err := s.Terms.Audit(t.Context(), func(d terms.Difference) { told = append(told, d.String()) })
	require.NoError(t, err)
	require.Len(t, told, done.Differences)
	return done, told
}

// three is a shop with three editions; it gives the id of the second.
func three(t *testing.T) (shop, string) {
	t.Helper()
	s := open(t)
	id := s.publish(t, complete+"version: second", s.Clock.Now().Add(time.Hour)).ID
	s.publish(t, complete+"version: third", s.Clock.Now().Add(48*time.Hour))
	done, told := s.audit(t)
	require.Empty(t, told)
	require.Equal(t, terms.Audited{Editions: 3}, done)
	return s, id
}

func TestAnAuditSeesEveryColumnOfAPublishedEditionThatIsAlteredByHand(t *testing.T) {
	t.Parallel()
	s, id := three(t)
	const other = "it, or one before it that bears no seal, is not what was published"
	cases := map[string]struct{ set, say string }{
		"id":            {`id = 'ted_x'`, other},
		"number":        {`number = 7`, "it is edition 7 and stands in the place of edition 3"},
		"version":       {`version = 'x'`, other},
		"state":         {`state = 'WITHDRAWN', number = NULL`, "it was published and is WITHDRAWN"},
		"canonical":     {`canonical = replace(canonical, '"changeOfHeartDays":30', '"changeOfHeartDays":3')`, "its text is not what was published: its digest is another one"},
		"digest":        {`digest = 'x'`, "its text is not what was published: its digest is another one"},
		"note":          {`note = 'x'`, other},
		"in_force_from": {`in_force_from = '2026-03-11 00:00:00+00:00'`, other},
		"acknowledged":  {`acknowledged = '["warrantyUrl"]'`, other},
		"drafted_by":    {`drafted_by = 'x'`, other},
		"drafted_at":    {`drafted_at = '2026-03-11 00:00:00+00:00'`, other},
		"proposed_by":   {`proposed_by = 'x'`, other},
		"proposed_at":   {`proposed_at = '2026-03-11 00:00:00+00:00'`, other},
		"approved_by":   {`approved_by = 'x'`, other},
		"published_at":  {`published_at = '2026-03-11 00:00:00+00:00'`, other},
		"seal":          {`seal = NULL`, "it bears no seal, and one before it does"},
	}
	s.byHand(t, "CREATE TABLE kept AS SELECT * FROM terms_editions") //nolint:unqueryvet // whatever columns there are
	for _, c := range migrate.TermsEditionsColumns {
		alter, known := cases[c.Name]
		require.True(t, known, "a column that no audit is tested with: %s", c.Name)
		s.byHand(t, fmt.Sprintf("UPDATE terms_editions SET %s WHERE id = '%s'", alter.set, id))
		_, told := s.audit(t)
		require.NotEmpty(t, told, c.Name)
		at := id
		if c.Name == "id" {
			at = "ted_x"
		}
		require.Contains(t, told, at+": "+alter.say, c.Name)
		s.byHand(t, fmt.Sprintf("DELETE FROM terms_editions WHERE id = '%s'", at))
		s.byHand(t, fmt.Sprintf("INSERT INTO terms_editions SELECT * FROM kept WHERE id = '%s'", id)) //nolint:unqueryvet // as above
		_, told = s.audit(t)
		require.Empty(t, told, "%s is as it was", c.Name)
	}
}

func TestAnEditionThatIsTakenOutIsSeenByTheNextOne(t *testing.T) {
	t.Parallel()
	s, id := three(t)
	s.byHand(t, fmt.Sprintf("DELETE FROM terms_editions WHERE id = '%s'", id))
	_, told := s.audit(t)
	require.Len(t, told, 1)
	require.Contains(t, told[0], "it is edition 3 and stands in the place of edition 2")
}

func TestEditionsOfBeforeThereWereSealsAreCountedAndHeldByTheNextSeal(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.publish(t, complete+"version: second", s.Clock.Now().Add(time.Hour))
	s.byHand(t, "UPDATE terms_editions SET seal = NULL")
	done, told := s.audit(t)
	require.Empty(t, told)
	require.Equal(t, terms.Audited{Editions: 2, Unsealed: 2}, done)
	third := s.publish(t, complete+"version: third", s.Clock.Now().Add(48*time.Hour))
	_, told = s.audit(t)
	require.Empty(t, told)
	s.byHand(t, "UPDATE terms_editions SET approved_by = 'x' WHERE number = 2")
	_, told = s.audit(t)
	require.Equal(t, []string{third.ID + ": it, or one before it that bears no seal, is not what was published"}, told)
}
