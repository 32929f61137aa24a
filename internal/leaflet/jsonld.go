package leaflet

import (
	"encoding/json"

	"github.com/vysero/returns/internal/policy"
)

// vocabulary is where the names below are explained; schema.org's enumerations are addresses in it.
const vocabulary = "https://schema.org"

// document is the machine-readable form of the terms: one policy for each of the two tracks, because schema.org has one number
// of days a policy, and the terms have two.
type document struct {
	Context string         `json:"@context"`
	Graph   []returnPolicy `json:"@graph"`
}

// returnPolicy is schema.org's MerchantReturnPolicy, as far as the terms fill it.
type returnPolicy struct {
	Type                             string     `json:"@type"`
	ID                               string     `json:"@id"`
	Name                             string     `json:"name"`
	Description                      string     `json:"description"`
	ApplicableCountry                []string   `json:"applicableCountry"`
	ReturnPolicyCategory             string     `json:"returnPolicyCategory"`
	MerchantReturnDays               *int       `json:"merchantReturnDays,omitempty"`
	ItemCondition                    []string   `json:"itemCondition"`
	ReturnMethod                     string     `json:"returnMethod"`
	CustomerRemorseReturnFees        []string   `json:"customerRemorseReturnFees,omitempty"`
	CustomerRemorseReturnLabelSource string     `json:"customerRemorseReturnLabelSource,omitempty"`
	ItemDefectReturnFees             []string   `json:"itemDefectReturnFees,omitempty"`
	ItemDefectReturnLabelSource      string     `json:"itemDefectReturnLabelSource,omitempty"`
	RefundType                       string     `json:"refundType"`
	MerchantReturnLink               string     `json:"merchantReturnLink"`
	AdditionalProperty               []property `json:"additionalProperty"`
}

// property is schema.org's PropertyValue.
type property struct {
	Type  string `json:"@type"`
	Name  string `json:"name"`
	Value string `json:"value"`
}

// JSONLD writes terms in schema.org's words, as far as these can say them truthfully; self is the address of their page, to
// which everything else is left.
//
// It says what holds for every order, and nothing that holds for most. So these are left out:
//   - merchantReturnDays of a change of heart, unless its days count from arrival: schema.org counts from delivery, and under
//     the other clocks (A1) an item may arrive on the last day for asking, or after it;
//   - restockingFee: the fee is that of each missing piece, and mostly there is none (C2, A17);
//   - a policy that permits no returns for other countries: one would have to name each country of the world (N4);
//   - returnPolicyCountry: the terms do not say where goods are sent to, and domesticCountries is where they were sent from
//     the shop to;
//   - inStoreReturnsOffered: the terms do not speak of stores.
//
// In the policy for defects the days are those of T2, which count from arrival under every setting.
func JSONLD(e policy.Edition, self string) []byte {
	t := told{speech: spoken(), terms: e.Terms}
	text, err := json.MarshalIndent(document{Context: vocabulary, Graph: []returnPolicy{t.remorse(self), t.defect(self)}}, "", "  ")
	if err != nil { // strings, numbers and lists of strings
		panic(err)
	}
	return append(text, '\n')
}

// named is a member of one of schema.org's enumerations.
func named(member string) string { return vocabulary + "/" + member }

// both is what the two policies share. The window of each is finite; the refund can be the full amount (R1); goods come by
// a carrier (H4, A3).
func (t told) both(self string, is section) returnPolicy {
	return returnPolicy{
		Type: "MerchantReturnPolicy", ID: self + "#" + is.ID, Name: is.Title,
		ApplicableCountry:    t.terms.DomesticCountries, // N4, A25: the ship-to country
		ReturnPolicyCategory: named("MerchantReturnFiniteReturnWindow"),
		ReturnMethod:         named("ReturnByMail"),
		RefundType:           named("FullRefund"),
		MerchantReturnLink:   self,
		AdditionalProperty: []property{
			{Type: "PropertyValue", Name: "termsVersion", Value: t.terms.Version},
			{Type: "PropertyValue", Name: "termsDigest", Value: t.terms.Digest()},
		},
	}
}

// remorse is the policy for a change of heart. Signs of use do not matter (A33), but damage may (C3), so damaged goods are
// not named. The customer pays the carrier, not us (S2), and original shipping stays paid (S3).
func (t told) remorse(self string) returnPolicy {
	p := t.both(self, t.mind())
	p.Description = t.askMind().Text + " " + t.handOver(t.terms.ChangeOfHeartDays).Text
	p.ItemCondition = []string{named("NewCondition"), named("UsedCondition")}
	p.CustomerRemorseReturnFees = []string{named("ReturnFeesCustomerResponsibility"), named("OriginalShippingFees")}
	p.CustomerRemorseReturnLabelSource = named("ReturnLabelCustomerResponsibility")
	if t.terms.ChangeOfHeartClock == policy.FromArrival {
		p.MerchantReturnDays = &t.terms.ChangeOfHeartDays
	}
	return p
}

// defect is the policy for what is wrong with an item on arrival. Its condition keeps it from being read as one for all goods.
// A defect that came with use is no case of it (W1), which schema.org has no word for and the description says. Return shipping is
// ours (S1); where original shipping is kept (A21), the return is not called free.
func (t told) defect(self string) returnPolicy {
	p := t.both(self, t.wrong())
	p.Description = t.askWrong().Text + " " + t.handOver(t.terms.DOADays).Text + " " + t.later().Text
	p.MerchantReturnDays = &t.terms.DOADays
	p.ItemCondition = []string{named("DamagedCondition")}
	p.ItemDefectReturnFees = []string{named("FreeReturn")}
	if !t.terms.RefundsShipping(policy.Defective) {
		p.ItemDefectReturnFees = []string{named("OriginalShippingFees")}
	}
	p.ItemDefectReturnLabelSource = named("ReturnLabelDownloadAndPrint")
	return p
}
