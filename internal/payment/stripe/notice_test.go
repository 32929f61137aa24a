package stripe_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/money"
	"github.com/vysero/returns/internal/payment"
	"github.com/vysero/returns/internal/payment/stripe"
	"github.com/vysero/returns/internal/payment/stripe/stripetest"
)

const secret = "whsec_now"

// told is a refund at Stripe and its events so far.
func told(t *testing.T) (*stripetest.Server, payment.Receipt) {
	t.Helper()
	server, gateway, r := shop(t)
	server.StartAs("pending", "")
	receipt, err := gateway.Refund(t.Context(), r)
	require.NoError(t, err)
	return server, receipt
}

// hears reads an event as if it had come just now.
func hears(t *testing.T, e stripetest.Event) payment.Notice {
	t.Helper()
	notice, err := stripe.Verify(e.Payload, stripetest.Sign(e.Payload, secret, stripetest.Noon), []string{secret}, stripetest.Noon)
	require.NoError(t, err)
	return notice
}

func TestNoticeTellsTheRefundAsItStoodThen(t *testing.T) {
	t.Parallel()
	server, receipt := told(t)
	require.NoError(t, server.Move(receipt.ID, "succeeded", ""))
	require.NoError(t, server.FailLater(receipt.ID, "expired_or_canceled_card"))
	account := server.Account(receipt.ChargeRef)
	both := []string{account.Intent, account.Charge}
	var got []payment.Notice
	for _, e := range server.About(receipt.ID) {
		notice := hears(t, e)
		assert.Equal(t, e.ID, notice.EventID)
		assert.Equal(t, stripetest.Noon, notice.At)
		notice.EventID, notice.At = "", time.Time{}
		got = append(got, notice)
	}
	as := func(kind string, status payment.Status, reason payment.FailureReason) payment.Notice {
		then := receipt
		then.Status, then.Reason = status, reason
		return payment.Notice{Kind: payment.AboutRefund, Type: kind, Receipt: then, ChargeRefs: both}
	}
	assert.Equal(t, []payment.Notice{
		as("refund.created", payment.Pending, ""),
		{Kind: payment.AboutCharge, Type: "charge.refunded", ChargeRefs: both},
		as("refund.updated", payment.Succeeded, ""),
		as("refund.updated", payment.Failed, payment.CardExpired),
		as("refund.failed", payment.Failed, payment.CardExpired),
	}, got)
}

func TestRefundMadeByHandIsToldWithoutAKeyOfOurs(t *testing.T) {
	t.Parallel()
	server := stripetest.Start(t)
	charge := server.Capture(10_00, "usd")
	id, err := server.ByHand(charge.Charge, 3_00)
	require.NoError(t, err)
	notice := hears(t, server.About(id)[0])
	assert.Equal(t, payment.Receipt{
		ID: id, ChargeRef: charge.Intent, Amount: money.Amount{Minor: 3_00, Currency: "USD"},
		Status: payment.Succeeded, At: stripetest.Noon,
	}, notice.Receipt)
}

// Row 14 of the failure modes: proven on the bytes that came, against the clock that is handed in.
func TestNoticeThatStripeDidNotSignJustNowIsRefused(t *testing.T) {
	t.Parallel()
	server, receipt := told(t)
	payload, now := server.About(receipt.ID)[0].Payload, stripetest.Noon
	var parsed any
	require.NoError(t, json.Unmarshal(payload, &parsed))
	recoded, err := json.Marshal(parsed)
	require.NoError(t, err)
	sign := func(at time.Time) string { return stripetest.Sign(payload, secret, at) }
	large := append(slices.Clip(payload), strings.Repeat(" ", stripe.MaxNotice)...)
	_, v1, _ := strings.Cut(sign(now), ",v1=")
	const taken, refused = true, false
	for name, c := range map[string]struct {
		payload []byte
		header  string
		secrets []string
		good    bool
	}{
		"signed now":                    {payload, sign(now), []string{secret}, taken},
		"signed 300 s ago":              {payload, sign(now.Add(-300 * time.Second)), []string{secret}, taken},
		"signed 300 s ahead":            {payload, sign(now.Add(300 * time.Second)), []string{secret}, taken},
		"with the secret that goes":     {payload, sign(now), []string{"whsec_next", secret}, taken},
		"with the secret that comes":    {payload, sign(now), []string{secret, "whsec_last"}, taken},
		"signed with both":              {payload, stripetest.Sign(payload, "whsec_last", now) + ",v1=" + v1, []string{secret}, taken},
		"with a scheme of tomorrow":     {payload, sign(now) + ",v2=00,v0=ff,x", []string{secret}, taken},
		"signed 301 s ago":              {payload, sign(now.Add(-301 * time.Second)), []string{secret}, refused},
		"signed 301 s ahead":            {payload, sign(now.Add(301 * time.Second)), []string{secret}, refused},
		"another's secret":              {payload, stripetest.Sign(payload, "whsec_other", now), []string{secret}, refused},
		"no secret here":                {payload, sign(now), nil, refused},
		"an empty secret here":          {payload, stripetest.Sign(payload, "", now), []string{""}, refused},
		"an empty secret beside ours":   {payload, stripetest.Sign(payload, "", now), []string{secret, ""}, refused},
		"a byte more":                   {append([]byte(" "), payload...), sign(now), []string{secret}, refused},
		"the same words in other bytes": {recoded, sign(now), []string{secret}, refused},
		"nothing":                       {nil, sign(now), []string{secret}, refused},
		"no header":                     {payload, "", []string{secret}, refused},
		"no instant":                    {payload, "v1=" + v1, []string{secret}, refused},
		"two instants":                  {payload, fmt.Sprintf("t=1,%s", sign(now)), []string{secret}, refused},
		"another instant":               {payload, fmt.Sprintf("t=%d,v1=%s", now.Unix()+1, v1), []string{secret}, refused},
		"an instant that is none":       {payload, "t=now,v1=" + v1, []string{secret}, refused},
		"no signature":                  {payload, fmt.Sprintf("t=%d", now.Unix()), []string{secret}, refused},
		"an empty signature":            {payload, fmt.Sprintf("t=%d,v1=", now.Unix()), []string{secret}, refused},
		"half a signature":              {payload, fmt.Sprintf("t=%d,v1=%s", now.Unix(), v1[:32]), []string{secret}, refused},
		"the scheme of test sites":      {payload, fmt.Sprintf("t=%d,v0=%s", now.Unix(), v1), []string{secret}, refused},
		"larger than Stripe's are":      {large, stripetest.Sign(large, secret, now), []string{secret}, refused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			notice, err := stripe.Verify(c.payload, c.header, c.secrets, now)
			if c.good {
				require.NoError(t, err)
				assert.Equal(t, receipt, notice.Receipt)
				return
			}
			require.ErrorIs(t, err, payment.ErrForged)
			assert.Equal(t, fault.Invalid, fault.From(err).Kind)
			assert.Zero(t, notice)
			assert.NotContains(t, err.Error(), secret)
		})
	}
}

func TestSecretsAreReadFromOneSetting(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{"whsec_old", "whsec_new"}, stripe.Secrets(" whsec_old, whsec_new ,"))
	assert.Empty(t, stripe.Secrets(" , "), "and without one every notice is refused")
}

func TestEventsThatAreNotOurAffairAreIgnoredAndNotRefused(t *testing.T) {
	t.Parallel()
	for name, payload := range map[string]string{
		"another affair":    `{"id": "evt_1", "object": "event", "type": "payout.paid", "created": 1772452800, "data": {"object": {"id": "po_1"}}}`,
		"of a year to come": `{"id": "evt_1", "object": "event", "type": "refund.dreamt", "created": 1772452800, "data": {"object": [1]}}`,
		"of the second API": `{"id": "evt_1", "object": "v2.core.event", "type": "v1.billing.meter.no_meter_found", "created": "2026-03-02T12:00:00Z"}`,
	} {
		notice := hears(t, stripetest.Event{Payload: []byte(payload)})
		assert.Equal(t, payment.AboutNothing, notice.Kind, name)
		assert.Equal(t, "evt_1", notice.EventID, name)
		assert.Zero(t, notice.Receipt, name)
	}
}

func TestGenuineNoticeThatMakesNoSenseIsRefusedAndNotGuessedAt(t *testing.T) {
	t.Parallel()
	refund := func(change string) string {
		good := map[string]any{
			"object": "refund", "id": "re_1", "amount": 100, "currency": "usd", "status": "succeeded", "charge": "ch_1", "created": 1,
		}
		_ = json.Unmarshal([]byte(change), &good)
		object, _ := json.Marshal(map[string]any{
			"id": "evt_1", "type": "refund.updated", "created": 1, "data": map[string]any{"object": good},
		})
		return string(object)
	}
	hears(t, stripetest.Event{Payload: []byte(refund(`{}`))})
	for name, payload := range map[string]string{
		"not JSON":               `refund.created`,
		"a list":                 `[]`,
		"no id":                  `{"type": "payout.paid", "created": 1}`,
		"no refund":              `{"id": "evt_1", "type": "refund.updated", "created": 1, "data": {}}`,
		"a name for a refund":    `{"id": "evt_1", "type": "refund.updated", "created": 1, "data": {"object": "re_1"}}`,
		"a number for a refund":  `{"id": "evt_1", "type": "refund.updated", "created": 1, "data": {"object": 1}}`,
		"a charge without an id": `{"id": "evt_1", "type": "charge.refunded", "created": 1, "data": {"object": {}}}`,
		"another object":         refund(`{"object": "charge"}`),
		"a refund without id":    refund(`{"id": ""}`),
		"half a cent":            refund(`{"amount": 0.5}`),
	} {
		_, err := stripe.Verify([]byte(payload), stripetest.Sign([]byte(payload), secret, stripetest.Noon), []string{secret}, stripetest.Noon)
		assert.ErrorIs(t, err, payment.ErrUnreadable, name)
		assert.NotErrorIs(t, err, payment.ErrForged, name)
	}
	for name, change := range map[string]string{
		"a status nobody knows": `{"status": "settling"}`, "no status": `{"status": null}`, "a currency nobody knows": `{"currency": "zzz"}`,
		"no amount": `{"amount": 0}`, "an amount beyond count": `{"amount": 9007199254740993}`, "money out of nothing": `{"amount": -100}`,
	} {
		heard := hears(t, stripetest.Event{Payload: []byte(refund(change))})
		assert.Equal(t, payment.AboutCharge, heard.Kind, "%s: the charge is asked about", name)
		assert.Equal(t, []string{"ch_1"}, heard.ChargeRefs, name)
	}
	assert.Equal(t, payment.AboutNothing, hears(t, stripetest.Event{Payload: []byte(refund(`{"charge": null}`))}).Kind, "no charge of ours")
}

// receiver is a webhook endpoint as the port asks for one: each event once, by its id, and only what follows. It keeps
// what it knows of refunds by our key, as rows that were written before Stripe was asked.
type receiver struct {
	mu     sync.Mutex
	events map[string]bool
	rows   map[string]payment.Status
	took   int
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	payload, err := io.ReadAll(q.Body)
	if err != nil {
		http.Error(w, "unread", http.StatusBadRequest)
		return
	}
	notice, err := stripe.Verify(payload, q.Header.Get(stripe.SignatureHeader), []string{secret}, stripetest.Noon)
	if errors.Is(err, payment.ErrForged) || errors.Is(err, payment.ErrUnreadable) {
		http.Error(w, "refused", http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.events[notice.EventID] || notice.Kind != payment.AboutRefund {
		return
	}
	r.events[notice.EventID] = true
	if notice.Receipt.Status.Follows(r.rows[notice.Receipt.Key]) {
		r.rows[notice.Receipt.Key] = notice.Receipt.Status
		r.took++
	}
}

// listening gives a receiver that the server sends to.
func listening(t *testing.T, server *stripetest.Server) *receiver {
	t.Helper()
	r := &receiver{events: map[string]bool{}, rows: map[string]payment.Status{}}
	open := httptest.NewServer(r)
	t.Cleanup(open.Close)
	server.Webhooks(open.URL, secret)
	return r
}

func TestHundredDuplicatesCountOnce(t *testing.T) {
	t.Parallel()
	server, receipt := told(t)
	r := listening(t, server)
	require.NoError(t, server.Move(receipt.ID, "succeeded", ""))
	updated := server.About(receipt.ID)[2]
	for range 100 {
		statuses, err := server.Send(t.Context(), updated)
		require.NoError(t, err)
		assert.Equal(t, []int{http.StatusOK}, statuses)
	}
	assert.Equal(t, 1, r.took)
	assert.Equal(t, payment.Succeeded, r.rows["a"])
}

func TestFourEventsInEveryOrderEndInTheSameStatus(t *testing.T) {
	t.Parallel()
	server, receipt := told(t)
	require.NoError(t, server.Move(receipt.ID, "succeeded", ""))
	require.NoError(t, server.FailLater(receipt.ID, "unknown"))
	events := append(server.About(receipt.ID)[:1:1], server.About(receipt.ID)[2:]...)
	require.Len(t, events, 4, "created, updated when it succeeded, updated when it failed, failed")
	orders := stripetest.Permutations(events)
	require.Len(t, orders, 24)
	for _, order := range orders {
		r := listening(t, server)
		_, err := server.Send(t.Context(), order...)
		require.NoError(t, err)
		assert.Equal(t, payment.Failed, r.rows["a"])
	}
}

// Row 15: the notice is there before the answer to the call that it is about. It names our key, so it finds our row.
func TestNoticeBeforeTheAnswerFindsOurRow(t *testing.T) {
	t.Parallel()
	server, gateway, order := shop(t)
	r := listening(t, server)
	server.BeforeAnswer(3)
	server.StartAs("pending", "")
	gate := server.Hold(stripetest.After)
	done := make(chan error, 1)
	go func() {
		_, err := gateway.Refund(t.Context(), order)
		done <- err
	}()
	<-gate.Reached()
	assert.Empty(t, r.rows)
	gate.Open()
	require.NoError(t, <-done)
	assert.Equal(t, map[string]payment.Status{"a": payment.Pending}, r.rows)
	assert.Empty(t, server.Pending())
}

// Row 16: what had succeeded fails days later, and both the notice and the list say so.
func TestSuccessThatFailsLaterIsTold(t *testing.T) {
	t.Parallel()
	server, gateway, order := shop(t)
	r := listening(t, server)
	receipt, err := gateway.Refund(t.Context(), order)
	require.NoError(t, err)
	left, err := server.Deliver(t.Context())
	require.NoError(t, err)
	assert.Zero(t, left)
	assert.Equal(t, payment.Succeeded, r.rows["a"])
	require.NoError(t, server.FailLater(receipt.ID, "lost_or_stolen_card"))
	left, err = server.Deliver(t.Context())
	require.NoError(t, err)
	assert.Zero(t, left)
	assert.Equal(t, payment.Failed, r.rows["a"])
	now, found, err := gateway.Lookup(t.Context(), order.Charge.Ref, "a")
	require.NoError(t, err)
	assert.True(t, found)
	assert.Equal(t, payment.Failed, now.Status)
	assert.Zero(t, server.Account(order.Charge.Ref).Held)
}

func TestForgedAndStaleNoticesAreAnsweredWith4xxAndChangeNothing(t *testing.T) {
	t.Parallel()
	server, receipt := told(t)
	r := listening(t, server)
	payload := server.About(receipt.ID)[0].Payload
	for name, header := range map[string]string{
		"forged": stripetest.Sign(payload, "whsec_guess", stripetest.Noon),
		"stale":  stripetest.Sign(payload, secret, stripetest.Noon.Add(-time.Hour)),
	} {
		status, err := server.Post(t.Context(), payload, header)
		require.NoError(t, err)
		assert.Equal(t, http.StatusBadRequest, status, name)
	}
	assert.Empty(t, r.rows)
	assert.NotEmpty(t, server.Pending())
}

func FuzzNoticeIsTakenOnlyWhenItIsSignedAndOnlyWhenItMakesSense(f *testing.F) {
	f.Add([]byte(`{"id":"evt_1","type":"refund.updated","created":1,"data":{"object":{"object":"refund","id":"re_1","amount":100,"currency":"usd","status":"failed","charge":{"id":"ch_1"},"payment_intent":"pi_1","metadata":{"returns_key":"a"}}}}`), "t=1772452800,v1=00")
	f.Add([]byte(`{"id":"evt_1","type":"charge.refunded","created":1,"data":{"object":{"id":"ch_1","payment_intent":null}}}`), "t=1,t=2")
	f.Add([]byte(`{"id":"evt_1","object":"v2.core.event"}`), ",,v1=,=")
	f.Add([]byte(`"`), "t=99999999999999999999,v1=zz")
	f.Fuzz(func(t *testing.T, payload []byte, header string) {
		_, err := stripe.Verify(payload, header, []string{"a secret that no header knows"}, stripetest.Noon)
		require.ErrorIs(t, err, payment.ErrForged)
		notice, err := stripe.Verify(payload, stripetest.Sign(payload, secret, stripetest.Noon), []string{secret}, stripetest.Noon)
		if err != nil {
			require.True(t, errors.Is(err, payment.ErrUnreadable) || len(payload) > stripe.MaxNotice)
			require.Zero(t, notice)
			return
		}
		require.NotEmpty(t, notice.EventID)
		if notice.Kind == payment.AboutRefund {
			require.True(t, notice.Receipt.Status.Known())
			require.Positive(t, notice.Receipt.Amount.Minor)
			require.NotEmpty(t, notice.Receipt.ID)
			require.NotEmpty(t, notice.ChargeRefs)
			require.Equal(t, notice.Receipt.Status == payment.Failed, notice.Receipt.Reason.Known())
		}
	})
}
