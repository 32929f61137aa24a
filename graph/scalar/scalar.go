// Package scalar says how single values are written to clients and read from them. What cannot be read is a fault that
// may be shown; it never repeats the value.
package scalar

import (
	"encoding/json"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"

	"github.com/vysero/returns/internal/fault"
)

// MarshalTime writes an instant in RFC 3339, in UTC.
func MarshalTime(t time.Time) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		_, _ = io.WriteString(w, strconv.Quote(t.UTC().Format(time.RFC3339Nano))) // the response's buffer takes everything
	})
}

// UnmarshalTime reads an instant in RFC 3339. It must carry an offset; it comes out in UTC and in whole microseconds,
// as records keep it. Anything else is INVALID_INPUT.
func UnmarshalTime(v any) (time.Time, error) {
	text, ok := v.(string)
	if !ok {
		return time.Time{}, notAnInstant()
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, notAnInstant()
	}
	if t = t.UTC().Truncate(time.Microsecond); t.Year() < 1 || t.Year() > 9999 { // its offset led out of RFC 3339's years
		return time.Time{}, notAnInstant()
	}
	return t, nil
}

func notAnInstant() error {
	return fault.Bad(fault.CodeInvalid, "", "An instant is written in RFC 3339 with an offset, such as 2026-03-31T12:00:00Z.")
}

// MarshalString writes a text.
func MarshalString(s string) graphql.Marshaler { return graphql.MarshalString(s) }

// UnmarshalString reads a text. One that is not Storable is INVALID_INPUT.
func UnmarshalString(v any) (string, error) { return storable(graphql.UnmarshalString(v)) }

// MarshalID writes an id.
func MarshalID(s string) graphql.Marshaler { return graphql.MarshalID(s) }

// UnmarshalID reads an id as UnmarshalString reads a text.
func UnmarshalID(v any) (string, error) { return storable(graphql.UnmarshalID(v)) }

// Storable tells whether every database can be asked with a text: it has no NUL in it, and is in UTF-8.
func Storable(text string) bool { return !strings.ContainsRune(text, 0) && utf8.ValidString(text) }

func storable(s string, err error) (string, error) {
	if err == nil && !Storable(s) {
		return "", fault.Bad(fault.CodeInvalid, "", "A text has no NUL in it, and is in UTF-8.")
	}
	return s, err
}

// MarshalInt writes a whole number.
func MarshalInt(n int) graphql.Marshaler { return graphql.MarshalInt(n) }

// UnmarshalInt reads a whole number of 32 bits, which is what GraphQL's Int is. Anything else is INVALID_INPUT.
func UnmarshalInt(v any) (int, error) {
	var n int64
	switch v := v.(type) {
	case int:
		n = int64(v)
	case int32:
		n = int64(v)
	case int64:
		n = v
	case float64: // a variable that was decoded without json.Number
		if v != math.Trunc(v) || math.Abs(v) > math.MaxInt32 {
			return 0, notAnInt()
		}
		n = int64(v)
	case json.Number:
		parsed, err := strconv.ParseInt(v.String(), 10, 64)
		if err != nil {
			return 0, notAnInt()
		}
		n = parsed
	default:
		return 0, notAnInt()
	}
	if n < math.MinInt32 || n > math.MaxInt32 {
		return 0, notAnInt()
	}
	return int(n), nil
}

func notAnInt() error {
	return fault.Bad(fault.CodeInvalid, "", "A whole number of 32 bits is needed here.")
}
