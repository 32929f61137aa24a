package refund

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/money"
	"github.com/vysero/returns/internal/policy"
)

// Allocate splits a refund over the payments of an order, in proportion to what is still refundable on each; odd
// minor units go by the largest remainder, ties to the first payment (A32). The shares add up to total, and none
// exceeds what is refundable on its payment. All amounts are minor units of one currency.
// Error: AMOUNT_OUT_OF_RANGE for a negative amount, and for a total that exceeds what is refundable in all.
func Allocate(total int64, refundable []int64) ([]int64, error) {
	var sum int64
	for _, part := range refundable {
		if err := inRange(part, money.Max-sum); err != nil {
			return nil, err
		}
		sum += part
	}
	if total < 0 || total > sum {
		return nil, fault.Bad(fault.CodeAmount, "", "The refund exceeds what can still be refunded to the original payments.").Under(policy.R1)
	}
	shares, remainders := make([]int64, len(refundable)), make([]uint64, len(refundable))
	if total == 0 {
		return shares, nil
	}
	order, left := make([]int, len(refundable)), total
	for i, part := range refundable {
		high, low := bits.Mul64(uint64(total), uint64(part))
		quotient, remainder := bits.Div64(high, low, uint64(sum))
		shares[i], remainders[i], order[i] = int64(quotient), remainder, i
		left -= shares[i]
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(remainders[b], remainders[a]) })
	for _, i := range order[:left] {
		shares[i]++
	}
	return shares, nil
}

// inRange refuses an amount that is negative or more than the given room.
func inRange(amount, room int64) error {
	if amount < 0 || amount > room {
		return fault.Bad(fault.CodeAmount, "", "An amount is negative or too large to be counted.")
	}
	return nil
}

// portion is whole·part/of rounded up, for 0 <= part <= of and of > 0: the share of the first part of a whole.
func portion(whole, part, of int64) int64 {
	high, low := bits.Mul64(uint64(whole), uint64(part))
	quotient, remainder := bits.Div64(high, low, uint64(of))
	if remainder > 0 {
		quotient++
	}
	return int64(quotient)
}
