package graph

import (
	"context"
	"time"

	"entgo.io/contrib/entgql"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/customer"
	"github.com/vysero/returns/ent/order"
	"github.com/vysero/returns/ent/returnrequest"
	"github.com/vysero/returns/graph/generated"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/refund"
	"github.com/vysero/returns/internal/reports"
	"github.com/vysero/returns/internal/returns"
)

// Viewer is the resolver for the viewer field.
func (r *queryResolver) Viewer(ctx context.Context) (*auth.Principal, error) {
	return viewer(ctx), nil
}

// Node is the resolver for the node field.
func (r *queryResolver) Node(ctx context.Context, id string) (ent.Noder, error) {
	return r.node(ctx, id)
}

// Nodes is the resolver for the nodes field.
func (r *queryResolver) Nodes(ctx context.Context, ids []string) ([]ent.Noder, error) {
	return r.nodes(ctx, ids)
}

// Order is the resolver for the order field.
func (r *queryResolver) Order(ctx context.Context, number string) (*ent.Order, error) {
	q, err := r.DB.Client.Order.Query().Where(order.Number(number)).CollectFields(ctx)
	if err != nil {
		return nil, err
	}
	found, err := q.Only(ctx)
	return found, ent.MaskNotFound(err)
}

// Orders is the resolver for the orders field.
func (r *queryResolver) Orders(ctx context.Context, first *int, after *entgql.Cursor[string], last *int, before *entgql.Cursor[string], orderBy ent.OrderOrder) (*ent.OrderConnection, error) {
	return r.DB.Client.Order.Query().Paginate(ctx, after, first, before, last, ent.WithOrderOrder(&orderBy))
}

// Return is the resolver for the return field.
func (r *queryResolver) Return(ctx context.Context, number string) (*ent.ReturnRequest, error) {
	q, err := r.DB.Client.ReturnRequest.Query().Where(returnrequest.Number(number)).CollectFields(ctx)
	if err != nil {
		return nil, err
	}
	found, err := q.Only(ctx)
	return found, ent.MaskNotFound(err)
}

// Returns is the resolver for the returns field.
func (r *queryResolver) Returns(ctx context.Context, filter returns.Filter, orderBy ent.ReturnOrder, first *int, after *entgql.Cursor[string], last *int, before *entgql.Cursor[string]) (*ent.ReturnConnection, error) {
	q, err := r.Resolver.Returns.List(ctx, filter)
	if err != nil {
		return nil, err
	}
	return q.Paginate(ctx, after, first, before, last, ent.WithReturnOrder(&orderBy))
}

// ReturnPreview is the resolver for the returnPreview field.
func (r *queryResolver) ReturnPreview(ctx context.Context, input returns.PreviewInput, asOf *time.Time) (*returns.Preview, error) {
	found, err := r.Resolver.Returns.Preview(ctx, input, asOf)
	return found, inField(err, "input")
}

// SettlementPreview is the resolver for the settlementPreview field.
func (r *queryResolver) SettlementPreview(ctx context.Context, id string) (*refund.Breakdown, error) {
	return r.Resolver.Returns.SettlementPreview(ctx, id)
}

// ReturnPolicy is the resolver for the returnPolicy field.
func (r *queryResolver) ReturnPolicy(ctx context.Context, asOf *time.Time) (*policy.Terms, error) {
	return r.Terms.InForce(ctx, asOf)
}

// TermsEditions is the resolver for the termsEditions field.
func (r *queryResolver) TermsEditions(ctx context.Context) ([]*ent.Edition, error) {
	return r.Terms.List(ctx)
}

// Report is the resolver for the report field.
func (r *queryResolver) Report(ctx context.Context, from time.Time, to time.Time) (*reports.Report, error) {
	return r.Reports.Report(ctx, reports.Input{From: from, To: to})
}

// TermsSimulation is the resolver for the termsSimulation field.
func (r *queryResolver) TermsSimulation(ctx context.Context, id string) (*ent.Simulation, error) {
	return r.Terms.Simulation(ctx, id)
}

// Customer is the resolver for the customer field.
func (r *viewerResolver) Customer(ctx context.Context, obj *auth.Principal) (*ent.Customer, error) {
	q, err := r.DB.Client.Customer.Query().Where(customer.ID(obj.CustomerID)).CollectFields(ctx)
	if err != nil {
		return nil, err
	}
	found, err := q.Only(ctx)
	return found, ent.MaskNotFound(err)
}

// Query returns generated.QueryResolver implementation.
func (r *Resolver) Query() generated.QueryResolver { return &queryResolver{r} }

// Viewer returns generated.ViewerResolver implementation.
func (r *Resolver) Viewer() generated.ViewerResolver { return &viewerResolver{r} }

type (
	queryResolver  struct{ *Resolver }
	viewerResolver struct{ *Resolver }
)
