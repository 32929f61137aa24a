package orders

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/customer"
	"github.com/vysero/returns/ent/order"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/chain"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/store"
)

// Record records an order and answers with it. The same order again, whatever has become of it since, changes nothing and
// answers with the one on record; the same number with other contents is CONFLICT with ALREADY_RECORDED. A customer who is
// not known yet by the e-mail address comes on record with the order; one who is known stays as they are. Faults name
// their path below the input.
func (s *Service) Record(ctx context.Context, in RecordInput) (*ent.Order, error) {
	by, err := auth.May(ctx, auth.RecordOrder)
	if err != nil {
		return nil, err
	}
	sound, err := read(in)
	if err != nil {
		return nil, err
	}
	var it entry
	err = s.inTx(ctx, func(ctx context.Context, tx store.Tx) error {
		it = entry{sale: sound}
		if err := (&clerk{Service: s, tx: tx, by: by}).record(ctx, []*entry{&it}); err != nil {
			return err
		}
		return it.bad
	})
	if err != nil {
		return nil, err
	}
	return s.DB.Client.Order.Get(ctx, it.id)
}

// tries is how often orders are put on record where others put the same orders, or orders of the same new customers, on record
// at that moment. The second try finds what the faster one left; more are for those who meet again.
const tries = 5

// inTx is DB.InTx that begins anew where another transaction was faster with a row. PostgreSQL alone needs that: SQLite has one
// writer at a time.
func (s *Service) inTx(ctx context.Context, work func(ctx context.Context, tx store.Tx) error) (err error) {
	for range tries {
		if err = s.DB.InTx(ctx, work); err == nil || fault.From(err).Code != fault.CodeStale {
			return err
		}
	}
	return err
}

// entry is a sale on its way into the books, and what becomes of it.
type entry struct {
	*sale

	mark  string // the fingerprint
	id    string // the order's, once it is on record
	owner string // the customer's id, of an order that is new
	fresh bool   // whether it was not on record before
	event *ent.Event
	bad   error // why it is not recorded, where it is not
}

// clerk writes in one transaction, for one principal.
type clerk struct {
	*Service

	tx store.Tx
	by auth.Principal
}

// record puts sales on record, in a few statements for all of them. A sale that is wrong is marked as bad and does not
// touch the others.
func (c *clerk) record(ctx context.Context, entries []*entry) error {
	known, err := c.onRecord(ctx, entries)
	if err != nil {
		return err
	}
	var fresh []*entry
	for _, e := range entries {
		if e.bad = e.notAfter(c.tx.Now); e.bad != nil {
			continue
		}
		if e.mark, err = e.fingerprint(); err != nil {
			return err
		}
		if before, found := known[e.Number]; found {
			e.id, e.bad = before.id, same(before, e)
			continue
		}
		e.id, e.fresh, known[e.Number] = c.NewID("ord"), true, e
		fresh = append(fresh, e)
	}
	return c.insert(ctx, fresh)
}

// same refuses an order that differs from the one on record under its number. Of an order whose customer was erased nobody
// can tell any more, and it does not bring the customer back.
func same(before, again *entry) error {
	if before.mark == again.mark || before.mark == "" {
		return nil
	}
	return fault.Clash(fault.CodeDiffers, "An order with this number is on record with other contents. An order is recorded once; "+
		"deliveries are told by itemsShipped and itemsDelivered.").At("number")
}

// onRecord finds the orders that are on record under the numbers of the entries.
func (c *clerk) onRecord(ctx context.Context, entries []*entry) (map[string]*entry, error) {
	numbers := make([]string, len(entries))
	for i, e := range entries {
		numbers[i] = e.Number
	}
	rows, err := c.tx.Order.Query().Where(order.NumberIn(numbers...)).Select(order.FieldNumber, order.FieldFingerprint).All(ctx)
	if err != nil {
		return nil, err
	}
	known := make(map[string]*entry, len(entries))
	for _, row := range rows {
		known[row.Number] = &entry{id: row.ID, mark: row.Fingerprint}
	}
	return known, nil
}

// insert adds the rows of orders that are new.
func (c *clerk) insert(ctx context.Context, fresh []*entry) error {
	if len(fresh) == 0 {
		return nil
	}
	for _, step := range []func(context.Context, []*entry) error{
		c.findOwners, c.tellOrders, c.insertOrders, c.insertLines, c.insertCharges, c.insertEvents,
	} {
		if err := step(ctx, fresh); err != nil {
			return err
		}
	}
	return nil
}

// findOwners finds the customers of the orders by e-mail address, and adds those who are new.
func (c *clerk) findOwners(ctx context.Context, fresh []*entry) error {
	emails := make([]string, len(fresh))
	for i, e := range fresh {
		emails[i] = e.Email
	}
	rows, err := c.tx.Customer.Query().Where(customer.EmailIn(emails...), customer.ErasedAtIsNil()).Select(customer.FieldEmail).All(ctx)
	if err != nil {
		return err
	}
	owners := make(map[string]string, len(fresh))
	for _, row := range rows {
		owners[row.Email] = row.ID
	}
	var first []*entry // the first order of each who is new
	for _, e := range fresh {
		if owners[e.Email] == "" {
			owners[e.Email] = c.NewID("cus")
			first = append(first, e)
		}
		e.owner = owners[e.Email]
	}
	if len(first) == 0 {
		return nil
	}
	return c.tx.Customer.MapCreateBulk(first, func(row *ent.CustomerCreate, i int) {
		row.SetID(first[i].owner).SetEmail(first[i].Email).SetName(first[i].Customer)
	}).Exec(ctx)
}

func (c *clerk) insertOrders(ctx context.Context, fresh []*entry) error {
	return c.tx.Order.MapCreateBulk(fresh, func(row *ent.OrderCreate, i int) {
		e := fresh[i]
		row.SetID(e.id).SetNumber(e.Number).SetCustomerID(e.owner).SetCurrency(e.Currency).SetPurchasedAt(e.PurchasedAt).
			SetShipToCountry(e.Country).SetShipToZone(e.Zone).SetShippingMinor(e.Shipping).SetItemsMinor(e.Items).SetUnits(e.units()).
			SetProof(e.Proof).SetFingerprint(e.mark).SetRecordedAt(c.tx.Now).
			SetEventsSeq(e.event.Seq).SetEventsDigest(e.event.Digest)
		if len(e.ShipTo) > 0 {
			row.SetShipToLines(e.ShipTo)
		}
	}).Exec(ctx)
}

// rowsAtOnce keeps a statement below the number of values that a database takes in one.
const rowsAtOnce = 500

// place is where a row stands: in which order, and where in it.
type place struct {
	*entry

	at    int
	paid  int64 // for the lines before it
	units int   // of the lines before it
}

// insertLines adds the orders' lines, each with what stands before it: that is where its share of shipping starts (A22).
func (c *clerk) insertLines(ctx context.Context, fresh []*entry) error {
	var places []place
	for _, e := range fresh {
		next := place{entry: e}
		for i, l := range e.Lines {
			next.at = i
			places = append(places, next)
			next.paid += l.Paid
			next.units += l.Quantity
		}
	}
	for rows := range slices.Chunk(places, rowsAtOnce) {
		err := c.tx.Item.MapCreateBulk(rows, func(row *ent.ItemCreate, i int) {
			p := rows[i]
			l := p.Lines[p.at]
			row.SetID(c.NewID("itm")).SetOrderID(p.id).SetCustomerID(p.owner).SetPosition(p.at).
				SetSku(l.Sku).SetName(l.Name).SetQuantity(l.Quantity).SetCurrency(p.Currency).SetPaidMinor(l.Paid).
				SetPaidBeforeMinor(p.paid).SetUnitsBefore(p.units).SetDelivery(l.Delivery).SetCarrier(l.Carrier).
				SetTracking(l.Tracking).SetNillableShippedAt(l.ShippedAt).SetNillableDeliveredAt(l.DeliveredAt)
			if len(l.PackingList) > 0 {
				row.SetPackingList(l.PackingList)
			}
		}).Exec(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}

// insertCharges adds the orders' payments, in their order: ties of a split refund go to the first (A32).
func (c *clerk) insertCharges(ctx context.Context, fresh []*entry) error {
	var places []place
	for _, e := range fresh {
		for i := range e.Payments {
			places = append(places, place{entry: e, at: i})
		}
	}
	for rows := range slices.Chunk(places, rowsAtOnce) {
		err := c.tx.Payment.MapCreateBulk(rows, func(row *ent.PaymentCreate, i int) {
			p := rows[i]
			paid := p.Payments[p.at]
			row.SetID(c.NewID("pay")).SetOrderID(p.id).SetCustomerID(p.owner).SetPosition(p.at).
				SetRef(paid.Ref).SetMethod(paid.Method).SetCurrency(p.Currency).SetCapturedMinor(paid.Captured)
		}).Exec(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}

// recorded is what an event keeps of an order: sums and counts, nothing of the person.
type recorded struct {
	Currency string       `json:"currency"`
	Items    int64        `json:"itemsMinor"`
	Shipping int64        `json:"shippingMinor"`
	Lines    int          `json:"items"`
	Payments int          `json:"payments"`
	Proof    policy.Proof `json:"proof"`
}

// tellOrders makes the event that each order begins with: the first of its chain.
func (c *clerk) tellOrders(_ context.Context, fresh []*entry) error {
	for _, e := range fresh {
		after, err := json.Marshal(recorded{
			Currency: e.Currency, Items: e.Items, Shipping: e.Shipping, Lines: len(e.Lines), Payments: len(e.Payments), Proof: e.Proof,
		})
		if err != nil {
			return err
		}
		e.event = c.event(orderRecorded, e.id, e.owner)
		e.event.After = after
		if _, err := (chain.Head{}).Next(e.event); err != nil {
			return err
		}
	}
	return nil
}

// insertEvents adds the orders' events.
func (c *clerk) insertEvents(ctx context.Context, fresh []*entry) error {
	rows := make([]*ent.EventCreate, len(fresh))
	for i, e := range fresh {
		rows[i] = chain.Create(c.tx.Client, e.event)
	}
	return c.tx.Event.CreateBulk(rows...).Exec(ctx)
}

// event begins an event: who did what, and when. Neither a customer's data nor a tracking number, which leads to an
// address, ever goes into one.
func (c *clerk) event(action, orderID, customerID string) *ent.Event {
	return &ent.Event{
		ID: c.NewID("evt"), OrderID: orderID, CustomerID: customerID, At: c.tx.Now, Actor: c.by.ID, Role: string(c.by.Role), Action: action,
	}
}
