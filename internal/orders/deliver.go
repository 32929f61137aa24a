package orders

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/item"
	"github.com/vysero/returns/ent/order"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/chain"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/store"
)

// Shipped records that items of an order were handed to the carrier, and answers with the order. Without ids it means all
// that are NOT_SHIPPED. Saying the same again changes nothing; for an item that is on record as shipped otherwise, it is
// CONFLICT with ALREADY_RECORDED. An item whose arrival was recorded before its shipping gets the latter and stays
// DELIVERED. The tracking number of an order whose customer was erased is not kept. All items change or none.
func (s *Service) Shipped(ctx context.Context, in ShippedInput) (*ent.Order, error) {
	told := parcel{number: in.OrderNumber, ids: in.ItemIds, action: itemsShipped}
	var err error
	if told.carrier, err = text(in.Carrier, 64, "carrier"); err != nil {
		return nil, err
	}
	if told.tracking, err = text(in.Tracking, 128, "tracking"); err != nil {
		return nil, err
	}
	told.delivery = policy.InTransit
	if in.Followed != nil && !*in.Followed {
		told.delivery = policy.Unknown
	}
	told.at, told.meant, told.move = instantOrNil(in.ShippedAt), notShipped, told.ship
	told.field = "shippedAt"
	return s.deliver(ctx, &told)
}

// Delivered records that items of an order arrived, and answers with the order. Without ids it means all that are
// IN_TRANSIT or UNKNOWN. Saying the same again changes nothing; another instant for an item that has arrived is CONFLICT
// with ALREADY_RECORDED. What arrived was shipped, even where nobody told: its shipping instant then stays empty. All
// items change or none.
func (s *Service) Delivered(ctx context.Context, in DeliveredInput) (*ent.Order, error) {
	told := parcel{number: in.OrderNumber, ids: in.ItemIds, action: itemsDelivered, field: "deliveredAt"}
	told.at, told.meant, told.move = instantOrNil(in.DeliveredAt), onTheWay, told.arrive
	return s.deliver(ctx, &told)
}

// parcel is what was told of some items of one order.
type parcel struct {
	number   string
	ids      []string // nil: all that meant takes
	action   string
	field    string
	at       *time.Time // nil: now, and no claim about what is on record
	delivery policy.Delivery
	carrier  string // "" is no claim
	tracking string // "" is no claim

	meant func(*ent.Item) bool
	// move tells how the item stands afterwards, or why that cannot be. sold is when it was purchased, at is when it
	// happened.
	move func(it standing, sold, at time.Time) (standing, error)
}

func notShipped(it *ent.Item) bool { return it.Delivery == policy.NotShipped }

func onTheWay(it *ent.Item) bool {
	return it.Delivery == policy.InTransit || it.Delivery == policy.Unknown
}

// standing is what is on record of one item's delivery. Events keep it without the tracking number.
type standing struct {
	ID          string          `json:"id"`
	Delivery    policy.Delivery `json:"delivery"`
	ShippedAt   *time.Time      `json:"shippedAt,omitempty"`
	DeliveredAt *time.Time      `json:"deliveredAt,omitempty"`
	Carrier     string          `json:"carrier,omitempty"`
	Tracking    string          `json:"-"`
}

func standingOf(it *ent.Item) standing {
	return standing{
		ID: it.ID, Delivery: it.Delivery, ShippedAt: instantOrNil(it.ShippedAt), DeliveredAt: instantOrNil(it.DeliveredAt),
		Carrier: it.Carrier, Tracking: it.Tracking,
	}
}

// equals tells whether two items stand alike; instants are compared by what they mean.
func (a standing) equals(b standing) bool {
	return sameInstant(a.ShippedAt, b.ShippedAt) && sameInstant(a.DeliveredAt, b.DeliveredAt) &&
		a.Delivery == b.Delivery && a.Carrier == b.Carrier && a.Tracking == b.Tracking
}

func sameInstant(a, b *time.Time) bool {
	return a == b || (a != nil && b != nil && a.Equal(*b))
}

// ship is the move of Shipped.
func (p *parcel) ship(it standing, sold, at time.Time) (standing, error) {
	if it.ShippedAt != nil {
		return it, p.agrees(it)
	}
	switch {
	case at.Before(sold):
		return it, fault.Bad(fault.CodeOrderOfDates, p.field, "It cannot be shipped before it was purchased.")
	case it.DeliveredAt != nil && at.After(*it.DeliveredAt):
		return it, fault.Bad(fault.CodeOrderOfDates, p.field, "It cannot be shipped after it arrived.")
	}
	it.ShippedAt = &at
	if it.Delivery == policy.NotShipped {
		it.Delivery = p.delivery
	}
	if p.carrier != "" {
		it.Carrier = p.carrier
	}
	if p.tracking != "" {
		it.Tracking = p.tracking
	}
	return it, nil
}

// agrees refuses to tell an item's shipping differently from what is on record. Whether its way is followed is nothing to
// differ about once it has arrived.
func (p *parcel) agrees(it standing) error {
	var field string
	switch {
	case p.at != nil && !p.at.Equal(*it.ShippedAt):
		field = p.field
	case p.carrier != "" && p.carrier != it.Carrier:
		field = "carrier"
	case p.tracking != "" && p.tracking != it.Tracking:
		field = "tracking"
	case it.Delivery != policy.Delivered && it.Delivery != p.delivery:
		field = "followed"
	default:
		return nil
	}
	return fault.Clash(fault.CodeDiffers, "Its shipping is on record otherwise, and this does not correct it.").At(field)
}

// arrive is the move of Delivered.
func (p *parcel) arrive(it standing, sold, at time.Time) (standing, error) {
	switch {
	case it.DeliveredAt != nil && (p.at == nil || p.at.Equal(*it.DeliveredAt)):
		return it, nil
	case it.DeliveredAt != nil:
		return it, fault.Clash(fault.CodeDiffers, "Its arrival is on record with another instant, and this does not correct it.").At(p.field)
	case at.Before(sold):
		return it, fault.Bad(fault.CodeOrderOfDates, p.field, "It cannot arrive before it was purchased.")
	case it.ShippedAt != nil && at.Before(*it.ShippedAt):
		return it, fault.Bad(fault.CodeOrderOfDates, p.field, "It cannot arrive before it was shipped.")
	}
	it.Delivery, it.DeliveredAt = policy.Delivered, &at
	return it, nil
}

// deliver runs a move on the items that are meant, in one transaction.
func (s *Service) deliver(ctx context.Context, p *parcel) (*ent.Order, error) {
	by, err := auth.May(ctx, auth.RecordDelivery)
	if err != nil {
		return nil, err
	}
	var id string
	err = s.DB.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
		if err := past(p.at, tx.Now, p.field); err != nil {
			return err
		}
		held := store.Hold(tx, tx.Order.Query().Where(order.Number(p.number))) // two parcels told at once are one after the other
		of, err := held.WithItems(func(q *ent.ItemQuery) { q.Order(item.ByPosition()) }).Only(ctx)
		if ent.IsNotFound(err) {
			return fault.Missing("orderNumber", "order")
		}
		if err != nil {
			return err
		}
		id = of.ID
		if of.Fingerprint == "" { // its customer was erased: where a parcel goes is not kept, and differs from nothing
			p.tracking = ""
		}
		return (&clerk{Service: s, tx: tx, by: by}).deliver(ctx, of, p)
	})
	if err != nil {
		return nil, err
	}
	return s.DB.Client.Order.Get(ctx, id)
}

// deliver changes the items that stand otherwise afterwards, and leaves one event for all of them.
func (c *clerk) deliver(ctx context.Context, of *ent.Order, p *parcel) error {
	items, err := p.items(of)
	if err != nil {
		return err
	}
	at := c.tx.Now
	if p.at != nil {
		at = *p.at
	}
	var before, after []standing
	for _, it := range items {
		was := standingOf(it)
		is, err := p.move(was, instant(of.PurchasedAt), at)
		if err != nil {
			return err
		}
		if !is.equals(was) {
			before, after = append(before, was), append(after, is)
		}
	}
	if len(after) == 0 {
		return nil
	}
	if err := c.keep(ctx, after); err != nil {
		return err
	}
	if err := c.delivered(ctx, of, p.action, change{before, after}); err != nil {
		return err
	}
	if p.action != itemsDelivered || c.Arrived == nil {
		return nil
	}
	return c.Arrived(ctx, c.tx, of.ID)
}

// items finds the items that are meant, each once, in the order of the order. Another order's item is as good as none.
func (p *parcel) items(of *ent.Order) ([]*ent.Item, error) {
	if p.ids == nil {
		return slices.DeleteFunc(slices.Clone(of.Edges.Items), func(it *ent.Item) bool { return !p.meant(it) }), nil
	}
	if len(p.ids) == 0 || len(p.ids) > maxItems {
		return nil, fault.Bad(fault.CodeInvalid, "itemIds", "Name from 1 to %d items, or leave the list out.", maxItems)
	}
	for i, id := range p.ids {
		if !slices.ContainsFunc(of.Edges.Items, func(it *ent.Item) bool { return it.ID == id }) {
			return nil, under(fault.Missing("", "item in this order"), "itemIds", index(i))
		}
	}
	return slices.DeleteFunc(slices.Clone(of.Edges.Items), func(it *ent.Item) bool { return !slices.Contains(p.ids, it.ID) }), nil
}

// keep writes how items stand: one statement for all that stand alike.
func (c *clerk) keep(ctx context.Context, after []standing) error {
	rest := slices.Clone(after)
	for len(rest) > 0 {
		first := rest[0]
		var ids []string
		rest = slices.DeleteFunc(rest, func(it standing) bool {
			alike := it.equals(first)
			if alike {
				ids = append(ids, it.ID)
			}
			return alike
		})
		changed, err := c.tx.Item.Update().Where(item.IDIn(ids...)).SetDelivery(first.Delivery).SetNillableShippedAt(first.ShippedAt).
			SetNillableDeliveredAt(first.DeliveredAt).SetCarrier(first.Carrier).SetTracking(first.Tracking).Save(ctx)
		if err != nil {
			return err
		}
		if changed != len(ids) {
			return errors.New("an item vanished while its delivery was recorded")
		}
	}
	return nil
}

// change is how items stood and how they stand.
type change struct{ before, after []standing }

// delivered leaves the event.
func (c *clerk) delivered(ctx context.Context, of *ent.Order, action string, ch change) error {
	before, err := json.Marshal(ch.before)
	if err != nil {
		return err
	}
	after, err := json.Marshal(ch.after)
	if err != nil {
		return err
	}
	e := c.event(action, of.ID, of.CustomerID)
	e.Before, e.After = before, after
	end, err := chain.Head{Seq: of.EventsSeq, Digest: of.EventsDigest}.Next(e)
	if err != nil {
		return err
	}
	if err := chain.Create(c.tx.Client, e).Exec(ctx); err != nil {
		return err
	}
	return c.tx.Order.UpdateOneID(of.ID).Where(order.EventsSeq(of.EventsSeq)).
		SetEventsSeq(end.Seq).SetEventsDigest(end.Digest).Exec(ctx)
}
