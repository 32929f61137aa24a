package terms

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/event"
	"github.com/vysero/returns/ent/inspection"
	"github.com/vysero/returns/ent/returnline"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/policy"
)

// Difference is a record that would be decided otherwise today.
type Difference struct {
	Where string // the line or the inspection, by its id; of a verdict in the log the event's id, and the line's
	Of    Subject
	// Unknown tells that the terms which the record names are in no edition: it cannot be made again.
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
	Verdicts    int // of lines of returns: the latest of each, and those in the log that it took the place of
	Judgements  int // inspections
	Differences int // records that would be decided otherwise, or that cannot be made again
	Reworded    int // records that say the same in other words, which is no difference
}

// Replay makes every verdict and every judgement again, from the facts and the terms that are on record with it, and
// compares: also the verdicts in the log that later ones took the place of. A difference is a change of the rules that reaches
// back, or a record that was tampered with. Whether later terms answered is not looked at: the terms that did are named by the
// record. It changes nothing and holds few rows at once.
func (s *Service) Replay(ctx context.Context, in ReplayInput) (Replayed, error) {
	ctx = auth.AsSystem(ctx)
	r := &replay{client: s.DB.Client, found: in.Found}
	book, err := s.load(ctx)
	switch {
	case err == nil:
		r.book = book
	case !errors.Is(err, policy.ErrNoEdition): // without an edition nothing can be made again, which is told of each record
		return r.done, err
	}
	if err := r.lines(ctx); err != nil {
		return r.done, err
	}
	if err := r.events(ctx); err != nil {
		return r.done, err
	}
	return r.done, r.inspections(ctx)
}

type replay struct {
	client *ent.Client
	book   *policy.Book // nil where nothing was published
	found  func(Difference)
	done   Replayed
}

func (r *replay) lines(ctx context.Context) error {
	for after := ""; ; {
		page, err := r.client.ReturnLine.Query().Where(returnline.IDGT(after)).Order(returnline.ByID()).Limit(onePage).All(ctx)
		if err != nil {
			return err
		}
		for _, line := range page {
			r.done.Verdicts++
			r.line(line)
		}
		if len(page) < onePage {
			return nil
		}
		after = page[len(page)-1].ID
	}
}

func (r *replay) line(line *ent.ReturnLine) {
	d := Difference{Where: line.ID, Of: OfRequest}
	inForce := line.Outcome
	if line.Overridden { // what staff put in its place is theirs
		inForce = line.Verdict.Outcome
	}
	kept := head{outcome: string(inForce), version: line.TermsVersion, digest: line.TermsDigest}
	then := verdictTraits(line.Verdict)
	r.compare(d, kept, then, func(t *policy.Terms) traits { return verdictTraits(policy.Decide(t, line.Facts)) })
}

// events goes through the log for the verdicts that others took the place of.
func (r *replay) events(ctx context.Context) error {
	for after := ""; ; {
		page, err := r.client.Event.Query().Where(event.IDGT(after), event.BeforeNotNil()).Order(event.ByID()).Limit(onePage).All(ctx)
		if err != nil {
			return err
		}
		for _, e := range page {
			if err := r.event(e); err != nil {
				return err
			}
		}
		if len(page) < onePage {
			return nil
		}
		after = page[len(page)-1].ID
	}
}

func (r *replay) event(e *ent.Event) error {
	replaced, err := e.Replaced()
	if err != nil {
		return fmt.Errorf("event %s cannot be read: %w", e.ID, err)
	}
	for _, line := range slices.Sorted(maps.Keys(replaced)) {
		was := replaced[line]
		r.done.Verdicts++
		then := verdictTraits(was.Verdict)
		r.compare(Difference{Where: e.ID + " " + line, Of: OfRequest}, then.head, then,
			func(t *policy.Terms) traits { return verdictTraits(policy.Decide(t, was.Facts)) })
	}
	return nil
}

func (r *replay) inspections(ctx context.Context) error {
	for after := ""; ; {
		page, err := r.client.Inspection.Query().Where(inspection.IDGT(after)).Order(inspection.ByID()).Limit(onePage).All(ctx)
		if err != nil {
			return err
		}
		for _, ins := range page {
			r.done.Judgements++
			r.inspection(ins)
		}
		if len(page) < onePage {
			return nil
		}
		after = page[len(page)-1].ID
	}
}

func (r *replay) inspection(ins *ent.Inspection) {
	d := Difference{Where: ins.ID, Of: OfInspection}
	inForce := ins.Outcome
	if ins.Overridden {
		inForce = ins.Judgement.Outcome
	}
	kept := head{outcome: string(inForce), version: ins.TermsVersion, digest: ins.TermsDigest}
	then := judgementTraits(ins.Judgement)
	r.compare(d, kept, then, func(t *policy.Terms) traits { return judgementTraits(policy.Judge(t, ins.Facts)) })
}

// compare holds a record against the same made again: the columns beside it, what was written down, and what it would be.
func (r *replay) compare(d Difference, kept head, then traits, again func(*policy.Terms) traits) {
	var by *policy.Terms
	known := false
	if r.book != nil {
		by, known = r.book.ByDigest(kept.digest)
	}
	if !known {
		d.Unknown = true
		d.Say = []string{fmt.Sprintf("no edition has the terms that it names: version %s, digest %s", kept.version, kept.digest)}
		r.tell(d)
		return
	}
	now := again(by)
	d.Say = append(kept.unlike(then.head, "by what was written down with it"), then.unlike(now, "now")...)
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
