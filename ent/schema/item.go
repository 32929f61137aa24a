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

// Item is one line of an order: some units of one product, with the delivery of the parcel that held them (A9) and the
// packing list that says what must come back.
type Item struct{ ent.Schema }

// Mixin of Item.
func (Item) Mixin() []ent.Mixin { return []ent.Mixin{Identified{}, owned(rule.To("order_id"))} }

// Fields of Item.
func (Item) Fields() []ent.Field {
	return []ent.Field{
		inOrder(),
		field.Int("position").NonNegative().Immutable().Comment("place in the order, from 0"),
		field.String("sku").NotEmpty().MaxRuneLen(64).Immutable(),
		field.String("name").NotEmpty().MaxRuneLen(200).Immutable(),
		field.Int("quantity").Positive().Immutable(),
		currency(),
		field.Int64("paid_minor").NonNegative().Immutable().Comment("for all units, after discounts, with tax (A20)"),
		field.Int64("paid_before_minor").NonNegative().Immutable().Comment("paid for the lines before this one: where its share of shipping starts (A22)"),
		field.Int("units_before").NonNegative().Immutable().Comment("units of the lines before this one: the same where nothing was paid"),
		field.JSON("packing_list", []policy.Piece{}).Optional().Immutable(),
		field.String("delivery").GoType(policy.Delivery("")).MaxLen(16),
		field.String("carrier").MaxRuneLen(64).Default(""),
		field.String("tracking").MaxRuneLen(128).Default(""),
		instantOrNil("shipped_at"),
		instantOrNil("delivered_at"),
		field.Int("units_claimed").NonNegative().Default(0).Comment("units in an open or refunded return (A37)"),
		field.Int("units_refunded").NonNegative().Default(0).Comment("units whose refund is booked: they took the first shares"),
	}
}

// Edges of Item.
func (Item) Edges() []ent.Edge {
	return []ent.Edge{
		toOrder("items"),
		edge.To("return_lines", ReturnLine.Type).Annotations(kept()),
		edge.To("refusals", Refusal.Type).Annotations(kept(), entgql.Skip()),
	}
}

// Indexes of Item.
func (Item) Indexes() []ent.Index {
	return []ent.Index{index.Fields("order_id", "position").Unique(), index.Fields("order_id", "sku"), index.Fields("customer_id")}
}

// Annotations of Item.
func (Item) Annotations() []schema.Annotation {
	return []schema.Annotation{

		entsql.Checks(map[string]string{
			"item_money":     "paid_minor >= 0 AND paid_before_minor >= 0",
			"item_units":     "quantity > 0 AND units_claimed BETWEEN 0 AND quantity AND units_refunded BETWEEN 0 AND units_claimed",
			"item_delivery":  "delivery IN ('NOT_SHIPPED', 'IN_TRANSIT', 'DELIVERED', 'UNKNOWN')",
			"item_delivered": "((delivery = 'DELIVERED') = (delivered_at IS NOT NULL))",
		}),
	}
}
