package schema

import (
	"strings"

	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/vysero/returns/ent/rule"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/policy"
)

// ReturnRequest is a return from its request to its end. GraphQL calls it Return (ent keeps that name for itself).
type ReturnRequest struct{ ent.Schema }

// Mixin of ReturnRequest.
func (ReturnRequest) Mixin() []ent.Mixin {
	return []ent.Mixin{Identified{}, owned(rule.To("order_id"))}
}

// Fields of ReturnRequest.
func (ReturnRequest) Fields() []ent.Field {
	return []ent.Field{
		inOrder(),
		field.String("number").NotEmpty().MaxRuneLen(80).Unique().Immutable().Comment("for people: the order's number and -R1, -R2 …"),
		field.String("state").GoType(lifecycle.State("")).MaxLen(32).Annotations(entgql.OrderField("STATE")),
		field.Time("requested_at").Immutable().Comment("the date that T1 and T2 test (A4); staff give the first contact (A38)").Annotations(entgql.OrderField("REQUESTED_AT")),
		instant("filed_at"),
		field.String("filed_by").NotEmpty().MaxRuneLen(128).Immutable(),
		// Whose words they are is told by other columns: whoever asks for it reads the whole row.
		field.String("note").MaxRuneLen(2000).Default("").Comment("what the customer wrote, or for staff alone who filed it").Annotations(entgql.Skip()),
		field.Bool("photos_waived").Default(false),
		field.String("instructions").MaxRuneLen(4000).Default(""),
		instantOrNil("instructions_at"),
		field.JSON("hand_over_before", &policy.Deadline{}).Optional(),
		field.Time("handed_over_at").Optional().Nillable().Comment("as it was said, by whoever said it"),
		field.Time("hand_over_entered_at").Optional().Nillable().Comment("when a customer entered it: A3 goes by this, where they say that it was earlier"),
		field.String("carrier").MaxRuneLen(64).Default(""),
		field.String("tracking").MaxRuneLen(128).Default(""),
		instantOrNil("received_at"),
		instantOrNil("inspected_at"),
		field.JSON("refund_before", &policy.Deadline{}).Optional().Comment("R2, of the units that are judged and not settled"),
		field.Time("due_before").Comment("when the next thing is due in this state; lifecycle.NeverDue where nothing is").Annotations(entgql.OrderField("DUE_BEFORE")),
		field.String("outcome_note").MaxRuneLen(2000).Default("").Comment("the words the customer was given with a decline"),
		field.Int("events_seq").NonNegative().Default(0).Comment("where the chain of its events ends"),
		field.String("events_digest").MaxLen(64).Default(""),
		field.Int("revision").NonNegative().Default(0).Comment("counts changes: a writer states the one that it read"),
	}
}

// Edges of ReturnRequest.
func (ReturnRequest) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("customer", Customer.Type).Ref("returns").Field("customer_id").Unique().Required().Immutable(),
		toOrder("returns"),
		edge.To("lines", ReturnLine.Type).Annotations(kept()),
		edge.To("photos", Photo.Type).Annotations(kept()),
		edge.To("label", Label.Type).Unique().Annotations(kept()),
		edge.To("refunds", RefundRequest.Type).Annotations(kept()),
		edge.To("events", Event.Type).Annotations(connection(), kept()),
		edge.To("overrides", Override.Type).Annotations(kept()),
	}
}

// Indexes of ReturnRequest.
func (ReturnRequest) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("customer_id", "requested_at"), index.Fields("order_id", "requested_at"),
		index.Fields("state", "due_before"), index.Fields("due_before"), index.Fields("requested_at"),
	}
}

// Annotations of ReturnRequest.
func (ReturnRequest) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entsql.Annotation{Table: "returns"}, entgql.Type("Return"),
		entsql.Checks(map[string]string{
			// A check is only told apart by its name: a new state takes a new one.
			"return_state_2":  "state IN ('" + strings.Join(lifecycle.State("").Values(), "', '") + "')",
			"return_revision": "revision >= 0",
			"return_received": "received_at IS NULL OR handed_over_at IS NOT NULL",
		}),
	}
}
