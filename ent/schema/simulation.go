package schema

import (
	"encoding/json"

	"entgo.io/contrib/entgql"
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/vysero/returns/ent/rule"
)

// Simulation is what the returns, refusals and orders of a range would have been answered by an edition of the terms: how far it has
// come, and its report. It changes nothing else.
type Simulation struct{ ent.Schema }

// Mixin of Simulation.
func (Simulation) Mixin() []ent.Mixin { return []ent.Mixin{Identified{}} }

// Policy of Simulation: what terms would cost is for staff.
func (Simulation) Policy() ent.Policy { return rule.StaffOnly() }

// Fields of Simulation.
func (Simulation) Fields() []ent.Field {
	return []ent.Field{
		field.String("edition_id").NotEmpty().Immutable(),
		field.Time("range_from").Immutable().Comment("returns and refusals by their request, orders by their purchase: from here on"),
		field.Time("range_to").Immutable().Comment("and before this: a range that ends where it begins is empty"),
		field.Enum("state").Values("QUEUED", "RUNNING", "DONE", "FAILED"),
		field.Int("done").NonNegative().Default(0).Comment("returns, refusals and orders that were replayed"),
		field.Int("total").NonNegative().Comment("returns, refusals and orders of the range, as they were counted at its beginning"),
		field.String("place").MaxLen(256).Default("").Comment("where a run that was cut off goes on: the last row that is in the report"),
		field.JSON("report", json.RawMessage{}).Optional().Comment("as far as it has come: whole where the state is DONE"),
		field.String("requested_by").NotEmpty().MaxRuneLen(128).Immutable(),
		field.Time("requested_at").Immutable().Comment("what lies after it was not there yet"),
		instantOrNil("finished_at"),
		field.String("failure").MaxRuneLen(2000).Default("").Comment("why it failed, for people"),
	}
}

// Edges of Simulation.
func (Simulation) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("edition", Edition.Type).Field("edition_id").Unique().Required().Immutable().Annotations(kept()),
	}
}

// Indexes of Simulation.
func (Simulation) Indexes() []ent.Index {
	return []ent.Index{index.Fields("state", "requested_at"), index.Fields("edition_id")}
}

// Annotations of Simulation.
func (Simulation) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entsql.Annotation{Table: "terms_simulations"}, entgql.Type("TermsSimulation"),
		entsql.Checks(map[string]string{
			// A check is only told apart by its name: another rule takes a new one.
			"simulation_range_2": "range_from <= range_to",
			"simulation_count":   "done >= 0 AND total >= 0",
			"simulation_ended":   "((state IN ('DONE', 'FAILED')) = (finished_at IS NOT NULL))",
		}),
	}
}
