package graph

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/graph/model"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/money"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/refund"
	"github.com/vysero/returns/internal/returns"
)

// pointers gives gqlgen the elements of a list as it wants them.
func pointers[T any](list []T) []*T {
	all := make([]*T, len(list))
	for i := range list {
		all[i] = &list[i]
	}
	return all
}

// orNil is nil for the zero value: what a record keeps as empty is null to clients.
func orNil[T comparable](value T) *T {
	var zero T
	if value == zero {
		return nil
	}
	return &value
}

// forStaff is nil for everybody who does not work for the shop.
func forStaff(ctx context.Context, text string) *string {
	if !auth.From(ctx).Staff() {
		return nil
	}
	return &text
}

// viewer is who asks; nil for nobody.
func viewer(ctx context.Context) *auth.Principal {
	p := auth.From(ctx)
	if p.Role == "" {
		return nil
	}
	return &p
}

// daysLeft counts from asOf where it is given, else from the instant that was asked about, else from now.
func daysLeft(d *policy.Deadline, asOf *time.Time, now time.Time) int {
	counted := *d
	if asOf != nil {
		counted.AsOf = *asOf
	}
	return counted.DaysLeft(now)
}

// packingList writes the fees in the item's currency.
func packingList(it *ent.Item) []*model.Piece {
	pieces := make([]*model.Piece, len(it.PackingList))
	for i, p := range it.PackingList {
		pieces[i] = &model.Piece{Code: p.Code, Name: p.Name, Kind: orNil(p.Kind), Fee: amount(p.Fee, it.Currency)}
	}
	return pieces
}

// refundLines writes the amounts in the breakdown's currency.
func refundLines(b *refund.Breakdown) []*model.RefundLine {
	lines := make([]*model.RefundLine, len(b.Lines))
	for i, l := range b.Lines {
		lines[i] = &model.RefundLine{
			Kind: l.Kind, ItemID: l.Item, Units: l.Units, Piece: orNil(l.Piece), Amount: amount(&l.Minor, b.Currency), Clause: l.Clause,
		}
	}
	return lines
}

func amount(minor *int64, currency string) *money.Amount {
	if minor == nil {
		return nil
	}
	return &money.Amount{Minor: *minor, Currency: currency}
}

// feeAtMost is what staff lowered a fee to, in the currency of the item that was inspected; nil where they did not.
func feeAtMost(ctx context.Context, i *ent.Inspection) (*money.Amount, error) {
	if i.FeeAtMostMinor == nil {
		return nil, nil //nolint:nilnil // no lowered fee is an answer
	}
	l, err := loadersOf(ctx)
	if err != nil {
		return nil, err
	}
	it, err := l.items.load(ctx, i.LineID)
	if err != nil {
		return nil, err
	}
	return amount(i.FeeAtMostMinor, it.Currency), nil
}

// linesOf are the lines of a return with their items, read together for all returns of a page.
func linesOf(ctx context.Context, ret *ent.ReturnRequest) ([]*ent.ReturnLine, error) {
	l, err := loadersOf(ctx)
	if err != nil {
		return nil, err
	}
	return l.lines.load(ctx, ret.ID)
}

// options asks the use case about an item, with the order that it belongs to.
func (r *Resolver) options(ctx context.Context, it *ent.Item, asOf *time.Time, quantity *int) ([]*returns.Option, error) {
	o, err := orderOf(ctx, it)
	if err != nil {
		return nil, err
	}
	found, err := r.Returns.Options(ctx, o, it, asOf, quantity)
	return pointers(found), err
}

// itemsOf lists an order's items by their places; each knows its order, so that nothing has to be read for it again.
func itemsOf(ctx context.Context, o *ent.Order) ([]*ent.Item, error) {
	items, err := listed(ctx, o.NamedItems, o.QueryItems, func(a, b *ent.Item) int { return a.Position - b.Position })
	for _, it := range items {
		if it.Edges.Order == nil {
			it.Edges.Order = o
		}
	}
	return items, err
}

// query is what listed needs of ent's queries.
type query[T, Q any] interface {
	CollectFields(ctx context.Context, satisfies ...string) (Q, error)
	All(ctx context.Context) ([]*T, error)
}

// listed is the list behind the field that is being resolved, in order: as it was loaded with the page that the record
// came on, else read now, with everything that is selected below it.
func listed[T any, Q query[T, Q]](
	ctx context.Context, loaded func(string) ([]*T, error), read func() Q, order func(a, b *T) int,
) ([]*T, error) {
	rows, err := loaded(graphql.GetFieldContext(ctx).Field.Alias)
	if ent.IsNotLoaded(err) {
		var q Q
		if q, err = read().CollectFields(ctx); err == nil {
			rows, err = q.All(ctx)
		}
	}
	if err != nil {
		return nil, err
	}
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, order)
	return rows, nil
}

// byTime compares two rows by what happened first; ids, which grow, decide between equal instants.
func byTime(a, b time.Time, idA, idB string) int { return cmp.Or(a.Compare(b), cmp.Compare(idA, idB)) }
