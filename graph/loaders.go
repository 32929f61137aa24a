package graph

import (
	"context"
	"errors"
	"maps"
	"sync"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/order"
	"github.com/vysero/returns/ent/returnline"
	"github.com/vysero/returns/ent/returnrequest"
)

// loaders read by id what a page of rows needs and did not bring along. They live as long as one request and answer for
// its principal alone.
type loaders struct {
	orders  batch[*ent.Order]
	items   batch[*ent.Item]          // by the id of a return line
	lines   batch[[]*ent.ReturnLine]  // of a return, in their order, with their items
	returns batch[*ent.ReturnRequest] // where they stand, and until when the goods are to be handed over
}

func newLoaders(client *ent.Client) *loaders {
	l := &loaders{}
	l.orders.read = func(ctx context.Context, ids []string) (map[string]*ent.Order, error) {
		rows, err := client.Order.Query().Where(order.IDIn(ids...)).All(ctx)
		found := make(map[string]*ent.Order, len(rows))
		for _, row := range rows {
			found[row.ID] = row
		}
		return found, err
	}
	l.lines.read = func(ctx context.Context, ids []string) (map[string][]*ent.ReturnLine, error) {
		rows, err := client.ReturnLine.Query().Where(returnline.ReturnIDIn(ids...)).Order(returnline.ByPosition()).WithItem().All(ctx)
		found := make(map[string][]*ent.ReturnLine, len(ids))
		for _, row := range rows {
			found[row.ReturnID] = append(found[row.ReturnID], row)
		}
		return found, err
	}
	l.items.read = func(ctx context.Context, ids []string) (map[string]*ent.Item, error) {
		rows, err := client.ReturnLine.Query().Where(returnline.IDIn(ids...)).WithItem().All(ctx)
		found := make(map[string]*ent.Item, len(rows))
		for _, row := range rows {
			found[row.ID] = row.Edges.Item
		}
		return found, err
	}
	l.returns.read = func(ctx context.Context, ids []string) (map[string]*ent.ReturnRequest, error) {
		rows, err := client.ReturnRequest.Query().Where(returnrequest.IDIn(ids...)).
			Select(returnrequest.FieldID, returnrequest.FieldState, returnrequest.FieldHandOverBefore).All(ctx)
		found := make(map[string]*ent.ReturnRequest, len(rows))
		for _, row := range rows {
			found[row.ID] = row
		}
		return found, err
	}
	return l
}

// batch reads values by id in one statement, however many ask for theirs. It does not wait for them to ask, which would
// make the number of statements a matter of luck: the rows that will ask are announced when they are read.
type batch[V any] struct {
	read func(ctx context.Context, ids []string) (map[string]V, error)

	asking sync.Mutex // of want alone: what a read finds may announce something to the batch of another that is reading
	want   []string

	mu  sync.Mutex
	got map[string]V
}

// expect announces that somebody may ask for id.
func (b *batch[V]) expect(id string) {
	b.asking.Lock()
	defer b.asking.Unlock()
	b.want = append(b.want, id)
}

var errVanished = errors.New("a row that another one refers to is not there")

// load gives the value of id. Whoever comes first reads for all that were announced; the others wait for that.
func (b *batch[V]) load(ctx context.Context, id string) (V, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if v, ok := b.got[id]; ok {
		return v, nil
	}
	found, err := b.read(ctx, b.missing(id))
	if err != nil {
		var none V
		return none, err
	}
	if b.got == nil {
		b.got = map[string]V{}
	}
	maps.Copy(b.got, found)
	v, ok := b.got[id]
	if !ok {
		return v, errVanished
	}
	return v, nil
}

// missing lists id and what was announced, each once, without what is there already. It is announced no more.
func (b *batch[V]) missing(id string) []string {
	b.asking.Lock()
	want := b.want
	b.want = nil
	b.asking.Unlock()
	seen, ids := map[string]bool{}, []string{}
	for _, id := range append(want, id) {
		if _, ok := b.got[id]; !ok && !seen[id] {
			seen[id], ids = true, append(ids, id)
		}
	}
	return ids
}

// announcing makes the client tell a request's loaders which rows may ask them for something.
func announcing(client *ent.Client) {
	client.Item.Intercept(after(func(l *loaders, items []*ent.Item) {
		for _, it := range items {
			l.orders.expect(it.OrderID)
		}
	}))
	client.ReturnRequest.Intercept(after(func(l *loaders, returns []*ent.ReturnRequest) {
		for _, r := range returns {
			l.lines.expect(r.ID)
		}
	}))
	client.Inspection.Intercept(after(func(l *loaders, inspections []*ent.Inspection) {
		for _, i := range inspections {
			if i.FeeAtMostMinor != nil || len(i.Judgement.Fees) > 0 {
				l.items.expect(i.LineID)
			}
		}
	}))
	client.ReturnLine.Intercept(after(func(l *loaders, lines []*ent.ReturnLine) {
		for _, line := range lines {
			l.returns.expect(line.ReturnID)
		}
	}))
}

// after shows the rows that a query of a request found.
func after[T any](show func(*loaders, []*T)) ent.Interceptor {
	return ent.InterceptFunc(func(next ent.Querier) ent.Querier {
		return ent.QuerierFunc(func(ctx context.Context, q ent.Query) (ent.Value, error) {
			value, err := next.Query(ctx, q)
			l, asked := ctx.Value(loadersKey{}).(*loaders)
			if rows, ok := value.([]*T); ok && asked && err == nil {
				show(l, rows)
			}
			return value, err
		})
	})
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
	return l.orders.load(ctx, it.OrderID)
}
