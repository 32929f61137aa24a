package graph

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent"
)

func TestAConnectionNeedsOnePageSizeFromOneToAHundred(t *testing.T) {
	t.Parallel()
	d := open(t)
	for name, c := range map[string]struct {
		query     string
		variables map[string]any
		path      []any // nil where it is fine
	}{
		"first":                   {query: `{ orders(first: 1) { totalCount } }`},
		"last":                    {query: `{ orders(last: 100) { totalCount } }`},
		"first by a variable":     {query: `query($n: Int) { orders(first: $n) { totalCount } }`, variables: map[string]any{"n": 100}},
		"first by default":        {query: `query($n: Int = 5) { orders(first: $n) { totalCount } }`},
		"one that is null":        {query: `{ orders(first: 5, last: null) { totalCount } }`},
		"neither":                 {query: `{ orders { totalCount } }`, path: []any{"orders"}},
		"both":                    {query: `{ orders(first: 1, last: 1) { totalCount } }`, path: []any{"orders"}},
		"nothing":                 {query: `{ orders(first: 0) { totalCount } }`, path: []any{"orders"}},
		"less":                    {query: `{ orders(first: -1) { totalCount } }`, path: []any{"orders"}},
		"too much":                {query: `{ orders(last: 101) { totalCount } }`, path: []any{"orders"}},
		"more than 32 bits":       {query: `{ orders(first: 4294967297) { totalCount } }`, path: []any{"orders"}},
		"a variable too much":     {query: `query($n: Int) { orders(first: $n) { totalCount } }`, variables: map[string]any{"n": 101}, path: []any{"orders"}},
		"a variable that is null": {query: `query($n: Int) { orders(first: $n) { totalCount } }`, path: []any{"orders"}},
		"under an alias":          {query: `{ mine: orders { totalCount } }`, path: []any{"mine"}},
		"in a page": {
			query: `{ orders(first: 1) { edges { node { returns { totalCount } } } } }`, path: []any{"orders", "edges", "node", "returns"},
		},
		"in a fragment": {
			query: `{ orders(first: 1) { edges { node { ...a } } } } fragment a on Order { ...b } fragment b on Order { returns { totalCount } }`,
			path:  []any{"orders", "edges", "node", "returns"},
		},
		"in an inline fragment": {query: `{ node(id: "x") { ... on Order { returns { totalCount } } } }`, path: []any{"node", "returns"}},
		"in a payload": {
			query: `mutation { returnCancel(input: {id: "x"}) { return { events { totalCount } } } }`, path: []any{"returnCancel", "return", "events"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := d.ask(t, agent, c.query, c.variables)
			if c.path == nil {
				require.Empty(t, a.Errors)
				return
			}
			require.Len(t, a.Errors, 1)
			require.Equal(t, "PAGE_SIZE", a.Errors[0].Extensions["code"])
			require.Equal(t, c.path, a.Errors[0].Path)
			require.Empty(t, a.Data)
		})
	}
}

func TestAPageHasAsManyRowsAsItsLimitSays(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.handler = d.endpoint(func(c *Config) { c.Limits.Page = 7 })
	require.Empty(t, d.ask(t, agent, `{ orders(first: 7) { totalCount } }`).Errors)
	a := d.ask(t, agent, `{ orders(first: 8) { totalCount } }`)
	require.Equal(t, "PAGE_SIZE", codes(a))
	require.Contains(t, a.Errors[0].Message, "from 1 to 7.")
}

func cursorOf(id string, value any) string {
	var b strings.Builder
	ent.Cursor{ID: id, Value: value}.MarshalGQL(&b)
	return strings.Trim(b.String(), `"`)
}

func TestACursorThatNobodyGaveIsWrongInput(t *testing.T) {
	t.Parallel()
	d := open(t)
	for name, c := range map[string]struct{ cursor, field string }{
		"an instant that is none":     {cursorOf("ord_1", "yesterday"), "orders"},
		"an instant of elsewhere":     {cursorOf("ret_1", "2026-03-01 12:00:00+09:00"), "returns"},
		"an instant before the years": {cursorOf("ord_1", "0000-01-01 00:00:00+00:00"), "orders"},
		"a time in place of text":     {cursorOf("ret_1", time.Unix(0, 0)), "returns"},
		"words":                       {"hello", "orders"},
		"nothing":                     {"", "orders"},
		"no id":                       {cursorOf("", time.Unix(0, 0)), "orders"},
		"a list in place of a day":    {cursorOf("ret_1", []int{1}), "returns"},
		"a state in place of one":     {cursorOf("ret_1", "CLOSED"), "returns"},
		"an id with a NUL":            {cursorOf("ret_\x00", "2026-03-01 12:00:00+00:00"), "returns"},
		"an id of half a letter":      {cursorOf("ret_\xff", "2026-03-01 12:00:00+00:00"), "returns"},
		"of another connection":       {cursorOf("ret_1", nil), "returns"},
		"very long":                   {cursorOf(strings.Repeat("x", 1000), nil), "orders"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, query := range []string{
				`query($c: Cursor) { %s(first: 1, after: $c) { totalCount } }`,
				`query($c: Cursor) { %s(last: 1, before: $c) { totalCount } }`,
			} {
				require.Equal(t, "INVALID_INPUT", d.code(t, agent, fmt.Sprintf(query, c.field), map[string]any{"c": c.cursor}))
			}
			a := d.ask(t, agent, `query($c: Cursor) { orders(first: 1) { edges { node { returns(first: 1, after: $c) { totalCount } } } } }`, map[string]any{"c": "hello"})
			require.Equal(t, []any{"orders", "edges", "node", "returns", "after"}, a.Errors[0].Path)
		})
	}
}

// nested is a query whose deepest field is that many fields deep.
func nested(depth int) string {
	steps := []string{"order", "customer", "orders(first: 1)", "edges", "node"}
	var open strings.Builder
	open.WriteString(`{ order(number: "1001") `)
	at := 0
	for range depth - 2 {
		at = at%4 + 1
		open.WriteString("{ " + steps[at] + " ")
	}
	return open.String() + "{ __typename }" + strings.Repeat(" }", depth-2) + " }"
}

func TestFieldsAreNestedFifteenDeepForCustomersAndTwentyForStaff(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.two(t)
	l := DefaultLimits()
	for who, most := range map[someone]int{nobody: l.Depth, asAda: l.Depth, service: l.Depth, agent: l.StaffDepth} {
		a := d.ask(t, who, nested(most))
		for _, e := range a.Errors {
			require.NotEqual(t, "TOO_DEEP", e.Extensions["code"])
		}
		require.Equal(t, "TOO_DEEP", d.code(t, who, nested(most+1)))
	}
}

func TestDepthIsNotHiddenInFragments(t *testing.T) {
	t.Parallel()
	d := open(t)
	query := `{ order(number: "1") { ...f0 } }`
	for i := range 5 {
		query += fmt.Sprintf(` fragment f%d on Order { customer { orders(first: 1) { edges { node { ...f%d } } } } }`, i, i+1)
	}
	require.Equal(t, "TOO_DEEP", d.code(t, agent, query+` fragment f5 on Order { id }`))
}

func TestThirtyAliasesAndFifteenOfOneField(t *testing.T) {
	t.Parallel()
	d := open(t)
	of := func(fields ...string) string {
		var b strings.Builder
		for i, field := range fields {
			fmt.Fprintf(&b, "a%d: %s ", i, field)
		}
		return "{ " + b.String() + "}"
	}
	typename, viewer, policy := slices.Repeat([]string{"__typename"}, 15), slices.Repeat([]string{"viewer { role }"}, 15), "returnPolicy { version }"
	for _, who := range []someone{nobody, asAdaWithoutOrder, agent} {
		require.Empty(t, d.ask(t, who, of(slices.Concat(typename, viewer)...)).Errors)
		require.Equal(t, "TOO_LARGE", d.code(t, who, of(slices.Concat(typename, viewer, []string{policy})...)))
		require.Equal(t, "TOO_LARGE", d.code(t, who, of(append(typename, "__typename")...)))
	}
	hidden := `{ viewer { customer { ...f } } again: viewer { customer { ...f } } } fragment f on Customer { a: id b: id c: id d: id e: id f: id g: id h: id }`
	require.Equal(t, "TOO_LARGE", d.code(t, asAdaWithoutOrder, hidden), "those of a fragment count each time")
}

// asAdaWithoutOrder is a customer whom the shop does not know.
var asAdaWithoutOrder = someone{role: "CUSTOMER", email: "nobody@example.com"}

func TestFragmentsThatDoubleAreRefusedInNoTime(t *testing.T) {
	t.Parallel()
	d := open(t)
	query := `{ order(number: "1") { ...f0 } }`
	for i := range 12 {
		query += fmt.Sprintf(` fragment f%d on Order { a: items { order { ...f%d } } b: items { order { ...f%d } } }`, i, i+1, i+1)
	}
	start := time.Now()
	require.Contains(t, []string{"TOO_LARGE", "TOO_DEEP"}, d.code(t, agent, query+` fragment f12 on Order { id }`))
	require.Less(t, time.Since(start), time.Second)
}

func TestAThousandTokensForCustomersAndFiveThousandForStaff(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.two(t)
	of := func(tokens int) string { return `{ nodes(ids: [` + strings.Repeat(`"x" `, tokens-13) + `]) { id } }` }
	publicTokens, staffTokens := DefaultLimits().Tokens, DefaultLimits().StaffTokens
	for who, most := range map[someone]int{nobody: publicTokens, asAda: publicTokens, agent: staffTokens} {
		require.NotEqual(t, "GRAPHQL_PARSE_FAILED", codes(d.ask(t, who, of(most))))
		require.Equal(t, "GRAPHQL_PARSE_FAILED", d.code(t, who, of(most+2)))
	}
	// What staff asked is not remembered as valid for others.
	require.NotEqual(t, "GRAPHQL_PARSE_FAILED", codes(d.ask(t, agent, of(publicTokens+100))))
	require.Equal(t, "GRAPHQL_PARSE_FAILED", d.code(t, asAda, of(publicTokens+100)))
}

func codes(a answered) string {
	var all []string
	for _, e := range a.Errors {
		all = append(all, fmt.Sprint(e.Extensions["code"]))
	}
	return strings.Join(all, " ")
}

func TestFieldsAreCountedAsTheyAreExecuted(t *testing.T) {
	t.Parallel()
	d := open(t)
	of := func(inEach int) string {
		var b strings.Builder
		for i := range 20 {
			fmt.Fprintf(&b, `a%d: order(number: "1") { ...f } `, i)
		}
		return "{ " + b.String() + "} fragment f on Order { " + names(inEach) + "}"
	}
	d.handler = d.endpoint(func(c *Config) { c.Limits.Aliases, c.Limits.SameAliases = 3_000, 3_000 })
	require.Empty(t, d.ask(t, agent, of(2_000/20-1)).Errors)
	require.Equal(t, "TOO_LARGE", d.code(t, agent, of(2_000/20)))
}

// names asks for that many different fields of an order.
func names(count int) string {
	var b strings.Builder
	for i := range count {
		fmt.Fprintf(&b, "a%d: id ", i)
	}
	return b.String()
}

func TestOneFieldOverAndOverIsRefusedBeforeItIsCompared(t *testing.T) {
	t.Parallel()
	d := open(t)
	require.Empty(t, d.ask(t, agent, "{"+strings.Repeat(" __typename", maxSame)+"}").Errors)
	for _, query := range []string{
		"{" + strings.Repeat(" __typename", DefaultLimits().StaffTokens-2) + "}",
		"{ __typename ...a ...b } fragment a on Query {" + strings.Repeat(" __typename", maxSame/2) + "} fragment b on Query {" + strings.Repeat(" __typename", maxSame/2) + "}",
		"{ ... on Query {" + strings.Repeat(" __typename", maxSame+1) + "} }",
	} {
		start := time.Now()
		require.Equal(t, "TOO_LARGE", d.code(t, agent, query))
		require.Less(t, time.Since(start), time.Second)
	}
}

func TestPagesWithinPagesComeToTenThousandRowsAtMost(t *testing.T) {
	t.Parallel()
	d := open(t)
	of := func(orders, returns, events int) string {
		return fmt.Sprintf(`{ orders(first: %d) { edges { node { returns(last: %d) { edges { node { events(first: %d) { totalCount } } } } } } } }`,
			orders, returns, events)
	}
	d.handler = d.endpoint(func(c *Config) { c.Limits.Cost = 100_000 })
	require.Empty(t, d.ask(t, agent, of(100, 100, 1)).Errors)
	require.Equal(t, "TOO_LARGE", d.code(t, agent, of(100, 100, 2)))
}

func TestTheSchemaIsToldToStaffAndInDevelopment(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.two(t)
	for _, query := range []string{`{ __schema { queryType { name } } }`, `{ t: __type(name: "Query") { name } }`, `{ ...f } fragment f on Query { __schema { queryType { name } } }`} {
		for _, who := range []someone{nobody, asAda, service} {
			require.Equal(t, "INTROSPECTION_DISABLED", d.code(t, who, query))
		}
		require.Empty(t, d.ask(t, agent, query).Errors)
	}
	of := func(n int) string { return "{" + repeated(n, " a%d: __schema { queryType { name } }") + " }" }
	require.Empty(t, d.ask(t, agent, of(15)).Errors)
	require.Equal(t, "TOO_LARGE", d.code(t, agent, of(16)), "as often as any other field")
	d.handler = d.endpoint(inDevelopment)
	require.Empty(t, d.ask(t, nobody, `{ __schema { queryType { name } } }`).Errors)
}

func TestMisspeltNamesAreHintedAtForStaffOnly(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.two(t)
	for _, query := range []string{
		`{ order(number: "1") { numbr } }`, `{ order(numbr: "1") { id } }`, `{ order(number: "1") { customer } }`,
		`{ returns(first: 1, filter: {stat: []}) { totalCount } }`, `{ returns(first: 1, filter: {state: REQUESTD}) { totalCount } }`,
		`{ node(id: "1") { ... on Ordr { id } } }`, `query($a: Ordr) { order(number: $a) { id } }`, `{ order(number: "1") { id @skp(if: true) } }`,
	} {
		for _, who := range []someone{nobody, asAda} {
			for _, e := range d.ask(t, who, query).Errors {
				require.NotContains(t, e.Message, "mean", query)
			}
		}
	}
	require.Contains(t, d.ask(t, agent, `{ order(number: "1") { numbr } }`).Errors[0].Message, "Did you mean")
	require.Contains(t, d.ask(t, agent, `{ order(numbr: "1") { id } }`).Errors[0].Message, "Did you mean")
}

func TestNothingIsDeferred(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.two(t)
	const refused = "GRAPHQL_VALIDATION_FAILED"
	for _, query := range []string{
		`{ order(number: "1001") { number ... @defer { items { name } } } }`,
		`{ order(number: "1001") { number ...f @defer(label: "f") } } fragment f on Order { items { name } }`,
		`query($if: Boolean = false) { order(number: "1001") { ... @defer(if: $if) { number } } }`,
	} {
		for _, who := range []someone{asAda, agent} {
			require.Equal(t, refused, d.code(t, who, query, nil), query)
		}
	}
	a := d.ask(t, agent, `{ __schema { directives { name } } }`)
	require.Contains(t, string(a.Data), "skip")
	require.NotContains(t, string(a.Data), "defer")
	require.ErrorContains(t, NewDocuments(Limits{}).Read(relay(t, `query A { ... @defer { viewer { role } } }`)), "defer")
}

func TestAListAmongTheVariablesHasABound(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.two(t)
	d.handler = d.endpoint(func(c *Config) { c.Limits.List = 3 })
	const (
		list    = `query($f: ReturnFilter!) { a: returns(first: 1, filter: $f) { totalCount } b: returns(first: 1, filter: $f) { totalCount } }`
		preview = `query($i: ReturnPreviewInput!) { returnPreview(input: $i) { requestable } }`
	)
	states := func(n int) any { return map[string]any{"state": slices.Repeat([]any{"REQUESTED"}, n)} }
	lines := func(n int) any {
		return map[string]any{"lines": []any{map[string]any{
			"itemId": "itm_x", "quantity": 1, "reason": "MISSING_PARTS", "missingOnArrival": slices.Repeat([]any{"A"}, n),
		}}}
	}
	require.Empty(t, d.ask(t, asAda, list, map[string]any{"f": states(3)}).Errors)
	require.Equal(t, "NOT_FOUND", d.code(t, asAda, preview, map[string]any{"i": lines(3)}))
	for _, c := range []struct {
		query     string
		variables map[string]any
		path      []any
	}{
		{list, map[string]any{"f": states(4)}, []any{"variable", "f", "state"}},
		{preview, map[string]any{"i": lines(4)}, []any{"variable", "i", "lines", 0.0, "missingOnArrival"}},
	} {
		a := d.ask(t, agent, c.query, c.variables)
		require.Len(t, a.Errors, 1)
		require.Equal(t, "TOO_LARGE", a.Errors[0].Extensions["code"])
		require.Equal(t, c.path, a.Errors[0].Path)
		require.Empty(t, a.Data)
	}
}

func TestATextThatADatabaseCannotBeAskedWithIsWrongInput(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.two(t)
	for _, ask := range []string{
		`order(number: %s) { id }`, `return(number: %s) { id }`, `node(id: %s) { id }`, `nodes(ids: %s) { id }`, `nodes(ids: [%s]) { id }`,
		`returns(first: 1, filter: {orderNumber: %s}) { totalCount }`, `settlementPreview(id: %s) { total { amount } }`, `termsSimulation(id: %s) { state }`,
		`returnPreview(input: {lines: [{itemId: %s, quantity: 1, reason: DEFECTIVE}]}) { requestable }`,
	} {
		require.Equal(t, "INVALID_INPUT", d.code(t, admin, "{ "+fmt.Sprintf(ask, `"a\u0000b"`)+" }", nil), ask)
	}
	for _, field := range []string{"returnCancel", "photoUploadComplete", "returnSettle"} {
		input := map[string]any{"id": "ret_\x00"}
		if field == "returnSettle" {
			input["idempotencyKey"] = "k"
		}
		kind := strings.ToUpper(field[:1]) + field[1:] + "Input!"
		require.Equal(t, "INVALID_INPUT", d.code(t, admin, "mutation($i: "+kind+") { "+field+"(input: $i) { userErrors { code } } }", map[string]any{"i": input}), field)
	}
}
