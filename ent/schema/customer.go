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
		field.String("email").NotEmpty().MaxLen(254).Unique().Comment("in lower case; what a token names. Of an erased customer: no address"),
		field.String("name").MaxRuneLen(200).Default(""),
		field.Time("erased_at").Optional().Nillable().Comment("when all that was personal was taken out; the row stands for nobody since"),
		field.String("erased_by").MaxLen(64).Default("").Comment("who decided it: a code, no name"),
	}
}

// Policy of Customer: customers see themselves.
func (Customer) Policy() ent.Policy { return rule.OwnSelf(rule.To("orders", "id")) }

// Edges of Customer.
func (Customer) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("orders", Order.Type).Annotations(connection(), kept()),
		edge.To("returns", ReturnRequest.Type).Annotations(connection(), kept()),
	}
}
