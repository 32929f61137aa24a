package graph

import (
	"context"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/graph/generated"
	"github.com/vysero/returns/internal/terms"
)

// Report is the resolver for the report field.
func (r *termsSimulationResolver) Report(ctx context.Context, obj *ent.Simulation) (*terms.Report, error) {
	return terms.ReportOf(obj)
}

// Failure is the resolver for the failure field.
func (r *termsSimulationResolver) Failure(ctx context.Context, obj *ent.Simulation) (*string, error) {
	return orNil(obj.Failure), nil
}

// TermsSimulation returns generated.TermsSimulationResolver implementation.
func (r *Resolver) TermsSimulation() generated.TermsSimulationResolver {
	return &termsSimulationResolver{r}
}

type termsSimulationResolver struct{ *Resolver }
