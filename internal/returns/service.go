// Package returns is the workflow of a return: one verb, one file. Each use case asks auth.May first, reads the clock once
// (store.InTx), lets policy and refund decide, lets lifecycle say which move that is, and leaves an event.
package returns

import (
	"context"
	"time"

	"github.com/vysero/returns/internal/jobs"
	"github.com/vysero/returns/internal/label"
	"github.com/vysero/returns/internal/payment"
	"github.com/vysero/returns/internal/photo"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/store"
)

// Service holds what the use cases work with. Every field but KeepPhotos and OverrideLimit is needed.
type Service struct {
	DB *store.DB
	// Terms is the book of terms as it stands: every edition that was published.
	Terms    func(ctx context.Context) (*policy.Book, error)
	Payments *payment.Gateway
	Labels   *label.Desk
	Photos   *photo.Album
	Jobs     *jobs.Queue
	// Tell is told of each alarm once, when it is written down.
	Tell func(ctx context.Context, a Warning)
	// KeepPhotos is how long after the end of a return its photos are kept; zero is for ever.
	KeepPhotos time.Duration
	// InspectWithin is how long goods may be here before somebody is told that they are not inspected.
	InspectWithin time.Duration
	// OverrideLimit is how much money the overrides of one return may move without a second person, in whole units of the
	// order's currency; nil: whatever it is.
	OverrideLimit *int64
	// Depot is where returned goods go: the receiver on a label, line by line.
	Depot []string
	// NewID makes an id with the prefix of its record: "ret" gives "ret_…".
	NewID func(prefix string) string
}
