package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/vysero/returns/internal/policy"
)

// termsCheckCmd is server terms check.
type termsCheckCmd struct {
	File string `arg:"" placeholder:"FILE" help:"The file of terms, YAML or JSON."`
}

// Help is shown by server terms check --help.
func (termsCheckCmd) Help() string {
	return `Prints "ok" with version and digest, and what is still to be filled in or confirmed; or every problem with its line
and key, and the exit status 1.

Examples:
  server terms check terms.yaml`
}

// Run checks the file.
func (c termsCheckCmd) Run(p program) error {
	terms, err := readTerms(c.File)
	if err != nil {
		return err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "ok: terms %s, digest %s\n", terms.Version, terms.Digest())
	for _, key := range terms.Unset() {
		fmt.Fprintf(&text, "unset: %s, which customers would see\n", key)
	}
	for _, s := range terms.Settings() {
		if s.Assumption {
			fmt.Fprintf(&text, "assumption: %s is %s (%s); the published text does not give it\n", s.Key, s.Value, strings.Join(s.Rests, ", "))
		}
	}
	_, err = io.WriteString(p.out, text.String())
	return err
}

// termsExplainCmd is server terms explain.
type termsExplainCmd struct {
	File string `arg:"" optional:"" placeholder:"FILE" help:"The file of terms; the terms that are shipped where it is left out."`
}

// Help is shown by server terms explain --help.
func (termsExplainCmd) Help() string {
	return `Prints every setting with its value and the clauses (T1) and readings (A1) that it rests on, and these in a sentence each.

Examples:
  server terms explain
  server terms explain terms.yaml`
}

// Run tells the terms.
func (c termsExplainCmd) Run(p program) error {
	terms, err := readTerms(c.File)
	if err != nil {
		return err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "Terms %s, digest %s\n\n", terms.Version, terms.Digest())
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	row := func(cells ...string) { _, _ = fmt.Fprintln(table, strings.Join(cells, "\t")) } // a Builder takes everything
	row("SETTING", "VALUE", "RESTS ON", "")
	for _, s := range terms.Settings() {
		note := ""
		if s.Assumption {
			note = "assumption"
		}
		row(s.Key, s.Value, strings.Join(s.Rests, " "), note)
	}
	for _, part := range []struct {
		title   string
		clauses []policy.Clause
	}{{"CLAUSES OF THE MERCHANT'S TEXT", policy.Clauses()}, {"READINGS, WHERE THE TEXT IS SILENT OR DISAGREES WITH ITSELF", policy.Readings()}} {
		row("")
		row(part.title)
		for _, clause := range part.clauses {
			row(clause.ID, clause.Text)
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, key := range terms.Unset() {
		fmt.Fprintf(&text, "\nUnset: %s. Customers would see it.", key)
	}
	_, err = io.WriteString(p.out, strings.TrimRight(text.String(), "\n")+"\n")
	return err
}

// readTerms reads a file of terms, or gives those that are shipped where path is "". The error tells every problem with
// the file, line and key.
func readTerms(path string) (*policy.Terms, error) {
	if path == "" {
		return policy.Default(), nil
	}
	file, err := os.ReadFile(path) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, fmt.Errorf("the terms cannot be read: %w", err)
	}
	terms, err := policy.Parse(file)
	if problems, ok := errors.AsType[policy.ParseError](err); ok {
		lines := make([]string, len(problems))
		for i, problem := range problems {
			lines[i] = fmt.Sprintf("%s:%d: %s", path, problem.Line, strings.TrimSpace(problem.Key+" "+problem.Say))
		}
		return nil, fmt.Errorf("the terms are wrong:\n%s", strings.Join(lines, "\n"))
	}
	return terms, err
}
