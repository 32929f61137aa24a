package returns

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/item"
	"github.com/vysero/returns/ent/order"
	"github.com/vysero/returns/ent/photo"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/lifecycle"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/store"
)

// Request asks for a return. It is filed where the terms allow it or leave it to people; a refused one is not, the error
// names the clause of each refused line, and each leaves a record for reports. The verdicts come in either case. A change of
// heart that is clear-cut is approved at once where the terms say so.
func (s *Service) Request(ctx context.Context, in RequestInput) (*ent.ReturnRequest, []policy.Verdict, error) {
	who, err := mayRequest(ctx, in)
	if err != nil {
		return nil, nil, err
	}
	var id string
	var verdicts []policy.Verdict
	var turned []refused
	err = s.DB.InTx(ctx, func(ctx context.Context, tx store.Tx) error {
		if err := holdOrder(ctx, tx, in.Lines); err != nil {
			return err
		}
		items, err := itemsOf(ctx, tx.Client, in.Lines)
		if err != nil {
			return err
		}
		if who.Role == auth.Customer && items[0].Edges.Order.Edges.Customer.ErasedAt != nil {
			return fault.Missing("itemId", "item").At("lines", "0") // erased while the request was under way
		}
		at, err := occurred(in.ContactedAt, tx.Now, items[0].Edges.Order.PurchasedAt, "contactedAt")
		if err != nil {
			return err
		}
		book, err := s.Terms(ctx)
		if err != nil {
			return err
		}
		lines := ask(items, in.Lines, request{book: book, at: at, photos: len(in.PhotoIDs)})
		for _, l := range lines {
			verdicts = append(verdicts, l.verdict)
		}
		if turned = refusals(lines, in.FileAnyway != nil && *in.FileAnyway); len(turned) > 0 {
			return told(turned)
		}
		f := filing{Tx: tx, who: who, book: book, order: items[0].Edges.Order, lines: lines, at: at, in: in}
		id, err = s.file(ctx, f)
		return err
	})
	if err != nil {
		return nil, verdicts, cmp.Or(s.keepRefusals(ctx, who, turned), err)
	}
	ret, err := s.Get(ctx, id)
	return ret, verdicts, err
}

// holdOrder lets one request at a time ask for units of an order, so that each is told what the others have left.
func holdOrder(ctx context.Context, tx store.Tx, lines []LineInput) error {
	if len(lines) == 0 {
		return nil // which itemsOf refuses
	}
	_, err := store.Hold(tx, tx.Order.Query().Where(order.HasItemsWith(item.ID(lines[0].ItemID)))).OnlyID(ctx)
	return ignoreMissing(err)
}

// mayRequest checks the right, and that what only staff may say was said by staff.
func mayRequest(ctx context.Context, in RequestInput) (auth.Principal, error) {
	who, err := auth.May(ctx, auth.RequestReturn)
	if err != nil {
		return who, err
	}
	anyway := in.FileAnyway != nil && *in.FileAnyway
	if (in.ContactedAt != nil || anyway) && !auth.Can(who.Role, auth.FileForCustomer) {
		return who, fault.Denied()
	}
	if (anyway || in.ContactedAt != nil) && (in.Note == nil || strings.TrimSpace(*in.Note) == "") {
		return who, fault.Bad(fault.CodeRequired, "note", "Say why staff file it so: another date, or against the terms.").Under("A38")
	}
	if len(in.PhotoIDs) > maxPhotos {
		return who, fault.Bad(fault.CodePhotoLimit, "photoIds", "A return takes at most %d photos.", maxPhotos)
	}
	return who, nil
}

// Note is what was written with a request, as far as the principal in the context reads it: customers read their own words,
// also those that came by a link, and what staff wrote when they filed it is "" to everybody else.
func Note(ctx context.Context, r *ent.ReturnRequest) string {
	guest := auth.Guest(auth.Link{OrderID: r.OrderID, CustomerID: r.CustomerID})
	if auth.From(ctx).Staff() || r.FiledBy == r.CustomerID || r.FiledBy == guest.ID {
		return r.Note
	}
	return ""
}

// filing is a request that is written down.
type filing struct {
	store.Tx

	who   auth.Principal
	book  *policy.Book
	order *ent.Order
	lines []asked
	at    time.Time
	in    RequestInput
}

// file writes the return, its lines, photos and event, and takes the units.
func (s *Service) file(ctx context.Context, f filing) (string, error) {
	note, err := words(f.in.Note, maxText, "note")
	if err != nil {
		return "", err
	}
	o, err := f.Order.UpdateOneID(f.order.ID).AddReturnsFiled(1).Where(order.ReturnsFiled(f.order.ReturnsFiled)).Save(ctx)
	if err != nil {
		return "", err
	}
	state := firstState(f.book, f.lines)
	create := f.ReturnRequest.Create().SetID(s.NewID("ret")).SetOrderID(o.ID).SetCustomerID(o.CustomerID).
		SetNumber(fmt.Sprintf("%s-R%d", o.Number, o.ReturnsFiled)).SetState(state).SetRequestedAt(f.at).SetFiledAt(f.Now).
		SetFiledBy(f.who.ID).SetNote(note)
	due := dates{}
	if state == lifecycle.Approved {
		due.handOver = instruct(f.book, f.lines, f.Now)
		create.SetInstructions(s.standardInstructions()).SetInstructionsAt(f.Now)
		if due.handOver != nil {
			create.SetHandOverBefore(due.handOver)
		}
	}
	ret, err := create.SetDueBefore(dueBefore(state, due)).Save(ctx)
	if err != nil {
		return "", err
	}
	if err := s.fileLines(ctx, f, ret); err != nil {
		return "", err
	}
	if err := attach(ctx, f.Tx, ret, f.in.PhotoIDs); err != nil {
		return "", err
	}
	return ret.ID, s.note(ctx, f.Tx, happening{
		who: f.who, ret: ret, action: "REQUEST", reason: note, after: map[string]any{"state": state, "outcomes": outcomes(f.lines)},
	})
}

// firstState is where a request starts.
func firstState(book *policy.Book, lines []asked) lifecycle.State {
	clearCut := true
	for _, l := range lines {
		if len(l.verdict.Missing()) > 0 {
			return lifecycle.AwaitingEvidence
		}
		clearCut = clearCut && book.ClearCut(l.verdict, l.facts)
	}
	if clearCut {
		return lifecycle.Approved
	}
	return lifecycle.Requested
}

func outcomes(lines []asked) []policy.Outcome {
	list := make([]policy.Outcome, len(lines))
	for i, l := range lines {
		list[i] = l.verdict.Outcome
	}
	return list
}

// instruct is the date by which the goods must be handed over when instructions are given now: the earliest of the lines,
// so that whoever keeps it is in time with all of them.
func instruct(book *policy.Book, lines []asked, now time.Time) *policy.Deadline {
	ends := make([]*policy.Deadline, len(lines))
	for i, l := range lines {
		f := l.facts
		f.Instructions = &now
		ends[i] = book.HandOverBefore(f, now)
	}
	return earliest(ends)
}

func earliest(ends []*policy.Deadline) *policy.Deadline {
	var first *policy.Deadline
	for _, end := range ends {
		if end != nil && (first == nil || end.Before.Before(first.Before)) {
			first = end
		}
	}
	return first
}

// fileLines writes the lines and takes their units: a unit is in at most one open or refunded return (A37).
func (s *Service) fileLines(ctx context.Context, f filing, ret *ent.ReturnRequest) error {
	for i, l := range f.lines {
		n, err := f.Item.Update().Where(item.ID(l.item.ID), item.UnitsClaimedLTE(l.item.Quantity-l.in.Quantity)).
			AddUnitsClaimed(l.in.Quantity).Save(ctx)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.Bad(fault.CodeQuantity, "quantity", "There are not that many units left to be sent back.").Under("A37").At("lines", strconv.Itoa(i))
		}
		comment, err := words(l.in.Comment, maxText, "comment")
		if err != nil {
			return err
		}
		err = f.ReturnLine.Create().SetID(s.NewID("rln")).SetCustomerID(ret.CustomerID).SetReturnID(ret.ID).SetItemID(l.item.ID).
			SetPosition(i).SetReason(l.in.Reason).SetQuantity(l.in.Quantity).SetNillableEverWorked(l.in.EverWorked).
			SetMissingOnArrival(l.in.MissingOnArrival).SetMissingDeclared(l.in.MissingPieces).SetComment(comment).
			SetOutcome(l.verdict.Outcome).SetVerdict(l.verdict).SetFacts(l.facts).
			SetTermsVersion(l.verdict.TermsVersion).SetTermsDigest(l.verdict.TermsDigest).Exec(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}

// attach files uploaded photos with the return: each belongs to its customer, and to no return yet, and whoever files it may
// see it, which an update by itself does not ask.
func attach(ctx context.Context, tx store.Tx, ret *ent.ReturnRequest, ids []string) error {
	seen, err := tx.Photo.Query().Where(photo.IDIn(ids...)).IDs(ctx)
	if err != nil {
		return err
	}
	for i, id := range ids {
		if !slices.Contains(seen, id) {
			return fault.Missing("", "photo that is not filed yet").At("photoIds", strconv.Itoa(i))
		}
		n, err := tx.Photo.Update().Where(photo.ID(id), photo.CustomerID(ret.CustomerID), loose()).SetReturnID(ret.ID).Save(ctx)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.Missing("", "photo that is not filed yet").At("photoIds", strconv.Itoa(i))
		}
	}
	return weigh(ctx, tx, ret)
}
