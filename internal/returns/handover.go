package returns

import (
	"context"

	"github.com/vysero/returns/ent"
	entlabel "github.com/vysero/returns/ent/label"
	"github.com/vysero/returns/ent/returnline"
	"github.com/vysero/returns/ent/returnrequest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/store"
)

// HandOver records that the goods are with the carrier (A3). What a customer says is kept beside the instant at which they
// said it: the first scan or the entry counts, not their word alone. A late hand-over is recorded as well: what follows from it is
// for the inspection to say (N2).
func (s *Service) HandOver(ctx context.Context, in HandOverInput) (*ent.ReturnRequest, error) {
	st := step{do: lifecycle.HandOver, id: in.ID, revision: in.Revision}
	return s.change(ctx, st, func(ctx context.Context, c *change) error {
		if err := c.claimAgain(ctx); err != nil {
			return err
		}
		if c.who.Role == auth.Customer {
			c.SetHandOverEnteredAt(c.Now)
		}
		carrier, err := words(in.Carrier, maxName, "carrier")
		if err != nil {
			return err
		}
		tracking, err := words(in.Tracking, maxNumber, "tracking")
		if err != nil {
			return err
		}
		if lab := c.ret.Edges.Label; tracking == "" && lab != nil && lab.State == entlabel.StateREADY {
			carrier, tracking = lab.Carrier, lab.Tracking
		}
		if tracking == "" {
			return fault.Bad(fault.CodeRequired, "tracking", "The tracking number shows when the carrier had it.").Under("A3")
		}
		at, err := occurred(in.HandedOverAt, c.Now, c.ret.RequestedAt, "handedOverAt")
		if err != nil {
			return err
		}
		c.SetCarrier(carrier).SetTracking(tracking).SetHandedOverAt(at)
		c.to = lifecycle.HandedOver
		c.after["handedOverAt"] = at
		return nil
	})
}

// Arrived moves the hand-over date of an order's approved returns when it becomes known that items arrived: their clock
// starts then (N2, A10). It runs inside the transaction that records the delivery.
func (s *Service) Arrived(ctx context.Context, tx store.Tx, orderID string) error {
	mine := returnrequest.And(returnrequest.OrderID(orderID), returnrequest.StateIn(lifecycle.Approved))
	if _, err := store.Hold(tx, tx.ReturnRequest.Query().Where(mine).Order(returnrequest.ByID())).IDs(ctx); err != nil {
		return err
	}
	open, err := tx.ReturnRequest.Query().Where(mine).
		WithOrder().WithPhotos().WithLines(func(q *ent.ReturnLineQuery) { q.Order(returnline.ByPosition()).WithItem() }).All(ctx)
	if err != nil {
		return err
	}
	book, err := s.Terms(ctx)
	if err != nil {
		return err
	}
	for _, ret := range open {
		var ends []*policy.Deadline
		for _, line := range ret.Edges.Lines {
			ends = append(ends, book.HandOverBefore(factsNow(ret, line), tx.Now))
		}
		if end := earliest(ends); end != nil {
			if err := s.handOverBefore(ctx, tx, ret, end); err != nil {
				return err
			}
		}
	}
	return nil
}

// handOverBefore moves the hand-over date of a return that is held.
func (s *Service) handOverBefore(ctx context.Context, tx store.Tx, ret *ent.ReturnRequest, end *policy.Deadline) error {
	was, err := content(ctx, tx, ret.ID)
	if err != nil {
		return err
	}
	err = tx.ReturnRequest.UpdateOneID(ret.ID).SetHandOverBefore(end).
		SetDueBefore(dueBefore(ret.State, dates{handOver: end})).AddRevision(1).Exec(ctx)
	if err != nil {
		return err
	}
	return s.note(ctx, tx, happening{
		who: auth.From(ctx), ret: ret, action: datesMoved, after: map[string]any{"handOverBefore": end.Before}, was: was, idle: true,
	})
}
