package customers_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent/item"
	"github.com/vysero/returns/ent/order"
	"github.com/vysero/returns/internal/apptest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/policy"
)

// A shop's own systems go on telling where parcels are, again and again, whoever was erased meanwhile.
func TestWhereAParcelOfAnErasedPersonGoesIsNotKept(t *testing.T) {
	t.Parallel()
	s := open(t)
	sent := s.Items(t, s.Order(t, func(in *orders.RecordInput) {
		in.Number, in.Customer.Email = "no-ada-2", ada
		in.Items[0].Delivery, in.Items[0].ShippedAt, in.Items[0].DeliveredAt = new(policy.NotShipped), nil, nil
	}))[0]
	_, err := s.erase(t)
	require.NoError(t, err)
	at := s.DB.Now().Truncate(time.Second)
	for range 2 {
		_, err := s.Orders.Shipped(s.As(t, auth.Service), orders.ShippedInput{
			OrderNumber: "no-ada-2", ItemIds: []string{sent.ID}, ShippedAt: &at, Carrier: new("UPS"), Tracking: new("own-late-ada"),
		})
		require.NoError(t, err, "and saying it again changes nothing")
	}
	shipped := apptest.At("2026-03-02T10:00:00-08:00")
	_, err = s.Orders.Shipped(s.As(t, auth.Service), orders.ShippedInput{
		OrderNumber: "no-ada", ItemIds: s.itemsOf(t, "no-ada"), ShippedAt: &shipped, Tracking: new("own-parcel-ada"),
	})
	require.NoError(t, err, "nor is it another number than the one that was taken out")
	now := s.DB.Client.Item.GetX(s.system(t), sent.ID)
	require.Equal(t, policy.InTransit, now.Delivery)
	require.Equal(t, "UPS", now.Carrier)
	require.Empty(t, holds(s.dump(t), append(s.marks[ada], "own-late-ada")))
}

// itemsOf are the ids of an order's items.
func (s *shop) itemsOf(t *testing.T, number string) []string {
	t.Helper()
	return s.DB.Client.Item.Query().Where(item.HasOrderWith(order.Number(number))).IDsX(s.system(t))
}

// Whoever records an order may have found its customer just before an erasure, and end just after it.
func TestAnOrderThatIsRecordedBesideAnErasureIsErasedByAServer(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.ada(t)
	_, err := s.erase(t)
	require.NoError(t, err)
	require.NoError(t, s.write(t, `UPDATE customers SET email = '`+ada+`', erased_at = NULL WHERE id = '`+id+`'`)) // as it was found
	late := s.Order(t, func(in *orders.RecordInput) {
		in.Number, in.ShipToLines, in.Payments[0].Method = "no-ada-2", []string{"own-late-ada", "Town"}, new("own-late-ada")
		in.Items[0].Tracking = new("own-late-ada")
	})
	require.Equal(t, id, late.CustomerID)
	require.NoError(t, s.write(t, `UPDATE customers SET email = 'erased:`+id+`', erased_at = CURRENT_TIMESTAMP WHERE id = '`+id+`'`))
	require.NotEmpty(t, holds(s.dump(t), []string{"own-late-ada"}))
	require.NoError(t, s.Jobs.Start(t.Context()))
	gone := func() bool { return s.DB.Client.Order.GetX(s.system(t), late.ID).Fingerprint == "" }
	require.Eventually(t, gone, time.Minute, 20*time.Millisecond)
	require.NoError(t, s.Jobs.Stop(t.Context()))
	require.Empty(t, holds(s.dump(t), append(s.marks[ada], "own-late-ada")))
	require.Empty(t, s.books(t).found)
}
