package graph

import (
	"context"
	"errors"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/customer"
	"github.com/vysero/returns/ent/event"
	"github.com/vysero/returns/ent/inspection"
	"github.com/vysero/returns/ent/item"
	"github.com/vysero/returns/ent/label"
	"github.com/vysero/returns/ent/order"
	"github.com/vysero/returns/ent/override"
	"github.com/vysero/returns/ent/payment"
	"github.com/vysero/returns/ent/photo"
	"github.com/vysero/returns/ent/refundrequest"
	"github.com/vysero/returns/ent/returnline"
	"github.com/vysero/returns/ent/returnrequest"
	"github.com/vysero/returns/ent/transfer"
	"github.com/vysero/returns/internal/auth"
)

// tables says which record an id belongs to, by its prefix.
var tables = map[string]string{
	"cus": customer.Table, "ord": order.Table, "pay": payment.Table, "itm": item.Table, "ret": returnrequest.Table,
	"rln": returnline.Table, "pho": photo.Table, "lab": label.Table, "ins": inspection.Table, "ref": refundrequest.Table,
	"ovr": override.Table, "trf": transfer.Table, "evt": event.Table,
}

// tableOf is the table of an id; "" where no record has such ids.
func tableOf(id string) string {
	prefix, _, _ := strings.Cut(id, "_")
	return tables[prefix]
}

var typed = ent.WithNodeType(func(_ context.Context, id string) (string, error) { return tableOf(id), nil })

// node finds anything by its id. What does not exist, what is somebody else's and what is no id at all are nil without
// an error: nothing tells one from another.
func (r *Resolver) node(ctx context.Context, id string) (ent.Noder, error) {
	if auth.From(ctx).Role == "" {
		return nil, auth.Unauthenticated()
	}
	if tableOf(id) == "" {
		return nil, nil //nolint:nilnil // nothing there is an answer
	}
	found, err := r.DB.Client.Noder(ctx, id, typed)
	if err != nil {
		return nil, ent.MaskNotFound(err)
	}
	return found, nil
}

// nodes finds several things, one statement a record: the answer has the places of the ids, with nil as node has it.
func (r *Resolver) nodes(ctx context.Context, ids []string) ([]ent.Noder, error) {
	if auth.From(ctx).Role == "" {
		return nil, auth.Unauthenticated()
	}
	all := make([]ent.Noder, len(ids))
	var known []string
	var places []int
	for i, id := range ids {
		if tableOf(id) != "" {
			known, places = append(known, id), append(places, i)
		}
	}
	// ent reports every id that it does not find as an error of the response: those are taken out of it here.
	var failed error
	quiet := graphql.WithResponseContext(ctx, func(_ context.Context, err error) *gqlerror.Error {
		if !missing(err) {
			failed = err
		}
		return nil
	}, recovered)
	found, err := r.DB.Client.Noders(quiet, known, typed)
	if err != nil && !missing(err) {
		return nil, err
	}
	for i, node := range found {
		all[places[i]] = node
	}
	return all, failed
}

// missing tells whether an error says no more than that a row is not there.
func missing(err error) bool {
	var at *gqlerror.Error
	return ent.IsNotFound(err) || (errors.As(err, &at) && at.Err == nil && at.Extensions["code"] == "NOT_FOUND")
}
