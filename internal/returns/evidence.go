package returns

import (
	"context"
	"slices"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/photo"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/policy"
)

// AddPhotos files uploaded photos with a return. The request keeps its date (A28).
func (s *Service) AddPhotos(ctx context.Context, in PhotosInput) (*ent.ReturnRequest, error) {
	st := step{do: lifecycle.AddPhotos, id: in.ID, revision: in.Revision}
	return s.change(ctx, st, func(ctx context.Context, c *change) error {
		if len(in.PhotoIDs) == 0 {
			return fault.Bad(fault.CodeRequired, "photoIds", "Name at least one photo.")
		}
		if len(c.ret.Edges.Photos)+len(in.PhotoIDs) > maxPhotos {
			return fault.Bad(fault.CodePhotoLimit, "photoIds", "A return takes at most %d photos.", maxPhotos)
		}
		if err := attach(ctx, c.Tx, c.ret, in.PhotoIDs); err != nil {
			return err
		}
		c.after["photos"] = len(c.ret.Edges.Photos) + len(in.PhotoIDs)
		var err error
		if c.ret.Edges.Photos, err = c.Photo.Query().Where(photo.ReturnID(c.ret.ID)).All(ctx); err != nil {
			return err
		}
		return c.decideAgain(ctx)
	})
}

// RequestEvidence asks the customer for more, in words that they read.
func (s *Service) RequestEvidence(ctx context.Context, in EvidenceInput) (*ent.ReturnRequest, error) {
	st := step{do: lifecycle.RequestEvidence, id: in.ID, revision: in.Revision, reason: in.Message}
	return s.change(ctx, st, func(_ context.Context, c *change) error {
		message, err := needed(in.Message, maxText, "message")
		if err != nil {
			return err
		}
		c.SetOutcomeNote(message)
		c.to = lifecycle.AwaitingEvidence
		return nil
	})
}

// WaiveEvidence does without photos (A28). A proof of purchase is not waived but verified: see VerifyReceipt.
func (s *Service) WaiveEvidence(ctx context.Context, in ReasonInput) (*ent.ReturnRequest, error) {
	st := step{do: lifecycle.WaiveEvidence, id: in.ID, revision: in.Revision, reason: in.Reason}
	return s.change(ctx, st, func(ctx context.Context, c *change) error {
		if _, err := needed(in.Reason, maxText, "reason"); err != nil {
			return err
		}
		c.SetPhotosWaived(true)
		c.ret.PhotosWaived = true
		return c.decideAgain(ctx)
	})
}

// VerifyReceipt records that staff saw a proof of purchase for the order (A27).
func (s *Service) VerifyReceipt(ctx context.Context, in ReceiptInput) (*ent.ReturnRequest, error) {
	st := step{do: lifecycle.VerifyReceipt, id: in.ID, revision: in.Revision, reason: in.Note}
	return s.change(ctx, st, func(ctx context.Context, c *change) error {
		if _, err := needed(in.Note, maxText, "note"); err != nil {
			return err
		}
		if c.ret.Edges.Order.Proof == policy.NoProof {
			if err := c.Order.UpdateOneID(c.ret.OrderID).SetProof(policy.ReceiptVerified).Exec(ctx); err != nil {
				return err
			}
			c.ret.Edges.Order.Proof = policy.ReceiptVerified
		}
		return c.decideAgain(ctx)
	})
}

// verdicts asks the policy anew about every line with what is known now, and puts each answer on record with the facts that it
// rests on. The date of the request and what staff put in a verdict's place stay. The verdicts that were on record before the
// action go into its event: the line has the latest one, the log has all that were before it, and either can be made again.
func (c *change) verdicts(ctx context.Context) ([]asked, error) {
	lines := make([]asked, len(c.ret.Edges.Lines))
	earlier := make(map[string]ent.Decided, len(lines))
	for i, line := range c.ret.Edges.Lines {
		earlier[line.ID] = ent.Decided{Facts: line.Facts, Verdict: line.Verdict}
		f := factsNow(c.ret, line)
		v := c.book.Decide(f)
		lines[i] = asked{item: line.Edges.Item, facts: f, verdict: v}
		line.Facts, line.Verdict = f, v
		update := c.ReturnLine.UpdateOneID(line.ID).SetFacts(f).SetVerdict(v).SetTermsVersion(v.TermsVersion).SetTermsDigest(v.TermsDigest)
		if !line.Overridden {
			line.Outcome = v.Outcome
			update.SetOutcome(v.Outcome)
		}
		if err := update.Exec(ctx); err != nil {
			return nil, err
		}
	}
	if c.before[ent.Replaced] == nil { // an action that asks twice replaces what was there before the first time
		c.before[ent.Replaced] = earlier
	}
	c.after["outcomes"] = outcomes(lines)
	return lines, nil
}

// decideAgain asks about every line with the evidence that is there now, and moves the return on when nothing is missing any
// more.
func (c *change) decideAgain(ctx context.Context) error {
	lines, err := c.verdicts(ctx)
	if err != nil {
		return err
	}
	if c.ret.State == lifecycle.Requested {
		return nil
	}
	switch c.to = firstState(c.book, lines); {
	case c.to == lifecycle.Approved && c.do == lifecycle.VerifyReceipt && !overridden(c.ret):
		return c.approve(ctx, c.s.standardInstructions(), c.Now)
	case c.to == lifecycle.Approved: // staff had a hand in it: they look at it
		c.to = lifecycle.Requested
	}
	return nil
}

// overridden tells whether staff put an outcome in the place of one of the verdicts.
func overridden(r *ent.ReturnRequest) bool {
	return slices.ContainsFunc(r.Edges.Lines, func(l *ent.ReturnLine) bool { return l.Overridden })
}
