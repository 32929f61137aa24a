package refund_test

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/money"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/refund"
)

// sold is an order of three cameras for 100.00 with 10.00 of shipping, and a free sticker.
func sold() refund.Sale {
	return refund.Sale{Currency: "USD", Shipping: 1000, Lines: []refund.SaleLine{
		{ID: "camera", Quantity: 3, Paid: 10000}, {ID: "sticker", Quantity: 1},
	}}
}

func TestABreakdownSaysWhatIsPaidLineByLine(t *testing.T) {
	t.Parallel()
	fees := []policy.Fee{{Code: "bracket", Minor: 1200}, {Code: "cable", Minor: 2500}}
	got, err := refund.Quote(sold(), []refund.Unit{
		{Line: "camera", Quantity: 1, Pays: true, RefundShipping: true},
		{Line: "camera", Quantity: 1},
		{Line: "camera", Quantity: 1, Pays: true, Fees: fees},
		{Line: "sticker", Quantity: 1, Pays: true, RefundShipping: true, Fees: fees},
	})
	require.NoError(t, err)
	assert.Equal(t, refund.Breakdown{Currency: "USD", Total: 3334 + 334 + 3333 - 3333, Lines: []refund.Line{
		{Kind: refund.ItemShare, Item: "camera", Unit: 0, Units: 1, Minor: 3334, Clause: "R1"},
		{Kind: refund.ShippingShare, Item: "camera", Unit: 0, Units: 1, Minor: 334, Clause: "A21"},
		{Kind: refund.ItemShare, Item: "camera", Unit: 2, Units: 1, Minor: 3333, Clause: "R1"},
		{Kind: refund.RestockingFee, Item: "camera", Unit: 2, Units: 1, Piece: "bracket", Minor: -1200, Clause: "C2"},
		{Kind: refund.RestockingFee, Item: "camera", Unit: 2, Units: 1, Piece: "cable", Minor: -2133, Clause: "C2"},
		{Kind: refund.ItemShare, Item: "sticker", Unit: 3, Units: 1, Minor: 0, Clause: "R1"},
	}}, got)
}

func TestFeesAreCutToTheUnitsShareAndToWhatStaffAllow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		fee    int64
		atMost *int64
		want   int64 // off all three cameras of 33.34, 33.33 and 33.33
	}{
		{"as the packing list says", 1200, nil, 3600},
		{"never more than each unit's own share", 5000, nil, 10000},
		{"the odd cent is the first unit's", 3334, nil, 10000},
		{"lowered by staff", 1200, new(int64(500)), 1500},
		{"waived by staff", 1200, new(int64(0)), 0},
		{"never raised by staff", 1200, new(int64(9000)), 3600},
		{"a negative lowering is a waiver", 1200, new(int64(-1)), 0},
		{"a negative fee is none", -1200, nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := refund.Quote(sold(), []refund.Unit{
				{Line: "camera", Quantity: 3, Pays: true, Fees: []policy.Fee{{Code: "bracket", Minor: c.fee}}, FeeAtMost: c.atMost},
			})
			require.NoError(t, err)
			assert.Equal(t, 10000-c.want, got.Total)
		})
	}
}

func TestWhereNothingWasPaidForTheLinesShippingGoesByUnits(t *testing.T) {
	t.Parallel()
	gift := refund.Sale{Currency: "USD", Shipping: 1000, Lines: []refund.SaleLine{
		{ID: "a", Quantity: 2}, {ID: "b", Quantity: 1},
	}}
	var all []int64
	for _, units := range []refund.Unit{
		{Line: "a", Quantity: 1, Pays: true, RefundShipping: true},
		{Line: "a", Quantity: 2, Pays: true, RefundShipping: true},
		{Line: "b", Quantity: 1, Pays: true, RefundShipping: true},
	} {
		got, err := refund.Quote(gift, []refund.Unit{units})
		require.NoError(t, err)
		all = append(all, got.Total)
	}
	assert.Equal(t, []int64{334, 667, 333}, all)
}

func TestTheLargestAmountsAreCountedExactly(t *testing.T) {
	t.Parallel()
	sale := refund.Sale{Currency: "USD", Shipping: money.Max / 2, Lines: []refund.SaleLine{
		{ID: "a", Quantity: 3, Paid: money.Max / 2}, {ID: "b", Quantity: 1_000_000_007, Paid: money.Max / 2},
	}}
	_, err := refund.Quote(sale, nil)
	require.NoError(t, err)
	got, err := refund.Quote(sale, []refund.Unit{
		{Line: "a", Quantity: 3, Pays: true, RefundShipping: true},
		{Line: "b", Quantity: 1_000_000_007, Pays: true, RefundShipping: true},
	})
	require.NoError(t, err)
	assert.Equal(t, money.Max/2*3, got.Total)
}

func TestWhatCannotBeCountedIsRefused(t *testing.T) {
	t.Parallel()
	one := []refund.Unit{{Line: "camera", Quantity: 1, Pays: true}}
	line := func(quantity int, paid int64, refunded int) refund.Sale {
		return refund.Sale{Lines: []refund.SaleLine{{ID: "camera", Quantity: quantity, Paid: paid, Refunded: refunded}}}
	}
	for _, c := range []struct {
		name  string
		sale  refund.Sale
		units []refund.Unit
		want  fault.Code
		field []string
	}{
		{"an unknown line", sold(), []refund.Unit{{Line: "tripod", Quantity: 1}}, fault.CodeNotFound, []string{"units", "0", "line"}},
		{"no unit", sold(), []refund.Unit{{Line: "camera"}}, fault.CodeQuantity, []string{"units", "0", "quantity"}},
		{"fewer than none", sold(), []refund.Unit{{Line: "camera", Quantity: -1, Pays: true}}, fault.CodeQuantity, []string{"units", "0", "quantity"}},
		{"more than were sold", sold(), []refund.Unit{{Line: "camera", Quantity: 4}}, fault.CodeQuantity, []string{"units", "0", "quantity"}},
		{"more than are left", line(3, 1, 2), []refund.Unit{{Line: "camera", Quantity: 2}}, fault.CodeQuantity, []string{"units", "0", "quantity"}},
		{"more than are left in all", sold(), []refund.Unit{{Line: "camera", Quantity: 2}, {Line: "camera", Quantity: 2, Pays: true}},
			fault.CodeQuantity, []string{"units", "1", "quantity"}},
		{"a line of no units", line(0, 1, 0), one, fault.CodeQuantity, []string{"quantity"}},
		{"more refunded than sold", line(1, 1, 2), one, fault.CodeQuantity, []string{"quantity"}},
		{"fewer refunded than none", line(1, 1, -1), one, fault.CodeQuantity, []string{"quantity"}},
		{"a line twice", refund.Sale{Lines: []refund.SaleLine{{ID: "camera", Quantity: 1}, {ID: "camera", Quantity: 1}}}, one,
			fault.CodeQuantity, []string{"quantity"}},
		{"a negative price", line(1, -1, 0), one, fault.CodeAmount, nil},
		{"too high a price", line(1, money.Max+1, 0), one, fault.CodeAmount, nil},
		{"negative shipping", refund.Sale{Shipping: -1}, nil, fault.CodeAmount, nil},
		{"too many units", line(math.MaxInt64, 1, 0), one, fault.CodeAmount, nil},
		{"too high a sum", refund.Sale{Lines: []refund.SaleLine{{ID: "a", Quantity: 1, Paid: money.Max}, {ID: "b", Quantity: 1, Paid: 1}}}, one,
			fault.CodeAmount, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := refund.Quote(c.sale, c.units)
			require.Error(t, err)
			assert.Equal(t, c.want, fault.From(err).Code)
			assert.Equal(t, c.field, fault.From(err).Field)
			assert.Zero(t, got)
		})
	}
}

func anySale(t *rapid.T) refund.Sale {
	sale := refund.Sale{Currency: "USD", Shipping: rapid.Int64Range(0, 5000).Draw(t, "shipping")}
	for i := range rapid.IntRange(1, 4).Draw(t, "lines") {
		sale.Lines = append(sale.Lines, refund.SaleLine{
			ID: string(rune('a' + i)), Quantity: rapid.IntRange(1, 5).Draw(t, "quantity"), Paid: rapid.Int64Range(0, 20000).Draw(t, "paid"),
		})
	}
	return sale
}

func anyFees(t *rapid.T) []policy.Fee {
	fees := make([]policy.Fee, rapid.IntRange(0, 3).Draw(t, "fees"))
	for i := range fees {
		fees[i] = policy.Fee{Code: string(rune('p' + i)), Minor: rapid.Int64Range(0, 3000).Draw(t, "fee")}
	}
	return fees
}

// anyReturns takes all units of a sale back in some order, in groups of some size, over some number of refunds.
func anyReturns(t *rapid.T, sale refund.Sale) [][]refund.Unit {
	var pieces []refund.Unit
	for _, line := range sale.Lines {
		for left := line.Quantity; left > 0; {
			n := rapid.IntRange(1, left).Draw(t, "group")
			pieces = append(pieces, refund.Unit{Line: line.ID, Quantity: n, Pays: true, RefundShipping: true})
			left -= n
		}
	}
	pieces = rapid.Permutation(pieces).Draw(t, "order")
	var refunds [][]refund.Unit
	for len(pieces) > 0 {
		n := rapid.IntRange(1, len(pieces)).Draw(t, "at once")
		refunds, pieces = append(refunds, pieces[:n]), pieces[n:]
	}
	return refunds
}

// enter notes a refund: the units that were paid have their shares.
func enter(sale refund.Sale, units []refund.Unit) {
	for _, u := range units {
		at := slices.IndexFunc(sale.Lines, func(l refund.SaleLine) bool { return l.ID == u.Line })
		if u.Pays {
			sale.Lines[at].Refunded += u.Quantity
		}
	}
}

func paidInAll(sale refund.Sale) int64 {
	paid := sale.Shipping
	for _, line := range sale.Lines {
		paid += line.Paid
	}
	return paid
}

func TestSharesAddUpToTheWholeInWhateverOrderAndGroupsUnitsComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		sale := anySale(t)
		var total int64
		for _, units := range anyReturns(t, sale) {
			got, err := refund.Quote(sale, units)
			require.NoError(t, err)
			enter(sale, units)
			total += got.Total
		}
		assert.Equal(t, paidInAll(sale), total)
	})
}

func TestNoRefundExceedsWhatWasPaidAndItsLinesAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		sale := anySale(t)
		var total int64
		for _, units := range anyReturns(t, sale) {
			for i := range units {
				units[i].Pays = rapid.Bool().Draw(t, "pays")
				units[i].RefundShipping = rapid.Bool().Draw(t, "with shipping")
				units[i].Fees = anyFees(t)
				if rapid.Bool().Draw(t, "lowered") {
					units[i].FeeAtMost = new(rapid.Int64Range(0, 4000).Draw(t, "at most"))
				}
			}
			got, err := refund.Quote(sale, units)
			require.NoError(t, err)
			checkLines(t, got, units)
			enter(sale, units)
			total += got.Total
		}
		assert.LessOrEqual(t, total, paidInAll(sale))
	})
}

// checkLines holds a breakdown to its promises: the sum, the sign of each line, and no group that is charged more
// than its items.
func checkLines(t *rapid.T, b refund.Breakdown, units []refund.Unit) {
	var sum int64
	net := make([]int64, len(units))
	for _, line := range b.Lines {
		sum += line.Minor
		assert.Equal(t, line.Kind == refund.RestockingFee, line.Minor < 0)
		assert.True(t, units[line.Unit].Pays)
		if line.Kind != refund.ShippingShare {
			net[line.Unit] += line.Minor
		}
	}
	assert.Equal(t, sum, b.Total)
	for _, left := range net {
		assert.GreaterOrEqual(t, left, int64(0))
	}
}

func TestAGroupIsWorthWhatItsUnitsAreWorthOneByOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		sale, fees := anySale(t), anyFees(t)
		line := sale.Lines[0]
		group := refund.Unit{Line: line.ID, Quantity: line.Quantity, Pays: true, RefundShipping: true, Fees: fees}
		together, err := refund.Quote(sale, []refund.Unit{group})
		require.NoError(t, err)
		group.Quantity = 1
		alone, err := refund.Quote(sale, slices.Repeat([]refund.Unit{group}, line.Quantity))
		require.NoError(t, err)
		assert.Equal(t, alone.Total, together.Total)
	})
}

func BenchmarkQuote(b *testing.B) {
	b.ReportAllocs()
	sale := sold()
	units := []refund.Unit{
		{Line: "camera", Quantity: 2, Pays: true, RefundShipping: true},
		{Line: "camera", Quantity: 1, Pays: true, Fees: []policy.Fee{{Code: "bracket", Minor: 1200}}},
	}
	for b.Loop() {
		if _, err := refund.Quote(sale, units); err != nil {
			b.Fatal(err)
		}
	}
}
