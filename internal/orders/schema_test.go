package orders_test

import (
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/money"
	"github.com/vysero/returns/internal/orders"
)

// compiled is the shipped schema, with formats held.
func compiled(t testing.TB) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(orders.Schema()))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	require.NoError(t, c.AddResource("orders.schema.json", doc))
	schema, err := c.Compile("orders.schema.json")
	require.NoError(t, err)
	require.Equal(t, 2020, schema.DraftVersion)
	return schema
}

func fits(t testing.TB, schema *jsonschema.Schema, line string) error {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(line))
	require.NoError(t, err)
	return schema.Validate(doc)
}

func TestTheShippedExamplesFitTheSchema(t *testing.T) {
	t.Parallel()
	schema := compiled(t)
	text, err := os.ReadFile("testdata/orders.jsonl")
	require.NoError(t, err)
	n := 0
	for line := range strings.Lines(string(text)) {
		require.NoError(t, fits(t, schema, line))
		n++
	}
	require.Equal(t, 3, n)
}

func TestWhatTheAPIRecordsFitsTheSchema(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(lamps())
	require.NoError(t, err)
	require.NoError(t, fits(t, compiled(t), string(text)))
}

// What the schema refuses the import refuses, so that a file can be written against either.
func TestTheSchemaAndTheImportRefuseTheSameShapes(t *testing.T) {
	t.Parallel()
	s, schema, good := open(t), compiled(t), row("1")
	require.NoError(t, fits(t, schema, good))
	for _, c := range [][2]string{
		{`"number":"1",`, ``},
		{`"number":"1"`, `"number":""`},
		{`"number":"1"`, `"number":1`},
		{`"number":"1"`, `"number":"` + strings.Repeat("1", 65) + `"`},
		{`"number":"1"`, `"number":"1","Number":"1"`},
		{`"currency":"USD","purchasedAt"`, `"currency":"dollar","purchasedAt"`},
		{`"2026-01-10T12:00:00Z"`, `"10.1.2026"`},
		{`"2026-01-10T12:00:00Z"`, `null`},
		{`"shipToCountry":"US"`, `"shipToCountry":"us"`},
		{`"shipToCountry":"US"`, `"shipToCountry":"US","shipToLines":"Elm Street"`},
		{`"shipToCountry":"US"`, `"shipToCountry":"US","shipToLines":[1]`},
		{`"shipToCountry":"US"`, `"shipToCountry":"US","proof":"TRUST_ME"`},
		{`"amount":"0"`, `"amount":"-1"`},
		{`"amount":"0"`, `"amount":0`},
		{`"amount":"0"`, `"amount":"1e3"`},
		{`"amount":"0"`, `"amount":".5"`},
		{`"quantity":1`, `"quantity":0`},
		{`"quantity":1`, `"quantity":10001`},
		{`"quantity":1`, `"quantity":1.5`},
		{`"quantity":1`, `"quantity":1,"delivery":"LOST"`},
		{`"quantity":1`, `"quantity":1,"delivery":"IN_TRANSIT"`},
		{`"quantity":1`, `"quantity":1,"delivery":"UNKNOWN","shippedAt":null`},
		{`"quantity":1`, `"quantity":1,"delivery":"DELIVERED","shippedAt":"2026-01-11T00:00:00Z"`},
		{`"quantity":1`, `"quantity":1,"delivery":"IN_TRANSIT","shippedAt":"2026-01-11T00:00:00Z","deliveredAt":"2026-01-12T00:00:00Z"`},
		{`"quantity":1`, `"quantity":1,"shippedAt":"2026-01-11T00:00:00Z"`},
		{`"quantity":1`, `"quantity":1,"packingList":[{"kind":"PART"}]`},
		{`"quantity":1`, `"quantity":1,"packingList":[{"code":"A","kind":"BOX"}]`},
		{`"quantity":1`, `"quantity":1,"packingList":[{"code":"A","fee":"4.00"}]`},
		{`"items":[`, `"items":[],"x":[`},
		{`"ref":"ch_1"`, `"ref":""`},
		{`"ref":"ch_1",`, ``},
	} {
		bad := strings.Replace(good, c[0], c[1], 1)
		require.NotEqual(t, good, bad)
		require.Error(t, fits(t, schema, bad), bad)
		got, err := s.importer().Import(system(t), file(bad))
		require.NoError(t, err)
		require.Equal(t, orders.Result{Read: 1, Bad: 1}, got, bad)
	}
	require.Equal(t, counts{}, s.counts(t))
}

// object is what this test reads of the schema.
type object struct {
	AdditionalProperties *bool             `json:"additionalProperties"`
	Required             []string          `json:"required"`
	Properties           map[string]object `json:"properties"`
	Defs                 map[string]object `json:"$defs"`
}

func TestTheSchemaHasTheKeysOfTheInputNoMoreAndNoLess(t *testing.T) {
	t.Parallel()
	var root object
	require.NoError(t, json.Unmarshal([]byte(orders.Schema()), &root))
	for name, of := range map[string]reflect.Type{
		"":         reflect.TypeFor[orders.RecordInput](),
		"customer": reflect.TypeFor[orders.CustomerInput](),
		"item":     reflect.TypeFor[orders.ItemInput](),
		"piece":    reflect.TypeFor[orders.PieceInput](),
		"payment":  reflect.TypeFor[orders.PaymentInput](),
		"money":    reflect.TypeFor[money.Text](),
	} {
		got := root
		if name != "" {
			got = root.Defs[name]
		}
		var keys, needed []string
		for f := range of.Fields() {
			key, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			keys = append(keys, key)
			kind := f.Type.Kind()
			optional := options == "omitempty"
			require.Equal(t, optional, kind == reflect.Pointer || (optional && kind == reflect.Slice), "%s.%s", name, key)
			if !optional {
				needed = append(needed, key)
			}
		}
		require.ElementsMatch(t, keys, slices.Collect(maps.Keys(got.Properties)), name)
		require.ElementsMatch(t, needed, got.Required, name)
		require.NotNil(t, got.AdditionalProperties, name)
		require.False(t, *got.AdditionalProperties, name)
	}
}
