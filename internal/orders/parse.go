package orders

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/vysero/returns/internal/fault"
)

// parse reads one line of an import: one JSON object in the shape of RecordInput and nothing else. Keys are taken as they
// are written, each at most once, and only those that the shape has; values are never converted. Anything else is a fault
// that names its path.
func parse(line []byte) (in RecordInput, err error) {
	if !utf8.Valid(line) {
		return in, fault.Bad(fault.CodeInvalid, "", "The line is not UTF-8.")
	}
	if err := json.Unmarshal(line, new(json.RawMessage)); err != nil {
		return in, noJSON(err)
	}
	d := decoder{json.NewDecoder(bytes.NewReader(line))}
	d.UseNumber()
	return in, d.value(reflect.ValueOf(&in).Elem())
}

// noJSON tells where a line stops being JSON.
func noJSON(err error) error {
	if syntax := new(json.SyntaxError); errors.As(err, &syntax) {
		return fault.Bad(fault.CodeInvalid, "", "The line is not JSON: it goes wrong at byte %d.", syntax.Offset).Because(err)
	}
	return fault.Bad(fault.CodeInvalid, "", "The line is not JSON.").Because(err)
}

// shape is what a kind of object may hold.
type shape struct {
	fields map[string]field
	needed []string // in the order of the struct
}

// field is one key of a shape: the place of its value in the struct.
type field struct {
	at     int
	needed bool
}

var (
	instantType = reflect.TypeFor[time.Time]()
	shapes      = shapesOf(reflect.TypeFor[RecordInput](), map[reflect.Type]shape{})
)

// shapesOf finds the shapes of a struct and of all that it holds, from the tags that describe its JSON.
func shapesOf(of reflect.Type, known map[reflect.Type]shape) map[reflect.Type]shape {
	for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice {
		of = of.Elem()
	}
	if of.Kind() != reflect.Struct || of == instantType {
		return known
	}
	if _, found := known[of]; found {
		return known
	}
	s := shape{fields: map[string]field{}}
	known[of] = s
	for i := range of.NumField() {
		name, options, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
		needed := options != "omitempty"
		s.fields[name] = field{at: i, needed: needed}
		if needed {
			s.needed = append(s.needed, name)
		}
		shapesOf(of.Field(i).Type, known)
	}
	known[of] = s
	return known
}

// decoder reads a text that is known to be JSON.
type decoder struct{ *json.Decoder }

// value reads the next value into a place of the same kind.
func (d decoder) value(into reflect.Value) error {
	token, err := d.Token()
	if err != nil {
		return noJSON(err)
	}
	return d.fill(into, token)
}

// fill reads the value that begins with token.
func (d decoder) fill(into reflect.Value, token json.Token) error {
	if into.Type() == instantType {
		return fillInstant(into, token)
	}
	switch into.Kind() {
	case reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		return d.fill(into.Elem(), token)
	case reflect.Struct:
		if token != json.Delim('{') {
			return fault.Bad(fault.CodeInvalid, "", "This must be an object.")
		}
		return d.object(into)
	case reflect.Slice:
		if token != json.Delim('[') {
			return fault.Bad(fault.CodeInvalid, "", "This must be a list.")
		}
		return d.list(into)
	case reflect.Int:
		return fillInt(into, token)
	default:
		return fillString(into, token)
	}
}

func fillString(into reflect.Value, token json.Token) error {
	text, ok := token.(string)
	if !ok {
		return fault.Bad(fault.CodeInvalid, "", "This must be a string.")
	}
	into.SetString(text)
	return nil
}

func fillInt(into reflect.Value, token json.Token) error {
	number, ok := token.(json.Number)
	n, err := strconv.Atoi(number.String())
	if !ok || err != nil {
		return fault.Bad(fault.CodeInvalid, "", "This must be a whole number, without a point or an exponent.")
	}
	into.SetInt(int64(n))
	return nil
}

func fillInstant(into reflect.Value, token json.Token) error {
	text, ok := token.(string)
	var at time.Time
	if !ok || at.UnmarshalText([]byte(text)) != nil {
		return fault.Bad(fault.CodeInvalid, "", "This must be an instant with its offset, such as 2026-03-01T09:30:00Z.")
	}
	into.Set(reflect.ValueOf(at))
	return nil
}

func (d decoder) list(into reflect.Value) error {
	into.Set(reflect.MakeSlice(into.Type(), 0, 0))
	for i := 0; d.More(); i++ {
		into.Set(reflect.Append(into, reflect.Zero(into.Type().Elem())))
		if err := d.value(into.Index(i)); err != nil {
			return under(err, index(i))
		}
	}
	_, err := d.Token()
	return err
}

func (d decoder) object(into reflect.Value) error {
	of := shapes[into.Type()]
	seen := make(map[string]bool, len(of.fields))
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return noJSON(err)
		}
		key, _ := token.(string)
		if seen[key] {
			return fault.Bad(fault.CodeInvalid, shown(key), "This key is there twice.")
		}
		f, found := of.fields[key]
		if !found {
			return fault.Bad(fault.CodeInvalid, shown(key), "There is no such key.")
		}
		seen[key] = true
		if err := d.member(into.Field(f.at), f.needed); err != nil {
			return under(err, key)
		}
	}
	for _, key := range of.needed {
		if !seen[key] {
			return fault.Bad(fault.CodeRequired, key, "This is missing.")
		}
	}
	_, err := d.Token()
	return err
}

// member reads the value of a key. null is as good as leaving the key out, and so no value for one that is needed.
func (d decoder) member(into reflect.Value, needed bool) error {
	token, err := d.Token()
	switch {
	case err != nil:
		return noJSON(err)
	case token != nil:
		return d.fill(into, token)
	case needed:
		return fault.Bad(fault.CodeRequired, "", "This is missing.")
	}
	return nil
}

// shown is a key that somebody else chose, fit to be written in a path.
func shown(key string) string {
	if len(key) > 64 {
		key = strings.ToValidUTF8(key[:64], "") + "…"
	}
	return strings.Trim(strconv.Quote(key), `"`)
}
