// Package graph is the border: GraphQL in, one use case or one read out. What it does itself is to say no before anything
// runs (limits.go, transport.go) and to put into words what came back (present.go). It decides nothing about returns.
package graph

import (
	"github.com/vysero/returns/internal/explain"
	"github.com/vysero/returns/internal/guests"
	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/reports"
	"github.com/vysero/returns/internal/returns"
	"github.com/vysero/returns/internal/store"
	"github.com/vysero/returns/internal/terms"
)

// Resolver answers fields from use cases and from rows as ent/rule lets the principal in the context see them.
// Every field is needed.
type Resolver struct {
	DB      *store.DB
	Orders  *orders.Service
	Returns *returns.Service
	Terms   *terms.Service
	Reports *reports.Service
	Guests  *guests.Service
	Explain *explain.Explainer
}
