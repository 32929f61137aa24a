package graph

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/apptest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/returns"
)

// do runs a mutation, insists that nothing was wrong and reads its payload.
func (d *desk) do(t *testing.T, who someone, name, input, selection string) map[string]any {
	t.Helper()
	var got map[string]map[string]any
	d.get(t, &got, who, fmt.Sprintf(`mutation { %s(input: %s) { %s userErrors { code field message } } }`, name, input, selection))
	require.Empty(t, got[name]["userErrors"])
	return got[name]
}

// at follows keys and places into decoded JSON; nil where there is nothing.
func at(v any, path ...any) any {
	for _, step := range path {
		object, _ := v.(map[string]any)
		list, _ := v.([]any)
		switch step := step.(type) {
		case string:
			v = object[step]
		case int:
			v = list[step]
		}
	}
	return v
}

// all is the list at a path.
func all(v any, path ...any) []any {
	list, _ := at(v, path...).([]any)
	return list
}

func TestADamagedCameraGoesBackByTheAPIAlone(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.do(t, service, "orderRecord", `{number: "1001", customer: {email: "ada@example.com"}, currency: "USD", purchasedAt: "2026-03-01T10:00:00-08:00",
		shipToCountry: "US", shipping: {amount: "8.00", currency: "USD"}, payments: [{ref: "card_1", method: "Visa", captured: {amount: "108.00", currency: "USD"}}],
		items: [{sku: "CAM-1", name: "Camera", quantity: 1, paid: {amount: "100.00", currency: "USD"},
			packingList: [{code: "camera", kind: PART}, {code: "usb-cable", kind: ACCESSORY, fee: {amount: "9.00", currency: "USD"}}, {code: "card"}]}]}`, `order { id }`)
	d.do(t, service, "itemsShipped", `{orderNumber: "1001", shippedAt: "2026-03-02T10:00:00-08:00"}`, `order { id }`)
	d.do(t, service, "itemsDelivered", `{orderNumber: "1001", deliveredAt: "2026-03-06T15:00:00-08:00"}`, `order { id }`)

	var got any
	d.get(t, &got, asAda, `{ order(number: "1001") {
		purchasedAt shipping { amount currency } itemsTotal { amount } proof payments { method captured { amount } refunded { amount } }
		items { id sku unitsLeft paid { amount } delivery deliveredAt packingList { code kind fee { amount currency } } order { number }
			returnOptions { reason quantity verdict { outcome prepaidLabel returnShippingPaidBy evidenceMissing deciding
				requestBefore { before lastDay zone daysLeft later: daysLeft(asOf: "2026-03-16T12:00:00Z") } findings { clause reading effect say } }
				refundEstimate { total { amount } lines { kind units amount { amount } clause } } } } } }`)
	order := at(got, "order")
	require.Equal(t, "2026-03-01T18:00:00Z", at(order, "purchasedAt"))
	require.Equal(t, map[string]any{"amount": "8.00", "currency": "USD"}, at(order, "shipping"))
	item := at(order, "items", 0)
	require.Equal(t, []any{
		map[string]any{"code": "camera", "kind": "PART", "fee": nil},
		map[string]any{"code": "usb-cable", "kind": "ACCESSORY", "fee": map[string]any{"amount": "9.00", "currency": "USD"}},
		map[string]any{"code": "card", "kind": nil, "fee": nil},
	}, at(item, "packingList"))
	options := all(item, "returnOptions")
	require.Len(t, options, len(policy.Reasons()))
	heart, damaged := options[0], options[2]
	require.Equal(t, "ELIGIBLE", at(heart, "verdict", "outcome"))
	require.Equal(t, "CUSTOMER", at(heart, "verdict", "returnShippingPaidBy"))
	require.Equal(t, "100.00", at(heart, "refundEstimate", "total", "amount"))
	require.Equal(t, "AWAITING_EVIDENCE", at(damaged, "verdict", "outcome"))
	require.Equal(t, "108.00", at(damaged, "refundEstimate", "total", "amount"))
	require.Equal(t, map[string]any{
		"before": "2026-03-17T07:00:00Z", "lastDay": "2026-03-16", "zone": "America/Los_Angeles", "daysLeft": 7.0, "later": 1.0,
	}, at(damaged, "verdict", "requestBefore"))

	line := fmt.Sprintf(`lines: [{itemId: %q, quantity: 1, reason: DAMAGED_ON_ARRIVAL, comment: "cracked"}]`, at(item, "id"))
	asked := d.do(t, asAda, "returnRequest", `{`+line+`}`, `return { id number state availableActions lines { id } events(first: 9) { totalCount } } verdicts { outcome }`)
	require.Equal(t, "AWAITING_EVIDENCE", at(asked, "return", "state"))
	require.Equal(t, "AWAITING_EVIDENCE", at(asked, "verdicts", 0, "outcome"))
	require.Equal(t, []any{"ADD_PHOTOS", "CANCEL"}, at(asked, "return", "availableActions"))
	require.EqualValues(t, 0, at(asked, "return", "events", "totalCount"))
	id, lineID := at(asked, "return", "id"), at(asked, "return", "lines", 0, "id")

	d.do(t, asAda, "returnPhotosAdd", fmt.Sprintf(`{id: %q, photoIds: [%q]}`, id, d.upload(t, ada)), `return { photos { contentType width } }`)
	done := d.do(t, agent, "returnApprove", fmt.Sprintf(`{id: %q, idempotencyKey: "a", instructions: "Use the label."}`, id), `return { state label { state tracking } handOverBefore { lastDay } }`)
	require.Equal(t, "READY", at(done, "return", "label", "state"))
	require.NotNil(t, at(done, "return", "handOverBefore", "lastDay"))
	d.do(t, asAda, "returnHandOver", fmt.Sprintf(`{id: %q}`, id), `return { handedOverAt }`)
	d.do(t, inspector, "returnReceive", fmt.Sprintf(`{id: %q, lines: [{lineId: %q, received: 1}]}`, id, lineID), `return { state }`)
	d.do(t, inspector, "returnInspect", fmt.Sprintf(
		`{id: %q, findings: [{lineId: %q, units: 1, packaging: true, missing: ["usb-cable"], claim: CONFIRMED, note: "cracked indeed"}]}`, id, lineID), `return { state }`)
	d.get(t, &got, finance, fmt.Sprintf(`{ settlementPreview(id: %q) { total { amount } lines { kind piece amount { amount } } } }`, id))
	require.Equal(t, "99.00", at(got, "settlementPreview", "total", "amount"))
	require.Equal(t, "-9.00", at(got, "settlementPreview", "lines", 2, "amount", "amount"))
	paid := d.do(t, finance, "returnSettle", fmt.Sprintf(`{id: %q, idempotencyKey: "b", expectedTotal: {amount: "99.00", currency: "USD"}}`, id),
		`return { state dueBefore refundBefore { lastDay } } refund { state total { amount } transfers { state amount { amount } payment { method } attempt } }`)
	require.Equal(t, "REFUNDED", at(paid, "return", "state"))
	require.Nil(t, at(paid, "return", "dueBefore"), "nothing is due any more")
	require.Equal(t, "SUCCEEDED", at(paid, "refund", "state"))
	require.Equal(t, "Visa", at(paid, "refund", "transfers", 0, "payment", "method"))

	receipts, err := d.Books.Refunds(t.Context(), "card_1")
	require.NoError(t, err)
	require.Len(t, receipts, 1)
	require.EqualValues(t, 9900, receipts[0].Amount.Minor)
}

func TestWhatIsForStaffIsNullForCustomers(t *testing.T) {
	t.Parallel()
	d := open(t)
	hers, _ := d.two(t)
	ret := d.settled(t, hers)
	query := fmt.Sprintf(`{ return(number: %q) { lines { inspections { inspector note outcome feeAtMost { amount currency } packaging missing claim } }
		events(first: 50) { totalCount edges { node { action before after } } } } }`, ret.Number)
	var customers, staffs any
	d.get(t, &customers, asAda, query)
	d.get(t, &staffs, agent, query)
	seen := at(customers, "return", "lines", 0, "inspections", 0)
	known := at(staffs, "return", "lines", 0, "inspections", 0)
	require.Nil(t, at(seen, "inspector"))
	require.Nil(t, at(seen, "note"))
	require.Equal(t, "test-INSPECTOR", at(known, "inspector"))
	require.Equal(t, "cracked, as they said", at(known, "note"))
	require.Equal(t, map[string]any{"amount": "1.00", "currency": "USD"}, at(seen, "feeAtMost"))
	require.Equal(t, []any{"usb-cable"}, at(seen, "missing"))
	require.Equal(t, "CONFIRMED", at(seen, "claim"))
	require.Empty(t, at(customers, "return", "events", "edges"))
	require.NotEmpty(t, at(staffs, "return", "events", "edges"))
	require.Equal(t, "FORBIDDEN", d.code(t, asAda, fmt.Sprintf(`{ settlementPreview(id: %q) { total { amount } } }`, ret.ID)))
}

func TestListsAreInTheirOrderWhateverIsSelected(t *testing.T) {
	t.Parallel()
	d := open(t)
	o := d.Order(t, func(in *orders.RecordInput) {
		first := in.Items[0]
		for i := range 11 {
			more := first
			more.Sku = fmt.Sprintf("SKU-%02d", 20-i)
			in.Items = append(in.Items, more)
		}
		in.Payments = []orders.PaymentInput{
			{Ref: "z", Method: new("first"), Captured: apptest.USD("1000.00")}, {Ref: "a", Method: new("second"), Captured: apptest.USD("208.00")},
		}
	})
	lines := []returns.LineInput{}
	for _, it := range slices.Backward(d.Items(t, o)) {
		lines = append(lines, returns.LineInput{ItemID: it.ID, Quantity: 1, Reason: policy.ChangeOfHeart})
	}
	_, _, err := d.Returns.Request(d.As(t, auth.Customer, ada), returns.RequestInput{Lines: lines})
	require.NoError(t, err)
	var got struct {
		Order struct {
			Items    []struct{ Sku string }
			Payments []struct{ Method string }
			Returns  struct {
				Edges []struct {
					Node struct {
						Lines []struct{ Item struct{ Sku string } }
					}
				}
			}
		}
	}
	d.get(t, &got, asAda, `{ order(number: "1001") { items { sku } payments { method } returns(first: 1) { edges { node { lines { item { sku } } } } } } }`)
	skus := []string{}
	for _, it := range got.Order.Items {
		skus = append(skus, it.Sku)
	}
	require.Equal(t, []string{"CAM-1", "SKU-20", "SKU-19", "SKU-18", "SKU-17", "SKU-16", "SKU-15", "SKU-14", "SKU-13", "SKU-12", "SKU-11", "SKU-10"}, skus)
	require.Equal(t, "first", got.Order.Payments[0].Method)
	back := []string{}
	for _, l := range got.Order.Returns.Edges[0].Node.Lines {
		back = append(back, l.Item.Sku)
	}
	slices.Reverse(back)
	require.Equal(t, skus, back)
}

func TestAVerdictDoesNotDependOnWhatElseIsSelected(t *testing.T) {
	t.Parallel()
	d := open(t)
	hers, _ := d.two(t)
	item := d.Items(t, hers)[0].ID
	d.returned(t, d.Order(t, func(in *orders.RecordInput) { in.Number = "1002"; in.Items[0].Sku = "CAM-1" }), ada)
	options := `returnOptions { reason verdict { outcome deciding requestBefore { before } } refundEstimate { total { amount currency } } }`
	var whole, thin, byItem, byLine any
	d.get(t, &whole, asAda, `{ order(number: "1001") { number purchasedAt shipToCountry shipping { amount } items { sku quantity `+options+` } } }`)
	d.get(t, &thin, asAda, `{ order(number: "1001") { items { `+options+` } } }`)
	d.get(t, &byItem, asAda, fmt.Sprintf(`{ node(id: %q) { ... on Item { %s } } }`, item, options))
	want := at(whole, "order", "items", 0, "returnOptions")
	require.Equal(t, "ELIGIBLE", at(want, 0, "verdict", "outcome"))
	require.Equal(t, want, at(thin, "order", "items", 0, "returnOptions"))
	require.Equal(t, want, at(byItem, "node", "returnOptions"))

	var direct any
	d.get(t, &direct, asAda, `{ order(number: "1002") { items { `+options+` } } }`)
	d.get(t, &byLine, asAda, `{ returns(first: 1) { edges { node { lines { item { `+options+` } } } } } }`)
	require.Equal(t, at(direct, "order", "items", 0, "returnOptions"), at(byLine, "returns", "edges", 0, "node", "lines", 0, "item", "returnOptions"))
}

func TestALabelsFileIsNotReadForItsState(t *testing.T) {
	t.Parallel()
	d := open(t)
	hers, _ := d.two(t)
	number := d.settled(t, hers).Number
	var got any
	for _, statement := range d.seen.during(func() {
		d.get(t, &got, asAda, `query($n: String!) { return(number: $n) { label { id state carrier tracking readyAt } } }`, map[string]any{"n": number})
	}) {
		require.NotContains(t, statement, "pdf")
	}
	require.Equal(t, "READY", at(got, "return", "label", "state"))
}

// walk follows a connection page by page and lists what it finds.
func (d *desk) walk(t *testing.T, who someone, query string, path ...any) []string {
	t.Helper()
	var found []string
	var after any
	for range 50 {
		var got any
		d.get(t, &got, who, query, map[string]any{"after": after})
		page := at(got, path...)
		for _, edge := range all(page, "edges") {
			found = append(found, fmt.Sprint(at(edge, "node", "number")))
		}
		if at(page, "pageInfo", "hasNextPage") != true {
			return found
		}
		after = at(page, "pageInfo", "endCursor")
	}
	t.Fatal("the pages have no end")
	return nil
}

func TestPagesFollowEachOtherWithoutAGapAndWithoutADouble(t *testing.T) {
	t.Parallel()
	d := open(t)
	var latestFirst, returned []string
	for i := range 7 {
		o := d.Order(t, func(in *orders.RecordInput) { // recorded in another order than purchased; two at one instant
			in.Number = fmt.Sprint(1001 + i)
			in.PurchasedAt = in.PurchasedAt.AddDate(0, 0, -(i/2)*3%4)
			in.Items[0].Quantity = 7
		})
		latestFirst = append(latestFirst, o.Number)
		d.Clock.Set(d.Clock.Now().Add(time.Minute))
		ret := d.returned(t, o, ada)
		returned = append(returned, ret.Number)
	}
	want := d.walk(t, asAda, `{ orders(first: 100) { edges { node { number } } pageInfo { hasNextPage } } }`, "orders")
	require.ElementsMatch(t, latestFirst, want)
	page := `pageInfo { hasNextPage endCursor } edges { node { number } } }`
	require.Equal(t, want, d.walk(t, asAda, `query($after: Cursor) { orders(first: 2, after: $after) { `+page+` }`, "orders"))
	slices.Reverse(returned)
	require.Equal(t, returned, d.walk(t, asAda, `query($after: Cursor) { returns(first: 2, after: $after) { `+page+` }`, "returns"), "the latest request first")
	require.Equal(t, returned, d.walk(t, asAda, `query($after: Cursor) { viewer { customer { returns(first: 2, after: $after) { `+page+` } } }`, "viewer", "customer", "returns"))
	slices.Reverse(returned)
	require.Equal(t, returned, d.walk(t, agent,
		`query($after: Cursor) { returns(first: 3, after: $after, orderBy: {field: REQUESTED_AT}, filter: {state: [AWAITING_EVIDENCE], overdue: false}) { `+page+` }`, "returns"))
	require.Len(t, d.walk(t, agent, `query($after: Cursor) { returns(first: 3, after: $after, orderBy: {field: STATE, direction: DESC}) { `+page+` }`, "returns"), 7)
	require.Len(t, d.walk(t, agent, `query($after: Cursor) { returns(first: 3, after: $after, orderBy: {field: DUE_BEFORE}) { `+page+` }`, "returns"), 7)
	require.Equal(t, []string{"1003-R1"}, d.walk(t, agent, `query($after: Cursor) { returns(first: 3, after: $after, filter: {orderNumber: "1003"}) { `+page+` }`, "returns"))
}

func TestOrdersComeByTheirPurchaseTheLatestFirst(t *testing.T) {
	t.Parallel()
	d := open(t)
	for i, day := range []int{-2, 0, -1} {
		d.Order(t, func(in *orders.RecordInput) {
			in.Number, in.PurchasedAt = fmt.Sprint(1001+i), in.PurchasedAt.AddDate(0, 0, day)
		})
	}
	require.Equal(t, []string{"1002", "1003", "1001"}, d.walk(t, agent, `{ orders(first: 5) { edges { node { number } } pageInfo { hasNextPage } } }`, "orders"))
}

func TestThePolicyIsReadableByAPage(t *testing.T) {
	t.Parallel()
	d := open(t)
	var got map[string]map[string]any
	d.get(t, &got, nobody, `{ returnPolicy { version digest zone domesticCountries changeOfHeartDays changeOfHeartClock doaDays handOverDays
		refundBusinessDays doaRefundsOriginalShipping warrantyUrl supportContact unset clauses { id text } readings { id text } } }`)
	p := got["returnPolicy"]
	require.Equal(t, policy.Default().Digest(), p["digest"])
	require.EqualValues(t, 30, p["changeOfHeartDays"])
	require.EqualValues(t, 10, p["doaDays"])
	require.Equal(t, true, p["doaRefundsOriginalShipping"])
	require.Len(t, p["clauses"], len(policy.Clauses()))
	require.Len(t, p["readings"], len(policy.Readings()))
	text, err := json.Marshal(p)
	require.NoError(t, err)
	require.NotContains(t, string(text), `""`, "what is not set is null")
}
