package scalar_test

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/graph/scalar"
	"github.com/vysero/returns/internal/fault"
)

func TestAnInstantIsReadWithItsOffsetAndKeptInUTCToTheMicrosecond(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"2026-03-31T12:00:00Z":                "2026-03-31T12:00:00Z",
		"2026-03-31T12:00:00+09:00":           "2026-03-31T03:00:00Z",
		"2026-03-31T12:00:00.123456789-07:00": "2026-03-31T19:00:00.123456Z",
	} {
		at, err := scalar.UnmarshalTime(text)
		require.NoError(t, err)
		require.Equal(t, time.UTC, at.Location())
		var b bytes.Buffer
		scalar.MarshalTime(at).MarshalGQL(&b)
		require.Equal(t, `"`+want+`"`, b.String())
	}
}

func TestWhatIsNoInstantIsWrongInputAndNotRepeated(t *testing.T) {
	t.Parallel()
	for _, v := range []any{
		"", "2026-03-31", "2026-03-31T12:00:00", "2026-02-30T12:00:00Z", "2026-03-31 12:00:00Z", "31 March 2026", "9999-12-31T23:59:59-23:59", "0000-06-01T00:00:00Z", 1774958400, json.Number("1774958400"), nil, true,
	} {
		_, err := scalar.UnmarshalTime(v)
		require.Equal(t, fault.CodeInvalid, fault.From(err).Code, "%v", v)
	}
}

func TestAnInstantIsWrittenInUTC(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	scalar.MarshalTime(time.Date(2026, 3, 31, 12, 0, 0, 0, time.FixedZone("", 3600))).MarshalGQL(&b)
	require.Equal(t, `"2026-03-31T11:00:00Z"`, b.String())
}

func TestAnIntHas32Bits(t *testing.T) {
	t.Parallel()
	for _, v := range []any{7, int32(7), int64(7), float64(7), json.Number("7")} {
		n, err := scalar.UnmarshalInt(v)
		require.NoError(t, err)
		require.Equal(t, 7, n)
	}
	for _, v := range []any{
		int64(math.MaxInt32) + 1, int64(math.MinInt32) - 1, float64(1e12), 1.5, math.NaN(), math.Inf(1), json.Number("1e3"), json.Number("99999999999999999999"),
		"7", true, nil,
	} {
		_, err := scalar.UnmarshalInt(v)
		require.Equal(t, fault.CodeInvalid, fault.From(err).Code, "%v", v)
	}
	var b bytes.Buffer
	scalar.MarshalInt(-7).MarshalGQL(&b)
	require.Equal(t, "-7", b.String())
}

func TestATextIsOneThatEveryDatabaseTakes(t *testing.T) {
	t.Parallel()
	for name, read := range map[string]func(any) (string, error){"a text": scalar.UnmarshalString, "an id": scalar.UnmarshalID} {
		for _, text := range []string{"", "ord_1", "\n\t\x01", "日本", "\ufffd"} {
			got, err := read(text)
			require.NoError(t, err, name)
			require.Equal(t, text, got, name)
		}
		for _, text := range []string{"\x00", "a\x00b", "\xff", "a\xed\xa0\x80"} {
			_, err := read(text)
			require.Equal(t, fault.CodeInvalid, fault.From(err).Code, "%s: %q", name, text)
		}
		_, err := read([]any{})
		require.Error(t, err, name)
	}
	var b bytes.Buffer
	scalar.MarshalString("a").MarshalGQL(&b)
	scalar.MarshalID("b").MarshalGQL(&b)
	require.Equal(t, `"a""b"`, b.String())
}

func FuzzTime(f *testing.F) {
	for _, seed := range []string{"2026-03-31T12:00:00Z", "2026-03-31T12:00:00.1+14:00", "0000-01-01T00:00:00Z", "x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at, err := scalar.UnmarshalTime(text)
		if err != nil {
			return
		}
		var b bytes.Buffer
		scalar.MarshalTime(at).MarshalGQL(&b)
		var written string
		require.NoError(t, json.Unmarshal(b.Bytes(), &written))
		again, err := scalar.UnmarshalTime(written)
		require.NoError(t, err)
		require.True(t, at.Equal(again))
	})
}
