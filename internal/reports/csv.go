package reports

import (
	"bytes"
	"encoding/csv"
	"regexp"
	"slices"
	"strconv"

	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/money"
)

// section is a part of a report as a table.
type section struct {
	name string
	head []string
	rows func(*Report) [][]string
}

// sections are all of them, in the order of the report.
func sections() []section {
	return []section{
		{"reasons", []string{"reason", "lines", "units", "refused", "currency", "refunded"}, (*Report).reasons},
		{"products", []string{"sku", "name", "units", "units_refunded", "units_sold", "currency", "refunded"}, (*Report).products},
		{"months", []string{"month", "requests", "units", "refunds", "currency", "refunded", "fees"}, (*Report).months},
		{"refusals", []string{"stage", "outcome", "clause", "refused", "share"}, (*Report).refusals},
		{"times", []string{"refunds", "median_hours", "p90_hours", "max_hours"}, (*Report).times},
		{"promise", []string{"kept", "broken", "late", "overdue", "open"}, (*Report).promise},
		{"fees", []string{"fees", "count", "currency", "amount"}, (*Report).fees},
		{"missing", []string{"sku", "code", "name", "units", "on_arrival"}, (*Report).missing},
	}
}

// Sections names the parts of a report that CSV writes.
func Sections() []string {
	var names []string
	for _, s := range sections() {
		names = append(names, s.name)
	}
	return names
}

// CSV writes a section as RFC 4180 has it, with a line of names first. Amounts are decimals beside their currency. What is
// in a second currency stands on a line of its own, which leaves out what was counted on the first, so that every column
// can be added up. An apostrophe stands before what a spreadsheet would take for a formula. Errors: NOT_FOUND.
func (r *Report) CSV(name string) ([]byte, error) {
	all := sections()
	at := slices.IndexFunc(all, func(s section) bool { return s.name == name })
	if at < 0 {
		return nil, fault.Missing("section", "section of a report")
	}
	var file bytes.Buffer
	w := csv.NewWriter(&file)
	w.UseCRLF = true
	for _, row := range append([][]string{all[at].head}, all[at].rows(r)...) {
		for i := range row {
			row[i] = harmless(row[i])
		}
		if err := w.Write(row); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return file.Bytes(), w.Error()
}

// plain is a number, which no spreadsheet takes for a formula, whatever its sign.
var plain = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

// formula finds where a cell, or what follows in it on a sign that some spreadsheets part cells at, begins as a formula may,
// wide letters included: where commas are decimal points, a file is read with semicolons.
var formula = regexp.MustCompile(`(^|[;|\t\r\n]["' ]*)([=+\-@\t\r\n＝＋－＠])`)

// harmless is a cell that stays text in every spreadsheet: names and codes are what a shop's systems sent.
func harmless(cell string) string {
	if plain.MatchString(cell) {
		return cell
	}
	return formula.ReplaceAllString(cell, "$1'$2")
}

func (r *Report) reasons() [][]string {
	var rows [][]string
	for _, x := range r.ByReason {
		rows = append(rows, inCurrencies([]string{string(x.Reason)}, numbers(x.Lines, x.Units, x.Refused), x.Refunded)...)
	}
	return rows
}

func (r *Report) products() [][]string {
	var rows [][]string
	for _, x := range r.ByProduct {
		rows = append(rows, inCurrencies([]string{x.Sku, x.Name}, numbers(x.Units, x.UnitsRefunded, x.UnitsSold), x.Refunded)...)
	}
	return rows
}

func (r *Report) months() [][]string {
	var rows [][]string
	for _, x := range r.ByMonth {
		rows = append(rows, inCurrencies([]string{x.Month}, numbers(x.Requests, x.Units, x.Refunds), x.Refunded, x.Fees)...)
	}
	return rows
}

func (r *Report) refusals() [][]string {
	var rows [][]string
	for _, x := range r.RefusedByClause {
		part := ""
		if x.Share != nil {
			part = strconv.FormatFloat(*x.Share, 'f', 4, 64)
		}
		rows = append(rows, []string{string(x.Stage), x.Outcome, x.Clause, strconv.Itoa(x.Refused), part})
	}
	return rows
}

func (r *Report) times() [][]string {
	t := r.TimeToRefund
	row := numbers(t.Refunds)
	for _, h := range []*float64{t.MedianHours, t.P90Hours, t.MaxHours} {
		cell := ""
		if h != nil {
			cell = strconv.FormatFloat(*h, 'f', 2, 64)
		}
		row = append(row, cell)
	}
	return [][]string{row}
}

func (r *Report) promise() [][]string {
	p := r.Promise
	return [][]string{numbers(p.Kept, p.Broken, p.Late, p.Overdue, p.Open)}
}

func (r *Report) fees() [][]string {
	rows := inCurrencies([]string{"charged"}, numbers(r.Fees.Charged.Count), r.Fees.Charged.Amount)
	rows = append(rows, inCurrencies([]string{"lowered"}, numbers(r.Fees.Lowered.Count), r.Fees.Lowered.Amount)...)
	return append(rows, inCurrencies([]string{"waived"}, numbers(r.Fees.Waived), nil)...)
}

func (r *Report) missing() [][]string {
	var rows [][]string
	for _, x := range r.Missing {
		rows = append(rows, append([]string{x.Sku, x.Code, x.Name}, numbers(x.Units, x.OnArrival)...))
	}
	return rows
}

func numbers(list ...int) []string {
	cells := make([]string, len(list))
	for i, n := range list {
		cells[i] = strconv.Itoa(n)
	}
	return cells
}

// inCurrencies writes a line for each currency of some columns of amounts: keys on each of them, counts on the first. Where
// there is no amount at all, it is one line without a currency.
func inCurrencies(keys, counts []string, columns ...[]money.Amount) [][]string {
	var all []money.Amount // one of each currency, in order
	for _, column := range columns {
		for _, a := range column {
			add(&all, a.Currency, 1)
		}
	}
	if len(all) == 0 {
		return [][]string{slices.Concat(keys, counts, make([]string, 1+len(columns)))}
	}
	var rows [][]string
	for i, currency := range all {
		row := slices.Concat(keys, counts, []string{currency.Currency})
		if i > 0 {
			clear(row[len(keys) : len(keys)+len(counts)])
		}
		for _, column := range columns {
			sum := money.Amount{Currency: currency.Currency}
			for _, a := range column {
				if a.Currency == sum.Currency {
					sum = a
				}
			}
			row = append(row, sum.Decimal())
		}
		rows = append(rows, row)
	}
	return rows
}
