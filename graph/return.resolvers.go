package graph

import (
	"context"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/graph/generated"
	"github.com/vysero/returns/graph/model"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/money"
	"github.com/vysero/returns/internal/returns"
)

// Piece is the resolver for the piece field.
func (r *checkResolver) Piece(ctx context.Context, obj *returns.Check) (*string, error) {
	return orNil(obj.Piece), nil
}

// Name is the resolver for the name field.
func (r *checkResolver) Name(ctx context.Context, obj *returns.Check) (*string, error) {
	return orNil(obj.Name), nil
}

// Judgement is the resolver for the judgement field.
func (r *inspectionResolver) Judgement(ctx context.Context, obj *ent.Inspection) (*model.Judgement, error) {
	return &model.Judgement{Judgement: obj.Judgement, Of: obj}, nil
}

// FeeAtMost is the resolver for the feeAtMost field.
func (r *inspectionResolver) FeeAtMost(ctx context.Context, obj *ent.Inspection) (*money.Amount, error) {
	return feeAtMost(ctx, obj)
}

// Photos is the resolver for the photos field.
func (r *inspectionResolver) Photos(ctx context.Context, obj *ent.Inspection) ([]*ent.Photo, error) {
	return listed(ctx, obj.NamedPhotos, obj.QueryPhotos, func(a, b *ent.Photo) int { return byTime(a.UploadedAt, b.UploadedAt, a.ID, b.ID) })
}

// Inspector is the resolver for the inspector field.
func (r *inspectionResolver) Inspector(ctx context.Context, obj *ent.Inspection) (*string, error) {
	return forStaff(ctx, obj.Inspector), nil
}

// Note is the resolver for the note field.
func (r *inspectionResolver) Note(ctx context.Context, obj *ent.Inspection) (*string, error) {
	return forStaff(ctx, obj.Note), nil
}

// Explanation is the resolver for the explanation field.
func (r *judgementResolver) Explanation(ctx context.Context, obj *model.Judgement, locale *string) ([]string, error) {
	return r.judged(ctx, obj, locale)
}

// URL is the resolver for the url field.
func (r *photoResolver) URL(ctx context.Context, obj *ent.Photo) (*string, error) {
	return r.Returns.PhotoURL(ctx, obj), nil
}

// Transfers is the resolver for the transfers field.
func (r *refundResolver) Transfers(ctx context.Context, obj *ent.RefundRequest) ([]*ent.Transfer, error) {
	return listed(ctx, obj.NamedTransfers, obj.QueryTransfers, func(a, b *ent.Transfer) int { return byTime(a.CreatedAt, b.CreatedAt, a.ID, b.ID) })
}

// AvailableActions is the resolver for the availableActions field.
func (r *returnResolver) AvailableActions(ctx context.Context, obj *ent.ReturnRequest) ([]lifecycle.Action, error) {
	return returns.AvailableActions(ctx, obj), nil
}

// Note is the resolver for the note field.
func (r *returnResolver) Note(ctx context.Context, obj *ent.ReturnRequest) (string, error) {
	return returns.Note(ctx, obj), nil
}

// Lines is the resolver for the lines field.
func (r *returnResolver) Lines(ctx context.Context, obj *ent.ReturnRequest) ([]*ent.ReturnLine, error) {
	return listed(ctx, obj.NamedLines, obj.QueryLines, func(a, b *ent.ReturnLine) int { return a.Position - b.Position })
}

// Photos is the resolver for the photos field.
func (r *returnResolver) Photos(ctx context.Context, obj *ent.ReturnRequest) ([]*ent.Photo, error) {
	return listed(ctx, obj.NamedPhotos, obj.QueryPhotos, func(a, b *ent.Photo) int { return byTime(a.UploadedAt, b.UploadedAt, a.ID, b.ID) })
}

// Refunds is the resolver for the refunds field.
func (r *returnResolver) Refunds(ctx context.Context, obj *ent.ReturnRequest) ([]*ent.RefundRequest, error) {
	return listed(ctx, obj.NamedRefunds, obj.QueryRefunds, func(a, b *ent.RefundRequest) int { return byTime(a.CreatedAt, b.CreatedAt, a.ID, b.ID) })
}

// Checklist is the resolver for the checklist field.
func (r *returnResolver) Checklist(ctx context.Context, obj *ent.ReturnRequest) ([]*returns.ChecklistLine, error) {
	lines, err := linesOf(ctx, obj)
	if err != nil {
		return nil, err
	}
	return r.Resolver.Returns.Checklist(ctx, lines)
}

// Overrides is the resolver for the overrides field.
func (r *returnResolver) Overrides(ctx context.Context, obj *ent.ReturnRequest) ([]*ent.Override, error) {
	return listed(ctx, obj.NamedOverrides, obj.QueryOverrides, func(a, b *ent.Override) int { return byTime(a.AskedAt, b.AskedAt, a.ID, b.ID) })
}

// Verdict is the resolver for the verdict field.
func (r *returnLineResolver) Verdict(ctx context.Context, obj *ent.ReturnLine) (*model.Verdict, error) {
	return &model.Verdict{Verdict: obj.Verdict, Of: obj}, nil
}

// Inspections is the resolver for the inspections field.
func (r *returnLineResolver) Inspections(ctx context.Context, obj *ent.ReturnLine) ([]*ent.Inspection, error) {
	return listed(ctx, obj.NamedInspections, obj.QueryInspections, func(a, b *ent.Inspection) int { return byTime(a.InspectedAt, b.InspectedAt, a.ID, b.ID) })
}

// Check returns generated.CheckResolver implementation.
func (r *Resolver) Check() generated.CheckResolver { return &checkResolver{r} }

// Inspection returns generated.InspectionResolver implementation.
func (r *Resolver) Inspection() generated.InspectionResolver { return &inspectionResolver{r} }

// Judgement returns generated.JudgementResolver implementation.
func (r *Resolver) Judgement() generated.JudgementResolver { return &judgementResolver{r} }

// Photo returns generated.PhotoResolver implementation.
func (r *Resolver) Photo() generated.PhotoResolver { return &photoResolver{r} }

// Refund returns generated.RefundResolver implementation.
func (r *Resolver) Refund() generated.RefundResolver { return &refundResolver{r} }

// Return returns generated.ReturnResolver implementation.
func (r *Resolver) Return() generated.ReturnResolver { return &returnResolver{r} }

// ReturnLine returns generated.ReturnLineResolver implementation.
func (r *Resolver) ReturnLine() generated.ReturnLineResolver { return &returnLineResolver{r} }

type (
	checkResolver      struct{ *Resolver }
	inspectionResolver struct{ *Resolver }
	judgementResolver  struct{ *Resolver }
	photoResolver      struct{ *Resolver }
	refundResolver     struct{ *Resolver }
	returnResolver     struct{ *Resolver }
	returnLineResolver struct{ *Resolver }
)
