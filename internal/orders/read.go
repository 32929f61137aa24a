package orders

import (
	"slices"
	"strconv"
	"time"

	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/money"
	"github.com/vysero/returns/internal/policy"
)

// The bounds of an order.
const (
	maxItems    = 200
	maxPayments = 10
	maxUnits    = 10_000
	maxPieces   = 100
	maxShipTo   = 10
	firstYear   = 1970
)

// read turns what was handed in into a sale, or tells the first thing that is wrong with it by its path below the order.
// It looks at nothing but the order: whether its instants have passed is asked later, of the transaction's clock.
func read(in RecordInput) (*sale, error) {
	if _, err := money.Digits(in.Currency); err != nil {
		return nil, fault.Bad(fault.CodeCurrency, "currency", "The currency must be an ISO 4217 code in capitals, such as USD.")
	}
	s := &sale{Currency: in.Currency, Number: in.Number, Email: auth.NormalEmail(in.Customer.Email), Country: in.ShipToCountry}
	for _, step := range []func(*sale, RecordInput) error{readHead, readCustomer, readAddress, readLines, readPayments} {
		if err := step(s, in); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func readHead(s *sale, in RecordInput) (err error) {
	if err := code(in.Number, 64, "number"); err != nil {
		return err
	}
	if in.PurchasedAt.IsZero() {
		return fault.Bad(fault.CodeRequired, "purchasedAt", "When was it purchased? The instant is missing.")
	}
	if s.PurchasedAt = instant(in.PurchasedAt); s.PurchasedAt.Year() < firstYear {
		return fault.Bad(fault.CodeInvalid, "purchasedAt", "No order was placed before %d.", firstYear)
	}
	s.Proof = policy.AccountOrder
	if in.Proof != nil {
		s.Proof = *in.Proof
	}
	if err := oneOf(s.Proof, []policy.Proof{policy.AccountOrder, policy.ReceiptVerified, policy.NoProof}, "proof"); err != nil {
		return err
	}
	s.Shipping, err = in.Shipping.In(s.Currency, "shipping")
	return err
}

func readCustomer(s *sale, in RecordInput) (err error) {
	if err := email(s.Email); err != nil {
		return under(err, "customer")
	}
	s.Customer, err = text(in.Customer.Name, 200, "name")
	return under(err, "customer")
}

func readAddress(s *sale, in RecordInput) error {
	if err := country(in.ShipToCountry); err != nil {
		return err
	}
	if in.ShipToZone != nil && *in.ShipToZone != "" {
		if err := zone(*in.ShipToZone); err != nil {
			return err
		}
		s.Zone = *in.ShipToZone
	}
	if len(in.ShipToLines) > maxShipTo {
		return fault.Bad(fault.CodeInvalid, "shipToLines", "An address has at most %d lines.", maxShipTo)
	}
	for i, l := range in.ShipToLines {
		l, err := text(&l, 200, index(i))
		if err != nil {
			return under(err, "shipToLines")
		}
		s.ShipTo = append(s.ShipTo, l)
	}
	return nil
}

func readLines(s *sale, in RecordInput) error {
	if len(in.Items) == 0 || len(in.Items) > maxItems {
		return fault.Bad(fault.CodeInvalid, "items", "An order has from 1 to %d items.", maxItems)
	}
	s.Lines = make([]line, len(in.Items))
	for i, item := range in.Items {
		l, err := readLine(s, item)
		if err != nil {
			return under(err, "items", index(i))
		}
		s.Lines[i] = l
		if s.Items, err = sum(s.Items, l.Paid, s.Currency); err != nil {
			return under(err, "items", index(i), "paid")
		}
	}
	return nil
}

func readLine(s *sale, in ItemInput) (l line, err error) {
	if err := code(in.Sku, 64, "sku"); err != nil {
		return l, err
	}
	if l.Name, err = text(&in.Name, 200, "name"); err != nil {
		return l, err
	}
	if l.Name == "" {
		return l, fault.Bad(fault.CodeRequired, "name", "An item needs a name.")
	}
	if in.Quantity < 1 || in.Quantity > maxUnits {
		return l, fault.Bad(fault.CodeInvalid, "quantity", "The quantity must be from 1 to %d.", maxUnits)
	}
	l.Sku, l.Quantity = in.Sku, in.Quantity
	if l.Paid, err = in.Paid.In(s.Currency, "paid"); err != nil {
		return l, err
	}
	if l.PackingList, err = readPieces(s, in.PackingList); err != nil {
		return l, under(err, "packingList")
	}
	if l.Carrier, err = text(in.Carrier, 64, "carrier"); err != nil {
		return l, err
	}
	if l.Tracking, err = text(in.Tracking, 128, "tracking"); err != nil {
		return l, err
	}
	err = readDelivery(s, in, &l)
	return l, err
}

// readDelivery takes a delivery that can have happened: shipped unless NOT_SHIPPED, arrived exactly where DELIVERED, and
// each after what must come before it.
func readDelivery(s *sale, in ItemInput, l *line) error {
	l.Delivery, l.ShippedAt, l.DeliveredAt = policy.NotShipped, instantOrNil(in.ShippedAt), instantOrNil(in.DeliveredAt)
	if in.Delivery != nil {
		l.Delivery = *in.Delivery
	}
	known := []policy.Delivery{policy.NotShipped, policy.InTransit, policy.Delivered, policy.Unknown}
	if err := oneOf(l.Delivery, known, "delivery"); err != nil {
		return err
	}
	shipped, arrived := l.Delivery != policy.NotShipped, l.Delivery == policy.Delivered
	switch {
	case shipped && l.ShippedAt == nil:
		return fault.Bad(fault.CodeRequired, "shippedAt", "When was it shipped? It is %s.", l.Delivery)
	case !shipped && l.ShippedAt != nil:
		return fault.Bad(fault.CodeInvalid, "shippedAt", "It is NOT_SHIPPED, so it has no such instant.")
	case arrived && l.DeliveredAt == nil:
		return fault.Bad(fault.CodeRequired, "deliveredAt", "When did it arrive? It is DELIVERED.")
	case !arrived && l.DeliveredAt != nil:
		return fault.Bad(fault.CodeInvalid, "deliveredAt", "It is %s, so it has no such instant.", l.Delivery)
	case shipped && l.ShippedAt.Before(s.PurchasedAt):
		return fault.Bad(fault.CodeOrderOfDates, "shippedAt", "It cannot be shipped before it was purchased.")
	case arrived && l.DeliveredAt.Before(*l.ShippedAt):
		return fault.Bad(fault.CodeOrderOfDates, "deliveredAt", "It cannot arrive before it was shipped.")
	}
	return nil
}

func readPieces(s *sale, in []PieceInput) ([]policy.Piece, error) {
	if len(in) > maxPieces {
		return nil, fault.Bad(fault.CodeInvalid, "", "A packing list has at most %d pieces.", maxPieces)
	}
	var pieces []policy.Piece
	for i, p := range in {
		piece, err := readPiece(s, p)
		if err != nil {
			return nil, under(err, index(i))
		}
		if slices.ContainsFunc(pieces, func(other policy.Piece) bool { return other.Code == piece.Code }) {
			return nil, under(fault.Bad(fault.CodeInvalid, "code", "This code is twice in the packing list."), index(i))
		}
		pieces = append(pieces, piece)
	}
	return pieces, nil
}

func readPiece(s *sale, in PieceInput) (p policy.Piece, err error) {
	if err := code(in.Code, 64, "code"); err != nil {
		return p, err
	}
	p.Code = in.Code
	if p.Name, err = text(in.Name, 200, "name"); err != nil {
		return p, err
	}
	if in.Kind != nil {
		p.Kind = *in.Kind
		if err := oneOf(p.Kind, []policy.PieceKind{policy.Part, policy.Accessory, policy.Manual}, "kind"); err != nil {
			return p, err
		}
	}
	if in.Fee != nil {
		fee, err := in.Fee.In(s.Currency, "fee")
		if err != nil {
			return p, err
		}
		p.Fee = &fee
	}
	return p, nil
}

// readPayments takes payments that come to what was paid, to the cent: a refund goes back to them and nowhere else.
func readPayments(s *sale, in RecordInput) error {
	if len(in.Payments) > maxPayments {
		return fault.Bad(fault.CodeInvalid, "payments", "An order has at most %d payments.", maxPayments)
	}
	total := int64(0)
	for i, p := range in.Payments {
		c, err := readPayment(s, p)
		if err != nil {
			return under(err, "payments", index(i))
		}
		if slices.ContainsFunc(s.Payments, func(other charge) bool { return other.Ref == c.Ref }) {
			return under(fault.Bad(fault.CodeInvalid, "ref", "This payment is twice in the order."), "payments", index(i))
		}
		s.Payments = append(s.Payments, c)
		if total, err = sum(total, c.Captured, s.Currency); err != nil {
			return under(err, "payments", index(i), "captured")
		}
	}
	due, err := sum(s.Items, s.Shipping, s.Currency)
	if err != nil {
		return under(err, "shipping")
	}
	if due != total {
		return fault.Bad(fault.CodeAmount, "payments", "The payments come to %s, the items and their shipping to %s.",
			money.Amount{Minor: total, Currency: s.Currency}, money.Amount{Minor: due, Currency: s.Currency})
	}
	return nil
}

func readPayment(s *sale, in PaymentInput) (c charge, err error) {
	if err := code(in.Ref, 128, "ref"); err != nil {
		return c, err
	}
	c.Ref = in.Ref
	if c.Method, err = text(in.Method, 64, "method"); err != nil {
		return c, err
	}
	c.Captured, err = in.Captured.In(s.Currency, "captured")
	return c, err
}

// instant is a point in time as it is kept: UTC, whole microseconds.
func instant(at time.Time) time.Time { return at.UTC().Truncate(time.Microsecond) }

func instantOrNil(at *time.Time) *time.Time {
	if at == nil {
		return nil
	}
	kept := instant(*at)
	return &kept
}

// index is a place in a list, as paths write it.
func index(i int) string { return strconv.Itoa(i) }
