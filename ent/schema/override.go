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
)

// Override is a decision of staff in the place of the terms': who, why, from what to what, and what it does to the money.
// Customers see what follows from it, never the override itself.
type Override struct{ ent.Schema }

// Mixin of Override.
func (Override) Mixin() []ent.Mixin { return []ent.Mixin{Identified{}} }

// Policy of Override: it holds internal notes.
func (Override) Policy() ent.Policy { return rule.StaffOnly() }

// Fields of Override.
func (Override) Fields() []ent.Field {
	return []ent.Field{
		field.String("return_id").NotEmpty().Immutable(),
		field.Enum("kind").Values("VERDICT", "JUDGEMENT", "FEE").Immutable(),
		field.String("subject").NotEmpty().MaxLen(40).Immutable().Comment("the id of the line, or of the inspection"),
		field.Enum("state").Values("PROPOSED", "IN_FORCE", "REJECTED"),
		field.Enum("code").Values("GOODWILL", "OUR_MISTAKE", "CARRIER", "NEW_EVIDENCE", "ABUSE", "OTHER").Immutable(),
		field.String("reason").NotEmpty().MaxRuneLen(2000),
		field.String("before").NotEmpty().MaxLen(40).Immutable().Comment("an outcome, or the fee per unit in minor units"),
		field.String("after").NotEmpty().MaxLen(40).Immutable(),
		currency(),
		field.Int64("effect_minor").Immutable().Comment("what is refunded more; less below zero"),
		field.String("asked_by").NotEmpty().MaxRuneLen(128).Immutable(),
		field.Time("asked_at").Immutable(),
		field.String("decided_by").MaxRuneLen(128).Default("").Comment("who else approved or rejected it; empty where one person was enough"),
		instantOrNil("decided_at"),
	}
}

// Edges of Override.
func (Override) Edges() []ent.Edge {
	return []ent.Edge{edge.From("return", ReturnRequest.Type).Ref("overrides").Field("return_id").Unique().Required().Immutable().Annotations(entgql.Skip())}
}

// Indexes of Override.
func (Override) Indexes() []ent.Index {
	return []ent.Index{index.Fields("return_id"), index.Fields("state", "asked_at")}
}

// Annotations of Override.
func (Override) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entsql.Checks(map[string]string{"override_second": "state <> 'REJECTED' OR decided_by <> ''"}),
	}
}
