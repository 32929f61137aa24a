package policy

// sources say where the facts come from that findings use, by their names.
var sources = map[string]string{
	"purchasedAt":   "the order as recorded: its payment, else its placing (A8)",
	"shipToCountry": "the order as recorded, frozen at purchase (A25)",
	"proof":         "the order as recorded, or the receipt that staff verified (A27)",

	"delivery":    "delivery as recorded by the shop's systems (A10)",
	"deliveredAt": "delivery as recorded by the shop's systems (A9)",

	"reason":     "the customer's request; for the money of a return, the track that the inspection left it on (A35)",
	"everWorked": "the customer's answer (A12)",
	"quantity":   "the customer's request",
	"photos":     "photos filed with the return (A28)",

	"instructionsAt": "the approval of the return (A2)",
	"handedOverAt":   "the carrier's first scan, else the day the tracking number was entered, else the receipt (A3)",
	"handOverSaidAt": "the customer's word alone",

	"fate":             "the receipt of the goods, as staff recorded it",
	"packaging":        "the inspector's finding",
	"missing":          "the inspector's finding, against the packing list of the order",
	"modified":         "the inspector's finding",
	"damagedOnPurpose": "the inspector's finding (A33)",
	"claim":            "the inspector's finding",
}

// Source says where the fact that the finding used comes from, for staff who doubt it; "" for a fact that is not known here.
func (f Finding) Source() string { return sources[f.Fact] }
