package graph

import (
	"fmt"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/orders"
)

// page is what an account page and a work queue ask for at most.
const page = `query($n: Int!) {
  orders(first: $n) {
    edges { node {
      number
      items { sku unitsLeft returnOptions { reason verdict { outcome } refundEstimate { total { amount } } } }
      payments { captured { amount } }
      returns(first: 5) { edges { node {
        number availableActions
        lines { quantity item { sku } inspections { outcome feeAtMost { amount } } }
        refunds { total { amount } transfers { amount { amount } payment { method } } }
        photos { bytes } label { state }
      } } }
    } }
  }
}`

// fifty records orders 1101 to 1150, each with a return that went all the way.
func fifty(t *testing.T) *desk {
	t.Helper()
	d := open(t)
	d.handler = d.endpoint(func(c *Config) { c.Limits.Cost = 100_000 }) // what such a page costs is counted elsewhere
	for i := range 50 {
		o := d.Order(t, func(in *orders.RecordInput) { in.Number = fmt.Sprint(1101 + i) })
		d.settled(t, o)
	}
	d.principal(t, asAda)
	return d
}

func TestAPageTakesAsManyStatementsForFiftyOrdersAsForOne(t *testing.T) {
	t.Parallel()
	d := fifty(t)
	count := func(n int) []string {
		var got struct {
			Orders struct {
				Edges []struct {
					Node struct{ Returns struct{ Edges []any } }
				}
			}
		}
		list := d.seen.during(func() { d.get(t, &got, asAda, page, map[string]any{"n": n}) })
		require.Len(t, got.Orders.Edges, n)
		require.Len(t, got.Orders.Edges[0].Node.Returns.Edges, 1)
		return tablesOf(list)
	}
	one, fifty := count(1), count(50)
	require.Equal(t, one, fifty)
	// One statement for each edge of the query. Items are reached by two, from the order and from the return's line; the
	// currency of a fee that staff lowered is that of the line's item, which takes two more.
	require.Equal(t, []string{
		"inspections", "items", "items", "items", "labels", "orders", "payments", "payments", "photos", "refunds", "return_lines",
		"return_lines", "returns", "transfers",
	}, fifty)
}

func TestAnAccountPageTakesOneStatementATable(t *testing.T) {
	t.Parallel()
	d := fifty(t)
	var got any
	list := d.seen.during(func() {
		d.get(t, &got, asAda, `{ orders(first: 50) { edges { node {
		  number shipping { amount } items { sku returnOptions { reason verdict { outcome } } }
		  returns(first: 5) { edges { node { number lines { quantity verdict { outcome } inspections { outcome } }
		    refunds { total { amount } transfers { amount { amount } payment { method } } } photos { bytes } label { state } } } }
		} } } }`)
	})
	all := tablesOf(list)
	require.Equal(t, slices.Compact(slices.Clone(all)), all)
	require.Len(t, all, 10)
}

func TestCountingAPageTakesOneStatementMoreForEachConnection(t *testing.T) {
	t.Parallel()
	d := fifty(t)
	var got any
	list := d.seen.during(func() {
		d.get(t, &got, asAda, `{ orders(first: 50) { totalCount edges { node { returns(first: 1) { totalCount edges { node { number } } } } } } }`)
	})
	require.Equal(t, []string{"orders", "orders", "returns", "returns"}, tablesOf(list))
}

func TestItemsOfReturnLinesFindTheirOrdersTogether(t *testing.T) {
	t.Parallel()
	d := fifty(t)
	var got any
	list := d.seen.during(func() {
		d.get(t, &got, agent, `{ returns(first: 50) { edges { node { lines { item { returnOptions { reason } } } } } } }`)
	})
	require.Equal(t, []string{"items", "orders", "return_lines", "returns"}, tablesOf(list))
}

func TestWhatAMutationAnswersWithIsReadTogetherToo(t *testing.T) {
	t.Parallel()
	d := open(t)
	o := d.Order(t, func(in *orders.RecordInput) {
		more := in.Items[0]
		in.Items = append(in.Items, more, more, more)
		in.Shipping.Amount, in.Payments[0].Captured.Amount = "0.00", "400.00"
	})
	var lines []map[string]any
	for _, it := range d.Items(t, o) {
		lines = append(lines, map[string]any{"itemId": it.ID, "quantity": 1, "reason": "CHANGE_OF_HEART"})
	}
	one, all := lines[:1], lines[1:]
	d.principal(t, asAda)
	mutation := `mutation($in: ReturnRequestInput!) { returnRequest(input: $in) { userErrors { code } return { lines { item { sku } inspections { units } } } } }`
	count := func(lines []map[string]any) []string {
		var got any
		return tablesOf(reads(d.seen.during(func() {
			d.get(t, &got, asAda, mutation, map[string]any{"in": map[string]any{"lines": lines}})
		})))
	}
	require.Equal(t, count(one), count(all))
}

// reads leaves out what writes.
func reads(list []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return !regexp.MustCompile(`^(SELECT|WITH)`).MatchString(s) })
}

var from = regexp.MustCompile("FROM [`\"](\\w+)[`\"]")

// tablesOf names the table of each statement, in alphabetical order.
func tablesOf(list []string) []string {
	tables := make([]string, 0, len(list))
	for _, statement := range list {
		tables = append(tables, from.FindStringSubmatch(statement)[1])
	}
	slices.Sort(tables)
	return tables
}
