// Package sandbox is a carrier for development and tests: it prints a real label, A6 with a Code 128 barcode, that
// carries nothing anywhere, and says so on the sheet.
//
// Tracking number and sheet follow from the order alone, so that any process at any time answers the same key with the
// same label, byte for byte. Its books are a folder: a file for each label that was sold, and one for each key that was
// voided. They hold no names and no addresses. Several processes may keep them at once.
//
// The sheet is set in a Latin typeface (Windows-1252). Letters outside of it lose their marks where that makes them
// printable (Ő becomes O); what still cannot be printed, such as Cyrillic or Japanese, becomes "?", and a note on the
// sheet says so. Long lines are set smaller, and at the smallest size cut off with an ellipsis; contents that do not
// fit are counted.
package sandbox

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"

	"github.com/vysero/returns/internal/label"
)

// Carrier is the name under which the sandbox sells.
const Carrier = "Sandbox Parcel"

// Driver is the sandbox carrier, on its books. It is safe for many goroutines.
type Driver struct{ books books }

var _ label.Driver = (*Driver)(nil)

// Open opens the books in the folder, which is made where it is missing.
func Open(folder string) (*Driver, error) {
	b, err := openBooks(folder)
	if err != nil {
		return nil, fmt.Errorf("open the sandbox carrier's books: %w", err)
	}
	return &Driver{b}, nil
}

// Buy prints the label of the order, and books it. An order out of the port's bounds may print badly; label.Desk refuses
// those.
func (d *Driver) Buy(ctx context.Context, o label.Order) (label.Label, error) {
	if err := ctx.Err(); err != nil {
		return label.Label{}, fmt.Errorf("%w: %w", label.ErrNotBought, err)
	}
	if o.Key == "" || len(o.From) == 0 || len(o.To) == 0 {
		return label.Label{}, fmt.Errorf("%w: key and addresses are checked by the desk", label.ErrInvalid)
	}
	number := tracking(o.Key)
	pdf, err := sheet(o, number)
	if err != nil {
		return label.Label{}, fmt.Errorf("%w: %w", label.ErrNotBought, err)
	}
	if err := d.books.sell(o, number); err != nil {
		return label.Label{}, err
	}
	return label.Label{Carrier: Carrier, Tracking: number, PDF: pdf}, nil
}

// Void books that the key is worth nothing: its label is not valid, and it buys none.
func (d *Driver) Void(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", label.ErrUnknown, err)
	}
	return d.books.void(key)
}

// Sold lists every label that was ever sold, by its key: what the shop has to pay for, but for those that are Voided.
func (d *Driver) Sold() ([]Sale, error) { return d.books.sold() }

// tracking gives "SBX", fifteen digits of the key's digest and a Luhn check digit: an even number of digits, which
// Code 128 packs two to a symbol.
func tracking(key string) string {
	digest := sha256.Sum256([]byte("label/" + key))
	number := fmt.Sprintf("%015d", binary.BigEndian.Uint64(digest[:8])%1_000_000_000_000_000)
	return "SBX" + number + strconv.Itoa(luhn(number))
}

// luhn is the digit that makes number and digit together pass the Luhn test.
func luhn(number string) int {
	sum := 0
	for i, c := range []byte(number) {
		d := int(c - '0')
		if (len(number)-i)%2 == 1 {
			d *= 2
		}
		sum += d/10 + d%10
	}
	return (10 - sum%10) % 10
}
