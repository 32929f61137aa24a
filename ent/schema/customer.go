package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"

	"github.com/vysero/returns/ent/rule"
)

// Customer is a person who bought something. It is the only record that holds a name and an address for mail.
type Customer struct{ ent.Schema }

// Mixin of Customer.
func (Customer) Mixin() []ent.Mixin { return []ent.Mixin{Identified{}} }

// Fields of Customer.
func (Customer) Fields() []ent.Field {
	return []ent.Field{
		field.String("email").NotEmpty().MaxLen(254).Unique().Comment("in lower case; what a token names"),
		field.String("name").MaxRuneLen(200).Default(""),
	}
}

// Policy of Customer: customers see themselves.
func (Customer) Policy() ent.Policy { return rule.OwnSelf() }

// Edges of Customer.
func (Customer) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("orders", Order.Type).Annotations(connection(), kept()),
		edge.To("returns", ReturnRequest.Type).Annotations(connection(), kept()),
	}
}
