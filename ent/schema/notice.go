package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/vysero/returns/ent/rule"
)

// Notice is what a payment provider told by itself. It is on record before it is worked on, once for each event of the
// provider's, however often that is sent.
type Notice struct{ ent.Schema }

// Mixin of Notice.
func (Notice) Mixin() []ent.Mixin { return []ent.Mixin{Identified{}} }

// Policy of Notice: money that moves is for staff to look at.
func (Notice) Policy() ent.Policy { return rule.StaffOnly() }

// Fields of Notice.
func (Notice) Fields() []ent.Field {
	return []ent.Field{
		field.String("event_id").NotEmpty().MaxRuneLen(255).Unique().Immutable().Comment("the provider's, the same each time that it is sent"),
		field.String("type").MaxRuneLen(128).Immutable().Comment("the provider's own word for it"),
		field.Enum("about").Values("REFUND", "CHARGE", "NOTHING").Immutable(),
		field.Enum("state").Values("NEW", "APPLIED", "STRANGE", "IGNORED").Comment("STRANGE: about a refund that is not ours"),
		field.String("provider_id").MaxRuneLen(255).Default("").Immutable(),
		field.String("key").MaxRuneLen(255).Default("").Immutable().Comment("ours, as the provider has it"),
		field.String("status").MaxLen(32).Default("").Immutable(),
		field.String("failure").MaxLen(64).Default("").Immutable(),
		field.Int64("amount_minor").NonNegative().Default(0).Immutable(),
		field.String("currency").MaxLen(3).Default("").Immutable(),
		field.Strings("charge_refs").Optional().Immutable(),
		instant("received_at"),
		instantOrNil("applied_at"),
	}
}

// Indexes of Notice.
func (Notice) Indexes() []ent.Index {
	return []ent.Index{index.Fields("state", "received_at"), index.Fields("provider_id")}
}

// Annotations of Notice.
func (Notice) Annotations() []schema.Annotation { return []schema.Annotation{entgql.Skip()} }
