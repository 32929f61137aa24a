package graph

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/internal/apptest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/orders"
)

// idsOf lists an id of every record that belongs to the order's return, by its prefix.
func (d *desk) idsOf(t *testing.T, ret *ent.ReturnRequest) map[string]string {
	t.Helper()
	ctx := auth.AsSystem(t.Context())
	ids := map[string]string{"ret": ret.ID, "ord": ret.OrderID, "cus": ret.CustomerID}
	first := func(prefix string, list []string, err error) {
		require.NoError(t, err)
		require.NotEmpty(t, list, prefix)
		ids[prefix] = list[0]
	}
	list, err := ret.QueryLines().IDs(ctx)
	first("rln", list, err)
	list, err = ret.QueryLines().QueryItem().IDs(ctx)
	first("itm", list, err)
	list, err = ret.QueryOrder().QueryPayments().IDs(ctx)
	first("pay", list, err)
	list, err = ret.QueryPhotos().IDs(ctx)
	first("pho", list, err)
	list, err = ret.QueryLabel().IDs(ctx)
	first("lab", list, err)
	list, err = ret.QueryLines().QueryInspections().IDs(ctx)
	first("ins", list, err)
	list, err = ret.QueryRefunds().IDs(ctx)
	first("ref", list, err)
	list, err = ret.QueryRefunds().QueryTransfers().IDs(ctx)
	first("trf", list, err)
	list, err = ret.QueryEvents().IDs(ctx)
	first("evt", list, err)
	list, err = ret.QueryOverrides().IDs(ctx)
	first("ovr", list, err)
	require.Len(t, ids, len(tables))
	return ids
}

// recordTypes are the types of the API by the prefixes of their ids.
var recordTypes = map[string]string{
	"cus": "Customer", "ord": "Order", "pay": "Payment", "itm": "Item", "ret": "Return", "rln": "ReturnLine", "pho": "Photo", "lab": "Label",
	"ins": "Inspection", "ref": "Refund", "trf": "Transfer", "evt": "Event", "ovr": "Override",
}

func TestAnythingIsFoundByItsIdByThoseWhoMaySeeIt(t *testing.T) {
	t.Parallel()
	d := open(t)
	hers, _ := d.two(t)
	for prefix, id := range d.idsOf(t, d.settled(t, hers)) {
		want := fmt.Sprintf(`{"node":{"id":%q,"__typename":%q}}`, id, recordTypes[prefix])
		query := fmt.Sprintf(`{ node(id: %q) { id __typename } }`, id)
		require.JSONEq(t, want, string(d.ask(t, agent, query).Data))
		if prefix != "evt" && prefix != "ovr" { // what was done, and why, is for staff
			require.JSONEq(t, want, string(d.ask(t, asAda, query).Data))
		}
	}
}

func TestSomebodyElsesIdIsAnsweredExactlyAsAMissingOne(t *testing.T) {
	t.Parallel()
	d := open(t)
	hers, _ := d.two(t)
	theirs := d.idsOf(t, d.settled(t, hers))
	d.principal(t, asBob) // known from here on
	fields := `id ... on Order { number } ... on Return { number lines { quantity } } ... on Item { sku returnOptions { reason } }`
	for prefix, id := range theirs {
		for _, query := range []string{
			`{ node(id: %q) { ` + fields + ` } }`, `{ nodes(ids: [%q]) { ` + fields + ` } }`, `{ nodes(ids: [%[1]q, %[1]q]) { ` + fields + ` } }`,
			`mutation { returnCancel(input: {id: %q}) { return { id } userErrors { code field message } } }`,
			`mutation { returnHandOver(input: {id: %q, tracking: "1Z"}) { return { id } userErrors { code field message } } }`,
			`mutation { returnPhotosAdd(input: {id: %q, photoIds: ["x"]}) { return { id } userErrors { code field message } } }`,
			`{ returnPreview(input: {lines: [{itemId: %q, quantity: 1, reason: DEFECTIVE}]}) { requestable } }`,
		} {
			answer := func(id string) (said string, statements []string) {
				body, err := json.Marshal(map[string]string{"query": fmt.Sprintf(query, id)})
				require.NoError(t, err)
				statements = d.seen.during(func() {
					w := d.with(t, asBob, post(string(body)))
					said = fmt.Sprint(w.Code, w.Header(), strings.ReplaceAll(w.Body.String(), id, "ID"))
				})
				return said, statements
			}
			want, asked := answer(prefix + "_999999")
			got, alike := answer(id)
			require.Equal(t, want, got, prefix)
			require.Equal(t, asked, alike, "the same is asked of the database, so that time tells nothing either")
		}
	}
	missing := d.ask(t, asBob, `{ order(number: "9999") { id } return(number: "9999-R1") { id } }`)
	foreign := d.ask(t, asBob, `{ order(number: "1001") { id } return(number: "1001-R1") { id } }`)
	require.Equal(t, missing, foreign)
	require.JSONEq(t, `{"order":null,"return":null}`, string(foreign.Data))
}

func TestWhatIsNoIdIsNullWithoutAnError(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.two(t)
	for _, id := range []string{"", "_", "ord", "ord_", "xyz_000001", "ORD_000001", "ord_000001' OR 1=1 --", strings.Repeat("ord_", 10_000), "💥"} {
		a := d.ask(t, agent, `query($id: ID!) { node(id: $id) { id } nodes(ids: [$id, $id]) { id } }`, map[string]any{"id": id})
		require.Empty(t, a.Errors)
		require.JSONEq(t, `{"node":null,"nodes":[null,null]}`, string(a.Data))
	}
}

func TestNodesKeepThePlacesOfTheirIds(t *testing.T) {
	t.Parallel()
	d := open(t)
	hers, his := d.two(t)
	item := d.Items(t, hers)[0]
	a := d.ask(t, asAda, `query($ids: [ID!]!) { nodes(ids: $ids) { id } }`, map[string]any{
		"ids": []string{his.ID, item.ID, "rubbish", hers.ID, "ord_999999", item.ID},
	})
	require.Empty(t, a.Errors)
	require.JSONEq(t, fmt.Sprintf(`{"nodes":[null,{"id":%q},null,{"id":%q},null,{"id":%q}]}`, item.ID, hers.ID, item.ID), string(a.Data))
}

func TestNodesTakesAHundredIds(t *testing.T) {
	t.Parallel()
	d := open(t)
	ids := make([]string, maxNodes+1)
	query := `query($ids: [ID!]!) { nodes(ids: $ids) { id } }`
	require.Empty(t, d.ask(t, agent, query, map[string]any{"ids": ids[1:]}).Errors)
	require.Equal(t, "INVALID_INPUT", d.code(t, agent, query, map[string]any{"ids": ids}))
}

func TestWithoutATokenNothingIsFoundAndNothingIsTold(t *testing.T) {
	t.Parallel()
	d := open(t)
	hers, _ := d.two(t)
	for _, id := range []string{hers.ID, "ord_999999", "rubbish"} {
		require.Equal(t, "UNAUTHENTICATED", d.code(t, nobody, `query($id: ID!) { node(id: $id) { id } }`, map[string]any{"id": id}))
	}
	for _, query := range []string{
		`{ nodes(ids: ["ord_1"]) { id } }`, `{ order(number: "1001") { id } }`, `{ orders(first: 1) { totalCount } }`,
		`{ returns(first: 1) { totalCount } }`, `{ returnPreview(input: {lines: []}) { requestable } }`, `{ settlementPreview(id: "ret_1") { total { amount } } }`,
	} {
		require.Equal(t, "UNAUTHENTICATED", d.code(t, nobody, query), query)
	}
	require.Empty(t, d.ask(t, nobody, `{ returnPolicy { version clauses { id } } viewer { role } }`).Errors, "the terms are everybody's")
}

func TestACustomersOrdersComeTheLatestPurchaseFirstPageByPage(t *testing.T) {
	t.Parallel()
	d := open(t)
	for i, day := range []string{"02", "05", "03", "04"} { // recorded in another order than they were bought in
		d.Order(t, func(in *orders.RecordInput) {
			in.Number, in.PurchasedAt = fmt.Sprint(2000+i), apptest.At("2026-02-"+day+"T10:00:00-08:00")
		})
	}
	var got []string
	after := "null"
	for range 4 {
		var page struct {
			Viewer struct {
				Customer struct {
					Orders struct {
						Edges []struct {
							Node   struct{ Number string }
							Cursor string
						}
					}
				}
			}
		}
		d.get(t, &page, asAda, `{ viewer { customer { orders(first: 1, after: `+after+`) { edges { cursor node { number } } } } } }`)
		edge := page.Viewer.Customer.Orders.Edges[0]
		got, after = append(got, edge.Node.Number), fmt.Sprintf("%q", edge.Cursor)
	}
	require.Equal(t, []string{"2001", "2003", "2002", "2000"}, got)
}
