package returns

import (
	"context"
	"time"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/order"
	"github.com/vysero/returns/ent/returnline"
	"github.com/vysero/returns/ent/returnrequest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/policy"
)

// Filter narrows a list of returns. What is left out does not narrow.
type Filter struct {
	State       []lifecycle.State
	Reason      []policy.Reason // with a line for one of them
	Overdue     *bool           // something is due and late; false: nothing is
	DueBefore   *time.Time
	OrderNumber *string
}

// List is the query of the returns that a filter leaves, of those that the principal may see: a work queue for staff.
func (s *Service) List(ctx context.Context, f Filter) (*ent.ReturnRequestQuery, error) {
	if _, err := auth.May(ctx, auth.ListReturns); err != nil {
		return nil, err
	}
	q := s.DB.Client.ReturnRequest.Query()
	if len(f.State) > 0 {
		q.Where(returnrequest.StateIn(f.State...))
	}
	if len(f.Reason) > 0 {
		q.Where(returnrequest.HasLinesWith(returnline.ReasonIn(f.Reason...)))
	}
	if f.Overdue != nil && *f.Overdue {
		q.Where(returnrequest.DueBeforeLTE(s.Now()))
	}
	if f.Overdue != nil && !*f.Overdue {
		q.Where(returnrequest.DueBeforeGT(s.Now()))
	}
	if f.DueBefore != nil {
		q.Where(returnrequest.DueBeforeLT(f.DueBefore.UTC()))
	}
	if f.OrderNumber != nil {
		q.Where(returnrequest.HasOrderWith(order.Number(*f.OrderNumber)))
	}
	return q, nil
}
