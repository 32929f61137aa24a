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

// Edition is one edition of the terms: a draft, a proposal that waits for a second person, or terms that were published,
// which never change again.
type Edition struct{ ent.Schema }

// Mixin of Edition.
func (Edition) Mixin() []ent.Mixin { return []ent.Mixin{Identified{}} }

// Policy of Edition: drafts are for staff. The terms in force are read by everybody, from the book.
func (Edition) Policy() ent.Policy { return rule.StaffOnly() }

// Fields of Edition.
func (Edition) Fields() []ent.Field {
	return []ent.Field{
		field.Int("number").Optional().Nillable().Positive().Unique().Comment("1, 2 … of what was published; nil before"),
		field.String("version").NotEmpty().MaxLen(64).Immutable().Comment("as the file names itself"),
		field.Enum("state").Values("DRAFT", "PROPOSED", "PUBLISHED", "WITHDRAWN"),
		field.Text("canonical").NotEmpty().Immutable().Comment("JSON with every key, in one form"),
		field.String("digest").NotEmpty().MaxLen(64).Immutable().Comment("SHA-256 of canonical"),
		field.String("note").MaxRuneLen(2000).Default("").Immutable().Comment("why, in the author's words"),
		field.Time("in_force_from").Optional().Nillable().Comment("nil for a draft"),
		field.Strings("acknowledged").Optional().Comment("keys that are unset and that somebody took the blame for; none of the first edition, which nobody proposed"),
		field.String("drafted_by").NotEmpty().MaxRuneLen(128).Immutable(),
		field.Time("drafted_at").Immutable(),
		field.String("proposed_by").MaxRuneLen(128).Default(""),
		instantOrNil("proposed_at"),
		field.String("approved_by").MaxRuneLen(128).Default(""),
		instantOrNil("published_at"),
		field.String("seal").MaxLen(64).Optional().Comment("SHA-256 of what was published and of the seal before it; none before that, nor of what was published before there were seals"),
	}
}

// Indexes of Edition.
func (Edition) Indexes() []ent.Index {
	return []ent.Index{index.Fields("state", "in_force_from"), index.Fields("digest")}
}

// Annotations of Edition.
func (Edition) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entsql.Annotation{Table: "terms_editions"}, entgql.Type("TermsEdition"),
		entsql.Checks(map[string]string{"edition_published": "((state = 'PUBLISHED') = (number IS NOT NULL))"}),
	}
}
