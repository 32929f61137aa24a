package explain_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/explain"
	"github.com/vysero/returns/internal/policy"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The cases of internal/refund, as far as they are explained here.
//
//nolint:tagliatelle // the file of the cases is as it is
type (
	book struct {
		Terms struct {
			Zone         string   `json:"zone"`
			Domestic     []string `json:"domestic"`
			COHDays      int      `json:"coh_days"`
			DOADays      int      `json:"doa_days"`
			HandOverDays int      `json:"handover_floor_days"`
			COHClock     string   `json:"coh_clock"`
			DOAShipping  string   `json:"doa_shipping"`
			NoFault      string   `json:"no_fault"`
		} `json:"terms"`
		Cases []bookCase `json:"cases"`
	}
	bookCase struct {
		Name  string `json:"name"`
		Order struct {
			PurchasedAt   time.Time  `json:"purchasedAt"`
			ShipToCountry string     `json:"shipToCountry"`
			ShipToZone    string     `json:"shipToZone"`
			Proof         string     `json:"proof"`
			Lines         []bookLine `json:"lines"`
		} `json:"order"`
		Request struct {
			SKU              string    `json:"sku"`
			Quantity         int       `json:"quantity"`
			Reason           string    `json:"reason"`
			At               time.Time `json:"at"`
			Photos           int       `json:"photos"`
			EverWorked       *bool     `json:"everWorked"`
			MissingOnArrival []string  `json:"missingOnArrival"`
		} `json:"request"`
		Before int       `json:"unitsRefundedBefore"`
		Back   *bookBack `json:"back"`
	}
	bookLine struct {
		SKU         string         `json:"sku"`
		Quantity    int            `json:"quantity"`
		PackingList []policy.Piece `json:"packingList"`
		Delivery    string         `json:"delivery"`
		DeliveredAt *time.Time     `json:"deliveredAt"`
	}
	bookBack struct {
		InstructionsAt time.Time `json:"instructionsAt"`
		HandedOverAt   time.Time `json:"handedOverAt"`
		Inspections    []struct {
			Packaging         bool     `json:"packaging"`
			Missing           []string `json:"missing"`
			Modified          bool     `json:"modified"`
			IntentionalDamage bool     `json:"intentionalDamage"`
			Claim             string   `json:"claim"`
		} `json:"inspections"`
	}
)

func (b book) parse(t *testing.T) *policy.Terms {
	t.Helper()
	terms, err := policy.Parse(fmt.Appendf(nil, `
version: cases
zone: %s
domesticCountries: [%s]
changeOfHeartDays: %d
doaDays: %d
handOverDays: %d
changeOfHeartClock: %s
doaOriginalShipping: %s
doaNoFault: %s
`, b.Terms.Zone, strings.Join(b.Terms.Domestic, ", "), b.Terms.COHDays, b.Terms.DOADays, b.Terms.HandOverDays,
		b.Terms.COHClock, b.Terms.DOAShipping, b.Terms.NoFault))
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

func (c bookCase) judgements(terms *policy.Terms) []policy.Judgement {
	if c.Back == nil {
		return nil
	}
	request := c.facts()
	request.Instructions = &c.Back.InstructionsAt
	var all []policy.Judgement
	for _, found := range c.Back.Inspections {
		all = append(all, policy.Judge(terms, policy.Inspection{
			Request: request, Fate: policy.Arrived, HandedOverAt: &c.Back.HandedOverAt, PackingList: c.line().PackingList,
			Packaging: found.Packaging, Missing: found.Missing, MissingOnArrival: c.Request.MissingOnArrival,
			Modified: found.Modified, DamagedOnPurpose: found.IntentionalDamage, Inspector: "Ines", Note: "pried open",
			Claim: policy.Claim(found.Claim),
		}))
	}
	return all
}

// Whoever changes a message reads here what becomes of it.
func TestEveryCaseIsExplainedAsWritten(t *testing.T) {
	t.Parallel()
	var b book
	file, err := os.ReadFile(filepath.Join("..", "refund", "testdata", "cases.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(file, &b))
	require.NotEmpty(t, b.Cases)
	terms, e := b.parse(t), explainer(t)
	for _, locale := range []string{"en", "es"} {
		var out strings.Builder
		for _, c := range b.Cases {
			v := policy.Decide(terms, c.facts())
			fmt.Fprintf(&out, "%s\n  %s %s\n", c.Name, c.Request.Reason, v.Outcome)
			lines(&out, e.Verdict(v, locale))
			for _, j := range c.judgements(terms) {
				fmt.Fprintf(&out, "  came back: %s\n", j.Outcome)
				lines(&out, e.Judgement(j, explain.Money{Currency: "USD"}, locale))
			}
		}
		path := filepath.Join("testdata", locale+".golden")
		if *update {
			require.NoError(t, os.WriteFile(path, []byte(out.String()), 0o600))
		}
		want, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, string(want), out.String(), "if the change is meant: go test ./internal/explain -update")
	}
}

func lines(out *strings.Builder, sentences []string) {
	for _, sentence := range sentences {
		fmt.Fprintf(out, "    %s\n", sentence)
	}
}

func explainer(t require.TestingT) *explain.Explainer {
	e, err := explain.New()
	require.NoError(t, err)
	return e
}
