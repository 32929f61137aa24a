package returns

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/inspection"
	"github.com/vysero/returns/ent/refundrequest"
	"github.com/vysero/returns/ent/returnline"
	"github.com/vysero/returns/ent/returnrequest"
	"github.com/vysero/returns/ent/transfer"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/store"
)

// certainty orders the states of a transfer by what is known of it: it moves one way only, whatever comes late or twice.
var certainty = []transfer.State{
	transfer.StateRESERVED, transfer.StateSUBMITTED, transfer.StateUNKNOWN, transfer.StateREQUIRES_ACTION,
	transfer.StatePENDING, transfer.StateSUCCEEDED, transfer.StateFAILED,
}

func rank(s transfer.State) int { return slices.Index(certainty, s) }

// news tells whether a reply says more about a transfer than is on record.
func news(t *ent.Transfer, r reply) bool {
	if r.provider == "" && r.state == transfer.StateFAILED && t.ProviderID != "" {
		return false // refused, although it is there: what is there counts
	}
	return rank(r.state) > rank(t.State)
}

// record writes a reply down with all that follows from it, in one transaction: the transfer, its entry in the journal,
// the refund and the return that waits for it. A reply that is no news changes no state.
func (s *Service) record(ctx context.Context, transferID string, r reply) error {
	about, err := s.DB.Client.Transfer.Query().Where(transfer.ID(transferID)).WithRefund().Only(ctx)
	if err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
		b, err := s.openBooks(ctx, tx, about.Edges.Refund)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(b.duty.Edges.Transfers, func(t *ent.Transfer) bool { return t.ID == transferID })
		t := b.duty.Edges.Transfers[at]
		if !news(t, r) {
			return b.putOff(ctx, t, r)
		}
		if err := b.take(ctx, t, r); err != nil {
			return err
		}
		return b.conclude(ctx)
	})
}

// books are a refund with its transfers and its return, held until the transaction ends. They are held in one order
// everywhere, the return first, so that nobody waits in a circle.
type books struct {
	store.Tx

	s    *Service
	ret  *ent.ReturnRequest
	duty *ent.RefundRequest
}

func (s *Service) openBooks(ctx context.Context, tx store.Tx, duty *ent.RefundRequest) (*books, error) {
	b := &books{Tx: tx, s: s}
	var err error
	b.ret, err = store.Hold(tx, tx.ReturnRequest.Query().Where(returnrequest.ID(duty.ReturnID))).Only(ctx)
	if err != nil {
		return nil, err
	}
	if b.ret.Edges.Refunds, err = b.ret.QueryRefunds().Order(refundrequest.ByID()).All(ctx); err != nil {
		return nil, err
	}
	b.duty, err = tx.RefundRequest.Query().Where(refundrequest.ID(duty.ID)).
		WithTransfers(func(q *ent.TransferQuery) { q.WithPayment().Order(transfer.ByCreatedAt(), transfer.ByID()) }).Only(ctx)
	return b, err
}

// putOff notes that nothing was learned, and when to ask again.
func (b *books) putOff(ctx context.Context, t *ent.Transfer, r reply) error {
	if !slices.Contains(unanswered, t.State) {
		return nil
	}
	update := b.Transfer.UpdateOneID(t.ID).SetAskBefore(b.Now.Add(r.pause(t.Asks)))
	if r.state == transfer.StateRESERVED && t.State == transfer.StateSUBMITTED {
		update.SetState(transfer.StateRESERVED) // no call that was made has arrived: after one that may have, this is not said
	}
	return update.Exec(ctx)
}

// take writes the reply on the transfer. A failed transfer keeps its reservation: the duty stands, and no other refund may
// take the room that it needs.
func (b *books) take(ctx context.Context, t *ent.Transfer, r reply) error {
	update := b.Transfer.UpdateOneID(t.ID).SetState(r.state).SetFailure(r.failure).SetAnsweredAt(b.Now)
	if r.provider != "" {
		update.SetProviderID(r.provider)
	}
	switch {
	case r.open():
		update.SetAskBefore(b.Now.Add(r.pause(t.Asks)))
	default:
		update.ClearAskBefore()
	}
	was := t.State
	if r.state == transfer.StateSUCCEEDED {
		update.SetSucceededAt(b.Now)
	}
	t.State = r.state
	if err := update.Exec(ctx); err != nil {
		return err
	}
	switch {
	case r.state == transfer.StateSUCCEEDED:
		return b.post(ctx, paidEntry(t))
	case was == transfer.StateSUCCEEDED:
		return b.post(ctx, sentBackEntry(t))
	}
	return nil
}

// current are the transfers that count: those that no other one stands for.
func current(all []*ent.Transfer) []*ent.Transfer {
	replaced := map[string]bool{}
	for _, t := range all {
		if t.Replaces != nil {
			replaced[*t.Replaces] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(t *ent.Transfer) bool { return replaced[t.ID] })
}

// refundState is where a refund stands, by the transfers that count.
func refundState(transfers []*ent.Transfer) refundrequest.State {
	count, all := map[transfer.State]int{}, current(transfers)
	for _, t := range all {
		count[t.State]++
	}
	switch {
	case count[transfer.StateFAILED] > 0:
		return refundrequest.StateFAILED
	case count[transfer.StateREQUIRES_ACTION] > 0:
		return refundrequest.StateREQUIRES_ACTION
	case count[transfer.StateSUCCEEDED] == len(all):
		return refundrequest.StateSUCCEEDED
	}
	return refundrequest.StatePENDING
}

// conclude brings the refund, and the return that waits for it, to the state that the transfers are in.
func (b *books) conclude(ctx context.Context) error {
	changed, err := b.settleDuty(ctx)
	if err != nil || !changed {
		return err
	}
	return b.follow(ctx)
}

func (b *books) settleDuty(ctx context.Context) (changed bool, err error) {
	state, accepted := refundState(b.duty.Edges.Transfers), b.duty.AcceptedAt
	switch taken := accept(b.duty.Edges.Transfers); {
	case !taken:
		accepted = nil // also what was processed and came back, which is owed again (A31)
	case accepted == nil:
		accepted = &b.Now
	}
	if state == b.duty.State && accepted == b.duty.AcceptedAt {
		return false, nil
	}
	update := b.RefundRequest.UpdateOneID(b.duty.ID).SetState(state)
	switch {
	case state != refundrequest.StateSUCCEEDED:
		update.ClearSucceededAt()
	case state != b.duty.State:
		update.SetSucceededAt(b.Now)
	}
	if accepted == nil {
		update.ClearAcceptedAt()
	} else {
		update.SetAcceptedAt(*accepted)
	}
	b.duty.State, b.duty.AcceptedAt = state, accepted
	for _, r := range b.ret.Edges.Refunds {
		if r.ID == b.duty.ID {
			r.State, r.AcceptedAt = state, accepted
		}
	}
	return true, update.Exec(ctx)
}

// accept tells whether the provider has taken every part of a refund, whether or not it is paid out yet.
func accept(transfers []*ent.Transfer) bool {
	return !slices.ContainsFunc(current(transfers), func(t *ent.Transfer) bool { return !slices.Contains(accepted, t.State) })
}

// accepted are the states of a transfer that the provider has taken.
var accepted = []transfer.State{transfer.StatePENDING, transfer.StateREQUIRES_ACTION, transfer.StateSUCCEEDED}

// follow moves a return that waits for its money: on when every refund succeeded, to staff when one failed, also one that
// had been paid before. A return that waits for something else stays where it is, and its log tells of the failure; what is
// owed has its date either way.
func (b *books) follow(ctx context.Context) error {
	move, to := lifecycle.Paid, lifecycle.Refunded
	for _, r := range b.ret.Edges.Refunds {
		switch {
		case r.State == refundrequest.StateFAILED:
			move, to = lifecycle.PayFailed, lifecycle.RefundFailed
		case r.State != refundrequest.StateSUCCEEDED && move == lifecycle.Paid:
			move, to = "", b.ret.State
		}
	}
	if !lifecycle.Leads(b.ret.State, move, to) {
		to = b.ret.State
	}
	m := relocation{move: move, to: to, who: auth.From(ctx)}
	if b.duty.State == refundrequest.StateFAILED {
		m.after = map[string]any{"refund": b.duty.ID}
	}
	return b.moveTo(ctx, m)
}

// relocation is a move of a return that is not asked for by a mutation on it.
type relocation struct {
	move   lifecycle.Action
	to     lifecycle.State
	who    auth.Principal
	reason string
	after  map[string]any
}

// datesMoved is what happened to a return that goes nowhere, and to which what is owed next is owed at another time.
const datesMoved = "DATES_MOVED"

// moveTo moves the return and sets its dates by what is owed now. Where it does not move, only the dates change.
func (b *books) moveTo(ctx context.Context, m relocation) error {
	was, err := content(ctx, b.Tx, b.ret.ID)
	if err != nil {
		return err
	}
	end, err := b.owed(ctx)
	if err != nil {
		return err
	}
	update := b.ReturnRequest.UpdateOneID(b.ret.ID).SetState(m.to).AddRevision(1).
		SetDueBefore(dueBefore(m.to, dates{refund: end, handOver: b.ret.HandOverBefore}))
	switch {
	case end != nil:
		update.SetRefundBefore(end)
	case !processed(m.to): // where all is processed it stays to be read: the promise that was kept, or not
		update.ClearRefundBefore()
	}
	if err := update.Exec(ctx); err != nil {
		return err
	}
	after := map[string]any{"state": m.to}
	maps.Copy(after, m.after)
	return b.s.note(ctx, b.Tx, happening{
		who: m.who, ret: b.ret, action: cmp.Or(string(m.move), datesMoved), reason: m.reason, before: map[string]any{"state": b.ret.State}, after: after,
		was: was, idle: m.to == b.ret.State && m.after == nil,
	})
}

// processed tells a return that owes nothing where no date is running: all of it is paid, or on its way.
func processed(state lifecycle.State) bool {
	return state == lifecycle.Refunded || state == lifecycle.Refunding
}

// owed is until when the next refund of the return is to be made (R2): the earliest of those that are not processed, and of
// the units that are judged and not settled. nil where nothing is owed.
func (b *books) owed(ctx context.Context) (*policy.Deadline, error) {
	book, err := b.s.Terms(ctx)
	if err != nil {
		return nil, err
	}
	end := unpaid(book, b.ret.Edges.Refunds)
	judged, err := b.Inspection.Query().
		Where(inspection.Settled(false), inspection.HasLineWith(returnline.ReturnID(b.ret.ID))).Exist(ctx)
	if err != nil {
		return nil, err
	}
	if judged {
		end = earliest([]*policy.Deadline{end, b.ret.RefundBefore})
	}
	return end, nil
}

// unpaid is the earliest date of the refunds that are not processed, which is accepted by the provider (A31); nil where all are.
func unpaid(book *policy.Book, refunds []*ent.RefundRequest) *policy.Deadline {
	var first *time.Time
	for _, r := range refunds {
		if r.AcceptedAt == nil && (first == nil || r.DueBefore.Before(*first)) {
			first = &r.DueBefore
		}
	}
	if first == nil {
		return nil
	}
	return &policy.Deadline{Before: *first, Zone: book.At(*first).Terms.Zone}
}
