package graph

import (
	"embed"
	"io/fs"
	"maps"
	"strings"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/vysero/returns/graph/generated"
)

//go:embed schema/*.graphql
var schema embed.FS

// SDL is the whole schema as one text: the files of graph/schema in the order of their names, a blank line between them.
func SDL() string {
	var files []string
	err := fs.WalkDir(schema, "schema", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := schema.ReadFile(path)
		files = append(files, strings.TrimSpace(string(text))+"\n")
		return err
	})
	if err != nil { // the files are part of the program: nothing that it runs on can take them away
		panic(err)
	}
	return strings.Join(files, "\n")
}

// served is the schema that operations are held to: without @defer, which comes with the library. An answer here is one, so
// what was deferred would be null in it.
var served = sync.OnceValue(func() *ast.Schema {
	whole := *generated.NewExecutableSchema(generated.Config{}).Schema()
	whole.Directives = maps.Clone(whole.Directives)
	delete(whole.Directives, "defer")
	return &whole
})
