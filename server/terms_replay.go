package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/vysero/returns/internal/terms"
)

// termsReplayCmd is server terms replay.
type termsReplayCmd struct {
	Place place `embed:""`
}

// Help is shown by server terms replay --help.
func (termsReplayCmd) Help() string {
	return `Makes every verdict and every judgement on record again, from the facts and the terms that are on record with it, those of
requests that were refused as well. Each one that comes out otherwise is a line, and so is each published edition whose
document has another digest than it was published with; then the exit status is 1: the program decides differently than it
did, or the record was changed. The same in other words is counted, and is no difference. It changes nothing.

Examples:
  server terms replay
  server terms replay --database-url postgres://…`
}

// Run replays and tells.
func (c termsReplayCmd) Run(ctx context.Context, p program) (err error) {
	app, err := openRecords(ctx, c.Place, p.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, app.Close()) }()
	if err := app.current(ctx); err != nil {
		return err
	}
	done, err := app.Terms.Replay(ctx, terms.ReplayInput{Found: func(d terms.Difference) {
		_, _ = fmt.Fprintln(p.out, d) // the count at the end tells it as well
	}})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.out, "%d editions, %d verdicts, %d refusals, %d judgements: %d differences, %d reworded\n",
		done.Editions, done.Verdicts, done.Refusals, done.Judgements, done.Differences, done.Reworded)
	if err == nil && done.Differences > 0 {
		err = errTold
	}
	return err
}
