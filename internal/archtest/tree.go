// Package archtest holds the house in its shape: which package may import which, what a pure package may not touch,
// how little a resolver may do, and how long anything may get. It reads the sources itself, from files, so that Go's
// test cache knows what the answer depends on.
package archtest

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// Tree is what the rules look at: the Go files of a repository and the names in its top folder.
type Tree struct {
	Module string // the module's path, as in go.mod
	Top    []string
	Files  []File
	Set    *token.FileSet
}

// File is one Go file.
type File struct {
	Path      string // from the root, with slashes
	Lines     int
	Generated bool // carries the standard "Code generated … DO NOT EDIT." line; its bodies are not parsed
	Test      bool // its name ends in _test.go
	Tool      bool // its package is "main" behind the build constraint "ignore": run by hand, never linked
	Syntax    *ast.File
}

// Package is the folder of the file, from the root: "internal/money".
func (f File) Package() string { return path.Dir(f.Path) }

// Imports lists the import paths of the file as written.
func (f File) Imports() []string {
	paths := make([]string, 0, len(f.Syntax.Imports))
	for _, spec := range f.Syntax.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err == nil {
			paths = append(paths, p)
		}
	}
	return paths
}

// Add parses src as the file at name (from the root, with slashes) and puts it into the tree. It fails on a file that
// is not Go.
func (t *Tree) Add(name string, src []byte) error {
	head, err := parser.ParseFile(token.NewFileSet(), name, src, parser.ImportsOnly|parser.ParseComments)
	if err != nil {
		return fmt.Errorf("read the imports of %s: %w", name, err)
	}
	file := File{
		Path:      name,
		Lines:     bytes.Count(src, []byte("\n")),
		Generated: ast.IsGenerated(head),
		Test:      strings.HasSuffix(name, "_test.go"),
		Tool:      head.Name.Name == "main" && bytes.Contains(src, []byte("//go:build ignore\n")),
		Syntax:    head,
	}
	if !file.Generated {
		if file.Syntax, err = parser.ParseFile(t.Set, name, src, parser.SkipObjectResolution); err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
	}
	t.Files = append(t.Files, file)
	return nil
}

// Root is the nearest folder at or above from that holds a go.mod.
func Root(from string) (string, error) {
	start, err := filepath.Abs(from)
	if err != nil {
		return "", fmt.Errorf("place %s: %w", from, err)
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("no go.mod at or above " + start)
		}
	}
}

// Read takes in every Go file under root that belongs to the module: not those in dot folders, in testdata and in
// folders that have a go.mod of their own. Names that .gitignore lists are not part of the tree.
func Read(root string) (*Tree, error) {
	ignored, err := ignoredNames(root)
	if err != nil {
		return nil, err
	}
	tree := &Tree{Set: token.NewFileSet()}
	if tree.Module, err = modulePath(root); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		return nil, fmt.Errorf("list the top folder: %w", err)
	}
	for _, entry := range entries {
		if name := entry.Name(); !matches(ignored, name) && !strings.HasPrefix(name, ".") {
			tree.Top = append(tree.Top, name)
			if err := tree.walk(root, name); err != nil {
				return nil, err
			}
		}
	}
	return tree, nil
}

// walk adds the Go files at and below start, a name in the top folder.
func (t *Tree) walk(root, start string) error {
	return filepath.WalkDir(filepath.Join(root, start), func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return enter(name, entry.Name())
		}
		if filepath.Ext(name) != ".go" {
			return nil
		}
		src, err := os.ReadFile(name) //nolint:gosec // a file of our own tree, found by walking it
		if err != nil {
			return fmt.Errorf("read a source: %w", err)
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return fmt.Errorf("place a source: %w", err)
		}
		return t.Add(filepath.ToSlash(rel), src)
	})
}

// enter decides whether a folder belongs to the module: nil, or fs.SkipDir.
func enter(dir, name string) error {
	if name == "testdata" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
		return fs.SkipDir
	}
	if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
		return fs.SkipDir
	}
	return nil
}

// ignoredNames are the patterns of .gitignore that speak of names in the top folder.
func ignoredNames(root string) ([]string, error) {
	text, err := os.ReadFile(filepath.Join(root, ".gitignore")) //nolint:gosec // a file of our own tree
	if err != nil {
		return nil, fmt.Errorf("read what git ignores: %w", err)
	}
	var patterns []string
	for line := range strings.Lines(string(text)) {
		if pattern := strings.Trim(strings.TrimSpace(line), "/"); pattern != "" && pattern[0] != '#' {
			patterns = append(patterns, pattern)
		}
	}
	return patterns, nil
}

// matches tells whether one of the patterns fits the name. A malformed pattern fits nothing.
func matches(patterns []string, name string) bool {
	for _, pattern := range patterns {
		if ok, err := path.Match(pattern, name); err == nil && ok {
			return true
		}
	}
	return false
}

// modulePath reads the module line of root's go.mod.
func modulePath(root string) (string, error) {
	text, err := os.ReadFile(filepath.Join(root, "go.mod")) //nolint:gosec // a file of our own tree
	if err != nil {
		return "", fmt.Errorf("read go.mod: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(line, "module "); ok {
			return strings.TrimSpace(name), nil
		}
	}
	return "", errors.New("go.mod names no module")
}
