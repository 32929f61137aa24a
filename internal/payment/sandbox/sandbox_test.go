package sandbox_test

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/money"
	"github.com/vysero/returns/internal/payment"
	"github.com/vysero/returns/internal/payment/paymenttest"
	"github.com/vysero/returns/internal/payment/sandbox"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 123456789, time.FixedZone("", 3600))

var ids atomic.Int64

func newID() string { return fmt.Sprintf("re_%d", ids.Add(1)) }

func openAt(t testing.TB, path string) *sandbox.Driver {
	t.Helper()
	driver, err := sandbox.Open(path, func() time.Time { return noon }, newID)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, driver.Close()) })
	return driver
}

func fresh(t testing.TB) *sandbox.Driver {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "books.db"))
}

// refund is 4 dollars back of 10 that were paid by the charge.
func refund(ref, key string) payment.Refund {
	return payment.Refund{
		Key: key, Reference: "ref_" + key, Amount: money.Amount{Minor: 4_00, Currency: "USD"},
		Charge: payment.Charge{Ref: ref, Captured: money.Amount{Minor: 10_00, Currency: "USD"}},
	}
}

func TestSandboxKeepsThePortsPromises(t *testing.T) {
	t.Parallel()
	charge := func(_ testing.TB, captured money.Amount) payment.Charge {
		return payment.Charge{Ref: fmt.Sprintf("ch_%d", ids.Add(1)), Captured: captured}
	}
	paymenttest.Run(t, func(t testing.TB, dir string) paymenttest.House {
		return paymenttest.House{Driver: openAt(t, filepath.Join(dir, "books.db")), Charge: charge}
	})
}

func TestBooksInMemoryKeepThePortsPromisesUntilTheyAreClosed(t *testing.T) {
	t.Parallel()
	gateway := payment.New(openAt(t, ":memory:"))
	first, err := gateway.Refund(t.Context(), refund("ch_1", "a"))
	require.NoError(t, err)
	again, err := gateway.Refund(t.Context(), refund("ch_1", "a"))
	require.NoError(t, err)
	assert.Equal(t, first, again)
}

func TestRefChoosesTheOutcome(t *testing.T) {
	t.Parallel()
	gateway := payment.New(fresh(t))
	for ref, want := range map[string]payment.Receipt{
		"ch_plain":                {Status: payment.Succeeded},
		"ch_fail-closed":          {Status: payment.Failed, Reason: payment.MethodClosed},
		"ch_fail-expired":         {Status: payment.Failed, Reason: payment.CardExpired},
		"ch_fail-declined":        {Status: payment.Failed, Reason: payment.Declined},
		"ch_fail-unknown":         {Status: payment.Failed, Reason: payment.UnknownReason},
		"ch_pending":              {Status: payment.Pending},
		"ch_action":               {Status: payment.RequiresAction},
		"ch_pending-fail-expired": {Status: payment.Pending},
	} {
		got, err := gateway.Refund(t.Context(), refund(ref, ref))
		require.NoError(t, err, ref)
		assert.Equal(t, want.Status, got.Status, ref)
		assert.Equal(t, want.Reason, got.Reason, ref)
		assert.Equal(t, noon.UTC().Truncate(time.Microsecond), got.At, ref)
	}
}

func TestFailedRefundGivesTheAmountFree(t *testing.T) {
	t.Parallel()
	gateway := payment.New(fresh(t))
	for i := range 5 {
		receipt, err := gateway.Refund(t.Context(), refund("ch_fail-closed", fmt.Sprint(i)))
		require.NoError(t, err)
		assert.Equal(t, payment.Failed, receipt.Status)
	}
}

func TestFlakyAnswerIsLostOnceAndTheMoneyMovesOnce(t *testing.T) {
	t.Parallel()
	gateway := payment.New(fresh(t))
	for _, key := range []string{"a", "b"} {
		_, err := gateway.Refund(t.Context(), refund("ch_flaky", key))
		require.ErrorIs(t, err, payment.ErrUnknown)
		require.NotErrorIs(t, err, payment.ErrNotSubmitted)
		found, ok, err := gateway.Lookup(t.Context(), "ch_flaky", key)
		require.NoError(t, err)
		require.True(t, ok, "it was carried out all the same")
		receipt, err := gateway.Refund(t.Context(), refund("ch_flaky", key))
		require.NoError(t, err)
		assert.Equal(t, found, receipt)
	}
	listed, err := gateway.Refunds(t.Context(), "ch_flaky")
	require.NoError(t, err)
	assert.Len(t, listed, 2)
}

func TestBankSettlesLater(t *testing.T) {
	t.Parallel()
	const moved, refused = true, false
	for _, c := range []struct {
		ref    string
		moves  []payment.Status
		last   bool
		reason payment.FailureReason
	}{
		{"ch_pending", []payment.Status{payment.Succeeded}, moved, ""},
		{"ch_pending", []payment.Status{payment.Canceled}, moved, ""},
		{"ch_pending", []payment.Status{payment.Failed}, moved, payment.UnknownReason},
		{"ch_pending-fail-expired", []payment.Status{payment.Failed}, moved, payment.CardExpired},
		{"ch_pending", []payment.Status{payment.Succeeded, payment.Failed}, moved, payment.UnknownReason},
		{"ch_pending", []payment.Status{payment.Pending}, moved, ""},
		{"ch_action", []payment.Status{payment.Pending, payment.Succeeded}, moved, ""},
		{"ch_plain", []payment.Status{payment.Failed}, moved, payment.UnknownReason},
		{"ch_plain", []payment.Status{payment.Pending}, refused, ""},
		{"ch_plain", []payment.Status{payment.Canceled}, refused, ""},
		{"ch_pending", []payment.Status{payment.RequiresAction}, refused, ""},
		{"ch_pending", []payment.Status{payment.Canceled, payment.Succeeded}, refused, ""},
		{"ch_pending", []payment.Status{payment.Failed, payment.Succeeded}, refused, ""},
		{"ch_action", []payment.Status{"LOST"}, refused, ""},
	} {
		t.Run(fmt.Sprint(c.ref, c.moves), func(t *testing.T) {
			t.Parallel()
			receipt, err := settled(t, c.ref, c.moves)
			if !c.last {
				require.ErrorIs(t, err, payment.ErrInvalid)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.moves[len(c.moves)-1], receipt.Status)
			assert.Equal(t, c.reason, receipt.Reason)
		})
	}
}

// settled makes a refund of the charge and moves it on; every move but the last must be allowed.
func settled(t *testing.T, ref string, moves []payment.Status) (payment.Receipt, error) {
	t.Helper()
	driver := fresh(t)
	receipt, err := driver.Refund(t.Context(), refund(ref, "a"))
	for _, to := range moves {
		require.NoError(t, err)
		var after payment.Receipt
		after, err = driver.Settle(t.Context(), receipt.ID, to)
		found, _, looked := driver.Lookup(t.Context(), ref, "a")
		require.NoError(t, looked)
		if err != nil {
			assert.Equal(t, receipt, found, "a refused move changes nothing")
			continue
		}
		assert.Equal(t, after, found)
		receipt = found
	}
	return receipt, err
}

func TestUnknownRefundIsNotSettled(t *testing.T) {
	t.Parallel()
	_, err := fresh(t).Settle(t.Context(), "re_nobody", payment.Succeeded)
	require.ErrorIs(t, err, payment.ErrInvalid)
}

func TestBooksDecideWhatWasCaptured(t *testing.T) {
	t.Parallel()
	gateway := payment.New(fresh(t))
	_, err := gateway.Refund(t.Context(), refund("ch_1", "a"))
	require.NoError(t, err)
	more := refund("ch_1", "b")
	more.Charge.Captured.Minor = 99_00
	_, err = gateway.Refund(t.Context(), more)
	require.ErrorIs(t, err, payment.ErrInvalid)
}

// Drivers of their own on one file stand for processes: they share nothing but the file.
func TestProcessesOnOneFileShareTheBooks(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "books.db")
	var all sync.WaitGroup
	var paid atomic.Int64
	for process := range 6 {
		all.Go(func() {
			driver, err := sandbox.Open(path, func() time.Time { return noon }, newID)
			if !assert.NoError(t, err) {
				return
			}
			gateway := payment.New(driver)
			for i := range 5 {
				r := refund("ch_1", fmt.Sprintf("%d-%d", process, i))
				r.Amount.Minor = 1_00
				switch _, err := gateway.Refund(t.Context(), r); {
				case err == nil:
					paid.Add(1)
				default:
					assert.ErrorIs(t, err, payment.ErrBeyondCaptured)
				}
			}
			assert.NoError(t, driver.Close())
		})
	}
	all.Wait()
	assert.Equal(t, int64(10), paid.Load())
}

func TestRepeatedIDMovesNothing(t *testing.T) {
	t.Parallel()
	driver, err := sandbox.Open(":memory:", func() time.Time { return noon }, func() string { return "re_same" })
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, driver.Close()) })
	gateway := payment.New(driver)
	_, err = gateway.Refund(t.Context(), refund("ch_1", "a"))
	require.NoError(t, err)
	_, err = gateway.Refund(t.Context(), refund("ch_1", "b"))
	require.ErrorIs(t, err, payment.ErrNotSubmitted)
}

func TestClosedBooksMoveNothing(t *testing.T) {
	t.Parallel()
	driver := fresh(t)
	require.NoError(t, driver.Close())
	_, err := payment.New(driver).Refund(t.Context(), refund("ch_1", "a"))
	require.ErrorIs(t, err, payment.ErrNotSubmitted)
	_, err = driver.Settle(t.Context(), "re_1", payment.Failed)
	require.Error(t, err)
}

func TestBooksRefuseRowsThatWouldBeWrong(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "books.db")
	driver := openAt(t, path)
	_, err := driver.Refund(t.Context(), refund("ch_1", "a"))
	require.NoError(t, err)
	db, err := sql.Open("sqlite3", "file:"+path+"?_foreign_keys=on")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, db.Close()) })
	var mode string
	require.NoError(t, db.QueryRow(`PRAGMA journal_mode`).Scan(&mode))
	assert.Equal(t, "wal", mode)
	for name, statement := range map[string]string{
		"a reason without a failure": `UPDATE refund SET reason = 'DECLINED'`,
		"a failure without a reason": `UPDATE refund SET status = 'FAILED'`,
		"an unknown status":          `UPDATE refund SET status = 'LOST'`,
		"a negative refund":          `UPDATE refund SET minor = -1`,
		"a charge that is not there": `UPDATE refund SET charge = 'ch_2'`,
		"nothing captured":           `UPDATE charge SET captured = 0`,
	} {
		_, err := db.Exec(statement)
		assert.Error(t, err, name)
	}
}

func TestFileThatIsNotTheBooksIsRefusedAndLeftAlone(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func(*testing.T, string){
		"text": func(t *testing.T, path string) {
			require.NoError(t, os.WriteFile(path, []byte("dear diary, nothing happened today, nothing at all"), 0o600))
		},
		"another database":                    other(`CREATE TABLE orders (id)`),
		"another database with our number":    other(`CREATE TABLE orders (id); PRAGMA user_version = 1`),
		"books of an edition that is to come": other(`CREATE TABLE charge (id); CREATE TABLE refund (id); PRAGMA user_version = 2`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "50% of what? #1.db")
			write(t, path)
			before, err := os.ReadFile(path)
			require.NoError(t, err)
			driver, err := sandbox.Open(path, func() time.Time { return noon }, newID)
			require.Error(t, err)
			assert.Nil(t, driver)
			after, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.Equal(t, before, after)
		})
	}
	_, err := sandbox.Open(filepath.Join(t.TempDir(), "no", "folder", "books.db"), func() time.Time { return noon }, newID)
	require.Error(t, err)
}

func other(statement string) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		made := filepath.Join(t.TempDir(), "other.db")
		db, err := sql.Open("sqlite3", "file:"+made)
		require.NoError(t, err)
		_, err = db.Exec(statement)
		require.NoError(t, errors.Join(err, db.Close()))
		require.NoError(t, os.Rename(made, path))
	}
}

func TestARealProvidersChargeIsNotPaidBackHere(t *testing.T) {
	t.Parallel()
	gateway := payment.New(fresh(t))
	for _, ref := range []string{"pi_3Sandbox0Knows0Nothing01", "ch_1Sandbox0Knows0Nothing01", "py_1Sandbox0Knows0Nothing01"} {
		_, err := gateway.Refund(t.Context(), refund(ref, ref))
		require.ErrorIs(t, err, payment.ErrNotSubmitted, "it stays owed, and goes on once the server has the provider's key")
		_, err = gateway.Refunds(t.Context(), ref)
		require.Error(t, err, "an empty list would be taken for proof that nothing was paid")
		_, _, err = gateway.Lookup(t.Context(), ref, ref)
		require.Error(t, err)
	}
}
