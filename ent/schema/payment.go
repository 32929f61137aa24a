package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/vysero/returns/ent/rule"
)

// Payment is money that was captured for an order: the method that a refund goes back to (R1, A32).
type Payment struct{ ent.Schema }

// Mixin of Payment.
func (Payment) Mixin() []ent.Mixin { return []ent.Mixin{Identified{}, owned(rule.To("order_id"))} }

// Fields of Payment.
func (Payment) Fields() []ent.Field {
	return []ent.Field{
		inOrder(),
		field.Int("position").NonNegative().Immutable().Comment("ties of a split go to the first (A32)"),
		field.String("ref").NotEmpty().MaxRuneLen(128).Immutable().Comment("the provider's id of the charge"),
		field.String("method").MaxRuneLen(64).Default("").Comment("for people: Visa ending in 4242"),
		currency(),
		field.Int64("captured_minor").NonNegative().Immutable(),
		field.Int64("refunded_minor").NonNegative().Default(0).Comment("moved back, or reserved for a refund that is owed"),
	}
}

// Edges of Payment.
func (Payment) Edges() []ent.Edge {
	return []ent.Edge{
		toOrder("payments"),
		edge.To("transfers", Transfer.Type).Annotations(kept()),
	}
}

// Indexes of Payment.
func (Payment) Indexes() []ent.Index {
	return []ent.Index{index.Fields("order_id", "position").Unique(), index.Fields("order_id", "ref").Unique()}
}

// Annotations of Payment.
func (Payment) Annotations() []schema.Annotation {
	return []schema.Annotation{

		entsql.Checks(map[string]string{"payment_money": "refunded_minor BETWEEN 0 AND captured_minor"}),
	}
}
