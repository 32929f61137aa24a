package refund_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/money"
	"github.com/vysero/returns/internal/refund"
)

func TestARefundGoesBackInProportionToWhatIsLeftOnEachPayment(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		total      int64
		refundable []int64
		want       []int64
	}{
		{"one payment", 500, []int64{800}, []int64{500}},
		{"a gift card and a card", 10000, []int64{2800, 8000}, []int64{2593, 7407}},
		{"ties go to the first payment", 1, []int64{500, 500}, []int64{1, 0}},
		{"two odd cents of three", 5, []int64{100, 100, 100}, []int64{2, 2, 1}},
		{"the larger remainder before the first", 10, []int64{10, 11, 12}, []int64{3, 3, 4}},
		{"a payment with nothing left", 7, []int64{0, 10}, []int64{0, 7}},
		{"everything", 30, []int64{10, 20}, []int64{10, 20}},
		{"nothing", 0, []int64{10, 20}, []int64{0, 0}},
		{"nothing of nothing", 0, []int64{0}, []int64{0}},
		{"no payment and nothing to refund", 0, nil, []int64{}},
		{"the largest amounts", money.Max - 1, []int64{money.Max / 2, money.Max/2 + 1}, []int64{money.Max / 2, money.Max / 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := refund.Allocate(c.total, c.refundable)
			require.NoError(t, err)
			assert.Equal(t, c.want, got)
		})
	}
}

func TestNoMoreIsAllocatedThanCanBeRefunded(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		total      int64
		refundable []int64
	}{
		{"more than is left", 31, []int64{10, 20}},
		{"no payment", 1, nil},
		{"a negative refund", -1, []int64{10}},
		{"a negative payment", 1, []int64{10, -1}},
		{"beyond counting", 1, []int64{money.Max, 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := refund.Allocate(c.total, c.refundable)
			assert.Equal(t, fault.CodeAmount, fault.From(err).Code)
			assert.Nil(t, got)
		})
	}
}

func TestAllocationsAddUpAndStayWithinEachPayment(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		refundable := rapid.SliceOfN(rapid.Int64Range(0, money.Max/8), 1, 8).Draw(t, "refundable")
		var sum int64
		for _, part := range refundable {
			sum += part
		}
		total := rapid.Int64Range(0, sum).Draw(t, "total")
		shares, err := refund.Allocate(total, refundable)
		require.NoError(t, err)
		for i, share := range shares {
			assert.GreaterOrEqual(t, share, int64(0))
			assert.LessOrEqual(t, share, refundable[i])
			total -= share
		}
		assert.Zero(t, total)
	})
}

// Refunding bit by bit empties every payment exactly.
func TestPaymentsAreEmptyWhenEverythingIsRefunded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		left := rapid.SliceOfN(rapid.Int64Range(0, 10000), 1, 5).Draw(t, "refundable")
		for {
			var sum int64
			for _, part := range left {
				sum += part
			}
			if sum == 0 {
				return
			}
			shares, err := refund.Allocate(rapid.Int64Range(1, sum).Draw(t, "refund"), left)
			require.NoError(t, err)
			for i, share := range shares {
				left[i] -= share
				require.GreaterOrEqual(t, left[i], int64(0))
			}
		}
	})
}
