package graph

import (
	"context"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/graph/scalar"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/lifecycle"
)

// The bounds of one operation, whoever asks.
const (
	maxPage    = 100    // first or last of a connection
	maxNodes   = 100    // ids of nodes
	maxAliases = 30     // aliases, those in fragments counted each time that they are spread
	maxFields  = 2_000  // fields, counted likewise
	maxReports = 2      // reports, each of which reads all rows of its range: this year beside the last
	maxRows    = 10_000 // rows of a connection within connections: the product of their page sizes
	maxCursor  = 512    // characters of a cursor
	maxSame    = 250    // fields of one name in the text: validation compares each with each
)

// The codes of operations that are refused before anything runs.
const (
	codePageSize      = "PAGE_SIZE"
	codeTooDeep       = "TOO_DEEP"
	codeTooLarge      = "TOO_LARGE"
	codeIntrospection = "INTROSPECTION_DISABLED"
)

// limits refuses an operation before anything of it runs. It looks at the operation as it would be executed: fragments
// are flattened, and variables are resolved.
type limits struct {
	depth, tokens int
	introspection bool
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
func (l limits) MutateOperationParameters(_ context.Context, params *graphql.RawParams) *gqlerror.Error {
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: params.Query}, l.tokens)
	if err != nil {
		return nil //nolint:nilerr // see above
	}
	names := map[string]int{}
	for _, operation := range doc.Operations {
		if err := repeated(operation.SelectionSet, names); err != nil {
			return err
		}
	}
	for _, fragment := range doc.Fragments {
		if err := repeated(fragment.SelectionSet, names); err != nil {
			return err
		}
	}
	return nil
}

// repeated counts the names under which fields are answered, as they are written.
func repeated(set ast.SelectionSet, names map[string]int) *gqlerror.Error {
	for _, selection := range set {
		var below ast.SelectionSet
		switch s := selection.(type) {
		case *ast.Field:
			if names[s.Alias]++; names[s.Alias] > maxSame {
				return refused(s, nil, codeTooLarge, "The field %s is written more than %d times.", s.Alias, maxSame)
			}
			below = s.SelectionSet
		case *ast.InlineFragment:
			below = s.SelectionSet
		}
		if err := repeated(below, names); err != nil {
			return err
		}
	}
	return nil
}

// MutateOperationContext checks the operation; the first thing that is too much is the answer.
func (l limits) MutateOperationContext(_ context.Context, op *graphql.OperationContext) *gqlerror.Error {
	op.DisableIntrospection = !l.introspection
	w := &walk{limits: l, variables: op.Variables}
	return w.selections(op.Operation.SelectionSet, place{rows: 1})
}

// walk goes through one operation and counts.
type walk struct {
	limits

	variables                map[string]any
	fields, aliases, reports int
}

// place is where the walk stands: below which fields, and in how many rows at most.
type place struct {
	path ast.Path
	rows int
}

func (w *walk) selections(set ast.SelectionSet, at place) *gqlerror.Error {
	for _, field := range flat(set, map[string]bool{}) {
		if err := w.field(field, at); err != nil {
			return err
		}
	}
	return nil
}

// flat lists the fields of a selection set with those of its fragments; a fragment counts once, as it is executed once.
func flat(set ast.SelectionSet, spread map[string]bool) []*ast.Field {
	var fields []*ast.Field
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			fields = append(fields, s)
		case *ast.InlineFragment:
			fields = append(fields, flat(s.SelectionSet, spread)...)
		case *ast.FragmentSpread:
			if !spread[s.Name] {
				spread[s.Name] = true
				fields = append(fields, flat(s.Definition.SelectionSet, spread)...)
			}
		}
	}
	return fields
}

func (w *walk) field(f *ast.Field, at place) *gqlerror.Error {
	here := place{path: append(slices.Clone(at.path), ast.PathName(f.Alias)), rows: at.rows}
	if f.Name == "__schema" || f.Name == "__type" {
		return w.introspected(f, here)
	}
	w.fields++
	if f.Alias != f.Name {
		w.aliases++
	}
	switch {
	case len(here.path) > w.depth:
		return refused(f, here.path, codeTooDeep, "Fields are nested more than %d deep.", w.depth)
	case w.aliases > maxAliases:
		return refused(f, here.path, codeTooLarge, "There are more than %d aliases.", maxAliases)
	case w.fields > maxFields:
		return refused(f, here.path, codeTooLarge, "There are more than %d fields.", maxFields)
	}
	if f.ObjectDefinition.Name == "Query" {
		if err := w.root(f, &here); err != nil {
			return err
		}
	}
	if strings.HasSuffix(f.Definition.Type.Name(), "Connection") {
		if err := w.connection(f, &here); err != nil {
			return err
		}
	}
	return w.selections(f.SelectionSet, here)
}

// introspected takes a question about the schema as it is: it reads no rows, and validation bounds its depth.
func (w *walk) introspected(f *ast.Field, here place) *gqlerror.Error {
	if w.introspection {
		return nil
	}
	return refused(f, here.path, codeIntrospection, "The schema is not told here; it is published with the documentation.")
}

// root checks the questions that have a measure of their own.
func (w *walk) root(f *ast.Field, here *place) *gqlerror.Error {
	switch f.Name {
	case "nodes":
		return w.nodes(f, here)
	case "report":
		if w.reports++; w.reports > maxReports {
			return refused(f, here.path, codeTooLarge, "There are more than %d reports.", maxReports)
		}
	}
	return nil
}

func (w *walk) nodes(f *ast.Field, here *place) *gqlerror.Error {
	ids, _ := f.ArgumentMap(w.variables)["ids"].([]any)
	if len(ids) > maxNodes {
		return refused(f, here.path, string(fault.CodeInvalid), "At most %d ids can be asked for at once.", maxNodes)
	}
	here.rows *= max(len(ids), 1)
	return nil
}

// connection insists on exactly one of first and last, on a page that is not too large, and on cursors that were given.
func (w *walk) connection(f *ast.Field, here *place) *gqlerror.Error {
	args := f.ArgumentMap(w.variables)
	size := args["first"]
	if size == nil {
		size = args["last"]
	}
	n, err := scalar.UnmarshalInt(size)
	if err != nil || n < 1 || n > maxPage || (args["first"] != nil && args["last"] != nil) {
		return refused(f, here.path, codePageSize, "Give first or last, one of them, from 1 to %d.", maxPage)
	}
	here.rows *= n
	if here.rows > maxRows {
		return refused(f, here.path, codeTooLarge, "Pages within pages come to more than %d rows.", maxRows)
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
	if err := c.UnmarshalGQL(text); err != nil || c.ID == "" {
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
