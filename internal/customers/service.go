// Package customers is what a person may ask about themselves: everything that is on record about them (Export), and that
// it be taken out (Erase). What has to be kept of a sale and its refunds is kept, without the person.
package customers

import (
	"context"
	"errors"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/customer"
	"github.com/vysero/returns/ent/predicate"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/jobs"
	"github.com/vysero/returns/internal/photo"
	"github.com/vysero/returns/internal/store"
)

// Service holds what the use cases work with. Every field is needed.
type Service struct {
	DB     *store.DB
	Photos *photo.Album
	// ErasePhotos removes the photos of a customer, and tells how many files the store has not let go of yet.
	ErasePhotos func(ctx context.Context, customerID string) (waiting int, err error)
	Jobs        *jobs.Queue
	// NewID makes an id with the prefix of its record: "evt" gives "evt_…".
	NewID func(prefix string) string
}

// Who names one customer: by id, else by e-mail address. An erased customer is found by id alone.
type Who struct{ ID, Email string }

func (w Who) where() predicate.Customer {
	if w.ID != "" {
		return customer.ID(w.ID)
	}
	return customer.And(customer.Email(auth.NormalEmail(w.Email)), customer.ErasedAtIsNil())
}

// find reads the customer's row; NOT_FOUND where there is none.
func find(ctx context.Context, client *ent.Client, who Who) (*ent.Customer, error) {
	c, err := client.Customer.Query().Where(who.where()).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, fault.Missing("", "customer")
	}
	return c, err
}

// EraseFiles ends an erasure, once whatever was under way beside it is over: it forgets the files that are still there, and
// erases what came on record of the customer meanwhile.
type EraseFiles struct {
	CustomerID string `json:"customerId"`
}

// Kind names the job.
func (EraseFiles) Kind() string { return "customer.files" }

// Work tells the queue how the jobs are done. Call it once, before the queue starts.
func (s *Service) Work(q *jobs.Queue) {
	jobs.Handle(q, func(ctx context.Context, job EraseFiles) error {
		return errors.Join(s.eraseFiles(ctx, job.CustomerID), s.eraseLate(ctx, job.CustomerID))
	})
}
