// Package refund counts the money of a return: shares that add up to the whole, fees, and the split over payments.
package refund

import (
	"fmt"

	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/policy"
)

// Sale is what was paid, as far as shares of it are needed. All amounts are minor units of one currency.
type Sale struct {
	Currency string
	Shipping int64      // paid for original shipping, with tax
	Lines    []SaleLine // every line of the order, in the order of the order
}

// SaleLine is one line of a sale.
type SaleLine struct {
	ID       string
	Quantity int   // units sold, at least 1
	Paid     int64 // for all units together, after discounts, with tax
	Refunded int   // units whose refund is already booked: they took the first shares (A22)
}

// Unit is one group of units of one line with the same fate, to be paid back.
type Unit struct {
	Line           string // SaleLine.ID
	Quantity       int
	Pays           bool         // false: NO_REFUND, WARRANTY or NEEDS_REVIEW, nothing is paid
	RefundShipping bool         // from policy.Judgement
	Fees           []policy.Fee // per unit
	FeeAtMost      *int64       // staff lowered the fee to this, per unit (A17); nil: as the terms say
}

// Kind of a breakdown's line.
type Kind string

// The kinds of line.
const (
	ItemShare     Kind = "ITEM"              // what was paid for the units (A20)
	ShippingShare Kind = "ORIGINAL_SHIPPING" // their share of original shipping (A21, A22)
	RestockingFee Kind = "RESTOCKING_FEE"    // C2, negative
)

// Line is one line of a breakdown.
type Line struct {
	Kind   Kind   `json:"kind"`
	Item   string `json:"item"`            // SaleLine.ID
	Unit   int    `json:"unit"`            // index of the group in the call
	Units  int    `json:"units"`           // how many units the line is about
	Piece  string `json:"piece,omitempty"` // RESTOCKING_FEE: the packing-list code
	Minor  int64  `json:"minor"`           // negative for a deduction
	Clause string `json:"clause"`
}

// Breakdown is a refund line by line; Total is exactly the sum of the lines and never negative.
type Breakdown struct {
	Currency string `json:"currency"`
	Lines    []Line `json:"lines"`
	Total    int64  `json:"total"`
}

// Quote counts what is paid back for units, line by line. Previews and payments both come from it.
//
// Units of a line take its shares in the order of the call, after those that are refunded already; units that are
// not paid take none, so that the shares of all units add up to what was paid, in whatever order they come back
// (A20, A22). Fees are per unit and in all at most the unit's item share, or FeeAtMost where that is less (A17).
// Errors: NOT_FOUND for a line that the sale does not have; QUANTITY_NOT_AVAILABLE for fewer than one unit or more
// than are left of the line; AMOUNT_OUT_OF_RANGE for amounts that are negative or too large to be counted.
func Quote(s Sale, units []Unit) (Breakdown, error) {
	book, err := open(s)
	if err != nil {
		return Breakdown{}, err
	}
	b := Breakdown{Currency: s.Currency, Lines: make([]Line, 0, 2*len(units))}
	for i, u := range units {
		share, err := book.take(u)
		if err != nil {
			return Breakdown{}, fault.From(err).At("units", fmt.Sprint(i))
		}
		if u.Pays {
			b.Lines = append(b.Lines, share.lines(i, u)...)
		}
	}
	for _, line := range b.Lines {
		b.Total += line.Minor
	}
	return b, nil
}
