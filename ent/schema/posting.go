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

// Posting is one side of an entry in the journal of refunds. The postings of an entry add up to zero, and so does the
// journal. Rows are only ever added.
type Posting struct{ ent.Schema }

// Mixin of Posting.
func (Posting) Mixin() []ent.Mixin { return []ent.Mixin{Identified{}} }

// Policy of Posting: the books are for staff.
func (Posting) Policy() ent.Policy { return rule.StaffOnly() }

// Fields of Posting.
func (Posting) Fields() []ent.Field {
	return []ent.Field{
		field.String("refund_id").NotEmpty().Immutable(),
		field.String("transfer_id").Optional().Nillable().Immutable().Comment("nil for the entry that makes the debt"),
		field.Enum("entry").Values("OWED", "PAID", "SENT_BACK").Immutable().Comment("a refund became due; a transfer of it was paid; one that was paid came back"),
		field.Enum("account").Values("RETURNS", "CUSTOMERS", "PROVIDER", "OUTSIDE").Immutable().
			Comment("what returns cost; what is owed to customers; what the provider paid out; what was paid by other means"),
		currency(),
		field.Int64("minor").Immutable().Comment("debit above zero, credit below"),
		instant("at"),
	}
}

// Edges of Posting.
func (Posting) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("refund", RefundRequest.Type).Ref("postings").Field("refund_id").Unique().Required().Immutable(),
		edge.From("transfer", Transfer.Type).Ref("postings").Field("transfer_id").Unique().Immutable(),
	}
}

// Indexes of Posting: no transfer is paid twice in the books, or comes back twice.
func (Posting) Indexes() []ent.Index {
	return []ent.Index{index.Fields("transfer_id", "entry", "account").Unique(), index.Fields("refund_id")}
}

// Annotations of Posting.
func (Posting) Annotations() []schema.Annotation {
	return []schema.Annotation{
		entgql.Skip(),
		entsql.Checks(map[string]string{"posting_minor": "minor <> 0", "posting_transfer": "((entry = 'OWED') = (transfer_id IS NULL))"}),
	}
}
