package orders

import (
	"time"

	"github.com/vysero/returns/internal/money"
	"github.com/vysero/returns/internal/policy"
)

// RecordInput is an order, complete: the input of orderRecord, and one line of an import. In JSON, what carries
// "omitempty" may be left out or be null; everything else is needed, and no further key is taken.
type RecordInput struct {
	Number        string         `json:"number"`
	Customer      CustomerInput  `json:"customer"`
	Currency      string         `json:"currency"`    // ISO 4217; every amount is in it
	PurchasedAt   time.Time      `json:"purchasedAt"` // the payment, else placing the order (A8)
	ShipToCountry string         `json:"shipToCountry"`
	ShipToZone    *string        `json:"shipToZone,omitempty"` // IANA name (A6); "" is none
	ShipToLines   []string       `json:"shipToLines,omitempty"`
	Shipping      money.Text     `json:"shipping"`        // paid for original shipping, with tax
	Proof         *policy.Proof  `json:"proof,omitempty"` // nil is ACCOUNT_ORDER
	Items         []ItemInput    `json:"items"`
	Payments      []PaymentInput `json:"payments"`
}

// CustomerInput is whose the order is, by e-mail address.
type CustomerInput struct {
	Email string  `json:"email"`
	Name  *string `json:"name,omitempty"`
}

// ItemInput is one line of an order: units of one product that travelled in one parcel (A9).
type ItemInput struct {
	Sku         string           `json:"sku"`
	Name        string           `json:"name"`
	Quantity    int              `json:"quantity"`
	Paid        money.Text       `json:"paid"` // for all units, after discounts, with tax (A20)
	PackingList []PieceInput     `json:"packingList,omitempty"`
	Delivery    *policy.Delivery `json:"delivery,omitempty"`    // nil is NOT_SHIPPED
	ShippedAt   *time.Time       `json:"shippedAt,omitempty"`   // set exactly unless NOT_SHIPPED
	DeliveredAt *time.Time       `json:"deliveredAt,omitempty"` // set exactly where DELIVERED
	Carrier     *string          `json:"carrier,omitempty"`
	Tracking    *string          `json:"tracking,omitempty"`
}

// PieceInput is one line of a packing list.
type PieceInput struct {
	Code string            `json:"code"`
	Name *string           `json:"name,omitempty"`
	Kind *policy.PieceKind `json:"kind,omitempty"` // nil counts as ACCESSORY (A16)
	Fee  *money.Text       `json:"fee,omitempty"`  // nil: none given (A17)
}

// PaymentInput is money that was captured for the order.
type PaymentInput struct {
	Ref      string     `json:"ref"` // the provider's id of the charge
	Method   *string    `json:"method,omitempty"`
	Captured money.Text `json:"captured"`
}

// ShippedInput says that items were handed to the carrier.
type ShippedInput struct {
	OrderNumber string
	ItemIds     []string   //nolint:revive // as the API spells it; nil: all that are NOT_SHIPPED
	ShippedAt   *time.Time // nil: now
	Carrier     *string
	Tracking    *string
	Followed    *bool // nil is true; false: nobody will tell when it arrives (A10)
}

// DeliveredInput says that items arrived.
type DeliveredInput struct {
	OrderNumber string
	ItemIds     []string   //nolint:revive // as the API spells it; nil: all that are IN_TRANSIT or UNKNOWN
	DeliveredAt *time.Time // nil: now
}
