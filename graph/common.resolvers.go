package graph

import (
	"context"
	"time"

	"github.com/vysero/returns/graph/generated"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/policy"
)

// DaysLeft is the resolver for the daysLeft field.
func (r *deadlineResolver) DaysLeft(ctx context.Context, obj *policy.Deadline, asOf *time.Time) (int, error) {
	return daysLeft(obj, asOf, r.Returns.Now()), nil
}

// Clause is the resolver for the clause field.
func (r *userErrorResolver) Clause(ctx context.Context, obj *fault.Error) (*string, error) {
	return orNil(obj.Clause), nil
}

// Deadline returns generated.DeadlineResolver implementation.
func (r *Resolver) Deadline() generated.DeadlineResolver { return &deadlineResolver{r} }

// UserError returns generated.UserErrorResolver implementation.
func (r *Resolver) UserError() generated.UserErrorResolver { return &userErrorResolver{r} }

type (
	deadlineResolver  struct{ *Resolver }
	userErrorResolver struct{ *Resolver }
)
