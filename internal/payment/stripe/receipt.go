package stripe

import (
	"fmt"
	"time"

	sdk "github.com/stripe/stripe-go/v85"

	"github.com/vysero/returns/internal/payment"
)

// statuses are Stripe's words and ours. A word that is not among them is an unknown outcome, not a guess.
var statuses = map[sdk.RefundStatus]payment.Status{
	sdk.RefundStatusPending:        payment.Pending,
	sdk.RefundStatusRequiresAction: payment.RequiresAction,
	sdk.RefundStatusSucceeded:      payment.Succeeded,
	sdk.RefundStatusFailed:         payment.Failed,
	sdk.RefundStatusCanceled:       payment.Canceled,
}

// reasons are Stripe's reasons for a failure; any other is UNKNOWN.
var reasons = map[sdk.RefundFailureReason]payment.FailureReason{
	sdk.RefundFailureReasonExpiredOrCanceledCard: payment.CardExpired,
	sdk.RefundFailureReasonLostOrStolenCard:      payment.CardExpired,
	"charge_for_pending_refund_disputed":         payment.Disputed,
	"declined":                                   payment.Declined,
	"insufficient_funds":                         payment.NoFunds,
	"merchant_request":                           payment.Withdrawn,
}

// receiptOf reads a refund. ref is the name under which the caller knows the charge; "" takes Stripe's first.
func receiptOf(r *sdk.Refund, ref string) (payment.Receipt, error) {
	if r == nil || r.Object != "refund" || r.ID == "" {
		return payment.Receipt{}, fmt.Errorf("stripe: the answer is not a refund")
	}
	status, ok := statuses[r.Status]
	if !ok {
		return payment.Receipt{}, fmt.Errorf("stripe: refund %s has the unknown status %q", r.ID, r.Status)
	}
	amount, err := fromUnits(r.Amount, string(r.Currency))
	if err != nil {
		return payment.Receipt{}, fmt.Errorf("refund %s: %w", r.ID, err)
	}
	receipt := payment.Receipt{
		ID: r.ID, Key: r.Metadata[keyName], Reference: r.Metadata[referenceName], Amount: amount, Status: status,
		At: time.Unix(r.Created, 0).UTC(),
	}
	if status == payment.Failed {
		if receipt.Reason = reasons[r.FailureReason]; receipt.Reason == "" {
			receipt.Reason = payment.UnknownReason
		}
	}
	for _, name := range chargesOf(r) {
		if ref == "" || name == ref {
			receipt.ChargeRef = name
			return receipt, nil
		}
	}
	return payment.Receipt{}, fmt.Errorf("stripe: refund %s is about another charge", r.ID)
}

// chargesOf are the names of what the refund goes back to: the payment intent first.
func chargesOf(r *sdk.Refund) []string {
	var names []string
	if r.PaymentIntent != nil && r.PaymentIntent.ID != "" {
		names = append(names, r.PaymentIntent.ID)
	}
	if r.Charge != nil && r.Charge.ID != "" {
		names = append(names, r.Charge.ID)
	}
	return names
}
