// Package policy decides by the merchant's terms: whether a return may be asked for, by when, at whose cost, and what
// becomes of it when it is back. It is pure: the same terms and facts have the same answer everywhere and at any time.
//
// Ids such as T1 and A1 are the clauses of the merchant's text and the readings of it; Clauses and Readings list them.
package policy

import (
	"crypto/sha256"
	_ "embed" // the shipped terms
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
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

// base is what terms.yaml says: the value of every key that another file leaves out.
var base = sync.OnceValue(func() *Terms { return must(read(Terms{}, defaultTerms)) })

// Default returns the terms that are shipped: the published text with the assumptions that terms.yaml names. Every
// call returns terms of the caller's own.
func Default() *Terms {
	t := *base()
	return t.ready()
}

// Parse reads a file of terms: YAML (or JSON, which Canonical writes), strictly. A key that is left out has the
// shipped value; version has to be given. The error is a ParseError and tells everything that is wrong.
func Parse(file []byte) (*Terms, error) {
	start := *base()
	start.Version = ""
	return read(start, file)
}

func must(t *Terms, err error) *Terms {
	if err != nil {
		panic(fmt.Sprintf("the shipped terms: %v", err))
	}
	return t
}

// Canonical writes the terms in the one form that does not depend on the order of keys, comments or on whether a
// default was spelled out: JSON with every key, lists sorted. Parse reads it back.
func (t *Terms) Canonical() []byte {
	text, _ := json.Marshal(t) //nolint:errchkjson // strings, numbers and lists of strings: nothing that could fail
	return text
}

// UnmarshalJSON reads what Canonical wrote, as strictly as Parse, so that terms that were kept with a record are
// ready for use when they are read back.
func (t *Terms) UnmarshalJSON(text []byte) error {
	parsed, err := Parse(text)
	if err != nil {
		return err
	}
	*t = *parsed
	return nil
}

// Digest is the SHA-256 of the canonical form, in hexadecimal.
func (t *Terms) Digest() string { return t.digest }

// Unset names the keys whose placeholders customers would see because nothing was filled in (A41), in the order of
// the file.
func (t *Terms) Unset() []string {
	var unset []string
	if t.WarrantyURL == "" {
		unset = append(unset, "warrantyUrl")
	}
	if t.SupportContact == "" {
		unset = append(unset, "supportContact")
	}
	return unset
}

// RefundsShipping tells whether a refund on that track gives the share of original shipping back (S3, A21).
func (t *Terms) RefundsShipping(track Reason) bool {
	return track.DOA() && t.DOAOriginalShipping == ProRata
}

// ready derives what the rules need, once every setting has been checked.
func (t *Terms) ready() *Terms {
	t.DomesticCountries = slices.Sorted(slices.Values(t.DomesticCountries))
	t.FurtherHolidays = append([]string{}, slices.Sorted(slices.Values(t.FurtherHolidays))...)
	t.zone, _ = calendar.Zone(t.Zone)
	t.calendar, _ = calendar.New(t.zone, t.Holidays, t.FurtherHolidays)
	sum := sha256.Sum256(t.Canonical())
	t.digest = hex.EncodeToString(sum[:])
	return t
}
