package returns

import (
	"context"
	"maps"
	"slices"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/event"
	"github.com/vysero/returns/ent/inspection"
	"github.com/vysero/returns/ent/order"
	"github.com/vysero/returns/ent/override"
	"github.com/vysero/returns/ent/returnline"
	"github.com/vysero/returns/internal/chain"
)

// chains walks through all orders and holds the events of each, and of its returns, against their chains, and what the
// returns say against the seals of their events. Each page is read as of one instant, so that work that goes on is no
// difference.
func (a *audit) chains(ctx context.Context) error {
	for after := ""; ; {
		n := 0
		err := a.DB.View(ctx, func(ctx context.Context, client *ent.Client) error {
			page, err := chained(client, after).All(ctx)
			if n = len(page); err != nil || n == 0 {
				return err
			}
			after = page[n-1].ID
			return a.page(ctx, client, page)
		})
		if err != nil || n < auditPage {
			return err
		}
	}
}

// chained are the next orders with all that chains are about.
func chained(client *ent.Client, after string) *ent.OrderQuery {
	return client.Order.Query().Where(order.IDGT(after)).Order(order.ByID()).Limit(auditPage).
		WithEvents(func(q *ent.EventQuery) { q.Order(event.BySeq(), event.ByID()) }).
		WithReturns(func(q *ent.ReturnRequestQuery) {
			q.WithOverrides(func(q *ent.OverrideQuery) { q.Order(override.ByAskedAt(), override.ByID()) }).
				WithLines(func(q *ent.ReturnLineQuery) {
					q.Select(returnline.FieldID, returnline.FieldReturnID, returnline.FieldOutcome, returnline.FieldOverridden).
						WithInspections(func(q *ent.InspectionQuery) {
							q.Select(inspection.FieldID, inspection.FieldLineID, inspection.FieldOutcome, inspection.FieldOverridden,
								inspection.FieldFeeAtMostMinor)
						})
				})
		})
}

func (a *audit) page(ctx context.Context, client *ent.Client, page []*ent.Order) error {
	var returns []string
	for _, o := range page {
		for _, r := range o.Edges.Returns {
			returns = append(returns, r.ID)
		}
	}
	now := map[string]chain.Content{}
	for ids := range slices.Chunk(returns, auditPage) {
		some, err := chain.ContentOf(ctx, client, ids...)
		if err != nil {
			return err
		}
		maps.Copy(now, some)
	}
	for _, o := range page {
		if err := a.chainsOf(o, now); err != nil {
			return err
		}
	}
	return nil
}

// chainsOf holds one order and its returns against their events. now is what the returns say, by their ids.
func (a *audit) chainsOf(o *ent.Order, now map[string]chain.Content) error {
	a.done.Events += len(o.Edges.Events)
	own := slices.DeleteFunc(slices.Clone(o.Edges.Events), func(e *ent.Event) bool { return e.ReturnID != nil })
	if _, err := a.chain(o.ID, own, chain.Head{Seq: o.EventsSeq, Digest: o.EventsDigest}); err != nil {
		return err
	}
	for _, r := range o.Edges.Returns {
		its := slices.DeleteFunc(slices.Clone(o.Edges.Events), func(e *ent.Event) bool { return e.ReturnID == nil || *e.ReturnID != r.ID })
		whole, err := a.chain(r.ID, its, chain.Head{Seq: r.EventsSeq, Digest: r.EventsDigest})
		if err != nil {
			return err
		}
		if whole { // else the seals prove nothing
			if err := a.seals(r.ID, its, now[r.ID]); err != nil {
				return err
			}
		}
		if err := a.overrides(r, its); err != nil {
			return err
		}
	}
	return nil
}

// chain tells whether the log of a subject is whole.
func (a *audit) chain(subject string, events []*ent.Event, end chain.Head) (whole bool, err error) {
	say, err := chain.Verify(events, end)
	if err == nil && say != "" {
		a.differf(subject, "the log of its events was altered: %s", say)
	}
	return say == "", err
}

// seals holds what a return says against what its events say that they left.
func (a *audit) seals(id string, events []*ent.Event, now chain.Content) error {
	told, err := chain.VerifySeals(events, now)
	if err != nil {
		return err
	}
	for _, say := range told.Say {
		a.differf(id, "%s", say)
	}
	if told.Open {
		a.done.Unsealed++
	}
	return nil
}
