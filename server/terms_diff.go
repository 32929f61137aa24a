package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/terms"
)

// termsDiffCmd is server terms diff.
type termsDiffCmd struct {
	Place place  `embed:""`
	A     string `arg:"" placeholder:"A" help:"A file of terms; or an edition of the database, by its number, version or id."`
	B     string `arg:"" placeholder:"B" help:"Another one."`
}

// Help is shown by server terms diff --help.
func (termsDiffCmd) Help() string {
	return `Prints each setting that differs, with the clauses (T1) and readings (A1) that it rests on and what it means for customers;
or "no difference". What terms call themselves is none.

Examples:
  server terms diff terms.yaml draft.yaml
  server terms diff 1 draft.yaml
  server terms diff 1 2 --database-url sqlite:/srv/returns/returns.db`
}

// Run tells the differences.
func (c termsDiffCmd) Run(ctx context.Context, p program) error {
	a, err := c.read(ctx, p, c.A)
	if err != nil {
		return err
	}
	b, err := c.read(ctx, p, c.B)
	if err != nil {
		return err
	}
	changes := terms.Diff(a, b)
	if len(changes) == 0 {
		_, err = fmt.Fprintln(p.out, "no difference")
		return err
	}
	for _, change := range changes {
		if _, err := fmt.Fprintln(p.out, change); err != nil {
			return err
		}
	}
	return nil
}

// read reads a file; what is none is an edition of the database.
func (c termsDiffCmd) read(ctx context.Context, p program, name string) (_ *policy.Terms, err error) {
	if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
		return readTerms(name)
	}
	app, err := openRecords(ctx, c.Place, p.now)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, app.Close()) }()
	if err := app.current(ctx); err != nil {
		return nil, fmt.Errorf("%s is no file, and no edition can be looked up: %w", name, err)
	}
	found, err := app.Terms.Named(auth.AsSystem(ctx), name)
	if fault.From(err) != nil && fault.From(err).Kind == fault.NotFound {
		return nil, fmt.Errorf("%s is neither a file nor an edition of the terms", name)
	}
	return found, err
}
