package customers

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/event"
	"github.com/vysero/returns/ent/inspection"
	"github.com/vysero/returns/ent/item"
	"github.com/vysero/returns/ent/label"
	"github.com/vysero/returns/ent/once"
	"github.com/vysero/returns/ent/order"
	"github.com/vysero/returns/ent/override"
	"github.com/vysero/returns/ent/payment"
	"github.com/vysero/returns/ent/returnline"
	"github.com/vysero/returns/ent/returnrequest"
	"github.com/vysero/returns/ent/transfer"
	"github.com/vysero/returns/internal/chain"
	"github.com/vysero/returns/internal/lifecycle"
)

// gone stands where the records, or a judgement that is made again, need a text to be there.
const gone = "(erased)"

// rowsAtOnce keeps a statement below the number of values that a database takes in one.
const rowsAtOnce = 500

// erase takes everything personal out of the rows. Events come last: they are sealed with what the rows say then.
func (e *eraser) erase(ctx context.Context) error {
	for _, step := range []func(context.Context) error{
		e.sales, e.requests, e.findings, e.parcels, e.calls, e.person, e.sold, e.returned,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// sales: what was sold for how much stays, with the country, which the terms ask for, and the provider's id of each charge.
func (e *eraser) sales(ctx context.Context) error {
	mine := order.CustomerID(e.who.ID)
	if err := e.tx.Order.Update().Where(mine).ClearShipToLines().SetFingerprint("").Exec(ctx); err != nil {
		return err
	}
	if err := e.tx.Item.Update().Where(item.CustomerID(e.who.ID)).SetTracking("").Exec(ctx); err != nil {
		return err
	}
	return e.tx.Payment.Update().Where(payment.CustomerID(e.who.ID)).SetMethod("").Exec(ctx)
}

// requests: what was asked for and answered stays, what was written does not.
func (e *eraser) requests(ctx context.Context) error {
	err := e.tx.ReturnRequest.Update().Where(returnrequest.CustomerID(e.who.ID)).
		SetNote("").SetOutcomeNote("").SetInstructions("").SetCarrier("").SetTracking("").Exec(ctx)
	if err != nil {
		return err
	}
	if err := e.tx.ReturnLine.Update().Where(returnline.CustomerID(e.who.ID)).SetComment("").Exec(ctx); err != nil {
		return err
	}
	err = e.tx.Override.Update().Where(override.HasReturnWith(returnrequest.CustomerID(e.who.ID))).SetReason(gone).Exec(ctx)
	if err != nil {
		return err
	}
	return e.tx.Transfer.Update().Where(transfer.CustomerID(e.who.ID), transfer.OutsideNEQ("")).SetOutside(gone).Exec(ctx)
}

// findings: a judgement may rest on there being a note (A33), so that it comes out the same when it is made again.
func (e *eraser) findings(ctx context.Context) error {
	noted, err := e.tx.Inspection.Query().Where(inspection.CustomerID(e.who.ID), inspection.NoteNEQ("")).All(ctx)
	if err != nil {
		return err
	}
	for _, i := range noted {
		i.Facts.Note = gone
		if err := e.tx.Inspection.UpdateOneID(i.ID).SetNote(gone).SetFacts(i.Facts).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// parcels: a label shows the address, and its number leads to it. One that was never bought stays to be: without either.
func (e *eraser) parcels(ctx context.Context) error {
	return e.tx.Label.Update().Where(label.CustomerID(e.who.ID), label.TrackingNEQ("")).
		SetPdf([]byte{}).SetTracking(gone).Exec(ctx)
}

// calls: keys are the callers' own words. What they were for is over.
func (e *eraser) calls(ctx context.Context) error {
	returns := []string{}
	for _, r := range e.returns {
		returns = append(returns, r.ID)
	}
	for ids := range slices.Chunk(returns, rowsAtOnce) {
		if _, err := e.tx.Once.Delete().Where(once.ReturnIDIn(ids...)).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// person: the row stays for the rows that hang on it. Its address is none, and no token finds it.
func (e *eraser) person(ctx context.Context) error {
	update := e.tx.Customer.UpdateOneID(e.who.ID).SetEmail("erased:" + e.who.ID).SetName("")
	if e.who.ErasedAt == nil {
		update.SetErasedAt(e.tx.Now).SetErasedBy(e.by)
	}
	return update.Exec(ctx)
}

// sold takes the words out of the chains of the orders, and leaves an event in each that says so.
func (e *eraser) sold(ctx context.Context) error {
	for _, o := range e.orders {
		all, err := e.tx.Event.Query().Where(event.OrderID(o.ID), event.ReturnIDIsNil()).All(ctx)
		if err != nil {
			return err
		}
		end, err := e.chain(ctx, &ent.Event{OrderID: o.ID}, all, chain.Head{Seq: o.EventsSeq, Digest: o.EventsDigest})
		if err != nil {
			return err
		}
		if end.Seq == o.EventsSeq {
			continue
		}
		if err := e.tx.Order.UpdateOneID(o.ID).SetEventsSeq(end.Seq).SetEventsDigest(end.Digest).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// returned does the same with the chains of the returns.
func (e *eraser) returned(ctx context.Context) error {
	left, err := e.contents(ctx)
	if err != nil {
		return err
	}
	for _, r := range e.returns {
		all, err := e.tx.Event.Query().Where(event.ReturnID(r.ID)).All(ctx)
		if err != nil {
			return err
		}
		sealed, err := chain.SealOf(e.was[r.ID], left[r.ID])
		if err != nil {
			return err
		}
		end, err := e.chain(ctx, &ent.Event{OrderID: r.OrderID, ReturnID: &r.ID, Sealed: sealed}, all, chain.Head{Seq: r.EventsSeq, Digest: r.EventsDigest})
		if err != nil {
			return err
		}
		if end.Seq == r.EventsSeq {
			continue
		}
		err = e.tx.ReturnRequest.UpdateOneID(r.ID).SetEventsSeq(end.Seq).SetEventsDigest(end.Digest).AddRevision(1).Exec(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}

// chain takes the words out of the events of one chain, and ties an event to its end. A chain of an erased customer in
// which there are no words stays as it is.
func (e *eraser) chain(ctx context.Context, about *ent.Event, all []*ent.Event, end chain.Head) (chain.Head, error) {
	var wordless []*ent.Event
	for _, ev := range all {
		rest, changed, err := withoutWords(ev)
		if err != nil {
			return end, err
		}
		if changed {
			wordless = append(wordless, rest)
		}
	}
	if len(wordless) == 0 && e.who.ErasedAt != nil {
		return end, nil
	}
	e.done.Texts += len(wordless)
	for _, ev := range wordless {
		update := e.tx.Event.UpdateOneID(ev.ID).SetReason(ev.Reason).SetSalt(ev.Salt)
		if len(ev.After) > 0 {
			update.SetAfter(ev.After)
		}
		if err := update.Exec(ctx); err != nil {
			return end, err
		}
	}
	left, err := chain.Left(wordless)
	if err != nil {
		return end, err
	}
	about.ID, about.CustomerID, about.At, about.Action, about.After = e.NewID("evt"), e.who.ID, e.tx.Now, chain.Erased, left
	about.Actor, about.Role = e.by, string(e.role)
	end, err = end.Next(about)
	if err != nil {
		return end, err
	}
	return end, chain.Create(e.tx.Client, about).Exec(ctx)
}

// withoutWords is what is left of an event without anybody's words. Alarms know each other by words that are the program's.
func withoutWords(e *ent.Event) (rest *ent.Event, changed bool, err error) {
	if e.Reason == "" || strings.HasPrefix(e.Action, "ALARM_") {
		return e, false, nil
	}
	left := *e
	left.Reason, left.Salt = "", ""
	if e.Action != string(lifecycle.Reroute) {
		return &left, true, nil
	}
	var after map[string]any
	d := json.NewDecoder(bytes.NewReader(e.After))
	d.UseNumber()
	if err := d.Decode(&after); err != nil {
		return nil, false, fmt.Errorf("event %s cannot be read: %w", e.ID, err)
	}
	if how, written := after["outside"].(string); written { // by which means, as it was once kept here
		after["outside"] = how != ""
	}
	left.After, err = json.Marshal(after)
	return &left, true, err
}
