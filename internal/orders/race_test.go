package orders_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/policy"
)

func TestManyAtOnceRecordAnOrderOnce(t *testing.T) {
	t.Parallel()
	s := open(t)
	ctx := service(t)
	ids := make(chan string, 8)
	for range 8 {
		go func() {
			got, err := s.Record(ctx, lamps())
			if err != nil {
				ids <- err.Error()
				return
			}
			ids <- got.ID
		}()
	}
	first := <-ids
	for range 7 {
		require.Equal(t, first, <-ids)
	}
	require.Equal(t, counts{1, 1, 2, 2, 1}, s.counts(t))
}

func TestManyOrdersOfANewCustomerAreRecordedAtOnce(t *testing.T) {
	t.Parallel()
	s := open(t)
	ctx := service(t)
	told := make(chan error)
	for i := range 8 {
		sale := lamps()
		sale.Number = fmt.Sprint(2001 + i)
		go func() {
			_, err := s.Record(ctx, sale)
			told <- err
		}()
	}
	for range 8 {
		require.NoError(t, <-told)
	}
	require.Equal(t, counts{1, 8, 16, 16, 8}, s.counts(t))
}

func TestAFileThatIsImportedTwiceAtOnceIsRecordedOnce(t *testing.T) {
	t.Parallel()
	s := open(t)
	got := make(chan orders.Result)
	for range 2 {
		go func() {
			result, err := s.importer().Import(system(t), file(rows(450)...))
			assert.NoError(t, err)
			got <- result
		}()
	}
	one, other := <-got, <-got
	require.Equal(t, 900, one.Recorded+one.Unchanged+other.Recorded+other.Unchanged, "%+v %+v", one, other)
	require.Equal(t, 450, s.counts(t).Orders)
}

// Carriers tell what they brought whenever they brought it.
func TestManyParcelsOfAnOrderAreToldAtOnce(t *testing.T) {
	t.Parallel()
	s := open(t)
	many := lamps()
	many.Items = nil
	for range 8 {
		many.Items = append(many.Items, orders.ItemInput{Sku: "A", Name: "A", Quantity: 1, Paid: usd("0")})
	}
	many.Items[0].Paid = usd("92.00")
	s.record(t, many)
	told := make(chan error)
	for _, it := range s.items(t, "1001") {
		go func() {
			_, err := s.Shipped(service(t), orders.ShippedInput{OrderNumber: "1001", ItemIds: []string{it.ID}, ShippedAt: day(1, 11)})
			told <- err
		}()
	}
	for range 8 {
		require.NoError(t, <-told)
	}
	for _, it := range s.items(t, "1001") {
		require.Equal(t, policy.InTransit, it.Delivery)
	}
	require.Len(t, s.events(t, "ITEMS_SHIPPED"), 8)
}
