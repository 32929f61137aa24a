package refund

import (
	"errors"

	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/money"
	"github.com/vysero/returns/internal/policy"
)

// ledger knows which shares of a sale are taken.
type ledger struct {
	shipping int64
	paid     int64               // for all lines together
	units    int64               // of all lines together
	accounts map[string]*account // by SaleLine.ID
}

// account is one line of the sale in the ledger.
type account struct {
	SaleLine

	paidBefore  int64 // for the lines before it
	unitsBefore int64 // of the lines before it
	asked       int   // units that the call was about so far, paid or not
	taken       int   // units that have their share
}

// open checks a sale and enters its lines.
func open(s Sale) (*ledger, error) {
	l := &ledger{shipping: s.Shipping, accounts: make(map[string]*account, len(s.Lines))}
	wrong := inRange(s.Shipping, money.Max)
	for _, line := range s.Lines {
		if l.accounts[line.ID] != nil || line.Quantity < 1 || line.Refunded < 0 || line.Refunded > line.Quantity {
			return nil, fault.Bad(fault.CodeQuantity, "quantity", "A line of the sale is there twice or has an impossible number of units.")
		}
		wrong = errors.Join(wrong, inRange(line.Paid, money.Max-l.paid), inRange(int64(line.Quantity), money.Max-l.units))
		l.accounts[line.ID] = &account{SaleLine: line, paidBefore: l.paid, unitsBefore: l.units, taken: line.Refunded}
		l.paid, l.units = l.paid+line.Paid, l.units+int64(line.Quantity)
	}
	return l, wrong
}

// share is what a group of units of one line gets, before fees.
type share struct {
	item, shipping int64
	each           int64 // the smaller item share of a unit
	more           int64 // units whose item share is one minor unit more than each
}

// take gives the next shares of the line to the units, where they are paid.
func (l *ledger) take(u Unit) (share, error) {
	a := l.accounts[u.Line]
	if a == nil {
		return share{}, fault.Missing("line", "line in this order")
	}
	if left := a.Quantity - a.Refunded - a.asked; u.Quantity < 1 || u.Quantity > left {
		return share{}, fault.Bad(fault.CodeQuantity, "quantity", "The quantity has to be at least 1 and at most what is left, which is %d.", left)
	}
	a.asked += u.Quantity
	if !u.Pays {
		return share{}, nil
	}
	first, next := a.taken, a.taken+u.Quantity
	a.taken = next
	s := share{
		item:     a.share(next) - a.share(first),
		shipping: l.shippingShare(a, next) - l.shippingShare(a, first),
		each:     a.Paid / int64(a.Quantity),
	}
	s.more = s.item - s.each*int64(u.Quantity)
	return s, nil
}

// share is what the first n units of the line get of what was paid for it.
func (a *account) share(n int) int64 { return portion(a.Paid, int64(n), int64(a.Quantity)) }

// shippingShare is what everything up to the first n units of the line gets of original shipping: by what was paid,
// and by units where nothing was paid for any (A22).
func (l *ledger) shippingShare(a *account, n int) int64 {
	if l.paid == 0 {
		return portion(l.shipping, a.unitsBefore+int64(n), l.units)
	}
	return portion(l.shipping, a.paidBefore+a.share(n), l.paid)
}

// lines writes the share of group i as lines of a breakdown; parts of nothing are left out, but for the item itself.
func (s share) lines(i int, u Unit) []Line {
	line := Line{Kind: ItemShare, Item: u.Line, Unit: i, Units: u.Quantity, Minor: s.item, Clause: policy.R1}
	lines := []Line{line}
	if u.RefundShipping && s.shipping > 0 {
		line.Kind, line.Minor, line.Clause = ShippingShare, s.shipping, policy.A21
		lines = append(lines, line)
	}
	fewer := int64(u.Quantity) - s.more
	each, oneMore := purseOf(s.each, u.FeeAtMost), purseOf(s.each+1, u.FeeAtMost)
	for _, fee := range u.Fees {
		if minor := each.take(fee.Minor)*fewer + oneMore.take(fee.Minor)*s.more; minor > 0 {
			line.Kind, line.Minor, line.Clause, line.Piece = RestockingFee, -minor, policy.C2, fee.Code
			lines = append(lines, line)
		}
	}
	return lines
}

// purse holds what fees may still take from one unit.
type purse int64

func purseOf(share int64, atMost *int64) purse {
	if atMost == nil {
		return purse(share)
	}
	return purse(max(0, min(share, *atMost)))
}

// take takes a fee as far as the purse goes. It never puts anything in: a negative fee is none.
func (p *purse) take(fee int64) int64 {
	taken := max(0, min(fee, int64(*p)))
	*p -= purse(taken)
	return taken
}
