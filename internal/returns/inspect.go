package returns

import (
	"context"
	"strconv"
	"time"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/photo"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/policy"
)

// Inspect records what was found on units that came, and judges them by the terms.
func (s *Service) Inspect(ctx context.Context, in InspectInput) (*ent.ReturnRequest, error) {
	st := step{do: lifecycle.Inspect, id: in.ID, revision: in.Revision}
	return s.change(ctx, st, func(ctx context.Context, c *change) error {
		if len(in.Findings) == 0 {
			return fault.Bad(fault.CodeRequired, "findings", "Say what was found.")
		}
		if c.ret.ReceivedAt == nil {
			return fault.Clash(fault.CodeState, "Nothing has come back that could be inspected.")
		}
		at, err := occurred(in.InspectedAt, c.Now, *c.ret.ReceivedAt, "inspectedAt")
		if err != nil {
			return err
		}
		for i, f := range in.Findings {
			if err := c.inspectUnits(ctx, f, at); err != nil {
				return fault.From(err).At("findings", strconv.Itoa(i))
			}
		}
		c.progress()
		return nil
	})
}

// inspectUnits checks one finding and judges its units.
func (c *change) inspectUnits(ctx context.Context, in FoundInput, at time.Time) error {
	line, err := c.line(in.LineID, "lineId")
	if err != nil {
		return err
	}
	if left := line.UnitsBack - line.UnitsJudged; in.Units < 1 || in.Units > left {
		return fault.Bad(fault.CodeQuantity, "units", "Of this line %d units are here and not inspected.", left)
	}
	if err := pieces(in.Missing, line.Edges.Item, "missing"); err != nil {
		return err
	}
	note, err := words(in.Note, maxText, "note")
	if err != nil {
		return err
	}
	facts := policy.Inspection{
		Fate: policy.Arrived, Packaging: in.Packaging, Missing: in.Missing, MissingOnArrival: line.MissingOnArrival,
		Modified: in.Modified != nil && *in.Modified, DamagedOnPurpose: in.DamagedOnPurpose != nil && *in.DamagedOnPurpose,
	}
	switch {
	case facts.DamagedOnPurpose && note == "":
		return fault.Bad(fault.CodeRequired, "note", "Damage on purpose needs a note that says what was found.").Under("A33")
	case line.Reason.DOA() && in.Claim == nil:
		return fault.Bad(fault.CodeRequired, "claim", "Say whether the claim is confirmed.")
	case !line.Reason.DOA() && in.Claim != nil:
		return fault.Bad(fault.CodeInvalid, "claim", "A change of heart makes no claim.")
	case in.Claim != nil:
		facts.Claim = *in.Claim
	}
	if len(in.PhotoIDs) > maxPhotos {
		return fault.Bad(fault.CodePhotoLimit, "photoIds", "A finding takes at most %d photos.", maxPhotos)
	}
	return c.judge(ctx, finding{line: line, units: in.Units, at: at, note: note, facts: facts, photos: in.PhotoIDs})
}

// finding is a group of units with one fate, to be judged.
type finding struct {
	line  *ent.ReturnLine
	units int
	at    time.Time
	note  string
	facts policy.Inspection

	photos []string
}

// judge lets the policy say what becomes of the units, and writes it down with the facts that it rests on.
func (c *change) judge(ctx context.Context, f finding) error {
	facts := f.facts
	facts.Request = factsNow(c.ret, f.line)
	facts.HandedOverAt, facts.PackingList = c.ret.HandedOverAt, f.line.Edges.Item.PackingList
	if entered := c.ret.HandOverEnteredAt; entered != nil && facts.HandedOverAt != nil && entered.After(*facts.HandedOverAt) {
		facts.HandedOverAt, facts.HandOverSaidAt = entered, facts.HandedOverAt
	}
	facts.Inspector, facts.Note = c.who.ID, f.note
	j := c.book.Judge(facts, c.Now)
	id := c.s.NewID("ins")
	err := c.Inspection.Create().SetID(id).SetCustomerID(c.ret.CustomerID).SetLineID(f.line.ID).SetUnits(f.units).
		SetFate(facts.Fate).SetInspectedAt(f.at).SetInspector(c.who.ID).SetNote(f.note).SetFacts(facts).SetJudgement(j).
		SetOutcome(j.Outcome).SetTermsVersion(j.TermsVersion).SetTermsDigest(j.TermsDigest).Exec(ctx)
	if err != nil {
		return err
	}
	if err := c.show(ctx, id, f.photos); err != nil {
		return err
	}
	f.line.UnitsJudged += f.units
	if err := c.ReturnLine.UpdateOneID(f.line.ID).SetUnitsJudged(f.line.UnitsJudged).Exec(ctx); err != nil {
		return err
	}
	c.after["judged "+f.line.ID+" "+strconv.Itoa(f.line.UnitsJudged)] = j.Outcome
	c.owe(f.at, j.Outcome)
	return nil
}

// show attaches uploaded photos to a finding: each is of this customer's, and in no return yet.
func (c *change) show(ctx context.Context, inspectionID string, photos []string) error {
	for i, id := range photos {
		n, err := c.Photo.Update().
			Where(photo.ID(id), photo.CustomerID(c.ret.CustomerID), loose()).
			SetInspectionID(inspectionID).Save(ctx)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.Missing("", "photo that is not filed yet").At("photoIds", strconv.Itoa(i))
		}
	}
	return nil
}

// owe starts the clock of the refund (R2) where money or a decision is owed. What is owed earlier stays due earlier.
func (c *change) owe(inspectedAt time.Time, outcome policy.InspectionOutcome) {
	if c.ret.InspectedAt == nil || inspectedAt.After(*c.ret.InspectedAt) {
		c.SetInspectedAt(inspectedAt)
		c.ret.InspectedAt = &inspectedAt
	}
	if !pays(outcome) && outcome != policy.InspectionDoubt {
		return
	}
	received := inspectedAt
	if c.ret.ReceivedAt != nil {
		received = *c.ret.ReceivedAt
	}
	end := c.book.RefundBefore(c.ret.Edges.Order.PurchasedAt, received, inspectedAt)
	c.due.refund = earliest([]*policy.Deadline{c.due.refund, &end})
	c.SetRefundBefore(c.due.refund)
}
