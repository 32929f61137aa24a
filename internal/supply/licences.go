package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// allowed are the licences, by their SPDX ids, of what the binary may hold, each with what it asks of whoever hands the
// binary on. What is not here is for a person to read and to decide.
var allowed = map[string]string{
	"0BSD":         "nothing",
	"Apache-2.0":   "the text, and the notices that came with it",
	"BSD-2-Clause": "the text",
	"BSD-3-Clause": "the text",
	"ISC":          "the text",
	"MIT":          "the text",
	"MPL-2.0":      "the text, and where the source is; changed files stay under it, and none is changed",
	"Unlicense":    "nothing",
	"blessing":     "nothing",
}

// licencesCmd is supply licences.
type licencesCmd struct {
	Binary  string `arg:"" help:"The built server."`
	Modules string `required:"" help:"What go-licenses csv says of the server's packages."`
	Assets  string `required:"" help:"The folder of the page's files."`
	List    string `required:"" help:"Where the list goes, as CSV."`
}

// Run writes the list, and fails where a licence is not known or not allowed.
func (c licencesCmd) Run(p program) error {
	all, err := inventory(c.Binary, c.Modules, c.Assets)
	if err != nil {
		return err
	}
	if err := writeList(c.List, all); err != nil {
		return err
	}
	counts := map[string]int{}
	for _, one := range all {
		counts[one.kind]++
	}
	p.sayf("%d modules of Go, %d packages of npm and %d libraries of C are in the binary: %s",
		counts[kindGo], counts[kindNPM], counts[kindC], c.List)
	return forbidden(all)
}

// forbidden fails for each part whose licence is not known or not allowed.
func forbidden(all []licensed) error {
	var wrong []error
	for _, one := range all {
		if len(one.licences) == 0 {
			wrong = append(wrong, fmt.Errorf("%s has no licence that is known", one.purl()))
		}
		for _, licence := range one.licences {
			if _, ok := allowed[licence]; !ok {
				wrong = append(wrong, fmt.Errorf("%s is under %s, which is not on the list of allowed licences", one.purl(), licence))
			}
		}
	}
	return errors.Join(wrong...)
}

// inventory is everything in the binary that somebody else made, with its licences, in the order of kinds and names.
func inventory(binary, licences, page string) ([]licensed, error) {
	parts, err := modules(binary)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(licences) //nolint:gosec // the caller's own file
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // it is only read
	byPackage, err := readLicences(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", licences, err)
	}
	packages, err := assets(page)
	if err != nil {
		return nil, err
	}
	all := append(ofModules(parts, byPackage), packages...)
	all = append(all, licensed{sqlite(), []string{"blessing"}})
	slices.SortFunc(all, func(a, b licensed) int { return strings.Compare(a.purl(), b.purl()) })
	return all, nil
}

// readLicences reads what go-licenses says, lines of package, address and licence. A package stands there for its folder
// and for those below that have no licence of their own.
func readLicences(text io.Reader) (map[string]string, error) {
	lines := csv.NewReader(text)
	lines.FieldsPerRecord = 3
	all, err := lines.ReadAll()
	if err != nil {
		return nil, err
	}
	byPackage := map[string]string{}
	for _, line := range all {
		if other, twice := byPackage[line[0]]; twice && other != line[2] {
			return nil, fmt.Errorf("%s is under %s and under %s: a person must read which", line[0], other, line[2])
		}
		byPackage[line[0]] = line[2]
	}
	return byPackage, nil
}

// ofModules gives each module the licences of its packages; of nested modules a package belongs to the innermost. What
// go-licenses does not look at is Go's own library.
func ofModules(parts []part, byPackage map[string]string) []licensed {
	all := make([]licensed, 0, len(parts))
	at := map[string]int{}
	for i, one := range parts {
		all = append(all, licensed{part: one})
		at[one.name] = i
	}
	all[at[standard]].licences = []string{"BSD-3-Clause"}
	for name, licence := range byPackage {
		for inside := name; inside != ""; inside, _ = cutLast(inside) {
			if i, found := at[inside]; found {
				all[i].licences = append(all[i].licences, licence)
				break
			}
		}
	}
	for i := range all {
		slices.Sort(all[i].licences)
		all[i].licences = slices.Compact(all[i].licences)
	}
	return all
}

// cutLast cuts the last element from an import path; of one element nothing is left.
func cutLast(path string) (before, last string) {
	i := strings.LastIndexByte(path, '/')
	return path[:max(i, 0)], path[i+1:]
}

// writeList writes the list as a table, one part a line.
func writeList(path string, all []licensed) (err error) {
	file, err := os.Create(path) //nolint:gosec // the caller's own file
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	table := csv.NewWriter(file)
	_ = table.Write([]string{"part", "version", "licences", "of"}) // Error tells
	for _, one := range all {
		_ = table.Write([]string{one.name, one.version, strings.Join(one.licences, " AND "), one.kind})
	}
	table.Flush()
	return table.Error()
}
