package returns

import (
	"context"
	"slices"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/event"
	"github.com/vysero/returns/ent/order"
	"github.com/vysero/returns/internal/chain"
)

// chains walks through all orders and holds the events of each, and of its returns, against their chains.
func (a *audit) chains(ctx context.Context) error {
	for after := ""; ; {
		page, err := a.DB.Client.Order.Query().Where(order.IDGT(after)).Order(order.ByID()).Limit(auditPage).
			WithReturns().WithEvents(func(q *ent.EventQuery) { q.Order(event.BySeq(), event.ByID()) }).All(ctx)
		if err != nil {
			return err
		}
		for _, o := range page {
			if err := a.chainsOf(o); err != nil {
				return err
			}
		}
		if len(page) < auditPage {
			return nil
		}
		after = page[len(page)-1].ID
	}
}

func (a *audit) chainsOf(o *ent.Order) error {
	a.done.Events += len(o.Edges.Events)
	own := slices.DeleteFunc(slices.Clone(o.Edges.Events), func(e *ent.Event) bool { return e.ReturnID != nil })
	if err := a.chain(o.ID, own, chain.Head{Seq: o.EventsSeq, Digest: o.EventsDigest}); err != nil {
		return err
	}
	for _, r := range o.Edges.Returns {
		its := slices.DeleteFunc(slices.Clone(o.Edges.Events), func(e *ent.Event) bool { return e.ReturnID == nil || *e.ReturnID != r.ID })
		if err := a.chain(r.ID, its, chain.Head{Seq: r.EventsSeq, Digest: r.EventsDigest}); err != nil {
			return err
		}
	}
	return nil
}

func (a *audit) chain(subject string, events []*ent.Event, end chain.Head) error {
	say, err := chain.Verify(events, end)
	if err == nil && say != "" {
		a.differf(subject, "the log of its events was altered: %s", say)
	}
	return err
}
