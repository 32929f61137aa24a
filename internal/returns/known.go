package returns

import (
	"context"
	"slices"
	"time"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/event"
	"github.com/vysero/returns/ent/returnline"
	"github.com/vysero/returns/ent/returnrequest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/policy"
)

// asKnown are the items of an order as a preview of an instant sees them: without the claims that were filed after it (A37),
// what these were refunded, and a proof of purchase that was verified after it (A27). They bring the order along; the
// caller's own stay as they are. What a claim of before has given up since counts as left: nothing is refused on a guess.
// Errors: INVALID_INPUT for an instant before the purchase.
func (s *Service) asKnown(ctx context.Context, o *ent.Order, items []*ent.Item, at time.Time) ([]*ent.Item, error) {
	if at.Before(o.PurchasedAt) {
		return nil, fault.Bad(fault.CodeInvalid, "", "asOf cannot be before the purchase, which was at %s.", o.PurchasedAt.Format(time.RFC3339))
	}
	then := *o
	seen := make([]*ent.Item, len(items))
	for i, it := range items {
		was := *it
		was.Edges.Order, seen[i] = &then, &was
	}
	if !at.Before(s.Now()) {
		return seen, nil
	}
	ctx = auth.AsSystem(ctx) // events are staff's, and the rows are of an order that the caller sees
	if o.Proof == policy.ReceiptVerified {
		verified, err := s.DB.Client.Event.Query().Where(event.OrderID(o.ID), event.Action(string(lifecycle.VerifyReceipt))).
			Order(event.ByAt()).First(ctx)
		switch {
		case ent.IsNotFound(err): // recorded so
		case err != nil:
			return nil, err
		case verified.At.After(at):
			then.Proof = policy.NoProof
		}
	}
	return seen, s.withoutLaterClaims(ctx, seen, at)
}

// withoutLaterClaims takes out of the items what returns hold that were filed after an instant.
func (s *Service) withoutLaterClaims(ctx context.Context, items []*ent.Item, at time.Time) error {
	var claimed []string
	for _, it := range items {
		if it.UnitsClaimed > 0 && !slices.Contains(claimed, it.ID) {
			claimed = append(claimed, it.ID)
		}
	}
	if len(claimed) == 0 {
		return nil
	}
	later, err := s.DB.Client.ReturnLine.Query().Where(
		returnline.ItemIDIn(claimed...),
		returnline.HasReturnWith(
			returnrequest.FiledAtGT(at), returnrequest.StateNotIn(lifecycle.Declined, lifecycle.Cancelled, lifecycle.Expired),
		),
	).WithInspections().All(ctx)
	for _, it := range items {
		for _, line := range later {
			if line.ItemID != it.ID {
				continue
			}
			it.UnitsClaimed -= line.Quantity
			for _, ins := range line.Edges.Inspections {
				switch {
				case !ins.Settled:
				case pays(ins.Outcome):
					it.UnitsRefunded -= ins.Units
				default:
					it.UnitsClaimed += ins.Units // which is free already
				}
			}
		}
	}
	return err
}
