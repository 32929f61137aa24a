package leaflet_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/leaflet"
	"github.com/vysero/returns/internal/policy"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden holds a text to the file of it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got, "if the change is meant: go test ./internal/leaflet -update")
}

// terms are the shipped ones with some settings changed, each as "key: value".
func terms(t testing.TB, changes ...string) *policy.Terms {
	t.Helper()
	parsed, err := policy.Parse([]byte("version: test\n" + strings.Join(changes, "\n")))
	require.NoError(t, err)
	return parsed
}

// every lists terms in which each setting that the document looks at takes its values, in every combination.
func every(t *testing.T) map[string]*policy.Terms {
	t.Helper()
	all := map[string]*policy.Terms{}
	for _, clock := range []string{"PURCHASE_WITH_ARRIVAL_TAIL", "PURCHASE", "ARRIVAL"} {
		for _, shipping := range []string{"PRO_RATA", "KEEP"} {
			for _, days := range [][2]int{{30, 10}, {0, 0}, {5, 14}, {1, 1}} {
				changes := []string{
					"changeOfHeartClock: " + clock, "doaOriginalShipping: " + shipping, "domesticCountries: [US, CA]",
					fmt.Sprintf("changeOfHeartDays: %d", days[0]), fmt.Sprintf("doaDays: %d", days[1]),
				}
				all[strings.Join(changes, ", ")] = terms(t, changes...)
			}
		}
	}
	return all
}

const self = "https://shop.test/policy"

// said is a policy of the document, as a reader takes it.
type said struct {
	ID          string   `json:"@id"`
	Countries   []string `json:"applicableCountry"`
	Days        *int     `json:"merchantReturnDays"`
	Remorse     []string `json:"customerRemorseReturnFees"`
	Defect      []string `json:"itemDefectReturnFees"`
	Description string   `json:"description"`
}

// read gives the policies for a change of heart and for defects.
func read(t *testing.T, terms *policy.Terms) (remorse, defect said) {
	t.Helper()
	var document struct {
		Graph []said `json:"@graph"`
	}
	require.NoError(t, json.Unmarshal(leaflet.JSONLD(policy.Edition{Terms: terms}, self), &document))
	require.Len(t, document.Graph, 2)
	return document.Graph[0], document.Graph[1]
}

func TestTheDocumentSpeaksTheVocabulary(t *testing.T) {
	t.Parallel()
	v := readVocabulary(t)
	assert.Empty(t, v.problems(leaflet.JSONLD(policy.Edition{Terms: policy.Default()}, "/policy")), "the shipped terms")
	for about, terms := range every(t) {
		assert.Empty(t, v.problems(leaflet.JSONLD(policy.Edition{Terms: terms}, self)), about)
	}
}

func TestTheDocumentOfTheShippedTermsIsAsWritten(t *testing.T) {
	t.Parallel()
	golden(t, "policy.golden.jsonld", string(leaflet.JSONLD(policy.Edition{Terms: policy.Default()}, self)))
}

// order is one that was bought at noon and arrived some days later.
func order(reason policy.Reason, country string, arrival, asked int) policy.Facts {
	bought := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	arrived := bought.AddDate(0, 0, arrival)
	return policy.Facts{
		AsOf: arrived.AddDate(0, 0, asked), Reason: reason, PurchasedAt: bought, ShipToCountry: country,
		Delivery: policy.Delivered, DeliveredAt: &arrived, Proof: policy.AccountOrder, Photos: 1, Quantity: 1, UnitsLeft: 1,
	}
}

// holds tells whether a request is granted on that day after arrival, however long the item was under way.
func holds(terms *policy.Terms, reason policy.Reason, country string, asked int) bool {
	for arrival := range 70 {
		if policy.Decide(terms, order(reason, country, arrival, asked)).Outcome != policy.Eligible {
			return false
		}
	}
	return true
}

func TestDaysAreSaidWhereTheyHoldForEveryOrderAndNowhereElse(t *testing.T) {
	t.Parallel()
	for about, terms := range every(t) {
		t.Run(about, func(t *testing.T) {
			t.Parallel()
			remorse, defect := read(t, terms)
			if remorse.Days == nil {
				assert.False(t, holds(terms, policy.ChangeOfHeart, "US", 1), "one day after arrival is too late for some order already")
			} else {
				assert.True(t, holds(terms, policy.ChangeOfHeart, "US", *remorse.Days))
				assert.False(t, holds(terms, policy.ChangeOfHeart, "US", *remorse.Days+1))
			}
			require.NotNil(t, defect.Days)
			for _, reason := range policy.Reasons()[1:] {
				assert.True(t, holds(terms, reason, "CA", *defect.Days), reason)
				assert.False(t, holds(terms, reason, "CA", *defect.Days+1), reason)
			}
		})
	}
}

func TestTheShippedTermsPromiseNoDaysFromDeliveryForAChangeOfHeart(t *testing.T) {
	t.Parallel()
	remorse, defect := read(t, policy.Default())
	assert.Nil(t, remorse.Days)
	assert.Contains(t, remorse.Description, "within 30 days of your purchase", "what no property can say is said in words")
	require.NotNil(t, defect.Days)
	assert.Equal(t, 10, *defect.Days)
	assert.Contains(t, defect.Description, "worked and failed later")
}

func TestCostsAreSaidAsTheyAreDecided(t *testing.T) {
	t.Parallel()
	for about, terms := range every(t) {
		remorse, defect := read(t, terms)
		v := policy.Decide(terms, order(policy.ChangeOfHeart, "US", 0, 0))
		assert.Equal(t, policy.CustomerPays, v.ShippingPaidBy, about)
		assert.False(t, v.PrepaidLabel || terms.RefundsShipping(policy.ChangeOfHeart), about)
		assert.Equal(t, []string{schemaOrg + "/ReturnFeesCustomerResponsibility", schemaOrg + "/OriginalShippingFees"}, remorse.Remorse, about)
		assert.Empty(t, remorse.Defect, about)

		v = policy.Decide(terms, order(policy.Defective, "US", 0, 0))
		assert.True(t, v.ShippingPaidBy == policy.MerchantPays && v.PrepaidLabel, about)
		want := schemaOrg + "/FreeReturn"
		if !terms.RefundsShipping(policy.Defective) {
			want = schemaOrg + "/OriginalShippingFees"
		}
		assert.Equal(t, []string{want}, defect.Defect, about)
		assert.Empty(t, defect.Remorse, about)
	}
}

func TestTheCountriesAreThoseThatMayReturn(t *testing.T) {
	t.Parallel()
	shop := terms(t, "domesticCountries: [US, CA]")
	remorse, defect := read(t, shop)
	for _, p := range []said{remorse, defect} {
		assert.Equal(t, []string{"CA", "US"}, p.Countries)
	}
	for country, open := range map[string]bool{"US": true, "CA": true, "DE": false, "MX": false} {
		assert.Equal(t, open, policy.Decide(shop, order(policy.ChangeOfHeart, country, 0, 0)).Outcome == policy.Eligible, country)
	}
}

func TestWhatTheVocabularyCannotSayIsLeftToALink(t *testing.T) {
	t.Parallel()
	for about, terms := range every(t) {
		text := string(leaflet.JSONLD(policy.Edition{Terms: terms}, self))
		for _, name := range []string{"restockingFee", "returnPolicyCountry", "inStoreReturnsOffered", "MerchantReturnNotPermitted", "returnFees"} {
			assert.NotContains(t, text, `"`+name+`"`, about)
		}
		assert.Equal(t, 2, strings.Count(text, `"merchantReturnLink": "`+self+`"`), about)
		assert.Equal(t, 2, strings.Count(text, terms.Digest()), about)
	}
}
