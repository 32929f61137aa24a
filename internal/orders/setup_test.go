package orders_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/internal/apptest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/money"
	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/store"
)

// today is what the clock of every test says.
var today = time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)

// shop is a database of its own, with the use cases on it.
type shop struct {
	*orders.Service

	clock atomic.Pointer[time.Time]
	ids   atomic.Int64
}

func open(t testing.TB) *shop {
	t.Helper()
	s := &shop{}
	s.clock.Store(&today)
	db, err := store.Open(t.Context(), apptest.DatabaseURL(t, t.TempDir()), func() time.Time { return *s.clock.Load() })
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	s.Service = &orders.Service{DB: db, NewID: s.newID}
	return s
}

func (s *shop) newID(prefix string) string { return fmt.Sprintf("%s_%012d", prefix, s.ids.Add(1)) }

// as is a context in which somebody with the role asks.
func as(t testing.TB, role auth.Role) context.Context {
	t.Helper()
	return auth.With(t.Context(), auth.Principal{ID: "somebody", Role: role})
}

func service(t testing.TB) context.Context { t.Helper(); return as(t, auth.Service) }

// counts is how many rows there are of each record.
type counts struct{ Customers, Orders, Items, Payments, Events int }

func (s *shop) counts(t testing.TB) counts {
	t.Helper()
	ctx, c := auth.AsSystem(t.Context()), s.DB.Client
	return counts{
		c.Customer.Query().CountX(ctx), c.Order.Query().CountX(ctx), c.Item.Query().CountX(ctx),
		c.Payment.Query().CountX(ctx), c.Event.Query().CountX(ctx),
	}
}

func usd(amount string) money.Text { return money.Text{Amount: amount, Currency: "USD"} }

func day(month time.Month, d int) *time.Time {
	at := time.Date(2026, month, d, 12, 0, 0, 0, time.UTC)
	return &at
}

// lamps is an order of two lamps and a mug, nothing of it shipped.
func lamps() orders.RecordInput {
	return orders.RecordInput{
		Number:   "1001",
		Customer: orders.CustomerInput{Email: "Ada@Example.com", Name: new("Ada Byron")},
		Currency: "USD", PurchasedAt: *day(1, 10), ShipToCountry: "US", ShipToZone: new("America/Chicago"),
		ShipToLines: []string{"Ada Byron", "12 Elm Street"}, Shipping: usd("7.50"),
		Items: []orders.ItemInput{
			{Sku: "LAMP-1", Name: "Desk lamp", Quantity: 2, Paid: usd("80.00"), PackingList: []orders.PieceInput{
				{Code: "SHADE", Name: new("Shade"), Kind: new(policy.Part)},
				{Code: "BULB", Fee: new(usd("4.00"))},
			}},
			{Sku: "MUG-3", Name: "Mug", Quantity: 1, Paid: usd("12.00")},
		},
		Payments: []orders.PaymentInput{
			{Ref: "ch_1", Method: new("Visa ending in 4242"), Captured: usd("90.00")},
			{Ref: "gift_1", Captured: usd("9.50")},
		},
	}
}

// record puts an order on record that nothing is wrong with.
func (s *shop) record(t testing.TB, in orders.RecordInput) *ent.Order {
	t.Helper()
	order, err := s.Record(service(t), in)
	require.NoError(t, err)
	return order
}

// items are an order's, in their order.
func (s *shop) items(t testing.TB, number string) []*ent.Item {
	t.Helper()
	var all []*ent.Item
	for _, order := range s.DB.Client.Order.Query().WithItems().AllX(auth.AsSystem(t.Context())) {
		if order.Number == number {
			all = order.Edges.Items
		}
	}
	return all
}

// requireFault holds an error against what a client may switch on.
func requireFault(t testing.TB, err error, code fault.Code, path ...string) {
	t.Helper()
	require.Error(t, err)
	f := fault.From(err)
	require.Equal(t, code, f.Code, "%v", err)
	if len(path) == 0 {
		require.Empty(t, f.Field, "%v", err)
		return
	}
	require.Equal(t, path, f.Field, "%v", err)
}
