package main

import (
	"bufio"
	"compress/gzip"
	"debug/buildinfo"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	sqlite3 "github.com/mattn/go-sqlite3"
)

// part is one thing that somebody else made and that the binary holds.
type part struct {
	kind    string // golang, npm or generic: the type of a package URL
	name    string
	version string // "" where it is not known: of a library inside of another one's build
}

// The kinds of parts.
const (
	kindGo  = "golang"
	kindNPM = "npm"
	kindC   = "generic"
)

// purl is the part's package URL, which is how bills of materials name it.
func (p part) purl() string {
	url := "pkg:" + p.kind + "/" + strings.Replace(p.name, "@", "%40", 1)
	if p.version != "" {
		url += "@" + p.version
	}
	return url
}

// standard is what Go's own library is called where modules are listed.
const standard = "std"

// modules are the modules of others that the Go program in the file is linked from, as it says itself, with Go's own library
// as the first of them.
func modules(binary string) ([]part, error) {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return nil, fmt.Errorf("%s does not say what it is made of: %w", binary, err)
	}
	parts := []part{{kindGo, standard, info.GoVersion}}
	for _, dep := range info.Deps {
		if dep.Replace != nil {
			dep = dep.Replace
		}
		parts = append(parts, part{kindGo, dep.Path, dep.Version})
	}
	return parts, nil
}

// sqlite is the C library inside of go-sqlite3's module, of the version that is linked into this program too.
func sqlite() part {
	version, _, _ := sqlite3.Version()
	return part{kindC, "sqlite", version}
}

// licensed is a part and the SPDX ids of its licences.
type licensed struct {
	part

	licences []string
}

// assigned is how the script that fetches the page's files names a version: react=18.3.1.
var assigned = regexp.MustCompile(`^([a-z]+)=(\d[\w.]*)$`)

// assets are the packages of npm that the page in the binary is built from, by the files in the folder: vendor.sh says
// which versions are fetched, vendor/LICENCES.txt.gz what they hold and under which licence.
func assets(folder string) ([]licensed, error) {
	script, err := os.ReadFile(filepath.Join(folder, "vendor.sh")) //nolint:gosec // the caller's own folder
	if err != nil {
		return nil, err
	}
	versions := map[string]string{}
	for line := range strings.Lines(string(script)) {
		if found := assigned.FindStringSubmatch(strings.TrimSpace(line)); found != nil {
			versions[found[1]] = found[2]
		}
	}
	versions["react-dom"] = versions["react"]                                // the script fetches them together
	list, err := os.Open(filepath.Join(folder, "vendor", "LICENCES.txt.gz")) //nolint:gosec // likewise
	if err != nil {
		return nil, err
	}
	defer func() { _ = list.Close() }() // it is only read
	text, err := gzip.NewReader(list)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", list.Name(), err)
	}
	all, err := headings(text)
	for i := range all {
		all[i].version = versions[all[i].name]
	}
	return all, err
}

// headings are the entries of the list of the page's licences: after a line of signs comes "react: MIT".
func headings(text io.Reader) (all []licensed, err error) {
	lines, begins := bufio.NewScanner(text), false
	for lines.Scan() {
		line := lines.Text()
		if begins {
			name, licence, found := strings.Cut(line, ": ")
			if !found {
				return nil, fmt.Errorf("of the list of the page's licences this line names no package and its licence: %q", line)
			}
			all = append(all, licensed{part{kind: kindNPM, name: name}, []string{licence}})
		}
		begins = len(line) > 80 && strings.Trim(line, "=") == ""
	}
	if lines.Err() == nil && len(all) == 0 {
		return nil, errors.New("the list of the page's licences is empty")
	}
	return all, lines.Err()
}
