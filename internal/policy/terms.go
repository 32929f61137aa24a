package policy

import (
	_ "embed"
	"time"

	"github.com/vysero/returns/internal/calendar"
)

// Clock says from when the days of a change-of-heart request count (A1).
type Clock string

// The clocks of a change-of-heart request.
const (
	PurchaseWithArrivalTail Clock = "PURCHASE_WITH_ARRIVAL_TAIL" // from purchase; from arrival where that came after the last day
	FromPurchase            Clock = "PURCHASE"                   // from purchase, whenever the item arrives
	FromArrival             Clock = "ARRIVAL"                    // from arrival
)

// ShippingBack says whether original shipping goes back with a DOA refund (A21).
type ShippingBack string

// What becomes of original shipping on the DOA track.
const (
	ProRata      ShippingBack = "PRO_RATA" // the item's share goes back
	KeepShipping ShippingBack = "KEEP"     // it does not
)

// NoFault says what becomes of a DOA item that shows no fault (A35).
type NoFault string

// What becomes of a DOA item without a fault.
const (
	Reclassify    NoFault = "RECLASSIFY" // a change of heart where T1 held on the day of the request, else review
	RefuseNoFault NoFault = "REFUSE"     // nothing is refunded
)

// Terms are the merchant's terms as data; terms.yaml beside this file documents every setting. They come from Parse
// or Default alone, are never changed afterwards, and may be shared between goroutines.
type Terms struct {
	Version                  string            `json:"version"`
	Zone                     string            `json:"zone"`              // IANA name (A6)
	DomesticCountries        []string          `json:"domesticCountries"` // ISO 3166-1 alpha-2, sorted (A25)
	ChangeOfHeartDays        int               `json:"changeOfHeartDays"` // T1, N2
	ChangeOfHeartClock       Clock             `json:"changeOfHeartClock"`
	AutoApproveChangeOfHeart bool              `json:"autoApproveChangeOfHeart"`
	DOADays                  int               `json:"doaDays"` // T2, N2
	DOAOriginalShipping      ShippingBack      `json:"doaOriginalShipping"`
	DOANoFault               NoFault           `json:"doaNoFault"`
	HandOverDays             int               `json:"handOverDays"`       // the least after instructions (A2)
	RefundBusinessDays       int               `json:"refundBusinessDays"` // R2
	Holidays                 calendar.Holidays `json:"holidays"`           // A30
	FurtherHolidays          []string          `json:"furtherHolidays"`    // dates such as 2026-12-24, sorted (A30)
	WarrantyURL              string            `json:"warrantyUrl"`        // "" is unset (A41)
	SupportContact           string            `json:"supportContact"`     // "" is unset (A41)

	zone     *time.Location
	calendar *calendar.Calendar
	digest   string
}

//go:embed terms.yaml
var defaultTerms []byte
