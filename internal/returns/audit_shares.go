package returns

import (
	"context"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/order"
	"github.com/vysero/returns/internal/money"
	"github.com/vysero/returns/internal/refund"
)

// shares walks through all orders of which something is paid back, and holds the refunds against what was paid: the units of
// an item that were paid back, in whatever returns, got exactly the first shares of what was paid for it (A20, A22), and no
// more than was paid for shipping went back (A21).
func (a *audit) shares(ctx context.Context) error {
	for after := ""; ; {
		page, err := a.DB.Client.Order.Query().Where(order.IDGT(after), order.HasRefunds()).Order(order.ByID()).Limit(auditPage).
			WithItems().WithRefunds().All(ctx)
		if err != nil {
			return err
		}
		for _, o := range page {
			a.sharesOf(o)
		}
		if len(page) < auditPage {
			return nil
		}
		after = page[len(page)-1].ID
	}
}

func (a *audit) sharesOf(o *ent.Order) {
	units, minor := map[string]int{}, map[string]int64{}
	var shipping int64
	for _, r := range o.Edges.Refunds {
		for _, line := range r.Breakdown.Lines {
			switch line.Kind {
			case refund.ItemShare:
				units[line.Item] += line.Units
				minor[line.Item] += line.Minor
			case refund.ShippingShare:
				shipping += line.Minor
			case refund.RestockingFee: // what the packing list says, up to the share
			}
		}
	}
	for _, it := range o.Edges.Items {
		if units[it.ID] != it.UnitsRefunded {
			a.differf(it.ID, "%d of its units count as paid back, by the refunds they are %d", it.UnitsRefunded, units[it.ID])
		}
		due, err := firstShares(it, units[it.ID])
		if err != nil || minor[it.ID] != due {
			a.differf(it.ID, "the shares of %d of its %d units come to %s, and %s are in the refunds", units[it.ID], it.Quantity,
				money.Amount{Minor: due, Currency: o.Currency}, money.Amount{Minor: minor[it.ID], Currency: o.Currency})
		}
	}
	if shipping > o.ShippingMinor {
		a.differf(o.ID, "%s were paid for shipping, and %s are in the refunds", money.Amount{Minor: o.ShippingMinor, Currency: o.Currency},
			money.Amount{Minor: shipping, Currency: o.Currency})
	}
}

// firstShares is what the first units of an item come to; zero and an error where it has not so many.
func firstShares(it *ent.Item, units int) (int64, error) {
	if units == 0 {
		return 0, nil
	}
	sale := refund.Sale{Lines: []refund.SaleLine{{ID: it.ID, Quantity: it.Quantity, Paid: it.PaidMinor}}}
	b, err := refund.Quote(sale, []refund.Unit{{Line: it.ID, Quantity: units, Pays: true}})
	return b.Total, err
}
