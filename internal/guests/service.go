// Package guests lets people who have no account return an order: whoever asks for it by the order's number and an e-mail
// address is sent a link, to the address that is on record, and whoever has that link sees that order and nothing else.
//
// Nothing tells whoever asks whether number and address belong together: the request writes one job down, whatever it says,
// and the job finds out later. The row of the job holds the number as it was handed in and a keyed digest of the address,
// never the address.
package guests

import (
	"context"
	"time"

	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/explain"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/jobs"
	"github.com/vysero/returns/internal/notify"
	"github.com/vysero/returns/internal/store"
)

// Service holds what the use cases work with. Every field is needed.
type Service struct {
	DB   *store.DB
	Jobs *jobs.Queue
	// Offer is what links are made and sent with; nil where this server sends none.
	Offer *Offer
	// NewID makes an id with the prefix of its record. The prefixes of this package are lnk and evt.
	NewID func(prefix string) string
}

// Offer is what links are made and sent with.
type Offer struct {
	Links *auth.Links
	Mail  *notify.Mailer
	Words *explain.Explainer
	// Now is the clock by which links end: the machine's, whatever a demo says.
	Now func() time.Time
	// Page is the storefront's page that takes a link, without a fragment.
	Page string
	// Valid is for how long a link works, in whole minutes.
	Valid time.Duration
}

// The bounds of what is sent. What is asked for beyond them is dropped without a word: nobody may learn by them that an
// order exists, and nobody's mailbox is filled by a stranger.
const (
	PerOrder   = 3 // links to one order within an hour
	PerAddress = 6 // mails to one address within an hour, whatever their orders
	// Apart is how long after a link to an order there is no other one: a double click is one mail.
	Apart = 2 * time.Minute
)

// stretch is how long the same question makes one job, whoever asks it.
const stretch = time.Minute

// LinkInput asks for a link.
type LinkInput struct {
	OrderNumber string
	Email       string
}

// MailLink sends a link to whoever bought the order, if the address that was named is theirs.
type MailLink struct {
	ID      string    `json:"id"` // of the question, the same each time that the job is done
	Order   string    `json:"orderNumber" river:"unique"`
	Address string    `json:"address"     river:"unique"` // a keyed digest
	Stretch time.Time `json:"stretch"     river:"unique"` // when the stretch of time began in which it was asked
	Locale  string    `json:"locale"`
}

// Kind names the job.
func (MailLink) Kind() string { return "guest.link" }

// Work tells the queue how links are sent. Call it once, before the queue starts.
func (s *Service) Work(q *jobs.Queue) {
	jobs.Handle(q, func(ctx context.Context, job MailLink) error { return s.Mail(ctx, job) })
}

// SendLink asks for a link to an order, for whoever knows its number and the address that it was bought with: anybody may.
// It says nothing of whether there is such an order. locale is the language of the mail.
func (s *Service) SendLink(ctx context.Context, in LinkInput, locale string) error {
	if s.Offer == nil {
		return fault.NotOffered("This shop does not send links to orders. Sign in to see yours.")
	}
	number, email, err := read(in)
	if err != nil {
		return err
	}
	job := MailLink{ID: s.NewID("lnk"), Order: number, Address: s.Offer.Links.Mark(email), Locale: locale}
	return s.DB.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
		job.Stretch = tx.Now.Truncate(stretch)
		return s.Jobs.AddOnce(ctx, tx, job)
	})
}
