package returns

import (
	"context"
	"strings"
	"time"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/item"
	"github.com/vysero/returns/ent/label"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/policy"
)

// Approve gives instructions and, exactly where S1 says so, orders a prepaid label. The label comes from the carrier after
// the approval is written down; until then it is PENDING.
func (s *Service) Approve(ctx context.Context, in ApproveInput) (*ent.ReturnRequest, error) {
	unkeyed := in
	unkeyed.IdempotencyKey = ""
	u, err := useOf("returnApprove", in.IdempotencyKey, unkeyed)
	if err != nil {
		return nil, err
	}
	st := step{do: lifecycle.Approve, id: in.ID, revision: in.Revision, use: u}
	_, err = s.change(ctx, st, func(ctx context.Context, c *change) error {
		instructions, err := needed(in.Instructions, maxWords, "instructions")
		if err != nil {
			return err
		}
		at, err := occurred(in.InstructionsAt, c.Now, c.ret.RequestedAt, "instructionsAt")
		if err != nil {
			return err
		}
		return c.approve(ctx, instructions, at)
	})
	switch first := answered(err); {
	case first != nil:
	case err != nil:
		return nil, err
	default:
		s.labelNow(ctx, in.ID)
		u.done(ctx, s, auth.From(ctx))
	}
	return s.Get(ctx, in.ID)
}

// labelNow is the first try at a label, by whoever approved or asks anew. What they did stands whatever the carrier says: what does not
// come of it is left to the job.
func (s *Service) labelNow(ctx context.Context, returnID string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	_, _ = s.askCarrier(auth.AsSystem(ctx), returnID, now)
}

// approve moves a return to APPROVED, if every line may be approved: the terms, or staff in their place, allow it, and no
// evidence is missing. What it rests on is put on record as it is then.
func (c *change) approve(ctx context.Context, instructions string, at time.Time) error {
	c.ret.InstructionsAt = &at
	prepaid := false
	lines, err := c.verdicts(ctx)
	if err != nil {
		return err
	}
	ends := make([]*policy.Deadline, len(lines))
	for i, line := range c.ret.Edges.Lines {
		if err := approvable(line, lines[i].verdict); err != nil {
			return err
		}
		prepaid = prepaid || policy.PrepaidLabel(line.Reason)
		ends[i] = c.book.HandOverBefore(lines[i].facts, c.Now)
	}
	c.to = lifecycle.Approved
	c.SetInstructions(instructions).SetInstructionsAt(at)
	if c.due.handOver = earliest(ends); c.due.handOver != nil {
		c.SetHandOverBefore(c.due.handOver)
		c.after["handOverBefore"] = c.due.handOver.Before
	}
	c.after["prepaidLabel"] = prepaid
	if !prepaid || c.ret.Edges.Label != nil {
		return nil
	}
	id := c.s.NewID("lab")
	err = c.Label.Create().SetID(id).SetCustomerID(c.ret.CustomerID).SetReturnID(c.ret.ID).SetKey(id).
		SetState(label.StatePENDING).SetAskBefore(c.Now.Add(headStart)).SetOrderedAt(c.Now).SetStateAt(c.Now).Exec(ctx)
	if err != nil {
		return err
	}
	return c.s.queue(ctx, c.Tx, BuyLabel{ReturnID: c.ret.ID})
}

// approvable tells why a line cannot be approved yet. A doubt is settled by the approval itself: that is the review.
func approvable(line *ent.ReturnLine, v policy.Verdict) error {
	outcome := v.Outcome
	if line.Overridden {
		outcome = line.Outcome
	}
	switch {
	case line.Overridden && outcome == policy.NotEligible:
		return fault.Clash(fault.CodeRefused, "Staff decided that a line of this return is not eligible.")
	case outcome != v.Outcome && len(v.Missing()) > 0, len(v.Evidence) > 0, outcome == policy.AwaitingEvidence:
		return fault.Clash(fault.CodeEvidence, "Evidence is missing: ask for it, or do without it with a reason.").Under(firstOf(v.Deciding()))
	case outcome == policy.Eligible || outcome == policy.NeedsReview:
		return nil
	}
	e := refusal(v)
	e.Say += " Put another outcome in the verdict's place first, with a reason."
	return e
}

func firstOf(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	return ids[0]
}

// standardInstructions are what a customer reads whose request is approved at once.
func (s *Service) standardInstructions() string {
	return "Send the items back in their original packaging, with all parts, accessories and manuals, to:\n" +
		strings.Join(s.Depot, "\n") + "\nChoose a carrier, pay the postage, and tell us the tracking number."
}

// Decline ends a request, with a reason that the customer reads. Its units are free again. It is asked anew what the terms
// say; as long as a line is ELIGIBLE, by them or by staff in their place, it is POLICY_REFUSED: what the customer may do is taken
// from them by an override, which leaves a record, and by nothing else. A line in doubt is settled by the decline itself.
func (s *Service) Decline(ctx context.Context, in ReasonInput) (*ent.ReturnRequest, error) {
	st := step{do: lifecycle.Decline, id: in.ID, revision: in.Revision, reason: in.Reason}
	return s.change(ctx, st, func(ctx context.Context, c *change) error {
		reason, err := needed(in.Reason, maxText, "reason")
		if err != nil {
			return err
		}
		if _, err := c.verdicts(ctx); err != nil {
			return err
		}
		for _, line := range c.ret.Edges.Lines {
			if line.Outcome == policy.Eligible {
				return fault.Clash(fault.CodeRefused, "%s may be sent back: put another outcome in the verdict's place first, with a reason.",
					line.Edges.Item.Sku).Under(policy.E1)
			}
		}
		c.SetOutcomeNote(reason)
		return c.letGo(ctx, lifecycle.Declined)
	})
}

// Cancel takes a request back before the goods are handed over. Its units are free again. That is for the customer to do:
// staff who do it for them say how the customer wished it, in words that the customer reads, else it is REQUIRED.
func (s *Service) Cancel(ctx context.Context, in CancelInput) (*ent.ReturnRequest, error) {
	st := step{do: lifecycle.Cancel, id: in.ID, revision: in.Revision}
	if in.Reason != nil {
		st.reason = *in.Reason
	}
	return s.change(ctx, st, func(ctx context.Context, c *change) error {
		reason, err := words(in.Reason, maxText, "reason")
		if err != nil {
			return err
		}
		if c.who.Role != auth.Customer {
			if reason == "" {
				return fault.Bad(fault.CodeRequired, "reason", "Say how the customer wished it: only they take a return back.")
			}
			c.SetOutcomeNote(reason)
		}
		return c.letGo(ctx, lifecycle.Cancelled)
	})
}

// letGo ends a return before anything came back, frees its units, and gives its label back.
func (c *change) letGo(ctx context.Context, to lifecycle.State) error {
	c.to = to
	if err := c.dropLabel(ctx, to); err != nil {
		return err
	}
	for _, line := range c.ret.Edges.Lines {
		if err := c.free(ctx, line.ItemID, line.Quantity); err != nil {
			return err
		}
	}
	return nil
}

// claimAgain takes the units of a return that had expired back: its goods are on their way, or here.
func (c *change) claimAgain(ctx context.Context) error {
	if c.ret.State != lifecycle.Expired {
		return nil
	}
	for _, line := range c.ret.Edges.Lines {
		n, err := c.Item.Update().Where(item.ID(line.ItemID), item.UnitsClaimedLTE(line.Edges.Item.Quantity-line.Quantity)).
			AddUnitsClaimed(line.Quantity).Save(ctx)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.Clash(fault.CodeQuantity, "This return had expired, and its units are in another one by now: go on with that one.").Under("A37")
		}
	}
	return nil
}

// free gives units back: they may be asked for again (A37).
func (c *change) free(ctx context.Context, itemID string, units int) error {
	return c.Item.UpdateOneID(itemID).Where(item.UnitsClaimedGTE(units)).AddUnitsClaimed(-units).Exec(ctx)
}
