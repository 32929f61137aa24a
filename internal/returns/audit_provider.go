package returns

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/notice"
	entpayment "github.com/vysero/returns/ent/payment"
	"github.com/vysero/returns/ent/predicate"
	"github.com/vysero/returns/ent/transfer"
	"github.com/vysero/returns/internal/money"
	port "github.com/vysero/returns/internal/payment"
)

// givesBack are payments that something goes back to, as far as we know.
func givesBack() predicate.Payment {
	return entpayment.Or(entpayment.RefundedMinorGT(0), entpayment.HasTransfers())
}

// payments walks through all payments that something goes back to, or through all.
func (a *audit) payments(ctx context.Context) error {
	which := givesBack()
	if a.in.Provider && a.in.Every {
		which = entpayment.CapturedMinorGT(0)
	}
	for after := ""; ; {
		page, err := a.paymentsWhere(ctx, entpayment.IDGT(after), which)
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

func (a *audit) paymentsWhere(ctx context.Context, which ...predicate.Payment) ([]*ent.Payment, error) {
	return a.DB.Client.Payment.Query().Where(which...).Order(entpayment.ByID()).Limit(auditPage).
		WithTransfers(func(q *ent.TransferQuery) { q.WithRefund().Order(transfer.ByCreatedAt(), transfer.ByID()) }).All(ctx)
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
		return a.unread(p, err)
	}
	a.silent = 0
	return a.compare(ctx, p, receipts)
}

// mostSilent is how many lists in a row may be missing before the audit ends: then it is not about single payments.
const mostSilent = 10

// unread tells that the provider's list of a payment's refunds cannot be had: nothing is proven about it.
func (a *audit) unread(p *ent.Payment, err error) error {
	a.differf(p.ID, "the provider's list of its refunds cannot be read: %v", err)
	if a.silent++; a.silent >= mostSilent {
		return fmt.Errorf("the provider gave none of the last %d lists: %w", a.silent, err)
	}
	return nil
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

// notices walks through what the provider told of refunds that are not ours, or not as ours were ordered.
func (a *audit) notices(ctx context.Context) error {
	for after := ""; ; {
		page, err := a.DB.Client.Notice.Query().Where(notice.IDGT(after), notice.StateEQ(notice.StateSTRANGE)).
			Order(notice.ByID()).Limit(auditPage).All(ctx)
		if err != nil {
			return err
		}
		for _, n := range page {
			if err := a.notice(ctx, n); err != nil {
				return err
			}
		}
		if len(page) < auditPage {
			return nil
		}
		after = page[len(page)-1].ID
	}
}

// notice tells of a strange notice, unless the provider's own list, which has it as it stands now, is looked at anyway.
func (a *audit) notice(ctx context.Context, n *ent.Notice) error {
	about, err := a.paymentsWhere(ctx, entpayment.RefIn(n.ChargeRefs...))
	if err != nil {
		return err
	}
	told := false
	for _, p := range about {
		listed := p.RefundedMinor > 0 || len(p.Edges.Transfers) > 0 || a.in.Every
		if a.in.Provider && !listed {
			if err := a.payment(ctx, p); err != nil {
				return err
			}
		}
		told = a.in.Provider
	}
	switch {
	case told:
	case len(about) == 0 && n.Key == "":
		a.done.Foreign++
	default:
		a.differf(n.ID, "on %s the provider told of %s of %s (%s) under the key %q, which is not as we know it",
			n.ReceivedAt.UTC().Format(time.DateTime), n.ProviderID, money.Amount{Minor: n.AmountMinor, Currency: n.Currency}, n.Status, n.Key)
	}
	return nil
}
