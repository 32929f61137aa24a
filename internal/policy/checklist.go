package policy

import "slices"

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

// Checklist is what an inspector looks at on units that came back for a reason: the packaging, every piece of the packing
// list, what was done to them, and on the DOA track the claim. It is made from the same data that Judge goes by.
func Checklist(t *Terms, reason Reason, list []Piece, missingOnArrival []string) []Check {
	checks := []Check{{
		Kind: CheckPackaging, Clause: N1, Reading: A19, Leads: NoRefund,
		Ask: "Is the retail packaging there? Opened or worn is fine.",
	}}
	for _, piece := range list {
		checks = append(checks, pieceCheck(piece, reason.DOA() && slices.Contains(missingOnArrival, piece.Code)))
	}
	checks = append(checks,
		Check{Kind: CheckModified, Clause: C3, Leads: NoRefund, Ask: "Was it modified?"},
		Check{
			Kind: CheckOnPurpose, Clause: C3, Reading: A33, Leads: NoRefund, Note: true,
			Ask: "Was it damaged on purpose? Accidents and signs of use do not count.",
		})
	if !reason.DOA() {
		return checks
	}
	claim := Check{
		Kind: CheckClaim, Clause: W1, Reading: A35, Leads: RefundInFull,
		Ask: "Is the fault, damage or mistake there as it was claimed? Or did it come with use?",
	}
	if t.DOANoFault == RefuseNoFault {
		claim.Leads = NoRefund
	}
	return append(checks, claim)
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
