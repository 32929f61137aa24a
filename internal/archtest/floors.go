package archtest

import (
	"fmt"
	"slices"
	"strings"
)

// anyEnt is the row that stands for every wholly generated package below ent.
const anyEnt = "ent/*"

// packages maps every folder that holds Go files of the program to those files, its tests aside.
func (t *Tree) packages() map[string][]File {
	all := map[string][]File{}
	for _, file := range t.Files {
		if !file.Test {
			all[file.Package()] = append(all[file.Package()], file)
		} else if _, ok := all[file.Package()]; !ok {
			all[file.Package()] = nil
		}
	}
	return all
}

// row finds the row of a package: its own, or that of the generated packages below ent.
func (p Plan) row(name string, files []File) (Row, bool) {
	key := p.key(name, files)
	i := slices.IndexFunc(p.Rows, func(r Row) bool { return r.Package == key })
	if i < 0 {
		return Row{}, false
	}
	return p.Rows[i], true
}

// key is the name by which rows call a package.
func (p Plan) key(name string, files []File) string {
	own := slices.ContainsFunc(p.Rows, func(r Row) bool { return r.Package == name })
	written := slices.ContainsFunc(files, func(f File) bool { return !f.Generated })
	if !own && strings.HasPrefix(name, "ent/") && len(files) > 0 && !written {
		return anyEnt
	}
	return name
}

// ours lists the packages of this module that the file imports, as folders from the root, with the import's path.
func (t *Tree) ours(file File) map[string]string {
	folders := map[string]string{}
	for _, imported := range file.Imports() {
		if folder, ok := strings.CutPrefix(imported, t.Module+"/"); ok {
			folders[folder] = imported
		}
	}
	return folders
}

func placed(tree *Tree, plan Plan) []Breach {
	var found []Breach
	for name, files := range tree.packages() {
		if _, ok := plan.row(name, files); !ok {
			found = append(found, Breach{Where: name, Say: "stands on no row of house.go"})
		}
	}
	return found
}

func built(tree *Tree, plan Plan) []Breach {
	exists := map[string]bool{}
	for name, files := range tree.packages() {
		exists[plan.key(name, files)] = true
	}
	var found []Breach
	for _, row := range plan.Rows {
		if !exists[row.Package] {
			found = append(found, Breach{Where: row.Package, Say: "has a row in house.go but no Go file"})
		}
	}
	return found
}

func downwards(tree *Tree, plan Plan) []Breach {
	return tree.eachImport(plan, func(from, to Row) string {
		switch {
		case from.Tests || to.Driver || to.Tests: // other rules speak of these
			return ""
		case from.Only != nil && !slices.Contains(from.Only, to.Package):
			return fmt.Sprintf("may import nothing of ours but %v", from.Only)
		case from.Only != nil || to.Floor < from.Floor || slices.Contains(from.May, to.Package):
			return ""
		case to.Floor == from.Floor:
			return "stands on the same floor, and the row does not allow it"
		default:
			return fmt.Sprintf("stands on floor %d, above floor %d", to.Floor, from.Floor)
		}
	})
}

func driversAtTop(tree *Tree, plan Plan) []Breach {
	return tree.eachImport(plan, func(from, to Row) string {
		if to.Driver && !from.Tests && from.Package != "server" {
			return "is a driver: only server and test packages name it"
		}
		return ""
	})
}

func testsApart(tree *Tree, plan Plan) []Breach {
	return tree.eachImport(plan, func(from, to Row) string {
		if to.Tests && !from.Tests {
			return "exists for tests"
		}
		return ""
	})
}

// eachImport asks judge about every import between two packages of ours outside of _test.go files; what judge says,
// if anything, is what is wrong with it.
func (t *Tree) eachImport(plan Plan, judge func(from, to Row) string) []Breach {
	packages := t.packages()
	var found []Breach
	for name, files := range packages {
		from, ok := plan.row(name, files)
		if !ok {
			continue
		}
		for _, file := range files {
			for folder, imported := range t.ours(file) {
				to, ok := plan.row(folder, packages[folder])
				if !ok {
					continue
				}
				if say := judge(from, to); say != "" {
					found = append(found, Breach{Where: file.Path, Say: "imports " + imported + ", which " + say})
				}
			}
		}
	}
	return found
}

func fenced(tree *Tree, plan Plan) []Breach {
	var found []Breach
	for _, file := range tree.Files {
		if file.Test {
			continue
		}
		for _, imported := range file.Imports() {
			for _, fence := range plan.Fences {
				if below(imported, fence.Library) && !slices.Contains(fence.In, file.Package()) {
					found = append(found, Breach{Where: file.Path, Say: "imports " + imported + ": " + fence.Why})
				}
			}
		}
	}
	return found
}

func topFolder(tree *Tree, plan Plan) []Breach {
	var found []Breach
	for _, name := range tree.Top {
		if !slices.Contains(plan.Top, name) {
			found = append(found, Breach{Where: name, Say: "does not belong into the top folder"})
		}
	}
	for _, name := range plan.Top {
		if !slices.Contains(tree.Top, name) && name != "LICENSE" { // it may be there: which one is the owner's to say
			found = append(found, Breach{Where: name, Say: "is missing from the top folder"})
		}
	}
	return found
}

func tradeNames(tree *Tree, _ Plan) []Breach {
	empty := []string{"util", "utils", "common", "types", "models", "helper", "helpers", "misc", "shared", "base", "lib"}
	var found []Breach
	for name := range tree.packages() {
		for part := range strings.SplitSeq(name, "/") {
			if slices.Contains(empty, part) {
				found = append(found, Breach{Where: name, Say: fmt.Sprintf("%q says nothing about what is inside", part)})
			}
		}
	}
	return found
}
