package archtest

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// The measures. They count lines of hand-written code outside of tests.
const (
	fileLines     = 400
	functionLines = 60
	mutationLines = 8
)

// clock are the names of package time that read the machine's clock.
var clock = []string{"Now", "Since", "Until"}

func shortFiles(tree *Tree, _ Plan) []Breach {
	var found []Breach
	for _, file := range tree.linked() {
		if file.Lines > fileLines {
			found = append(found, tree.at(file, file.Syntax.Pos(), "the file has %d lines, more than %d", file.Lines, fileLines))
		}
	}
	return found
}

func shortFunctions(tree *Tree, _ Plan) []Breach {
	var found []Breach
	for _, file := range tree.linked() {
		for _, function := range functions(file) {
			if lines := tree.lines(function.Pos(), function.End()); lines > functionLines {
				found = append(found, tree.at(file, function.Pos(), "%s has %d lines, more than %d", function.Name.Name, lines, functionLines))
			}
		}
	}
	return found
}

func pure(tree *Tree, plan Plan) []Breach {
	outside := []string{"os", "net", "database/sql", "log", "math/rand", "crypto/rand", "syscall"}
	values := []string{"net/url", "net/netip"} // words about addresses, nothing that calls one
	timers := append([]string{"Local", "Sleep", "After", "AfterFunc", "Tick", "NewTicker", "NewTimer"}, clock...)
	var found []Breach
	for _, file := range tree.linked() {
		row, ok := plan.row(file.Package(), nil)
		if !ok || row.Floor != 0 || file.Path == "internal/auth/token.go" { // a token is checked against keys and the hour
			continue
		}
		for _, imported := range file.Imports() {
			leaves := slices.ContainsFunc(outside, func(p string) bool { return below(imported, p) })
			if leaves && !slices.Contains(values, imported) {
				found = append(found, tree.at(file, importPos(file, imported), "imports %s", imported))
			}
		}
		for _, use := range uses(file) {
			if use.Package == "time" && slices.Contains(timers, use.Name) {
				found = append(found, tree.at(file, use.Pos, "uses time.%s", use.Name))
			}
		}
		ast.Inspect(file.Syntax, func(node ast.Node) bool {
			if statement, ok := node.(*ast.GoStmt); ok {
				found = append(found, tree.at(file, statement.Pos(), "starts a goroutine"))
			}
			return true
		})
	}
	return found
}

func noClock(tree *Tree, _ Plan) []Breach {
	var found []Breach
	for _, file := range tree.linked() {
		if file.Package() == "server" {
			continue
		}
		for _, use := range uses(file) {
			if use.Package == "time" && slices.Contains(clock, use.Name) {
				found = append(found, tree.at(file, use.Pos, "reads the clock with time.%s", use.Name))
			}
		}
	}
	return found
}

func noWrites(tree *Tree, _ Plan) []Breach {
	writes := []string{
		"Create", "CreateBulk", "Update", "UpdateOne", "UpdateOneID", "Delete", "DeleteOne", "DeleteOneID",
		"Save", "SaveX", "Exec", "ExecX", "ExecContext", "Tx", "BeginTx",
	}
	var found []Breach
	for _, file := range tree.border() {
		ast.Inspect(file.Syntax, func(node ast.Node) bool {
			if call, ok := node.(*ast.CallExpr); ok {
				if sel, ok := call.Fun.(*ast.SelectorExpr); ok && slices.Contains(writes, sel.Sel.Name) {
					found = append(found, tree.at(file, sel.Sel.Pos(), "calls %s: writing is a use case's work", sel.Sel.Name))
				}
			}
			return true
		})
	}
	return found
}

func noDecisions(tree *Tree, _ Plan) []Breach {
	var found []Breach
	for _, file := range tree.resolvers() {
		ast.Inspect(file.Syntax, func(node ast.Node) bool {
			switch statement := node.(type) {
			case *ast.IfStmt:
				if !errIsNotNil(statement.Cond) {
					found = append(found, tree.at(file, statement.Pos(), "branches on something other than err != nil"))
				}
			case *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
				found = append(found, tree.at(file, statement.Pos(), "chooses between cases"))
			}
			return true
		})
	}
	return found
}

func shortMutations(tree *Tree, _ Plan) []Breach {
	var found []Breach
	for _, file := range tree.resolvers() {
		for _, function := range functions(file) {
			if receiver(function) != "mutationResolver" || function.Body == nil {
				continue
			}
			if lines := tree.lines(function.Body.Lbrace, function.Body.Rbrace) - 2; lines > mutationLines {
				found = append(found, tree.at(file, function.Pos(), "%s has a body of %d lines", function.Name.Name, lines))
			}
		}
	}
	return found
}

func resolverImports(tree *Tree, _ Plan) []Breach {
	var found []Breach
	for _, file := range tree.resolvers() {
		for _, imported := range file.Imports() {
			if slices.ContainsFunc([]string{"log", "fmt", "database/sql"}, func(p string) bool { return below(imported, p) }) {
				found = append(found, tree.at(file, importPos(file, imported), "imports %s", imported))
			}
		}
		for _, use := range uses(file) {
			if use.Package == "time" && use.Name != "Time" { // an argument's type may be named, nothing more
				found = append(found, tree.at(file, use.Pos, "uses time.%s", use.Name))
			}
		}
	}
	return found
}

func oneTranslation(tree *Tree, _ Plan) []Breach {
	kinds := []string{"Kind", "Invalid", "NotFound", "Conflict", "Forbidden", "Unavailable", "Internal"}
	var found []Breach
	for _, file := range tree.border() {
		if file.Path == "graph/present.go" {
			continue
		}
		for _, use := range uses(file) {
			if use.Package == tree.Module+"/internal/fault" && slices.Contains(kinds, use.Name) {
				found = append(found, tree.at(file, use.Pos, "names fault.%s: graph/present.go translates", use.Name))
			}
		}
	}
	return found
}

// border lists the hand-written files of package graph.
func (t *Tree) border() []File {
	return slices.DeleteFunc(t.linked(), func(f File) bool { return f.Package() != "graph" })
}

// resolvers lists the files of package graph that hold resolvers.
func (t *Tree) resolvers() []File {
	return slices.DeleteFunc(t.border(), func(f File) bool { return !strings.HasSuffix(f.Path, ".resolvers.go") })
}

// lines counts the lines from one position to another, both included.
func (t *Tree) lines(from, to token.Pos) int {
	return t.Set.Position(to).Line - t.Set.Position(from).Line + 1
}

// functions lists the functions and methods that the file declares.
func functions(file File) []*ast.FuncDecl {
	var all []*ast.FuncDecl
	for _, declared := range file.Syntax.Decls {
		if function, ok := declared.(*ast.FuncDecl); ok {
			all = append(all, function)
		}
	}
	return all
}

// receiver is the type name of a method's receiver, without its star; "" for a function.
func receiver(function *ast.FuncDecl) string {
	if function.Recv == nil || len(function.Recv.List) == 0 {
		return ""
	}
	of := function.Recv.List[0].Type
	if star, ok := of.(*ast.StarExpr); ok {
		of = star.X
	}
	if name, ok := of.(*ast.Ident); ok {
		return name.Name
	}
	return ""
}

// errIsNotNil tells whether the condition is err != nil, letter for letter.
func errIsNotNil(cond ast.Expr) bool {
	compare, ok := cond.(*ast.BinaryExpr)
	if !ok || compare.Op != token.NEQ {
		return false
	}
	left, ok := compare.X.(*ast.Ident)
	if !ok || left.Name != "err" {
		return false
	}
	right, ok := compare.Y.(*ast.Ident)
	return ok && right.Name == "nil"
}
