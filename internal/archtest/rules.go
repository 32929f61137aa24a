package archtest

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// Rule is one thing that holds everywhere, and why it is worth holding.
type Rule struct {
	Name  string
	Why   string
	check func(*Tree, Plan) []Breach
}

// Breach is one place where a rule does not hold.
type Breach struct {
	Rule  string
	Where string // file and line, or a package
	Say   string
}

// String is the breach on one line: where, what, and by which rule.
func (b Breach) String() string { return b.Where + ": " + b.Say + " [" + b.Rule + "]" }

// Rules lists all of them.
func Rules() []Rule {
	return []Rule{
		{"every package has a row", "a room that nobody placed has no floor and no reason", placed},
		{"every row has a package", "a plan of rooms that do not exist misleads", built},
		{"arrows point downwards", "what stands lower can be read, tested and changed without what stands above", downwards},
		{"drivers are named at the top", "swapping a vendor changes one line", driversAtTop},
		{"test packages stay in tests", "what exists for tests must not be linked into the program", testsApart},
		{"libraries stay in their rooms", "a library that is everywhere cannot be replaced anywhere", fenced},
		{"the top folder is the owner's list", "a newcomer finds the same few names on every visit", topFolder},
		{"packages are named for the trade", "a package named for nothing collects everything", tradeNames},
		{"files are short", "a file is read in one sitting", shortFiles},
		{"functions are short", "a function is read on one screen", shortFunctions},
		{"floor 0 is pure", "a verdict must come out the same on every machine, and again in a year", pure},
		{"the clock is handed in", "a deadline can only be tested where the test says what time it is", noClock},
		{"graph does not write", "only a use case knows what must be true before and after a write", noWrites},
		{"resolvers only branch on errors", "a decision in a resolver is one that REST, import and tests do not share", noDecisions},
		{"mutations are at most 8 lines", "arguments in, one use case, payload out: more is a use case in the wrong room", shortMutations},
		{"resolvers need few packages", "time, logs, formats and SQL belong below the border", resolverImports},
		{"one place translates faults", "two translations of one fault drift apart", oneTranslation},
	}
}

// Check holds tree against the plan by every rule and lists what does not fit, in the order of rules and places. It
// looks at nothing but its arguments.
func Check(tree *Tree, plan Plan) []Breach {
	var all []Breach
	for _, rule := range Rules() {
		found := rule.check(tree, plan)
		slices.SortFunc(found, func(a, b Breach) int { return cmp.Or(cmp.Compare(a.Where, b.Where), cmp.Compare(a.Say, b.Say)) })
		for _, breach := range slices.Compact(found) {
			breach.Rule = rule.Name
			all = append(all, breach)
		}
	}
	return all
}

// at is a breach at a position in a file.
func (t *Tree) at(file File, pos token.Pos, format string, args ...any) Breach {
	return Breach{
		Where: fmt.Sprintf("%s:%d", file.Path, t.Set.Position(pos).Line),
		Say:   fmt.Sprintf(format, args...),
	}
}

// linked lists the hand-written files that end up in a program: no tests, no generated code, no tools.
func (t *Tree) linked() []File {
	var files []File
	for _, file := range t.Files {
		if !file.Generated && !file.Test && !file.Tool {
			files = append(files, file)
		}
	}
	return files
}

// below tells whether name is folder or something inside it.
func below(name, folder string) bool { return name == folder || strings.HasPrefix(name, folder+"/") }

// used is one mention of a name of an imported package: time.Now.
type used struct {
	Package string // the import path
	Name    string
	Pos     token.Pos
}

// uses lists every mention of an imported package's names in the file.
func uses(file File) []used {
	paths := localNames(file)
	var all []used
	ast.Inspect(file.Syntax, func(node ast.Node) bool {
		if sel, ok := node.(*ast.SelectorExpr); ok {
			if x, ok := sel.X.(*ast.Ident); ok && paths[x.Name] != "" {
				all = append(all, used{Package: paths[x.Name], Name: sel.Sel.Name, Pos: sel.Pos()})
			}
		}
		return true
	})
	return all
}

// localNames maps the name by which the file calls a package to the package's import path.
func localNames(file File) map[string]string {
	names := make(map[string]string, len(file.Syntax.Imports))
	for i, imported := range file.Imports() {
		parts := strings.Split(imported, "/")
		name := parts[len(parts)-1]
		if version(name) && len(parts) > 1 {
			name = parts[len(parts)-2]
		}
		if alias := file.Syntax.Imports[i].Name; alias != nil {
			name = alias.Name
		}
		names[name] = imported
	}
	return names
}

// version tells whether a path's last element is a major version: "v2".
func version(element string) bool {
	digits, ok := strings.CutPrefix(element, "v")
	return ok && digits != "" && strings.Trim(digits, "0123456789") == ""
}

// position of a file's import of path, for a breach that names it.
func importPos(file File, imported string) token.Pos {
	i := slices.Index(file.Imports(), imported)
	return file.Syntax.Imports[i].Pos()
}
