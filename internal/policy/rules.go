package policy

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// requestRules are the rules that a request is put to, in the order in which they speak. Every one of them always
// does, be it to say that it does not concern the case.
var requestRules = []requestRule{
	{(*question).everyProduct, informs},
	{(*question).unitsLeft, decides},
	{(*question).proofOfPurchase, decides},
	{(*question).country, decides},
	{(*question).wornOut, decides},
	{(*question).changeOfHeartTime, decides},
	{(*question).doaTime, decides},
	{(*question).photos, decides},
	{(*question).handOver, informs},
	{(*question).merchantPostage, informs},
	{(*question).customerPostage, informs},
	{(*question).originalShipping, informs},
	{(*question).condition, informs},
	{(*question).packing, informs},
}

// requestRule is one of them, and whether it can ever speak against the plain course of a request.
type requestRule struct {
	speak  func(*question) Finding
	weight weight
}

type weight bool

const (
	decides weight = true
	informs weight = false // what it says is for people: Ask leaves it out
)

// says makes a finding; its sentence is written by fmt where it has something to fill in. Most have nothing, and a
// simulation asks for many of them.
func says(clause, reading string, effect Effect, format string, args ...any) Finding {
	f := Finding{Clause: clause, Reading: reading, Effect: effect, Say: format}
	if len(args) > 0 {
		f.Say = fmt.Sprintf(format, args...)
	}
	return f
}

// on names the fact that the finding used.
func (f Finding) on(fact, value string) Finding {
	f.Fact, f.Value = fact, value
	return f
}

// at names an instant that the finding used.
func (f Finding) at(fact string, t time.Time) Finding { return f.on(fact, t.Format(time.RFC3339Nano)) }

// until names the date that the finding computed.
func (f Finding) until(d *Deadline) Finding {
	f.Date = &d.Before
	return f
}

func (q *question) everyProduct() Finding {
	return says(E1, "", Passes, "Every product can be returned, for a defect, damage on arrival or a change of heart.").
		on("reason", string(q.f.Reason))
}

func (q *question) enough() bool { return q.f.Quantity >= 1 && q.f.Quantity <= q.f.UnitsLeft }

func (q *question) unitsLeft() Finding {
	effect := Passes
	if !q.enough() {
		effect = Refuses
	}
	return says("", A37, effect, "Units asked for: %d; units that can still be returned: %d.", q.f.Quantity, q.f.UnitsLeft).
		on("quantity", strconv.Itoa(q.f.Quantity))
}

func (q *question) proofOfPurchase() Finding {
	var said Finding
	switch q.f.Proof {
	case AccountOrder:
		said = says(R3, A27, Passes, "The order in the account is the proof of purchase.")
	case ReceiptVerified:
		said = says(R3, A27, Passes, "A receipt was shown and verified.")
	default:
		said = says(R3, A27, Asks, "An order receipt or another proof of purchase is needed.")
	}
	return said.on("proof", string(q.f.Proof))
}

func (q *question) domestic() bool { return slices.Contains(q.t.DomesticCountries, q.f.ShipToCountry) }

func (q *question) country() Finding {
	said := says(N4, A25, Passes, "The order was not shipped abroad.")
	switch {
	case q.domestic():
	case q.f.Reason.DOA():
		said = says(N4, A26, Refuses, "International orders are not taken back, defective or not; the warranty stays open.")
	default:
		said = says(N4, A25, Refuses, "International orders are not taken back.")
	}
	return said.on("shipToCountry", q.f.ShipToCountry)
}

func (q *question) wornOut() Finding {
	worked := q.f.EverWorked
	switch {
	case q.f.Reason != Defective:
		return says(W1, A12, Silent, "Only a defect raises the question whether the item ever worked.").
			on("reason", string(q.f.Reason))
	case worked == nil:
		return says(W1, A12, Passes, "Nothing was said about whether the item ever worked, so it counts as dead on arrival.").
			on("everWorked", "")
	case *worked:
		return says(W1, A12, ToWarranty, "The item worked and failed later, which is for the warranty service.").
			on("everWorked", "true")
	}
	return says(W1, A12, Passes, "The item never worked, so it counts as dead on arrival.").on("everWorked", "false")
}

func (q *question) photos() Finding {
	var said Finding
	switch {
	case !q.f.Reason.DOA():
		said = says(H2, A28, Silent, "A change of heart needs no photos.")
	case q.f.Photos > 0:
		said = says(H2, A28, Passes, "Photos of the problem were filed.")
	case q.f.PhotosWaived:
		said = says(H2, A28, Passes, "Staff waived the photos.")
	default:
		said = says(H2, A28, Asks, "At least one photo of the problem is needed; the request keeps its date meanwhile.")
	}
	return said.on("photos", strconv.Itoa(q.f.Photos))
}

func (q *question) handOver() Finding {
	end, days := q.handOverBefore, q.t.HandOverDays
	switch {
	case end == nil:
		return says(N2, A10, Silent, "The time for handing the goods over starts when the item has arrived.").
			on("delivery", string(q.f.Delivery))
	case q.f.Instructions == nil:
		return says(N2, A2, Passes, "Hand the goods over by the end of %s, or within %d days of our instructions where that is later.",
			end.day(), days).at("deliveredAt", *q.f.DeliveredAt).until(end)
	}
	return says(N2, A2, Passes, "Hand the goods over by the end of %s.", end.day()).
		at("instructionsAt", *q.f.Instructions).until(end)
}

func (q *question) merchantPostage() Finding {
	said := says(S1, "", Silent, "The merchant pays return shipping for defective or damaged items alone.")
	if q.f.Reason.DOA() {
		said = says(S1, "", Passes, "The merchant pays return shipping and provides a prepaid label.")
	}
	return said.on("reason", string(q.f.Reason))
}

func (q *question) customerPostage() Finding {
	said := says(S2, "", Passes, "The customer pays return shipping; there is no prepaid label.")
	if q.f.Reason.DOA() {
		said = says(S2, "", Silent, "The customer pays return shipping for a change of heart alone.")
	}
	return said.on("reason", string(q.f.Reason))
}

func (q *question) originalShipping() Finding { return shippingBack(q.t, q.f.Reason) }

// shippingBack says what becomes of original shipping on a track.
func shippingBack(t *Terms, track Reason) Finding {
	said := says(S3, "", Passes, "Original shipping is not refunded for a change of heart.")
	switch {
	case t.RefundsShipping(track):
		said = says(S3, A21, Silent, "The item's share of original shipping is refunded with it.")
	case track.DOA():
		said = says(S3, A21, Passes, "Original shipping is not refunded.")
	}
	return said.on("reason", string(track))
}

func (q *question) condition() Finding {
	return says(C1, A16, Silent, "To be looked at when the item is back: retail packaging, parts, accessories and manuals.").
		on("reason", string(q.f.Reason))
}

func (q *question) packing() Finding {
	return says(H4, A19, Silent, "The item is to be shipped in its original packaging, which may be opened or worn.").
		on("reason", string(q.f.Reason))
}
