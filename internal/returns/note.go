package returns

import (
	"context"
	"encoding/json"
	"maps"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/returnrequest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/chain"
	"github.com/vysero/returns/internal/store"
)

// happening is what an event says.
type happening struct {
	who           auth.Principal
	ret           *ent.ReturnRequest
	action        string
	reason        string
	before, after map[string]any
	was           chain.Content // of the return, before anything was written; nil for the event that it begins with
	idle          bool          // there may be nothing to tell: it is an event only where the content is another one
}

// content is what a return that is held says now: what the event of the change that begins has found.
func content(ctx context.Context, tx store.Tx, id string) (chain.Content, error) {
	all, err := chain.ContentOf(ctx, tx.Client, id)
	return all[id], err
}

// note leaves an event at the end of the return's chain, sealed with what the return's rows say: it comes after everything
// that is written about the return. It holds no personal data of its own beside the words of the reason. The return is held
// by whoever notes something about it.
func (s *Service) note(ctx context.Context, tx store.Tx, h happening) error {
	left, err := content(ctx, tx, h.ret.ID)
	if err != nil || (h.idle && maps.Equal(h.was, left)) {
		return err
	}
	sealed, err := chain.SealOf(h.was, left)
	if err != nil {
		return err
	}
	before, err := orNone(h.before)
	if err != nil {
		return err
	}
	after, err := orNone(h.after)
	if err != nil {
		return err
	}
	at, err := tx.ReturnRequest.Query().Where(returnrequest.ID(h.ret.ID)).Only(ctx)
	if err != nil {
		return err
	}
	e := &ent.Event{
		ID: s.NewID("evt"), OrderID: h.ret.OrderID, CustomerID: h.ret.CustomerID, ReturnID: &h.ret.ID, At: tx.Now,
		Actor: h.who.ID, Role: string(h.who.Role), Action: h.action, Reason: h.reason, Before: before, After: after, Sealed: sealed,
	}
	end, err := chain.Head{Seq: at.EventsSeq, Digest: at.EventsDigest}.Next(e)
	if err != nil {
		return err
	}
	if err := chain.Create(tx.Client, e).Exec(ctx); err != nil {
		return err
	}
	return tx.ReturnRequest.UpdateOneID(h.ret.ID).Where(returnrequest.EventsSeq(at.EventsSeq)).
		SetEventsSeq(end.Seq).SetEventsDigest(end.Digest).Exec(ctx)
}

// remark leaves an event that changes nothing of the return.
func (s *Service) remark(ctx context.Context, tx store.Tx, h happening) (err error) {
	if h.was, err = content(ctx, tx, h.ret.ID); err != nil {
		return err
	}
	return s.note(ctx, tx, h)
}

// orNone writes what an event says; nothing where it says nothing.
func orNone(values map[string]any) (json.RawMessage, error) {
	if len(values) == 0 {
		return nil, nil
	}
	return json.Marshal(values)
}
