package rule

import (
	"entgo.io/ent/entql"

	"github.com/vysero/returns/internal/auth"
)

// Way tells which rows of a record belong to the one order that the principal has a link to.
type Way func(p auth.Principal) entql.P

// To leads from a row along edges to the column in which an order's id stands: To("return", "order_id") goes by the row's
// return. The column alone is one of the record itself.
func To(path ...string) Way {
	return func(p auth.Principal) entql.P {
		last := len(path) - 1
		at := entql.FieldEQ(path[last], p.OrderID)
		for i := last - 1; i >= 0; i-- {
			at = entql.HasEdgeWith(path[i], at)
		}
		return at
	}
}

// Unfiled leads to rows that belong to nothing yet, which the columns tell by being nil: they are those of whoever made
// them, whose id stands in the column by. A guest's id says which order they came for.
func Unfiled(by string, columns ...string) Way {
	return func(p auth.Principal) entql.P {
		at := entql.FieldEQ(by, p.ID)
		for _, column := range columns {
			at = entql.And(at, entql.FieldNil(column))
		}
		return at
	}
}

// anyOf is what one of the ways leads to.
func anyOf(p auth.Principal, ways []Way) entql.P {
	found := nothing()
	for _, way := range ways {
		found = entql.Or(found, way(p))
	}
	return found
}

// nothing is true of no row.
func nothing() entql.P { return entql.FieldNil("id") }
