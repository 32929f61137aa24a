package graph

import (
	"embed"
	"io/fs"
	"strings"
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
