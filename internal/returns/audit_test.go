package returns_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/payment"
	"github.com/vysero/returns/internal/returns"
	"github.com/vysero/returns/internal/store"
)

// balanced holds the books against each other and against the provider's.
func (s shop) balanced(t *testing.T) {
	t.Helper()
	require.Empty(t, s.audit(t, false))
}

func (s shop) audit(t *testing.T, repair bool) []string {
	t.Helper()
	var found []string
	_, err := s.Returns.Audit(t.Context(), returns.AuditInput{Provider: true, Repair: repair, Found: func(d returns.Difference) {
		found = append(found, d.String())
	}})
	require.NoError(t, err)
	return found
}

func TestAnAuditFindsWhatDoesNotAgree(t *testing.T) {
	t.Parallel()
	s := open(t)
	_, paid := s.settle(t, s.ready(t))
	s.balanced(t)
	tamper := func(work func(ctx context.Context, tx store.Tx) error) {
		t.Helper()
		require.NoError(t, s.DB.InTx(auth.AsSystem(t.Context()), work))
	}
	tamper(func(ctx context.Context, tx store.Tx) error { return tx.Payment.Update().AddRefundedMinor(1).Exec(ctx) })
	require.Len(t, s.audit(t, false), 1, "a payment that keeps more than its transfers")
	tamper(func(ctx context.Context, tx store.Tx) error {
		return tx.Payment.Update().AddRefundedMinor(-1).Exec(ctx)
	})
	tamper(func(ctx context.Context, tx store.Tx) error {
		return tx.RefundRequest.Update().SetState("PENDING").Exec(ctx)
	})
	require.Len(t, s.audit(t, false), 1, "a refund that is not as its transfers are")
	tamper(func(ctx context.Context, tx store.Tx) error {
		return tx.RefundRequest.Update().SetState("SUCCEEDED").Exec(ctx)
	})
	_, err := s.Books.Refund(t.Context(), payment.Refund{
		Key: "by-hand", Reference: "x", Amount: paid.Total(), Charge: payment.Charge{Ref: "card_1", Captured: s.DB.Client.Payment.Query().OnlyX(auth.AsSystem(t.Context())).Captured()},
	})
	require.ErrorIs(t, err, payment.ErrBeyondCaptured)
	cent := paid.Total()
	cent.Minor = 1
	_, err = s.Books.Refund(t.Context(), payment.Refund{
		Key: "by-hand", Reference: "x", Amount: cent, Charge: payment.Charge{Ref: "card_1", Captured: s.DB.Client.Payment.Query().OnlyX(auth.AsSystem(t.Context())).Captured()},
	})
	require.NoError(t, err)
	require.Len(t, s.audit(t, false), 1, "a refund of the provider's that is not ours")
	tamper(func(ctx context.Context, tx store.Tx) error {
		_, err := tx.Posting.Delete().Exec(ctx)
		return err
	})
	require.Len(t, s.audit(t, false), 3, "two accounts of the journal as well: customers are owed nothing either way")
}

func TestAnAuditThatRepairsTakesOverWhatTheProviderTells(t *testing.T) {
	t.Parallel()
	s := open(t)
	ret, paid := s.settle(t, s.ready(t))
	s.comesBack(t, paid)
	require.Len(t, s.audit(t, false), 1)
	require.Empty(t, s.audit(t, true))
	s.balanced(t)
	ret, err := s.Returns.Get(s.ada(t), ret.ID)
	require.NoError(t, err)
	require.Equal(t, lifecycle.RefundFailed, ret.State)
}

func TestAnAuditSeesThatTheLogOfEventsWasAltered(t *testing.T) {
	t.Parallel()
	for name, tamper := range map[string]string{
		"an event that was altered":        "UPDATE events SET reason = 'something else' WHERE action = 'RECEIVE'",
		"one whose content was altered":    "UPDATE events SET actor = 'somebody' WHERE action = 'INSPECT'",
		"one that was taken out":           "DELETE FROM events WHERE action = 'RECEIVE'",
		"the last one, taken off":          "DELETE FROM events WHERE action = 'PAID'",
		"one of the order, taken out":      "DELETE FROM events WHERE return_id IS NULL",
		"two that changed places":          "UPDATE events SET seq = CASE seq WHEN 2 THEN 3 WHEN 3 THEN 2 ELSE seq END WHERE return_id IS NOT NULL",
		"the end, moved back with its row": "UPDATE returns SET events_seq = events_seq - 1",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			ret, _ := s.settle(t, s.ready(t))
			s.balanced(t)
			require.GreaterOrEqual(t, ret.EventsSeq, 5)
			require.NoError(t, s.DB.InTx(auth.AsSystem(t.Context()), func(ctx context.Context, tx store.Tx) (err error) {
				if native := tx.SQLite(); native != nil {
					_, err = native.ExecContext(ctx, tamper)
				} else {
					_, err = tx.Postgres().Exec(ctx, tamper)
				}
				return err
			}))
			told := s.audit(t, false)
			require.Len(t, told, 1)
			require.Contains(t, told[0], "the log of its events was altered")
		})
	}
}
