package returns

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/internal/fault"
)

// Bounds of what is handed in.
const (
	maxLines  = 50
	maxPhotos = 20   // filed with one return, or with one finding
	maxText   = 2000 // characters of a note or a reason
	maxWords  = 4000 // characters of instructions
	maxName   = 64   // characters of a carrier's name
	maxNumber = 128  // characters of a tracking number

	maxOutside = 200 // characters that say how a refund was paid by other means
)

// occurred is the instant at which something happened: what was handed in, else now. It is not in the future, and not
// before what it must follow.
func occurred(at *time.Time, now, after time.Time, field string) (time.Time, error) {
	if at == nil {
		return now, nil
	}
	t := at.UTC().Truncate(time.Microsecond)
	switch {
	case t.After(now):
		return t, fault.Bad(fault.CodeFuture, field, "This is in the future: it is %s.", now.Format(time.RFC3339))
	case t.Before(after):
		return t, fault.Bad(fault.CodeOrderOfDates, field, "This cannot be before %s.", after.Format(time.RFC3339Nano))
	}
	return t, nil
}

// words trims a text and holds it to its length.
func words(text *string, most int, field string) (string, error) {
	if text == nil {
		return "", nil
	}
	s := strings.TrimSpace(*text)
	if n := utf8.RuneCountInString(s); n > most || !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return "", fault.Bad(fault.CodeInvalid, field, "This takes plain text of at most %d characters.", most)
	}
	return s, nil
}

// needed is a text that may not be empty.
func needed(text string, most int, field string) (string, error) {
	s, err := words(&text, most, field)
	if err == nil && s == "" {
		return "", fault.Bad(fault.CodeRequired, field, "This needs to be said.")
	}
	return s, err
}

// pieces checks codes against an item's packing list: known, and each once.
func pieces(codes []string, it *ent.Item, field string) error {
	for i, code := range codes {
		if slices.Contains(codes[:i], code) {
			return fault.Bad(fault.CodePiece, field, "A piece is named once; the units say how often it counts.")
		}
		known := false
		for _, p := range it.PackingList {
			known = known || p.Code == code
		}
		if !known {
			return fault.Bad(fault.CodePiece, field, "The packing list of %s has no piece with this code.", it.Sku)
		}
	}
	return nil
}
