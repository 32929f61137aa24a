package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/calendar"
	"github.com/vysero/returns/internal/money"
	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/terms"
)

// The customers of the demo shop.
const (
	ada   = "ada@example.com"
	grace = "grace@example.com"
	lena  = "lena@example.com" // abroad
)

// demoCustomers are the addresses that the playground suggests.
func demoCustomers() []string { return []string{ada, grace, lena} }

// seed records the demo shop where the database holds no order yet. Its orders come in one transaction: all or none.
// Their dates count from the clock's now, so that every window of the terms is open, closing or over as their names say.
func seed(ctx context.Context, app *App, log *slog.Logger) error {
	ctx = auth.AsSystem(ctx)
	known, err := app.DB.Client.Order.Query().Exist(ctx)
	if err != nil || known {
		return err
	}
	book, err := app.Terms.Book(ctx)
	if err != nil {
		return err
	}
	shop, err := newDemo(book.At(app.DB.Now()).Terms, app.DB.Now(), app.Orders.NewID)
	if err != nil {
		return err
	}
	recorder := *app.Orders
	recorder.NewID = shop.ids(app.Orders.NewID)
	var file bytes.Buffer
	for _, order := range shop.orders {
		if err := json.NewEncoder(&file).Encode(order); err != nil {
			return err
		}
	}
	done, err := (&orders.Importer{Orders: &recorder, Strict: true}).Import(ctx, &file)
	if err != nil {
		return err
	}
	made := seedReturns(ctx, app, log)
	if err := seedDraft(ctx, app); err != nil {
		return err
	}
	log.Info("demo shop recorded", "orders", done.Recorded, "returns", made)
	return nil
}

// seedDraft writes a draft of stricter terms, for whoever wants to know what they would cost.
func seedDraft(ctx context.Context, app *App) error {
	author := &terms.Service{DB: app.DB, NewID: func(prefix string) string { return prefix + "_draft" }, Wall: app.Terms.Wall}
	note := "What would two weeks for a change of heart save?"
	_, err := author.Draft(ctx, terms.DraftInput{Text: "version: demo-draft\nchangeOfHeartDays: 14\n", Note: &note})
	return err
}

// demo is the demo shop while it is made.
type demo struct {
	today  time.Time // noon of today in the merchant's zone
	newID  func(prefix string) string
	orders []orders.RecordInput
}

func newDemo(inForce *policy.Terms, now time.Time, newID func(prefix string) string) (*demo, error) {
	zone, err := calendar.Zone(inForce.Zone)
	if err != nil {
		return nil, err
	}
	y, m, d := now.In(zone).Date()
	shop := &demo{today: time.Date(y, m, d, 12, 0, 0, 0, zone), newID: newID}
	shop.windows()
	shop.parcels()
	shop.money()
	shop.returned()
	return shop, nil
}

// ids gives the shop's rows ids that can be remembered and typed: ord_1001, its first item itm_1001_1, its first payment
// pay_1001_1; everything else gets an ordinary one.
func (d *demo) ids(ordinary func(prefix string) string) func(prefix string) string {
	ready := map[string][]string{"cus": {"cus_1", "cus_2", "cus_3"}}
	for _, o := range d.orders {
		ready["ord"] = append(ready["ord"], "ord_"+o.Number)
		for i := range o.Items {
			ready["itm"] = append(ready["itm"], fmt.Sprintf("itm_%s_%d", o.Number, i+1))
		}
		for i := range o.Payments {
			ready["pay"] = append(ready["pay"], fmt.Sprintf("pay_%s_%d", o.Number, i+1))
		}
	}
	return func(prefix string) string {
		if len(ready[prefix]) == 0 {
			return ordinary(prefix)
		}
		id := ready[prefix][0]
		ready[prefix] = ready[prefix][1:]
		return id
	}
}

// ago is an hour of the day so many days ago, on the merchant's clocks.
func (d *demo) ago(days, hour int) time.Time {
	return time.Date(d.today.Year(), d.today.Month(), d.today.Day()-days, hour, 0, 0, 0, d.today.Location())
}

// sold adds an order: by whom, how many days ago, what, and the minor units of its shipping. It is paid by one card; edit
// may change it, and whoever changes what is paid changes the payments too.
func (d *demo) sold(to string, daysAgo int, shipping int64, items []orders.ItemInput, edit ...func(*orders.RecordInput)) {
	number := fmt.Sprint(1001 + len(d.orders))
	name, _, _ := strings.Cut(to, "@")
	name = strings.ToUpper(name[:1]) + name[1:] + " Example"
	zone := "America/New_York"
	in := orders.RecordInput{
		Number: number, Customer: orders.CustomerInput{Email: to, Name: &name}, Currency: "USD", PurchasedAt: d.ago(daysAgo, 10),
		ShipToCountry: "US", ShipToZone: &zone, ShipToLines: []string{name, "12 Example Street", "Springfield, MA 01103", "USA"},
		Shipping: dollars(shipping), Items: items,
	}
	total := shipping
	for _, item := range items {
		paid, _ := money.Parse(item.Paid.Amount, item.Paid.Currency) // our own amounts
		total += paid.Minor
	}
	method := "Visa ending in 4242"
	// The sandbox keeps books of its own: charges of a shop that was deleted must not come back with this one.
	in.Payments = []orders.PaymentInput{{Ref: d.newID("card"), Method: &method, Captured: dollars(total)}}
	for _, e := range edit {
		e(&in)
	}
	d.orders = append(d.orders, in)
}

// windows are orders that differ in what is still open for them.
func (d *demo) windows() {
	d.sold(ada, 6, 795, d.delivered(3, camera(1)))
	d.sold(ada, 12, 500, d.delivered(9, doorbell())) // damaged on arrival: nearly over
	d.sold(ada, 30, 1200, d.delivered(26, hub()))    // a change of heart: its last day
	d.sold(grace, 45, 995, d.delivered(41, lock()))  // over: the warranty is left
	d.sold(grace, 8, 500, d.delivered(5, sensor(3))) // some of several units
}

// parcels are orders that differ in where their parcels are.
func (d *demo) parcels() {
	d.sold(grace, 7, 1450, append(d.delivered(4, hub()), d.shipped(2, policy.InTransit, siren())...)) // two parcels
	d.sold(ada, 2, 795, d.shipped(1, policy.InTransit, camera(1)))
	d.sold(grace, 1, 500, []orders.ItemInput{doorbell()})                           // not shipped yet
	d.sold(ada, 16, 795, d.shipped(15, policy.Unknown, camera(2)))                  // nobody knows whether it arrived
	d.sold(lena, 6, 2900, d.delivered(3, camera(1)), func(in *orders.RecordInput) { // international
		zone := "Europe/Berlin"
		in.ShipToCountry, in.ShipToZone = "DE", &zone
		in.ShipToLines = []string{*in.Customer.Name, "Beispielweg 3", "10115 Berlin", "Germany"}
	})
}

// money are orders that differ in how they were paid, and what is known of that.
func (d *demo) money() {
	d.sold(grace, 7, 500, d.delivered(4, sensor(2)), func(in *orders.RecordInput) { // bought elsewhere: no receipt yet
		proof := policy.NoProof
		in.Proof = &proof
	})
	d.sold(ada, 7, 995, d.delivered(4, lock(), siren()), func(in *orders.RecordInput) { // two payments
		gift, card := "Gift card", "Visa ending in 4242"
		in.Payments = []orders.PaymentInput{
			{Ref: d.newID("gift"), Method: &gift, Captured: dollars(5_000)},
			{Ref: d.newID("card"), Method: &card, Captured: dollars(24_895)},
		}
	})
	d.sold(ada, 8, 500, d.delivered(5, doorbell()), d.charged("fail-declined"))   // its bank takes nothing back
	d.sold(grace, 8, 500, d.delivered(5, doorbell()), d.charged("flaky"))         // the first answer gets lost
	d.sold(grace, 8, 0, d.delivered(5, camera(1)), func(in *orders.RecordInput) { // a currency without cents
		in.Currency, in.Shipping = "JPY", yen(800)
		in.Items[0].Paid, in.Payments[0].Captured = yen(19_800), yen(20_600)
		for i := range in.Items[0].PackingList {
			if fee := &in.Items[0].PackingList[i].Fee; *fee != nil {
				small := yen(1_500)
				*fee = &small
			}
		}
	})
}

// returned are orders of which something is on its way back: see seedReturns.
func (d *demo) returned() {
	d.sold(ada, 7, 500, d.delivered(3, doorbell()))
	d.sold(grace, 8, 795, d.delivered(4, camera(1)))
	d.sold(ada, 12, 1200, d.delivered(9, hub()))
	d.sold(grace, 13, 995, d.delivered(10, lock()))
	d.sold(ada, 14, 795, d.delivered(11, camera(1)))
	d.sold(ada, 6, 500, d.delivered(2, sensor(1)))
}

// charged gives the only payment a word by which the sandbox chooses what becomes of a refund.
func (d *demo) charged(word string) func(*orders.RecordInput) {
	return func(in *orders.RecordInput) { in.Payments[0].Ref = d.newID("ch") + "-" + word }
}

// delivered says that items arrived so many days ago, two days after they were shipped.
func (d *demo) delivered(daysAgo int, items ...orders.ItemInput) []orders.ItemInput {
	items = d.shipped(daysAgo+2, policy.Delivered, items...)
	at := d.ago(daysAgo, 15)
	for i := range items {
		items[i].DeliveredAt = &at
	}
	return items
}

func (d *demo) shipped(daysAgo int, delivery policy.Delivery, items ...orders.ItemInput) []orders.ItemInput {
	at, carrier := d.ago(daysAgo, 17), "Example Parcel"
	tracking := d.newID("trk")
	for i := range items {
		items[i].Delivery, items[i].ShippedAt, items[i].Carrier, items[i].Tracking = &delivery, &at, &carrier, &tracking
	}
	return items
}
