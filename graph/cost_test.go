package graph

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
	"pgregory.net/rapid"

	"github.com/vysero/returns/graph/generated"
)

// counter counts what operations cost, with no limit in the way but those of depth, which keep what tests make small.
func counter(t testing.TB) func(text string, variables map[string]any) (int, error) {
	t.Helper()
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	l := limits{Limits: Limits{
		Aliases: math.MaxInt, SameAliases: math.MaxInt, Fields: math.MaxInt, Rows: math.MaxInt, Page: 100,
	}, depth: 50, introspection: true, schema: schema, tariff: newTariff(schema)}
	return func(text string, variables map[string]any) (int, error) {
		doc, wrong := gqlparser.LoadQueryWithRules(schema, text, nil)
		if wrong != nil {
			return 0, wrong
		}
		if len(doc.Operations) == 0 {
			return 0, errors.New("no operation")
		}
		values, err := validator.VariableValues(schema, doc.Operations[0], variables)
		if err != nil {
			return 0, err
		}
		w := &walk{limits: l, variables: values, aliased: map[string]int{}}
		cost, refused := w.selections([]ast.SelectionSet{doc.Operations[0].SelectionSet}, place{rows: 1})
		if refused != nil {
			return 0, refused
		}
		return cost, nil
	}
}

func TestWhatAnOperationCosts(t *testing.T) {
	t.Parallel()
	cost := counter(t)
	for text, want := range map[string]int{
		`{ __typename }`:               0,
		`{ viewer { role } }`:          1,
		`{ order(number: "1") { id }}`: 1,
		`{ orders(first: 10) { totalCount pageInfo { hasNextPage } } }`:                                                                       2,
		`{ orders(first: 10) { edges { cursor } } }`:                                                                                          2,
		`{ orders(first: 10) { edges { node { id } } } }`:                                                                                     2 + 10,
		`{ orders(last: 100) { edges { node { id shipping { amount } } } } }`:                                                                 2 + 100*2,
		`{ orders(first: 10) { edges { node { returns(first: 5) { edges { node { id } } } } } } }`:                                            2 + 10*(1+2+5),
		`{ orders(first: 2) { edges { node { id } } edges { node { number } } e: edges { node { id } } } }`:                                   2 + 2 + 2,
		`{ order(number: "1") { items { sku } } }`:                                                                                            1 + 5,
		`{ order(number: "1") { items { paid { amount } } } }`:                                                                                1 + 5*2,
		`{ nodes(ids: ["a", "b", "c"]) { id } }`:                                                                                              3,
		`{ nodes(ids: []) { id } }`:                                                                                                           0,
		`{ nodes(ids: "a") { ... on Order { customer { id } } } }`:                                                                            2,
		`{ node(id: "a") { ... on Order { customer { id } } ... on Return { order { id } } } }`:                                               3,
		`query($n: Int = 7) { orders(first: $n) { edges { node { id } } } }`:                                                                  2 + 7,
		`{ orders(first: 10) @skip(if: true) { edges @include(if: false) { node { id } } } }`:                                                 2 + 10,
		`{ a: viewer { role } b: viewer { role } viewer { role } viewer { role } }`:                                                           3,
		`{ viewer { ...f ...f } again: viewer { ...f } } fragment f on Viewer { customer { id } }`:                                            4,
		`{ viewer { customer { id } } viewer { customer { email } ... on Viewer { c: customer { id } } } }`:                                   3,
		`mutation { returnCancel(input: {id: "x"}) { userErrors { code } } }`:                                                                 10 + 1 + 5,
		`mutation { termsSimulate(input: {editionId: "x", from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z"}) { simulation { id } } }`: 110 + 2,
		`mutation { photoUploadComplete(input: {id: "x"}) { photo { id } } }`:                                                                 310 + 2,
		`{ report(from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z") { lines } }`:                                                      100 + 1,
		`{ __schema { types { name } } __type(name: "Order") { name } }`:                                                                      11,
	} {
		got, err := cost(text, nil)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, c := range []struct {
		ids  any
		many int
	}{{[]any{"a", "b"}, 2}, {[]any{"a"}, 1}, {"a", 1}, {[]any{}, 0}} {
		got, err := cost(`query($ids: [ID!]!, $n: Int) { nodes(ids: $ids) { ... on Order { returns(first: $n) { edges { node { id } } } } } }`,
			map[string]any{"ids": c.ids, "n": 3})
		require.NoError(t, err)
		require.Equal(t, c.many*(1+2+3), got, "variables are what they are: %v", c.ids)
	}
	got, err := cost(`query($ids: [ID!]! = "a") { nodes(ids: $ids) { ... on Order { customer { id } } } }`, nil)
	require.NoError(t, err)
	require.Equal(t, 2, got, "and so are those that are left out")
}

func TestEveryObjectHasAPriceAndNothingElse(t *testing.T) {
	t.Parallel()
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	prices := newTariff(schema)
	for name, of := range schema.Types {
		if of.BuiltIn || of.Kind == ast.InputObject {
			continue
		}
		for _, f := range of.Fields {
			answer := schema.Types[f.Type.Name()]
			p, priced := prices[f]
			switch {
			case strings.HasPrefix(f.Name, "__"):
			case answer.IsLeafType() || answer.Name == "PageInfo":
				require.False(t, priced, "%s.%s", name, f.Name)
			default:
				require.True(t, priced, "%s.%s", name, f.Name)
				require.Equal(t, strings.HasSuffix(answer.Name, "Connection"), p.connection, "%s.%s", name, f.Name)
			}
		}
	}
	for name := range dear {
		of, field, _ := strings.Cut(name, ".")
		require.NotNil(t, schema.Types[of].Fields.ForName(field), name)
	}
	for name := range moving {
		require.NotNil(t, schema.Mutation.Fields.ForName(name), name)
	}
}

func TestCostsNeitherOverflowNorTakeLong(t *testing.T) {
	t.Parallel()
	cost := counter(t)
	deep := `{ order(number: "1") { ` + strings.Repeat(`customer { orders(first: 100) { edges { node { `, 12) + "id" + strings.Repeat(" } } } }", 12) + " } }"
	got, err := cost(deep, nil)
	require.NoError(t, err)
	require.Equal(t, beyond, got)

	chained := `{ order(number: "1") { ...f0 } }`
	for i := range 2_000 {
		chained += fmt.Sprintf(" fragment f%d on Order { ...f%d ...f%d }", i, i+1, i+1)
	}
	got, err = cost(chained+" fragment f2000 on Order { customer { id } }", nil)
	require.NoError(t, err)
	require.Equal(t, 2, got)
}

// writing is an operation that a test makes up, written with fragments and without.
type writing struct {
	t         *rapid.T
	schema    *ast.Schema
	fragments []string
}

// selection asks for some fields of a type, and gives them twice: all written out, and with some of them in fragments.
func (w *writing) selection(of *ast.Definition, depth int) (plain, spread string) {
	var fields []*ast.FieldDefinition
	for _, f := range of.Fields {
		if !strings.HasPrefix(f.Name, "__") && f.Arguments.ForName("input") == nil && (depth > 0 || w.schema.Types[f.Type.Name()].IsLeafType()) {
			fields = append(fields, f)
		}
	}
	if len(fields) == 0 {
		return " __typename ", " __typename "
	}
	for i, f := range rapid.SliceOfN(rapid.SampledFrom(fields), 1, 4).Draw(w.t, "fields") {
		one, other := w.field(of, f, fmt.Sprintf("a%d", i), depth)
		plain += one
		switch rapid.IntRange(0, 3).Draw(w.t, "how") {
		case 0:
			spread += fmt.Sprintf(" ... on %s {%s}", of.Name, other)
		case 1:
			name := fmt.Sprintf("f%d", len(w.fragments))
			w.fragments = append(w.fragments, fmt.Sprintf(" fragment %s on %s {%s}", name, of.Name, other))
			spread += strings.Repeat(" ..."+name, rapid.IntRange(1, 3).Draw(w.t, "times"))
		default:
			spread += strings.Repeat(other, rapid.IntRange(1, 2).Draw(w.t, "times"))
		}
	}
	return plain, spread
}

func (w *writing) field(of *ast.Definition, f *ast.FieldDefinition, alias string, depth int) (plain, spread string) {
	head := fmt.Sprintf(" %s: %s", alias, f.Name)
	switch {
	case strings.HasSuffix(f.Type.Name(), "Connection"):
		head += fmt.Sprintf("(first: %d)", rapid.IntRange(1, 100).Draw(w.t, "first"))
	case of == w.schema.Query:
		for _, a := range f.Arguments {
			if a.Type.NonNull && a.DefaultValue == nil {
				return " " + alias + ": __typename", " " + alias + ": __typename"
			}
		}
	}
	if w.schema.Types[f.Type.Name()].IsLeafType() {
		return head, head
	}
	one, other := w.selection(w.schema.Types[f.Type.Name()], depth-1)
	return head + " {" + one + "}", head + " {" + other + "}"
}

func TestFragmentsCostWhatTheyHoldWrittenOut(t *testing.T) {
	t.Parallel()
	cost := counter(t)
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	rapid.Check(t, func(t *rapid.T) {
		w := &writing{t: t, schema: schema}
		plain, spread := w.selection(schema.Query, 5)
		written, err := cost("{"+plain+"}", nil)
		require.NoError(t, err, plain)
		flattened, err := cost("{"+spread+"}"+strings.Join(w.fragments, ""), nil)
		require.NoError(t, err, spread)
		require.Equal(t, written, flattened, "%s\n%s", plain, spread)
		require.GreaterOrEqual(t, written, 0)
	})
}

func FuzzCost(f *testing.F) {
	f.Add(`{ orders(first: 10) { edges { node { returns(first: 5) { edges { node { id } } } } } } }`, 3)
	f.Add(`query($n: Int) { a: nodes(ids: ["x"]) { ...f } } fragment f on Order { returns(last: $n) { edges { node { ...g } } } } fragment g on Return { order { ...f } }`, 100)
	f.Add(`query($n: Int!) { orders(first: $n) { edges { node { id @skip(if: true) } } } }`, math.MaxInt32+1)
	f.Add(`mutation { returnCancel(input: {id: "x"}) { return { events(first: 2147483648) { totalCount } } } }`, 0)
	cost := counter(f)
	f.Fuzz(func(t *testing.T, text string, n int) {
		if len(text) > 2_000 { // a longer one is refused by its tokens
			return
		}
		if got, err := cost(text, map[string]any{"n": n}); err == nil && (got < 0 || got > beyond) {
			t.Errorf("%d is no cost", got)
		}
	})
}
