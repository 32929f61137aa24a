package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/orders"
)

// importCmd is server import.
type importCmd struct {
	Place  place  `embed:""`
	Strict bool   `help:"Stop at the first bad line: what stands before it is recorded, nothing after it."`
	File   string `arg:"" placeholder:"FILE" help:"JSON Lines, one order a line; - is standard input."`
}

// Help is shown by server import --help.
func (importCmd) Help() string {
	return `Each line stands for itself: a bad one is told by number and field on standard error, and the rest goes on. The same file
again changes nothing, and an import that was cut off can be run again. The exit status is 1 where lines were bad.

Examples:
  server import orders.jsonl
  zcat orders.jsonl.gz | server import --strict -`
}

// Run records the orders of the file and tells how many.
func (c importCmd) Run(ctx context.Context, p program) (err error) {
	app, err := openRecords(ctx, c.Place, p.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, app.Close()) }()
	if err := app.current(ctx); err != nil {
		return err
	}
	from, size, err := c.open(p)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	told := newTeller(p.err, size)
	importer := &orders.Importer{Orders: app.Orders, Strict: c.Strict, Bad: told.bad, Progress: told.progress}
	done, err := importer.Import(auth.AsSystem(ctx), from)
	told.end()
	_, wrote := fmt.Fprintf(p.out, "imported: %d orders read, %d recorded, %d unchanged, %d bad\n",
		done.Read, done.Recorded, done.Unchanged, done.Bad)
	return errors.Join(outcome(ctx, done, err), wrote)
}

// outcome says what the exit status rests on.
func outcome(ctx context.Context, done orders.Result, err error) error {
	var bad *orders.LineError
	switch {
	case errors.As(err, &bad):
		return fmt.Errorf("stopped at line %d: --strict records nothing after a bad line", bad.Line)
	case ctx.Err() != nil:
		return errors.New("stopped: run the import again to go on")
	case err != nil:
		return err
	case done.Bad > 0:
		return errTold
	}
	return nil
}

// open opens the file and tells its size, 0 where it has none.
func (c importCmd) open(p program) (io.ReadCloser, int64, error) {
	if c.File == "-" {
		return io.NopCloser(p.in), 0, nil
	}
	file, err := os.Open(c.File)
	if err != nil {
		return nil, 0, fmt.Errorf("the file cannot be read: %w", err)
	}
	about, err := file.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, file.Close())
	}
	return file, about.Size(), nil
}

// teller tells bad lines, and on a terminal how far the import has come.
type teller struct {
	to   io.Writer
	bars *mpb.Progress
	bar  *mpb.Bar
}

func newTeller(to io.Writer, size int64) *teller {
	if size == 0 || !onTerminal(to) {
		return &teller{to: to}
	}
	bars := mpb.New(mpb.WithOutput(to), mpb.WithWidth(40))
	bar := bars.AddBar(size, mpb.PrependDecorators(decor.Percentage(decor.WCSyncSpace)),
		mpb.AppendDecorators(decor.CountersKibiByte("% .1f / % .1f")))
	return &teller{to: bars, bars: bars, bar: bar} // what is written to bars appears above the bar
}

// onTerminal tells whether somebody watches what is written there.
func onTerminal(to io.Writer) bool {
	file, ok := to.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// bad tells a line that was not recorded, by its number and the field.
func (t *teller) bad(b orders.LineError) {
	where := fmt.Sprintf("line %d: ", b.Line)
	if len(b.Fault.Field) > 0 {
		where += strings.Join(b.Fault.Field, ".") + ": "
	}
	_, _ = fmt.Fprintln(t.to, where+b.Fault.Say) // the count at the end tells it as well
}

func (t *teller) progress(p orders.Progress) {
	if t.bar != nil {
		t.bar.SetCurrent(p.Bytes)
	}
}

// end takes the bar down, whether or not the import came to its end.
func (t *teller) end() {
	if t.bar != nil {
		t.bar.Abort(false)
		t.bars.Wait()
	}
}
