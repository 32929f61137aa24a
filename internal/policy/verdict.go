package policy

import "time"

// Outcome of a request or a preview, for one item and reason.
type Outcome string

// The outcomes, in the order in which they win when several clauses speak (reading.md, Outcomes); ELIGIBLE is left
// where none speaks against it.
const (
	Warranty         Outcome = "WARRANTY"
	NotEligible      Outcome = "NOT_ELIGIBLE"
	NotYet           Outcome = "NOT_YET"
	NeedsReview      Outcome = "NEEDS_REVIEW"
	AwaitingEvidence Outcome = "AWAITING_EVIDENCE"
	Eligible         Outcome = "ELIGIBLE"
)

// Effect is what one rule says.
type Effect string

// The effects of a rule.
const (
	Passes       Effect = "PASSES"
	Refuses      Effect = "REFUSES"
	Asks         Effect = "ASKS"           // evidence is missing
	Waits        Effect = "WAITS"          // not yet
	Doubts       Effect = "DOUBTS"         // a person must look
	ToWarranty   Effect = "TO_WARRANTY"    // the warranty answers instead
	Deducts      Effect = "DEDUCTS"        // a fee (C2)
	Reclassifies Effect = "RECLASSIFIES"   // the DOA track becomes change of heart (A35)
	Silent       Effect = "NOT_APPLICABLE" // looked at; does not concern this case
)

// Finding is what one rule says about the facts; every rule speaks, in a fixed order.
type Finding struct {
	Clause  string     `json:"clause"`            // of the merchant's text: "T1"; "" where only a reading speaks
	Reading string     `json:"reading,omitempty"` // of reading.md: "A1"; "" where the clause is plain
	Effect  Effect     `json:"effect"`
	Fact    string     `json:"fact"`           // the name of the fact that was used: "purchasedAt"
	Value   string     `json:"value"`          // that fact as text, instants in RFC 3339
	Date    *time.Time `json:"date,omitempty"` // the date that was computed: an exclusive end
	Say     string     `json:"say"`            // one plain English sentence
}

// ID is what decided: the clause, or the reading where only a reading speaks.
func (f Finding) ID() string {
	if f.Clause != "" {
		return f.Clause
	}
	return f.Reading
}

// Deadline is the end of the last day of a term.
type Deadline struct {
	Before time.Time `json:"before"` // exclusive: the local midnight after the last day
	Zone   string    `json:"zone"`   // the IANA zone whose day ends
	AsOf   time.Time `json:"-"`      // the instant the question was asked for; zero when read back from a record
}

// Payer says who pays for sending the goods back.
type Payer string

// Who pays return shipping (S1, S2).
const (
	CustomerPays Payer = "CUSTOMER"
	MerchantPays Payer = "MERCHANT"
)

// Evidence is something that is still needed before a request can be approved.
type Evidence string

// Kinds of evidence.
const (
	PhotosNeeded  Evidence = "PHOTOS"            // H2, A28
	ReceiptNeeded Evidence = "PROOF_OF_PURCHASE" // R3, A27
)

// AlternativeKind is another way that is open for the same unit.
type AlternativeKind string

// Alternatives to the reason that was asked about (A11, A13, A26).
const (
	ByChangeOfHeart AlternativeKind = "CHANGE_OF_HEART"
	ByWarranty      AlternativeKind = "WARRANTY"
	ByCancellation  AlternativeKind = "CANCEL_ORDER"
)

// Alternative is a way open beside the one asked about, with its own deadline where it has one.
type Alternative struct {
	Kind    AlternativeKind `json:"kind"`
	Clause  string          `json:"clause"`
	Reading string          `json:"reading,omitempty"`
	Before  *Deadline       `json:"before,omitempty"`
	Say     string          `json:"say"`
	// TermsDigest is of the terms that leave it open, where these are not the verdict's (A39); else "".
	TermsDigest string `json:"termsDigest,omitempty"`
}

// Verdict answers one question, with everything that led to the answer.
type Verdict struct {
	Outcome        Outcome       `json:"outcome"`
	Findings       []Finding     `json:"findings"`                       // every rule, in the fixed order
	RequestBefore  *Deadline     `json:"requestBefore,omitempty"`        // nil where the clock has not started or nothing is due
	HandOverBefore *Deadline     `json:"handOverBefore,omitempty"`       // nil while the hand-over clock has not started
	ShippingPaidBy Payer         `json:"returnShippingPaidBy,omitempty"` // "" where nothing is to be sent
	PrepaidLabel   bool          `json:"prepaidLabel"`
	Evidence       []Evidence    `json:"evidenceMissing,omitempty"`
	Alternatives   []Alternative `json:"alternatives,omitempty"`
	TermsVersion   string        `json:"termsVersion"`
	TermsDigest    string        `json:"termsDigest"`          // SHA-256 of the canonical form, hexadecimal
	LaterTerms     bool          `json:"laterTerms,omitempty"` // they came into force after the purchase, and are better for the customer (A39)
}

// Missing lists the evidence that the rules ask for, whatever the outcome: where staff put another outcome in a refusal's
// place, it is still needed before approval (A27, A28).
func (v Verdict) Missing() []Evidence { return evidence(v.Findings) }

// Deciding returns the ids of the findings that decided against the plain course: all that had the effect which made
// the outcome, in order; none for ELIGIBLE.
func (v Verdict) Deciding() []string {
	_, ids := decided(v.Findings)
	return ids
}

// InspectionOutcome is the outcome for inspected units.
type InspectionOutcome string

// Outcomes of an inspection.
const (
	RefundInFull    InspectionOutcome = "REFUND"
	RefundLess      InspectionOutcome = "REFUND_WITH_DEDUCTION"
	NoRefund        InspectionOutcome = "NO_REFUND"
	WarrantyCase    InspectionOutcome = "WARRANTY"
	InspectionDoubt InspectionOutcome = "NEEDS_REVIEW"
)

// Fee is C2's restocking fee for one missing piece of one unit, before it is capped.
type Fee struct {
	Code  string `json:"code"`
	Minor int64  `json:"minor"` // minor units of the order's currency
}

// Judgement answers what becomes of inspected units.
type Judgement struct {
	Outcome        InspectionOutcome `json:"outcome"`
	Findings       []Finding         `json:"findings"`
	Track          Reason            `json:"track"`                    // the reason under which money is counted: CHANGE_OF_HEART after A35
	RefundShipping bool              `json:"refundShipping"`           // S3, A21: the unit's share of original shipping goes back
	Fees           []Fee             `json:"fees,omitempty"`           // per unit, in packing-list order
	FeeNotGiven    []string          `json:"feeNotGiven,omitempty"`    // missing pieces without a fee: a flag for staff (A17)
	HandOverBefore *Deadline         `json:"handOverBefore,omitempty"` // the date that N2 was tested against
	TermsVersion   string            `json:"termsVersion"`
	TermsDigest    string            `json:"termsDigest"`
	LaterTerms     bool              `json:"laterTerms,omitempty"` // as of a Verdict
}

// Deciding returns the ids of the findings that decided against the plain course: the first that spoke against a
// refund, or else all that changed what is refunded, in order.
func (j Judgement) Deciding() []string {
	_, ids := judged(j.Findings)
	return ids
}
