package customers

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/event"
	"github.com/vysero/returns/ent/inspection"
	"github.com/vysero/returns/ent/item"
	"github.com/vysero/returns/ent/notice"
	"github.com/vysero/returns/ent/once"
	"github.com/vysero/returns/ent/order"
	"github.com/vysero/returns/ent/override"
	"github.com/vysero/returns/ent/payment"
	"github.com/vysero/returns/ent/photo"
	"github.com/vysero/returns/ent/posting"
	"github.com/vysero/returns/ent/refundrequest"
	"github.com/vysero/returns/ent/refusal"
	"github.com/vysero/returns/ent/returnline"
	"github.com/vysero/returns/ent/returnrequest"
	"github.com/vysero/returns/ent/transfer"
)

// export writes the document of one customer.
type export struct {
	*Service

	client *ent.Client
	out    *bufio.Writer
	who    *ent.Customer
	files  []File
}

// document is the whole of it: what it is, the customer, the photos that are in no return, and the orders, one after the other.
func (x *export) document(ctx context.Context) error {
	loose, err := x.client.Photo.Query().
		Where(photo.CustomerID(x.who.ID), photo.ReturnIDIsNil(), photo.InspectionIDIsNil()).Order(photo.ByID()).All(ctx)
	if err != nil {
		return err
	}
	x.keep(loose)
	for _, part := range []part{
		{`{"format":`, Format}, {`"exportedAt":`, x.DB.Now()}, {`"notShownToCustomers":`, unshown}, {`"customer":`, x.who}, {`"photos":`, loose},
	} {
		if err := x.write(part, ",\n"); err != nil {
			return err
		}
	}
	if _, err := x.out.WriteString(`"orders":[`); err != nil {
		return err
	}
	if err := x.orders(ctx); err != nil {
		return err
	}
	_, err = x.out.WriteString("\n]}\n")
	return err
}

// part is one member of the document: what stands before its value, and the value.
type part struct {
	before string
	value  any
}

func (x *export) write(p part, after string) error {
	value, err := plain(p.value)
	if err != nil {
		return err
	}
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(x.out, "%s%s%s", p.before, text, after)
	return err
}

// ordersAtOnce is how many orders are looked up at a time, by id alone.
const ordersAtOnce = 500

func (x *export) orders(ctx context.Context) error {
	before := "\n"
	for last := ""; ; {
		ids, err := x.client.Order.Query().Where(order.CustomerID(x.who.ID), order.IDGT(last)).Order(order.ByID()).Limit(ordersAtOnce).IDs(ctx)
		if err != nil {
			return err
		}
		for _, id := range ids {
			value, err := x.order(ctx, id)
			if err != nil {
				return err
			}
			if err := x.write(part{before, value}, ""); err != nil {
				return err
			}
			before = ",\n"
		}
		if len(ids) < ordersAtOnce {
			return nil
		}
		last = ids[len(ids)-1]
	}
}

// order is an order with everything that hangs on it, each record at the place where it belongs.
func (x *export) order(ctx context.Context, id string) (any, error) {
	o, err := x.client.Order.Query().Where(order.ID(id)).
		WithItems(func(q *ent.ItemQuery) { q.Order(item.ByPosition()) }).
		WithPayments(func(q *ent.PaymentQuery) { q.Order(payment.ByPosition()) }).
		WithEvents(func(q *ent.EventQuery) { q.Order(event.ByID()) }).
		WithRefusals(func(q *ent.RefusalQuery) { q.Order(refusal.ByID()) }).
		WithRefunds(func(q *ent.RefundRequestQuery) {
			q.Order(refundrequest.ByID()).WithTransfers(func(q *ent.TransferQuery) { q.Order(transfer.ByID()) }).
				WithPostings(func(q *ent.PostingQuery) { q.Order(posting.ByID()) })
		}).
		WithReturns(func(q *ent.ReturnRequestQuery) {
			q.Order(returnrequest.ByID()).WithLines(lines).WithPhotos(photos).WithLabel().
				WithOverrides(func(q *ent.OverrideQuery) { q.Order(override.ByID()) })
		}).Only(ctx)
	if err != nil {
		return nil, err
	}
	x.keepFiles(o)
	whole, err := plain(o)
	if err != nil {
		return nil, err
	}
	return x.around(ctx, o, whole)
}

func photos(q *ent.PhotoQuery) { q.Order(photo.ByID()) }

func lines(q *ent.ReturnLineQuery) {
	q.Order(returnline.ByPosition()).WithInspections(func(q *ent.InspectionQuery) { q.Order(inspection.ByID()).WithPhotos(photos) })
}

// around adds what is about an order's returns and refunds and has no edge to them: the keys of calls, and what the payment
// provider told.
func (x *export) around(ctx context.Context, o *ent.Order, whole any) (any, error) {
	var returns, keys, provider []string
	for _, r := range o.Edges.Returns {
		returns = append(returns, r.ID)
	}
	for _, r := range o.Edges.Refunds {
		for _, t := range r.Edges.Transfers {
			keys, provider = append(keys, t.Key), append(provider, t.ProviderID)
		}
	}
	calls, err := x.client.Once.Query().Where(once.ReturnIDIn(returns...)).Order(once.ByID()).All(ctx)
	if err != nil {
		return nil, err
	}
	told, err := x.client.Notice.Query().Where(notice.Or(notice.KeyIn(keys...), notice.And(notice.ProviderIDNEQ(""), notice.ProviderIDIn(provider...)))).
		Order(notice.ByID()).All(ctx)
	if err != nil {
		return nil, err
	}
	members, _ := whole.(map[string]any) // a record is an object
	for name, rows := range map[string]any{"calls": calls, "notices": told} {
		if members[name], err = plain(rows); err != nil {
			return nil, err
		}
	}
	return members, nil
}

// keepFiles remembers the files of an order, and leaves the sheets of labels out of the document.
func (x *export) keepFiles(o *ent.Order) {
	for _, r := range o.Edges.Returns {
		x.keep(r.Edges.Photos)
		for _, l := range r.Edges.Lines {
			for _, i := range l.Edges.Inspections {
				x.keep(i.Edges.Photos)
			}
		}
		if l := r.Edges.Label; l != nil && len(l.Pdf) > 0 {
			l.Pdf = nil
			x.files = append(x.files, x.label(l))
		}
	}
}

func (x *export) keep(all []*ent.Photo) {
	for _, p := range all {
		if p.RemovedAt == nil { // the row tells of it, the file is nobody's any more
			x.files = append(x.files, x.photo(p))
		}
	}
}

// plain is a value as JSON has it, where what hangs on a record is a member of it: {"edges": {"items": …}} becomes
// {"items": …}. Whatever column a record has is in it, by the column's name; what is empty is left out.
func plain(value any) (any, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber() // amounts stay as they are
	var read any
	if err := d.Decode(&read); err != nil {
		return nil, err
	}
	return flat(read), nil
}

func flat(value any) any {
	switch in := value.(type) {
	case []any:
		for i := range in {
			in[i] = flat(in[i])
		}
	case map[string]any:
		for name, member := range in {
			in[name] = flat(member)
		}
		if edges, is := in["edges"].(map[string]any); is {
			delete(in, "edges")
			maps.Copy(in, edges)
		}
	}
	return value
}
