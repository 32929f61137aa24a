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

	"github.com/vysero/returns/graph/generated"
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

func TestWhateverIsAskedForLeadsToNothingOfAnotherCustomer(t *testing.T) {
	t.Parallel()
	d := open(t)
	hers, his := d.two(t)
	theirs := d.idsOf(t, d.settled(t, hers))
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
	assert.NotContains(t, own, "goodwill", "a note for staff")
	all := d.crawl(t, agent)
	for _, id := range guessed {
		assert.Contains(t, all, id, "staff are led to everything")
	}
	assert.Contains(t, all, "goodwill")
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
