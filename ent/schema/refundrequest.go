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
	"github.com/vysero/returns/internal/refund"
)

// RefundRequest is the duty to pay a breakdown back, with one transfer for each payment that it goes to. GraphQL calls it
// Refund (the pure package has that name in Go).
type RefundRequest struct{ ent.Schema }

// Mixin of RefundRequest.
func (RefundRequest) Mixin() []ent.Mixin {
	return []ent.Mixin{Identified{}, owned(rule.To("order_id"))}
}

// Fields of RefundRequest.
func (RefundRequest) Fields() []ent.Field {
	return []ent.Field{
		inOrder(),
		field.String("return_id").NotEmpty().Immutable(),
		field.Enum("state").Values("PENDING", "REQUIRES_ACTION", "SUCCEEDED", "FAILED"),
		currency(),
		field.Int64("total_minor").Positive().Immutable(),
		field.JSON("breakdown", refund.Breakdown{}).Immutable(),
		field.Time("due_before").Immutable().Comment("R2: the exclusive end of the fifth business day"),
		instant("created_at"),
		field.String("created_by").NotEmpty().MaxRuneLen(128).Immutable(),
		field.Time("accepted_at").Optional().Nillable().Comment("A31: when the provider had taken all of it, which is when it counts as processed; nil while something is not taken, or failed"),
		instantOrNil("succeeded_at"),
	}
}

// Edges of RefundRequest.
func (RefundRequest) Edges() []ent.Edge {
	return []ent.Edge{
		toOrder("refunds"),
		edge.From("return", ReturnRequest.Type).Ref("refunds").Field("return_id").Unique().Required().Immutable(),
		edge.To("transfers", Transfer.Type).Annotations(kept()),
		edge.To("inspections", Inspection.Type).Annotations(kept()),
		edge.To("postings", Posting.Type).Annotations(kept(), entgql.Skip()),
	}
}

// Indexes of RefundRequest.
func (RefundRequest) Indexes() []ent.Index {
	return []ent.Index{index.Fields("return_id"), index.Fields("order_id"), index.Fields("state", "due_before"), index.Fields("customer_id")}
}

// Annotations of RefundRequest.
func (RefundRequest) Annotations() []schema.Annotation {
	return []schema.Annotation{

		entsql.Annotation{Table: "refunds"}, entgql.Type("Refund"),
		entsql.Checks(map[string]string{"refund_money": "total_minor > 0"}),
	}
}
