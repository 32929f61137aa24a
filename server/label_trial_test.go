package main

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/label"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/crash"
	labelbox "github.com/vysero/returns/internal/label/sandbox"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/money"
	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/returns"
)

func TestAServerKilledAroundALabelLeavesOneForEachReturnThatWantsOneAndNoOther(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		r := newTrial(t, url)
		ctx := auth.AsSystem(context.WithoutCancel(t.Context()))
		ids := make([]string, 8)
		for i := range ids {
			var err error
			ids[i], err = r.damaged(ctx, fmt.Sprintf("D%d", i))
			require.NoError(t, err)
		}
		cancel := func(id string) {
			_, err := r.app.Returns.Cancel(ctx, returns.CancelInput{ID: id, Reason: new("They changed their mind.")}) // while no server lives
			require.NoError(t, err)
		}
		half := len(ids) / 2
		r.dieWithTheLabels(ctx, t, ids[:half])
		for i, id := range ids {
			if i >= half {
				r.dieAfterApproval(ctx, t, id)
			}
			if i%2 == 1 {
				cancel(id)
			}
		}
		s := r.start(t)
		for i := 0; i < len(ids); i += 2 {
			err := s.approve(ctx, ids[i]) // again, with its key
			require.NoError(t, err)
		}
		require.Eventually(t, func() bool {
			n, err := r.app.DB.Client.Label.Query().Where(label.StateIn(label.StatePENDING, label.StateVOIDING)).Count(ctx)
			return err == nil && n == 0
		}, patient, 100*time.Millisecond, "a label is under way for ever")
		r.holdLabels(t, ids)
	})
}

// dieWithTheLabels has a server for each return, which approves it and ends itself when the carrier has sold the label and
// nothing of it is written down. All of them start before there is a label, which each would ask for.
func (r *trial) dieWithTheLabels(ctx context.Context, t *testing.T, ids []string) {
	t.Helper()
	r.tags = "crash"
	defer func() { r.tags = "" }()
	doomed := make([]*server, len(ids))
	for i := range ids {
		doomed[i] = r.start(t, "CRASH_AT="+crash.Labelled)
	}
	var asking sync.WaitGroup
	for i, s := range doomed {
		asking.Go(func() {
			err := s.approve(ctx, ids[i])
			assert.Error(t, err, "its answer is lost")
		})
	}
	asking.Wait()
	for i, s := range doomed {
		require.NoError(t, s.killedItself())
		require.Equal(t, label.StatePENDING, r.labels(t, ids[i])[0].State)
	}
}

// dieAfterApproval has a server approve a return, and kills it as soon as that is written down.
func (r *trial) dieAfterApproval(ctx context.Context, t *testing.T, id string) {
	t.Helper()
	s := r.start(t)
	var asking sync.WaitGroup
	asking.Go(func() { _ = s.approve(ctx, id) }) // its answer may be lost
	for limit := time.Now().Add(time.Minute); len(r.labels(t, id)) == 0 && time.Now().Before(limit); {
		continue // the approval is not written down
	}
	s.kill()
	asking.Wait()
}

// holdLabels holds our books against the carrier's: a valid label for each return that is approved, of the number that its
// customer was given, and none for any other.
func (r *trial) holdLabels(t *testing.T, ids []string) {
	t.Helper()
	carrier, err := labelbox.Open(place{DatabaseURL: r.url, DataDir: r.data}.beside("labels"))
	require.NoError(t, err)
	sold, err := carrier.Sold()
	require.NoError(t, err)
	valid := map[string][]string{}
	voided := 0
	for _, s := range sold {
		if s.Voided {
			voided++
			continue
		}
		valid[s.ReturnNumber] = append(valid[s.ReturnNumber], s.Tracking)
	}
	want := map[string][]string{}
	for _, id := range ids {
		ret, err := r.app.Returns.Get(auth.AsSystem(t.Context()), id)
		require.NoError(t, err)
		ours := r.labels(t, id)
		require.Len(t, ours, 1, id)
		if ret.State == lifecycle.Approved {
			assert.Equal(t, label.StateREADY, ours[0].State, id)
			want[ret.Number] = []string{ours[0].Tracking}
		} else {
			assert.Equal(t, label.StateVOIDED, ours[0].State, id)
		}
	}
	require.Len(t, want, len(ids)/2)
	require.Equal(t, want, valid)
	require.GreaterOrEqual(t, voided, len(ids)/4, "labels that were sold to a server that died, and that nobody wants any more")
	t.Logf("returns: %d, labels sold: %d, given back: %d", len(ids), len(sold), voided)
}

// damaged makes an order of one vase, and asks for its return as damaged on arrival: what is left is to approve it, with a
// prepaid label.
func (r *trial) damaged(ctx context.Context, number string) (returnID string, err error) {
	ctx = auth.With(ctx, auth.Principal{ID: "stock", Role: auth.Admin})
	now := r.app.DB.Now()
	shipped, arrived, delivered := now.AddDate(0, 0, -2), now.AddDate(0, 0, -1), policy.Delivered
	usd := money.Text{Amount: "100.00", Currency: "USD"}
	order, err := r.app.Orders.Record(ctx, orders.RecordInput{
		Number: number, Customer: orders.CustomerInput{Email: ada}, Currency: "USD", PurchasedAt: now.AddDate(0, 0, -6), ShipToCountry: "US",
		Shipping: money.Text{Amount: "0.00", Currency: "USD"}, Payments: []orders.PaymentInput{{Ref: "pi_" + number, Captured: usd}},
		Items: []orders.ItemInput{{Sku: "VASE", Name: "Vase", Quantity: 1, Paid: usd, Delivery: &delivered, ShippedAt: &shipped, DeliveredAt: &arrived}},
	})
	if err != nil {
		return "", err
	}
	item, err := order.QueryItems().Only(ctx)
	if err != nil {
		return "", err
	}
	ret, _, err := r.app.Returns.Request(ctx, returns.RequestInput{Lines: []returns.LineInput{{ItemID: item.ID, Quantity: 1, Reason: policy.DamagedOnArrival}}})
	if err != nil {
		return "", err
	}
	_, err = r.app.Returns.WaiveEvidence(ctx, returns.ReasonInput{ID: ret.ID, Reason: "It was seen."})
	return ret.ID, err
}

// labels are those of a return.
func (r *trial) labels(t *testing.T, id string) []*ent.Label {
	t.Helper()
	all, err := r.app.DB.Client.Label.Query().Where(label.ReturnID(id)).All(auth.AsSystem(t.Context()))
	require.NoError(t, err)
	return all
}

// approve approves a return under its key.
func (s *server) approve(ctx context.Context, id string) error {
	token, err := bearer(auth.Agent)
	if err != nil {
		return err
	}
	_, err = s.send(ctx, token, approve, map[string]any{
		"input": map[string]any{"id": id, "idempotencyKey": "approve-" + id, "instructions": "Pack it well."},
	})
	return err
}
