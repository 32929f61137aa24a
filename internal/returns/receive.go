package returns

import (
	"context"
	"strconv"
	"time"

	"github.com/vysero/returns/ent"
	entlabel "github.com/vysero/returns/ent/label"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/policy"
)

// Receive records what came back, in one or more parts. Units that are lost, or in whose place something else came, are
// judged at once (A36): there is nothing to inspect.
func (s *Service) Receive(ctx context.Context, in ReceiveInput) (*ent.ReturnRequest, error) {
	st := step{do: lifecycle.Receive, id: in.ID, revision: in.Revision}
	return s.change(ctx, st, func(ctx context.Context, c *change) error {
		if err := c.claimAgain(ctx); err != nil {
			return err
		}
		after := c.ret.RequestedAt
		if c.ret.HandedOverAt != nil {
			after = *c.ret.HandedOverAt
		}
		at, err := occurred(in.ReceivedAt, c.Now, after, "receivedAt")
		if err != nil {
			return err
		}
		if len(in.Lines) == 0 {
			return fault.Bad(fault.CodeRequired, "lines", "Say for each line what came.")
		}
		for i, l := range in.Lines {
			if err := c.receiveLine(ctx, l, at); err != nil {
				return fault.From(err).At("lines", strconv.Itoa(i))
			}
		}
		c.progress()
		return nil
	})
}

// receiveLine records what came of one line.
func (c *change) receiveLine(ctx context.Context, in ReceivedLine, at time.Time) error {
	line, err := c.line(in.LineID, "lineId")
	if err != nil {
		return err
	}
	left := line.Quantity - line.UnitsBack
	counts := map[string]int{}
	for field, n := range map[string]*int{"received": in.Received, "lost": in.Lost, "otherArrived": in.OtherArrived} {
		if n == nil {
			continue
		}
		if *n < 0 || *n > left {
			return fault.Bad(fault.CodeQuantity, field, "Of this line %d units are still to come back.", left)
		}
		counts[field] = *n
	}
	total := counts["received"] + counts["lost"] + counts["otherArrived"]
	if total < 1 || total > left {
		return fault.Bad(fault.CodeQuantity, "received", "Of this line %d units are still to come back.", left)
	}
	if counts["received"]+counts["otherArrived"] > 0 {
		c.arrived(at)
	}
	line.UnitsBack += total
	if err := c.ReturnLine.UpdateOneID(line.ID).SetUnitsBack(line.UnitsBack).Exec(ctx); err != nil {
		return err
	}
	c.after["line "+line.ID] = counts
	for _, gone := range []struct {
		fate  policy.Fate
		units int
	}{{policy.Lost, counts["lost"]}, {policy.OtherArrived, counts["otherArrived"]}} {
		if gone.units == 0 {
			continue
		}
		found := finding{line: line, units: gone.units, at: at, facts: policy.Inspection{Fate: gone.fate, LabelWasOurs: c.underOurLabel(line)}}
		if err := c.judge(ctx, found); err != nil {
			return err
		}
	}
	return nil
}

// underOurLabel tells whether the line went back under the label that we gave: it is one that S1 gives a label, and the
// carrier was handed a parcel with that label's number.
func (c *change) underOurLabel(line *ent.ReturnLine) bool {
	lab := c.ret.Edges.Label
	return lab != nil && lab.State == entlabel.StateREADY && policy.PrepaidLabel(line.Reason) &&
		c.ret.HandedOverAt != nil && c.ret.Tracking == lab.Tracking
}

// arrived notes that something is here. What was never scanned counts as handed over when it came (A3).
func (c *change) arrived(at time.Time) {
	if c.ret.HandedOverAt == nil {
		c.SetHandedOverAt(at)
		c.ret.HandedOverAt = &at
	}
	if c.ret.ReceivedAt == nil || at.After(*c.ret.ReceivedAt) {
		c.SetReceivedAt(at)
		c.ret.ReceivedAt = &at
	}
}

// progress moves the return to INSPECTED once every unit is back and judged.
func (c *change) progress() {
	c.to = lifecycle.Inspected
	for _, line := range c.ret.Edges.Lines {
		if line.UnitsJudged < line.Quantity {
			c.to = lifecycle.Received
		}
	}
}
