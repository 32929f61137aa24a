package orders_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent/customer"
	"github.com/vysero/returns/internal/apptest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/money"
	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/store"
)

func TestAnOrderIsOnRecordWithAllThatThePolicyAsks(t *testing.T) {
	t.Parallel()
	s := open(t)
	got := s.record(t, lamps())
	require.Equal(t, "1001", got.Number)
	require.True(t, got.PurchasedAt.Equal(*day(1, 10)))
	require.Equal(t, []any{"US", "America/Chicago", "USD", int64(750), int64(9200), policy.AccountOrder},
		[]any{got.ShipToCountry, got.ShipToZone, got.Currency, got.ShippingMinor, got.ItemsMinor, got.Proof})
	require.True(t, got.RecordedAt.Equal(today))

	ctx := service(t)
	require.Equal(t, "ada@example.com", got.QueryCustomer().OnlyX(ctx).Email)
	items := got.QueryItems().AllX(ctx)
	require.Len(t, items, 2)
	lamp, mug := items[0], items[1]
	require.Equal(t, []any{0, int64(0), 0, int64(8000)}, []any{lamp.Position, lamp.PaidBeforeMinor, lamp.UnitsBefore, lamp.PaidMinor})
	require.Equal(t, []any{1, int64(8000), 2, int64(1200)}, []any{mug.Position, mug.PaidBeforeMinor, mug.UnitsBefore, mug.PaidMinor})
	require.Equal(t, []policy.Piece{
		{Code: "SHADE", Name: "Shade", Kind: policy.Part}, {Code: "BULB", Fee: new(int64(400))},
	}, lamp.PackingList)
	require.Equal(t, policy.NotShipped, lamp.Delivery)
	paid := got.QueryPayments().AllX(ctx)
	require.Equal(t, []any{"ch_1", int64(9000), "gift_1", int64(950)},
		[]any{paid[0].Ref, paid[0].CapturedMinor, paid[1].Ref, paid[1].CapturedMinor})
}

func TestTheSameOrderAgainChangesNothing(t *testing.T) {
	t.Parallel()
	s := open(t)
	first := s.record(t, lamps())
	before := s.counts(t)
	again := lamps()
	again.Customer.Email = "  ada@EXAMPLE.com "                        // the same address
	again.PurchasedAt = again.PurchasedAt.In(time.FixedZone("", 3600)) // the same instant
	again.Proof = new(policy.AccountOrder)                             // what was left out
	again.Items[1].Paid = usd("12")                                    // the same amount
	second := s.record(t, again)
	require.Equal(t, first.ID, second.ID)
	require.Equal(t, before, s.counts(t))
}

func TestTheSameOrderAgainIsTheSameAfterItWasDelivered(t *testing.T) {
	t.Parallel()
	s := open(t)
	first := s.record(t, lamps())
	_, err := s.Delivered(service(t), orders.DeliveredInput{OrderNumber: "1001", ItemIds: []string{s.items(t, "1001")[0].ID}})
	require.NoError(t, err)
	require.Equal(t, first.ID, s.record(t, lamps()).ID)
	require.Equal(t, policy.Delivered, s.items(t, "1001")[0].Delivery)
}

func TestTheSameNumberWithOtherContentsIsRefusedAndChangesNothing(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.record(t, lamps())
	before := s.counts(t)
	for name, change := range map[string]func(*orders.RecordInput){
		"another customer": func(in *orders.RecordInput) { in.Customer.Email = "eve@example.com" },
		"another name":     func(in *orders.RecordInput) { in.Customer.Name = nil },
		"another instant":  func(in *orders.RecordInput) { in.PurchasedAt = *day(1, 11) },
		"another country":  func(in *orders.RecordInput) { in.ShipToCountry = "CA" },
		"another address":  func(in *orders.RecordInput) { in.ShipToLines = in.ShipToLines[:1] },
		"another proof":    func(in *orders.RecordInput) { in.Proof = new(policy.NoProof) },
		"another article":  func(in *orders.RecordInput) { in.Items[1].Sku = "MUG-4" },
		"more units":       func(in *orders.RecordInput) { in.Items[1].Quantity = 2 },
		"lines turned":     func(in *orders.RecordInput) { in.Items[0], in.Items[1] = in.Items[1], in.Items[0] },
		"another fee":      func(in *orders.RecordInput) { in.Items[0].PackingList[1].Fee = nil },
		"another payment":  func(in *orders.RecordInput) { in.Payments[0].Ref = "ch_2" },
		"payments turned":  func(in *orders.RecordInput) { in.Payments[0], in.Payments[1] = in.Payments[1], in.Payments[0] },
		"shipped meanwhile": func(in *orders.RecordInput) {
			in.Items[0].Delivery, in.Items[0].ShippedAt = new(policy.Unknown), day(1, 11)
		},
	} {
		in := lamps()
		change(&in)
		_, err := s.Record(service(t), in)
		requireFault(t, err, fault.CodeDiffers, "number")
		require.Equal(t, fault.Conflict, fault.From(err).Kind, name)
		require.Equal(t, before, s.counts(t), name)
	}
}

// The fingerprints of orders on record were made by earlier versions of this program: it must go on making them alike.
func TestTheFingerprintOfAnOrderNeverChanges(t *testing.T) {
	t.Parallel()
	s := open(t)
	in := lamps()
	in.Items[0].Delivery, in.Items[0].ShippedAt, in.Items[0].DeliveredAt = new(policy.Delivered), day(1, 11), day(1, 14)
	require.Equal(t, "b1a06527353552f17ff58b989753b97eaf3c555e94d8efcaa1693319123a6ef7", s.record(t, in).Fingerprint)
}

func TestACustomerIsKnownByTheAddressAndStaysAsTheyAre(t *testing.T) {
	t.Parallel()
	s := open(t)
	first := s.record(t, lamps())
	in := lamps()
	in.Number, in.Customer = "1002", orders.CustomerInput{Email: "ADA@example.com", Name: new("A. Lovelace")}
	second := s.record(t, in)
	require.Equal(t, first.CustomerID, second.CustomerID)
	require.Equal(t, 1, s.counts(t).Customers)
	require.Equal(t, "Ada Byron", s.DB.Client.Customer.Query().Where(customer.Email("ada@example.com")).OnlyX(service(t)).Name)
}

func TestARecordedOrderLeavesAnEventWithoutPersonalData(t *testing.T) {
	t.Parallel()
	s := open(t)
	order := s.record(t, lamps())
	event := order.QueryEvents().OnlyX(auth.AsSystem(t.Context()))
	require.Equal(t, []any{"ORDER_RECORDED", "somebody", "SERVICE", order.CustomerID},
		[]any{event.Action, event.Actor, event.Role, event.CustomerID})
	require.True(t, event.At.Equal(today))
	require.JSONEq(t, `{"currency":"USD","itemsMinor":9200,"shippingMinor":750,"items":2,"payments":2,"proof":"ACCOUNT_ORDER"}`, string(event.After))
	row, err := json.Marshal(event)
	require.NoError(t, err)
	for _, personal := range []string{"ada", "Ada", "Elm", "4242"} {
		require.NotContains(t, string(row), personal)
	}
}

func TestInstantsAreKeptInUTCToTheMicrosecond(t *testing.T) {
	t.Parallel()
	s := open(t)
	in := lamps()
	in.PurchasedAt = time.Date(2026, 1, 10, 3, 0, 0, 123456789, time.FixedZone("", -8*3600))
	require.Equal(t, time.Date(2026, 1, 10, 11, 0, 0, 123456000, time.UTC), s.record(t, in).PurchasedAt.UTC())
}

func TestAnOrderForNothingNeedsNoPayment(t *testing.T) {
	t.Parallel()
	s := open(t)
	in := lamps()
	in.Items, in.Payments, in.Shipping = in.Items[1:], nil, usd("0")
	in.Items[0].Paid = usd("0.00")
	require.Zero(t, s.record(t, in).ItemsMinor)
}

func TestTheLargestOrderFits(t *testing.T) {
	t.Parallel()
	s := open(t)
	in := lamps()
	in.Items, in.Payments, in.Shipping = nil, nil, usd("0")
	for range 200 {
		in.Items = append(in.Items, orders.ItemInput{Sku: strings.Repeat("s", 64), Name: strings.Repeat("n", 200), Quantity: 10_000, Paid: usd("0")})
	}
	for i := range 100 {
		in.Items[199].PackingList = append(in.Items[199].PackingList, orders.PieceInput{Code: fmt.Sprintf("%064d", i)})
	}
	got := s.record(t, in)
	items := s.items(t, "1001")
	require.Len(t, items, 200)
	require.Equal(t, 1_990_000, items[199].UnitsBefore)
	require.Equal(t, 2_000_000, got.Units)
	require.Len(t, items[199].PackingList, 100)
}

func TestAnInputThatIsWrongIsToldByItsPathAndNothingIsRecorded(t *testing.T) {
	t.Parallel()
	s := open(t)
	long := func(n int) string { return strings.Repeat("x", n) }
	delivery := func(d policy.Delivery, shipped, arrived *time.Time) func(*orders.RecordInput) {
		return func(in *orders.RecordInput) {
			in.Items[1].Delivery, in.Items[1].ShippedAt, in.Items[1].DeliveredAt = &d, shipped, arrived
		}
	}
	for _, c := range []struct {
		about  string
		change func(*orders.RecordInput)
		code   fault.Code
		path   string
	}{
		{"no number", func(in *orders.RecordInput) { in.Number = "" }, fault.CodeRequired, "number"},
		{"a long number", func(in *orders.RecordInput) { in.Number = long(65) }, fault.CodeInvalid, "number"},
		{"a number with a space", func(in *orders.RecordInput) { in.Number = "1001 " }, fault.CodeInvalid, "number"},
		{"a number with a zero byte", func(in *orders.RecordInput) { in.Number = "10\x0001" }, fault.CodeInvalid, "number"},
		{"a number that is not UTF-8", func(in *orders.RecordInput) { in.Number = "10\xff" }, fault.CodeInvalid, "number"},
		{"no address", func(in *orders.RecordInput) { in.Customer.Email = "" }, fault.CodeInvalid, "customer.email"},
		{"half an address", func(in *orders.RecordInput) { in.Customer.Email = "ada@" }, fault.CodeInvalid, "customer.email"},
		{"a name in the address", func(in *orders.RecordInput) { in.Customer.Email = "Ada <ada@example.com>" }, fault.CodeInvalid, "customer.email"},
		{"two addresses", func(in *orders.RecordInput) { in.Customer.Email = "a@example.com, b@example.com" }, fault.CodeInvalid, "customer.email"},
		{"an address beyond mail", func(in *orders.RecordInput) { in.Customer.Email = long(250) + "@example.com" }, fault.CodeInvalid, "customer.email"},
		{"a long name", func(in *orders.RecordInput) { in.Customer.Name = new(long(201)) }, fault.CodeInvalid, "customer.name"},
		{"no currency", func(in *orders.RecordInput) { in.Currency = "" }, fault.CodeCurrency, "currency"},
		{"a currency that is none", func(in *orders.RecordInput) { in.Currency = "USB" }, fault.CodeCurrency, "currency"},
		{"a currency in small letters", func(in *orders.RecordInput) { in.Currency = "usd" }, fault.CodeCurrency, "currency"},
		{"no purchase", func(in *orders.RecordInput) { in.PurchasedAt = time.Time{} }, fault.CodeRequired, "purchasedAt"},
		{"a purchase to come", func(in *orders.RecordInput) { in.PurchasedAt = today.Add(time.Microsecond) }, fault.CodeFuture, "purchasedAt"},
		{"a purchase beyond years", func(in *orders.RecordInput) {
			in.PurchasedAt = time.Date(9999, 12, 31, 23, 0, 0, 0, time.FixedZone("", -7200))
		}, fault.CodeFuture, "purchasedAt"},
		{"a purchase before shops", func(in *orders.RecordInput) {
			in.PurchasedAt = time.Date(0, 1, 1, 0, 0, 0, 0, time.FixedZone("", 7200))
		}, fault.CodeInvalid, "purchasedAt"},
		{"a country that is none", func(in *orders.RecordInput) { in.ShipToCountry = "XX" }, fault.CodeInvalid, "shipToCountry"},
		{"a country in small letters", func(in *orders.RecordInput) { in.ShipToCountry = "us" }, fault.CodeInvalid, "shipToCountry"},
		{"a country of three letters", func(in *orders.RecordInput) { in.ShipToCountry = "USA" }, fault.CodeInvalid, "shipToCountry"},
		{"a union of countries", func(in *orders.RecordInput) { in.ShipToCountry = "EU" }, fault.CodeInvalid, "shipToCountry"},
		{"a country by another code", func(in *orders.RecordInput) { in.ShipToCountry = "UK" }, fault.CodeInvalid, "shipToCountry"},
		{"a zone that is none", func(in *orders.RecordInput) { in.ShipToZone = new("America/Gotham") }, fault.CodeInvalid, "shipToZone"},
		{"whatever zone this machine is in", func(in *orders.RecordInput) { in.ShipToZone = new("Local") }, fault.CodeInvalid, "shipToZone"},
		{"an endless address", func(in *orders.RecordInput) { in.ShipToLines = make([]string, 11) }, fault.CodeInvalid, "shipToLines"},
		{"an address of two lines in one", func(in *orders.RecordInput) { in.ShipToLines[1] = "a\nb" }, fault.CodeInvalid, "shipToLines.1"},
		{"shipping below zero", func(in *orders.RecordInput) { in.Shipping = usd("-1") }, fault.CodeAmount, "shipping"},
		{"shipping in another currency", func(in *orders.RecordInput) { in.Shipping.Currency = "EUR" }, fault.CodeCurrency, "shipping"},
		{"shipping in words", func(in *orders.RecordInput) { in.Shipping = usd("seven") }, fault.CodeInvalid, "shipping"},
		{"a proof that is none of ours", func(in *orders.RecordInput) { in.Proof = new(policy.Proof("TRUST_ME")) }, fault.CodeInvalid, "proof"},
		{"no items", func(in *orders.RecordInput) { in.Items = nil }, fault.CodeInvalid, "items"},
		{"too many items", func(in *orders.RecordInput) { in.Items = make([]orders.ItemInput, 201) }, fault.CodeInvalid, "items"},
		{"no article", func(in *orders.RecordInput) { in.Items[1].Sku = "" }, fault.CodeRequired, "items.1.sku"},
		{"a long article", func(in *orders.RecordInput) { in.Items[1].Sku = long(65) }, fault.CodeInvalid, "items.1.sku"},
		{"an item without a name", func(in *orders.RecordInput) { in.Items[1].Name = " " }, fault.CodeRequired, "items.1.name"},
		{"an item with a long name", func(in *orders.RecordInput) { in.Items[1].Name = long(201) }, fault.CodeInvalid, "items.1.name"},
		{"no units", func(in *orders.RecordInput) { in.Items[0].Quantity = 0 }, fault.CodeInvalid, "items.0.quantity"},
		{"units below zero", func(in *orders.RecordInput) { in.Items[0].Quantity = -1 }, fault.CodeInvalid, "items.0.quantity"},
		{"units without end", func(in *orders.RecordInput) { in.Items[0].Quantity = 10_001 }, fault.CodeInvalid, "items.0.quantity"},
		{"a price below zero", func(in *orders.RecordInput) { in.Items[0].Paid = usd("-0.01") }, fault.CodeAmount, "items.0.paid"},
		{"a price in another currency", func(in *orders.RecordInput) { in.Items[0].Paid.Currency = "CAD" }, fault.CodeCurrency, "items.0.paid"},
		{"a tenth of a cent", func(in *orders.RecordInput) { in.Items[0].Paid = usd("80.001") }, fault.CodeInvalid, "items.0.paid"},
		{"a price beyond counting", func(in *orders.RecordInput) { in.Items[0].Paid = usd("99999999999999999") }, fault.CodeAmount, "items.0.paid"},
		{"prices that add up beyond counting", func(in *orders.RecordInput) {
			in.Items[0].Paid, in.Items[1].Paid = usd("90071992547409.91"), usd("0.01")
		}, fault.CodeAmount, "items.1.paid"},
		{"shipping that is one cent too much to count", func(in *orders.RecordInput) {
			in.Items[0].Paid, in.Items[1].Paid, in.Shipping = usd("90071992547409.91"), usd("0"), usd("0.01")
		}, fault.CodeAmount, "shipping"},
		{"payments that add up beyond counting", func(in *orders.RecordInput) {
			in.Payments[0].Captured, in.Payments[1].Captured = usd("90071992547409.91"), usd("0.01")
		}, fault.CodeAmount, "payments.1.captured"},
		{"a piece without a code", func(in *orders.RecordInput) { in.Items[0].PackingList[1].Code = "" }, fault.CodeRequired, "items.0.packingList.1.code"},
		{"a piece twice", func(in *orders.RecordInput) { in.Items[0].PackingList[1].Code = "SHADE" }, fault.CodeInvalid, "items.0.packingList.1.code"},
		{"a piece of no kind", func(in *orders.RecordInput) { in.Items[0].PackingList[1].Kind = new(policy.PieceKind("BOX")) }, fault.CodeInvalid, "items.0.packingList.1.kind"},
		{"a fee below zero", func(in *orders.RecordInput) { in.Items[0].PackingList[1].Fee = new(usd("-4")) }, fault.CodeAmount, "items.0.packingList.1.fee"},
		{"a fee in another currency", func(in *orders.RecordInput) {
			in.Items[0].PackingList[1].Fee = &money.Text{Amount: "4", Currency: "EUR"}
		}, fault.CodeCurrency, "items.0.packingList.1.fee"},
		{"too many pieces", func(in *orders.RecordInput) { in.Items[0].PackingList = make([]orders.PieceInput, 101) }, fault.CodeInvalid, "items.0.packingList"},
		{"a delivery that is none of ours", delivery("LOST", day(1, 11), nil), fault.CodeInvalid, "items.1.delivery"},
		{"under way since when?", delivery(policy.InTransit, nil, nil), fault.CodeRequired, "items.1.shippedAt"},
		{"gone since when?", delivery(policy.Unknown, nil, nil), fault.CodeRequired, "items.1.shippedAt"},
		{"not shipped, and yet", delivery(policy.NotShipped, day(1, 11), nil), fault.CodeInvalid, "items.1.shippedAt"},
		{"arrived when?", delivery(policy.Delivered, day(1, 11), nil), fault.CodeRequired, "items.1.deliveredAt"},
		{"arrived without being shipped", delivery(policy.Delivered, nil, day(1, 12)), fault.CodeRequired, "items.1.shippedAt"},
		{"under way, and arrived", delivery(policy.InTransit, day(1, 11), day(1, 12)), fault.CodeInvalid, "items.1.deliveredAt"},
		{"shipped before it was bought", delivery(policy.InTransit, day(1, 9), nil), fault.CodeOrderOfDates, "items.1.shippedAt"},
		{"arrived before it was shipped", delivery(policy.Delivered, day(1, 12), day(1, 11)), fault.CodeOrderOfDates, "items.1.deliveredAt"},
		{"shipped tomorrow", delivery(policy.InTransit, day(3, 2), nil), fault.CodeFuture, "items.1.shippedAt"},
		{"arriving tomorrow", delivery(policy.Delivered, day(2, 2), day(3, 2)), fault.CodeFuture, "items.1.deliveredAt"},
		{"a long carrier", func(in *orders.RecordInput) { in.Items[1].Carrier = new(long(65)) }, fault.CodeInvalid, "items.1.carrier"},
		{"a long tracking number", func(in *orders.RecordInput) { in.Items[1].Tracking = new(long(129)) }, fault.CodeInvalid, "items.1.tracking"},
		{"a payment without an id", func(in *orders.RecordInput) { in.Payments[0].Ref = "" }, fault.CodeRequired, "payments.0.ref"},
		{"a payment twice", func(in *orders.RecordInput) { in.Payments[1].Ref = "ch_1" }, fault.CodeInvalid, "payments.1.ref"},
		{"a long method", func(in *orders.RecordInput) { in.Payments[1].Method = new(long(65)) }, fault.CodeInvalid, "payments.1.method"},
		{"a payment in another currency", func(in *orders.RecordInput) { in.Payments[1].Captured.Currency = "EUR" }, fault.CodeCurrency, "payments.1.captured"},
		{"too many payments", func(in *orders.RecordInput) { in.Payments = make([]orders.PaymentInput, 11) }, fault.CodeInvalid, "payments"},
		{"no payment for what costs", func(in *orders.RecordInput) { in.Payments = nil }, fault.CodeAmount, "payments"},
	} {
		in := lamps()
		c.change(&in)
		_, err := s.Record(service(t), in)
		t.Log(c.about)
		requireFault(t, err, c.code, strings.Split(c.path, ".")...)
		require.Equal(t, fault.Invalid, fault.From(err).Kind, c.about)
	}
	require.Equal(t, counts{}, s.counts(t))
}

func TestPaymentsComeToWhatWasPaidToTheCent(t *testing.T) {
	t.Parallel()
	s := open(t)
	in := lamps()
	in.Payments[1].Captured = usd("9.49")
	_, err := s.Record(service(t), in)
	requireFault(t, err, fault.CodeAmount, "payments")
	require.Equal(t, "The payments come to 99.49 USD, the items and their shipping to 99.50 USD.", fault.From(err).Say)
}

func TestOnlyTheShopsOwnSystemsRecordOrders(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, role := range []auth.Role{auth.Customer, auth.Agent, auth.Inspector, auth.Finance} {
		_, err := s.Record(as(t, role), lamps())
		requireFault(t, err, fault.CodeForbidden)
	}
	_, err := s.Record(t.Context(), lamps())
	requireFault(t, err, fault.CodeUnauthenticated)
	require.Equal(t, counts{}, s.counts(t))
	_, err = s.Record(as(t, auth.Admin), lamps())
	require.NoError(t, err)
}

func TestAnOrderThatFailsHalfwayLeavesNothing(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.NewID = func(prefix string) string { return prefix + "_1" } // the second item cannot have that id
	_, err := s.Record(service(t), lamps())
	require.Error(t, err)
	require.NotContains(t, fault.From(err).Say, "constraint")
	require.Equal(t, counts{}, s.counts(t))
}

func TestRecordingAnOrderTakesAHandfulOfStatementsHoweverLargeItIs(t *testing.T) {
	t.Parallel()
	small, large := lamps(), lamps()
	large.Items = nil
	for range 150 {
		large.Items = append(large.Items, orders.ItemInput{Sku: "A", Name: "A", Quantity: 1, Paid: usd("0")})
	}
	large.Items[0].Paid = usd("92.00")
	require.Equal(t, statements(t, small), statements(t, large))
}

// statements counts the statements with which an order comes on record.
func statements(t *testing.T, in orders.RecordInput) int {
	t.Helper()
	n := 0
	counted, err := store.Open(t.Context(), apptest.DatabaseURL(t, t.TempDir()), func() time.Time { return today },
		store.Watched(func(string) { n++ }))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, counted.Close()) })
	n = 0
	_, err = (&orders.Service{DB: counted, NewID: (&shop{}).newID}).Record(service(t), in)
	require.NoError(t, err)
	return n
}
