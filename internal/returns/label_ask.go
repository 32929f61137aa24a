package returns

import (
	"context"
	"errors"
	"time"

	"github.com/vysero/returns/ent"
	entlabel "github.com/vysero/returns/ent/label"
	"github.com/vysero/returns/ent/returnline"
	"github.com/vysero/returns/ent/returnrequest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/crash"
	"github.com/vysero/returns/internal/label"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/store"
)

// What labels leave in the chain of events of their return.
const (
	labelRefused = "LABEL_REFUSED" // the carrier sells none, for good
	labelUnasked = "LABEL_VOIDING" // nobody wants it any more
	labelVoided  = "LABEL_VOIDED"  // there is none
	labelKept    = "LABEL_KEPT"    // the carrier does not take it back
	labelRetried = "LABEL_RETRY"   // staff ask anew
)

// AskCarrier does what the label of a return is waiting for, outside of any transaction: it buys the label of a return that
// is APPROVED, and gives back what no return wants. The return's state is looked at under its lock before the carrier is
// asked and when it has answered. It gives how long it is until there is something to ask again; zero where there is
// nothing. A carrier that does not answer leaves the label as it is, to be asked again with the same key; a refusal for good
// is on record, and staff are told.
func (s *Service) AskCarrier(ctx context.Context, returnID string) (again time.Duration, err error) {
	return s.askCarrier(auth.AsSystem(ctx), returnID, whenDue)
}

func (s *Service) askCarrier(ctx context.Context, returnID string, u urgency) (again time.Duration, err error) {
	lab, again, err := s.claimLabel(ctx, returnID, u)
	if err != nil || lab == nil {
		return again, err
	}
	var bought label.Label
	var asked error
	if lab.State == entlabel.StatePENDING {
		bought, asked = s.Labels.Buy(ctx, s.labelOrder(lab))
	} else {
		asked = s.Labels.Void(ctx, lab.Key)
	}
	crash.At(crash.Labelled)
	// The answer is worth more than the caller's time: it is written down although that is over.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lease)
	defer cancel()
	err = s.DB.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
		l, err := s.holdLabel(ctx, tx, returnID)
		if err != nil || l == nil || l.now.Key != lab.Key {
			return err // staff ask for another one meanwhile
		}
		if lab.State == entlabel.StatePENDING {
			again, err = l.bought(ctx, bought, asked)
		} else {
			again, err = l.voided(ctx, asked)
		}
		return err
	})
	if err != nil {
		return lease, err
	}
	return again, nil
}

// heldLabel is a label in a transaction that holds its return.
type heldLabel struct {
	store.Tx

	s   *Service
	ret *ent.ReturnRequest
	now *ent.Label
}

// holdLabel holds a return and reads its label; nil where there is none.
func (s *Service) holdLabel(ctx context.Context, tx store.Tx, returnID string) (*heldLabel, error) {
	if err := hold(ctx, tx, returnID); err != nil {
		return nil, err
	}
	ret, err := tx.ReturnRequest.Query().Where(returnrequest.ID(returnID)).WithLabel().
		WithOrder(func(q *ent.OrderQuery) { q.WithCustomer() }).
		WithLines(func(q *ent.ReturnLineQuery) { q.Order(returnline.ByPosition()).WithItem() }).Only(ctx)
	if err != nil || ret.Edges.Label == nil {
		return nil, err
	}
	return &heldLabel{Tx: tx, s: s, ret: ret, now: ret.Edges.Label}, nil
}

// claimLabel says what is to be asked about a label, and counts the call before it is made: of several who would make it, one
// does. It gives nil where there is nothing to ask, or not yet. A label that nobody wants is given back instead of bought,
// once nobody is buying it.
func (s *Service) claimLabel(ctx context.Context, returnID string, u urgency) (claimed *ent.Label, again time.Duration, err error) {
	err = s.DB.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
		claimed, again = nil, 0
		l, err := s.holdLabel(ctx, tx, returnID)
		if err != nil || l == nil || !asking(l.now.State) {
			return err
		}
		if again = l.wait(); again > 0 && (u == whenDue || l.now.Asks > 0) {
			return nil
		}
		again = 0
		if l.now.State == entlabel.StatePENDING && l.ret.State != lifecycle.Approved {
			if err := l.unwant(ctx); err != nil || l.now.State == entlabel.StateVOIDED {
				return err
			}
		}
		claimed = l.now
		claimed.Edges.Return = l.ret
		return tx.Label.UpdateOneID(l.now.ID).AddAsks(1).SetAskBefore(tx.Now.Add(lease)).Exec(ctx)
	})
	return claimed, again, err
}

// asking tells whether the carrier has something to answer.
func asking(state entlabel.State) bool {
	return state == entlabel.StatePENDING || state == entlabel.StateVOIDING
}

// wait is how long the label is left to whoever asks about it now; see Service.wait.
func (l *heldLabel) wait() time.Duration {
	if l.now.AskBefore == nil {
		return 0
	}
	return left(l.now.AskBefore.Sub(l.Now), l.now.Asks)
}

// bought writes down what the carrier said about a purchase. A label that comes when its return wants none is shown to
// nobody: its sheet is not kept, and it is given back.
func (l *heldLabel) bought(ctx context.Context, got label.Label, asked error) (again time.Duration, err error) {
	wanted := l.now.State == entlabel.StatePENDING && l.ret.State == lifecycle.Approved
	switch {
	case !asking(l.now.State):
		return 0, nil
	case asked == nil && wanted:
		return 0, l.turn(ctx, entlabel.StateREADY, l.Label.UpdateOneID(l.now.ID).SetCarrier(got.Carrier).
			SetTracking(got.Tracking).SetPdf(got.PDF).SetReadyAt(l.Now))
	case asked == nil:
		if err := l.unwant(ctx); err != nil {
			return 0, err
		}
		return time.Second, l.Label.UpdateOneID(l.now.ID).SetCarrier(got.Carrier).SetAskBefore(l.Now).Exec(ctx)
	case wanted && (errors.Is(asked, label.ErrInvalid) || errors.Is(asked, label.ErrKeyReused)):
		return 0, l.end(ctx, entlabel.StateREFUSED, labelRefused)
	case !wanted:
		return time.Second, l.Label.UpdateOneID(l.now.ID).SetAskBefore(l.Now).Exec(ctx) // to be given back, whatever it was
	}
	return l.later(ctx)
}

// voided writes down what the carrier said about a label that it was to take back.
func (l *heldLabel) voided(ctx context.Context, asked error) (again time.Duration, err error) {
	switch {
	case l.now.State != entlabel.StateVOIDING:
		return 0, nil
	case asked == nil:
		return 0, l.end(ctx, entlabel.StateVOIDED, labelVoided)
	case errors.Is(asked, label.ErrKept):
		return 0, l.end(ctx, entlabel.StateKEPT, labelKept)
	}
	return l.later(ctx)
}

// later leaves the carrier alone for a while that grows with every call.
func (l *heldLabel) later(ctx context.Context) (time.Duration, error) {
	d := pause(l.now.Asks)
	return d, l.Label.UpdateOneID(l.now.ID).SetAskBefore(l.Now.Add(d)).Exec(ctx)
}

// unwant takes the order of a label back: at once where the carrier was never asked, else it has to be given back, since a
// call whose answer was lost may have bought it.
func (l *heldLabel) unwant(ctx context.Context) error {
	switch {
	case l.now.State == entlabel.StateVOIDING:
		return nil
	case l.now.Asks == 0:
		return l.end(ctx, entlabel.StateVOIDED, labelVoided)
	}
	if err := l.turn(ctx, entlabel.StateVOIDING, l.Label.UpdateOneID(l.now.ID)); err != nil {
		return err
	}
	return l.note(ctx, labelUnasked)
}

// end is the last that is said about a label, unless staff ask anew.
func (l *heldLabel) end(ctx context.Context, to entlabel.State, action string) error {
	if err := l.turn(ctx, to, l.Label.UpdateOneID(l.now.ID)); err != nil {
		return err
	}
	return l.note(ctx, action)
}

// note leaves an event of the program's own.
func (l *heldLabel) note(ctx context.Context, action string) error {
	return l.s.note(ctx, l.Tx, happening{
		who: auth.From(auth.AsSystem(ctx)), ret: l.ret, action: action, after: map[string]any{"label": l.now.ID, "state": l.ret.State},
	})
}

// turn writes a label's state down, beside what else is changed. Where nothing is asked any more, nobody waits for it.
func (l *heldLabel) turn(ctx context.Context, to entlabel.State, change *ent.LabelUpdateOne) error {
	if !asking(to) {
		change.ClearAskBefore()
	}
	l.now.State = to
	return change.SetState(to).SetStateAt(l.Now).Exec(ctx)
}

// dropLabel takes the label back of a return that ends without its goods. One that its customer has stays where the time
// to hand the goods over has passed: they may be on their way under it, and take the return up again.
func (c *change) dropLabel(ctx context.Context, to lifecycle.State) error {
	lab := c.ret.Edges.Label
	if lab == nil || lab.State == entlabel.StateVOIDED || lab.State == entlabel.StateKEPT || lab.State == entlabel.StateVOIDING {
		return nil
	}
	if to == lifecycle.Expired && lab.State == entlabel.StateREADY {
		return nil
	}
	l := &heldLabel{Tx: c.Tx, s: c.s, ret: c.ret, now: lab}
	if err := l.unwant(ctx); err != nil || lab.State == entlabel.StateVOIDED {
		return err
	}
	if lab.AskBefore == nil { // nobody is asking about it
		if err := c.Label.UpdateOneID(lab.ID).SetAskBefore(c.Now).Exec(ctx); err != nil {
			return err
		}
	}
	return c.s.queue(ctx, c.Tx, BuyLabel{ReturnID: c.ret.ID})
}
