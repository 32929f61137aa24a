package graph

import (
	"context"

	"github.com/vysero/returns/graph/generated"
	"github.com/vysero/returns/graph/model"
	"github.com/vysero/returns/internal/money"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/refund"
	"github.com/vysero/returns/internal/returns"
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

// Verdict is the resolver for the verdict field.
func (r *returnOptionResolver) Verdict(ctx context.Context, obj *returns.Option) (*model.Verdict, error) {
	return &model.Verdict{Verdict: obj.Verdict}, nil
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

// Verdict is the resolver for the verdict field.
func (r *returnPreviewLineResolver) Verdict(ctx context.Context, obj *returns.PreviewLine) (*model.Verdict, error) {
	return &model.Verdict{Verdict: obj.Verdict}, nil
}

// Explanation is the resolver for the explanation field.
func (r *verdictResolver) Explanation(ctx context.Context, obj *model.Verdict, locale *string) ([]string, error) {
	return r.answered(ctx, obj, locale)
}

// ReturnShippingPaidBy is the resolver for the returnShippingPaidBy field.
func (r *verdictResolver) ReturnShippingPaidBy(ctx context.Context, obj *model.Verdict) (*policy.Payer, error) {
	return orNil(obj.ShippingPaidBy), nil
}

// Finding returns generated.FindingResolver implementation.
func (r *Resolver) Finding() generated.FindingResolver { return &findingResolver{r} }

// RefundBreakdown returns generated.RefundBreakdownResolver implementation.
func (r *Resolver) RefundBreakdown() generated.RefundBreakdownResolver {
	return &refundBreakdownResolver{r}
}

// ReturnOption returns generated.ReturnOptionResolver implementation.
func (r *Resolver) ReturnOption() generated.ReturnOptionResolver { return &returnOptionResolver{r} }

// ReturnPolicy returns generated.ReturnPolicyResolver implementation.
func (r *Resolver) ReturnPolicy() generated.ReturnPolicyResolver { return &returnPolicyResolver{r} }

// ReturnPreviewLine returns generated.ReturnPreviewLineResolver implementation.
func (r *Resolver) ReturnPreviewLine() generated.ReturnPreviewLineResolver {
	return &returnPreviewLineResolver{r}
}

// Verdict returns generated.VerdictResolver implementation.
func (r *Resolver) Verdict() generated.VerdictResolver { return &verdictResolver{r} }

type (
	findingResolver           struct{ *Resolver }
	refundBreakdownResolver   struct{ *Resolver }
	returnOptionResolver      struct{ *Resolver }
	returnPolicyResolver      struct{ *Resolver }
	returnPreviewLineResolver struct{ *Resolver }
	verdictResolver           struct{ *Resolver }
)
