// Package schema says what is on record: one file a record. Text ids carry the record's prefix ("ord_…"), instants are
// UTC in whole microseconds, money is whole minor units beside an ISO 4217 currency. Nothing here reads a clock or makes
// an id: both are handed in by the use case.
package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/mixin"

	"github.com/vysero/returns/ent/rule"
)

// Identified gives a record its text id.
type Identified struct{ mixin.Schema }

// Fields of every record.
func (Identified) Fields() []ent.Field {
	return []ent.Field{field.String("id").MaxLen(40).NotEmpty().Immutable()}
}

// Owned gives a record the customer whose it is: the one column that rows are scoped by (ent/rule).
type Owned struct {
	mixin.Schema

	// Order are the ways from a row to its order, for whoever has a link to that order and to nothing else. A record that
	// names none is hidden from them.
	Order []rule.Way
}

// owned is the mixin of a record from which these ways lead to its order.
func owned(ways ...rule.Way) Owned { return Owned{Order: ways} }

// Fields of every owned record.
func (Owned) Fields() []ent.Field {
	return []ent.Field{field.String("customer_id").NotEmpty().Immutable()}
}

// Policy of every owned record: customers see their own rows.
func (o Owned) Policy() ent.Policy { return rule.OwnRows(o.Order...) }

// instant is a point in time: UTC, whole microseconds, the same column type on both databases.
func instant(name string) ent.Field { return field.Time(name) }

// instantOrNil is an instant that may not have come yet.
func instantOrNil(name string) ent.Field { return field.Time(name).Optional().Nillable() }

// currency is the ISO 4217 code of the amounts in the same row.
func currency() ent.Field { return field.String("currency").MaxLen(3).MinLen(3).Immutable() }

// kept is a foreign key that never takes rows with it: nothing that records a decision is deleted by a cascade.
func kept() *entsql.Annotation { return entsql.OnDelete(entsql.Restrict) }

// toOrder is the edge to the order that a record belongs to.
func toOrder(ref string) ent.Edge {
	return edge.From("order", Order.Type).Ref(ref).Field("order_id").Unique().Required().Immutable()
}

// inOrder is the column behind toOrder.
func inOrder() ent.Field { return field.String("order_id").NotEmpty().Immutable() }

// connection makes a list edge a Relay connection: pages with a size, never the whole table.
func connection() entgql.Annotation { return entgql.RelayConnection() }
