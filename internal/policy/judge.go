package policy

import (
	"slices"
	"strconv"
	"strings"
)

// Judge answers what becomes of units that were inspected, or that did not come back. The rules speak in the order of
// the reading; the first that speaks against a refund decides. A record that lacks what a rule needs is left to
// staff there: a refusal never rests on it.
func Judge(t *Terms, i Inspection) Judgement {
	x := &examination{t: t, i: i, handOverBefore: HandOverBefore(t, i.Request)}
	x.sort()
	j := Judgement{
		Track: i.Request.Reason, HandOverBefore: x.handOverBefore, TermsVersion: t.Version, TermsDigest: t.digest,
		Findings: make([]Finding, 0, len(inspectionRules)+2),
	}
	j.Findings = append(j.Findings, x.fate())
	for _, rule := range inspectionRules {
		said := says(rule.clause, rule.reading, Silent, "Nothing came back that could be looked at.").
			on("fate", string(i.Fate))
		if i.Fate == Arrived {
			said = rule.speak(x)
		}
		if said.Effect == Reclassifies {
			j.Track = ChangeOfHeart
		}
		j.Findings = append(j.Findings, said)
	}
	j.Findings = append(j.Findings, shippingBack(t, j.Track))
	j.Outcome, _ = judged(j.Findings)
	if j.Outcome == NoRefund || j.Outcome == WarrantyCase {
		return j
	}
	j.RefundShipping = j.Outcome != InspectionDoubt && t.RefundsShipping(j.Track)
	if i.Fate == Arrived {
		j.Fees, j.FeeNotGiven = x.fees, x.feeNotGiven
	}
	return j
}

// againstRefund are the effects that keep units from being refunded, with what becomes of them instead.
var againstRefund = map[Effect]InspectionOutcome{
	Refuses:    NoRefund,
	ToWarranty: WarrantyCase,
	Doubts:     InspectionDoubt,
}

// judged is the outcome of an inspection, with the ids of the findings that made it.
func judged(findings []Finding) (InspectionOutcome, []string) {
	for _, f := range findings {
		if outcome, against := againstRefund[f.Effect]; against {
			return outcome, []string{f.ID()}
		}
	}
	ids := idsOf(findings, Reclassifies)
	if deducting := idsOf(findings, Deducts); deducting != nil {
		return RefundLess, append(ids, deducting...)
	}
	return RefundInFull, ids
}

// examination is an inspection with the missing pieces sorted by what they mean.
type examination struct {
	t              *Terms
	i              Inspection
	handOverBefore *Deadline

	parts       []string // missing parts of the product (N1)
	unknown     []string // missing pieces that the packing list does not have
	excused     []string // missing on arrival, and reported so (A18)
	fees        []Fee    // for missing accessories and manuals, where a fee is given (C2)
	feeNotGiven []string // and where none is (A17)
}

// sort puts every missing piece where it belongs, in the order of the packing list and each once.
func (x *examination) sort() {
	listed := map[string]bool{}
	for _, piece := range x.i.PackingList {
		listed[piece.Code] = true
		switch {
		case !slices.Contains(x.i.Missing, piece.Code):
		case slices.Contains(x.i.MissingOnArrival, piece.Code):
			x.excused = append(x.excused, piece.Code)
		case piece.Kind == Part:
			x.parts = append(x.parts, piece.Code)
		case piece.Fee == nil:
			x.feeNotGiven = append(x.feeNotGiven, piece.Code)
		case *piece.Fee > 0:
			x.fees = append(x.fees, Fee{Code: piece.Code, Minor: *piece.Fee})
		}
	}
	for _, code := range x.i.Missing {
		if !listed[code] {
			x.unknown = append(x.unknown, code)
		}
	}
}

// fate says whether there is anything to inspect.
func (x *examination) fate() Finding {
	said := says("", A37, Doubts, "Something else came in the item's place: staff have to look.")
	switch {
	case x.i.Fate == Arrived:
		said = says("", A37, Passes, "The item came back.")
	case x.i.Fate == Lost && x.i.LabelWasOurs:
		said = says("", A36, Passes, "The item was lost under our label and counts as received complete.")
	case x.i.Fate == Lost:
		said = says("", A36, Doubts, "The item was lost on the way back under the customer's own label: staff have to look.")
	}
	return said.on("fate", string(x.i.Fate))
}

// inspectionRules are the rules that an item which came back is put to, in the order in which they speak.
var inspectionRules = []struct {
	clause, reading string
	speak           func(*examination) Finding
}{
	{C3, "", (*examination).tampering},
	{W1, A12, (*examination).afterUse},
	{N1, A16, (*examination).complete},
	{N2, A3, (*examination).handedOver},
	{"", A35, (*examination).faultFound},
	{C2, A17, (*examination).restocking},
}

func (x *examination) tampering() Finding {
	purpose := x.i.DamagedOnPurpose
	switch {
	case x.i.Modified:
		return says(C3, "", Refuses, "The item was modified.").on("modified", "true")
	case purpose && (strings.TrimSpace(x.i.Inspector) == "" || strings.TrimSpace(x.i.Note) == ""):
		return says(C3, A33, Doubts, "Damage on purpose needs the finding of a named inspector with a note.").
			on("damagedOnPurpose", "true")
	case purpose:
		return says(C3, A33, Refuses, "The item was damaged on purpose, as the inspector found.").
			on("damagedOnPurpose", "true")
	}
	return says(C3, A33, Passes, "The item was neither modified nor damaged on purpose; signs of use do not matter.").
		on("modified", "false")
}

func (x *examination) afterUse() Finding {
	var said Finding
	switch {
	case !x.i.Request.Reason.DOA():
		said = says(W1, A12, Silent, "A change of heart makes no claim about a defect.")
	case x.i.Claim == AfterUse:
		said = says(W1, A12, ToWarranty, "The defect came with use, which is for the warranty service.")
	case x.i.Claim == Confirmed, x.i.Claim == NotFound:
		said = says(W1, A12, Passes, "No defect that came with use was found.")
	default:
		said = says(W1, A12, Doubts, "The inspection does not say what became of the claim.")
	}
	return said.on("claim", string(x.i.Claim))
}

func (x *examination) complete() Finding {
	missing := strings.Join(x.i.Missing, ", ")
	switch {
	case !x.i.Packaging:
		return says(N1, A19, Refuses, "The item came back without its retail packaging.").on("packaging", "false")
	case len(x.parts) > 0:
		return says(N1, A16, Refuses, "Parts of the product are missing: %s.", strings.Join(x.parts, ", ")).on("missing", missing)
	case len(x.unknown) > 0:
		return says(N1, A16, Doubts, "The packing list does not have what was found missing: %s.", strings.Join(x.unknown, ", ")).
			on("missing", missing)
	case len(x.excused) > 0:
		return says(N1, A18, Passes, "No part is missing, but for what was missing on arrival: %s.", strings.Join(x.excused, ", ")).
			on("missing", missing)
	}
	return says(N1, A16, Passes, "The item came back in its retail packaging with all of its parts.").on("missing", missing)
}

func (x *examination) handedOver() Finding {
	end, at := x.handOverBefore, x.i.HandedOverAt
	switch {
	case end == nil:
		return says(N2, A10, Silent, "When the item arrived is not known, so no time for handing it over ran.").
			on("delivery", string(x.i.Request.Delivery))
	case at == nil:
		return says(N2, A3, Doubts, "When the item was handed to the carrier is not on record.").
			on("handedOverAt", "").until(end)
	case at.Before(end.Before):
		return says(N2, A3, Passes, "The item was handed over in time, by the end of %s.", end.day()).
			at("handedOverAt", *at).until(end)
	case x.i.HandOverSaidAt != nil && x.i.HandOverSaidAt.Before(end.Before):
		return says(N2, A3, Doubts, "It was handed over in time by the customer's word alone: staff look for the carrier's first scan.").
			at("handOverSaidAt", *x.i.HandOverSaidAt).until(end)
	case x.i.Request.Instructions == nil:
		return says(N2, A2, Passes, "No instructions were given, so the customer missed no day.").
			at("handedOverAt", *at).until(end)
	}
	return says(N2, A3, Refuses, "The item had to be handed over by the end of %s.", end.day()).
		at("handedOverAt", *at).until(end)
}

func (x *examination) faultFound() Finding {
	var said Finding
	switch {
	case !x.i.Request.Reason.DOA():
		said = says("", A35, Silent, "A change of heart makes no claim about a defect.")
	case x.i.Claim != NotFound:
		said = says("", A35, Passes, "The claim is not in doubt.")
	case x.t.DOANoFault == RefuseNoFault:
		said = says("", A35, Refuses, "No fault was found.")
	case ask(x.t, x.i.Request).changeOfHeart().changeOfHeartTime().Effect == Passes:
		said = says("", A35, Reclassifies, "No fault was found; the return counts as a change of heart, which was in time.")
	default:
		said = says("", A35, Doubts, "No fault was found, and a change of heart was not open on the day of the request: staff have to look.")
	}
	return said.on("claim", string(x.i.Claim))
}

func (x *examination) restocking() Finding {
	var said Finding
	switch {
	case len(x.fees) > 0:
		codes := make([]string, len(x.fees))
		for i, fee := range x.fees {
			codes[i] = fee.Code + " " + strconv.FormatInt(fee.Minor, 10)
		}
		said = says(C2, A17, Deducts, "Missing pieces cost the fee of the packing list, in minor units: %s.", strings.Join(codes, ", "))
	case len(x.feeNotGiven) > 0:
		said = says(C2, A17, Passes, "Nothing is charged for what is missing: the packing list gives no fee.")
	default:
		said = says(C2, A17, Passes, "Nothing is missing that costs a fee.")
	}
	return said.on("missing", strings.Join(x.i.Missing, ", "))
}
