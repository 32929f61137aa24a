package graph

import (
	"context"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/graph/scalar"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/lifecycle"
)

// The bounds that nobody has to set.
const (
	maxNodes   = 100 // ids of nodes
	maxReports = 2   // reports, each of which reads all rows of its range: this year beside the last
	maxCursor  = 512 // characters of a cursor
)

// moving are the mutations that move money or buy a label: one of them an operation, however it is written.
var moving = map[string]bool{"returnApprove": true, "labelRetry": true, "returnSettle": true, "refundRetry": true, "refundReroute": true}

// byNumber are the fields that find something by a number that could be guessed. Who may see all asks them as they like;
// everybody else has a bucket for it (throttle.Rates.Lookups).
var byNumber = map[string]bool{"Query.order": true, "Query.return": true, "Mutation.orderLinkSend": true}

// The codes of operations that are refused before anything runs.
const (
	codePageSize      = "PAGE_SIZE"
	codeTooDeep       = "TOO_DEEP"
	codeTooLarge      = "TOO_LARGE"
	codeTooExpensive  = "TOO_EXPENSIVE"
	codeIntrospection = "INTROSPECTION_DISABLED"
)

// limits refuses an operation before anything of it runs. It looks at the operation as it would be executed: fragments
// are flattened, and variables are resolved. What @skip and @include say lowers nothing.
type limits struct {
	Limits

	depth, tokens int
	introspection bool
	schema        *ast.Schema
	tariff        tariff
	checked       graphql.Cache[*ast.QueryDocument] // the texts that were screened
}

var (
	_ graphql.OperationParameterMutator = limits{}
	_ graphql.OperationContextMutator   = limits{}
)

// ExtensionName is for gqlgen.
func (limits) ExtensionName() string { return "Limits" }

// Validate is for gqlgen: limits fit every schema.
func (limits) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationParameters checks what would already make validation slow. A text that cannot be parsed is left to the
// executor, which tells why.
func (l limits) MutateOperationParameters(ctx context.Context, params *graphql.RawParams) *gqlerror.Error {
	if _, known := l.checked.Get(ctx, params.Query); known {
		return nil
	}
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: params.Query}, l.tokens)
	if err != nil {
		return nil //nolint:nilerr // see above
	}
	return (&screen{limits: l, schema: l.schema, names: map[string]int{}}).document(doc)
}

// MutateOperationContext checks the operation; the first thing that is too much is the answer.
func (l limits) MutateOperationContext(_ context.Context, op *graphql.OperationContext) *gqlerror.Error {
	op.DisableIntrospection = !l.introspection
	if err := l.lists(op.Variables, ast.Path{ast.PathName("variable")}); err != nil {
		return err
	}
	w := &walk{limits: l, variables: op.Variables, aliased: map[string]int{}}
	cost, err := w.selections([]ast.SelectionSet{op.Operation.SelectionSet}, place{rows: 1})
	if err != nil {
		return err
	}
	cost = max(cost, leastPoints)
	if cost > l.Cost {
		err := tooLarge(op.Operation.Position, "The operation costs %d points, more than %d: ask for less, or for smaller pages.", cost, l.Cost)
		err.Extensions = map[string]any{"code": codeTooExpensive, "cost": cost, "maxCost": l.Cost}
		return err
	}
	op.Stats.SetExtension(billed, &bill{asked: cost, lookups: w.lookups})
	return nil
}

// lists refuses a list that is longer than any use case takes: a variable may stand in many places, and what a database is
// asked with costs no points. Lists in the text are bounded by its tokens.
func (l limits) lists(value any, at ast.Path) *gqlerror.Error {
	switch v := value.(type) {
	case map[string]any:
		for name, inside := range v {
			if err := l.lists(inside, append(at, ast.PathName(name))); err != nil {
				return err
			}
		}
	case []any:
		if len(v) > l.List {
			err := gqlerror.ErrorPathf(slices.Clone(at), "A list has more than %d entries.", l.List)
			err.Extensions = map[string]any{"code": codeTooLarge}
			return err
		}
		for i, inside := range v {
			if err := l.lists(inside, append(at, ast.PathIndex(i))); err != nil {
				return err
			}
		}
	}
	return nil
}

// walk goes through one operation and counts.
type walk struct {
	limits

	variables map[string]any
	aliased   map[string]int // by type and field

	fields, aliases, reports, moves, lookups int
}

// place is where the walk stands: below which fields, in how many rows at most, and on a page of which size.
type place struct {
	path ast.Path
	rows int
	page int
}

// selections walks what is asked of one object, and gives its cost.
func (w *walk) selections(sets []ast.SelectionSet, at place) (int, *gqlerror.Error) {
	cost := 0
	for _, one := range flat(sets) {
		points, err := w.field(one, at)
		if err != nil {
			return 0, err
		}
		cost = plus(cost, points)
	}
	return cost, nil
}

// asked is a field as it is executed: once for all that is written under one name of the answer.
type asked struct {
	*ast.Field

	sets []ast.SelectionSet
}

// flat lists the fields of selection sets with those of their fragments, as they are executed: a fragment counts once, and
// fields of one type that are answered under one name are one.
func flat(sets []ast.SelectionSet) []*asked {
	f := flattening{spread: map[string]bool{}, found: map[answerName]*asked{}}
	for _, set := range sets {
		f.add(set)
	}
	return f.fields
}

type answerName struct {
	of   *ast.Definition
	name string
}

type flattening struct {
	spread map[string]bool
	found  map[answerName]*asked
	fields []*asked
}

func (f *flattening) add(set ast.SelectionSet) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			f.field(s)
		case *ast.InlineFragment:
			f.add(s.SelectionSet)
		case *ast.FragmentSpread:
			if !f.spread[s.Name] {
				f.spread[s.Name] = true
				f.add(s.Definition.SelectionSet)
			}
		}
	}
}

func (f *flattening) field(s *ast.Field) {
	name := answerName{s.ObjectDefinition, s.Alias}
	one, known := f.found[name]
	if !known {
		one = &asked{Field: s}
		f.found[name] = one
		f.fields = append(f.fields, one)
	}
	if len(s.SelectionSet) > 0 {
		one.sets = append(one.sets, s.SelectionSet)
	}
}

// field checks one field and what is below it, and gives its cost.
func (w *walk) field(f *asked, at place) (int, *gqlerror.Error) {
	here := place{path: append(slices.Clone(at.path), ast.PathName(f.Alias)), rows: at.rows}
	if err := w.counted(f.Field, here); err != nil {
		return 0, err
	}
	if f.Name == "__schema" || f.Name == "__type" {
		return dear["Query."+f.Name], w.introspected(f.Field, here)
	}
	many, err := w.many(f.Field, &here, at.page)
	if err != nil {
		return 0, err
	}
	inner, err := w.selections(f.sets, here)
	if err != nil {
		return 0, err
	}
	p := w.tariff[f.Definition]
	return plus(p.once, times(many, plus(p.each, inner))), nil
}

// many is how many objects a field is at most, for each that it is asked of.
func (w *walk) many(f *ast.Field, here *place, page int) (int, *gqlerror.Error) {
	p := w.tariff[f.Definition]
	switch {
	case p.edges:
		return page, nil
	case p.connection:
		return 1, w.connection(f, here)
	case f.ObjectDefinition == w.schema.Query && f.Name == "nodes":
		return w.nodes(f, here)
	case p.list:
		return listSize, nil
	default:
		return 1, nil
	}
}

// counted counts a field in every way in which there can be too many.
func (w *walk) counted(f *ast.Field, here place) *gqlerror.Error {
	name := f.ObjectDefinition.Name + "." + f.Name
	w.fields++
	if f.Alias != f.Name {
		w.aliases++
		w.aliased[name]++
	}
	if byNumber[name] {
		w.lookups++
	}
	if f.ObjectDefinition == w.schema.Mutation && moving[f.Name] {
		w.moves++
	}
	if name == "Query.report" {
		w.reports++
	}
	switch {
	case len(here.path) > w.depth:
		return refused(f, here.path, codeTooDeep, "Fields are nested more than %d deep.", w.depth)
	case w.aliases > w.Aliases:
		return refused(f, here.path, codeTooLarge, "There are more than %d aliases.", w.Aliases)
	case w.aliased[name] > w.SameAliases:
		return refused(f, here.path, codeTooLarge, "There are more than %d aliases of one field.", w.SameAliases)
	case w.fields > w.Fields:
		return refused(f, here.path, codeTooLarge, "There are more than %d fields.", w.Fields)
	case w.moves > 1:
		return refused(f, here.path, codeTooLarge, "An operation moves money or buys a label once.")
	case w.reports > maxReports:
		return refused(f, here.path, codeTooLarge, "There are more than %d reports.", maxReports)
	}
	return nil
}

// introspected takes a question about the schema as it is: it reads no rows, and validation bounds its depth.
func (w *walk) introspected(f *ast.Field, here place) *gqlerror.Error {
	if w.introspection {
		return nil
	}
	return refused(f, here.path, codeIntrospection, "The schema is not told here; it is published with the documentation.")
}

// nodes counts the ids. One that is not in a list is a list of one, as for the resolver.
func (w *walk) nodes(f *ast.Field, here *place) (int, *gqlerror.Error) {
	ids := graphql.CoerceList(f.ArgumentMap(w.variables)["ids"])
	if len(ids) > maxNodes {
		return 0, refused(f, here.path, string(fault.CodeInvalid), "At most %d ids can be asked for at once.", maxNodes)
	}
	here.rows *= max(len(ids), 1)
	return len(ids), nil
}

// connection insists on exactly one of first and last, on a page that is not too large, and on cursors that were given.
func (w *walk) connection(f *ast.Field, here *place) *gqlerror.Error {
	args := f.ArgumentMap(w.variables)
	size := args["first"]
	if size == nil {
		size = args["last"]
	}
	n, err := scalar.UnmarshalInt(size)
	if err != nil || n < 1 || n > w.Page || (args["first"] != nil && args["last"] != nil) {
		return refused(f, here.path, codePageSize, "Give first or last, one of them, from 1 to %d.", w.Page)
	}
	here.page = n
	here.rows *= n
	if here.rows > w.Rows {
		return refused(f, here.path, codeTooLarge, "Pages within pages come to more than %d rows.", w.Rows)
	}
	for _, name := range []string{"after", "before"} {
		if given := args[name]; given != nil && !isCursor(given, args["orderBy"]) {
			path := append(slices.Clone(here.path), ast.PathName(name))
			return refused(f, path, string(fault.CodeInvalid), "This is not a cursor of this connection.")
		}
	}
	return nil
}

// isCursor tells whether a value is a cursor that the ordering could have given: with an instant, with a state's name, or
// with no more than an id where a connection has its own order.
func isCursor(given, orderBy any) bool {
	text, ok := given.(string)
	if !ok || len(text) > maxCursor {
		return false
	}
	var c ent.Cursor
	if err := c.UnmarshalGQL(text); err != nil || c.ID == "" || !scalar.Storable(c.ID) {
		return false
	}
	order, chosen := orderBy.(map[string]any)
	switch {
	case !chosen:
		return c.Value == nil || ent.IsInstantOfCursor(c.Value)
	case order["field"] == "STATE":
		state, _ := c.Value.(string)
		return slices.Contains(lifecycle.States(), lifecycle.State(state))
	default:
		return ent.IsInstantOfCursor(c.Value)
	}
}

// refused is the answer to an operation that does not run.
func refused(f *ast.Field, path ast.Path, code, say string, args ...any) *gqlerror.Error {
	err := gqlerror.ErrorPathf(path, say, args...)
	err.Extensions = map[string]any{"code": code}
	if f.Position != nil {
		err.Locations = []gqlerror.Location{{Line: f.Position.Line, Column: f.Position.Column}}
	}
	return err
}
