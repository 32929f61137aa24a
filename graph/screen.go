package graph

import (
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

const (
	maxSame = 250 // how often a name may be written for fields: validation compares each with each
	maxName = 100 // bytes of such a name: it is repeated in every row of the answer
)

// screen looks at a text before it is validated, and refuses what would make validation slow or its errors endless. It goes
// once over what is written, fragments where they are defined.
type screen struct {
	limits

	schema     *ast.Schema
	names      map[string]int
	directives int
}

func (s *screen) document(doc *ast.QueryDocument) *gqlerror.Error {
	if len(doc.Fragments) > s.Fragments {
		return tooLarge(doc.Fragments[s.Fragments].Position, "There are more than %d fragments.", s.Fragments)
	}
	for _, operation := range doc.Operations {
		for _, variable := range operation.VariableDefinitions {
			if err := s.known(variable.Directives); err != nil {
				return err
			}
		}
		if err := s.written(operation.SelectionSet, operation.Directives, 0); err != nil {
			return err
		}
	}
	for _, fragment := range doc.Fragments {
		if err := s.written(fragment.SelectionSet, fragment.Directives, 0); err != nil {
			return err
		}
	}
	return nil
}

// written is one selection set with the directives in front of it, so many fields deep.
func (s *screen) written(set ast.SelectionSet, directives ast.DirectiveList, depth int) *gqlerror.Error {
	if err := s.known(directives); err != nil {
		return err
	}
	for _, selection := range set {
		var err *gqlerror.Error
		switch one := selection.(type) {
		case *ast.Field:
			if err = s.field(one, depth+1); err == nil {
				err = s.written(one.SelectionSet, one.Directives, depth+1)
			}
		case *ast.InlineFragment:
			err = s.written(one.SelectionSet, one.Directives, depth)
		case *ast.FragmentSpread:
			err = s.known(one.Directives)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *screen) field(f *ast.Field, depth int) *gqlerror.Error {
	if depth > s.depth {
		return refused(f, nil, codeTooDeep, "Fields are nested more than %d deep.", s.depth)
	}
	if len(f.Alias) > maxName {
		return tooLarge(f.Position, "The name of a field has more than %d characters.", maxName)
	}
	if s.names[f.Alias]++; s.names[f.Alias] > maxSame {
		return refused(f, nil, codeTooLarge, "The field %s is written more than %d times.", f.Alias, maxSame)
	}
	return nil
}

// known counts directives. The first that nobody knows is the answer: each would be an error of its own.
func (s *screen) known(directives ast.DirectiveList) *gqlerror.Error {
	for _, d := range directives {
		if s.schema.Directives[d.Name] == nil {
			err := gqlerror.ErrorPosf(d.Position, `Unknown directive "@%s".`, d.Name)
			errcode.Set(err, errcode.ValidationFailed)
			return err
		}
		if s.directives++; s.directives > s.Directives {
			return tooLarge(d.Position, "There are more than %d directives.", s.Directives)
		}
	}
	return nil
}

// tooLarge is the answer to a text that has too much of something.
func tooLarge(at *ast.Position, say string, args ...any) *gqlerror.Error {
	err := gqlerror.ErrorPosf(at, say, args...)
	err.Extensions = map[string]any{"code": codeTooLarge}
	return err
}
