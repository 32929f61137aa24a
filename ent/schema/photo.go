package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/vysero/returns/ent/rule"
)

// Photo is a picture of the issue (H2). The file is kept by the photo port under the same id: it was checked and encoded anew
// before there is a row. The row outlives the file, because verdicts count photos.
type Photo struct{ ent.Schema }

// Mixin of Photo. One that is in no return yet is, for a link to one order, that of whoever came by such a link and uploaded it.
func (Photo) Mixin() []ent.Mixin {
	return []ent.Mixin{Identified{}, owned(
		rule.To("return", "order_id"), rule.To("inspection", "line", "return", "order_id"),
		rule.Unfiled("uploaded_by", "return_id", "inspection_id"),
	)}
}

// Fields of Photo.
func (Photo) Fields() []ent.Field {
	return []ent.Field{
		field.String("return_id").Optional().Nillable().Comment("nil until it is filed with a return"),
		field.String("inspection_id").Optional().Nillable().Comment("the finding that it shows; such a photo is no evidence of the customer's"),
		field.String("content_type").NotEmpty().MaxRuneLen(64).Immutable(),
		field.Int64("bytes").Positive().Immutable(),
		field.Int("width").NonNegative().Immutable().Comment("pixels; 0 where it was kept undecoded, which none is any more"),
		field.Int("height").NonNegative().Immutable(),
		field.String("sha256").MinLen(64).MaxRuneLen(64).Immutable(),
		instant("uploaded_at"),
		field.String("uploaded_by").NotEmpty().MaxRuneLen(128).Immutable(),
		field.Time("removed_at").Optional().Nillable().Comment("from then on it is shown to nobody"),
		field.Enum("removal").Values("RETENTION", "UNFILED", "ERASURE").Optional().Nillable().Comment("why it was removed"),
		field.Time("gone_at").Optional().Nillable().Comment("when the file was deleted, after it was removed"),
	}
}

// Edges of Photo.
func (Photo) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("return", ReturnRequest.Type).Ref("photos").Field("return_id").Unique(),
		edge.From("inspection", Inspection.Type).Ref("photos").Field("inspection_id").Unique(),
	}
}

// Indexes of Photo.
func (Photo) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("return_id"), index.Fields("inspection_id"), index.Fields("customer_id", "uploaded_at"),
		index.Fields("uploaded_by", "uploaded_at"), index.Fields("removed_at", "gone_at"),
	}
}

// Annotations of Photo.
func (Photo) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entsql.Checks(map[string]string{"photo_size": "bytes > 0 AND width >= 0 AND height >= 0"}),
	}
}
