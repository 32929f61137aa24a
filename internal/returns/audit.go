package returns

import (
	"context"
	"fmt"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/posting"
	"github.com/vysero/returns/ent/refundrequest"
	"github.com/vysero/returns/ent/transfer"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/money"
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
	// Every asks about each payment that was captured, also where we know of no refund: after a database came back that had
	// lost something. Without it these are asked about only where the provider's notices name them.
	Every bool
	// Repair takes over what the provider tells and we do not know yet, as a webhook would have.
	Repair bool
	// Found is told of each difference, as it is found.
	Found func(Difference)
}

// Audited counts what an audit looked at.
type Audited struct {
	Payments, Refunds, Transfers, Events, Differences int

	Foreign int // notices of the provider's about refunds of payments that we do not have
	// Unsealed are returns of which nothing says what they must be: they were last changed before their content was sealed.
	Unsealed int
}

// auditPage is how many rows an audit holds at once.
const auditPage = 500

// Audit holds the books against each other, and against the provider's: the journal balances and agrees with the
// transfers, the refunds with theirs and with the shares of what was paid, the payments with what is kept on them, and every
// refund at the provider is exactly one transfer of ours, in the same state. What the provider cannot be asked about is a
// difference; where it answers nothing at all that is the error. It holds the events of orders and returns against their
// chains as well, what the returns say against the seals of their events, and staff's answers against the overrides. It
// changes nothing unless it repairs. While work goes on it may find what is about to agree.
func (s *Service) Audit(ctx context.Context, in AuditInput) (Audited, error) {
	a := &audit{Service: s, in: in}
	ctx = auth.AsSystem(ctx)
	for _, part := range []func(context.Context) error{a.balance, a.refunds, a.shares, a.payments, a.notices, a.chains} {
		if err := part(ctx); err != nil {
			return a.done, err
		}
	}
	return a.done, nil
}

type audit struct {
	*Service

	in     AuditInput
	done   Audited
	silent int // lists in a row that the provider did not give
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
	if taken := accept(r.Edges.Transfers); taken != (r.AcceptedAt != nil) {
		a.differf(r.ID, "that the provider has accepted all of it is on record: %t, by its transfers: %t", r.AcceptedAt != nil, taken)
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
