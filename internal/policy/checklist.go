package policy

import (
	"slices"
	"time"
)

// CheckKind is what an inspector looks at.
type CheckKind string

// The kinds of check.
const (
	CheckPackaging CheckKind = "PACKAGING"
	CheckPiece     CheckKind = "PIECE"
	CheckModified  CheckKind = "MODIFIED"
	CheckOnPurpose CheckKind = "DAMAGED_ON_PURPOSE"
	CheckClaim     CheckKind = "CLAIM"
)

// Check is one thing that an inspector looks at, and what follows where it is not as it should be.
type Check struct {
	Kind    CheckKind
	Piece   string // PIECE: the code on the packing list
	Name    string // PIECE: for people; the code where the list gives no name
	Clause  string
	Reading string
	Ask     string            // the question, in plain words
	Leads   InspectionOutcome // what the terms say where the answer speaks against the item
	Fee     *int64            // PIECE: what is deducted for each, in minor units; nil where nothing is
	Excused bool              // PIECE: missing on arrival, and reported so: nothing follows (A18)
	Note    bool              // a note is needed where it is found (A33)
}

// Checklist is what an inspector looks at on units that came back for a reason: on the DOA track first the claim, then the
// packaging, every piece of the packing list, and what was done to them. It is made from the same data that Judge goes by, over
// the terms of the purchase and those that came into force since, as of an instant (A39): an answer leads where the kindest of
// them leads it.
func (b *Book) Checklist(purchased, asOf time.Time, reason Reason, list []Piece, missingOnArrival []string) []Check {
	var checks []Check
	if reason.DOA() {
		checks = append(checks, b.claimCheck(purchased, asOf, reason))
	}
	checks = append(checks, Check{
		Kind: CheckPackaging, Clause: N1, Reading: A19, Leads: NoRefund,
		Ask: "Is the retail packaging there? Opened or worn is fine.",
	})
	for _, piece := range list {
		checks = append(checks, pieceCheck(piece, slices.Contains(missingOnArrival, piece.Code)))
	}
	return append(checks,
		Check{Kind: CheckModified, Clause: C3, Leads: NoRefund, Ask: "Was it modified?"},
		Check{
			Kind: CheckOnPurpose, Clause: C3, Reading: A33, Leads: NoRefund, Note: true,
			Ask: "Was it damaged on purpose? Accidents and signs of use do not count.",
		})
}

// claims are the questions about what customers say of an item that is on the DOA track.
var claims = map[Reason]string{
	Defective:        "Is the defect there that was claimed? Or did it come with use?",
	DamagedOnArrival: "Is the damage there that it was said to have arrived with? Or did it come with use?",
	WrongItem:        "Is it another item than the one that was ordered?",
	MissingParts:     "Are the pieces missing that were said to be missing on arrival?",
}

// claimCheck is the question about what the customer says. It leads to no refund where no applicable terms take an item back
// of which nothing is found (A35).
func (b *Book) claimCheck(purchased, asOf time.Time, reason Reason) Check {
	check := Check{Kind: CheckClaim, Clause: W1, Reading: A35, Leads: NoRefund, Ask: claims[reason]}
	if check.Ask == "" {
		check.Ask = "Is it as it was claimed? Or did it come with use?"
	}
	for _, e := range b.applicable(purchased, asOf) {
		if e.Terms.DOANoFault != RefuseNoFault {
			check.Leads = RefundInFull
		}
	}
	return check
}

// pieceCheck is the question about one piece of the packing list (A16, A17).
func pieceCheck(piece Piece, excused bool) Check {
	check := Check{Kind: CheckPiece, Piece: piece.Code, Name: piece.Name, Clause: C2, Reading: A17, Leads: RefundInFull, Excused: excused}
	if check.Name == "" {
		check.Name = piece.Code
	}
	switch {
	case excused:
		check.Reading = A18
	case piece.Kind == Part:
		check.Clause, check.Reading, check.Leads = N1, A16, NoRefund
	case piece.Fee != nil && *piece.Fee > 0:
		check.Leads, check.Fee = RefundLess, piece.Fee
	}
	check.Ask = "Is it there: " + check.Name + "?"
	return check
}
