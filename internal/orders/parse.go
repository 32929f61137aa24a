package orders

import (
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
	if !json.Valid(line) {
		return in, noJSON(json.Unmarshal(line, new(json.RawMessage)))
	}
	d := decoder{scanner{text: line}}
	err = d.fill(reflect.ValueOf(&in).Elem())
	return in, err
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

// bit marks the field in a set of at most 64.
func (f field) bit() uint64 { return 1 << f.at }

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

// decoder fills structs from a text that is known to be JSON.
type decoder struct{ scanner }

// fill reads the next value into a place of the same kind.
func (d *decoder) fill(into reflect.Value) error {
	if into.Type() == instantType {
		return d.instant(into)
	}
	switch into.Kind() {
	case reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		return d.fill(into.Elem())
	case reflect.Struct:
		return d.object(into)
	case reflect.Slice:
		return d.list(into)
	case reflect.Int:
		return d.int(into)
	default:
		text, ok := d.string()
		if !ok {
			return fault.Bad(fault.CodeInvalid, "", "This must be a string.")
		}
		into.SetString(text)
		return nil
	}
}

func (d *decoder) int(into reflect.Value) error {
	n, err := strconv.Atoi(d.word())
	if err != nil {
		return fault.Bad(fault.CodeInvalid, "", "This must be a whole number, without a point or an exponent.")
	}
	into.SetInt(int64(n))
	return nil
}

func (d *decoder) instant(into reflect.Value) error {
	text, ok := d.string()
	var at time.Time
	if !ok || at.UnmarshalText([]byte(text)) != nil {
		return fault.Bad(fault.CodeInvalid, "", "This must be an instant with its offset, such as 2026-03-01T09:30:00Z.")
	}
	into.Set(reflect.ValueOf(at))
	return nil
}

func (d *decoder) list(into reflect.Value) error {
	if !d.take('[') {
		return fault.Bad(fault.CodeInvalid, "", "This must be a list.")
	}
	into.Set(reflect.MakeSlice(into.Type(), 0, 0))
	for i := 0; !d.take(']'); i++ {
		into.Set(reflect.Append(into, reflect.Zero(into.Type().Elem())))
		if err := d.fill(into.Index(i)); err != nil {
			return under(err, index(i))
		}
	}
	return nil
}

func (d *decoder) object(into reflect.Value) error {
	if !d.take('{') {
		return fault.Bad(fault.CodeInvalid, "", "This must be an object.")
	}
	of := shapes[into.Type()]
	var seen uint64 // a bit for each field of the struct
	for !d.take('}') {
		key, _ := d.string()
		f, found := of.fields[key]
		if !found {
			return fault.Bad(fault.CodeInvalid, shown(key), "There is no such key.")
		}
		if seen&f.bit() != 0 {
			return fault.Bad(fault.CodeInvalid, key, "This key is there twice.")
		}
		seen |= f.bit()
		if err := d.member(into.Field(f.at), f.needed); err != nil {
			return under(err, key)
		}
	}
	for _, key := range of.needed {
		if seen&of.fields[key].bit() == 0 {
			return fault.Bad(fault.CodeRequired, key, "This is missing.")
		}
	}
	return nil
}

// member reads the value of a key. null is as good as leaving the key out, and so no value for one that is needed.
func (d *decoder) member(into reflect.Value, needed bool) error {
	switch {
	case d.peek() != 'n':
		return d.fill(into)
	case needed:
		return fault.Bad(fault.CodeRequired, "", "This is missing.")
	}
	d.word()
	return nil
}

// shown is a key that somebody else chose, fit to be written in a path.
func shown(key string) string {
	if len(key) > 64 {
		key = strings.ToValidUTF8(key[:64], "") + "…"
	}
	return strings.Trim(strconv.Quote(key), `"`)
}
