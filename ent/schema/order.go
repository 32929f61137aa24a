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

// Order is a sale as the shop recorded it: what the policy asks about a purchase is frozen here.
type Order struct{ ent.Schema }

// Mixin of Order.
func (Order) Mixin() []ent.Mixin { return []ent.Mixin{Identified{}, owned(rule.To("id"))} }

// Fields of Order.
func (Order) Fields() []ent.Field {
	return []ent.Field{
		field.String("number").NotEmpty().MaxRuneLen(64).Unique().Immutable().Comment("the shop's own number, as customers know it"),
		currency(),
		field.Time("purchased_at").Annotations(entgql.OrderField("PURCHASED_AT")),
		field.String("ship_to_country").MinLen(2).MaxLen(2).Immutable().Comment("ISO 3166-1 alpha-2, frozen at purchase (A25)"),
		field.String("ship_to_zone").MaxRuneLen(64).Default("").Immutable().Comment("IANA zone; empty where the shop gave none (A6)"),
		field.Strings("ship_to_lines").Optional().Comment("name and address, for the return label only"),
		field.Int64("shipping_minor").NonNegative().Immutable().Comment("paid for original shipping, with tax"),
		field.Int64("items_minor").NonNegative().Immutable().Comment("paid for all items together"),
		field.Int("units").Positive().Immutable().Comment("units of all items together"),
		field.String("proof").GoType(policy.Proof("")).MaxLen(32),
		field.Int("returns_filed").NonNegative().Default(0).Comment("how many returns were ever filed: numbers the next one"),
		field.String("fingerprint").MaxRuneLen(64).Comment("SHA-256 of what was recorded: the same number again must be the same order. Empty where its customer is erased"),
		field.Int("events_seq").NonNegative().Default(0).Comment("where the chain of its events ends"),
		field.String("events_digest").MaxLen(64).Default(""),
		instant("recorded_at"),
	}
}

// Edges of Order.
func (Order) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("customer", Customer.Type).Ref("orders").Field("customer_id").Unique().Required().Immutable(),
		edge.To("items", Item.Type).Annotations(kept()),
		edge.To("payments", Payment.Type).Annotations(kept()),
		edge.To("returns", ReturnRequest.Type).Annotations(connection(), kept()),
		edge.To("refunds", RefundRequest.Type).Annotations(kept()),
		edge.To("events", Event.Type).Annotations(connection(), kept()),
		edge.To("refusals", Refusal.Type).Annotations(kept(), entgql.Skip()),
	}
}

// Indexes of Order.
func (Order) Indexes() []ent.Index {
	return []ent.Index{index.Fields("customer_id", "purchased_at"), index.Fields("purchased_at")}
}

// Annotations of Order.
func (Order) Annotations() []schema.Annotation {
	return []schema.Annotation{

		entsql.Checks(map[string]string{
			"order_money": "shipping_minor >= 0 AND items_minor >= 0",
			"order_proof": "proof IN ('ACCOUNT_ORDER', 'RECEIPT_VERIFIED', 'NONE')",
		}),
	}
}
