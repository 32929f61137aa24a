package refund_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/refund"
)

// The reading of the policy as data: an order, a request, what came back, and what to expect.
//
//nolint:tagliatelle // the file of the cases is as it is
type (
	book struct {
		Terms bookTerms  `json:"terms"`
		Cases []bookCase `json:"cases"`
	}
	bookTerms struct {
		Zone         string   `json:"zone"`
		Domestic     []string `json:"domestic"`
		COHDays      int      `json:"coh_days"`
		DOADays      int      `json:"doa_days"`
		HandOverDays int      `json:"handover_floor_days"`
		BusinessDays int      `json:"business_days"`
		COHClock     string   `json:"coh_clock"`
		DOAShipping  string   `json:"doa_shipping"`
		NoFault      string   `json:"no_fault"`
		Holidays     []string `json:"holidays"`
	}
	bookCase struct {
		Name    string      `json:"name"`
		About   []string    `json:"about"`
		Order   bookOrder   `json:"order"`
		Request bookRequest `json:"request"`
		Before  int         `json:"unitsRefundedBefore"`
		Back    *bookBack   `json:"back"`
		Expect  bookExpect  `json:"expect"`
	}
	bookOrder struct {
		PurchasedAt   time.Time  `json:"purchasedAt"`
		ShipToCountry string     `json:"shipToCountry"`
		ShipToZone    string     `json:"shipToZone"`
		Shipping      int64      `json:"shipping"`
		Proof         string     `json:"proof"`
		Lines         []bookLine `json:"lines"`
		Payments      []struct {
			Ref      string `json:"ref"`
			Captured int64  `json:"captured"`
		} `json:"payments"`
	}
	bookLine struct {
		SKU         string         `json:"sku"`
		Quantity    int            `json:"quantity"`
		Paid        int64          `json:"paid"`
		PackingList []policy.Piece `json:"packingList"`
		Delivery    string         `json:"delivery"`
		DeliveredAt *time.Time     `json:"deliveredAt"`
	}
	bookRequest struct {
		SKU              string    `json:"sku"`
		Quantity         int       `json:"quantity"`
		Reason           string    `json:"reason"`
		At               time.Time `json:"at"`
		Photos           int       `json:"photos"`
		EverWorked       *bool     `json:"everWorked"`
		MissingOnArrival []string  `json:"missingOnArrival"`
	}
	bookBack struct {
		InstructionsAt time.Time        `json:"instructionsAt"`
		HandedOverAt   time.Time        `json:"handedOverAt"`
		ReceivedAt     time.Time        `json:"receivedAt"`
		InspectedAt    time.Time        `json:"inspectedAt"`
		Inspections    []bookInspection `json:"inspections"`
	}
	bookInspection struct {
		Quantity          int      `json:"quantity"`
		Packaging         bool     `json:"packaging"`
		Missing           []string `json:"missing"`
		Modified          bool     `json:"modified"`
		IntentionalDamage bool     `json:"intentionalDamage"`
		Claim             string   `json:"claim"`
	}
	bookExpect struct {
		Request struct {
			Outcome       string     `json:"outcome"`
			Clauses       []string   `json:"clauses"`
			RequestBefore *time.Time `json:"requestBefore"`
			PaidBy        *string    `json:"returnShippingPaidBy"`
			PrepaidLabel  *bool      `json:"prepaidLabel"`
		} `json:"request"`
		HandOverBefore *time.Time `json:"handOverBefore"`
		Inspections    []struct {
			Outcome  string   `json:"outcome"`
			Clauses  []string `json:"clauses"`
			Amount   int64    `json:"amount"`
			Item     int64    `json:"item"`
			Shipping int64    `json:"originalShipping"`
			Fee      int64    `json:"fee"`
		} `json:"inspections"`
		Refund       int64      `json:"refund"`
		RefundBefore *time.Time `json:"refundBefore"`
		Tenders      []int64    `json:"tenders"`
	}
)

func TestTheReadingAsCasesIsWhatTheProgramDecides(t *testing.T) {
	t.Parallel()
	var b book
	read(t, "testdata/cases.json", &b)
	require.Len(t, b.Cases, 53)
	for _, calendar := range []string{"NONE", "US_FEDERAL"} {
		terms := b.Terms.parse(t, calendar)
		for _, c := range b.Cases {
			t.Run(calendar+"/"+c.Name, func(t *testing.T) {
				t.Parallel()
				c.request(t, terms)
				if c.Back != nil {
					c.back(t, terms)
				}
			})
		}
	}
}

// The other values of every setting that the readings leave to the merchant (★): each with cases of its own, over the terms
// of the cases above.
func TestEveryOtherValueOfASettingDecidesAsItsCasesSay(t *testing.T) {
	t.Parallel()
	var b book
	var sets []struct {
		Setting string          `json:"setting"`
		Terms   json.RawMessage `json:"terms"` // what differs
		Cases   []bookCase      `json:"cases"`
	}
	read(t, "testdata/cases.json", &b)
	read(t, "testdata/settings.json", &sets)
	for _, set := range sets {
		terms := b.Terms
		terms.Domestic, terms.Holidays = slices.Clone(terms.Domestic), slices.Clone(terms.Holidays)
		require.NoError(t, json.Unmarshal(set.Terms, &terms))
		parsed := terms.parse(t, "NONE")
		for _, c := range set.Cases {
			t.Run(set.Setting+"/"+c.Name, func(t *testing.T) {
				t.Parallel()
				c.request(t, parsed)
				if c.Back != nil {
					c.back(t, parsed)
				}
			})
		}
	}
}

func read(t *testing.T, path string, into any) {
	t.Helper()
	file, err := os.ReadFile(path)
	require.NoError(t, err)
	decoder := json.NewDecoder(bytes.NewReader(file))
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(into))
}

// parse makes terms with the holidays of the cases, either as a list of dates or as the calendar they come from.
func (b bookTerms) parse(t *testing.T, calendar string) *policy.Terms {
	t.Helper()
	further := ""
	if calendar == "NONE" {
		further = strings.Join(b.Holidays, ", ")
	}
	terms, err := policy.Parse(fmt.Appendf(nil, `
version: cases
zone: %s
domesticCountries: [%s]
changeOfHeartDays: %d
doaDays: %d
handOverDays: %d
refundBusinessDays: %d
changeOfHeartClock: %s
doaOriginalShipping: %s
doaNoFault: %s
holidays: %s
furtherHolidays: [%s]
`, b.Zone, strings.Join(b.Domestic, ", "), b.COHDays, b.DOADays, b.HandOverDays, b.BusinessDays, b.COHClock,
		b.DOAShipping, b.NoFault, calendar, further))
	require.NoError(t, err)
	return terms
}

func (c bookCase) line() bookLine {
	for _, line := range c.Order.Lines {
		if line.SKU == c.Request.SKU {
			return line
		}
	}
	return bookLine{}
}

func (c bookCase) facts() policy.Facts {
	line := c.line()
	return policy.Facts{
		AsOf: c.Request.At, Reason: policy.Reason(c.Request.Reason), EverWorked: c.Request.EverWorked,
		PurchasedAt: c.Order.PurchasedAt, ShipToCountry: c.Order.ShipToCountry, ShipToZone: c.Order.ShipToZone,
		Delivery: policy.Delivery(line.Delivery), DeliveredAt: line.DeliveredAt, Proof: policy.Proof(c.Order.Proof),
		Photos: c.Request.Photos, Quantity: c.Request.Quantity, UnitsLeft: line.Quantity - c.Before,
	}
}

func (c bookCase) request(t *testing.T, terms *policy.Terms) {
	t.Helper()
	expect, verdict := c.Expect.Request, policy.Decide(terms, c.facts())
	assert.Equal(t, expect.Outcome, string(verdict.Outcome))
	assert.ElementsMatch(t, expect.Clauses, verdict.Deciding())
	if expect.RequestBefore == nil {
		assert.Nil(t, verdict.RequestBefore)
	} else {
		sameEnd(t, *expect.RequestBefore, verdict.RequestBefore)
	}
	if expect.PaidBy != nil {
		assert.Equal(t, *expect.PaidBy, string(verdict.ShippingPaidBy))
	}
	if expect.PrepaidLabel != nil {
		assert.Equal(t, *expect.PrepaidLabel, verdict.PrepaidLabel)
	}
}

func (c bookCase) back(t *testing.T, terms *policy.Terms) {
	t.Helper()
	request := c.facts()
	request.Instructions = &c.Back.InstructionsAt
	sameEnd(t, *c.Expect.HandOverBefore, policy.HandOverBefore(terms, request))

	var units []refund.Unit
	for i, found := range c.Back.Inspections {
		judgement := policy.Judge(terms, policy.Inspection{
			Request: request, Fate: policy.Arrived, HandedOverAt: &c.Back.HandedOverAt, PackingList: c.line().PackingList,
			Packaging: found.Packaging, Missing: found.Missing, MissingOnArrival: c.Request.MissingOnArrival,
			Modified: found.Modified, DamagedOnPurpose: found.IntentionalDamage, Inspector: "Ines", Note: "pried open",
			Claim: policy.Claim(found.Claim),
		})
		assert.Equal(t, c.Expect.Inspections[i].Outcome, string(judgement.Outcome))
		assert.ElementsMatch(t, c.Expect.Inspections[i].Clauses, judgement.Deciding())
		units = append(units, refund.Unit{
			Line: c.Request.SKU, Quantity: found.Quantity, RefundShipping: judgement.RefundShipping, Fees: judgement.Fees,
			Pays: judgement.Outcome == policy.RefundInFull || judgement.Outcome == policy.RefundLess,
		})
	}
	c.money(t, units)
	if c.Expect.RefundBefore != nil {
		due := policy.RefundBefore(terms, c.Back.ReceivedAt, c.Back.InspectedAt)
		sameEnd(t, *c.Expect.RefundBefore, &due)
	}
}

func (c bookCase) money(t *testing.T, units []refund.Unit) {
	t.Helper()
	sale := refund.Sale{Currency: "USD", Shipping: c.Order.Shipping}
	for _, line := range c.Order.Lines {
		sold := refund.SaleLine{ID: line.SKU, Quantity: line.Quantity, Paid: line.Paid}
		if line.SKU == c.Request.SKU {
			sold.Refunded = c.Before
		}
		sale.Lines = append(sale.Lines, sold)
	}
	breakdown, err := refund.Quote(sale, units)
	require.NoError(t, err)
	assert.Equal(t, c.Expect.Refund, breakdown.Total)
	for i, expect := range c.Expect.Inspections {
		sums := map[refund.Kind]int64{}
		for _, line := range breakdown.Lines {
			if line.Unit == i {
				sums[line.Kind] += line.Minor
			}
		}
		item, shipping, fee := sums[refund.ItemShare], sums[refund.ShippingShare], -sums[refund.RestockingFee]
		assert.Equal(t, []int64{expect.Item, expect.Shipping, expect.Fee}, []int64{item, shipping, fee})
		assert.Equal(t, expect.Amount, item+shipping-fee)
	}
	if c.Expect.Tenders == nil {
		return
	}
	var refundable []int64
	for _, payment := range c.Order.Payments {
		refundable = append(refundable, payment.Captured)
	}
	shares, err := refund.Allocate(breakdown.Total, refundable)
	require.NoError(t, err)
	assert.Equal(t, c.Expect.Tenders, shares)
}

// sameEnd compares the instant, and what the clock of the deadline's zone shows.
func sameEnd(t *testing.T, want time.Time, got *policy.Deadline) {
	t.Helper()
	require.NotNil(t, got)
	assert.Equal(t, want.Format(time.RFC3339Nano), got.Before.Format(time.RFC3339Nano))
}
