package refund

import (
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/policy"
)

// ledger counts, line by line, which shares of a sale are taken.
type ledger struct {
	sale   Sale
	paid   int64            // for all lines together
	units  int64            // of all lines together
	places map[string]place // by SaleLine.ID
	taken  []int            // per line: units that have their share
	asked  []int            // per line: units that the call was about, paid or not
}

// place is where a line stands in its sale.
type place struct {
	index       int
	paidBefore  int64 // for the lines before it
	unitsBefore int64 // of the lines before it
}

// open checks a sale and puts its lines in order.
func open(s Sale) (*ledger, error) {
	l := &ledger{
		sale: s, places: make(map[string]place, len(s.Lines)),
		taken: make([]int, len(s.Lines)), asked: make([]int, len(s.Lines)),
	}
	amounts := []int64{s.Shipping}
	for i, line := range s.Lines {
		if line.Quantity < 1 || line.Refunded < 0 || line.Refunded > line.Quantity {
			return nil, fault.Bad(fault.CodeQuantity, "quantity", "A line of the sale has an impossible number of units.")
		}
		amounts = append(amounts, line.Paid)
		l.places[line.ID] = place{index: i, paidBefore: l.paid, unitsBefore: l.units}
		l.taken[i] = line.Refunded
		l.paid += line.Paid
		l.units += int64(line.Quantity)
	}
	if _, err := sumOf(amounts); err != nil {
		return nil, err
	}
	return l, nil
}

// share is what a group of units of one line gets, before fees.
type share struct {
	item, shipping int64
	each           int64 // the smaller item share of a unit
	more           int64 // units whose item share is one minor unit more than each
}

// take gives the next shares of the line to the units, where they are paid.
func (l *ledger) take(u Unit) (share, error) {
	at, known := l.places[u.Line]
	if !known {
		return share{}, fault.Missing("line", "line in this order")
	}
	line, first := l.sale.Lines[at.index], l.taken[at.index]
	if left := line.Quantity - line.Refunded - l.asked[at.index]; u.Quantity < 1 || u.Quantity > left {
		return share{}, fault.Bad(fault.CodeQuantity, "quantity", "The quantity has to be between 1 and the %d left.", left)
	}
	l.asked[at.index] += u.Quantity
	if !u.Pays {
		return share{}, nil
	}
	next := first + u.Quantity
	l.taken[at.index] = next
	n := int64(u.Quantity)
	s := share{
		item:     itemShare(line, next) - itemShare(line, first),
		shipping: l.shippingShare(at, next) - l.shippingShare(at, first),
		each:     line.Paid / int64(line.Quantity),
	}
	s.more = s.item - n*s.each
	return s, nil
}

// itemShare is the share of the first n units of the line in what was paid for it.
func itemShare(line SaleLine, n int) int64 {
	return portion(line.Paid, int64(n), int64(line.Quantity))
}

// shippingShare is the share in original shipping of everything up to the first n units of the line: by what was
// paid for them, and by units where nothing was paid for any (A22).
func (l *ledger) shippingShare(at place, n int) int64 {
	if l.paid == 0 {
		return portion(l.sale.Shipping, at.unitsBefore+int64(n), l.units)
	}
	return portion(l.sale.Shipping, at.paidBefore+itemShare(l.sale.Lines[at.index], n), l.paid)
}

// lines writes the share of group i as lines of a breakdown; parts of nothing are left out, but for the item itself.
func (s share) lines(i int, u Unit) []Line {
	line := Line{Kind: ItemShare, Item: u.Line, Unit: i, Units: u.Quantity, Minor: s.item, Clause: policy.R1}
	lines := []Line{line}
	if u.RefundShipping && s.shipping > 0 {
		line.Kind, line.Minor, line.Clause = ShippingShare, s.shipping, policy.A21
		lines = append(lines, line)
	}
	few, many := newPurse(s.each, u.FeeAtMost), newPurse(s.each+1, u.FeeAtMost)
	for _, fee := range u.Fees {
		minor := few.pay(fee.Minor)*(int64(u.Quantity)-s.more) + many.pay(fee.Minor)*s.more
		if minor > 0 {
			line.Kind, line.Minor, line.Piece, line.Clause = RestockingFee, -minor, fee.Code, policy.C2
			lines = append(lines, line)
		}
	}
	return lines
}

// purse holds what fees may still take from one unit.
type purse int64

func newPurse(share int64, atMost *int64) *purse {
	p := purse(share)
	if atMost != nil {
		p = purse(min(share, max(0, *atMost)))
	}
	return &p
}

// pay takes a fee as far as it can be taken, and never gives anything.
func (p *purse) pay(fee int64) int64 {
	taken := min(max(0, fee), int64(*p))
	*p -= purse(taken)
	return taken
}
