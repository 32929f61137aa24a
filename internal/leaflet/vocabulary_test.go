package leaflet_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// vocabulary is what testdata/schemaorg.json took from a release of schema.org's vocabulary: which properties a type has, what
// each of them takes, and which members an enumeration has.
type vocabulary struct {
	Source       string              `json:"source"`
	Version      string              `json:"version"`
	Types        map[string][]string `json:"types"`
	Ranges       map[string][]string `json:"ranges"`
	Enumerations map[string][]string `json:"enumerations"`
}

func readVocabulary(t *testing.T) vocabulary {
	t.Helper()
	text, err := os.ReadFile("testdata/schemaorg.json")
	require.NoError(t, err)
	var v vocabulary
	require.NoError(t, json.Unmarshal(text, &v))
	require.NotEmpty(t, v.Source)
	require.NotEmpty(t, v.Version)
	return v
}

const schemaOrg = "https://schema.org"

// problems lists what is wrong with a document, by the path of each place.
func (v vocabulary) problems(text []byte) []string {
	var document map[string]any
	if err := json.Unmarshal(text, &document); err != nil {
		return []string{"not JSON: " + err.Error()}
	}
	var found []string
	if document["@context"] != schemaOrg {
		found = append(found, fmt.Sprintf("@context is %v", document["@context"]))
	}
	for key := range document {
		if key != "@context" && key != "@graph" {
			found = append(found, key+" beside the graph")
		}
	}
	nodes, _ := document["@graph"].([]any)
	if len(nodes) == 0 {
		found = append(found, "no graph")
	}
	for i, node := range nodes {
		found = append(found, v.node(fmt.Sprintf("%d", i), node)...)
	}
	return found
}

// node looks at one thing of a type.
func (v vocabulary) node(at string, value any) []string {
	node, _ := value.(map[string]any)
	kind, _ := node["@type"].(string)
	properties, known := v.Types[kind]
	if !known {
		return []string{fmt.Sprintf("%s: the type %q is not known", at, kind)}
	}
	var found []string
	for _, name := range slices.Sorted(maps.Keys(node)) {
		where := at + "." + name
		switch {
		case name == "@type":
		case name == "@id":
			if !v.takes("URL", node[name]) {
				found = append(found, where+": not an address")
			}
		case !slices.Contains(properties, name):
			found = append(found, fmt.Sprintf("%s: %s has no such property", where, kind))
		default:
			found = append(found, v.values(where, name, node[name])...)
		}
	}
	if node["merchantReturnDays"] != nil && node["returnPolicyCategory"] != schemaOrg+"/MerchantReturnFiniteReturnWindow" {
		found = append(found, at+": days without a finite window")
	}
	return found
}

// values looks at the one value of a property, or at each of several.
func (v vocabulary) values(at, property string, value any) []string {
	several, list := value.([]any)
	switch {
	case !list:
		several = []any{value}
	case len(several) == 0:
		return []string{at + ": no value"}
	}
	var found []string
	for _, one := range several {
		fits := slices.ContainsFunc(v.Ranges[property], func(kind string) bool { return v.takes(kind, one) })
		if !fits {
			found = append(found, fmt.Sprintf("%s: takes %s, not %v", at, strings.Join(v.Ranges[property], " or "), one))
		}
	}
	return found
}

// takes tells whether a value is of a type.
func (v vocabulary) takes(kind string, value any) bool {
	text, isText := value.(string)
	number, isNumber := value.(float64)
	if members, enumeration := v.Enumerations[kind]; enumeration {
		member, ours := strings.CutPrefix(text, schemaOrg+"/")
		return ours && slices.Contains(members, member)
	}
	switch kind {
	case "Text":
		return isText && text != ""
	case "Boolean":
		_, is := value.(bool)
		return is
	case "Number":
		return isNumber
	case "Integer":
		return isNumber && number == math.Trunc(number) && number >= 0
	case "Date":
		_, err := time.Parse(time.DateOnly, text)
		return err == nil
	case "DateTime":
		_, err := time.Parse(time.RFC3339, text)
		return err == nil
	case "URL":
		at, err := url.Parse(text)
		return err == nil && isText && (at.IsAbs() && at.Host != "" || strings.HasPrefix(text, "/")) && !strings.Contains(text, " ")
	}
	node, isNode := value.(map[string]any)
	return isNode && node["@type"] == kind && len(v.node("", node)) == 0
}

// good is a document that has nothing wrong; the ones below differ from it in one place each.
const good = `{"@context": "https://schema.org", "@graph": [{
  "@type": "MerchantReturnPolicy", "@id": "https://shop.test/policy#all", "applicableCountry": ["US", "CA"],
  "returnPolicyCategory": "https://schema.org/MerchantReturnFiniteReturnWindow", "merchantReturnDays": 30,
  "returnMethod": "https://schema.org/ReturnByMail", "refundType": "https://schema.org/FullRefund",
  "itemCondition": ["https://schema.org/NewCondition", "https://schema.org/UsedCondition"],
  "itemDefectReturnFees": "https://schema.org/FreeReturn", "restockingFee": 10, "inStoreReturnsOffered": false,
  "merchantReturnLink": "https://shop.test/policy",
  "additionalProperty": {"@type": "PropertyValue", "name": "termsVersion", "value": "1"}}]}`

func TestTheVocabularyTellsAWrongDocumentFromARightOne(t *testing.T) {
	t.Parallel()
	v := readVocabulary(t)
	require.Empty(t, v.problems([]byte(good)))
	for about, c := range map[string]struct{ old, now, says string }{
		"a property that there is not":      {`"merchantReturnDays"`, `"returnDays"`, "has no such property"},
		"a property of another type":        {`"itemDefectReturnFees"`, `"shippingRate"`, "has no such property"},
		"days in words":                     {`"merchantReturnDays": 30`, `"merchantReturnDays": "30 days"`, "takes Date or DateTime or Integer"},
		"half a day":                        {`"merchantReturnDays": 30`, `"merchantReturnDays": 0.5`, "takes Date or DateTime or Integer"},
		"a fee in words":                    {`"restockingFee": 10`, `"restockingFee": "sometimes"`, "takes MonetaryAmount or Number"},
		"a member that there is not":        {`schema.org/FreeReturn`, `schema.org/FreeReturns`, "takes ReturnFeesEnumeration"},
		"a member of another enumeration":   {`schema.org/FullRefund`, `schema.org/FreeReturn`, "takes RefundTypeEnumeration"},
		"one wrong member among right ones": {`schema.org/UsedCondition`, `schema.org/WornCondition`, "takes OfferItemCondition"},
		"a member without its address":      {`"https://schema.org/ReturnByMail"`, `"ReturnByMail"`, "takes ReturnMethodEnumeration"},
		"a type that there is not":          {`"MerchantReturnPolicy"`, `"ReturnPolicy"`, `the type "ReturnPolicy" is not known`},
		"a thing inside of a wrong type":    {`"PropertyValue"`, `"Property"`, "takes PropertyValue"},
		"a thing inside with a wrong value": {`"value": "1"`, `"value": null`, "takes PropertyValue"},
		"days without a finite window":      {`schema.org/MerchantReturnFiniteReturnWindow`, `schema.org/MerchantReturnUnspecified`, "days without a finite window"},
		"a link that is none":               {`"merchantReturnLink": "https://shop.test/policy"`, `"merchantReturnLink": "see the page"`, "takes URL"},
		"no country":                        {`["US", "CA"]`, `[]`, "no value"},
		"another context":                   {`"https://schema.org",`, `"https://example.com",`, "@context is https://example.com"},
		"something beside the graph":        {`"@graph"`, `"name": "x", "@graph"`, "name beside the graph"},
		"no policy at all":                  {`"@graph"`, `"@nothing"`, "no graph"},
		"something that is not JSON":        {`{"@context"`, `{@context`, "not JSON"},
	} {
		t.Run(about, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, 1, strings.Count(good, c.old), "the document has one such place")
			found := v.problems([]byte(strings.Replace(good, c.old, c.now, 1)))
			require.NotEmpty(t, found)
			assert.Contains(t, strings.Join(found, "\n"), c.says)
		})
	}
}
