package returns

import (
	"context"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/money"
	"github.com/vysero/returns/internal/policy"
)

// ChecklistLine is what an inspector looks at on the units of one line that are here and not judged yet.
type ChecklistLine struct {
	Line   *ent.ReturnLine
	Units  int // that are here and not judged
	Checks []Check
}

// Check is one thing to look at, with its fee in the item's currency.
type Check struct {
	policy.Check

	Deducts *money.Amount // nil where nothing is deducted
}

// Checklist is what an inspector looks at, line by line, by the terms of the purchase and better ones since (A39); nil for who does not work for the
// shop. The lines bring their items along.
func (s *Service) Checklist(ctx context.Context, lines []*ent.ReturnLine) ([]*ChecklistLine, error) {
	if !auth.From(ctx).Staff() {
		return nil, nil
	}
	book, err := s.Terms(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]*ChecklistLine, len(lines))
	for i, line := range lines {
		it := line.Edges.Item
		l := &ChecklistLine{Line: line, Units: line.UnitsBack - line.UnitsJudged}
		for _, check := range book.Checklist(line.Facts.PurchasedAt, s.Now(), line.Reason, it.PackingList, line.MissingOnArrival) {
			c := Check{Check: check}
			if check.Fee != nil {
				c.Deducts = &money.Amount{Minor: *check.Fee, Currency: it.Currency}
			}
			l.Checks = append(l.Checks, c)
		}
		all[i] = l
	}
	return all, nil
}
