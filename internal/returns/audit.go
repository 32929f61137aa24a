package returns

import (
	"context"
	"fmt"
	"slices"

	"github.com/vysero/returns/ent"
	entpayment "github.com/vysero/returns/ent/payment"
	"github.com/vysero/returns/ent/posting"
	"github.com/vysero/returns/ent/refundrequest"
	"github.com/vysero/returns/ent/transfer"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/money"
	port "github.com/vysero/returns/internal/payment"
)

// Difference is a place where two accounts of the same money do not agree.
type Difference struct {
	Where string // a payment, a refund or a transfer: its id
	Say   string // what the one side says and what the other
}

// String is the difference on one line.
func (d Difference) String() string { return d.Where + ": " + d.Say }

// AuditInput says how far an audit goes.
type AuditInput struct {
	// Provider compares with the payment provider's own list, payment by payment; without it only our books are looked at.
	Provider bool
	// Repair takes over what the provider tells and we do not know yet, as a webhook would have.
	Repair bool
	// Found is told of each difference, as it is found.
	Found func(Difference)
}

// Audited counts what an audit looked at.
type Audited struct{ Payments, Refunds, Transfers, Events, Differences int }

// auditPage is how many rows an audit holds at once.
const auditPage = 500

// Audit holds the books against each other, and against the provider's: the journal balances and agrees with the
// transfers, the refunds with theirs, the payments with what is kept on them, and every refund at the provider is exactly
// one transfer of ours, in the same state. It changes nothing unless it repairs. While work goes on it may find what is
// about to agree.
func (s *Service) Audit(ctx context.Context, in AuditInput) (Audited, error) {
	a := &audit{Service: s, in: in}
	ctx = auth.AsSystem(ctx)
	for _, part := range []func(context.Context) error{a.balance, a.refunds, a.payments, a.chains} {
		if err := part(ctx); err != nil {
			return a.done, err
		}
	}
	return a.done, nil
}

type audit struct {
	*Service

	in   AuditInput
	done Audited
}

func (a *audit) differf(where, format string, args ...any) {
	a.done.Differences++
	a.in.Found(Difference{Where: where, Say: fmt.Sprintf(format, args...)})
}

// balance holds that the whole journal adds up to nothing, in every currency.
func (a *audit) balance(ctx context.Context) error {
	var sums []struct {
		Currency string `json:"currency"`
		Sum      int64  `json:"sum"`
	}
	err := a.DB.Client.Posting.Query().GroupBy(posting.FieldCurrency).Aggregate(ent.As(ent.Sum(posting.FieldMinor), "sum")).Scan(ctx, &sums)
	if err != nil {
		return err
	}
	for _, s := range sums {
		if s.Sum != 0 {
			a.differf("journal", "its entries in %s add up to %s and not to nothing", s.Currency, money.Amount{Minor: s.Sum, Currency: s.Currency})
		}
	}
	return nil
}

// refunds walks through all refunds.
func (a *audit) refunds(ctx context.Context) error {
	for after := ""; ; {
		page, err := a.DB.Client.RefundRequest.Query().Where(refundrequest.IDGT(after)).Order(refundrequest.ByID()).Limit(auditPage).
			WithPostings().WithTransfers(func(q *ent.TransferQuery) { q.Order(transfer.ByCreatedAt(), transfer.ByID()) }).All(ctx)
		if err != nil {
			return err
		}
		for _, r := range page {
			a.refund(r)
		}
		if len(page) < auditPage {
			return nil
		}
		after = page[len(page)-1].ID
	}
}

// refund holds one refund against its transfers and its entries.
func (a *audit) refund(r *ent.RefundRequest) {
	a.done.Refunds++
	var parts int64
	for _, t := range current(r.Edges.Transfers) {
		parts += t.AmountMinor
	}
	if parts != r.TotalMinor {
		a.differf(r.ID, "its transfers come to %s, its total is %s", money.Amount{Minor: parts, Currency: r.Currency}, r.Total())
	}
	if state := refundState(r.Edges.Transfers); state != r.State {
		a.differf(r.ID, "it is %s, by its transfers it is %s", r.State, state)
	}
	want, got := map[posting.Account]int64{posting.AccountRETURNS: r.TotalMinor, posting.AccountCUSTOMERS: -r.TotalMinor}, map[posting.Account]int64{}
	for _, t := range r.Edges.Transfers {
		a.done.Transfers++
		if t.State == transfer.StateSUCCEEDED {
			want[posting.AccountCUSTOMERS] += t.AmountMinor
			want[source(t)] -= t.AmountMinor
		}
	}
	for _, p := range r.Edges.Postings {
		got[p.Account] += p.Minor
	}
	for _, account := range []posting.Account{posting.AccountRETURNS, posting.AccountCUSTOMERS, posting.AccountPROVIDER, posting.AccountOUTSIDE} {
		if want[account] != got[account] {
			a.differf(r.ID, "the journal has %d on %s, by its transfers it is %d (%s, minor units)", got[account], account, want[account], r.Currency)
		}
	}
}

// payments walks through all payments that something goes back to.
func (a *audit) payments(ctx context.Context) error {
	for after := ""; ; {
		page, err := a.DB.Client.Payment.Query().Order(entpayment.ByID()).Limit(auditPage).
			Where(entpayment.IDGT(after), entpayment.Or(entpayment.RefundedMinorGT(0), entpayment.HasTransfers())).
			WithTransfers(func(q *ent.TransferQuery) { q.WithRefund().Order(transfer.ByCreatedAt(), transfer.ByID()) }).All(ctx)
		if err != nil {
			return err
		}
		for _, p := range page {
			if err := a.payment(ctx, p); err != nil {
				return err
			}
		}
		if len(page) < auditPage {
			return nil
		}
		after = page[len(page)-1].ID
	}
}

// payment holds what is kept on a payment against its transfers, and these against the provider's list.
func (a *audit) payment(ctx context.Context, p *ent.Payment) error {
	a.done.Payments++
	replaced, err := a.replaced(ctx, p)
	if err != nil {
		return err
	}
	var kept int64
	for _, t := range p.Edges.Transfers {
		if !replaced[t.ID] {
			kept += t.AmountMinor
		}
	}
	if kept != p.RefundedMinor {
		a.differf(p.ID, "%d are kept for refunds, its transfers come to %d (%s, minor units)", p.RefundedMinor, kept, p.Currency)
	}
	if !a.in.Provider {
		return nil
	}
	receipts, err := a.Payments.Refunds(ctx, p.Ref)
	if err != nil {
		return fmt.Errorf("payment %s: the provider's list cannot be read: %w", p.ID, err)
	}
	return a.compare(ctx, p, receipts)
}

// replaced are the transfers of a payment that others stand for, wherever those go to.
func (a *audit) replaced(ctx context.Context, p *ent.Payment) (map[string]bool, error) {
	ids := make([]string, len(p.Edges.Transfers))
	for i, t := range p.Edges.Transfers {
		ids[i] = t.ID
	}
	if len(ids) == 0 {
		return nil, nil //nolint:nilnil // none
	}
	later, err := a.DB.Client.Transfer.Query().Where(transfer.ReplacesIn(ids...)).All(ctx)
	replaced := map[string]bool{}
	for _, t := range later {
		replaced[*t.Replaces] = true
	}
	return replaced, err
}

// compare holds our transfers against the provider's refunds of one payment.
func (a *audit) compare(ctx context.Context, p *ent.Payment, receipts []port.Receipt) error {
	var held int64
	seen := map[string]bool{}
	for _, r := range receipts {
		if r.Status.Holds() {
			held += r.Amount.Minor
		}
		at := slices.IndexFunc(p.Edges.Transfers, func(t *ent.Transfer) bool { return t.Key == r.Key })
		switch {
		case r.Key == "":
			a.differf(p.ID, "the provider has %s of %s (%s), which was made by others", r.ID, r.Amount, r.Status)
		case at < 0:
			a.differf(p.ID, "the provider has %s of %s (%s) under the key %s, which no transfer has", r.ID, r.Amount, r.Status, r.Key)
		case seen[r.Key]:
			a.differf(p.ID, "the provider has %s of %s (%s) as well under the key of transfer %s", r.ID, r.Amount, r.Status, p.Edges.Transfers[at].ID)
		default:
			seen[r.Key] = true
			if err := a.same(ctx, p.Edges.Transfers[at], r); err != nil {
				return err
			}
		}
	}
	if held > p.CapturedMinor {
		a.differf(p.ID, "the provider holds %d of %d that were captured (%s, minor units)", held, p.CapturedMinor, p.Currency)
	}
	for _, t := range p.Edges.Transfers {
		known := t.ProviderID != "" || t.State == transfer.StateSUCCEEDED
		if known && t.Outside == "" && !seen[t.Key] {
			a.differf(t.ID, "it is %s, and the provider has no refund under its key", t.State)
		}
	}
	return nil
}

// same holds one transfer against its receipt, and repairs it where it is told to and the provider is ahead.
func (a *audit) same(ctx context.Context, t *ent.Transfer, r port.Receipt) error {
	if r.Amount != t.Amount() {
		a.differf(t.ID, "it is about %s, the provider's %s about %s", t.Amount(), r.ID, r.Amount)
		return nil
	}
	told := replyOf(r.ID, r.Status, r.Reason)
	if t.State == told.state && t.ProviderID == r.ID {
		return nil
	}
	if a.in.Repair && news(t, told) {
		return a.record(ctx, t.ID, told)
	}
	a.differf(t.ID, "it is %s, the provider's %s is %s", t.State, r.ID, r.Status)
	return nil
}
