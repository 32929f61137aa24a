package graph

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/orders"
)

const sendLink = `mutation($number: String!, $email: String!) {
  orderLinkSend(input: {orderNumber: $number, email: $email}) { accepted userErrors { code field message } }
}`

// mailing is a request for a link, and its whole answer.
func (d *desk) mailing(t *testing.T, who someone, number, email string) *httptest.ResponseRecorder {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": sendLink, "variables": map[string]string{"number": number, "email": email}})
	require.NoError(t, err)
	return d.with(t, who, post(string(body)))
}

func TestALinkIsAskedForByAnybodyWithTheSameAnswerWhateverIsAsked(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.two(t)
	for _, who := range []someone{asAda, asBob} {
		d.principal(t, who) // who asks is looked up by the server
	}
	want := d.mailing(t, nobody, "1001", ada)
	require.JSONEq(t, `{"data":{"orderLinkSend":{"accepted":true,"userErrors":[]}}}`, want.Body.String())
	for _, c := range [][2]string{{"1001", ada}, {"1001", bob}, {"2002", ada}, {"2002", bob}, {"9999", ada}, {"' OR 1=1 --", "x@y.example"}} {
		for _, who := range []someone{nobody, asAda, asBob, agent, service} {
			var got *httptest.ResponseRecorder
			reads := d.seen.during(func() { got = d.mailing(t, who, c[0], c[1]) })
			require.Equal(t, want.Code, got.Code)
			require.Equal(t, want.Body.String(), got.Body.String())
			require.Equal(t, want.Header(), got.Header())
			require.Empty(t, reads, "nothing is read that could take longer")
		}
	}
	require.NotContains(t, d.log.String(), "@")
}

func TestAMalformedRequestForALinkIsToldByField(t *testing.T) {
	t.Parallel()
	d := open(t)
	require.JSONEq(t, `{"data":{"orderLinkSend":{"accepted":false,"userErrors":[
		{"code":"REQUIRED","field":["input","orderNumber"],"message":"Which order is it? Its number is missing."},
		{"code":"INVALID_INPUT","field":["input","email"],"message":"This is not an e-mail address."}]}}}`,
		d.mailing(t, nobody, " ", "ada@example.com\r\nBcc: eve@example.com").Body.String())
}

func TestWhereNoLinksAreSentTheRequestIsAnError(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.Guests.Offer = nil
	require.Equal(t, "NOT_OFFERED", d.code(t, nobody, sendLink, map[string]any{"number": "1001", "email": ada}))
}

// guest is who came by a link to an order.
func (d *desk) guest(t *testing.T, o *ent.Order) someone {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	who := someone{role: auth.Customer, email: "guest of " + o.Number}
	d.people[who] = auth.Guest(auth.Link{OrderID: o.ID, CustomerID: o.CustomerID})
	return who
}

func TestWhoeverHasALinkSeesItsOrderByEveryWayAndNoOther(t *testing.T) {
	t.Parallel()
	d := open(t)
	hers := d.Order(t)
	other := d.Order(t, func(in *orders.RecordInput) { in.Number = "1002" })
	ret := d.settled(t, hers)
	d.settled(t, other)
	who := d.guest(t, hers)
	const all = `{
	  viewer { role customer { email orders(first: 10) { totalCount edges { node { number } } } returns(first: 10) { totalCount edges { node { number } } } } }
	  orders(first: 10) { totalCount edges { node { number customer { orders(first: 10) { totalCount } returns(first: 10) { totalCount } } } } }
	  returns(first: 10) { totalCount edges { node { number lines { quantity } photos { id } refunds { total { amount } } events(first: 10) { totalCount } overrides { id } } } }
	  mine: order(number: "1001") { number payments { captured { amount } } } other: order(number: "1002") { number }
	  back: return(number: "1001-R1") { number } otherBack: return(number: "1002-R1") { number }
	  filtered: returns(first: 10, filter: {orderNumber: "1002"}) { totalCount }
	}`
	photo := d.idsOf(t, ret)["pho"]
	got := d.ask(t, who, all)
	require.Empty(t, got.Errors)
	require.JSONEq(t, fmt.Sprintf(`{
	  "viewer": {"role": "CUSTOMER", "customer": {"email": "ada@example.com",
	    "orders": {"totalCount": 1, "edges": [{"node": {"number": "1001"}}]}, "returns": {"totalCount": 1, "edges": [{"node": {"number": "1001-R1"}}]}}},
	  "orders": {"totalCount": 1, "edges": [{"node": {"number": "1001", "customer": {"orders": {"totalCount": 1}, "returns": {"totalCount": 1}}}}]},
	  "returns": {"totalCount": 1, "edges": [{"node": {"number": "1001-R1", "lines": [{"quantity": 1}], "photos": [{"id": %q}],
	    "refunds": [{"total": {"amount": "107.00"}}], "events": {"totalCount": 0}, "overrides": []}}]},
	  "mine": {"number": "1001", "payments": [{"captured": {"amount": "108.00"}}]}, "other": null,
	  "back": {"number": "1001-R1"}, "otherBack": null, "filtered": {"totalCount": 0}
	}`, photo), string(got.Data))
}

func TestAnotherOrderOfTheSameCustomerIsAnsweredToALinkExactlyAsAMissingOne(t *testing.T) {
	t.Parallel()
	d := open(t)
	hers := d.Order(t)
	other := d.Order(t, func(in *orders.RecordInput) { in.Number = "1002" })
	who := d.guest(t, hers)
	for prefix, id := range d.idsOf(t, d.settled(t, other)) {
		if prefix == "cus" { // they are one
			continue
		}
		for _, query := range []string{
			`{ node(id: %q) { id } }`, `{ nodes(ids: [%[1]q, %[1]q]) { id } }`,
			`mutation { returnCancel(input: {id: %q}) { return { id } userErrors { code field message } } }`,
			`mutation { returnHandOver(input: {id: %q, tracking: "1Z"}) { return { id } userErrors { code field message } } }`,
			`mutation { returnPhotosAdd(input: {id: %q, photoIds: ["x"]}) { return { id } userErrors { code field message } } }`,
			`mutation { returnRequest(input: {lines: [{itemId: %q, quantity: 1, reason: DEFECTIVE}]}) { return { id } userErrors { code field message } } }`,
			`{ returnPreview(input: {lines: [{itemId: %q, quantity: 1, reason: DEFECTIVE}]}) { requestable } }`,
			`{ settlementPreview(id: %q) { total { amount } } }`,
		} {
			missing, foreign := d.ask(t, who, fmt.Sprintf(query, prefix+"_999999")), d.ask(t, who, fmt.Sprintf(query, id))
			require.Equal(t, missing, foreign, query)
		}
	}
}

func TestFromALinkNothingLeadsToAnotherOrderOfTheSameCustomer(t *testing.T) {
	t.Parallel()
	d := open(t)
	other := d.Order(t) // 1001, which the roots of a crawl ask for
	theirs := d.idsOf(t, d.settled(t, other))
	linked := d.Order(t, func(in *orders.RecordInput) { in.Number = "1002" })
	mine := d.idsOf(t, d.settled(t, linked))
	var guessed []string
	for prefix, id := range theirs {
		if prefix != "cus" {
			guessed = append(guessed, id)
		}
	}
	got := d.crawl(t, d.guest(t, linked), guessed...)
	for _, of := range append(guessed, "1001", "goodwill", mine["evt"], mine["ovr"]) {
		require.NotContains(t, got, of)
	}
	for prefix, id := range mine {
		if prefix != "evt" && prefix != "ovr" { // for staff
			require.Contains(t, got, id)
		}
	}
}
