package graph

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/graph/generated"
	"github.com/vysero/returns/internal/apptest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/returns"
)

// crawler asks for everything that the schema leads to: each record that it meets is asked for all its fields, with the
// records around it by their ids, which are then asked for in turn.
type crawler struct {
	*desk

	schema *ast.Schema
	who    someone
	met    map[string]bool
	said   strings.Builder // every answer
}

// crawl begins at the roots and at ids that somebody may have guessed, and gives all that was answered.
func (d *desk) crawl(t *testing.T, who someone, guessed ...string) string {
	t.Helper()
	c := &crawler{
		desk: d, who: who, met: map[string]bool{},
		schema: generated.NewExecutableSchema(generated.Config{Resolvers: d.resolver}).Schema(),
	}
	next := guessed
	for _, root := range []string{
		`viewer { role customer { id } }`, `orders(first: 100) { totalCount edges { cursor node { id number } } }`,
		`returns(first: 100) { totalCount edges { cursor node { id number } } }`,
		`returns(first: 100, orderBy: {field: DUE_BEFORE}) { totalCount edges { cursor node { id number } } }`,
		`order(number: "1001") { id number }`, `return(number: "1001-R1") { id number }`,
		`returns(first: 100, filter: {orderNumber: "1001"}) { totalCount edges { node { id number } } }`,
		`returns(first: 100, filter: {overdue: false}) { totalCount edges { node { id number } } }`,
		`returns(first: 100, filter: {state: [REFUNDED, REQUESTED], reason: [DAMAGED_ON_ARRIVAL]}) { totalCount edges { node { id number } } }`,
	} {
		next = append(next, c.asks(t, "{ "+root+" }")...)
	}
	for len(next) > 0 {
		id := next[0]
		next = next[1:]
		if !c.met[id] {
			c.met[id] = true
			next = append(next, c.asks(t, c.all(id))...)
		}
	}
	return c.said.String()
}

// asks puts a question, keeps the answer and gives the ids in it.
func (c *crawler) asks(t *testing.T, query string) []string {
	t.Helper()
	a := c.ask(t, c.who, query)
	for _, e := range a.Errors {
		code, _ := e.Extensions["code"].(string)
		require.Contains(t, []string{"UNAUTHENTICATED", "FORBIDDEN"}, code, "%s: %s", query, e.Message)
	}
	c.said.Write(a.Data)
	var data any
	require.NoError(t, json.Unmarshal(a.Data, &data))
	return idsIn(data)
}

// idsIn lists what stands under "id", wherever it is.
func idsIn(value any) (ids []string) {
	switch v := value.(type) {
	case map[string]any:
		for name, below := range v {
			if id, ok := below.(string); ok && name == "id" && tableOf(id) != "" {
				ids = append(ids, id)
			}
			ids = append(ids, idsIn(below)...)
		}
	case []any:
		for _, below := range v {
			ids = append(ids, idsIn(below)...)
		}
	}
	return ids
}

// all is the question for everything that a record tells.
func (c *crawler) all(id string) string {
	prefix, _, _ := strings.Cut(id, "_")
	return fmt.Sprintf(`{ node(id: %q) { ... on %s { %s } } }`, id, recordTypes[prefix], c.fields(recordTypes[prefix], 0))
}

// fields selects all fields of a type that need no argument, and all below them; of other records the ids alone.
func (c *crawler) fields(of string, depth int) string {
	def := c.schema.Types[of]
	if depth > 0 && def.Kind == ast.Object && slices.Contains(def.Interfaces, "Node") {
		return "id"
	}
	var list []string
	for _, f := range def.Fields {
		if f.Name == "node" && depth > 0 && strings.HasSuffix(of, "Edge") {
			list = append(list, "node { id }")
			continue
		}
		list = append(list, c.field(f, depth))
	}
	return strings.Join(list, " ")
}

func (c *crawler) field(f *ast.FieldDefinition, depth int) string {
	kind := c.schema.Types[f.Type.Name()]
	args := ""
	if strings.HasSuffix(kind.Name, "Connection") {
		args = "(first: 5)"
	}
	if kind.Kind != ast.Object {
		return f.Name
	}
	if depth > 5 {
		return ""
	}
	return f.Name + args + " { " + c.fields(kind.Name, depth+1) + " }"
}

// noted files returns with a note each: by her, by her link, by staff against the terms, and by staff for a call of hers.
func (d *desk) noted(t *testing.T, hers *ent.Order) {
	t.Helper()
	o := d.Order(t, func(in *orders.RecordInput) {
		in.Number, in.Items, in.Payments[0].Captured = "1003", []orders.ItemInput{apptest.Camera(4, "100.00")}, apptest.USD("108.00")
	})
	require.Equal(t, hers.CustomerID, o.CustomerID)
	item := d.Items(t, o)[0].ID
	for _, c := range []struct {
		who  auth.Principal
		note string
		edit func(*returns.RequestInput)
	}{
		{d.principal(t, asAda), "hers to read", func(*returns.RequestInput) {}},
		{auth.Guest(auth.Link{OrderID: o.ID, CustomerID: o.CustomerID}), "by her link", func(*returns.RequestInput) {}},
		{d.principal(t, agent), "an internal remark", func(in *returns.RequestInput) {
			in.FileAnyway, in.Lines[0].Reason, in.Lines[0].EverWorked = new(true), policy.Defective, new(true)
		}},
		{d.principal(t, agent), "she called first", func(in *returns.RequestInput) { in.ContactedAt = new(d.Clock.Now()) }},
	} {
		in := returns.RequestInput{Note: &c.note, Lines: []returns.LineInput{{ItemID: item, Quantity: 1, Reason: policy.ChangeOfHeart}}}
		c.edit(&in)
		_, _, err := d.Returns.Request(auth.With(t.Context(), c.who), in)
		require.NoError(t, err)
	}
}

func TestWhateverIsAskedForLeadsToNothingOfAnotherCustomer(t *testing.T) {
	t.Parallel()
	d := open(t)
	hers, his := d.two(t)
	theirs := d.idsOf(t, d.settled(t, hers))
	d.noted(t, hers)
	var guessed []string
	for _, id := range theirs {
		guessed = append(guessed, id)
	}
	own := d.crawl(t, asAda)
	for prefix, id := range theirs {
		if prefix == "evt" || prefix == "ovr" { // for staff
			assert.NotContains(t, own, id)
			continue
		}
		assert.Contains(t, own, id, "she is led to all that is hers")
	}
	assert.Contains(t, own, ada)
	assert.Contains(t, own, "hers to read", "what she wrote")
	assert.Contains(t, own, "by her link", "what she wrote who had a link")
	for _, note := range []string{"goodwill", "an internal remark", "she called first"} {
		assert.NotContains(t, own, note, "a note for staff")
	}
	all := d.crawl(t, agent)
	for _, id := range guessed {
		assert.Contains(t, all, id, "staff are led to everything")
	}
	for _, note := range []string{"goodwill", "an internal remark", "she called first", "hers to read", "by her link"} {
		assert.Contains(t, all, note)
	}
	assert.Contains(t, all, his.ID)

	for name, who := range map[string]someone{"another customer": asBob, "one whom the shop does not know": {role: "CUSTOMER", email: "x@example.com"}, "nobody": nobody} {
		got := d.crawl(t, who, guessed...)
		for _, of := range append(guessed, ada, "1001", "goodwill", "cracked") {
			assert.NotContains(t, got, of, name)
		}
		if who == asBob {
			assert.Contains(t, got, his.ID)
			assert.Contains(t, got, `"totalCount":1`)
		} else {
			assert.NotRegexp(t, `"totalCount":[1-9]`, got, name)
		}
	}
}
