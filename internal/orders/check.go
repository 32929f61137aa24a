package orders

import (
	"net/mail"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"

	"github.com/vysero/returns/internal/calendar"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/money"
)

// under puts a path in front of a fault's own; nil stays nil.
func under(err error, path ...string) error {
	if err == nil {
		return nil
	}
	return fault.From(err).At(path...)
}

// code takes what other systems know a thing by: 1 to limit characters, one line, no space at either end, since
// nobody would find it again.
func code(value string, limit int, field string) error {
	if value == "" {
		return fault.Bad(fault.CodeRequired, field, "This is missing.")
	}
	if strings.TrimSpace(value) != value {
		return fault.Bad(fault.CodeInvalid, field, "This begins or ends with a space.")
	}
	return oneLine(value, limit, field)
}

// text takes what people read, without the spaces around it: 0 to limit characters, one line. nil is "".
func text(value *string, limit int, field string) (string, error) {
	if value == nil {
		return "", nil
	}
	trimmed := strings.TrimSpace(*value)
	return trimmed, oneLine(trimmed, limit, field)
}

func oneLine(value string, limit int, field string) error {
	switch {
	case utf8.RuneCountInString(value) > limit:
		return fault.Bad(fault.CodeInvalid, field, "This is longer than %d characters.", limit)
	case !utf8.ValidString(value):
		return fault.Bad(fault.CodeInvalid, field, "This is not UTF-8.")
	case strings.ContainsFunc(value, unicode.IsControl):
		return fault.Bad(fault.CodeInvalid, field, "This must be one line without control characters.")
	}
	return nil
}

// email takes an address that mail could be sent to, and nothing around it: no name, no comment, no second address.
func email(normal string) error {
	address, err := mail.ParseAddress(normal)
	if err != nil || address.Name != "" || address.Address != normal || len(normal) > 254 {
		return fault.Bad(fault.CodeInvalid, "email", "This is not an e-mail address of at most 254 bytes.")
	}
	return nil
}

// country takes the two-letter codes of countries alone: no group of countries, no code that was withdrawn or stands for
// another, nothing in small letters. N4 is judged by it.
func country(value string) error {
	region, err := language.ParseRegion(value)
	if err != nil || len(value) != 2 || !region.IsCountry() || region.Canonicalize().String() != value {
		return fault.Bad(fault.CodeInvalid, "shipToCountry", "This is not the ISO 3166-1 code of a country, such as US.")
	}
	return nil
}

func zone(name string) error {
	if _, err := calendar.Zone(name); err != nil || len(name) > 64 {
		return fault.Bad(fault.CodeInvalid, "shipToZone", "This is not a time zone such as America/Los_Angeles.")
	}
	return nil
}

// oneOf takes one of a list of words.
func oneOf[T ~string](value T, known []T, field string) error {
	if slices.Contains(known, value) {
		return nil
	}
	words := make([]string, len(known))
	for i, word := range known {
		words[i] = string(word)
	}
	return fault.Bad(fault.CodeInvalid, field, "This must be one of %s.", strings.Join(words, ", "))
}

// sum adds minor units of one currency and refuses what cannot be counted.
func sum(a, b int64, currency string) (int64, error) {
	total, err := money.Amount{Minor: a, Currency: currency}.Add(money.Amount{Minor: b, Currency: currency})
	if err != nil {
		return 0, fault.Bad(fault.CodeAmount, "", "The sum of the amounts is more than can be counted.")
	}
	return total.Minor, nil
}
