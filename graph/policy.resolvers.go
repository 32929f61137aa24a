package graph

import (
	"context"

	"github.com/vysero/returns/graph/generated"
	"github.com/vysero/returns/graph/model"
	"github.com/vysero/returns/internal/money"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/refund"
)

// Source is the resolver for the source field.
func (r *findingResolver) Source(ctx context.Context, obj *policy.Finding) (*string, error) {
	return forStaff(ctx, obj.Source()), nil
}

// Lines is the resolver for the lines field.
func (r *refundBreakdownResolver) Lines(ctx context.Context, obj *refund.Breakdown) ([]*model.RefundLine, error) {
	return refundLines(obj), nil
}

// Total is the resolver for the total field.
func (r *refundBreakdownResolver) Total(ctx context.Context, obj *refund.Breakdown) (*money.Amount, error) {
	return amount(&obj.Total, obj.Currency), nil
}

// DoaRefundsOriginalShipping is the resolver for the doaRefundsOriginalShipping field.
func (r *returnPolicyResolver) DoaRefundsOriginalShipping(ctx context.Context, obj *policy.Terms) (bool, error) {
	return obj.DOAOriginalShipping == policy.ProRata, nil
}

// WarrantyURL is the resolver for the warrantyUrl field.
func (r *returnPolicyResolver) WarrantyURL(ctx context.Context, obj *policy.Terms) (*string, error) {
	return orNil(obj.WarrantyURL), nil
}

// SupportContact is the resolver for the supportContact field.
func (r *returnPolicyResolver) SupportContact(ctx context.Context, obj *policy.Terms) (*string, error) {
	return orNil(obj.SupportContact), nil
}

// Clauses is the resolver for the clauses field.
func (r *returnPolicyResolver) Clauses(ctx context.Context, obj *policy.Terms) ([]*policy.Clause, error) {
	return pointers(policy.Clauses()), nil
}

// Readings is the resolver for the readings field.
func (r *returnPolicyResolver) Readings(ctx context.Context, obj *policy.Terms) ([]*policy.Clause, error) {
	return pointers(policy.Readings()), nil
}

// Explanation is the resolver for the explanation field.
func (r *verdictResolver) Explanation(ctx context.Context, obj *policy.Verdict, locale *string) ([]string, error) {
	return r.Explain.Verdict(*obj, r.locale(ctx, locale)), nil
}

// ReturnShippingPaidBy is the resolver for the returnShippingPaidBy field.
func (r *verdictResolver) ReturnShippingPaidBy(ctx context.Context, obj *policy.Verdict) (*policy.Payer, error) {
	return orNil(obj.ShippingPaidBy), nil
}

// Finding returns generated.FindingResolver implementation.
func (r *Resolver) Finding() generated.FindingResolver { return &findingResolver{r} }

// RefundBreakdown returns generated.RefundBreakdownResolver implementation.
func (r *Resolver) RefundBreakdown() generated.RefundBreakdownResolver {
	return &refundBreakdownResolver{r}
}

// ReturnPolicy returns generated.ReturnPolicyResolver implementation.
func (r *Resolver) ReturnPolicy() generated.ReturnPolicyResolver { return &returnPolicyResolver{r} }

// Verdict returns generated.VerdictResolver implementation.
func (r *Resolver) Verdict() generated.VerdictResolver { return &verdictResolver{r} }

type (
	findingResolver         struct{ *Resolver }
	refundBreakdownResolver struct{ *Resolver }
	returnPolicyResolver    struct{ *Resolver }
	verdictResolver         struct{ *Resolver }
)
