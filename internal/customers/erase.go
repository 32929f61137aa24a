package customers

import (
	"context"
	"errors"
	"maps"
	"regexp"
	"slices"
	"time"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/order"
	"github.com/vysero/returns/ent/photo"
	"github.com/vysero/returns/ent/refundrequest"
	"github.com/vysero/returns/ent/returnrequest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/chain"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/store"
)

// EraseInput says who is erased.
type EraseInput struct {
	Who Who
	// By is who decided it: a code such as a ticket's number or a member of staff's id, no name. It stays on record.
	By string
	// Rehearse counts what would be erased, and changes nothing.
	Rehearse bool
	// LostPhotos erases even where files of photos are not in the store. Else that is taken for the wrong store.
	LostPhotos bool
}

// Erasure is what became of it, in numbers of rows.
type Erasure struct {
	CustomerID                     string
	Orders, Returns, Texts, Photos int
	// Files tells why files are still there, of a customer whose rows are erased: a job tries it again.
	Files error
}

// code is what By may be: nothing that could be an address or a whole name.
var code = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// headStart is what the process that erases has before the job for what is left is due on any server, and what whoever records
// an order has to end.
const headStart = 5 * time.Second

// errRehearsed ends a transaction that was only to be counted.
var errRehearsed = errors.New("rehearsed")

// Erase takes everything personal about a customer out of the records: name, addresses, free texts by them and about them,
// labels, tracking numbers, photos. What the books and the terms rest on stays: orders, returns, refunds, postings, the
// verdicts with their facts, and the chains of events, which each get an event that says so. Whoever buys with the same
// address later is another customer.
//
// All rows change in one transaction, or none; files go afterwards. A job goes on where that fails, and erases the orders that
// came on record in the same moment. Erasing again finishes what is left and changes nothing else. It is a CONFLICT while a
// return or a refund is open: each is told. So it is where the store does not have the photos: with their rows gone, nobody
// would ever find the files in the right one.
func (s *Service) Erase(ctx context.Context, in EraseInput) (Erasure, error) {
	asking, err := auth.May(ctx, auth.EraseCustomer)
	if err != nil {
		return Erasure{}, err
	}
	if !code.MatchString(in.By) {
		return Erasure{}, fault.Bad(fault.CodeInvalid, "by", "Say who decided it by a code of letters, digits, dots and dashes, such as a ticket's number.")
	}
	if !in.LostPhotos {
		if err := s.photosAreHere(ctx, in.Who); err != nil {
			return Erasure{}, err
		}
	}
	var e *eraser
	err = s.DB.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
		e = &eraser{Service: s, tx: tx, by: in.By, role: asking.Role}
		if err := e.hold(ctx, in.Who); err != nil {
			return err
		}
		if err := e.closed(); err != nil {
			return err
		}
		if err := e.erase(ctx); err != nil {
			return err
		}
		if in.Rehearse {
			return errRehearsed
		}
		return s.Jobs.Add(ctx, tx, EraseFiles{CustomerID: e.who.ID}, headStart)
	})
	if errors.Is(err, errRehearsed) {
		return e.done, nil
	}
	if err != nil {
		return Erasure{}, err
	}
	e.done.Files = s.eraseFiles(ctx, e.who.ID)
	return e.done, nil
}

// eraseLate erases the orders that came on record of a customer while they were erased: whoever recorded one knew them still,
// and had not ended when the erasure looked for orders.
func (s *Service) eraseLate(ctx context.Context, customerID string) error {
	ctx = auth.AsSystem(ctx)
	return s.DB.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
		late, err := tx.Order.Query().Where(order.CustomerID(customerID), order.FingerprintNEQ("")).Exist(ctx)
		if err != nil || !late {
			return err
		}
		e := &eraser{Service: s, tx: tx, role: auth.System}
		if err := e.hold(ctx, Who{ID: customerID}); err != nil {
			return err
		}
		e.by = e.who.ErasedBy
		if err := e.closed(); err != nil {
			return err
		}
		return e.erase(ctx)
	})
}

// eraser erases one customer in one transaction.
type eraser struct {
	*Service

	tx      store.Tx
	by      string
	role    auth.Role
	who     *ent.Customer
	orders  []*ent.Order
	returns []*ent.ReturnRequest     // with their refunds and lines
	was     map[string]chain.Content // of the returns, before anything is written
	done    Erasure
}

// hold keeps everything of the customer's from others until the end: the returns before the orders, as everybody does who
// acts on a return, and the returns again, since a request that held its order first may have filed one meanwhile.
func (e *eraser) hold(ctx context.Context, who Who) (err error) {
	if e.who, err = find(ctx, e.tx.Client, who); err != nil {
		return err
	}
	mine := returnrequest.CustomerID(e.who.ID)
	if _, err = store.Hold(e.tx, e.tx.ReturnRequest.Query().Where(mine).Order(returnrequest.ByID())).IDs(ctx); err != nil {
		return err
	}
	e.orders, err = store.Hold(e.tx, e.tx.Order.Query().Where(order.CustomerID(e.who.ID)).Order(order.ByID())).All(ctx)
	if err != nil {
		return err
	}
	e.returns, err = e.tx.ReturnRequest.Query().Where(mine).Order(returnrequest.ByID()).WithRefunds().WithLines().All(ctx)
	if err != nil {
		return err
	}
	if e.was, err = e.contents(ctx); err != nil {
		return err
	}
	e.done = Erasure{CustomerID: e.who.ID, Orders: len(e.orders), Returns: len(e.returns)}
	e.done.Photos, err = e.tx.Photo.Query().Where(photo.CustomerID(e.who.ID), photo.RemovedAtIsNil()).Count(ctx)
	return err
}

// contents are what the returns say now.
func (e *eraser) contents(ctx context.Context) (map[string]chain.Content, error) {
	all := map[string]chain.Content{}
	for some := range slices.Chunk(e.returns, rowsAtOnce) {
		ids := make([]string, len(some))
		for i, r := range some {
			ids[i] = r.ID
		}
		read, err := chain.ContentOf(ctx, e.tx.Client, ids...)
		if err != nil {
			return nil, err
		}
		maps.Copy(all, read)
	}
	return all, nil
}

// over are the states in which a return needs its customer no more.
var over = []lifecycle.State{lifecycle.Expired, lifecycle.Refunded, lifecycle.Closed, lifecycle.Declined, lifecycle.Cancelled}

// closed refuses while something is open that the customer has a right to: a return, or money.
func (e *eraser) closed() error {
	var open []error
	for _, r := range e.returns {
		if !slices.Contains(over, r.State) {
			open = append(open, fault.Clash(fault.CodeState, "The return %s is %s%s: end it first.", r.Number, r.State, until(r.DueBefore)))
		}
		for _, refund := range r.Edges.Refunds {
			if refund.State != refundrequest.StateSUCCEEDED {
				open = append(open, fault.Clash(fault.CodeState, "The refund %s of the return %s is %s%s: its money is owed.",
					refund.ID, r.Number, refund.State, until(refund.DueBefore)))
			}
		}
	}
	return errors.Join(open...)
}

// until tells when something is due; nothing where it never is.
func until(due time.Time) string {
	if !due.Before(lifecycle.NeverDue) {
		return ""
	}
	return ", due before " + due.UTC().Format(time.RFC3339)
}
