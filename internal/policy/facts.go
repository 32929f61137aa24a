package policy

import "time"

// Reason is why a customer sends something back. CHANGE_OF_HEART is one track; all others are the DOA track.
type Reason string

// The reasons a customer can give.
const (
	ChangeOfHeart    Reason = "CHANGE_OF_HEART"
	Defective        Reason = "DEFECTIVE"
	DamagedOnArrival Reason = "DAMAGED_ON_ARRIVAL"
	WrongItem        Reason = "WRONG_ITEM"
	MissingParts     Reason = "MISSING_PARTS"
)

// Reasons lists every reason in the order in which they are shown.
func Reasons() []Reason {
	return []Reason{ChangeOfHeart, Defective, DamagedOnArrival, WrongItem, MissingParts}
}

// DOA tells whether the reason is on the defective/damaged-on-arrival track (A14).
func (r Reason) DOA() bool { return r != ChangeOfHeart }

// Delivery is what is known of a parcel (A10, A11).
type Delivery string

// What may be known of the delivery of an item.
const (
	NotShipped Delivery = "NOT_SHIPPED"
	InTransit  Delivery = "IN_TRANSIT"
	Delivered  Delivery = "DELIVERED"
	Unknown    Delivery = "UNKNOWN" // shipped; whether and when it arrived was never recorded
)

// Proof is the proof of purchase that is on record (R3, A27).
type Proof string

// The proofs of purchase.
const (
	AccountOrder    Proof = "ACCOUNT_ORDER"    // the order record is the proof
	ReceiptVerified Proof = "RECEIPT_VERIFIED" // staff saw a receipt
	NoProof         Proof = "NONE"             // a receipt is still needed
)

// Facts are the operands of one question about one item and one reason: everything Decide may look at.
type Facts struct {
	AsOf          time.Time  `json:"asOf"`                  // the date of the request (A4), or of the preview
	Reason        Reason     `json:"reason"`                // what the customer says
	EverWorked    *bool      `json:"everWorked,omitempty"`  // DEFECTIVE: did it ever work? nil: no statement (A12)
	PurchasedAt   time.Time  `json:"purchasedAt"`           // payment, else placing the order (A8)
	ShipToCountry string     `json:"shipToCountry"`         // ISO 3166-1 alpha-2, frozen at purchase (A25)
	ShipToZone    string     `json:"shipToZone,omitempty"`  // IANA name, "" where the order carries none (A6)
	Delivery      Delivery   `json:"delivery"`              // of the parcel that held this item (A9)
	DeliveredAt   *time.Time `json:"deliveredAt,omitempty"` // set exactly where Delivery is DELIVERED
	ShippedAt     *time.Time `json:"shippedAt,omitempty"`   // nil where that is not on record; before it the item is NOT_SHIPPED
	Proof         Proof      `json:"proof"`
	Photos        int        `json:"photos"`                   // photos filed for this request
	PhotosWaived  bool       `json:"photosWaived,omitempty"`   // staff waived them (A28)
	Instructions  *time.Time `json:"instructionsAt,omitempty"` // when staff gave instructions (A2); nil before
	Quantity      int        `json:"quantity"`                 // units asked for
	UnitsLeft     int        `json:"unitsLeft"`                // units in no open or refunded return (A37)
}

// PieceKind classifies a line of the packing list (A16).
type PieceKind string

// The kinds of piece. An unclassified piece ("") counts as an accessory.
const (
	Part      PieceKind = "PART"
	Accessory PieceKind = "ACCESSORY"
	Manual    PieceKind = "MANUAL"
)

// Piece is one line of an item's packing list.
type Piece struct {
	Code string    `json:"code"`           // unique within the list
	Name string    `json:"name,omitempty"` // for people
	Kind PieceKind `json:"kind,omitempty"` // "" counts as ACCESSORY (A16)
	Fee  *int64    `json:"fee,omitempty"`  // restocking fee when it is missing, minor units; nil: none given (A17)
}

// Claim is what the inspection says of a DOA claim.
type Claim string

// The findings about a claim; "" on the change-of-heart track.
const (
	Confirmed Claim = "CONFIRMED"
	NotFound  Claim = "NOT_FOUND"
	AfterUse  Claim = "AFTER_USE"
)

// Fate is how units came back.
type Fate string

// The fates of a unit on its way back.
const (
	Arrived      Fate = "ARRIVED"       // it came, and was inspected
	Lost         Fate = "LOST"          // lost on the way back (A36)
	OtherArrived Fate = "OTHER_ARRIVED" // something else came in its place
)

// Inspection is what was found on some units of one line that share the same fate, beside the facts of their request.
type Inspection struct {
	Request Facts `json:"request"` // the facts at the request; AsOf is the request date, Instructions set

	Fate             Fate       `json:"fate"`
	LabelWasOurs     bool       `json:"labelWasOurs,omitempty"`   // A36
	HandedOverAt     *time.Time `json:"handedOverAt,omitempty"`   // A3; nil only for a unit that was lost
	HandOverSaidAt   *time.Time `json:"handOverSaidAt,omitempty"` // earlier than HandedOverAt, by the customer's word alone
	PackingList      []Piece    `json:"packingList,omitempty"`
	Packaging        bool       `json:"packaging"`                  // the retail packaging is there (A19)
	Missing          []string   `json:"missing,omitempty"`          // codes of the packing list
	MissingOnArrival []string   `json:"missingOnArrival,omitempty"` // reported so in the request (A18)
	Modified         bool       `json:"modified,omitempty"`
	DamagedOnPurpose bool       `json:"damagedOnPurpose,omitempty"` // needs Inspector and Note (A33)
	Inspector        string     `json:"inspector,omitempty"`
	Note             string     `json:"note,omitempty"`
	Claim            Claim      `json:"claim,omitempty"` // needed on the DOA track
}
