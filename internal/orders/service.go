// Package orders is what the shop's own systems tell us: orders that were placed, and how their items reached the
// customer. What it records is what the policy later judges by, so nothing is recorded that could not have happened, and
// nothing that was recorded is changed by saying it differently.
package orders

import (
	"context"

	"github.com/vysero/returns/internal/store"
)

// Service holds what the use cases work with. DB and NewID are needed.
type Service struct {
	DB *store.DB
	// NewID makes an id with the prefix of its record: "ord" gives "ord_…". The prefixes of this package are cus, ord,
	// itm, pay and evt.
	NewID func(prefix string) string
	// Arrived is told of an order whose items arrived, inside the transaction that records it: what waits for the arrival
	// is moved on with it or not at all. nil where nothing waits.
	Arrived func(ctx context.Context, tx store.Tx, orderID string) error
}

// The actions that this package's events name.
const (
	orderRecorded  = "ORDER_RECORDED"
	itemsShipped   = "ITEMS_SHIPPED"
	itemsDelivered = "ITEMS_DELIVERED"
)
