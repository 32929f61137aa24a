package returns

import (
	"context"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/posting"
)

// entry is one entry of the journal: what it is about, and the account that is debited and the one that is credited.
type entry struct {
	kind          posting.Entry
	debit, credit posting.Account
	refundID      string
	transferID    *string
	currency      string
	minor         int64
}

// owedEntry is made with a refund: returns cost something, and customers are owed it.
func owedEntry(r *ent.RefundRequest) entry {
	return entry{
		kind: posting.EntryOWED, debit: posting.AccountRETURNS, credit: posting.AccountCUSTOMERS, refundID: r.ID,
		currency: r.Currency, minor: r.TotalMinor,
	}
}

// paidEntry is made when a transfer was paid: customers are owed less, and so much went out.
func paidEntry(t *ent.Transfer) entry {
	return entry{
		kind: posting.EntryPAID, debit: posting.AccountCUSTOMERS, credit: source(t), refundID: t.RefundID,
		transferID: &t.ID, currency: t.Currency, minor: t.AmountMinor,
	}
}

// sentBackEntry takes paidEntry back: a bank returned the money.
func sentBackEntry(t *ent.Transfer) entry {
	e := paidEntry(t)
	e.kind, e.debit, e.credit = posting.EntrySENT_BACK, e.credit, e.debit
	return e
}

// source is where a transfer's money comes from.
func source(t *ent.Transfer) posting.Account {
	if t.Outside != "" {
		return posting.AccountOUTSIDE
	}
	return posting.AccountPROVIDER
}

// post writes an entry. That a transfer is paid once, and comes back once, the database holds by itself.
func (b *books) post(ctx context.Context, e entry) error {
	side := func(account posting.Account, minor int64) *ent.PostingCreate {
		return b.Posting.Create().SetID(b.s.NewID("pst")).SetRefundID(e.refundID).SetNillableTransferID(e.transferID).
			SetEntry(e.kind).SetAccount(account).SetCurrency(e.currency).SetMinor(minor).SetAt(b.Now)
	}
	return b.Posting.CreateBulk(side(e.debit, e.minor), side(e.credit, -e.minor)).Exec(ctx)
}
