package schema

import (
	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"

	"github.com/vysero/returns/ent/rule"
)

// Label is the prepaid return label of S1: an intent with its key first, the bought label afterwards, and what becomes of
// it where its return wants none any more.
type Label struct{ ent.Schema }

// Mixin of Label.
func (Label) Mixin() []ent.Mixin {
	return []ent.Mixin{Identified{}, owned(rule.To("return", "order_id"))}
}

// Fields of Label.
func (Label) Fields() []ent.Field {
	return []ent.Field{
		field.String("return_id").NotEmpty().Immutable(),
		field.String("key").NotEmpty().MaxRuneLen(64).Unique().Comment("the carrier is asked with it: the same label, however often; after a refusal another one"),
		field.Enum("state").Values("PENDING", "READY", "REFUSED", "VOIDING", "VOIDED", "KEPT"),
		field.String("carrier").MaxRuneLen(64).Default(""),
		field.String("tracking").MaxRuneLen(128).Default(""),
		field.Bytes("pdf").Optional().MaxLen(1 << 20).Annotations(entgql.Skip()),
		field.Int("asks").NonNegative().Default(0).Comment("how often the carrier was asked"),
		field.Time("ask_before").Optional().Nillable().Comment("nobody asks again before this instant; nil once there is nothing to ask"),
		instant("ordered_at"),
		instantOrNil("ready_at"),
		instantOrNil("state_at"),
	}
}

// Edges of Label.
func (Label) Edges() []ent.Edge {
	return []ent.Edge{edge.From("return", ReturnRequest.Type).Ref("label").Field("return_id").Unique().Required().Immutable()}
}

// Annotations of Label.
func (Label) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entsql.Checks(map[string]string{"label_sheet": "state <> 'READY' OR (ready_at IS NOT NULL AND pdf IS NOT NULL AND tracking <> '')"}),
	}
}
