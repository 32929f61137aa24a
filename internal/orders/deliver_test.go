package orders_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/event"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/store"
)

// deliveries is what is on record of the items of order 1001: "DELIVERED 01-11 01-14".
func (s *shop) deliveries(t testing.TB, number string) []string {
	t.Helper()
	var all []string
	for _, it := range s.items(t, number) {
		text := string(it.Delivery)
		for _, at := range []*time.Time{it.ShippedAt, it.DeliveredAt} {
			if at == nil {
				text += " -"
				continue
			}
			text += at.UTC().Format(" 01-02")
		}
		all = append(all, text)
	}
	return all
}

// events are those of one action, oldest first.
func (s *shop) events(t testing.TB, action string) []*ent.Event {
	t.Helper()
	return s.DB.Client.Event.Query().Where(event.Action(action)).Order(event.ByID()).AllX(auth.AsSystem(t.Context()))
}

func (s *shop) ship(t testing.TB, in orders.ShippedInput) {
	t.Helper()
	in.OrderNumber = "1001"
	order, err := s.Shipped(service(t), in)
	require.NoError(t, err)
	require.Equal(t, "1001", order.Number)
	require.Len(t, order.QueryItems().AllX(service(t)), 2, "the answer can be read on")
}

func (s *shop) arrive(t testing.TB, in orders.DeliveredInput) {
	t.Helper()
	in.OrderNumber = "1001"
	order, err := s.Delivered(service(t), in)
	require.NoError(t, err)
	require.Len(t, order.QueryItems().AllX(service(t)), 2, "the answer can be read on")
}

func TestItemsGoTheirWayParcelByParcel(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.record(t, lamps())
	lamp := s.items(t, "1001")[0].ID
	s.ship(t, orders.ShippedInput{ItemIds: []string{lamp}, ShippedAt: day(1, 11), Carrier: new("UPS"), Tracking: new("1Z"), Followed: new(true)})
	require.Equal(t, []string{"IN_TRANSIT 01-11 -", "NOT_SHIPPED - -"}, s.deliveries(t, "1001"))
	s.ship(t, orders.ShippedInput{ShippedAt: day(1, 12), Followed: new(false)})
	require.Equal(t, []string{"IN_TRANSIT 01-11 -", "UNKNOWN 01-12 -"}, s.deliveries(t, "1001"))
	s.arrive(t, orders.DeliveredInput{ItemIds: []string{lamp}, DeliveredAt: day(1, 14)})
	require.Equal(t, []string{"DELIVERED 01-11 01-14", "UNKNOWN 01-12 -"}, s.deliveries(t, "1001"))
	s.arrive(t, orders.DeliveredInput{DeliveredAt: day(1, 15)})
	require.Equal(t, []string{"DELIVERED 01-11 01-14", "DELIVERED 01-12 01-15"}, s.deliveries(t, "1001"))
	first := s.items(t, "1001")[0]
	require.Equal(t, []string{"UPS", "1Z"}, []string{first.Carrier, first.Tracking})
}

func TestADeliveryToldAgainChangesNothing(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.record(t, lamps())
	ids := []string{s.items(t, "1001")[0].ID}
	shipped := orders.ShippedInput{ItemIds: ids, ShippedAt: day(1, 11), Carrier: new("UPS"), Followed: new(true)}
	arrived := orders.DeliveredInput{ItemIds: ids, DeliveredAt: day(1, 14)}
	for range 2 {
		s.ship(t, shipped)
	}
	for range 2 {
		s.arrive(t, arrived)
		s.ship(t, shipped)
	}
	s.ship(t, orders.ShippedInput{ItemIds: ids, Followed: new(true)}) // no instant is no claim
	s.arrive(t, orders.DeliveredInput{ItemIds: ids})
	require.Equal(t, []string{"DELIVERED 01-11 01-14", "NOT_SHIPPED - -"}, s.deliveries(t, "1001"))
	require.Equal(t, 3, s.counts(t).Events, "recorded, shipped, delivered")
}

func TestAllItemsMeansThoseThatAreConcerned(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.record(t, lamps())
	s.arrive(t, orders.DeliveredInput{DeliveredAt: day(1, 14)}) // none is on its way
	require.Equal(t, []string{"NOT_SHIPPED - -", "NOT_SHIPPED - -"}, s.deliveries(t, "1001"))
	for range 2 {
		s.ship(t, orders.ShippedInput{ShippedAt: day(1, 11)})
	}
	for range 2 {
		s.arrive(t, orders.DeliveredInput{DeliveredAt: day(1, 14)})
	}
	require.Equal(t, []string{"DELIVERED 01-11 01-14", "DELIVERED 01-11 01-14"}, s.deliveries(t, "1001"))
	require.Equal(t, 3, s.counts(t).Events, "recorded, shipped, delivered")
}

func TestAnInstantThatIsLeftOutIsNow(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.record(t, lamps())
	s.ship(t, orders.ShippedInput{})
	later := today.Add(36 * time.Hour)
	s.clock.Store(&later)
	s.arrive(t, orders.DeliveredInput{})
	require.Equal(t, []string{"DELIVERED 03-01 03-02", "DELIVERED 03-01 03-02"}, s.deliveries(t, "1001"))
}

func TestWhatArrivedWasShippedEvenWhereNobodyTold(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.record(t, lamps())
	ids := []string{s.items(t, "1001")[1].ID}
	s.arrive(t, orders.DeliveredInput{ItemIds: ids, DeliveredAt: day(1, 14)})
	require.Equal(t, []string{"NOT_SHIPPED - -", "DELIVERED - 01-14"}, s.deliveries(t, "1001"))
	_, err := s.Shipped(service(t), orders.ShippedInput{OrderNumber: "1001", ItemIds: ids, ShippedAt: day(1, 15)})
	requireFault(t, err, fault.CodeOrderOfDates, "shippedAt")
	s.ship(t, orders.ShippedInput{ItemIds: ids, ShippedAt: day(1, 11), Tracking: new("1Z"), Followed: new(false)}) // a scan that came late
	require.Equal(t, []string{"NOT_SHIPPED - -", "DELIVERED 01-11 01-14"}, s.deliveries(t, "1001"))
	require.Equal(t, "1Z", s.items(t, "1001")[1].Tracking)
}

func TestADeliveryIsNotCorrectedByTellingItOtherwise(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.record(t, lamps())
	s.ship(t, orders.ShippedInput{ShippedAt: day(1, 11), Carrier: new("UPS"), Tracking: new("1Z"), Followed: new(true)})
	ids := []string{s.items(t, "1001")[0].ID}
	for field, in := range map[string]orders.ShippedInput{
		"shippedAt": {ShippedAt: day(1, 12)},
		"carrier":   {Carrier: new("FedEx")},
		"tracking":  {Tracking: new("2Z")},
		"followed":  {Followed: new(false)},
	} {
		in.OrderNumber, in.ItemIds = "1001", ids
		_, err := s.Shipped(service(t), in)
		requireFault(t, err, fault.CodeDiffers, field)
		require.Equal(t, fault.Conflict, fault.From(err).Kind)
	}
	s.arrive(t, orders.DeliveredInput{DeliveredAt: day(1, 14)})
	_, err := s.Delivered(service(t), orders.DeliveredInput{OrderNumber: "1001", ItemIds: ids, DeliveredAt: day(1, 13)})
	requireFault(t, err, fault.CodeDiffers, "deliveredAt")
	require.Equal(t, fault.Conflict, fault.From(err).Kind)
	require.Equal(t, []string{"DELIVERED 01-11 01-14", "DELIVERED 01-11 01-14"}, s.deliveries(t, "1001"))
	require.Equal(t, 3, s.counts(t).Events)
}

func TestAllItemsOfADeliveryChangeOrNone(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.record(t, lamps())
	lamp, mug := s.items(t, "1001")[0].ID, s.items(t, "1001")[1].ID
	s.ship(t, orders.ShippedInput{ItemIds: []string{mug}, ShippedAt: day(1, 20)})
	_, err := s.Delivered(service(t), orders.DeliveredInput{OrderNumber: "1001", ItemIds: []string{lamp, mug}, DeliveredAt: day(1, 14)})
	requireFault(t, err, fault.CodeOrderOfDates, "deliveredAt")
	require.Equal(t, []string{"NOT_SHIPPED - -", "IN_TRANSIT 01-20 -"}, s.deliveries(t, "1001"))
	require.Empty(t, s.events(t, "ITEMS_DELIVERED"))
}

func TestADeliveryThatCannotBeIsRefused(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.record(t, lamps())
	other := lamps()
	other.Number = "1002"
	s.record(t, other)
	theirs := s.items(t, "1002")[0].ID
	before := s.counts(t)
	for _, c := range []struct {
		about string
		in    orders.ShippedInput
		code  fault.Code
		path  []string
	}{
		{"no such order", orders.ShippedInput{OrderNumber: "9999"}, fault.CodeNotFound, []string{"orderNumber"}},
		{"no such item", orders.ShippedInput{ItemIds: []string{"itm_none"}}, fault.CodeNotFound, []string{"itemIds", "0"}},
		{"another order's item", orders.ShippedInput{ItemIds: []string{theirs}}, fault.CodeNotFound, []string{"itemIds", "0"}},
		{"nothing at all", orders.ShippedInput{ItemIds: []string{}}, fault.CodeInvalid, []string{"itemIds"}},
		{"more than an order holds", orders.ShippedInput{ItemIds: make([]string, 201)}, fault.CodeInvalid, []string{"itemIds"}},
		{"tomorrow", orders.ShippedInput{ShippedAt: day(3, 2)}, fault.CodeFuture, []string{"shippedAt"}},
		{"before it was bought", orders.ShippedInput{ShippedAt: day(1, 9)}, fault.CodeOrderOfDates, []string{"shippedAt"}},
		{"a carrier of two lines", orders.ShippedInput{Carrier: new("a\nb")}, fault.CodeInvalid, []string{"carrier"}},
		{"a tracking number without end", orders.ShippedInput{Tracking: new(string(make([]byte, 129)))}, fault.CodeInvalid, []string{"tracking"}},
	} {
		if c.in.OrderNumber == "" {
			c.in.OrderNumber = "1001"
		}
		_, err := s.Shipped(service(t), c.in)
		t.Log(c.about)
		requireFault(t, err, c.code, c.path...)
	}
	ids := []string{s.items(t, "1001")[0].ID}
	_, err := s.Delivered(service(t), orders.DeliveredInput{OrderNumber: "1001", ItemIds: ids, DeliveredAt: day(1, 9)})
	requireFault(t, err, fault.CodeOrderOfDates, "deliveredAt")
	_, err = s.Delivered(service(t), orders.DeliveredInput{OrderNumber: "1001", ItemIds: ids, DeliveredAt: day(3, 2)})
	requireFault(t, err, fault.CodeFuture, "deliveredAt")
	require.Equal(t, before, s.counts(t))
}

func TestAnotherOrdersItemIsAnsweredLikeAMissingOne(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.record(t, lamps())
	other := lamps()
	other.Number = "1002"
	s.record(t, other)
	_, missing := s.Delivered(service(t), orders.DeliveredInput{OrderNumber: "1001", ItemIds: []string{"itm_none"}})
	_, theirs := s.Delivered(service(t), orders.DeliveredInput{OrderNumber: "1001", ItemIds: []string{s.items(t, "1002")[0].ID}})
	require.Equal(t, fault.From(missing), fault.From(theirs))
}

func TestADeliveryLeavesAnEventThatSaysWhatItChanged(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.record(t, lamps())
	lamp := s.items(t, "1001")[0].ID
	s.ship(t, orders.ShippedInput{ItemIds: []string{lamp, lamp}, ShippedAt: day(1, 11), Carrier: new("UPS"), Tracking: new("1Z-secret")})
	events := s.events(t, "ITEMS_SHIPPED")
	require.Len(t, events, 1)
	require.JSONEq(t, `[{"id":"`+lamp+`","delivery":"NOT_SHIPPED"}]`, string(events[0].Before))
	require.JSONEq(t, `[{"id":"`+lamp+`","delivery":"IN_TRANSIT","shippedAt":"2026-01-11T12:00:00Z","carrier":"UPS"}]`, string(events[0].After))
	require.Equal(t, []string{"somebody", "SERVICE"}, []string{events[0].Actor, events[0].Role})
	s.arrive(t, orders.DeliveredInput{ItemIds: []string{lamp}, DeliveredAt: day(1, 14)})
	events = s.events(t, "ITEMS_DELIVERED")
	require.Len(t, events, 1)
	require.JSONEq(t, `[{"id":"`+lamp+`","delivery":"DELIVERED","shippedAt":"2026-01-11T12:00:00Z","deliveredAt":"2026-01-14T12:00:00Z","carrier":"UPS"}]`,
		string(events[0].After))
	row, err := json.Marshal(s.events(t, "ITEMS_SHIPPED"))
	require.NoError(t, err)
	require.NotContains(t, string(row), "secret", "a tracking number leads to an address")
}

func TestStaffMayTellOfADeliveryCustomersMayNot(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.record(t, lamps())
	for _, role := range []auth.Role{auth.Customer, auth.Inspector, auth.Finance} {
		_, err := s.Shipped(as(t, role), orders.ShippedInput{OrderNumber: "1001"})
		requireFault(t, err, fault.CodeForbidden)
		_, err = s.Delivered(as(t, role), orders.DeliveredInput{OrderNumber: "1001"})
		requireFault(t, err, fault.CodeForbidden)
	}
	_, err := s.Shipped(t.Context(), orders.ShippedInput{OrderNumber: "1001"})
	requireFault(t, err, fault.CodeUnauthenticated)
	order, err := s.Shipped(as(t, auth.Agent), orders.ShippedInput{OrderNumber: "1001"})
	require.NoError(t, err)
	require.Equal(t, policy.InTransit, order.QueryItems().FirstX(as(t, auth.Agent)).Delivery)
}

func TestWhatWaitsForAnArrivalMovesOnWithItOrNotAtAll(t *testing.T) {
	t.Parallel()
	s := open(t)
	order := s.record(t, lamps())
	var told []string
	var refuse error
	s.Arrived = func(_ context.Context, _ store.Tx, id string) error {
		told = append(told, id)
		return refuse
	}
	s.ship(t, orders.ShippedInput{ShippedAt: day(1, 11)})
	require.Empty(t, told, "nothing has arrived yet")

	refuse = fault.Clash(fault.CodeState, "Not now.")
	_, err := s.Delivered(service(t), orders.DeliveredInput{OrderNumber: "1001", DeliveredAt: day(1, 14)})
	requireFault(t, err, fault.CodeState)
	require.Equal(t, []string{"IN_TRANSIT 01-11 -", "IN_TRANSIT 01-11 -"}, s.deliveries(t, "1001"))
	require.Empty(t, s.events(t, "ITEMS_DELIVERED"))

	told, refuse = nil, nil
	for range 2 {
		s.arrive(t, orders.DeliveredInput{DeliveredAt: day(1, 14)})
	}
	require.Equal(t, []string{order.ID}, told, "the second time nothing arrived")
}
