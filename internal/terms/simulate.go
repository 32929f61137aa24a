package terms

import (
	"errors"
	"fmt"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/internal/calendar"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/refund"
	"github.com/vysero/returns/internal/returns"
)

// simulator answers what was asked once more: by the book as it stands, and by a draft as if it had been the shop's only
// terms at every purchase. It is pure: rows come in with everything that is asked of them, and the report grows.
//
// What a draft would not have let in pays nothing: a request that it refuses has no inspection. What staff put in a
// verdict's or a judgement's place stays, and so does a fee that they lowered. Every return is counted by itself, as if
// nothing of its order had been refunded before: where an order has several returns, cents may fall to another one.
type simulator struct {
	*tally

	book  *policy.Book
	draft *policy.Terms
}

// simulate goes on with a report.
func simulate(book *policy.Book, draft *policy.Terms, r *Report) *simulator {
	return &simulator{tally: tallyOf(r), book: book, draft: draft}
}

// preview replays one question about an order that has no returns.
func (s *simulator) preview(number string, f policy.Facts) {
	s.verdicts(Flip{Subject: OfPreview, Reason: f.Reason}, number, f)
}

// verdicts compares what a question is answered by both terms.
func (s *simulator) verdicts(of Flip, number string, f policy.Facts) (now, then policy.Answer) {
	now, then = s.book.Ask(f), policy.Ask(s.draft, f)
	s.Answers++
	if now.Outcome != then.Outcome {
		of.From, of.FromClauses = string(now.Outcome), now.Deciding
		of.To, of.ToClauses = string(then.Outcome), then.Deciding
		s.flip(of, number)
	}
	return now, then
}

// returned replays a return with its lines and their inspections, and the refund that they come to. The order has to be
// there with all of its items.
func (s *simulator) returned(r *ent.ReturnRequest) error {
	s.Returns++
	var now, then []refund.Unit
	for _, line := range r.Edges.Lines {
		a, b := s.verdicts(Flip{Subject: OfRequest, Reason: line.Reason}, r.Number, line.Facts)
		for _, ins := range line.Edges.Inspections {
			old, other := s.judged(line, ins, r.Number, [2]bool{returns.GoesOn(line, a.Outcome), returns.GoesOn(line, b.Outcome)})
			now, then = append(now, old), append(then, other)
		}
	}
	if len(now) == 0 {
		return nil
	}
	return s.paid(r, now, then)
}

// judged compares what becomes of inspected units where the request goes on by both terms, and gives the units as they
// are paid by each.
func (s *simulator) judged(line *ent.ReturnLine, ins *ent.Inspection, number string, goesOn [2]bool) (now, then refund.Unit) {
	reason, bought := line.Reason, ins.Facts.Request.PurchasedAt
	a, b := s.book.Judge(ins.Facts, ins.InspectedAt), policy.Judge(s.draft, ins.Facts)
	if goesOn[0] && goesOn[1] {
		s.Answers++
		if a.Outcome != b.Outcome {
			s.flip(Flip{
				Subject: OfInspection, Reason: reason, From: string(a.Outcome), To: string(b.Outcome),
				FromClauses: a.Deciding(), ToClauses: b.Deciding(),
			}, number)
		}
	}
	now = returns.UnitUnder(line, ins, a, func(track policy.Reason) bool { return s.book.RefundsShipping(bought, ins.InspectedAt, track) })
	then = returns.UnitUnder(line, ins, b, s.draft.RefundsShipping)
	now.Pays, then.Pays = now.Pays && goesOn[0], then.Pays && goesOn[1]
	return now, then
}

// paid counts the money of a return by both terms.
func (s *simulator) paid(r *ent.ReturnRequest, now, then []refund.Unit) error {
	o := r.Edges.Order
	sale := returns.SaleOf(o, o.Edges.Items...)
	a, err := refund.Quote(sale, now)
	if err != nil {
		return odd(r, err)
	}
	b, err := refund.Quote(sale, then)
	if err != nil {
		return odd(r, err)
	}
	zone, err := calendar.Zone(s.book.At(r.RequestedAt).Terms.Zone)
	if err != nil {
		return err
	}
	s.refund(r.RequestedAt.In(zone).Format("2006-01"), Money{Currency: o.Currency, NowMinor: a.Total, ThenMinor: b.Total})
	return nil
}

// errOdd is a record that cannot be replayed, which no repetition mends.
var errOdd = errors.New("a record cannot be replayed")

func odd(r *ent.ReturnRequest, cause error) error {
	return fault.Clash(fault.CodeState, "Return %s cannot be replayed: its units are not those of its order.", r.Number).
		Because(fmt.Errorf("%w: %w", errOdd, cause))
}

// ordered replays the previews of an order without returns: one unit of each item, for every reason, at an instant.
func (s *simulator) ordered(o *ent.Order, in span) {
	s.Orders++
	for _, it := range o.Edges.Items {
		for _, reason := range policy.Reasons() {
			s.preview(o.Number, returns.Asked(o, it, reason, in.asOf()))
		}
	}
}
