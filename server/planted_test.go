package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/vysero/returns/graph"
)

// plant is the word that every planted text begins with: nothing of ours does.
const plant = "zqplant"

// planter makes requests that hold a planted text in every place of the schema that takes input, beside values that are good.
// A field that is added to the schema is planted by itself.
type planter struct {
	schema *ast.Schema
	count  int
}

func newPlanter(t *testing.T) *planter {
	t.Helper()
	schema, err := gqlparser.LoadSchema(&ast.Source{Input: graph.SDL()})
	require.NoError(t, err)
	return &planter{schema: schema}
}

// next is a text that was not planted before.
func (p *planter) next() string {
	p.count++
	return plant + strconv.Itoa(p.count)
}

// leaf is a place in an input that takes one value.
type leaf struct {
	path []string
	kind *ast.Definition
}

// text tells a place that takes any text.
func (l leaf) text() bool { return l.kind.Name == "String" }

// leaves are all places below a type, each list with one element. A type within itself is gone into once.
func (p *planter) leaves(of *ast.Type, path []string, within []string) []leaf {
	if of.Elem != nil {
		return p.leaves(of.Elem, append(slices.Clone(path), "0"), within)
	}
	kind := p.schema.Types[of.NamedType]
	if kind.Kind != ast.InputObject {
		return []leaf{{path: path, kind: kind}}
	}
	if slices.Contains(within, kind.Name) {
		return nil
	}
	var all []leaf
	for _, field := range kind.Fields {
		all = append(all, p.leaves(field.Type, append(slices.Clone(path), field.Name), append(slices.Clone(within), kind.Name))...)
	}
	return all
}

// with is a value with another one at a path: what is on the way there and missing is made.
func with(value any, path []string, planted any) any {
	if len(path) == 0 {
		return planted
	}
	if at, err := strconv.Atoi(path[0]); err == nil {
		list, _ := value.([]any)
		list = slices.Clone(list)
		for len(list) <= at {
			list = append(list, nil)
		}
		list[at] = with(list[at], path[1:], planted)
		return list
	}
	object, _ := value.(map[string]any)
	object = maps.Clone(object)
	if object == nil {
		object = map[string]any{}
	}
	object[path[0]] = with(object[path[0]], path[1:], planted)
	return object
}

// inquiry is a field of the schema with good values for its arguments.
type inquiry struct {
	verb  string // query or mutation
	field *ast.FieldDefinition
	good  map[string]any
}

// everything is each field that can be asked for. What is good for a mutation is the matrix's.
func (p *planter) everything(t *testing.T, rows []deed) []inquiry {
	t.Helper()
	good := map[string]map[string]any{}
	for _, d := range rows {
		var input any
		text := strings.NewReplacer("$ID", d.id, "$KEY", "key-"+strconv.Itoa(p.count)).Replace(d.input)
		if d.input != "" && json.Unmarshal([]byte(text), &input) == nil && input != nil {
			good[d.name] = map[string]any{"input": input}
		}
	}
	var all []inquiry
	for verb, kind := range map[string]*ast.Definition{"mutation": p.schema.Mutation, "query": p.schema.Query} {
		for _, field := range kind.Fields {
			if strings.HasPrefix(field.Name, "__") {
				continue
			}
			a := inquiry{verb: verb, field: field, good: good[verb+" "+field.Name]}
			if a.good == nil {
				a.good = queries()[field.Name]
			}
			if a.good == nil {
				a.good = map[string]any{}
			}
			require.True(t, verb == "query" || len(a.good) > 0, "the matrix has no input for %s", field.Name)
			all = append(all, a)
		}
	}
	slices.SortFunc(all, func(a, b inquiry) int { return strings.Compare(a.verb+a.field.Name, b.verb+b.field.Name) })
	return all
}

// variants are the values of the arguments: first with a planted text in every place that takes any, then one place after
// the other with a text where it does not belong.
func (p *planter) variants(a inquiry) []map[string]any {
	var every []leaf
	for _, arg := range a.field.Arguments {
		every = append(every, p.leaves(arg.Type, []string{arg.Name}, nil)...)
	}
	var full any = a.good
	for _, l := range every {
		if l.text() && (a.verb == "query" || !words(l.path)) {
			full = with(full, l.path, p.next())
		}
	}
	all := []map[string]any{full.(map[string]any)} //nolint:forcetypeassert // it is made of an object
	for _, l := range every {
		all = append(all, with(any(a.good), l.path, p.next()).(map[string]any)) //nolint:forcetypeassert // likewise
	}
	return all
}

// words tells places whose texts have a form of their own, without which nothing goes deep.
func words(path []string) bool {
	return slices.ContainsFunc(path, func(name string) bool {
		return slices.Contains([]string{
			"email", "amount", "currency", "shipToCountry", "shipToZone", "text", "orderNumber", "missingOnArrival", "missingPieces", "acknowledge",
		}, name)
	})
}

// queries are values with which questions get past the checks of their arguments. A question that is not here is asked
// without: its texts then go as far as they go.
func queries() map[string]map[string]any {
	page := map[string]any{"first": 5}
	span := map[string]any{"from": "2026-01-01T00:00:00Z", "to": "2026-04-01T00:00:00Z"}
	line := map[string]any{"itemId": "itm_1012_1", "quantity": 1, "reason": "DEFECTIVE"}
	return map[string]map[string]any{
		"orders": page, "returns": page, "report": span, "node": {"id": "ord_1012"}, "nodes": {"ids": []any{"ord_1012"}},
		"returnPreview": {"input": map[string]any{"lines": []any{line}}}, "settlementPreview": {"id": "ret_1020"}, "termsSimulation": {"id": "tsm_1"},
	}
}

// document is the operation, with the arguments as variables, or written into it.
func (p *planter) document(a inquiry, values map[string]any, inline bool) (query string, variables map[string]any) {
	var declared, passed []string
	for _, arg := range a.field.Arguments {
		value, has := values[arg.Name]
		switch {
		case !has:
			continue
		case inline:
			passed = append(passed, arg.Name+": "+p.literal(arg.Type, value))
		default:
			declared = append(declared, "$"+arg.Name+": "+arg.Type.String())
			passed = append(passed, arg.Name+": $"+arg.Name)
		}
	}
	bracket := func(list []string) string {
		if len(list) == 0 {
			return ""
		}
		return "(" + strings.Join(list, ", ") + ")"
	}
	if !inline {
		variables = values
	}
	return a.verb + " Planted" + bracket(declared) + " { " + a.field.Name + bracket(passed) + p.selection(a) + " }", variables
}

// selection asks for what went wrong, and for nothing that was sent.
func (p *planter) selection(a inquiry) string {
	kind := p.schema.Types[a.field.Type.Name()]
	switch {
	case kind.Kind == ast.Scalar || kind.Kind == ast.Enum:
		return ""
	case kind.Fields.ForName("userErrors") != nil:
		return " { userErrors { code field message clause } }"
	}
	return " { __typename }"
}

// literal is a value as a document has it.
func (p *planter) literal(of *ast.Type, value any) string {
	switch in := value.(type) {
	case nil:
		return "null"
	case []any:
		parts := make([]string, len(in))
		for i := range in {
			parts[i] = p.literal(of.Elem, in[i])
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		var parts []string
		kind := p.schema.Types[of.Name()]
		for _, name := range slices.Sorted(maps.Keys(in)) {
			parts = append(parts, name+": "+p.literal(kind.Fields.ForName(name).Type, in[name]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case string:
		if of.Elem != nil {
			return p.literal(of.Elem, value)
		}
		if kind := p.schema.Types[of.NamedType]; kind.Kind == ast.Enum {
			return in
		}
		return strconv.Quote(in)
	}
	return fmt.Sprint(value)
}
