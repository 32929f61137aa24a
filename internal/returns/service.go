// Package returns is the workflow of a return: one verb, one file. Each use case asks auth.May first, reads the clock once
// (store.InTx), lets policy and refund decide, lets lifecycle say which move that is, and leaves an event.
package returns

import (
	"github.com/vysero/returns/internal/label"
	"github.com/vysero/returns/internal/payment"
	"github.com/vysero/returns/internal/photo"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/store"
)

// Service holds what the use cases work with. Every field is needed.
type Service struct {
	DB       *store.DB
	Terms    *policy.Terms
	Payments *payment.Gateway
	Labels   *label.Desk
	Photos   *photo.Album
	// Depot is where returned goods go: the receiver on a label, line by line.
	Depot []string
	// NewID makes an id with the prefix of its record: "ret" gives "ret_…".
	NewID func(prefix string) string
}
