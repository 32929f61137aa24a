package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/vysero/returns/ent/rule"
	"github.com/vysero/returns/internal/policy"
)

// Refusal is a request for some units of an item that the terms did not allow, and that was not filed: what was asked, and
// the answer with the facts that it rests on. Rows are only ever added; they hold ids and nothing else of anybody.
type Refusal struct{ ent.Schema }

// Mixin of Refusal.
func (Refusal) Mixin() []ent.Mixin { return []ent.Mixin{Identified{}} }

// Policy of Refusal: it is for reports. Customers are told at once why they are refused.
func (Refusal) Policy() ent.Policy { return rule.StaffOnly() }

// Fields of Refusal.
func (Refusal) Fields() []ent.Field {
	return []ent.Field{
		inOrder(),
		field.String("customer_id").NotEmpty().Immutable(),
		field.String("item_id").NotEmpty().Immutable(),
		field.String("reason").GoType(policy.Reason("")).MaxLen(32).Immutable(),
		field.Int("quantity").Positive().Immutable(),
		field.String("outcome").GoType(policy.Outcome("")).MaxLen(32).Immutable(),
		field.String("clause").NotEmpty().MaxLen(16).Immutable().Comment("the clause, or the reading, that the answer named: the first that decided"),
		field.JSON("verdict", policy.Verdict{}).Immutable(),
		field.JSON("facts", policy.Facts{}).Immutable().Comment("what the verdict was made from: it can be made again"),
		field.String("terms_version").NotEmpty().MaxRuneLen(64).Immutable(),
		field.String("terms_digest").NotEmpty().MaxRuneLen(64).Immutable(),
		field.Time("asked_at").Immutable().Comment("the date of the request (A4), as requested_at of one that is filed"),
		field.String("asked_on").MinLen(10).MaxLen(10).Immutable().Comment("its day in UTC, 2026-03-31: asking again on the same day is no further request"),
		field.String("asked_by").NotEmpty().MaxRuneLen(128).Immutable().Comment("the principal's id"),
	}
}

// Edges of Refusal.
func (Refusal) Edges() []ent.Edge {
	return []ent.Edge{
		toOrder("refusals"),
		edge.From("item", Item.Type).Ref("refusals").Field("item_id").Unique().Required().Immutable(),
	}
}

// Indexes of Refusal. An item is one customer's: what they ask for twice on a day counts once.
func (Refusal) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("item_id", "reason", "outcome", "clause", "asked_on").Unique(),
		index.Fields("asked_at"), index.Fields("order_id"), index.Fields("customer_id"),
	}
}

// Annotations of Refusal.
func (Refusal) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entgql.Skip(), entsql.Annotation{Table: "refusals"},
		entsql.Checks(map[string]string{"refusal_units": "quantity > 0"}),
	}
}
