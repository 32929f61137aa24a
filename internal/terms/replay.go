package terms

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/edition"
	"github.com/vysero/returns/ent/event"
	"github.com/vysero/returns/ent/inspection"
	"github.com/vysero/returns/ent/refusal"
	"github.com/vysero/returns/ent/returnline"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/policy"
)

// Difference is a record that would be decided otherwise today, or an edition that is not what was published.
type Difference struct {
	// Where is the line, the refusal, the inspection or the edition, by its id; of a verdict in the log the event's id, and
	// the line's.
	Where string
	// Unknown tells that the terms which the record names are in no edition that is as it was published: it cannot be made
	// again.
	Unknown bool
	Say     []string // what is on record and what would be, each by its name
}

// String is the difference on one line.
func (d Difference) String() string { return d.Where + ": " + strings.Join(d.Say, "; ") }

// ReplayInput says who wants to know.
type ReplayInput struct {
	// Found is told of each difference, as it is found.
	Found func(Difference)
}

// Replayed counts what a replay looked at.
type Replayed struct {
	Editions    int // that were published
	Verdicts    int // of lines of returns: the latest of each, and those in the log that it took the place of
	Refusals    int // lines of requests that were refused, and that were not filed
	Judgements  int // inspections
	Differences int // records that would be decided otherwise, or that cannot be made again; editions that are not as published
	Reworded    int // records that say the same in other words, which is no difference
}

// Replay makes every verdict and every judgement again, from the facts and the terms that are on record with it, and
// compares: those of returns, those in the log that later ones took the place of, and those of requests that were refused. A
// difference is a change of the rules that reaches
// back, or a record that was tampered with; and so is an edition whose document has another digest than it was published
// with, by which nothing is made again. Whether later terms answered is not looked at: the terms that did are named by the
// record. It changes nothing and holds few rows at once.
func (s *Service) Replay(ctx context.Context, in ReplayInput) (Replayed, error) {
	ctx = auth.AsSystem(ctx)
	r := &replay{client: s.DB.Client, found: in.Found, terms: map[string]*policy.Terms{}}
	for _, part := range []func(context.Context) error{r.editions, r.lines, r.events, r.refusals, r.inspections} {
		if err := part(ctx); err != nil {
			return r.done, err
		}
	}
	return r.done, nil
}

type replay struct {
	client *ent.Client
	terms  map[string]*policy.Terms // that are as they were published, by their digests
	found  func(Difference)
	done   Replayed
}

// editions holds what was published against its digests.
func (r *replay) editions(ctx context.Context) error {
	rows, err := r.client.Edition.Query().Where(edition.StateEQ(edition.StatePUBLISHED)).Order(edition.ByNumber()).All(ctx)
	if err != nil {
		return err
	}
	for _, row := range rows {
		r.done.Editions++
		t, err := asPublished(row)
		if err != nil {
			r.tell(Difference{Where: row.ID, Say: []string{fmt.Sprintf("edition %d %s", *row.Number, err)}})
			continue
		}
		r.terms[row.Digest] = t
	}
	return nil
}

// named finds terms that are as they were published.
func (r *replay) named(digest string) (*policy.Terms, bool) {
	t, known := r.terms[digest]
	return t, known
}

// pages reads rows after rows, by their ids, and hands each over.
func pages[T any](next func(after string) ([]T, error), id func(T) string, each func(T)) error {
	for after := ""; ; {
		page, err := next(after)
		if err != nil {
			return err
		}
		for _, row := range page {
			each(row)
		}
		if len(page) < onePage {
			return nil
		}
		after = id(page[len(page)-1])
	}
}

func (r *replay) lines(ctx context.Context) error {
	return pages(func(after string) ([]*ent.ReturnLine, error) {
		return r.client.ReturnLine.Query().Where(returnline.IDGT(after)).Order(returnline.ByID()).Limit(onePage).All(ctx)
	}, func(line *ent.ReturnLine) string { return line.ID }, r.line)
}

func (r *replay) line(line *ent.ReturnLine) {
	r.done.Verdicts++
	inForce := line.Outcome
	if line.Overridden { // what staff put in its place is theirs
		inForce = line.Verdict.Outcome
	}
	r.verdict(line.ID, head{outcome: string(inForce), version: line.TermsVersion, digest: line.TermsDigest}, line.Verdict, line.Facts)
}

// events goes through the log for the verdicts that others took the place of.
func (r *replay) events(ctx context.Context) error {
	return pages(func(after string) ([]*ent.Event, error) {
		return r.client.Event.Query().Where(event.IDGT(after), event.BeforeNotNil()).Order(event.ByID()).Limit(onePage).All(ctx)
	}, func(e *ent.Event) string { return e.ID }, r.event)
}

func (r *replay) event(e *ent.Event) {
	replaced, err := e.Replaced()
	if err != nil {
		r.done.Differences++
		r.found(Difference{Where: e.ID, Say: []string{fmt.Sprintf("the verdicts in it cannot be read: %v", err)}})
	}
	for _, line := range slices.Sorted(maps.Keys(replaced)) {
		was := replaced[line]
		r.done.Verdicts++
		r.verdict(e.ID+" "+line, verdictTraits(was.Verdict).head, was.Verdict, was.Facts)
	}
}

func (r *replay) refusals(ctx context.Context) error {
	return pages(func(after string) ([]*ent.Refusal, error) {
		return r.client.Refusal.Query().Where(refusal.IDGT(after)).Order(refusal.ByID()).Limit(onePage).All(ctx)
	}, func(row *ent.Refusal) string { return row.ID }, r.refusal)
}

func (r *replay) refusal(row *ent.Refusal) {
	r.done.Refusals++
	named := slices.ContainsFunc(row.Verdict.Findings, func(f policy.Finding) bool {
		return f.ID() == row.Clause && f.Effect != policy.Passes && f.Effect != policy.Silent
	})
	var say []string
	if !named {
		say = []string{fmt.Sprintf("clause: %s on record, which by what was written down with it speaks against nothing", row.Clause)}
	}
	r.verdict(row.ID, head{outcome: string(row.Outcome), version: row.TermsVersion, digest: row.TermsDigest}, row.Verdict, row.Facts, say...)
}

// verdict holds a verdict against the same made again, beside what was found of it before.
func (r *replay) verdict(where string, kept head, then policy.Verdict, f policy.Facts, say ...string) {
	r.compare(Difference{Where: where, Say: say}, kept, verdictTraits(then), func() (traits, bool) {
		then.TermsDigest = kept.digest
		now, known := policy.Again(then, f, r.named)
		return verdictTraits(now), known
	})
}

func (r *replay) inspections(ctx context.Context) error {
	return pages(func(after string) ([]*ent.Inspection, error) {
		return r.client.Inspection.Query().Where(inspection.IDGT(after)).Order(inspection.ByID()).Limit(onePage).All(ctx)
	}, func(ins *ent.Inspection) string { return ins.ID }, r.inspection)
}

func (r *replay) inspection(ins *ent.Inspection) {
	r.done.Judgements++
	inForce := ins.Outcome
	if ins.Overridden {
		inForce = ins.Judgement.Outcome
	}
	kept := head{outcome: string(inForce), version: ins.TermsVersion, digest: ins.TermsDigest}
	r.compare(Difference{Where: ins.ID}, kept, judgementTraits(ins.Judgement), func() (traits, bool) {
		t, known := r.named(kept.digest)
		if !known {
			return traits{}, false
		}
		return judgementTraits(policy.Judge(t, ins.Facts)), true
	})
}

// compare holds a record against the same made again: the columns beside it, what was written down, and what it would be.
func (r *replay) compare(d Difference, kept head, then traits, again func() (now traits, known bool)) {
	now, known := again()
	if !known {
		d.Unknown = true
		d.Say = []string{fmt.Sprintf("no edition has the terms that it names: version %s, digest %s", kept.version, kept.digest)}
		r.tell(d)
		return
	}
	d.Say = append(d.Say, append(kept.unlike(then.head, "by what was written down with it"), then.unlike(now, "now")...)...)
	switch {
	case len(d.Say) > 0:
		r.tell(d)
	case then.words != now.words:
		r.done.Reworded++
	}
}

func (r *replay) tell(d Difference) {
	r.done.Differences++
	if r.found != nil {
		r.found(d)
	}
}
