package graph

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
)

func requestIDOf(context.Context) string { return "req_1" }

func TestTheSchemaChangesOnPurposeOnly(t *testing.T) {
	t.Parallel()
	golden(t, "schema.graphql", SDL())
}

func TestTheServedSchemaIsThePrintedOne(t *testing.T) {
	t.Parallel()
	printed, err := gqlparser.LoadSchema(&ast.Source{Input: SDL()})
	require.NoError(t, err)
	require.Equal(t, formatted(printed), formatted(served()))
}

func formatted(s *ast.Schema) string {
	var b bytes.Buffer
	formatter.NewFormatter(&b).FormatSchema(s)
	return b.String()
}

func TestEveryTypeFieldAndValueIsDescribed(t *testing.T) {
	t.Parallel()
	s, err := gqlparser.LoadSchema(&ast.Source{Input: SDL()})
	require.NoError(t, err)
	for name, d := range s.Types {
		if d.BuiltIn || name == "Node" {
			continue
		}
		require.NotEmpty(t, d.Description, name)
		for _, f := range d.Fields {
			if f.Name != "id" && f.Name[:2] != "__" {
				require.NotEmpty(t, f.Description, "%s.%s", name, f.Name)
			}
		}
	}
}

func TestEveryOutputEnumSaysWhatToDoWithAValueThatIsNew(t *testing.T) {
	t.Parallel()
	s, err := gqlparser.LoadSchema(&ast.Source{Input: SDL()})
	require.NoError(t, err)
	for name, d := range s.Types {
		if d.Kind == ast.Enum && !d.BuiltIn && !strings.HasSuffix(name, "OrderField") {
			require.Regexp(t, `(?i)unknown|what you do not know`, d.Description, name)
		}
	}
}
