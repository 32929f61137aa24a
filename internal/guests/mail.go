package guests

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/customer"
	"github.com/vysero/returns/ent/event"
	"github.com/vysero/returns/ent/order"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/chain"
	"github.com/vysero/returns/internal/explain"
	"github.com/vysero/returns/internal/jobs"
	"github.com/vysero/returns/internal/notify"
	"github.com/vysero/returns/internal/store"
)

// linkIssued is the action of the event that each link leaves in the chain of its order. It holds no address.
const linkIssued = "LINK_ISSUED"

// Mail does the job: where number and address belong together, and no bound is reached, it writes the event down and sends the
// link. A mail that is not sent is tried again by the queue, under the same event and the same message id; one that is refused
// for good is put aside at once.
func (s *Service) Mail(ctx context.Context, job MailLink) error {
	if s.Offer == nil {
		return errors.New("this server sends no links: another one has to, or its settings are missing")
	}
	ctx = auth.AsSystem(ctx)
	bought, err := s.DB.Client.Order.Query().Where(order.Number(job.Order)).WithCustomer().Only(ctx)
	if ent.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if !s.Offer.Links.Marked(bought.Edges.Customer.Email, job.Address) {
		return nil
	}
	issued, err := s.issue(ctx, bought, job)
	if err != nil || !issued {
		return err
	}
	return s.send(ctx, bought, job)
}

// issue writes the event of a link down, unless there were enough of them. It is there already where the job was begun before.
func (s *Service) issue(ctx context.Context, bought *ent.Order, job MailLink) (issued bool, err error) {
	id := "evt_" + strings.TrimPrefix(job.ID, "lnk_")
	err = s.DB.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
		o, err := store.Hold(tx, tx.Order.Query().Where(order.ID(bought.ID))).Only(ctx)
		if err != nil {
			return err
		}
		// The order first, as everybody does. With the customer, of several links to one address, each sees those before it.
		if _, err := store.Hold(tx, tx.Customer.Query().Where(customer.ID(bought.CustomerID))).OnlyID(ctx); err != nil {
			return err
		}
		if issued, err = tx.Event.Query().Where(event.ID(id)).Exist(ctx); err != nil || issued {
			return err
		}
		enough, err := enough(ctx, tx, o)
		if err != nil || enough {
			return err
		}
		issued = true
		return note(ctx, tx, o, id)
	})
	return issued, err
}

// enough tells whether the order, or the address, was sent as many links as it is to be.
func enough(ctx context.Context, tx store.Tx, o *ent.Order) (bool, error) {
	links, err := tx.Event.Query().Where(
		event.CustomerID(o.CustomerID), event.Action(linkIssued), event.AtGT(tx.Now.Add(-time.Hour)), event.AtLTE(tx.Now),
	).All(ctx)
	if err != nil {
		return false, err
	}
	ofOrder := 0
	for _, link := range links {
		if link.OrderID != o.ID {
			continue
		}
		ofOrder++
		if tx.Now.Sub(link.At) < Apart {
			return true, nil
		}
	}
	return ofOrder >= PerOrder || len(links) >= PerAddress, nil
}

// note leaves the event at the end of the order's chain.
func note(ctx context.Context, tx store.Tx, o *ent.Order, id string) error {
	who := auth.From(ctx)
	e := &ent.Event{
		ID: id, OrderID: o.ID, CustomerID: o.CustomerID, At: tx.Now, Actor: who.ID, Role: string(who.Role), Action: linkIssued,
	}
	end, err := chain.Head{Seq: o.EventsSeq, Digest: o.EventsDigest}.Next(e)
	if err != nil {
		return err
	}
	if err := chain.Create(tx.Client, e).Exec(ctx); err != nil {
		return err
	}
	return tx.Order.UpdateOneID(o.ID).Where(order.EventsSeq(o.EventsSeq)).SetEventsSeq(end.Seq).SetEventsDigest(end.Digest).Exec(ctx)
}

// send mails a link, made now, to the address that is on record: what was handed in is never written to.
func (s *Service) send(ctx context.Context, o *ent.Order, job MailLink) error {
	token, err := s.Offer.Links.Mint(auth.Link{OrderID: o.ID, CustomerID: o.CustomerID}, s.Offer.Valid)
	if err != nil {
		return err
	}
	letter := s.Offer.Words.Link(explain.Link{
		Shop: s.Offer.Mail.Name(), Order: o.Number, Address: s.Offer.Address(token), Minutes: int(s.Offer.Valid / time.Minute),
	}, job.Locale)
	err = s.Offer.Mail.Send(ctx, notify.Message{
		ID: job.ID, To: o.Edges.Customer.Email, Subject: letter.Subject, Text: letter.Text, At: s.Offer.Now(),
	})
	if err != nil {
		err = fmt.Errorf("the link to order %s: %w", o.ID, err)
	}
	if errors.Is(err, notify.ErrRefused) {
		return jobs.Hopeless(err) // it would be refused tomorrow, too
	}
	return err
}

// Address is the link with a token. The token is in the fragment, which browsers send to no server: it is in no log and in no
// Referer.
func (o *Offer) Address(token string) string { return o.Page + "#token=" + token }
