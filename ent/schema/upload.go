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

// Upload is a photo that is expected: it may be on its way, in quarantine, or refused. It has the id of the photo that it is to
// become, and ends with it. What is left over after its time is cleaned away, with whatever came.
type Upload struct{ ent.Schema }

// Mixin of Upload.
func (Upload) Mixin() []ent.Mixin { return []ent.Mixin{Identified{}, owned(rule.Unfiled("begun_by"))} }

// Fields of Upload.
func (Upload) Fields() []ent.Field {
	return []ent.Field{
		instant("begun_at"),
		field.String("begun_by").NotEmpty().MaxRuneLen(128).Immutable().Comment("the principal's id: nobody else ends it"),
		field.Time("expires_at").Comment("from then on nothing is made of it"),
	}
}

// Indexes of Upload.
func (Upload) Indexes() []ent.Index {
	return []ent.Index{index.Fields("customer_id"), index.Fields("begun_by", "begun_at"), index.Fields("expires_at")}
}

// Annotations of Upload.
func (Upload) Annotations() []schema.Annotation {
	return []schema.Annotation{entgql.Skip(), entsql.Annotation{Table: "uploads"}}
}
