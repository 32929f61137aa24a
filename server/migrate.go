package main

import (
	"context"
	"errors"
	"fmt"
)

// migrateCmd is server migrate.
type migrateCmd struct {
	Place place `embed:""`
	Check bool  `help:"Change nothing; fail where steps are pending."`
}

// Help is shown by server migrate --help.
func (migrateCmd) Help() string {
	return `Steps only go forwards. Stop the server and keep a copy of the database before you take them.

Examples:
  server migrate
  server migrate --check`
}

// Run takes the steps and prints them.
func (c migrateCmd) Run(ctx context.Context, p program) (err error) {
	app, err := openRecords(ctx, c.Place, p.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, app.Close()) }()
	if c.Check {
		if err := app.current(ctx); err != nil {
			return err
		}
		_, err = fmt.Fprintln(p.out, "ok: no steps are pending")
		return err
	}
	steps, err := app.DB.Migrate(ctx)
	if err != nil {
		return err
	}
	for _, step := range steps {
		if _, err := fmt.Fprintln(p.out, "took "+step); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(p.out, "ok: %d steps taken\n", len(steps))
	return err
}

// current refuses to work on a database that is not at this program's version.
func (a *App) current(ctx context.Context) error {
	pending, err := a.DB.Pending(ctx)
	if err != nil {
		return err
	}
	if pending > 0 {
		return fmt.Errorf("the database is %d steps behind this program: run server migrate first", pending)
	}
	return nil
}
