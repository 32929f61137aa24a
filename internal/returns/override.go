package returns

import (
	"context"
	"slices"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/policy"
)

// Override puts another outcome in the place of a line's verdict, before approval, or of an inspection's judgement, before
// it is settled. The verdict and the judgement themselves stay on record; the reason is kept with the event.
func (s *Service) Override(ctx context.Context, in OverrideInput) (*ent.ReturnRequest, error) {
	st := step{do: lifecycle.Override, id: in.ID, revision: in.Revision, reason: in.Reason}
	return s.change(ctx, st, func(ctx context.Context, c *change) error {
		if _, err := needed(in.Reason, maxText, "reason"); err != nil {
			return err
		}
		switch {
		case in.LineID != nil && in.Outcome != nil && in.InspectionID == nil && in.InspectionOutcome == nil:
			return c.overrideVerdict(ctx, *in.LineID, *in.Outcome)
		case in.InspectionID != nil && in.InspectionOutcome != nil && in.LineID == nil && in.Outcome == nil:
			return c.overrideJudgement(ctx, *in.InspectionID, *in.InspectionOutcome)
		}
		return fault.Bad(fault.CodeInvalid, "", "Give lineId with outcome, or inspectionId with inspectionOutcome.")
	})
}

func (c *change) overrideVerdict(ctx context.Context, lineID string, to policy.Outcome) error {
	if c.ret.State != lifecycle.Requested && c.ret.State != lifecycle.AwaitingEvidence {
		return fault.Clash(fault.CodeState, "The return is approved: its judgements can be replaced, its verdicts no more.")
	}
	line, err := c.line(lineID, "lineId")
	if err != nil {
		return err
	}
	if to != policy.Eligible && to != policy.NotEligible {
		return fault.Bad(fault.CodeInvalid, "outcome", "Staff decide for ELIGIBLE or NOT_ELIGIBLE.")
	}
	c.before["outcome "+line.ID], c.after["outcome "+line.ID] = line.Outcome, to
	return c.ReturnLine.UpdateOneID(line.ID).SetOutcome(to).SetOverridden(true).Exec(ctx)
}

func (c *change) overrideJudgement(ctx context.Context, inspectionID string, to policy.InspectionOutcome) error {
	ins, err := c.unsettled(inspectionID)
	if err != nil {
		return err
	}
	choices := []policy.InspectionOutcome{policy.RefundInFull, policy.NoRefund, policy.WarrantyCase}
	if len(ins.Judgement.Fees) > 0 {
		choices = append(choices, policy.RefundLess)
	}
	if !slices.Contains(choices, to) {
		return fault.Bad(fault.CodeInvalid, "inspectionOutcome", "Staff decide for one of %v here.", choices)
	}
	c.before["outcome "+ins.ID], c.after["outcome "+ins.ID] = ins.Outcome, to
	c.owe(ins.InspectedAt, to)
	return c.Inspection.UpdateOneID(ins.ID).SetOutcome(to).SetOverridden(true).Exec(ctx)
}

// unsettled finds an inspection of the return whose units are not settled yet.
func (c *change) unsettled(id string) (*ent.Inspection, error) {
	for _, line := range c.ret.Edges.Lines {
		for _, ins := range line.Edges.Inspections {
			if ins.ID != id {
				continue
			}
			if ins.Settled {
				return nil, fault.Clash(fault.CodeState, "These units are settled already.")
			}
			return ins, nil
		}
	}
	return nil, fault.Missing("inspectionId", "inspection in this return")
}

// ReduceFee lowers a restocking fee, per unit, or waives it: never raises it (A17).
func (s *Service) ReduceFee(ctx context.Context, in FeeInput) (*ent.ReturnRequest, error) {
	st := step{do: lifecycle.ReduceFee, id: in.ID, revision: in.Revision, reason: in.Reason}
	return s.change(ctx, st, func(ctx context.Context, c *change) error {
		if _, err := needed(in.Reason, maxText, "reason"); err != nil {
			return err
		}
		ins, err := c.unsettled(in.InspectionID)
		if err != nil {
			return err
		}
		fee, err := in.Fee.In(c.ret.Edges.Order.Currency, "fee")
		if err != nil {
			return err
		}
		now := feeNow(ins)
		if ins.Outcome != policy.RefundLess || fee > now {
			return fault.Bad(fault.CodeAmount, "fee", "A fee can only be lowered: it is %s now.", c.amount(now)).Under("A17")
		}
		c.before["fee "+ins.ID], c.after["fee "+ins.ID] = now, fee
		return c.Inspection.UpdateOneID(ins.ID).SetFeeAtMostMinor(fee).Exec(ctx)
	})
}

// feeNow is the fee per unit as it stands, in minor units.
func feeNow(ins *ent.Inspection) int64 {
	if ins.FeeAtMostMinor != nil {
		return *ins.FeeAtMostMinor
	}
	var sum int64
	for _, fee := range ins.Judgement.Fees {
		sum += fee.Minor
	}
	return sum
}
