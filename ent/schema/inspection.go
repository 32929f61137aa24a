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

// Inspection is what became of some units of a line that share one fate: what was found, and the judgement on it.
type Inspection struct{ ent.Schema }

// Mixin of Inspection.
func (Inspection) Mixin() []ent.Mixin {
	return []ent.Mixin{Identified{}, owned(rule.To("line", "return", "order_id"))}
}

// Fields of Inspection.
func (Inspection) Fields() []ent.Field {
	return []ent.Field{
		field.String("line_id").NotEmpty().Immutable(),
		field.String("refund_id").Optional().Nillable().Comment("the refund that paid these units; nil before"),
		field.Bool("settled").Default(false).Comment("paid, or ended without money"),
		field.Int("units").Positive().Immutable(),
		field.String("fate").GoType(policy.Fate("")).MaxLen(16).Immutable(),
		instant("inspected_at"),
		field.String("inspector").NotEmpty().MaxRuneLen(128).Immutable(),
		field.String("note").MaxRuneLen(2000).Default(""),
		field.JSON("facts", policy.Inspection{}).Comment("what the judgement was made from: it can be made again"),
		field.JSON("judgement", policy.Judgement{}).Immutable().Annotations(entgql.Skip()), // it is explained with the rest of the row
		field.String("outcome").GoType(policy.InspectionOutcome("")).MaxLen(32).Comment("in force: the judgement's, or what staff put in its place"),
		field.Bool("overridden").Default(false),
		field.Int64("fee_at_most_minor").Optional().Nillable().NonNegative().Comment("staff lowered the fee to this, per unit (A17)"),
		field.String("terms_version").NotEmpty().MaxRuneLen(64).Immutable(),
		field.String("terms_digest").NotEmpty().MaxRuneLen(64).Immutable(),
	}
}

// Edges of Inspection.
func (Inspection) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("line", ReturnLine.Type).Ref("inspections").Field("line_id").Unique().Required().Immutable(),
		edge.To("photos", Photo.Type).Annotations(kept()),
		edge.From("refund", RefundRequest.Type).Ref("inspections").Field("refund_id").Unique(),
	}
}

// Indexes of Inspection.
func (Inspection) Indexes() []ent.Index {
	return []ent.Index{index.Fields("line_id"), index.Fields("refund_id"), index.Fields("customer_id")}
}

// Annotations of Inspection.
func (Inspection) Annotations() []schema.Annotation {
	return []schema.Annotation{

		entsql.Checks(map[string]string{
			"inspection_units": "units > 0",
			"inspection_fee":   "fee_at_most_minor IS NULL OR fee_at_most_minor >= 0",
			"inspection_fate":  "fate IN ('ARRIVED', 'LOST', 'OTHER_ARRIVED')",
		}),
	}
}
