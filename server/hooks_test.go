package main

import (
	"bytes"
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent/event"
	"github.com/vysero/returns/ent/notice"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/payment/stripe/stripetest"
)

// hooked is a fleet of one server that the bank tells of its refunds.
type hooked struct {
	*fleet

	server *server
	token  string
	ctx    context.Context
}

func openHooked(t *testing.T) hooked {
	t.Helper()
	h := hooked{fleet: newFleet(t, ""), ctx: auth.AsSystem(context.WithoutCancel(t.Context()))}
	h.server = h.start(t)
	h.bank.Webhooks(h.server.hooks(), hookSecret)
	var err error
	h.token, err = bearer(auth.Finance)
	require.NoError(t, err)
	return h
}

// pays settles a return, and gives the bank's refund.
func (h hooked) pays(t *testing.T) (returnID string, refund stripetest.Refund) {
	t.Helper()
	id, err := h.inspected(h.ctx)
	require.NoError(t, err)
	answer, err := h.server.settle(h.ctx, h.token, id, "settle-"+id)
	require.NoError(t, err)
	require.Empty(t, answer.Codes)
	refunds := h.bank.Account(h.stock[id]).Refunds
	require.Len(t, refunds, 1)
	return id, refunds[0]
}

// becomes waits until a return is in a state.
func (h hooked) becomes(t *testing.T, id, state string) {
	t.Helper()
	require.Eventually(t, func() bool {
		got, err := h.app.Returns.Get(h.ctx, id)
		return err == nil && string(got.State) == state
	}, time.Minute, 10*time.Millisecond, "%s does not become %s", id, state)
}

// stored counts what is on record of the bank's notices.
func (h hooked) stored(t *testing.T) int {
	t.Helper()
	n, err := h.app.DB.Client.Notice.Query().Count(h.ctx)
	require.NoError(t, err)
	return n
}

func TestAHundredCopiesOfOneWebhookAreAppliedOnce(t *testing.T) {
	t.Parallel()
	h := openHooked(t)
	h.bank.StartAs("pending", "")
	id, refund := h.pays(t)
	require.NoError(t, h.bank.Move(refund.ID, "succeeded", ""))
	events := h.bank.About(refund.ID)
	last := events[len(events)-1]
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			for range 10 {
				statuses, err := h.bank.Send(h.ctx, last)
				assert.NoError(t, err)
				assert.Equal(t, []int{http.StatusOK}, statuses, "each copy is answered with 200")
			}
		})
	}
	all.Wait()
	h.becomes(t, id, "REFUNDED")
	require.Equal(t, 1, h.stored(t))
	require.Equal(t, 1, h.app.DB.Client.Event.Query().Where(event.ReturnID(id), event.Action("PAID")).CountX(h.ctx))
	h.agrees(t)
}

func TestInWhateverOrderFourWebhooksComeTheEndIsTheSame(t *testing.T) {
	t.Parallel()
	h := openHooked(t)
	h.bank.StartAs("pending", "")
	orders := stripetest.Permutations([]int{0, 1, 2, 3})
	ids := make([]string, len(orders))
	for i, order := range orders {
		id, refund := h.pays(t)
		ids[i] = id
		require.NoError(t, h.bank.Move(refund.ID, "succeeded", ""))
		require.NoError(t, h.bank.Move(refund.ID, "failed", "expired_or_canceled_card"))
		var four []stripetest.Event // created as pending, updated to succeeded, updated to failed, failed
		for _, e := range h.bank.About(refund.ID) {
			if e.Type != "charge.refunded" {
				four = append(four, e)
			}
		}
		require.Len(t, four, 4)
		for _, at := range order {
			_, err := h.bank.Send(h.ctx, four[at], four[at])
			require.NoError(t, err)
		}
	}
	for _, id := range ids {
		h.becomes(t, id, "REFUND_FAILED")
	}
	h.rests(t, time.Minute)
	h.agrees(t)
}

func TestWhatTheBankDidNotSignOrSignedLongAgoIsRefusedAndLeavesNothing(t *testing.T) {
	t.Parallel()
	h := openHooked(t)
	h.bank.StartAs("pending", "")
	id, refund := h.pays(t)
	require.NoError(t, h.bank.Move(refund.ID, "succeeded", ""))
	events := h.bank.About(refund.ID)
	last := events[len(events)-1].Payload
	spaced := append([]byte(" "), last...)
	compact := bytes.ReplaceAll(last, []byte("\n"), nil)
	now := time.Now()
	for name, sent := range map[string]struct {
		payload []byte
		header  string
		status  int
	}{
		"no signature":        {last, "", http.StatusUnauthorized},
		"another secret":      {last, stripetest.Sign(last, "whsec_other", now), http.StatusUnauthorized},
		"signed long ago":     {last, stripetest.Sign(last, hookSecret, now.Add(-6*time.Minute)), http.StatusUnauthorized},
		"signed in future":    {last, stripetest.Sign(last, hookSecret, now.Add(6*time.Minute)), http.StatusUnauthorized},
		"one byte more":       {spaced, stripetest.Sign(last, hookSecret, now), http.StatusUnauthorized},
		"written anew":        {compact, stripetest.Sign(last, hookSecret, now), http.StatusUnauthorized},
		"signed and no event": {[]byte("[]"), stripetest.Sign([]byte("[]"), hookSecret, now), http.StatusUnprocessableEntity},
	} {
		status, err := h.bank.Post(h.ctx, sent.payload, sent.header)
		require.NoError(t, err, name)
		require.Equal(t, sent.status, status, name)
	}
	require.Zero(t, h.stored(t))
	got, err := h.app.Returns.Get(h.ctx, id)
	require.NoError(t, err)
	require.Equal(t, "REFUNDING", string(got.State))
	require.NotContains(t, h.server.log.String(), hookSecret)
	require.NotContains(t, h.server.log.String(), "v1=")
}

func TestAWebhookThatComesBeforeTheAnswerOfItsOwnCallIsAppliedOnce(t *testing.T) {
	t.Parallel()
	h := openHooked(t)
	h.bank.BeforeAnswer(2)
	id, _ := h.pays(t)
	h.becomes(t, id, "REFUNDED")
	h.rests(t, time.Minute)
	require.Equal(t, 2, h.stored(t))
	h.agrees(t)
	require.EqualValues(t, 100_00, h.bank.Account(h.stock[id]).Held)
}

func TestAWebhookAboutARefundThatIsNotOursIsKeptAndToldByTheAudit(t *testing.T) {
	t.Parallel()
	h := openHooked(t)
	id, err := h.inspected(h.ctx)
	require.NoError(t, err)
	_, err = h.bank.ByHand(h.stock[id], 240_00)
	require.NoError(t, err)
	pending, err := h.bank.Deliver(h.ctx)
	require.NoError(t, err)
	require.Zero(t, pending)
	require.Eventually(t, func() bool {
		n, err := h.app.DB.Client.Notice.Query().Where(notice.StateEQ(notice.StateSTRANGE)).Count(h.ctx)
		return err == nil && n == 1
	}, time.Minute, 10*time.Millisecond)
	answer, err := h.server.settle(h.ctx, h.token, id, "k")
	require.NoError(t, err)
	require.Equal(t, "REFUND_FAILED", answer.State, "the bank has too little left: people must look at it")
	told, err := h.differences(h.ctx)
	require.NoError(t, err)
	require.Len(t, told, 1)
	require.Contains(t, told[0], "made by others")
	require.EqualValues(t, 240_00, h.bank.Account(h.stock[id]).Held)
}
