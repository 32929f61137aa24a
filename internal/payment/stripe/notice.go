package stripe

import (
	"crypto/hmac"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	sdk "github.com/stripe/stripe-go/v85"
	"github.com/stripe/stripe-go/v85/webhook"

	"github.com/vysero/returns/internal/payment"
)

// SignatureHeader is the HTTP header that bears the signature of a webhook.
const SignatureHeader = "Stripe-Signature"

// Tolerance is how far from now a notice may have been signed, earlier or later.
const Tolerance = 300 * time.Second

// MaxNotice is the largest notice that is looked at, in bytes; read no more than that and one byte.
const MaxNotice = 1 << 20

// aboutRefunds are the events that carry a refund; charge.refund.updated is the older name of refund.updated.
var aboutRefunds = []sdk.EventType{
	sdk.EventTypeRefundCreated, sdk.EventTypeRefundUpdated, sdk.EventTypeRefundFailed, sdk.EventTypeChargeRefundUpdated,
}

// Secrets reads a list of signing secrets, parted by commas: the one that is going and the one that comes.
func Secrets(list string) []string {
	var secrets []string
	for part := range strings.SplitSeq(list, ",") {
		if secret := strings.TrimSpace(part); secret != "" {
			secrets = append(secrets, secret)
		}
	}
	return secrets
}

// Verify proves that payload, byte for byte as it arrived, was signed by Stripe with one of the secrets within
// Tolerance of now, and reads it. header is the SignatureHeader. An event that is not about refunds is AboutNothing and
// no error. Errors are payment.ErrForged and payment.ErrUnreadable; neither tells what a right signature would be.
func Verify(payload []byte, header string, secrets []string, now time.Time) (payment.Notice, error) {
	if len(payload) > MaxNotice {
		return payment.Notice{}, payment.Forged(errors.New("it is larger than Stripe's are"))
	}
	if err := signed(payload, header, secrets, now); err != nil {
		return payment.Notice{}, payment.Forged(err)
	}
	notice, err := read(payload)
	if err != nil {
		return payment.Notice{}, payment.Unreadable(err)
	}
	return notice.Sound()
}

// signed compares every signature with every secret, in a time that does not tell how far they agree.
func signed(payload []byte, header string, secrets []string, now time.Time) error {
	at, signatures, err := parts(header)
	if err != nil {
		return err
	}
	if age := now.Sub(at); age > Tolerance || age < -Tolerance {
		return errors.New("it was not signed within the tolerance")
	}
	good := false
	for _, secret := range secrets {
		if secret == "" {
			return errors.New("a signing secret is empty")
		}
		want := webhook.ComputeSignature(at, payload, secret)
		for _, signature := range signatures {
			good = hmac.Equal(want, signature) || good
		}
	}
	if !good {
		return errors.New("no signature of it is ours")
	}
	return nil
}

// parts reads "t=1767355200,v1=hex,v1=hex": one instant, one signature or more. Other schemes are passed over.
func parts(header string) (at time.Time, signatures [][]byte, err error) {
	for part := range strings.SplitSeq(header, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "t":
			seconds, err := strconv.ParseInt(value, 10, 64)
			if err != nil || seconds <= 0 || !at.IsZero() {
				return time.Time{}, nil, errors.New("its header has no instant, or more than one")
			}
			at = time.Unix(seconds, 0)
		case "v1":
			signature, err := hex.DecodeString(value)
			if err == nil && len(signature) > 0 {
				signatures = append(signatures, signature)
			}
		}
	}
	if at.IsZero() || len(signatures) == 0 {
		return time.Time{}, nil, errors.New("its header bears no signature")
	}
	return at, signatures, nil
}

// event is what is read of Stripe's envelope. The object is left alone until it is known what it is.
type event struct {
	ID      string        `json:"id"`
	Type    sdk.EventType `json:"type"`
	Created int64         `json:"created"`
	Data    struct {
		Object json.RawMessage `json:"object"`
	} `json:"data"`
}

func read(payload []byte) (payment.Notice, error) {
	var e event
	if err := json.Unmarshal(payload, &e); err != nil {
		// The envelopes of Stripe's second API write their instants otherwise; they are about nothing of ours.
		var other struct {
			ID     string `json:"id"`
			Object string `json:"object"`
			Type   string `json:"type"`
		}
		if json.Unmarshal(payload, &other) != nil || other.Object != "v2.core.event" {
			return payment.Notice{}, errors.New("it is not an event")
		}
		return payment.Notice{EventID: other.ID, Kind: payment.AboutNothing, Type: other.Type}, nil
	}
	notice := payment.Notice{
		EventID: e.ID, Kind: payment.AboutNothing, Type: string(e.Type), At: time.Unix(e.Created, 0).UTC(),
	}
	switch {
	case slices.Contains(aboutRefunds, e.Type):
		return refundNotice(notice, e.Data.Object)
	case e.Type == sdk.EventTypeChargeRefunded:
		return chargeNotice(notice, e.Data.Object)
	}
	return notice, nil
}

// refundNotice reads a refund. One that stands in a way that nobody here knows, as Stripe may add one, is news of its charge
// all the same: it is asked about. One of no charge at all, a top-up's for instance, is not ours.
func refundNotice(notice payment.Notice, object json.RawMessage) (payment.Notice, error) {
	var refund sdk.Refund
	if err := json.Unmarshal(object, &refund); err != nil || refund.Object != "refund" || refund.ID == "" {
		return payment.Notice{}, fmt.Errorf("the refund of event %q cannot be read", notice.EventID)
	}
	notice.ChargeRefs = chargesOf(&refund)
	if len(notice.ChargeRefs) == 0 {
		return notice, nil
	}
	notice.Kind = payment.AboutCharge
	if receipt, err := receiptOf(&refund, ""); err == nil && receipt.Amount.Minor > 0 {
		notice.Kind, notice.Receipt = payment.AboutRefund, receipt
	}
	return notice, nil
}

func chargeNotice(notice payment.Notice, object json.RawMessage) (payment.Notice, error) {
	var charge sdk.Charge
	if err := json.Unmarshal(object, &charge); err != nil || charge.ID == "" {
		return payment.Notice{}, fmt.Errorf("the charge of event %q cannot be read", notice.EventID)
	}
	notice.Kind, notice.ChargeRefs = payment.AboutCharge, chargesOf(&sdk.Refund{PaymentIntent: charge.PaymentIntent, Charge: &charge})
	return notice, nil
}
