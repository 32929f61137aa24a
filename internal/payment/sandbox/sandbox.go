// Package sandbox is a payment provider for development and tests: it moves no money, but it keeps books of its own
// in its own SQLite file, survives restarts, and several processes may work on one file.
//
// What happens to a refund is chosen by words in the charge's ref, so that a person can see each path:
//
//	fail-closed    FAILED, METHOD_CLOSED
//	fail-expired   FAILED, EXPIRED_OR_CANCELED_CARD
//	fail-declined  FAILED, DECLINED
//	fail-disputed  FAILED, DISPUTED
//	fail-unknown   FAILED, UNKNOWN
//	pending        PENDING until Settle; when settled as FAILED, a fail- word beside it gives the reason
//	action         REQUIRES_ACTION until Settle, likewise
//	flaky          the first call with a key is carried out, but its answer is lost: payment.ErrUnknown
//	(none)         SUCCEEDED
//
// flaky goes with any other word; of pending, action and fail- the first in this sentence counts.
//
// What looks like a charge of Stripe's (pi_, ch_ or py_ before 14 letters and digits or more) is not taken: a server that was
// started without Stripe's key must not tell anybody that such a charge was paid back.
package sandbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/vysero/returns/internal/money"
	"github.com/vysero/returns/internal/payment"
)

// Driver is the sandbox provider. It is safe for many goroutines.
type Driver struct {
	db    *sql.DB
	now   func() time.Time
	newID func() string
}

var _ payment.Driver = (*Driver)(nil)

// Refund carries out the order in one transaction. The first refund of an unknown charge opens it with what the
// order says was captured; from then on the books' word counts, and an order that says otherwise is ErrInvalid. The
// books never forget a key, so r.Again changes nothing here.
func (d *Driver) Refund(ctx context.Context, r payment.Refund) (payment.Receipt, error) {
	if err := ours(r.Charge.Ref); err != nil {
		return payment.Receipt{}, fmt.Errorf("%w: %w", payment.ErrNotSubmitted, err)
	}
	if r.Key == "" || r.Charge.Ref == "" || r.Amount.Minor <= 0 || r.Amount.Currency != r.Charge.Captured.Currency {
		return payment.Receipt{}, fmt.Errorf("%w: key, charge, amount and currency are checked by the gateway", payment.ErrInvalid)
	}
	tx, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return payment.Receipt{}, notSubmitted(err)
	}
	receipt, fresh, err := d.book(ctx, tx, r)
	if err != nil {
		return payment.Receipt{}, errors.Join(notSubmitted(err), tx.Rollback())
	}
	if !fresh {
		return receipt, tx.Rollback()
	}
	if err := tx.Commit(); err != nil {
		return payment.Receipt{}, fmt.Errorf("%w: %w", payment.ErrUnknown, err)
	}
	if strings.Contains(r.Charge.Ref, "flaky") {
		return payment.Receipt{}, fmt.Errorf("%w: the connection was dropped", payment.ErrUnknown)
	}
	return receipt, nil
}

// stripes is what a reference looks like that Stripe has given.
var stripes = regexp.MustCompile(`^(pi|ch|py)_[0-9A-Za-z]{14,}$`)

// ours refuses a charge that real money was taken for.
func ours(ref string) error {
	if stripes.MatchString(ref) {
		return fmt.Errorf("the sandbox knows nothing of %s: it looks like a charge of Stripe's", ref)
	}
	return nil
}

// notSubmitted marks an error before the commit: unless it is a refusal, nothing has happened.
func notSubmitted(err error) error {
	if errors.Is(err, payment.ErrInvalid) || errors.Is(err, payment.ErrKeyReused) {
		return err
	}
	return fmt.Errorf("%w: %w", payment.ErrNotSubmitted, err)
}

// book finds the refund of the key, or writes a fresh one; false for one that was there.
func (d *Driver) book(ctx context.Context, tx *sql.Tx, r payment.Refund) (payment.Receipt, bool, error) {
	now := d.now().UTC().Truncate(time.Microsecond)
	captured, known, err := charge(ctx, tx, r.Charge.Ref)
	if err != nil {
		return payment.Receipt{}, false, err
	}
	earlier, found, err := one(ctx, tx, "r.key = ?", r.Key)
	if err != nil {
		return payment.Receipt{}, false, err
	}
	if found {
		same := earlier.ChargeRef == r.Charge.Ref && earlier.Amount == r.Amount &&
			earlier.Reference == r.Reference && captured == r.Charge.Captured
		if !same {
			return payment.Receipt{}, false, fmt.Errorf("%w: %s", payment.ErrKeyReused, earlier.ID)
		}
		return earlier, false, nil
	}
	if known && captured != r.Charge.Captured {
		return payment.Receipt{}, false, fmt.Errorf("%w: the books say that %s was captured", payment.ErrInvalid, captured)
	}
	if !known {
		if err := open(ctx, tx, r.Charge, now); err != nil {
			return payment.Receipt{}, false, err
		}
	}
	fresh := payment.Receipt{
		ID: d.newID(), Key: r.Key, ChargeRef: r.Charge.Ref, Reference: r.Reference, Amount: r.Amount, At: now,
	}
	fresh.Status, fresh.Reason = outcome(r.Charge.Ref)
	return fresh, true, add(ctx, tx, fresh, r.Charge.Captured)
}

// add writes the refund where the charge has room for it.
func add(ctx context.Context, tx *sql.Tx, r payment.Receipt, captured money.Amount) error {
	var held int64
	err := tx.QueryRowContext(ctx, `SELECT coalesce(sum(minor), 0) FROM refund
		WHERE charge = ? AND status NOT IN ('FAILED', 'CANCELED')`, r.ChargeRef).Scan(&held)
	if err != nil {
		return fmt.Errorf("sum of refunds: %w", err)
	}
	if r.Amount.Minor > captured.Minor-held {
		return fmt.Errorf("%w: %d of %s are refunded", payment.ErrBeyondCaptured, held, captured)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO refund (id, key, charge, reference, minor, status, reason, at, changed)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, r.ID, r.Key, r.ChargeRef, r.Reference, r.Amount.Minor,
		r.Status, r.Reason, r.At.UnixMicro(), r.At.UnixMicro())
	if err != nil {
		return fmt.Errorf("write refund: %w", err)
	}
	return nil
}

// outcome reads the words in a charge's ref.
func outcome(ref string) (payment.Status, payment.FailureReason) {
	if strings.Contains(ref, "pending") {
		return payment.Pending, ""
	}
	if strings.Contains(ref, "action") {
		return payment.RequiresAction, ""
	}
	if reason := failure(ref); reason != "" {
		return payment.Failed, reason
	}
	return payment.Succeeded, ""
}

// failure is the reason that a ref asks for, "" for none.
func failure(ref string) payment.FailureReason {
	switch {
	case strings.Contains(ref, "fail-closed"):
		return payment.MethodClosed
	case strings.Contains(ref, "fail-expired"):
		return payment.CardExpired
	case strings.Contains(ref, "fail-declined"):
		return payment.Declined
	case strings.Contains(ref, "fail-disputed"):
		return payment.Disputed
	case strings.Contains(ref, "fail-unknown"):
		return payment.UnknownReason
	}
	return ""
}

// Lookup finds the refund of a key in the books.
func (d *Driver) Lookup(ctx context.Context, chargeRef, key string) (payment.Receipt, bool, error) {
	if err := ours(chargeRef); err != nil {
		return payment.Receipt{}, false, err
	}
	receipt, found, err := one(ctx, d.db, "r.key = ?", key)
	if err != nil || !found || receipt.ChargeRef != chargeRef {
		return payment.Receipt{}, false, err
	}
	return receipt, true, nil
}

// Refunds lists the refunds of a charge in the order in which they were taken.
func (d *Driver) Refunds(ctx context.Context, chargeRef string) ([]payment.Receipt, error) {
	if err := ours(chargeRef); err != nil {
		return nil, err
	}
	return list(ctx, d.db, "r.charge = ?", chargeRef)
}

// Settle is what a bank does later: it moves a refund on and answers with it as it then stands. PENDING may become
// SUCCEEDED, FAILED or CANCELED; REQUIRES_ACTION any of these or PENDING; SUCCEEDED may become FAILED, when the money
// comes back. FAILED and CANCELED are final. A move to the status that it has changes nothing. Other moves and
// unknown ids are payment.ErrInvalid.
func (d *Driver) Settle(ctx context.Context, receiptID string, status payment.Status) (payment.Receipt, error) {
	tx, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return payment.Receipt{}, fmt.Errorf("settle: %w", err)
	}
	receipt, err := d.move(ctx, tx, receiptID, status)
	if err != nil {
		return payment.Receipt{}, errors.Join(err, tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return payment.Receipt{}, fmt.Errorf("settle: %w", err)
	}
	return receipt, nil
}

func (d *Driver) move(ctx context.Context, tx *sql.Tx, id string, to payment.Status) (payment.Receipt, error) {
	receipt, found, err := one(ctx, tx, "r.id = ?", id)
	if err != nil {
		return payment.Receipt{}, err
	}
	if !found {
		return payment.Receipt{}, fmt.Errorf("%w: no refund %q", payment.ErrInvalid, id)
	}
	if receipt.Status == to {
		return receipt, nil
	}
	if !may(receipt.Status, to) {
		return payment.Receipt{}, fmt.Errorf("%w: a refund does not go from %s to %q", payment.ErrInvalid, receipt.Status, to)
	}
	receipt.Status = to
	if to == payment.Failed {
		if receipt.Reason = failure(receipt.ChargeRef); receipt.Reason == "" {
			receipt.Reason = payment.UnknownReason
		}
	}
	_, err = tx.ExecContext(ctx, `UPDATE refund SET status = ?, reason = ?, changed = ? WHERE id = ?`,
		receipt.Status, receipt.Reason, d.now().UnixMicro(), id)
	if err != nil {
		return payment.Receipt{}, fmt.Errorf("write refund: %w", err)
	}
	return receipt, nil
}

// may tells which moves a bank makes. None of them takes more from a charge than it took before.
func may(from, to payment.Status) bool {
	switch from {
	case payment.RequiresAction:
		return to.Known()
	case payment.Pending:
		return to == payment.Succeeded || to == payment.Failed || to == payment.Canceled
	case payment.Succeeded:
		return to == payment.Failed
	case payment.Failed, payment.Canceled: // the end
	}
	return false
}
