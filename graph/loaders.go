package graph

import (
	"context"
	"errors"
	"time"

	"github.com/vikstrous/dataloadgen"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/order"
	"github.com/vysero/returns/ent/returnline"
)

// loaders read by id what a page of rows needs and did not bring along: one statement, however many ask. They live as
// long as one request and answer for its principal alone.
type loaders struct {
	orders     *dataloadgen.Loader[string, *ent.Order]
	currencies *dataloadgen.Loader[string, string] // by the id of a return line
}

// gather is how long a loader waits for further ids: the fields of a list are resolved side by side.
const gather = time.Millisecond

func newLoaders(client *ent.Client) *loaders {
	return &loaders{
		orders: dataloadgen.NewMappedLoader(func(ctx context.Context, ids []string) (map[string]*ent.Order, error) {
			rows, err := client.Order.Query().Where(order.IDIn(ids...)).All(ctx)
			found := make(map[string]*ent.Order, len(rows))
			for _, row := range rows {
				found[row.ID] = row
			}
			return found, err
		}, dataloadgen.WithWait(gather)),
		currencies: dataloadgen.NewMappedLoader(func(ctx context.Context, ids []string) (map[string]string, error) {
			rows, err := client.ReturnLine.Query().Where(returnline.IDIn(ids...)).WithItem().All(ctx)
			found := make(map[string]string, len(rows))
			for _, row := range rows {
				found[row.ID] = row.Edges.Item.Currency
			}
			return found, err
		}, dataloadgen.WithWait(gather)),
	}
}

type loadersKey struct{}

func withLoaders(ctx context.Context, l *loaders) context.Context {
	return context.WithValue(ctx, loadersKey{}, l)
}

var errNoLoaders = errors.New("the request did not come through the handler")

func loadersOf(ctx context.Context) (*loaders, error) {
	l, ok := ctx.Value(loadersKey{}).(*loaders)
	if !ok {
		return nil, errNoLoaders
	}
	return l, nil
}

// orderOf is the order of an item: the one that it was reached from, else one that is read with those of all its
// neighbours.
func orderOf(ctx context.Context, it *ent.Item) (*ent.Order, error) {
	if it.Edges.Order != nil {
		return it.Edges.Order, nil
	}
	l, err := loadersOf(ctx)
	if err != nil {
		return nil, err
	}
	return l.orders.Load(ctx, it.OrderID)
}
