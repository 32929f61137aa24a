package ent

import (
	"context"
	"time"

	"entgo.io/ent"

	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/money"
	"github.com/vysero/returns/internal/policy"
)

// Shipping is what was paid for original shipping, with tax.
func (o *Order) Shipping() money.Amount {
	return money.Amount{Minor: o.ShippingMinor, Currency: o.Currency}
}

// ItemsTotal is what was paid for all items together, after discounts, with tax.
func (o *Order) ItemsTotal() money.Amount {
	return money.Amount{Minor: o.ItemsMinor, Currency: o.Currency}
}

// Paid is what was paid for all units of the item, after discounts, with tax (A20).
func (i *Item) Paid() money.Amount { return money.Amount{Minor: i.PaidMinor, Currency: i.Currency} }

// UnitsLeft counts the units that are in no open or refunded return (A37).
func (i *Item) UnitsLeft() int { return i.Quantity - i.UnitsClaimed }

// Captured is what was captured.
func (p *Payment) Captured() money.Amount {
	return money.Amount{Minor: p.CapturedMinor, Currency: p.Currency}
}

// Refunded is what went back to the payment, or is reserved to go back.
func (p *Payment) Refunded() money.Amount {
	return money.Amount{Minor: p.RefundedMinor, Currency: p.Currency}
}

// Due is when the next thing is due, an exclusive end; nil where nothing is.
func (r *ReturnRequest) Due() *time.Time {
	if !r.DueBefore.Before(lifecycle.NeverDue) {
		return nil
	}
	return &r.DueBefore
}

// Total is what the refund pays.
func (r *RefundRequest) Total() money.Amount {
	return money.Amount{Minor: r.TotalMinor, Currency: r.Currency}
}

// Amount is what the transfer moves.
func (t *Transfer) Amount() money.Amount {
	return money.Amount{Minor: t.AmountMinor, Currency: t.Currency}
}

// Effect is what is refunded more by the override; below zero for less.
func (o *Override) Effect() money.Amount {
	return money.Amount{Minor: o.EffectMinor, Currency: o.Currency}
}

// Packaging tells whether the retail packaging came back (A19).
func (i *Inspection) Packaging() bool { return i.Facts.Packaging }

// Missing lists the packing-list codes that did not come back.
func (i *Inspection) Missing() []string { return i.Facts.Missing }

// Modified tells whether the units had been modified (C3).
func (i *Inspection) Modified() bool { return i.Facts.Modified }

// DamagedOnPurpose tells whether the units had been damaged on purpose (C3, A33).
func (i *Inspection) DamagedOnPurpose() bool { return i.Facts.DamagedOnPurpose }

// Claim is what the inspection says of a DOA claim; nil where it says nothing.
func (i *Inspection) Claim() *policy.Claim {
	if i.Facts.Claim == "" {
		return nil
	}
	return &i.Facts.Claim
}

// BeforeText is what the event's subject was before, as JSON; nil where the event does not say.
func (e *Event) BeforeText() *string { return textOf(e.Before) }

// AfterText is what the event's subject was afterwards, as JSON; nil where the event does not say.
func (e *Event) AfterText() *string { return textOf(e.After) }

func textOf(raw []byte) *string {
	if len(raw) == 0 {
		return nil
	}
	text := string(raw)
	return &text
}

// A cursor hands its value back to the database, and an instant in it would come back in the machine's zone: as text, which
// is how SQLite compares instants, it would then stand in the wrong place. So cursors carry the text, in UTC.
func init() { //nolint:gochecknoinits // the generated fields are variables, and no cursor may be made before
	OrderOrderFieldPurchasedAt.toCursor = func(o *Order) Cursor {
		return Cursor{ID: o.ID, Value: textOfInstant(o.PurchasedAt)}
	}
	ReturnRequestOrderFieldRequestedAt.toCursor = func(r *Return) Cursor {
		return Cursor{ID: r.ID, Value: textOfInstant(r.RequestedAt)}
	}
	ReturnRequestOrderFieldDueBefore.toCursor = func(r *Return) Cursor {
		return Cursor{ID: r.ID, Value: textOfInstant(r.DueBefore)}
	}
}

// instantInCursor is how the database writes an instant.
const instantInCursor = "2006-01-02 15:04:05.999999999-07:00"

func textOfInstant(at time.Time) string { return at.UTC().Format(instantInCursor) }

// IsInstantOfCursor tells whether a cursor's value is an instant as cursors carry them.
func IsInstantOfCursor(value any) bool {
	text, ok := value.(string)
	if !ok {
		return false
	}
	at, err := time.Parse(instantInCursor, text)
	return err == nil && at.Year() > 0 && textOfInstant(at) == text // PostgreSQL knows no year 0
}

// ReadWhole makes the client read whole rows where a GraphQL selection would make it read some columns only. A row that
// is read in part looks like any other, and what is computed from it (an amount, a verdict, a place in a list) would be
// wrong without a word. Labels are left as they are: their file is a column that nobody selects.
// Call it once, before the client is used.
func ReadWhole(c *Client) {
	c.Intercept(TraverseFunc(func(ctx context.Context, q Query) error {
		if columns := columnsOf(q); columns != nil && selects(ctx, columns) {
			columns.Fields = nil
		}
		return nil
	}))
}

// selects tells whether the query reads records by some of their columns. Queries for ids alone, for counts and for
// groups mean exactly the columns that they name. A query that loads the edges of another one runs under that one's
// name; it reads records where it begins with their id.
func selects(ctx context.Context, q *QueryContext) bool {
	if len(q.Fields) == 0 {
		return false
	}
	if outer := ent.QueryFromContext(ctx); outer != q {
		return q.Fields[0] == "id"
	}
	return q.Op == ent.OpQueryAll || q.Op == ent.OpQueryFirst || q.Op == ent.OpQueryOnly
}

func columnsOf(q Query) *QueryContext {
	switch q := q.(type) {
	case *CustomerQuery:
		return q.ctx
	case *EventQuery:
		return q.ctx
	case *InspectionQuery:
		return q.ctx
	case *ItemQuery:
		return q.ctx
	case *OrderQuery:
		return q.ctx
	case *OverrideQuery:
		return q.ctx
	case *PaymentQuery:
		return q.ctx
	case *PhotoQuery:
		return q.ctx
	case *RefundRequestQuery:
		return q.ctx
	case *ReturnLineQuery:
		return q.ctx
	case *ReturnRequestQuery:
		return q.ctx
	case *TransferQuery:
		return q.ctx
	}
	return nil
}
