package schema

import (
	"encoding/json"

	"entgo.io/ent"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/vysero/returns/ent/rule"
)

// Event is one thing that was done: who, what, when, why, and what it changed. Rows are only ever added; an erasure takes a
// reason out, and is an event itself.
type Event struct{ ent.Schema }

// Mixin of Event.
func (Event) Mixin() []ent.Mixin { return []ent.Mixin{Identified{}} }

// Policy of Event: reasons and internal notes are for staff.
func (Event) Policy() ent.Policy { return rule.StaffOnly() }

// Fields of Event.
func (Event) Fields() []ent.Field {
	return []ent.Field{
		inOrder(),
		field.String("customer_id").NotEmpty().Immutable(),
		field.String("return_id").Optional().Nillable().Immutable(),
		instant("at"),
		field.String("actor").NotEmpty().MaxRuneLen(128).Immutable().Comment("the principal's id"),
		field.String("role").NotEmpty().MaxLen(16).Immutable(),
		field.String("action").NotEmpty().MaxLen(32).Immutable(),
		field.String("reason").MaxRuneLen(2000).Default("").Comment("in the words of whoever did it: emptied where its customer is erased"),
		field.String("salt").MaxLen(64).Default("").Comment("digested with the reason and emptied with it: a digest alone must not let words be guessed"),
		field.JSON("before", json.RawMessage{}).Optional().Immutable(),
		field.JSON("after", json.RawMessage{}).Optional().Comment("what it changed; older ones of a reroute hold words, which go with the reason"),
		field.JSON("sealed", json.RawMessage{}).Optional().Immutable().Comment("digests of what the return says as the event leaves it (internal/chain, Seal); nil for one of an order, and of before there were seals"),
		field.Int("seq").NonNegative().Default(0).Immutable().Comment("place in the chain of its return, else of its order, from 1; 0 for events of before there were chains"),
		field.String("prev").MaxLen(64).Default("").Immutable().Comment("digest of the event before it in the chain"),
		field.String("digest").MaxLen(64).Default("").Immutable().Comment("SHA-256 of all that it says, and of prev"),
	}
}

// Edges of Event.
func (Event) Edges() []ent.Edge {
	return []ent.Edge{
		toOrder("events"),
		edge.From("return", ReturnRequest.Type).Ref("events").Field("return_id").Unique().Immutable(),
	}
}

// Indexes of Event.
func (Event) Indexes() []ent.Index {
	return []ent.Index{index.Fields("return_id", "at"), index.Fields("order_id", "at"), index.Fields("customer_id")}
}
