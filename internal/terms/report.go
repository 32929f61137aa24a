package terms

import (
	"cmp"
	"slices"
	"strings"

	"github.com/vysero/returns/internal/money"
	"github.com/vysero/returns/internal/policy"
)

// Subject is what was answered.
type Subject string

// The subjects of a simulation.
const (
	OfRequest    Subject = "REQUEST"    // the verdict on a line of a return, on the day of its request
	OfRefusal    Subject = "REFUSAL"    // the verdict on a request that was refused, and so is in no return
	OfInspection Subject = "INSPECTION" // the judgement on units that came back
	OfPreview    Subject = "PREVIEW"    // what an order without returns would be answered, for each reason, at any time in the range
)

// Flip is one way in which answers differ: how often, and where it can be looked at.
type Flip struct {
	Subject     Subject       `json:"subject"`
	Reason      policy.Reason `json:"reason"`
	From        string        `json:"from"`                  // the outcome as it is: a policy.Outcome, of an inspection a policy.InspectionOutcome
	To          string        `json:"to"`                    // the outcome as it would be
	FromClauses []string      `json:"fromClauses,omitempty"` // what decides now; none where nothing speaks against the plain course
	ToClauses   []string      `json:"toClauses,omitempty"`   // what would decide
	Count       int           `json:"count"`
	Examples    []string      `json:"examples"` // numbers of returns, of a refusal or a preview those of orders; at most three, the first that were found
}

// key tells flips apart.
func (f Flip) key() string {
	return strings.Join([]string{
		string(f.Subject), string(f.Reason), f.From, f.To, strings.Join(f.FromClauses, " "), strings.Join(f.ToClauses, " "),
	}, "|")
}

// Money is what the returns whose units were judged come to, in one currency: as it is and as it would be.
type Money struct { //nolint:recvcheck // GraphQL reads it as a value, and sums grow in place
	Currency  string `json:"currency"`
	Returns   int    `json:"returns"` // whose units were judged
	Changed   int    `json:"changed"` // those that come to another sum
	NowMinor  int64  `json:"now"`     // minor units
	ThenMinor int64  `json:"then"`    // minor units
}

// Now is what is refunded by the terms as they are.
func (m Money) Now() money.Amount { return money.Amount{Minor: m.NowMinor, Currency: m.Currency} }

// Then is what would be refunded by the draft.
func (m Money) Then() money.Amount { return money.Amount{Minor: m.ThenMinor, Currency: m.Currency} }

// Difference is what the draft would cost more; negative where it saves.
func (m Money) Difference() money.Amount {
	return money.Amount{Minor: m.ThenMinor - m.NowMinor, Currency: m.Currency}
}

// Month is the money of the returns that were requested in one month on the merchant's clocks: "2026-03".
type Month struct {
	Money

	Month string `json:"month"`
}

// The bounds of a report, whatever the range is. What is left out of the lists is counted all the same.
const (
	mostFlips    = 200
	mostMonths   = 600
	mostExamples = 3
)

// Report is what a simulation found.
type Report struct {
	Returns       int     `json:"returns"`  // that were replayed
	Refusals      int     `json:"refusals"` // lines of requests that were refused, that were replayed
	Orders        int     `json:"orders"`   // without returns, that were replayed
	Answers       int     `json:"answers"`  // that were compared: verdicts and judgements, each by both terms; a preview counts once for as long as it lasts
	Differ        int     `json:"differ"`   // of these, whose outcome is another one
	Flips         []Flip  `json:"flips"`    // the most frequent first; at most 200 kinds
	FlipsLeftOut  int     `json:"flipsLeftOut"`
	Money         []Money `json:"money"`         // in all, by currency
	Months        []Month `json:"months"`        // the earliest first; at most 600
	MonthsLeftOut int     `json:"monthsLeftOut"` // returns whose months are not in the list: Money has them
}

// sort puts the lists into the order in which they are read.
func (r *Report) sort() {
	slices.SortFunc(r.Flips, func(a, b Flip) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.key(), b.key())) })
	slices.SortFunc(r.Money, func(a, b Money) int { return cmp.Compare(a.Currency, b.Currency) })
	slices.SortFunc(r.Months, func(a, b Month) int {
		return cmp.Or(cmp.Compare(a.Month, b.Month), cmp.Compare(a.Currency, b.Currency))
	})
}

// tally fills a report, row by row.
type tally struct {
	*Report

	flips  map[string]int // places in the report's lists
	money  map[string]int
	months map[string]int
}

// tallyOf goes on with a report.
func tallyOf(r *Report) *tally {
	t := &tally{Report: r, flips: map[string]int{}, money: map[string]int{}, months: map[string]int{}}
	for i, f := range r.Flips {
		t.flips[f.key()] = i
	}
	for i, m := range r.Money {
		t.money[m.Currency] = i
	}
	for i, m := range r.Months {
		t.months[m.Month+m.Currency] = i
	}
	return t
}

// flip counts an answer that differs.
func (t *tally) flip(f Flip, number string) {
	t.Differ++
	key := f.key()
	at, known := t.flips[key]
	switch {
	case !known && len(t.Flips) == mostFlips:
		t.FlipsLeftOut++
		return
	case !known:
		at = len(t.Flips)
		t.flips[key] = at
		t.Flips = append(t.Flips, f)
	}
	row := &t.Flips[at]
	row.Count++
	if len(row.Examples) < mostExamples && !slices.Contains(row.Examples, number) {
		row.Examples = append(row.Examples, number)
	}
}

// refund counts what a return comes to, by both terms.
func (t *tally) refund(month string, m Money) {
	at, known := t.money[m.Currency]
	if !known {
		at = len(t.Money)
		t.money[m.Currency] = at
		t.Money = append(t.Money, Money{Currency: m.Currency})
	}
	t.Money[at].add(m)
	at, known = t.months[month+m.Currency]
	switch {
	case !known && len(t.Months) == mostMonths:
		t.MonthsLeftOut++
		return
	case !known:
		at = len(t.Months)
		t.months[month+m.Currency] = at
		t.Months = append(t.Months, Month{Month: month, Money: Money{Currency: m.Currency}})
	}
	t.Months[at].add(m)
}

func (m *Money) add(one Money) {
	m.Returns++
	m.NowMinor += one.NowMinor
	m.ThenMinor += one.ThenMinor
	if one.NowMinor != one.ThenMinor {
		m.Changed++
	}
}
