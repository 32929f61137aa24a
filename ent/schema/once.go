package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/vysero/returns/ent/rule"
)

// Once is an idempotency key that was used: who used it, for which mutation, with what input, and what came of it. It is
// written in the transaction of the work itself, and it goes with the customer whose return it is about, and not before.
type Once struct{ ent.Schema }

// Mixin of Once.
func (Once) Mixin() []ent.Mixin { return []ent.Mixin{Identified{}} }

// Policy of Once: nobody outside of a use case has anything to read here.
func (Once) Policy() ent.Policy { return rule.StaffOnly() }

// Fields of Once.
func (Once) Fields() []ent.Field {
	return []ent.Field{
		field.String("actor").NotEmpty().MaxRuneLen(128).Immutable(),
		field.String("mutation").NotEmpty().MaxLen(64).Immutable(),
		field.String("key").NotEmpty().MaxLen(255).Immutable(),
		field.String("fingerprint").NotEmpty().MaxLen(64).Immutable().Comment("SHA-256 of the input without the key"),
		field.String("return_id").NotEmpty().Immutable(),
		field.String("refund_id").Default("").Immutable(),
		instant("used_at"),
		field.Time("busy_until").Comment("until then the first call may still be at work; the instant at which it ended, where it did"),
	}
}

// Indexes of Once.
func (Once) Indexes() []ent.Index {
	return []ent.Index{index.Fields("actor", "mutation", "key").Unique()}
}

// Annotations of Once.
func (Once) Annotations() []schema.Annotation {
	return []schema.Annotation{entgql.Skip(), entsql.Annotation{Table: "idempotency_keys"}}
}
