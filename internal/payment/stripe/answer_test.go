package stripe_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/payment"
	"github.com/vysero/returns/internal/payment/stripe"
	"github.com/vysero/returns/internal/payment/stripe/stripetest"
)

// always is a Stripe that gives one answer to everything, and then is gone: one page of a list is all that is read.
type always struct {
	status int
	body   string
	asked  int
}

func (a *always) RoundTrip(r *http.Request) (*http.Response, error) {
	if a.asked++; a.asked > 2 {
		return nil, errors.New("gone")
	}
	return &http.Response{
		StatusCode: a.status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(a.body)), Request: r,
	}, nil
}

// FuzzAnswer looks for an answer in Stripe's place that is taken for a refund that it is not, or for a proof that there is none.
func FuzzAnswer(f *testing.F) {
	paid := `{"object":"refund","id":"re_1","amount":400,"currency":"usd","status":"succeeded","created":1,"charge":"ch_1","metadata":{"returns_key":"a","returns_refund":"rfn_a"}}`
	for _, body := range []string{
		paid, strings.Replace(paid, "400", "401", 1), strings.Replace(paid, "ch_1", "ch_2", 1), strings.Replace(paid, "usd", "jpy", 1), strings.Replace(paid, "succeeded", "new", 1),
		`{"object":"list","data":[` + paid + `]}`, `{"object":"list","has_more":true,"data":[` + paid + `]}`, `{"object":"list","data":[]}`, `{"object":"list","data":[null]}`,
		`{"error":{"type":"invalid_request_error","code":"resource_missing","message":"No such charge"}}`, `{"error":{"type":"idempotency_error"}}`, `{"error":null}`, `{}`, `[]`, "null", "", "<html>",
	} {
		for _, status := range []int{200, 400, 402, 404, 500} {
			f.Add(status, body)
		}
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 {
			return
		}
		for _, again := range []bool{false, true} {
			driver, err := stripe.New(stripe.Config{Key: stripetest.Key, HTTPClient: &http.Client{Transport: &always{status: status, body: body}}})
			require.NoError(t, err)
			order := four("ch_1", "a")
			order.Again = again
			receipt, err := payment.New(driver).Refund(t.Context(), order)
			if err == nil {
				require.Equal(t, []any{order.Key, order.Amount, "ch_1"}, []any{receipt.Key, receipt.Amount, receipt.ChargeRef})
				require.NotEmpty(t, receipt.ID)
				require.True(t, receipt.Status.Known())
				require.Less(t, status, 300)
				continue
			}
			require.NotEqual(t, fault.Internal, fault.From(err).Kind)
			require.True(t, !again || errors.Is(err, payment.ErrUnknown) || errors.Is(err, payment.ErrKeyReused), "asked for before, nothing is certain: %v", err)
		}
	})
}
