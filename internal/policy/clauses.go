package policy

import "slices"

// The ids of the merchant's clauses.
const (
	E1 = "E1"
	T1 = "T1"
	T2 = "T2"
	C1 = "C1"
	C2 = "C2"
	C3 = "C3"
	R1 = "R1"
	R2 = "R2"
	R3 = "R3"
	S1 = "S1"
	S2 = "S2"
	S3 = "S3"
	W1 = "W1"
	N1 = "N1"
	N2 = "N2"
	N3 = "N3"
	N4 = "N4"
	H1 = "H1"
	H2 = "H2"
	H3 = "H3"
	H4 = "H4"
	H5 = "H5"
)

// The ids of the readings.
const (
	A1  = "A1"
	A2  = "A2"
	A3  = "A3"
	A4  = "A4"
	A5  = "A5"
	A6  = "A6"
	A8  = "A8"
	A9  = "A9"
	A10 = "A10"
	A11 = "A11"
	A12 = "A12"
	A13 = "A13"
	A14 = "A14"
	A16 = "A16"
	A17 = "A17"
	A18 = "A18"
	A19 = "A19"
	A20 = "A20"
	A21 = "A21"
	A22 = "A22"
	A25 = "A25"
	A26 = "A26"
	A27 = "A27"
	A28 = "A28"
	A29 = "A29"
	A30 = "A30"
	A31 = "A31"
	A32 = "A32"
	A33 = "A33"
	A35 = "A35"
	A36 = "A36"
	A37 = "A37"
	A38 = "A38"
	A39 = "A39"
	A41 = "A41"
)

// Clause is a clause of the merchant's text, or a reading of it, in one sentence.
type Clause struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// Clauses lists the clauses of the merchant's text, in the order of that text. The slice is the caller's own.
func Clauses() []Clause { return slices.Clone(clauses) }

// Readings lists how the text is read where it is silent or disagrees with itself. The slice is the caller's own.
func Readings() []Clause { return slices.Clone(readings) }

var clauses = []Clause{
	{E1, "Every product can be returned, be it for a defect, damage on arrival or a change of heart."},
	{T1, "A change of heart is to be requested within the days that the terms give for it, counted from the purchase."},
	{T2, "An item that is defective or damaged on arrival is to be reported within the days that the terms give for it, counted from its receipt."},
	{C1, "The item comes back in its original packaging, with all parts, accessories and manuals."},
	{C2, "A restocking fee may be taken off the refund for accessories that are missing."},
	{C3, "Nothing is refunded for an item that was modified or damaged on purpose."},
	{R1, "An approved return is refunded in full, to the payment method that was used."},
	{R2, "The refund is made within the business days that the terms give, once the item was received and inspected."},
	{R3, "Every return needs an order receipt or another proof of purchase."},
	{S1, "For a defective or damaged item the merchant pays return shipping and provides a prepaid label."},
	{S2, "For a change of heart the customer pays return shipping, and there is no prepaid label."},
	{S3, "Original shipping is not refunded for a change of heart."},
	{W1, "A product that turns out defective after use goes to the warranty service and is not refunded."},
	{N1, "Nothing is refunded for an item that comes back without its original packaging or with missing parts."},
	{N2, "Nothing is refunded for an item that is sent back after the period that follows its arrival."},
	{N3, "Nothing is refunded for an item that was modified or damaged on purpose; the same as C3."},
	{N4, "International orders are neither taken back nor refunded."},
	{H1, "A return is started from the customer's account, with the order number and the reason."},
	{H2, "Photos of the problem come with a request for a defective or damaged item."},
	{H3, "Staff give instructions, and the prepaid label where the item is defective or damaged."},
	{H4, "The item is shipped back in its original packaging."},
	{H5, "The refund follows within the same business days after receipt and inspection; the same as R2."},
}

var readings = []Clause{
	{A1, "T1 limits the request and N2 the handing over; where T1's days ended before the item arrived, they count from arrival; the terms may say otherwise."},
	{A2, "Whoever asked in time has at least the terms' days after our instructions to hand the goods over."},
	{A3, "Goods are returned when the carrier has them: at the first scan, else when the tracking number was entered, else when they were received."},
	{A4, "T1 and T2 are tested against the date of the request; nothing that happens later opens them again."},
	{A5, "Days are calendar days, the day after the event is day 1, and the last day counts to its end."},
	{A6, "Days end in the merchant's zone, or in the zone the order was shipped to where that is later."},
	{A8, "The purchase is the moment of the successful payment, or else of placing the order."},
	{A9, "Each item arrives with the parcel that contained it."},
	{A10, "Nothing is refused on a guess about the delivery: where its date is missing, a defect goes to staff, and a change of heart is judged by T1 alone."},
	{A11, "Before it was shipped, an order is cancelled instead of returned; on its way it can be a change of heart, but not yet a defect."},
	{A12, "What never worked or came damaged is dead on arrival, what worked and then failed is for the warranty, and no statement counts as the former."},
	{A13, "When the time for defects is over, the warranty stays open, and the change of heart beside it while T1 holds."},
	{A14, "A wrong item and parts that were missing on arrival are treated like damage on arrival."},
	{A16, "A missing accessory or manual costs a fee, a missing part or retail packaging the refund; what the packing list does not classify is an accessory."},
	{A17, "The fee is what the packing list gives, once a piece and at most the unit's refund; none given is none charged; staff may only lower it."},
	{A18, "What was missing on arrival, and was reported so, does not count as missing."},
	{A19, "The original packaging is the retail packaging, which may be opened or worn."},
	{A20, "A full refund is what was paid for the unit after discounts, with its tax."},
	{A21, "Original shipping is refunded with a defective or damaged item, unless the terms keep it."},
	{A22, "Original shipping is shared out by what was paid for the lines, so that the shares of all units add up to exactly what was paid."},
	{A25, "An order is international when it was shipped to a country that the terms do not list as domestic; the billing address does not matter."},
	{A26, "International orders are barred for every reason; the warranty stays open."},
	{A27, "An order in the account is its own proof; one recorded without proof waits for a receipt that staff verify."},
	{A28, "A request for a defect can be filed without photos and keeps its date, but is approved only with a photo, or when staff waive it."},
	{A29, "The time for the refund counts from the later of receipt and inspection."},
	{A30, "Business days are Monday to Friday in the merchant's zone without the terms' holidays; the day after is day 1, and the last counts to its end."},
	{A31, "A refund is made when the payment provider has accepted it; if it fails later it is due again, by the same date."},
	{A32, "Several payments are refunded in proportion to what is left to refund on each."},
	{A33, "Accidental damage and signs of use do not matter; damage on purpose needs a named inspector's finding with a note."},
	{A35, "An item without the fault that was claimed counts as a change of heart where that was in time, or else goes to staff, unless the terms refuse it."},
	{A36, "What is lost on its way back under our label counts as received complete; otherwise staff decide."},
	{A37, "Units of an item are returned, each of them once, in as many requests as it takes."},
	{A38, "When staff file a request for a customer, the time of the first contact is the time of the request."},
	{A39, "The terms in force at the purchase apply, and later ones where they are better for the customer."},
	{A41, "The address of the warranty page and the contact for questions are settings, reported as long as they are unset."},
}
