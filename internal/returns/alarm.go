package returns

import (
	"context"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/event"
	"github.com/vysero/returns/ent/label"
	"github.com/vysero/returns/ent/predicate"
	"github.com/vysero/returns/ent/refundrequest"
	"github.com/vysero/returns/ent/returnline"
	"github.com/vysero/returns/ent/returnrequest"
	"github.com/vysero/returns/ent/transfer"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/store"
)

// WarningKind is what a warning is about.
type WarningKind string

// The kinds of warning. Each is an event of the return as well, once; Strange is about a notice, and no return has it.
const (
	RefundDue    WarningKind = "ALARM_REFUND_DUE"     // money is owed, and its last day is here or over (R2)
	NotInspected WarningKind = "ALARM_NOT_INSPECTED"  // goods are here, and nobody has looked at them
	RefundStuck  WarningKind = "ALARM_REFUND_STUCK"   // the provider has not answered for a day
	RefundFailed WarningKind = "ALARM_REFUND_FAILED"  // the provider refused a refund, or a bank sent it back: people must act
	Strange      WarningKind = "ALARM_STRANGE_NOTICE" // the provider told of a refund of an order's payment that is not ours
	LabelRefused WarningKind = "ALARM_LABEL_REFUSED"  // the carrier sells no label to a return that needs one
	LabelKept    WarningKind = "ALARM_LABEL_KEPT"     // the carrier does not take a label back that nobody wants
	LabelStuck   WarningKind = "ALARM_LABEL_STUCK"    // the carrier has not answered for a day
)

// Warning is something that people should look at.
type Warning struct {
	Kind         WarningKind
	ReturnID     string
	ReturnNumber string
	NoticeID     string    // only of Strange
	Since        time.Time // when it was due, when the goods came, when the provider was first asked or told, or since when the label is as it is
}

// How early, and how late, people are told.
const (
	dueSoon    = 24 * time.Hour
	stuckAfter = 24 * time.Hour
)

// Alarm finds what people should look at, and tells of each once.
func (s *Service) Alarm(ctx context.Context) error {
	ctx = auth.AsSystem(ctx)
	now := s.Now()
	due, err := s.DB.Client.ReturnRequest.Query().Where(
		returnrequest.StateIn(lifecycle.Received, lifecycle.Inspected, lifecycle.Refunding, lifecycle.RefundFailed),
		returnrequest.DueBeforeLTE(now.Add(dueSoon)),
	).Order(returnrequest.ByDueBefore()).All(ctx)
	if err != nil {
		return err
	}
	waiting, err := s.DB.Client.ReturnRequest.Query().Where(
		returnrequest.StateEQ(lifecycle.Received), returnrequest.ReceivedAtLTE(now.Add(-s.InspectWithin)), notInspected(),
	).Order(returnrequest.ByReceivedAt()).All(ctx)
	if err != nil {
		return err
	}
	stuck, err := s.DB.Client.RefundRequest.Query().
		Where(refundrequest.HasTransfersWith(transfer.StateIn(unanswered...), transfer.CreatedAtLTE(now.Add(-stuckAfter)))).
		WithReturn().Order(refundrequest.ByDueBefore()).All(ctx)
	if err != nil {
		return err
	}
	failed, err := s.DB.Client.RefundRequest.Query().Where(refundrequest.StateEQ(refundrequest.StateFAILED)).WithReturn().
		WithTransfers(func(q *ent.TransferQuery) { q.Order(transfer.ByCreatedAt(), transfer.ByID()) }).
		Order(refundrequest.ByDueBefore()).All(ctx)
	if err != nil {
		return err
	}
	var all []warned
	for _, r := range failed {
		all = append(all, warned{Warning{Kind: RefundFailed, Since: failedAt(r)}, r.Edges.Return})
	}
	for _, r := range due {
		all = append(all, warned{Warning{Kind: RefundDue, Since: r.DueBefore}, r})
	}
	for _, r := range waiting {
		all = append(all, warned{Warning{Kind: NotInspected, Since: *r.ReceivedAt}, r})
	}
	for _, r := range stuck {
		all = append(all, warned{Warning{Kind: RefundStuck, Since: r.CreatedAt}, r.Edges.Return})
	}
	labels, err := s.labelsInTrouble(ctx)
	if err != nil {
		return err
	}
	return s.warn(ctx, append(all, labels...))
}

// labelsInTrouble are labels that staff have to look after.
func (s *Service) labelsInTrouble(ctx context.Context) ([]warned, error) {
	refused := label.And(label.StateEQ(label.StateREFUSED), label.HasReturnWith(returnrequest.StateEQ(lifecycle.Approved)))
	stuck := label.And(label.StateIn(label.StatePENDING, label.StateVOIDING), label.StateAtLTE(s.Now().Add(-stuckAfter)))
	found, err := s.DB.Client.Label.Query().Where(label.Or(refused, label.StateEQ(label.StateKEPT), stuck)).
		WithReturn().Order(label.ByStateAt(), label.ByID()).All(ctx)
	if err != nil {
		return nil, err
	}
	kinds := map[label.State]WarningKind{label.StateREFUSED: LabelRefused, label.StateKEPT: LabelKept}
	all := make([]warned, len(found))
	for i, lab := range found {
		kind, known := kinds[lab.State]
		if !known {
			kind = LabelStuck
		}
		all[i] = warned{Warning{Kind: kind, Since: *lab.StateAt}, lab.Edges.Return}
	}
	return all, nil
}

// failedAt is when the latest of a refund's transfers failed: one that fails again is told of again.
func failedAt(r *ent.RefundRequest) time.Time {
	var at time.Time
	for _, t := range current(r.Edges.Transfers) {
		if t.State == transfer.StateFAILED && t.AnsweredAt != nil && t.AnsweredAt.After(at) {
			at = *t.AnsweredAt
		}
	}
	return at
}

// warned is a warning with the return that it is about.
type warned struct {
	Warning

	ret *ent.ReturnRequest
}

// notInspected are returns with units that came and that nobody has judged.
func notInspected() predicate.ReturnRequest {
	return returnrequest.HasLinesWith(predicate.ReturnLine(sql.FieldsLT(returnline.FieldUnitsJudged, returnline.FieldUnitsBack)))
}

// warn writes each warning down as an event of its return and tells of it, unless that was done before: the same kind for
// the same instant is the same warning.
func (s *Service) warn(ctx context.Context, all []warned) error {
	for _, w := range all {
		w.ReturnID, w.ReturnNumber = w.ret.ID, w.ret.Number
		if told, err := w.told(ctx, s.DB.Client); err != nil || told {
			if err != nil {
				return err
			}
			continue
		}
		fresh := false
		err := s.DB.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
			if err := hold(ctx, tx, w.ret.ID); err != nil {
				return err
			}
			told, err := w.told(ctx, tx.Client) // another server may have been faster
			if err != nil || told {
				return err
			}
			fresh = true
			return s.remark(ctx, tx, happening{who: auth.From(ctx), ret: w.ret, action: string(w.Kind), reason: w.mark()})
		})
		if err != nil {
			return err
		}
		if fresh {
			s.Tell(ctx, w.Warning)
		}
	}
	return nil
}

// mark tells one warning of a kind from the next.
func (w Warning) mark() string { return "since " + w.Since.UTC().Format("2006-01-02T15:04:05.999999Z") }

// told tells whether the warning is an event of its return already.
func (w warned) told(ctx context.Context, client *ent.Client) (bool, error) {
	return client.Event.Query().
		Where(event.ReturnID(w.ret.ID), event.Action(string(w.Kind)), event.Reason(w.mark())).Exist(ctx)
}
