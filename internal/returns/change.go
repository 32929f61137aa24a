package returns

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/inspection"
	"github.com/vysero/returns/ent/returnline"
	"github.com/vysero/returns/ent/returnrequest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/chain"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/store"
)

// permissions says which right each action on a return needs.
var permissions = map[lifecycle.Action]auth.Action{
	lifecycle.AddPhotos: auth.AddPhotos, lifecycle.RequestEvidence: auth.AskEvidence, lifecycle.WaiveEvidence: auth.WaiveEvidence,
	lifecycle.VerifyReceipt: auth.VerifyReceipt, lifecycle.Approve: auth.ApproveReturn, lifecycle.Decline: auth.DeclineReturn,
	lifecycle.Cancel: auth.CancelReturn, lifecycle.HandOver: auth.HandOver, lifecycle.Receive: auth.ReceiveReturn,
	lifecycle.Inspect: auth.InspectReturn, lifecycle.Settle: auth.SettleReturn, lifecycle.RetryRefund: auth.RetryRefund,
	lifecycle.Reroute: auth.RerouteRefund, lifecycle.Expire: auth.ExpireReturn,
	lifecycle.Override: auth.OverrideVerdict, lifecycle.ReduceFee: auth.ReduceFee,
}

// AvailableActions lists what the principal in the context may do with the return in its state.
func AvailableActions(ctx context.Context, r *ent.ReturnRequest) []lifecycle.Action {
	role := auth.From(ctx).Role
	actions := []lifecycle.Action{}
	for _, a := range lifecycle.Actions(r.State) {
		if auth.Can(role, permissions[a]) {
			actions = append(actions, a)
		}
	}
	return actions
}

// step is what a caller wants to do with a return.
type step struct {
	do       lifecycle.Action
	id       string
	revision *int   // the one that the caller read; nil: whatever it is now
	reason   string // for the event
	use      *use   // the idempotency key, of an action that moves money or buys a label
}

// change is one action on one return, while it happens.
type change struct {
	store.Tx
	*ent.ReturnRequestUpdateOne

	s      *Service
	ret    *ent.ReturnRequest // as it was, with order, lines, items, inspections, photos, label and refunds
	who    auth.Principal
	do     lifecycle.Action
	to     lifecycle.State // the state to move to; the one it has where work leaves it alone
	reason string
	after  map[string]any // what the event says beside the state
	before map[string]any
	was    chain.Content // of the return, before anything is written
	due    dates
	book   *policy.Book

	use      *use
	refundID string // the refund that the action made: what its key stands for, beside the return
}

// dates decide when something is due next.
type dates struct{ handOver, refund *policy.Deadline }

// change runs one action: it checks the right, the state and the revision, lets work do its part, checks the move against
// the table, and writes the return and its event together. It answers with the return as everybody reads it afterwards.
func (s *Service) change(ctx context.Context, st step, work func(ctx context.Context, c *change) error) (*ent.ReturnRequest, error) {
	who, err := auth.May(ctx, permissions[st.do])
	if err != nil {
		return nil, err
	}
	err = s.DB.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
		c, err := s.begin(ctx, tx, st, who)
		if err != nil {
			return err
		}
		if err := work(ctx, c); err != nil {
			return err
		}
		return c.end(ctx)
	})
	if err != nil {
		return nil, err
	}
	return s.Get(ctx, st.id)
}

// Get reads one return as the principal may see it.
func (s *Service) Get(ctx context.Context, id string) (*ent.ReturnRequest, error) {
	r, err := s.DB.Client.ReturnRequest.Get(ctx, id)
	if ent.IsNotFound(err) {
		return nil, fault.Missing("id", "return")
	}
	return r, err
}

// begin holds the return, so that of several who act on it at once each sees what the one before has done.
func (s *Service) begin(ctx context.Context, tx store.Tx, st step, who auth.Principal) (*change, error) {
	if err := hold(ctx, tx, st.id); err != nil {
		return nil, err
	}
	if err := st.use.fresh(ctx, tx, who); err != nil {
		return nil, err
	}
	was, err := content(ctx, tx, st.id)
	if err != nil {
		return nil, err
	}
	ret, err := whole(ctx, tx, st.id)
	if err != nil {
		return nil, err
	}
	book, err := s.Terms(ctx)
	if err != nil {
		return nil, err
	}
	if st.revision != nil && *st.revision != ret.Revision {
		return nil, fault.Clash(fault.CodeStale, "The return was changed meanwhile: it is at revision %d.", ret.Revision)
	}
	if !lifecycle.May(ret.State, st.do) {
		return nil, fault.Clash(fault.CodeState, "A return that is %s does not allow this action.", ret.State)
	}
	return &change{
		Tx: tx, s: s, ret: ret, book: book, who: who, do: st.do, to: ret.State, use: st.use, reason: strings.TrimSpace(st.reason),
		ReturnRequestUpdateOne: tx.ReturnRequest.UpdateOneID(ret.ID).Where(returnrequest.Revision(ret.Revision)),
		before:                 map[string]any{"state": ret.State}, after: map[string]any{}, was: was,
		due: dates{handOver: ret.HandOverBefore, refund: ret.RefundBefore},
	}, nil
}

func hold(ctx context.Context, tx store.Tx, id string) error {
	_, err := store.Hold(tx, tx.ReturnRequest.Query().Where(returnrequest.ID(id))).OnlyID(ctx)
	if ent.IsNotFound(err) {
		return fault.Missing("id", "return")
	}
	return err
}

// whole reads a return with everything that a decision may need.
func whole(ctx context.Context, tx store.Tx, id string) (*ent.ReturnRequest, error) {
	ret, err := tx.ReturnRequest.Query().Where(returnrequest.ID(id)).
		WithOrder(func(q *ent.OrderQuery) { q.WithCustomer() }).
		WithLines(func(q *ent.ReturnLineQuery) {
			q.Order(returnline.ByPosition()).WithItem().
				WithInspections(func(q *ent.InspectionQuery) { q.Order(inspection.ByInspectedAt(), inspection.ByID()) })
		}).WithPhotos().WithLabel().WithRefunds().Only(ctx)
	if ent.IsNotFound(err) {
		return nil, fault.Missing("id", "return")
	}
	return ret, err
}

// end checks the move and writes it down.
func (c *change) end(ctx context.Context) error {
	if !lifecycle.Leads(c.ret.State, c.do, c.to) {
		return fmt.Errorf("%s does not lead from %s to %s", c.do, c.ret.State, c.to)
	}
	err := c.SetState(c.to).SetDueBefore(dueBefore(c.to, c.due)).AddRevision(1).Exec(ctx)
	if ent.IsNotFound(err) {
		return fault.Clash(fault.CodeStale, "The return was changed meanwhile; read it again.")
	}
	if err != nil {
		return err
	}
	if err := c.use.keep(ctx, c.Tx, c.s, c.who, outcome{returnID: c.ret.ID, refundID: c.refundID}); err != nil {
		return err
	}
	c.after["state"] = c.to
	return c.s.note(ctx, c.Tx, happening{
		who: c.who, ret: c.ret, action: string(c.do), reason: c.reason, before: c.before, after: c.after, was: c.was,
	})
}

// dueBefore is when the next thing is due in a state: the customer's hand-over, then the merchant's refund.
func dueBefore(state lifecycle.State, d dates) time.Time {
	waiting := slices.Contains([]lifecycle.State{lifecycle.Received, lifecycle.Inspected, lifecycle.Refunding, lifecycle.RefundFailed}, state)
	switch {
	case state == lifecycle.Approved && d.handOver != nil:
		return d.handOver.Before
	case waiting && d.refund != nil:
		return d.refund.Before
	}
	return lifecycle.NeverDue
}

// line finds a line of the return.
func (c *change) line(id, field string) (*ent.ReturnLine, error) {
	at := slices.IndexFunc(c.ret.Edges.Lines, func(l *ent.ReturnLine) bool { return l.ID == id })
	if at < 0 {
		return nil, fault.Missing(field, "line in this return")
	}
	return c.ret.Edges.Lines[at], nil
}
