package orders

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/fault"
)

// example is a line that nothing is wrong with.
func example(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("testdata/orders.jsonl")
	require.NoError(t, err)
	first, _, _ := strings.Cut(string(text), "\n")
	return first
}

func TestALineIsTakenAsItIsWrittenOrNotAtAll(t *testing.T) {
	t.Parallel()
	good := example(t)
	for _, c := range []struct {
		about    string
		old, new string
		code     fault.Code
		path     string
	}{
		{"a key that is not ours", `"currency":"USD","purchasedAt"`, `"currency":"USD","gift":true,"purchasedAt"`, fault.CodeInvalid, "gift"},
		{"a key in other letters", `"shipToZone"`, `"shiptozone"`, fault.CodeInvalid, "shiptozone"},
		{"a key twice", `"shipToCountry":"US"`, `"shipToCountry":"US","shipToCountry":"US"`, fault.CodeInvalid, "shipToCountry"},
		{"a key twice, once escaped", `"shipToCountry":"US"`, `"shipToCountry":"US","ship\u0054oCountry":"CA"`, fault.CodeInvalid, "shipToCountry"},
		{"a key twice further down", `"sku":"MUG-3"`, `"sku":"MUG-3","sku":"MUG-4"`, fault.CodeInvalid, "items.1.sku"},
		{"a key that is not ours further down", `"kind":"PART"`, `"kind":"PART","weight":1`, fault.CodeInvalid, "items.0.packingList.0.weight"},
		{"a missing number", `"number":"E-1001",`, ``, fault.CodeRequired, "number"},
		{"a number that is null", `"number":"E-1001"`, `"number":null`, fault.CodeRequired, "number"},
		{"a number that is a number", `"number":"E-1001"`, `"number":1001`, fault.CodeInvalid, "number"},
		{"a missing address", `"email":"ada@example.com",`, ``, fault.CodeRequired, "customer.email"},
		{"a customer that is text", `{"email":"ada@example.com","name":"Ada Byron"}`, `"ada@example.com"`, fault.CodeInvalid, "customer"},
		{"a quantity that is text", `"quantity":2`, `"quantity":"2"`, fault.CodeInvalid, "items.0.quantity"},
		{"half a unit", `"quantity":2`, `"quantity":2.5`, fault.CodeInvalid, "items.0.quantity"},
		{"a quantity with an exponent", `"quantity":2`, `"quantity":2e0`, fault.CodeInvalid, "items.0.quantity"},
		{"a quantity beyond counting", `"quantity":2`, `"quantity":99999999999999999999`, fault.CodeInvalid, "items.0.quantity"},
		{"a quantity that is null", `"quantity":2`, `"quantity":null`, fault.CodeRequired, "items.0.quantity"},
		{"an amount that is a number", `{"amount":"80.00"`, `{"amount":80.00`, fault.CodeInvalid, "items.0.paid.amount"},
		{"an amount without a currency", `{"amount":"80.00","currency":"USD"}`, `{"amount":"80.00"}`, fault.CodeRequired, "items.0.paid.currency"},
		{"a date without a time", `"2026-01-10T15:04:05Z"`, `"2026-01-10"`, fault.CodeInvalid, "purchasedAt"},
		{"an instant without an offset", `"2026-01-10T15:04:05Z"`, `"2026-01-10T15:04:05"`, fault.CodeInvalid, "purchasedAt"},
		{"a day that no month has", `"2026-01-10T15:04:05Z"`, `"2026-02-30T15:04:05Z"`, fault.CodeInvalid, "purchasedAt"},
		{"seconds since 1970", `"2026-01-10T15:04:05Z"`, `1768057445`, fault.CodeInvalid, "purchasedAt"},
		{"items that are one item", `"items":[`, `"items":{"0":[`, fault.CodeInvalid, ""},
		{"items that are null", `"packingList":[`, `"items":null,"packingList":[`, fault.CodeInvalid, "items.0.items"},
		{"an item that is null", `{"sku":"MUG-3"`, `null,{"sku":"MUG-3"`, fault.CodeInvalid, "items.1"},
		{"a list where text belongs", `"number":"E-1001"`, `"number":["E-1001"]`, fault.CodeInvalid, "number"},
		{"an address line that is a number", `"12 Elm Street"`, `12`, fault.CodeInvalid, "shipToLines.1"},
		{"a fee that is text", `"fee":{"amount":"4.00","currency":"USD"}`, `"fee":"4.00"`, fault.CodeInvalid, "items.0.packingList.1.fee"},
		{"a comma too much", `"number":"E-1001",`, `"number":"E-1001",,`, fault.CodeInvalid, ""},
		{"text that is not UTF-8", `Ada Byron`, "Ada \xff", fault.CodeInvalid, ""},
	} {
		line := strings.Replace(good, c.old, c.new, 1)
		require.NotEqual(t, good, line, c.about)
		_, err := parse([]byte(line))
		f := fault.From(err)
		require.NotNil(t, f, c.about)
		require.Equal(t, []any{c.code, c.path}, []any{f.Code, strings.Join(f.Field, ".")}, "%s: %v", c.about, err)
		require.Equal(t, fault.Invalid, f.Kind, c.about)
	}
}

func TestALineHoldsOneObject(t *testing.T) {
	t.Parallel()
	good := example(t)
	for _, line := range []string{"", " ", "null", "1", `"order"`, "[]", "[" + good + "]", good + good, good + ",", good[1:], good[:len(good)-1], "{}"} {
		_, err := parse([]byte(line))
		require.Error(t, err, line)
	}
	_, err := parse([]byte(strings.Repeat("[", 1<<19)))
	require.Error(t, err)
	_, err = parse([]byte(`{"x":` + strings.Repeat(`{"x":`, 5000) + "1" + strings.Repeat("}", 5001)))
	require.Error(t, err)
}

func TestNullIsAsGoodAsLeavingAKeyOut(t *testing.T) {
	t.Parallel()
	good := example(t)
	without := strings.Replace(good, `"shipToZone":"America/Chicago",`, ``, 1)
	null := strings.Replace(good, `"shipToZone":"America/Chicago"`, `"shipToZone":null`, 1)
	require.NotEqual(t, without, null)
	a, err := parse([]byte(without))
	require.NoError(t, err)
	b, err := parse([]byte(null))
	require.NoError(t, err)
	require.Equal(t, a, b)
}

func TestAKeyThatSomebodyElseChoseDoesNotSpoilAReport(t *testing.T) {
	t.Parallel()
	_, err := parse([]byte(`{"` + strings.Repeat("é", 100) + `":1}`))
	require.LessOrEqual(t, len(fault.From(err).Field[0]), 67)
	_, err = parse([]byte(`{"a\n\u001b[31m":1}`))
	require.Equal(t, `a\n\x1b[31m`, fault.From(err).Field[0])
}

// FuzzLine holds, for any bytes: a line is refused with a fault or taken, never worse; what is taken is what the standard
// library reads there, and the same when it is written and read again; and what is sound keeps its fingerprint.
func FuzzLine(f *testing.F) {
	text, err := os.ReadFile("testdata/orders.jsonl")
	require.NoError(f, err)
	for line := range strings.Lines(string(text)) {
		f.Add([]byte(line))
	}
	f.Add([]byte(`{"number":"1","customer":{"email":"a@b.c"},"items":[{}],"x":1}`))
	f.Add([]byte(`{"number":"\ud800","number":1}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		in, err := parse(line)
		if err != nil {
			require.Equal(t, fault.Invalid, fault.From(err).Kind)
			return
		}
		var plain RecordInput
		require.NoError(t, json.Unmarshal(line, &plain))
		require.Equal(t, plain, in)
		written, err := json.Marshal(in)
		require.NoError(t, err)
		again, err := parse(written)
		require.NoError(t, err, "%s", written)
		first, err := read(in)
		second, errAgain := read(again)
		if err != nil {
			require.Equal(t, fault.Invalid, fault.From(err).Kind)
			require.Equal(t, fault.From(err), fault.From(errAgain))
			return
		}
		require.NoError(t, errAgain)
		require.Equal(t, fingerprint(t, first), fingerprint(t, second))
	})
}

// FuzzLines holds that a file comes apart into its lines: each that is not blank, in order, with its number and nothing of
// another, and every byte counted.
func FuzzLines(f *testing.F) {
	for _, seed := range []string{"a\nb", "a\r\n\r\nb\r\n", "\ufeffa\n\ufeffb", "\ufeff", "\n\n", "a\rb", "\x00\n\xff", strings.Repeat("x", 70<<10) + "\ny"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		l := newLines(bytes.NewReader(file))
		for i, want := range bytes.Split(file, []byte("\n")) {
			if i == 0 {
				want = bytes.TrimPrefix(want, []byte("\ufeff"))
			}
			if want = bytes.TrimSpace(want); len(want) == 0 {
				continue
			}
			got, err := l.next()
			require.NoError(t, err)
			require.Equal(t, want, got)
			require.Equal(t, i+1, l.number)
		}
		_, err := l.next()
		require.ErrorIs(t, err, io.EOF)
		require.Equal(t, int64(len(file)), l.bytes)
	})
}

func fingerprint(t *testing.T, s *sale) string {
	t.Helper()
	sum, err := s.fingerprint()
	require.NoError(t, err)
	require.Len(t, sum, 64)
	return sum
}
