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

// Transfer is the part of a refund that goes back to one payment: an intent with its key before the provider is asked,
// the provider's answer afterwards.
type Transfer struct{ ent.Schema }

// Mixin of Transfer.
func (Transfer) Mixin() []ent.Mixin {
	return []ent.Mixin{Identified{}, owned(rule.To("refund", "order_id"))}
}

// Fields of Transfer.
func (Transfer) Fields() []ent.Field {
	return []ent.Field{
		field.String("refund_id").NotEmpty().Immutable(),
		field.String("payment_id").NotEmpty().Immutable(),
		field.Int("attempt").Positive().Immutable().Comment("a failed transfer is followed by another with its own key"),
		field.String("key").NotEmpty().MaxRuneLen(64).Unique().Immutable().Comment("the provider is asked with it: money moves once, however often"),
		field.String("replaces").Optional().Nillable().Unique().Immutable().Comment("the id of the failed transfer that it stands for: each is replaced once"),
		field.Enum("state").Values("RESERVED", "SUBMITTED", "UNKNOWN", "PENDING", "REQUIRES_ACTION", "SUCCEEDED", "FAILED"),
		field.Int("asks").NonNegative().Default(0).Comment("how often the provider was asked; counts up before each call, so that one caller has it"),
		field.Time("ask_before").Optional().Nillable().Comment("nobody asks again before this instant; nil where there is nothing left to ask"),
		field.String("outside").MaxRuneLen(200).Default("").Comment("how staff paid it by other means, where the method was gone (A32); the provider has no part in it"),
		currency(),
		field.Int64("amount_minor").Positive().Immutable(),
		field.String("provider_id").MaxRuneLen(128).Default(""),
		field.String("failure").MaxRuneLen(64).Default(""),
		instant("created_at"),
		instantOrNil("answered_at"),
		instantOrNil("succeeded_at"),
	}
}

// Edges of Transfer.
func (Transfer) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("refund", RefundRequest.Type).Ref("transfers").Field("refund_id").Unique().Required().Immutable(),
		edge.From("payment", Payment.Type).Ref("transfers").Field("payment_id").Unique().Required().Immutable(),
		edge.To("postings", Posting.Type).Annotations(kept(), entgql.Skip()),
	}
}

// Indexes of Transfer.
func (Transfer) Indexes() []ent.Index {
	return []ent.Index{index.Fields("refund_id", "payment_id", "attempt").Unique(), index.Fields("payment_id"), index.Fields("state", "ask_before"), index.Fields("provider_id"), index.Fields("customer_id")}
}

// Annotations of Transfer.
func (Transfer) Annotations() []schema.Annotation {
	return []schema.Annotation{

		entsql.Checks(map[string]string{"transfer_money": "amount_minor > 0 AND attempt > 0"}),
	}
}
