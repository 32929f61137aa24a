package orders

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/policy"
)

// sale is an order that was read and found sound: defaults filled in, addresses in their normal form, instants in UTC and
// whole microseconds, amounts in minor units of Currency. Its JSON is the canonical form behind the fingerprint: a changed
// tag would make every order on record look like another one.
type sale struct {
	Number      string       `json:"number"`
	Email       string       `json:"email"`
	Customer    string       `json:"customer"`
	Currency    string       `json:"currency"`
	PurchasedAt time.Time    `json:"purchasedAt"`
	Country     string       `json:"country"`
	Zone        string       `json:"zone"`
	ShipTo      []string     `json:"shipTo"`
	Shipping    int64        `json:"shipping"`
	Items       int64        `json:"itemsTotal"` // paid for all lines together
	Proof       policy.Proof `json:"proof"`
	Lines       []line       `json:"lines"`
	Payments    []charge     `json:"payments"`
}

// line is one line of a sale.
type line struct {
	Sku         string          `json:"sku"`
	Name        string          `json:"name"`
	Quantity    int             `json:"quantity"`
	Paid        int64           `json:"paid"`
	PackingList []policy.Piece  `json:"packingList"`
	Delivery    policy.Delivery `json:"delivery"`
	ShippedAt   *time.Time      `json:"shippedAt"`
	DeliveredAt *time.Time      `json:"deliveredAt"`
	Carrier     string          `json:"carrier"`
	Tracking    string          `json:"tracking"`
}

// charge is one payment of a sale.
type charge struct {
	Ref      string `json:"ref"`
	Method   string `json:"method"`
	Captured int64  `json:"captured"`
}

// fingerprint is the SHA-256, in hexadecimal, of the sale as it was told. What happens to its items later does not touch
// it: the same order told again is the same order for good.
func (s *sale) fingerprint() (string, error) {
	canonical, err := json.Marshal(s)
	if err != nil {
		return "", fmt.Errorf("an order has no canonical form: %w", err)
	}
	sum := sha256.Sum256(append([]byte("order 1\n"), canonical...))
	return hex.EncodeToString(sum[:]), nil
}

// units is how many units all lines hold together.
func (s *sale) units() (n int) {
	for _, l := range s.Lines {
		n += l.Quantity
	}
	return n
}

// notAfter refuses a sale that tells of something later than now.
func (s *sale) notAfter(now time.Time) error {
	if err := past(&s.PurchasedAt, now, "purchasedAt"); err != nil {
		return err
	}
	for i, l := range s.Lines {
		if err := past(l.ShippedAt, now, "shippedAt"); err != nil {
			return under(err, "items", index(i))
		}
		if err := past(l.DeliveredAt, now, "deliveredAt"); err != nil {
			return under(err, "items", index(i))
		}
	}
	return nil
}

// past refuses an instant later than now; an instant that was not given is none.
func past(at *time.Time, now time.Time, field string) error {
	if at != nil && at.After(now) {
		return fault.Bad(fault.CodeFuture, field, "This instant is in the future.")
	}
	return nil
}
