package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
)

// The variables that say which database of vulnerabilities is meant.
const (
	govulndb      = "GOVULNDB"       // its URL, http, https or file, as govulncheck reads it
	requireVulnDB = "REQUIRE_VULNDB" // its absence is a failure
)

// vulnerabilitiesCmd is supply vulnerabilities.
type vulnerabilitiesCmd struct {
	Binary  string `arg:"" help:"The built server."`
	Checker string `required:"" help:"The govulncheck to run."`
	Copy    string `required:"" help:"A folder with the module whose go.mod pins a copy of the database."`
}

// Help tells what is asked, and in which order.
func (vulnerabilitiesCmd) Help() string {
	return `Asks the database that GOVULNDB names; where it names none, Go's own, and where that cannot be reached, the pinned
copy, with its date. Where none can be had, that is said, and is a failure if REQUIRE_VULNDB is set. A vulnerability in
what the binary holds is a failure unless it is accepted by name.`
}

// Run asks and judges.
func (c vulnerabilitiesCmd) Run(ctx context.Context, p program) error {
	found, from, err := c.ask(ctx, p)
	if err != nil {
		if _, required := p.env(requireVulnDB); required {
			return fmt.Errorf("%s is set, and there is no database of vulnerabilities: %w", requireVulnDB, err)
		}
		p.sayf("NOT CHECKED for vulnerabilities: there is no database of them here.\n%v", err)
		return nil
	}
	p.sayf("held against %s", from)
	return judge(p, found)
}

// ask gives what is found and where it was looked for.
func (c vulnerabilitiesCmd) ask(ctx context.Context, p program) ([]finding, string, error) {
	if url, set := p.env(govulndb); set && url != "" {
		found, err := c.check(ctx, url)
		return found, "the database " + url, err
	}
	found, err := c.check(ctx, "")
	if err == nil {
		return found, "Go's database of vulnerabilities, as it is now", nil
	}
	p.sayf("Go's database of vulnerabilities does not answer, so the pinned copy is asked: %v", err)
	folder, day, failed := c.pinned(ctx)
	if failed != nil {
		return nil, "", errors.Join(err, failed)
	}
	found, err = c.check(ctx, "file://"+folder)
	return found, "the copy of " + day + ": newer vulnerabilities are not in it", err
}

// stamp is the day in a version that Go made of a commit.
var stamp = regexp.MustCompile(`-(\d{4})(\d{2})(\d{2})\d{6}-`)

// pinned gives the folder of the copy, which the module cache holds and its digest protects, and the copy's day.
func (c vulnerabilitiesCmd) pinned(ctx context.Context) (folder, day string, err error) {
	get := exec.CommandContext(ctx, "go", "mod", "download", "-json", "golang.org/x/vulndb")
	get.Dir = c.Copy
	text, err := get.Output()
	if err != nil {
		return "", "", fmt.Errorf("the copy cannot be had: %w: %s", err, text)
	}
	var module struct {
		Dir     string `json:"Dir"`     //nolint:tagliatelle // Go's words
		Version string `json:"Version"` //nolint:tagliatelle // likewise
	}
	if err := json.Unmarshal(text, &module); err != nil {
		return "", "", fmt.Errorf("the copy cannot be had: %w", err)
	}
	date := stamp.FindStringSubmatch(module.Version)
	if date == nil {
		return "", "", errors.New("the copy has no date: " + module.Version)
	}
	return filepath.Join(module.Dir, "data", "osv"), date[1] + "-" + date[2] + "-" + date[3], nil
}

// check runs govulncheck with the database of the URL, Go's own where it is empty. Its error is that nothing was
// checked, never that something was found.
func (c vulnerabilitiesCmd) check(ctx context.Context, url string) ([]finding, error) {
	args := []string{"-mode=binary", "-format=json"}
	if url != "" {
		args = append(args, "-db="+url)
	}
	run := exec.CommandContext(ctx, c.Checker, append(args, c.Binary)...) //nolint:gosec // the caller's own tool
	var said, wrong bytes.Buffer
	run.Stdout, run.Stderr = &said, &wrong
	if err := run.Run(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, bytes.TrimSpace(wrong.Bytes()))
	}
	return findings(&said)
}

// finding is a vulnerability of a module that is in the binary, or of a symbol of it.
type finding struct {
	OSV   string `json:"osv"`
	Fixed string `json:"fixed_version"` //nolint:tagliatelle // govulncheck's words
	Trace []struct {
		Module   string `json:"module"`
		Version  string `json:"version"`
		Package  string `json:"package"`
		Function string `json:"function"`
	} `json:"trace"`
}

// findings reads govulncheck's answer, one JSON value after the other. One without a scanner's own words before it is not an
// answer. In a binary without symbols, as ours is, nothing tells which of a module's symbols are linked; and most entries of
// the database, those that nobody has reviewed yet, name none at all. So whatever is found of a module counts.
func findings(text io.Reader) ([]finding, error) {
	var kept []finding
	var begun bool
	for values := json.NewDecoder(text); ; {
		var one struct {
			Config  *struct{} `json:"config"`
			Finding *finding  `json:"finding"`
		}
		err := values.Decode(&one)
		if errors.Is(err, io.EOF) && begun {
			return kept, nil
		}
		if err != nil {
			return nil, fmt.Errorf("govulncheck's answer cannot be read: %w", err)
		}
		begun = begun || one.Config != nil
		if f := one.Finding; f != nil && len(f.Trace) > 0 {
			kept = append(kept, *f)
		}
	}
}

// where names the symbol, where one is named.
func (f finding) where() string {
	if f.Trace[0].Function == "" {
		return ""
	}
	return fmt.Sprintf(" (%s.%s)", f.Trace[0].Package, f.Trace[0].Function)
}

// judge fails for each vulnerability that is not accepted, and tells of those that are.
func judge(p program, found []finding) error {
	byID := map[weakness]finding{}
	for _, f := range found {
		byID[weakness{f.OSV, f.Trace[0].Module}] = f
	}
	var wrong []error
	for _, id := range slices.SortedFunc(maps.Keys(byID), weakness.compare) {
		f := byID[id]
		about := fmt.Sprintf("%s in %s %s, fixed in %s", f.OSV, f.Trace[0].Module, f.Trace[0].Version, f.Fixed)
		if why, ok := accepted[id]; ok {
			p.sayf("accepted: %s: %s", about, why)
			continue
		}
		wrong = append(wrong, errors.New(about+f.where()))
	}
	for _, id := range slices.SortedFunc(maps.Keys(accepted), weakness.compare) {
		if _, is := byID[id]; !is {
			p.sayf("accepted, but not found: %s; it can be taken from the list once every build is without it", id.osv)
		}
	}
	p.sayf("%d vulnerabilities, %d of them accepted", len(byID), len(byID)-len(wrong))
	return errors.Join(wrong...)
}
