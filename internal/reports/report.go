package reports

import (
	"time"

	"github.com/vysero/returns/internal/money"
	"github.com/vysero/returns/internal/policy"
)

// The lists of a report are bounded: so many rows at most.
const (
	MaxProducts = 100 // those with the most units
	MaxPieces   = 20  // those that were missing most often
)

// Report is what became of the requests of a range. A refund counts once it has succeeded; what a bank sent back is owed
// again and does not count. Amounts are per currency, in the order of the currencies; a currency without any is left out.
type Report struct {
	From, To time.Time // half-open, by the date of the request (A4)
	AsOf     time.Time // the instant that the report is of
	Zone     string    // the IANA zone of the months: the one of the terms in force

	Requests int // returns that were filed
	Lines    int // their lines: a request for one item each
	Refused  int // requests for one item that were refused, and not filed: NOT_YET and WARRANTY are no refusals

	ByReason        []ReasonRow  // every reason, in the order in which customers see them
	ByProduct       []ProductRow // the most units first; MaxProducts at most
	ByMonth         []MonthRow   // every month of the range, also one without a request
	RefusedByClause []ClauseRow  // stage by stage, the most first
	TimeToRefund    Times
	Promise         Promise
	Fees            Fees
	Missing         []PieceRow // the most units first; MaxPieces at most
}

// ReasonRow is what was asked for with one reason.
type ReasonRow struct {
	Reason   policy.Reason
	Lines    int // filed, whatever became of them
	Units    int // in these lines
	Refunded []money.Amount
	Refused  int // requests for one item that were refused
}

// ProductRow is what was asked for of one article.
type ProductRow struct {
	Sku           string
	Name          string // as the latest item that was sent back has it
	Units         int    // in filed lines, whatever became of them
	UnitsRefunded int
	Refunded      []money.Amount
	UnitsSold     int // in orders that were purchased in the range
}

// MonthRow is what was asked for in one month, and what followed from it, also where that was in a later month.
type MonthRow struct {
	Month    string // 2026-03, in the report's zone
	Requests int    // returns that were filed
	Units    int    // in their lines
	Refunds  int
	Refunded []money.Amount
	Fees     []money.Amount // taken off these refunds (C2)
}

// Stage is when something was refused.
type Stage string

// The stages, in their order.
const (
	AtRequest    Stage = "REQUEST"    // asked for, and not filed
	AtDecline    Stage = "DECLINE"    // filed, and declined by staff
	AtInspection Stage = "INSPECTION" // come back, and nothing was paid
)

// ClauseRow is what was refused, put off or sent elsewhere at one stage with one outcome by one clause, or by one reading
// where no clause speaks.
type ClauseRow struct {
	Stage   Stage
	Outcome string   // in force: a policy.Outcome, at an inspection a policy.InspectionOutcome
	Clause  string   // the first that decided; "" where staff decided otherwise than the terms
	Refused int      // requests for one item
	Share   *float64 // of all requests for one item, filed or refused; from 0 to 1, with four decimals. nil: NOT_YET, WARRANTY
}

// Times is how long refunds took, from the request to the success of the last transfer: in hours with two decimals, cut off
// to whole minutes. Nothing is nil where there was no refund.
type Times struct {
	Refunds     int
	MedianHours *float64 // half of the refunds took no longer
	P90Hours    *float64 // nine in ten took no longer
	MaxHours    *float64
}

// Promise is what became of R2: that a refund is made within the business days of the terms.
type Promise struct {
	Kept    int // refunds that were made before their date
	Broken  int // Late and Overdue together
	Late    int // refunds that were made after it
	Overdue int // not made, and the date is over: refunds on record, and returns whose judged units nobody has settled
	Open    int // not made, and the date is still to come; likewise
}

// Fees are the restocking fees (C2) that were taken off refunds, and those that staff lowered (A17).
type Fees struct {
	Charged FeeRow // taken off refunds
	Lowered FeeRow // by overrides in force: the money is what they left to the customer
	Waived  int    // of the lowered ones, those that staff took away altogether
}

// FeeRow is some fees. Count is of inspections: of units of one line that were judged together.
type FeeRow struct {
	Count  int
	Amount []money.Amount
}

// PieceRow is a piece of a packing list that did not come back.
type PieceRow struct {
	Sku       string
	Code      string
	Name      string // as the packing list has it; may be empty
	Units     int    // units of the article that came back without it
	OnArrival int    // of these, units whose customer had said that it was missing on arrival (A18)
}
