package main

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/money"
	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/payment/stripe"
	"github.com/vysero/returns/internal/payment/stripe/stripetest"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/returns"
)

// The whole way of a refund with a provider that pays, loses its answer, and has forgotten the key when it is asked again.
func TestWithAKeyRefundsGoToStripeOnceWhateverIsLost(t *testing.T) {
	t.Parallel()
	provider := stripetest.Start(t)
	charge := provider.Capture(108_00, "usd")
	app, err := NewApp(t.Context(), Config{
		Place: place{DatabaseURL: "sqlite:" + filepath.Join(t.TempDir(), "shop.db")}, Depot: demoDepot,
		Now: startingAt(instant(t, start), time.Now), Wall: time.Now, Log: slog.New(slog.DiscardHandler), Stripe: stripe.Config{Key: stripetest.Key, BaseURL: provider.URL},
	})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, app.Close()) })
	_, err = app.DB.Migrate(t.Context())
	require.NoError(t, err)
	_, err = app.Terms.Found(t.Context(), policy.Default())
	require.NoError(t, err)

	ctx := auth.With(t.Context(), auth.Principal{ID: "boss", Role: auth.Admin})
	now := app.DB.Now()
	shipped, arrived, delivered := now.AddDate(0, 0, -5), now.AddDate(0, 0, -3), policy.Delivered
	usd := func(amount string) money.Text { return money.Text{Amount: amount, Currency: "USD"} }
	order, err := app.Orders.Record(ctx, orders.RecordInput{
		Number: "9001", Customer: orders.CustomerInput{Email: ada}, Currency: "USD", PurchasedAt: now.AddDate(0, 0, -6), ShipToCountry: "US",
		Shipping: usd("8.00"), Payments: []orders.PaymentInput{{Ref: charge.Intent, Captured: usd("108.00")}},
		Items: []orders.ItemInput{{Sku: "CAM", Name: "Camera", Quantity: 1, Paid: usd("100.00"), Delivery: &delivered, ShippedAt: &shipped, DeliveredAt: &arrived}},
	})
	require.NoError(t, err)
	item, err := order.QueryItems().Only(ctx)
	require.NoError(t, err)
	ret, _, err := app.Returns.Request(ctx, returns.RequestInput{Lines: []returns.LineInput{{ItemID: item.ID, Quantity: 1, Reason: policy.ChangeOfHeart}}})
	require.NoError(t, err)
	line, err := ret.QueryLines().Only(ctx)
	require.NoError(t, err)
	_, err = app.Returns.Receive(ctx, returns.ReceiveInput{ID: ret.ID, Lines: []returns.ReceivedLine{{LineID: line.ID, Received: new(1)}}})
	require.NoError(t, err)
	_, err = app.Returns.Inspect(ctx, returns.InspectInput{ID: ret.ID, Findings: []returns.FoundInput{{LineID: line.ID, Units: 1, Packaging: true}}})
	require.NoError(t, err)

	provider.DropAfterCommit(1)
	ret, paid, err := app.Returns.Settle(ctx, returns.SettleInput{ID: ret.ID, IdempotencyKey: "k"})
	require.NoError(t, err)
	require.Equal(t, lifecycle.Refunding, ret.State, "the answer was lost")
	provider.ForgetKeys()
	_, err = app.Returns.RetryRefund(ctx, returns.RetryInput{ID: paid.ID, IdempotencyKey: "k"})
	require.NoError(t, err)
	ret, err = app.Returns.Get(ctx, ret.ID)
	require.NoError(t, err)
	require.Equal(t, lifecycle.Refunded, ret.State)
	books := provider.Account(charge.Intent)
	require.Len(t, books.Refunds, 1)
	require.EqualValues(t, 100_00, books.Held)
}

func TestAKeyThatIsNoneIsRefusedWithoutBeingRepeated(t *testing.T) {
	t.Parallel()
	_, err := NewApp(t.Context(), Config{
		Place: place{DatabaseURL: "sqlite:" + filepath.Join(t.TempDir(), "shop.db")}, Now: time.Now, Wall: time.Now, Log: slog.New(slog.DiscardHandler),
		Stripe: stripe.Config{Key: "hunter2"},
	})
	require.ErrorContains(t, err, "API key")
	require.NotContains(t, err.Error(), "hunter2")
}
