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

// ReturnLine is some units of one item in a return, with the reason, the verdict, and the facts that the verdict rests on.
type ReturnLine struct{ ent.Schema }

// Mixin of ReturnLine.
func (ReturnLine) Mixin() []ent.Mixin {
	return []ent.Mixin{Identified{}, owned(rule.To("return", "order_id"))}
}

// Fields of ReturnLine.
func (ReturnLine) Fields() []ent.Field {
	return []ent.Field{
		field.String("return_id").NotEmpty().Immutable(),
		field.String("item_id").NotEmpty().Immutable(),
		field.Int("position").NonNegative().Immutable(),
		field.String("reason").GoType(policy.Reason("")).MaxLen(32).Immutable(),
		field.Int("quantity").Positive().Immutable(),
		field.Bool("ever_worked").Optional().Nillable().Immutable().Comment("DEFECTIVE: what the customer answered (A12)"),
		field.Strings("missing_on_arrival").Optional().Immutable().Comment("packing-list codes (A18)"),
		field.Strings("missing_declared").Optional().Immutable().Comment("pieces that the customer says will not come back: for the estimate only"),
		field.String("comment").MaxRuneLen(2000).Default(""),
		field.String("outcome").GoType(policy.Outcome("")).MaxLen(32).Comment("in force: the verdict's, or what staff put in its place"),
		field.Bool("overridden").Default(false),
		field.JSON("verdict", policy.Verdict{}).Annotations(entgql.Skip()), // it is explained with the rest of the row
		field.JSON("facts", policy.Facts{}).Comment("what the verdict was made from: it can be made again"),
		field.String("terms_version").NotEmpty().MaxRuneLen(64),
		field.String("terms_digest").NotEmpty().MaxRuneLen(64),
		field.Int("units_back").NonNegative().Default(0).Comment("units accounted for: received, lost, or something else came"),
		field.Int("units_judged").NonNegative().Default(0).Comment("units that an inspection covers"),
	}
}

// Edges of ReturnLine.
func (ReturnLine) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("return", ReturnRequest.Type).Ref("lines").Field("return_id").Unique().Required().Immutable(),
		edge.From("item", Item.Type).Ref("return_lines").Field("item_id").Unique().Required().Immutable(),
		edge.To("inspections", Inspection.Type).Annotations(kept()),
	}
}

// Indexes of ReturnLine.
func (ReturnLine) Indexes() []ent.Index {
	return []ent.Index{index.Fields("return_id", "position").Unique(), index.Fields("item_id"), index.Fields("reason"), index.Fields("customer_id")}
}

// Annotations of ReturnLine.
func (ReturnLine) Annotations() []schema.Annotation {
	return []schema.Annotation{

		entsql.Checks(map[string]string{
			"return_line_units": "quantity > 0 AND units_back BETWEEN 0 AND quantity AND units_judged BETWEEN 0 AND units_back",
		}),
	}
}
