// Package apptest puts the whole app together for tests: a real database, drivers with books of their own, a clock that the
// test moves and ids that count. The database is SQLite, or PostgreSQL where TEST_DATABASE says "postgres".
package apptest

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/customers"
	"github.com/vysero/returns/internal/explain"
	"github.com/vysero/returns/internal/guests"
	"github.com/vysero/returns/internal/jobs"
	"github.com/vysero/returns/internal/label"
	labelbox "github.com/vysero/returns/internal/label/sandbox"
	"github.com/vysero/returns/internal/money"
	"github.com/vysero/returns/internal/notify"
	mailbox "github.com/vysero/returns/internal/notify/sandbox"
	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/payment"
	paybox "github.com/vysero/returns/internal/payment/sandbox"
	"github.com/vysero/returns/internal/photo"
	"github.com/vysero/returns/internal/photo/disk"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/reports"
	"github.com/vysero/returns/internal/returns"
	"github.com/vysero/returns/internal/store"
	"github.com/vysero/returns/internal/terms"
)

// App is everything but the borders.
type App struct {
	DB        *store.DB
	Orders    *orders.Service
	Returns   *returns.Service
	Terms     *terms.Service // the shipped terms are published
	Reports   *reports.Service
	Customers *customers.Service
	Guests    *guests.Service
	Mails     string           // the folder of the mails that were sent
	Jobs      *jobs.Queue      // told what it can do, and not started
	Books     *paybox.Driver   // the payment provider's own books: the oracle for money
	Carrier   *labelbox.Driver // the carrier's own books: the oracle for labels
	Warned    []returns.Warning
	Clock     *Clock
}

// Clock stands still until a test moves it.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// Now is the clock's reading.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Set moves it to an instant.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// At reads an RFC 3339 instant.
func At(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

// Start is the instant at which every test's clock begins.
const Start = "2026-03-10T09:00:00-07:00"

// New puts an app together in a folder of its own. Options reach the database.
func New(t testing.TB, options ...store.Option) *App {
	t.Helper()
	dir, clock := t.TempDir(), &Clock{now: At(Start)}
	var count atomic.Int64
	newID := func(prefix string) string { return fmt.Sprintf("%s_%06d", prefix, count.Add(1)) }
	db, err := store.Open(context.Background(), DatabaseURL(t, dir), clock.Now, options...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	books, err := paybox.Open(filepath.Join(dir, "payments.db"), clock.Now, func() string { return newID("re") })
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, books.Close()) })
	carrier, err := labelbox.Open(filepath.Join(dir, "labels"))
	require.NoError(t, err)
	album, err := disk.Open(filepath.Join(dir, "photos"), func() string { return newID("file") })
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, album.Close()) })
	keys, err := photo.NewKeys("", clock.Now, []byte("the photos' secret of tests, which is long"))
	require.NoError(t, err)
	queue, err := jobs.New(db, jobs.Config{Now: clock.Now, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	app := &App{
		DB: db, Jobs: queue, Books: books, Carrier: carrier, Clock: clock,
		Terms:  &terms.Service{DB: db, NewID: newID, Wall: clock.Now, Jobs: queue},
		Orders: &orders.Service{DB: db, NewID: newID},
	}
	app.Returns = &returns.Service{
		DB: db, Terms: app.Terms.Book, Payments: payment.New(books), Labels: label.New(carrier),
		Photos: photo.New(album, keys), Jobs: queue, Depot: []string{"Vysero Returns", "1 Depot Way", "Los Angeles, CA 90001"},
		NewID: newID, InspectWithin: 72 * time.Hour,
		Tell: func(_ context.Context, w returns.Warning) { app.Warned = append(app.Warned, w) },
	}
	app.offerLinks(t, dir, newID)
	app.Reports = &reports.Service{DB: db, Terms: app.Terms.Book}
	app.Orders.Arrived = app.Returns.Arrived
	app.Returns.Work(queue)
	app.Customers = &customers.Service{DB: db, Photos: app.Returns.Photos, ErasePhotos: app.Returns.ErasePhotos, Jobs: queue, NewID: newID}
	app.Customers.Work(queue)
	app.Terms.Work(queue)
	app.Guests.Work(queue)
	_, err = app.Terms.Found(context.Background(), policy.Default())
	require.NoError(t, err)
	return app
}

// LinkSecret signs the links of every app.
const LinkSecret = "a secret for links, of thirty-two bytes"

// offerLinks lets guests ask for links, which are mailed into a folder.
func (a *App) offerLinks(t testing.TB, dir string, newID func(string) string) {
	t.Helper()
	a.Mails = filepath.Join(dir, "mails")
	box, err := mailbox.Open(a.Mails, func() string { return newID("file") })
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, box.Close()) })
	mailer, err := notify.New(box, "Vysero <returns@shop.example>")
	require.NoError(t, err)
	links, err := auth.NewLinks([][]byte{[]byte(LinkSecret)}, a.Clock.Now)
	require.NoError(t, err)
	words, err := explain.New()
	require.NoError(t, err)
	a.Guests = &guests.Service{DB: a.DB, Jobs: a.Jobs, NewID: newID, Offer: &guests.Offer{
		Links: links, Mail: mailer, Words: words, Now: a.Clock.Now, Page: "https://shop.example/returns", Valid: 30 * time.Minute,
	}}
}

// Keys counts the idempotency keys that Key made.
var keys atomic.Int64

// Key is an idempotency key that no other call has.
func Key() string { return fmt.Sprintf("key-%d", keys.Add(1)) }

// As is the context of somebody with a role; a customer is named by e-mail.
func (a *App) As(t testing.TB, role auth.Role, email ...string) context.Context {
	t.Helper()
	p := auth.Principal{ID: "test-" + string(role), Role: role}
	if len(email) > 0 {
		all, err := a.DB.Client.Customer.Query().All(auth.AsSystem(t.Context()))
		require.NoError(t, err)
		for _, c := range all {
			if c.Email == email[0] {
				p.ID, p.CustomerID = c.ID, c.ID
			}
		}
	}
	return auth.With(t.Context(), p)
}

// USD is an amount in whole and hundredth dollars, as it is handed in.
func USD(amount string) money.Text { return money.Text{Amount: amount, Currency: "USD"} }

// Camera is the article of most tests: 100.00 for one, in a box with a packing list.
func Camera(quantity int, paid string) orders.ItemInput {
	shipped, delivered, state := At("2026-03-02T10:00:00-08:00"), At("2026-03-06T15:00:00-08:00"), policy.Delivered
	fee := func(amount string) *money.Text { m := USD(amount); return &m }
	kind := func(k policy.PieceKind) *policy.PieceKind { return &k }
	return orders.ItemInput{
		Sku: "CAM-1", Name: "Camera", Quantity: quantity, Paid: USD(paid), Delivery: &state, ShippedAt: &shipped, DeliveredAt: &delivered,
		PackingList: []orders.PieceInput{
			{Code: "camera", Kind: kind(policy.Part)},
			{Code: "bracket", Kind: kind(policy.Accessory), Fee: fee("12.00")},
			{Code: "usb-cable", Kind: kind(policy.Accessory), Fee: fee("9.00")},
			{Code: "manual", Kind: kind(policy.Manual), Fee: fee("0.00")},
			{Code: "sticker-set"},
		},
	}
}

// Order is Ada's order 1001 of 1 March 2026: one camera for 100.00, shipping 8.00, one card. edit changes it before it is
// recorded; payments must then be set to add up.
func (a *App) Order(t testing.TB, edit ...func(*orders.RecordInput)) *ent.Order {
	t.Helper()
	in := orders.RecordInput{
		Number: "1001", Customer: orders.CustomerInput{Email: "ada@example.com"}, Currency: "USD",
		PurchasedAt: At("2026-03-01T10:00:00-08:00"), ShipToCountry: "US", Shipping: USD("8.00"),
		Items:    []orders.ItemInput{Camera(1, "100.00")},
		Payments: []orders.PaymentInput{{Ref: "card_1", Captured: USD("108.00")}},
	}
	for _, e := range edit {
		e(&in)
	}
	o, err := a.Orders.Record(a.As(t, auth.Service), in)
	require.NoError(t, err)
	return o
}

// Items are the items of an order, in its order.
func (a *App) Items(t testing.TB, o *ent.Order) []*ent.Item {
	t.Helper()
	items, err := a.DB.Client.Order.QueryItems(o).All(auth.AsSystem(t.Context()))
	require.NoError(t, err)
	return items
}
