package orders

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/store"
)

// The size of a batch: what is recorded in one transaction, and what is held in memory. The first bound that is reached
// ends it.
const (
	batchLines = 200
	batchBytes = 4 << 20
)

// Importer records orders from JSON Lines: one order a line, each in the shape of RecordInput (see Schema). Every line
// stands for itself: one that is wrong is told, and the others are recorded. A file that was imported before, or an import
// that was cut off, can be imported again: what is on record is left as it is.
type Importer struct {
	Orders *Service
	// Strict stops at the first line that is wrong: what stands before it is recorded, nothing after it.
	Strict bool
	// Bad is told of each line that is wrong, in the order of the file. It may be nil.
	Bad func(LineError)
	// Progress is told how far the import has come, after each batch. It may be nil.
	Progress func(Progress)
}

// LineError is a line that was not recorded, and why. It holds nothing of the line but names of keys and sums of money.
type LineError struct {
	Line  int // from 1
	Fault *fault.Error
}

// Error says line, field and reason, as in "line 12, items.0.paid: The amount must be in USD.".
func (b *LineError) Error() string {
	if len(b.Fault.Field) == 0 {
		return fmt.Sprintf("line %d: %s", b.Line, b.Fault.Say)
	}
	return fmt.Sprintf("line %d, %s: %s", b.Line, strings.Join(b.Fault.Field, "."), b.Fault.Say)
}

// Unwrap gives the fault.
func (b *LineError) Unwrap() error { return b.Fault }

// Progress is how much of the file has been dealt with.
type Progress struct {
	Bytes int64
	Lines int // blank ones included
}

// Result counts the orders of an import. Read is the sum of the others.
type Result struct {
	Read      int
	Recorded  int // new on record
	Unchanged int // on record before, with the same contents
	Bad       int
}

// Import reads to the end and counts what it did; the counts hold beside an error, too. Errors: *LineError where Strict
// stopped it; the context's, once it is done, between two batches; the reader's; what keeps the database from recording
// anything. It asks for the right to record orders first.
func (im *Importer) Import(ctx context.Context, from io.Reader) (Result, error) {
	by, err := auth.May(ctx, auth.RecordOrder)
	if err != nil {
		return Result{}, err
	}
	run := &run{Importer: im, by: by, lines: newLines(heeding{ctx, from})}
	for {
		if ctx.Err() != nil {
			return run.done, context.Cause(ctx)
		}
		batch, end := run.read()
		if end != nil && !errors.Is(end, io.EOF) && ctx.Err() == nil {
			return run.done, fmt.Errorf("the file cannot be read on after line %d: %w", run.lines.number, end)
		}
		if err := run.finish(ctx, batch); err != nil || errors.Is(end, io.EOF) {
			return run.done, err
		}
	}
}

// heeding is a reader that ends once the context is done: a stretch of a file that fills no batch is left as well.
type heeding struct {
	ctx  context.Context //nolint:containedctx // a reader has no other way to know
	from io.Reader
}

// Read reads, unless the context is done.
func (h heeding) Read(into []byte) (int, error) {
	if h.ctx.Err() != nil {
		return 0, context.Cause(h.ctx)
	}
	return h.from.Read(into)
}

// run is one import under way.
type run struct {
	*Importer

	by    auth.Principal
	lines *lines
	done  Result
}

// numbered is a line of the file on its way into the books.
type numbered struct {
	entry

	line int
	kept bool // its transaction is committed
}

// read reads a batch. What is wrong with a line by itself is found here. The error is io.EOF with the last batch.
func (r *run) read() (batch []*numbered, err error) {
	until := r.lines.bytes + batchBytes
	for len(batch) < batchLines && r.lines.bytes < until {
		text, err := r.lines.next()
		if err != nil {
			return batch, err
		}
		n := &numbered{line: r.lines.number}
		n.sale, n.bad = sound(text)
		batch = append(batch, n)
		if n.bad != nil && r.Strict {
			break
		}
	}
	return batch, nil
}

// sound reads a line as far as it can be judged by itself.
func sound(text []byte) (*sale, error) {
	if text == nil {
		return nil, fault.Bad(fault.CodeInvalid, "", "The line is longer than %d bytes.", maxLine)
	}
	in, err := parse(text)
	if err != nil {
		return nil, err
	}
	return read(in)
}

// finish records a batch, counts it and tells of it. A batch that has begun is finished even where the context is done.
func (r *run) finish(ctx context.Context, batch []*numbered) error {
	var good []*numbered
	for _, n := range batch {
		if n.bad == nil {
			good = append(good, n)
		}
	}
	failed := r.put(context.WithoutCancel(ctx), good)
	var first *LineError
	for _, n := range batch {
		bad := r.count(n)
		if first == nil {
			first = bad
		}
		if r.Strict && first != nil {
			break
		}
	}
	if failed != nil {
		return failed
	}
	if r.Progress != nil {
		r.Progress(Progress{Bytes: r.lines.bytes, Lines: r.lines.number})
	}
	if r.Strict && first != nil {
		return first
	}
	return nil
}

// count counts a line that is done with, and tells of it where it is wrong.
func (r *run) count(n *numbered) *LineError {
	switch {
	case n.bad != nil:
		r.done.Bad++
	case !n.kept:
		return nil
	case n.fresh:
		r.done.Recorded++
	default:
		r.done.Unchanged++
	}
	r.done.Read++
	if n.bad == nil {
		return nil
	}
	bad := &LineError{Line: n.line, Fault: fault.From(n.bad)}
	if r.Bad != nil {
		r.Bad(*bad)
	}
	return bad
}

// put records orders in one transaction, and where one of them spoils it, each in one of its own.
func (r *run) put(ctx context.Context, good []*numbered) error {
	if len(good) == 0 {
		return nil
	}
	err := r.commit(ctx, good)
	if err == nil || !itsOwn(err) {
		return err
	}
	for _, n := range good {
		err := r.commit(ctx, []*numbered{n})
		switch {
		case err == nil:
		case !itsOwn(err):
			return err
		default:
			n.bad = err
		}
		if n.bad != nil && r.Strict {
			return nil
		}
	}
	return nil
}

// itsOwn tells whether an error lies with an order and not with the database: the others can still be recorded.
func itsOwn(err error) bool {
	return fault.From(err).Kind == fault.Conflict || ent.IsValidationError(err) || ent.IsConstraintError(err)
}

// commit records orders in one transaction. Where Strict finds one of them wrong, only those before it are recorded.
func (r *run) commit(ctx context.Context, good []*numbered) error {
	entries := make([]*entry, len(good))
	stop := -1
	err := r.Orders.inTx(ctx, func(ctx context.Context, tx store.Tx) error {
		for i, n := range good {
			n.entry = entry{sale: n.sale}
			entries[i] = &n.entry
		}
		if err := (&clerk{Service: r.Orders, tx: tx, by: r.by}).record(ctx, entries); err != nil {
			return err
		}
		stop = firstBad(entries)
		if r.Strict && stop >= 0 {
			return errStopped
		}
		return nil
	})
	if errors.Is(err, errStopped) {
		return r.commitBefore(ctx, good, stop)
	}
	if err != nil {
		return err
	}
	for _, n := range good {
		n.kept = true
	}
	return nil
}

// errStopped rolls a batch back that Strict must not record as a whole.
var errStopped = errors.New("stopped at a line that is wrong")

// commitBefore records the orders that stand before the wrong one.
func (r *run) commitBefore(ctx context.Context, good []*numbered, wrong int) error {
	if wrong == 0 {
		return nil
	}
	return r.commit(ctx, good[:wrong])
}

func firstBad(entries []*entry) int {
	for i, e := range entries {
		if e.bad != nil {
			return i
		}
	}
	return -1
}
