package terms

import (
	"errors"
	"fmt"
	"slices"
	"time"

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
	asked int         // answers that were asked for, each by both terms; some of a preview are one and the same
	at    []time.Time // room for instants
}

// simulate goes on with a report.
func simulate(book *policy.Book, draft *policy.Terms, r *Report) *simulator {
	return &simulator{tally: tallyOf(r), book: book, draft: draft}
}

// pair is what a question is answered by both terms.
type pair struct{ now, then policy.Answer }

func (s *simulator) ask(f policy.Facts) pair {
	s.asked++
	return pair{now: s.book.Ask(f), then: policy.Ask(s.draft, f)}
}

// verdicts counts what a question is answered by both terms.
func (s *simulator) verdicts(of Flip, number string, p pair) {
	s.Answers++
	if p.now.Outcome != p.then.Outcome {
		of.From, of.FromClauses = string(p.now.Outcome), p.now.Deciding
		of.To, of.ToClauses = string(p.then.Outcome), p.then.Deciding
		s.flip(of, number)
	}
}

// refused replays a request that the terms did not allow. Its order has to be there.
func (s *simulator) refused(r *ent.Refusal) {
	s.Refusals++
	s.verdicts(Flip{Subject: OfRefusal, Reason: r.Reason}, r.Edges.Order.Number, s.ask(r.Facts))
}

// returned replays a return with its lines and their inspections, and the refund that they come to. The order has to be
// there with all of its items.
func (s *simulator) returned(r *ent.ReturnRequest) error {
	s.Returns++
	var now, then []refund.Unit
	for _, line := range r.Edges.Lines {
		p := s.ask(line.Facts)
		s.verdicts(Flip{Subject: OfRequest, Reason: line.Reason}, r.Number, p)
		for _, ins := range line.Edges.Inspections {
			old, other := s.judged(line, ins, r.Number, [2]bool{returns.GoesOn(line, p.now.Outcome), returns.GoesOn(line, p.then.Outcome)})
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
		s.asked++
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

// ordered replays the previews of an order without returns: one unit of each item, for every reason, from its purchase to the
// end of the range.
func (s *simulator) ordered(o *ent.Order, in span) {
	s.Orders++
	for _, it := range o.Edges.Items {
		for _, reason := range policy.Reasons() {
			s.previews(o, it, reason, in.asOf())
		}
	}
}

// previews replays one question about an order at each instant at which its answer may become another one by either terms, and
// at the last. An answer that lasts over several of them is one.
func (s *simulator) previews(o *ent.Order, it *ent.Item, reason policy.Reason, last time.Time) {
	var before pair
	for i, at := range s.instants(o, it, reason, last) {
		p := s.ask(returns.Asked(o, it, reason, at))
		if i == 0 || !p.same(before) {
			s.verdicts(Flip{Subject: OfPreview, Reason: reason}, o.Number, p)
		}
		before = p
	}
}

func (p pair) same(o pair) bool {
	return p.now.Outcome == o.now.Outcome && p.then.Outcome == o.then.Outcome &&
		slices.Equal(p.now.Deciding, o.now.Deciding) && slices.Equal(p.then.Deciding, o.then.Deciding)
}

// instants are those of a question, each once and in their order: between two that follow one another, no answer changes. They
// are good until the next call.
func (s *simulator) instants(o *ent.Order, it *ent.Item, reason policy.Reason, last time.Time) []time.Time {
	f := returns.Asked(o, it, reason, last)
	s.at = append(s.at[:0], o.PurchasedAt, last)
	if it.ShippedAt != nil {
		s.at = append(s.at, *it.ShippedAt)
	}
	s.at = append(append(s.at, s.book.Turns(f)...), s.draft.Ends(f)...)
	s.at = slices.DeleteFunc(s.at, func(at time.Time) bool {
		return at.After(last) || (at.Before(o.PurchasedAt) && !at.Equal(last))
	})
	slices.SortFunc(s.at, time.Time.Compare)
	return slices.CompactFunc(s.at, time.Time.Equal)
}
