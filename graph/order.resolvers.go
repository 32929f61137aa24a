package graph

import (
	"context"
	"time"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/graph/generated"
	"github.com/vysero/returns/graph/model"
	"github.com/vysero/returns/internal/returns"
)

// PackingList is the resolver for the packingList field.
func (r *itemResolver) PackingList(ctx context.Context, obj *ent.Item) ([]*model.Piece, error) {
	return packingList(obj), nil
}

// ReturnOptions is the resolver for the returnOptions field.
func (r *itemResolver) ReturnOptions(ctx context.Context, obj *ent.Item, asOf *time.Time, quantity *int) ([]*returns.Option, error) {
	return r.options(ctx, obj, asOf, quantity)
}

// Items is the resolver for the items field.
func (r *orderResolver) Items(ctx context.Context, obj *ent.Order) ([]*ent.Item, error) {
	return itemsOf(ctx, obj)
}

// Payments is the resolver for the payments field.
func (r *orderResolver) Payments(ctx context.Context, obj *ent.Order) ([]*ent.Payment, error) {
	return listed(ctx, obj.NamedPayments, obj.QueryPayments, func(a, b *ent.Payment) int { return a.Position - b.Position })
}

// Item returns generated.ItemResolver implementation.
func (r *Resolver) Item() generated.ItemResolver { return &itemResolver{r} }

// Order returns generated.OrderResolver implementation.
func (r *Resolver) Order() generated.OrderResolver { return &orderResolver{r} }

type (
	itemResolver  struct{ *Resolver }
	orderResolver struct{ *Resolver }
)
