package returns

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/item"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/refund"
)

// Option is one reason and what a request for it would be answered.
type Option struct {
	Reason         policy.Reason
	Quantity       int
	Verdict        policy.Verdict
	RefundEstimate *refund.Breakdown // nil where nothing may be returned

	facts policy.Facts
	book  *policy.Book
}

// ChangesAt is the next instant at which the answer is another one by itself; nil where no date changes it.
func (o *Option) ChangesAt() *time.Time { return o.book.NextChange(o.facts) }

// Now is the clock as the use cases read it.
func (s *Service) Now() time.Time { return s.DB.Now() }

// Options answers for every reason side by side, as of an instant (nil: now) and for some units of an item (nil: all that
// are left). Order and item are at hand: it reads nothing, but for an instant that is over what was filed and verified since.
// Errors: INVALID_INPUT for an instant before the purchase.
func (s *Service) Options(ctx context.Context, o *ent.Order, it *ent.Item, asOf *time.Time, quantity *int) ([]Option, error) {
	if _, err := auth.May(ctx, auth.PreviewReturn); err != nil {
		return nil, err
	}
	book, err := s.Terms(ctx)
	if err != nil {
		return nil, err
	}
	at := s.instant(asOf)
	seen, err := s.asKnown(ctx, o, []*ent.Item{it}, at)
	if err != nil {
		return nil, err
	}
	it, o = seen[0], seen[0].Edges.Order
	units := max(it.Quantity-it.UnitsClaimed, 1)
	if quantity != nil {
		units = *quantity
	}
	options := make([]Option, 0, len(policy.Reasons()))
	for _, reason := range policy.Reasons() {
		l := LineInput{ItemID: it.ID, Quantity: units, Reason: reason}
		f := factsOf(o, it, l, at)
		option := Option{Reason: reason, Quantity: units, Verdict: book.Decide(f), facts: f, book: book}
		if requestable(option.Verdict) {
			b, err := refund.Quote(saleOf(o, it), []refund.Unit{expectation(book, it, l, f)})
			if err != nil {
				return nil, err
			}
			option.RefundEstimate = &b
		}
		options = append(options, option)
	}
	return options, nil
}

func (s *Service) instant(asOf *time.Time) time.Time {
	if asOf == nil {
		return s.Now()
	}
	return asOf.UTC().Truncate(time.Microsecond)
}

// requestable tells whether a request with this verdict is filed.
func requestable(v policy.Verdict) bool {
	return slices.Contains([]policy.Outcome{policy.Eligible, policy.AwaitingEvidence, policy.NeedsReview}, v.Outcome)
}

// Preview is what a request for several items would be answered.
type Preview struct {
	AsOf           time.Time
	Lines          []PreviewLine
	Requestable    bool // every line would be filed
	RefundEstimate refund.Breakdown
}

// PreviewLine is the answer for one line.
type PreviewLine struct {
	Item     *ent.Item
	Quantity int
	Reason   policy.Reason
	Verdict  policy.Verdict
}

// Preview answers for several items at once, as of an instant (nil: now). It writes nothing. Errors: as of Request, and
// INVALID_INPUT for an instant before the purchase.
func (s *Service) Preview(ctx context.Context, in PreviewInput, asOf *time.Time) (*Preview, error) {
	if _, err := auth.May(ctx, auth.PreviewReturn); err != nil {
		return nil, err
	}
	items, err := itemsOf(ctx, s.DB.Client, in.Lines)
	if err != nil {
		return nil, err
	}
	photos := 0
	if in.Photos != nil {
		photos = *in.Photos
	}
	if photos < 0 || photos > maxPhotos {
		return nil, fault.Bad(fault.CodeInvalid, "photos", "A return takes from 0 to %d photos.", maxPhotos)
	}
	book, err := s.Terms(ctx)
	if err != nil {
		return nil, err
	}
	p := &Preview{AsOf: s.instant(asOf), Requestable: true}
	seen, err := s.asKnown(ctx, items[0].Edges.Order, items, p.AsOf)
	if err != nil {
		return nil, err
	}
	asked := ask(seen, in.Lines, request{book: book, at: p.AsOf, photos: photos})
	units := make([]refund.Unit, 0, len(asked))
	for i, a := range asked {
		p.Lines = append(p.Lines, PreviewLine{Item: items[i], Quantity: a.in.Quantity, Reason: a.in.Reason, Verdict: a.verdict})
		p.Requestable = p.Requestable && requestable(a.verdict)
		if requestable(a.verdict) {
			units = append(units, expectation(book, a.item, a.in, a.facts))
		}
	}
	p.RefundEstimate, err = refund.Quote(saleOf(items[0].Edges.Order, distinct(seen)...), units)
	return p, err
}

// asked is one line of a request with its answer.
type asked struct {
	item    *ent.Item
	in      LineInput
	facts   policy.Facts
	verdict policy.Verdict
}

// request is what all lines of a request share.
type request struct {
	book   *policy.Book
	at     time.Time
	photos int
}

// ask decides about every line. Lines for the same item share its units: a later one finds fewer left.
func ask(items []*ent.Item, lines []LineInput, r request) []asked {
	taken := map[string]int{}
	answers := make([]asked, 0, len(lines))
	for i, l := range lines {
		f := factsOf(items[i].Edges.Order, items[i], l, r.at)
		f.Photos = r.photos
		f.UnitsLeft -= taken[l.ItemID]
		taken[l.ItemID] += l.Quantity
		answers = append(answers, asked{item: items[i], in: l, facts: f, verdict: r.book.Decide(f)})
	}
	return answers
}

// itemsOf reads the item of each line, with its order, and checks what does not need the policy: that there are lines,
// that they are of one order, and that their pieces exist.
func itemsOf(ctx context.Context, client *ent.Client, lines []LineInput) ([]*ent.Item, error) {
	if len(lines) == 0 || len(lines) > maxLines {
		return nil, fault.Bad(fault.CodeInvalid, "lines", "A return takes from 1 to %d lines.", maxLines)
	}
	ids := make([]string, len(lines))
	for i, l := range lines {
		ids[i] = l.ItemID
	}
	found, err := client.Item.Query().Where(item.IDIn(ids...)).WithOrder(func(q *ent.OrderQuery) { q.WithCustomer() }).All(ctx)
	if err != nil {
		return nil, err
	}
	byID := map[string]*ent.Item{}
	for _, it := range found {
		byID[it.ID] = it
	}
	items := make([]*ent.Item, len(lines))
	for i, l := range lines {
		it := byID[l.ItemID]
		if it == nil {
			return nil, fault.Missing("itemId", "item").At("lines", strconv.Itoa(i))
		}
		if it.OrderID != byID[lines[0].ItemID].OrderID {
			return nil, fault.Bad(fault.CodeInvalid, "itemId", "All items of a return are of one order.").At("lines", strconv.Itoa(i))
		}
		if err := checkLine(it, l); err != nil {
			return nil, fault.From(err).At("lines", strconv.Itoa(i))
		}
		items[i] = it
	}
	return items, nil
}

func checkLine(it *ent.Item, l LineInput) error {
	if l.Quantity < 1 || l.Quantity > it.Quantity {
		return fault.Bad(fault.CodeQuantity, "quantity", "From 1 to %d units of this item can be sent back.", it.Quantity).Under("A37")
	}
	if err := pieces(l.MissingOnArrival, it, "missingOnArrival"); err != nil {
		return err
	}
	if err := pieces(l.MissingPieces, it, "missingPieces"); err != nil {
		return err
	}
	if _, err := words(l.Comment, maxText, "comment"); err != nil {
		return err
	}
	return nil
}

func distinct(items []*ent.Item) []*ent.Item {
	var once []*ent.Item
	for _, it := range items {
		if !slices.ContainsFunc(once, func(o *ent.Item) bool { return o.ID == it.ID }) {
			once = append(once, it)
		}
	}
	return once
}
