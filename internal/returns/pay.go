package returns

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/transfer"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/crash"
	"github.com/vysero/returns/internal/money"
	port "github.com/vysero/returns/internal/payment"
	"github.com/vysero/returns/internal/store"
)

// unanswered are the states of a transfer whose end the provider has not told yet.
var unanswered = []transfer.State{
	transfer.StateRESERVED, transfer.StateSUBMITTED, transfer.StateUNKNOWN, transfer.StatePENDING, transfer.StateREQUIRES_ACTION,
}

// How long who waits for the provider.
const (
	// patience is how long a mutation waits before it answers that the money is on its way.
	patience = 3 * time.Second
	// lease is how long a call belongs to whoever counted it: longer than any call lasts.
	lease = 30 * time.Second
	// headStart is what the process that wrote an intent has before its job is due on any server.
	headStart = 5 * time.Second
)

// pauses are between one call about a transfer and the next, by how many there were; the last one stays.
var pauses = []time.Duration{
	2 * time.Second, 10 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour,
	3 * time.Hour, 6 * time.Hour,
}

func pause(asks int) time.Duration { return pauses[min(max(asks, 1), len(pauses))-1] }

// urgency says whose turn it is to ask the provider.
type urgency int

const (
	whenDue urgency = iota // what nobody else is asking about
	now                    // all that is unanswered: a person wants to know, or everybody else is gone
)

// payNow is the first try at a refund that was just written down, by whoever wrote it. What comes of it is on record, and
// what does not come of it is left to the job: so its errors are not the caller's.
func (s *Service) payNow(ctx context.Context, refundID string) {
	crash.At(crash.Booked)
	ctx, cancel := context.WithTimeout(auth.AsSystem(context.WithoutCancel(ctx)), patience)
	defer cancel()
	_, _ = s.pay(ctx, refundID, now)
}

// Submit asks the provider for the transfers of a refund that are not answered and that nobody else is asking about, and
// gives how long it is until there is something to ask again; zero where all is answered. Its error tells what is in doubt.
func (s *Service) Submit(ctx context.Context, refundID string) (again time.Duration, err error) {
	return s.pay(auth.AsSystem(ctx), refundID, whenDue)
}

// pay asks the provider for the transfers of a refund that are not answered, outside of any transaction, and writes each
// answer down. A transfer's key makes asking again harmless: a crash anywhere leaves a row that says what to do next. It
// gives how long it is until there is something to ask again; zero where everything is answered. Its error tells what was
// left in doubt.
func (s *Service) pay(ctx context.Context, refundID string, u urgency) (again time.Duration, err error) {
	open, err := s.DB.Client.Transfer.Query().Where(transfer.RefundID(refundID), transfer.StateIn(unanswered...)).
		WithPayment().Order(transfer.ByID()).All(ctx)
	if err != nil {
		return 0, err
	}
	var doubts []error
	for _, t := range open {
		if wait := s.wait(t); wait > 0 && u == whenDue {
			again = soonest(again, wait)
			continue
		}
		wait, err := s.payOne(ctx, t)
		again = soonest(again, wait)
		doubts = append(doubts, err)
	}
	return again, errors.Join(doubts...)
}

func soonest(a, b time.Duration) time.Duration {
	if a == 0 || (b > 0 && b < a) {
		return b
	}
	return a
}

// wait is how long a transfer is left to whoever asks about it now. A wait that is longer than any is a clock that was put
// back meanwhile, and no reason to wait.
func (s *Service) wait(t *ent.Transfer) time.Duration {
	if t.AskBefore == nil {
		return 0
	}
	return left(t.AskBefore.Sub(s.Now()), t.Asks)
}

// left is how much of a wait counts, after so many calls.
func left(wait time.Duration, asks int) time.Duration {
	if wait <= 0 || wait > max(lease, pause(asks)) {
		return 0
	}
	return wait
}

// payOne asks about one transfer and writes the answer down.
func (s *Service) payOne(ctx context.Context, t *ent.Transfer) (again time.Duration, err error) {
	mine, err := s.claim(ctx, t)
	if err != nil || !mine {
		return lease, err
	}
	crash.At(crash.Claimed)
	receipt, asked := s.Payments.Refund(ctx, port.Refund{
		Key: t.Key, Again: t.State != transfer.StateRESERVED, Reference: t.RefundID, Amount: t.Amount(),
		Charge: port.Charge{
			Ref:      t.Edges.Payment.Ref,
			Captured: money.Amount{Minor: t.Edges.Payment.CapturedMinor, Currency: t.Edges.Payment.Currency},
		},
	})
	crash.At(crash.Answered)
	told := answerOf(receipt, asked)
	// The answer is worth more than the caller's time: it is written down although that is over.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lease)
	defer cancel()
	if err := s.record(ctx, t.ID, told); err != nil {
		return lease, fmt.Errorf("transfer %s: the answer is not written down: %w", t.ID, err)
	}
	crash.At(crash.Recorded)
	switch {
	case !told.open():
		return 0, nil
	case told.doubt():
		return told.pause(t.Asks + 1), fmt.Errorf("transfer %s: %w", t.ID, asked)
	}
	return told.pause(t.Asks + 1), nil
}

// claim counts a call before it is made. Of several who would make it, one does.
func (s *Service) claim(ctx context.Context, t *ent.Transfer) (mine bool, err error) {
	err = s.DB.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
		update := tx.Transfer.Update().Where(transfer.ID(t.ID), transfer.Asks(t.Asks), transfer.StateIn(unanswered...)).
			AddAsks(1).SetAskBefore(tx.Now.Add(lease))
		if t.State == transfer.StateRESERVED {
			update.SetState(transfer.StateSUBMITTED)
		}
		n, err := update.Save(ctx)
		mine = n == 1
		return err
	})
	return mine, err
}

// reply is what the provider said, in our words.
type reply struct {
	state    transfer.State
	provider string
	failure  string
}

// open tells whether there is more to come.
func (r reply) open() bool {
	return r.state != transfer.StateSUCCEEDED && r.state != transfer.StateFAILED
}

// doubt tells whether nothing was learned.
func (r reply) doubt() bool {
	return r.state == transfer.StateUNKNOWN || r.state == transfer.StateRESERVED
}

// pause is how long to leave the provider alone after this reply. One that has taken the refund tells by itself how it
// goes on, so it is asked less.
func (r reply) pause(asks int) time.Duration {
	if r.doubt() {
		return pause(asks)
	}
	return max(time.Minute, pause(asks+2))
}

// answerOf reads a receipt, or what its absence means. Only a definite refusal fails a transfer, for a failed one may be
// paid anew: where the outcome is unknown, or the key turns out to have been used for something else, it is asked again
// with the same key.
func answerOf(r port.Receipt, err error) reply {
	switch {
	case errors.Is(err, port.ErrNotSubmitted):
		return reply{state: transfer.StateRESERVED}
	case errors.Is(err, port.ErrInvalid):
		return reply{state: transfer.StateFAILED, failure: whyRefused(err)}
	case err != nil:
		return reply{state: transfer.StateUNKNOWN}
	}
	return replyOf(r.ID, r.Status, r.Reason)
}

// Why a provider does not take a refund at all; beside these there are the reasons of port.FailureReason.
const (
	refusedByProvider = "REFUSED_BY_PROVIDER"
	beyondCaptured    = "BEYOND_CAPTURED" // others have given back of the payment: the provider's list tells what
)

func whyRefused(err error) string {
	switch {
	case errors.Is(err, port.ErrDisputed):
		return string(port.Disputed)
	case errors.Is(err, port.ErrBeyondCaptured):
		return beyondCaptured
	}
	return refusedByProvider
}

func replyOf(id string, status port.Status, reason port.FailureReason) reply {
	state := map[port.Status]transfer.State{
		port.Pending: transfer.StatePENDING, port.RequiresAction: transfer.StateREQUIRES_ACTION, port.Succeeded: transfer.StateSUCCEEDED,
		port.Failed: transfer.StateFAILED, port.Canceled: transfer.StateFAILED,
	}[status]
	failure := string(reason)
	if status == port.Canceled {
		failure = string(port.Canceled)
	}
	return reply{state: state, provider: id, failure: failure}
}
