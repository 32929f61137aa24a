package reports

import (
	"cmp"
	"context"
	"slices"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/refusal"
	"github.com/vysero/returns/ent/returnline"
	"github.com/vysero/returns/ent/returnrequest"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/policy"
)

// turned is what a row of refusals is about.
type turned struct {
	stage   Stage
	outcome string
	clause  string
}

// refuses tells whether an outcome refuses: NOT_YET puts off, and WARRANTY sends elsewhere, at a request and at an inspection.
func refuses(outcome string) bool {
	return outcome != string(policy.NotYet) && outcome != string(policy.Warranty)
}

// refusals counts what was refused at the request, and not filed.
func (c *count) refusals(ctx context.Context) error {
	var rows []struct {
		Reason  policy.Reason `json:"reason"`
		Outcome string        `json:"outcome"`
		Clause  string        `json:"clause"`
		Count   int           `json:"count"`
	}
	err := c.client.Refusal.Query().Where(refusal.AskedAtGTE(c.in.From), refusal.AskedAtLT(c.in.To)).
		GroupBy(refusal.FieldReason, refusal.FieldOutcome, refusal.FieldClause).Aggregate(ent.Count()).Scan(ctx, &rows)
	for _, row := range rows {
		c.turned[turned{AtRequest, row.Outcome, row.Clause}] += row.Count
		if refuses(row.Outcome) {
			c.reasons[row.Reason].Refused += row.Count
			c.done.Refused += row.Count
		}
	}
	return err
}

// declined counts the lines that staff declined, page by page: what decided is written in a document.
func (c *count) declined(ctx context.Context) error {
	for last := ""; ; {
		page, err := c.client.ReturnLine.Query().
			Where(returnline.HasReturnWith(c.requested(), returnrequest.StateEQ(lifecycle.Declined)), returnline.IDGT(last)).
			Order(returnline.ByID()).Limit(c.pageSize).
			Select(returnline.FieldID, returnline.FieldOutcome, returnline.FieldOverridden, returnline.FieldVerdict).All(ctx)
		if err != nil {
			return err
		}
		for _, line := range page {
			clause := first(line.Verdict.Deciding())
			if line.Overridden {
				clause = ""
			}
			c.turned[turned{AtDecline, string(line.Outcome), clause}]++
		}
		if len(page) < c.pageSize {
			return nil
		}
		last = page[len(page)-1].ID
	}
}

// unpaid counts a line of which units were judged, and nothing was paid for them: once for each answer.
func (c *count) unpaid(line *ent.ReturnLine) {
	once := map[turned]bool{}
	for _, ins := range line.Edges.Inspections {
		at := turned{AtInspection, string(ins.Outcome), first(ins.Judgement.Deciding())}
		if ins.Overridden {
			at.clause = ""
		}
		switch ins.Outcome {
		case policy.NoRefund, policy.WarrantyCase:
			once[at] = true
		case policy.RefundLess: // a fee that left nothing
			if ins.Settled && ins.RefundID == nil {
				at.clause = policy.C2
				once[at] = true
			}
		case policy.RefundInFull, policy.InspectionDoubt:
		}
	}
	for at := range once {
		c.turned[at]++
	}
}

func first(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	return ids[0]
}

// clauses are the rows of refusals: stage by stage, the most first.
func (c *count) clauses() []ClauseRow {
	var rows []ClauseRow
	for at, n := range c.turned {
		row := ClauseRow{Stage: at.stage, Outcome: at.outcome, Clause: at.clause, Refused: n}
		if refuses(at.outcome) {
			row.Share = new(share(n, c.done.Lines+c.done.Refused))
		}
		rows = append(rows, row)
	}
	stages := []Stage{AtRequest, AtDecline, AtInspection}
	slices.SortFunc(rows, func(a, b ClauseRow) int {
		return cmp.Or(
			slices.Index(stages, a.Stage)-slices.Index(stages, b.Stage), b.Refused-a.Refused,
			cmp.Compare(a.Clause, b.Clause), cmp.Compare(a.Outcome, b.Outcome),
		)
	})
	return rows
}
