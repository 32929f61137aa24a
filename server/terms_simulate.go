package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/calendar"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/terms"
)

// termsSimulateCmd is server terms simulate.
type termsSimulateCmd struct {
	Place place  `embed:""`
	From  string `required:"" placeholder:"WHEN" help:"From here on: a day (2026-01-01), which begins on the clocks of the draft, or an instant (RFC 3339)."`
	To    string `placeholder:"WHEN" help:"Before this: a day or an instant; now where it is left out."`
	File  string `arg:"" placeholder:"FILE" help:"The draft, a file of terms: YAML or JSON."`
}

// Help is shown by server terms simulate --help.
func (termsSimulateCmd) Help() string {
	return `Asks again about every return that was requested in the range, every request that was refused in it, and every order that was
purchased in it and has no return, as if the draft had been the shop's only terms at their purchase; and compares with the
terms as they are. Orders without returns are asked about for one unit of each item and each reason, from their purchase to the
end of the range: at each instant at which an answer may become another one by either terms.

Prints which answers differ, by reason and by what decides, with examples; and what is refunded for the units that were
inspected, by month of the request. It changes nothing. What the draft refuses is refunded nothing; what staff decided stays.

Examples:
  server terms simulate terms.yaml --from 2026-01-01
  server terms simulate terms.yaml --from 2026-01-01 --to 2026-04-01 --database-url postgres://…`
}

// Run simulates and tells.
func (c termsSimulateCmd) Run(ctx context.Context, p program) (err error) {
	draft, err := readTerms(c.File)
	if err != nil {
		return err
	}
	in := terms.TryInput{Terms: draft, To: p.now()}
	if in.From, err = c.when("--from", c.From, draft); err != nil {
		return err
	}
	if c.To != "" {
		if in.To, err = c.when("--to", c.To, draft); err != nil {
			return err
		}
	}
	app, err := openRecords(ctx, c.Place, p.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, app.Close()) }()
	if err := app.current(ctx); err != nil {
		return err
	}
	bar := &rowBar{to: p.err}
	in.Progress = bar.progress
	report, err := app.Terms.Try(auth.AsSystem(ctx), in)
	bar.end()
	switch {
	case errors.Is(err, policy.ErrNoEdition):
		return errors.New("no terms are in force in this database yet, so there is nothing to compare with: start the server once")
	case err != nil:
		return err
	}
	return tellReport(p.out, draft, in, report)
}

// when reads a day, which begins on the clocks of the terms, or an instant.
func (termsSimulateCmd) when(flag, text string, t *policy.Terms) (time.Time, error) {
	zone, err := calendar.Zone(t.Zone)
	if err != nil {
		return time.Time{}, err
	}
	if day, err := time.ParseInLocation(time.DateOnly, text, zone); err == nil {
		return day, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s %s is neither a day such as 2026-01-01 nor an instant such as 2026-01-01T09:00:00Z", flag, text)
	}
	return at, nil
}

// rowBar shows on a terminal how many rows were looked at.
type rowBar struct {
	to   io.Writer
	bars *mpb.Progress
	bar  *mpb.Bar
}

func (b *rowBar) progress(done, total int) {
	if b.bar == nil {
		if !onTerminal(b.to) || total == 0 {
			return
		}
		b.bars = mpb.New(mpb.WithOutput(b.to), mpb.WithWidth(40))
		b.bar = b.bars.AddBar(int64(total), mpb.PrependDecorators(decor.Percentage(decor.WCSyncSpace)),
			mpb.AppendDecorators(decor.CountersNoUnit("%d / %d returns, refusals and orders")))
	}
	b.bar.SetCurrent(int64(done))
}

// end takes the bar down, whether or not the end was reached.
func (b *rowBar) end() {
	if b.bar != nil {
		b.bar.Abort(false)
		b.bars.Wait()
	}
}

// tellReport prints a report as tables.
func tellReport(out io.Writer, draft *policy.Terms, in terms.TryInput, r *terms.Report) error {
	var text strings.Builder
	fmt.Fprintf(&text, "Terms %s, from %s to %s\n", draft.Version, in.From.Format(time.RFC3339), in.To.Format(time.RFC3339))
	fmt.Fprintf(&text, "%d returns, %d refusals and %d orders without returns: %d answers, %d of them differ\n",
		r.Returns, r.Refusals, r.Orders, r.Answers, r.Differ)
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	row := func(cells ...string) { _, _ = fmt.Fprintln(table, strings.Join(cells, "\t")) } // a Builder takes everything
	if len(r.Flips) > 0 {
		row()
		row("OF", "REASON", "NOW", "BY", "THEN", "BY", "COUNT", "FOR EXAMPLE")
		for _, f := range r.Flips {
			row(strings.ToLower(string(f.Subject)), string(f.Reason), f.From, clauses(f.FromClauses), f.To, clauses(f.ToClauses),
				strconv.Itoa(f.Count), strings.Join(f.Examples, ", "))
		}
	}
	if len(r.Money) > 0 {
		row()
		row("REFUNDS", "RETURNS", "CHANGED", "NOW", "THEN", "DIFFERENCE")
		for _, m := range r.Months {
			row(m.Month, strconv.Itoa(m.Returns), strconv.Itoa(m.Changed), m.Now().String(), m.Then().String(), m.Difference().String())
		}
		for _, m := range r.Money {
			row("in all", strconv.Itoa(m.Returns), strconv.Itoa(m.Changed), m.Now().String(), m.Then().String(), m.Difference().String())
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if n := r.FlipsLeftOut; n > 0 {
		fmt.Fprintf(&text, "\nBeside these, %d answers differ in still other ways.\n", n)
	}
	if n := r.MonthsLeftOut; n > 0 {
		fmt.Fprintf(&text, "\nThe refunds of %d returns are in none of these months: they are counted in all.\n", n)
	}
	_, err := io.WriteString(out, text.String())
	return err
}

// clauses writes what decides; the plain course is decided by nothing.
func clauses(ids []string) string {
	if len(ids) == 0 {
		return "-"
	}
	return strings.Join(ids, " ")
}
