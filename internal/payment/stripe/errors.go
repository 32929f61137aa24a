package stripe

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	sdk "github.com/stripe/stripe-go/v85"

	"github.com/vysero/returns/internal/payment"
)

// settings are refusals of our credentials under another status than 401 and 403: nothing was looked at, and once the
// settings are put right the same order is good.
var settings = []sdk.ErrorCode{
	"api_key_expired", "livemode_mismatch", "platform_api_key_expired", "secret_key_required", "testmode_charges_only",
	"tls_version_unsupported",
}

// verdict says what an error of the call that was to submit a refund means, and no more than is certain:
//
//	no connection was had            ErrNotSubmitted
//	connection lost, time is up      ErrUnknown
//	not an answer of Stripe's        ErrUnknown
//	5xx, 408, 409, 3xx, 424          ErrUnknown: Stripe itself calls a 500 indeterminate; 409 is another call with the key
//	429                              ErrNotSubmitted, but ErrUnknown for lock_timeout: it had begun
//	401, 403, a key out of date      ErrNotSubmitted: our settings are wrong, the refund is not
//	idempotency_error                ErrKeyReused
//	the charge is disputed           ErrDisputed
//	more than is left of the charge  ErrBeyondCaptured
//	any other 400, 402, 404          ErrInvalid
//
// Nothing of what Stripe says in prose is passed on: it may name keys and people.
func verdict(err error, watch *wire) error {
	said, ok := errors.AsType[*sdk.Error](err)
	if !ok || said.Type == "" {
		if watch.silent() {
			return fmt.Errorf("%w: %w", payment.ErrNotSubmitted, plain(err))
		}
		return fmt.Errorf("%w: %w", payment.ErrUnknown, plain(err))
	}
	return fmt.Errorf("%w: %w", meaning(said), plain(err))
}

func meaning(e *sdk.Error) error {
	switch status := e.HTTPStatusCode; {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return payment.ErrNotSubmitted
	case status == http.StatusTooManyRequests && e.Code != sdk.ErrorCodeLockTimeout:
		return payment.ErrNotSubmitted
	case status != http.StatusBadRequest && status != http.StatusPaymentRequired && status != http.StatusNotFound:
		return payment.ErrUnknown
	case slices.Contains(settings, e.Code):
		return payment.ErrNotSubmitted
	case e.Type == sdk.ErrorTypeAPI, e.Code == sdk.ErrorCodeLockTimeout, e.Code == sdk.ErrorCodeIdempotencyKeyInUse:
		return payment.ErrUnknown
	case e.Type == sdk.ErrorTypeIdempotency:
		return payment.ErrKeyReused
	case e.Code == sdk.ErrorCodeChargeDisputed:
		return payment.ErrDisputed
	case tooMuch(e):
		return payment.ErrBeyondCaptured
	}
	return payment.ErrInvalid
}

// tooMuch tells a charge with too little left. For a part of a charge Stripe gives no code, only a sentence; where that
// sentence changes, the refusal is still ErrInvalid.
func tooMuch(e *sdk.Error) bool {
	return e.Code == sdk.ErrorCodeChargeAlreadyRefunded || e.Code == sdk.ErrorCodeAmountTooLarge ||
		strings.HasPrefix(e.Msg, "Refund amount (") && strings.Contains(e.Msg, "is greater than")
}

// unknownCharge tells that Stripe knows no such payment intent or charge.
func unknownCharge(err error) bool {
	said, ok := errors.AsType[*sdk.Error](err)
	return ok && said.Code == sdk.ErrorCodeResourceMissing &&
		(said.HTTPStatusCode == http.StatusNotFound || said.HTTPStatusCode == http.StatusBadRequest)
}

// plain keeps of an error what may stand in a log: Stripe's code words and the id of the request, or what the network
// said. The rest may hold parts of keys, bodies and addresses with queries.
func plain(err error) error {
	if said, ok := errors.AsType[*sdk.Error](err); ok {
		return fmt.Errorf("stripe says %d, type %s, code %s, param %s, request %s",
			said.HTTPStatusCode, said.Type, said.Code, said.Param, said.RequestID)
	}
	if network, ok := errors.AsType[*url.Error](err); ok {
		return fmt.Errorf("stripe: %s: %w", strings.ToUpper(network.Op), network.Err)
	}
	return errors.New("stripe: the answer cannot be read")
}
