package returns_test

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/apptest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/money"
	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/payment"
	"github.com/vysero/returns/internal/refund"
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

// tamper alters the database by hand, past everything that guards it.
func (s shop) tamper(t *testing.T, statement string) {
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
	tamper(func(ctx context.Context, tx store.Tx) error {
		return tx.RefundRequest.Update().ClearAcceptedAt().Exec(ctx)
	})
	require.Contains(t, strings.Join(s.audit(t, false), "\n"), "accepted all of it is on record: false, by its transfers: true")
	tamper(func(ctx context.Context, tx store.Tx) error {
		return tx.RefundRequest.Update().SetAcceptedAt(tx.Now).Exec(ctx)
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

func TestAnAuditHoldsRefundsAgainstWhatWasPaid(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		tamper func(b *refund.Breakdown)
		units  int // that count as paid back
		say    string
	}{
		"a cent too much for the units":                {func(b *refund.Breakdown) { b.Lines[0].Minor++ }, 1, "the shares of 1 of its 3 units come to 33.34 USD, and 33.35 USD"},
		"a unit that was paid back uncounted":          {func(b *refund.Breakdown) { b.Lines[0].Units++ }, 1, "1 of its units count as paid back, by the refunds they are 2"},
		"a unit that was paid back and does not count": {func(*refund.Breakdown) {}, 0, "0 of its units count as paid back, by the refunds they are 1"},
		"shipping paid back twice": {func(b *refund.Breakdown) {
			b.Lines = append(b.Lines, refund.Line{Kind: refund.ShippingShare, Minor: 801})
		}, 1, "8.00 USD were paid for shipping, and 8.01 USD"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, func(in *orders.RecordInput) { in.Items = []orders.ItemInput{apptest.Camera(3, "100.00")} })
			_, paid := s.settle(t, s.ready(t))
			s.balanced(t)
			c.tamper(&paid.Breakdown)
			written, err := json.Marshal(paid.Breakdown)
			require.NoError(t, err)
			s.tamper(t, "UPDATE refunds SET breakdown = '"+string(written)+"'")
			s.tamper(t, "UPDATE items SET units_refunded = "+strconv.Itoa(c.units))
			require.Contains(t, strings.Join(s.audit(t, false), "\n"), c.say)
		})
	}
}

func TestAnAuditGoesOnWhereTheProviderCannotBeAskedAboutAPayment(t *testing.T) {
	t.Parallel()
	s := open(t, func(in *orders.RecordInput) {
		in.Payments = []orders.PaymentInput{{Ref: "pi_3Sandbox0Knows0Nothing01", Captured: apptest.USD("54.00")}, {Ref: "card_1", Captured: apptest.USD("54.00")}}
	})
	_, _ = s.settle(t, s.ready(t))
	by := payment.Refund{Key: "by-hand", Reference: "x", Amount: money.Amount{Minor: 1, Currency: "USD"}, Charge: payment.Charge{Ref: "card_1", Captured: money.Amount{Minor: 5400, Currency: "USD"}}}
	_, err := s.Books.Refund(t.Context(), by)
	require.NoError(t, err)
	told := s.audit(t, false)
	require.Len(t, told, 2)
	require.Contains(t, told[0], "cannot be read")
	require.Contains(t, told[1], "under the key by-hand, which no transfer has")
}

func TestAnAuditEndsWhereTheProviderIsSilent(t *testing.T) {
	t.Parallel()
	s := open(t)
	_, _ = s.settle(t, s.ready(t))
	for i := range 10 {
		other := s.Order(t, func(in *orders.RecordInput) {
			in.Number = strconv.Itoa(2000 + i)
			in.Payments[0].Ref = "card_" + in.Number
		})
		require.NotNil(t, other)
	}
	require.NoError(t, s.Books.Close())
	found := 0
	_, err := s.Returns.Audit(t.Context(), returns.AuditInput{Provider: true, Every: true, Found: func(returns.Difference) { found++ }})
	require.ErrorContains(t, err, "none of the last 10 lists")
	require.Equal(t, 10, found)
}

func TestARefundThatADatabaseLostIsFoundAtTheProvider(t *testing.T) {
	t.Parallel()
	s := open(t)
	charge := payment.Charge{Ref: "card_1", Captured: money.Amount{Minor: 10800, Currency: "USD"}}
	lost, err := s.Books.Refund(t.Context(), payment.Refund{Key: "trf_lost", Reference: "ref_lost", Amount: money.Amount{Minor: 10000, Currency: "USD"}, Charge: charge})
	require.NoError(t, err)
	s.balanced(t)
	every := func(in returns.AuditInput) (told []string) {
		t.Helper()
		in.Found = func(d returns.Difference) { told = append(told, d.String()) }
		_, err := s.Returns.Audit(t.Context(), in)
		require.NoError(t, err)
		return told
	}
	told := every(returns.AuditInput{Provider: true, Every: true})
	require.Len(t, told, 1)
	require.Contains(t, told[0], "under the key trf_lost, which no transfer has")

	require.NoError(t, s.Returns.TakeNotice(t.Context(), payment.Notice{EventID: "evt_1", Kind: payment.AboutRefund, Receipt: lost, ChargeRefs: []string{"card_1"}}))
	require.NoError(t, s.Returns.ApplyNotice(t.Context(), s.DB.Client.Notice.Query().OnlyIDX(auth.AsSystem(t.Context()))))
	require.Equal(t, told, s.audit(t, false), "a notice names the payment: its list is looked at")
	require.Len(t, every(returns.AuditInput{}), 1, "without the provider the notice itself is told")
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
			s.tamper(t, tamper)
			told := s.audit(t, false)
			require.Len(t, told, 1)
			require.Contains(t, told[0], "the log of its events was altered")
		})
	}
}
