package label

import (
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/vysero/returns/internal/fault"
)

// check refuses an order that no carrier should see. Its errors are ErrInvalid and name the field.
func check(o Order) error {
	if err := checkKey(o.Key); err != nil {
		return err
	}
	if err := text(o.ReturnNumber, 40, "returnNumber"); err != nil {
		return err
	}
	if err := lines(o.From, 2, 7, "from"); err != nil {
		return err
	}
	if err := lines(o.To, 2, 7, "to"); err != nil {
		return err
	}
	return lines(o.Contents, 1, 100, "contents")
}

func checkKey(key string) error {
	if key == "" {
		return bad(fault.CodeRequired, "key", "A label needs a key.")
	}
	if len(key) > 255 || !visible(key) {
		return bad(fault.CodeInvalid, "key", "A label's key has 1 to 255 visible ASCII characters.")
	}
	return nil
}

// lines holds a list to its number of lines; an address has up to 60 characters a line, contents 200.
func lines(list []string, atLeast, atMost int, field string) error {
	if len(list) < atLeast || len(list) > atMost {
		return bad(fault.CodeInvalid, field, "A label needs %d to %d lines here, not %d.", atLeast, atMost, len(list))
	}
	longest := 60
	if field == "contents" {
		longest = 200
	}
	for i, line := range list {
		if err := text(line, longest, field, strconv.Itoa(i)); err != nil {
			return err
		}
	}
	return nil
}

func text(s string, longest int, path ...string) error {
	if s == "" {
		return fault.Bad(fault.CodeRequired, "", "A line of a label is empty.").At(path...).Because(ErrInvalid)
	}
	if !utf8.ValidString(s) || utf8.RuneCountInString(s) > longest {
		return fault.Bad(fault.CodeInvalid, "", "A line of a label has at most %d characters.", longest).
			At(path...).Because(ErrInvalid)
	}
	for _, r := range s {
		if unicode.IsControl(r) {
			return fault.Bad(fault.CodeInvalid, "", "A line of a label may not hold control characters.").
				At(path...).Because(ErrInvalid)
		}
	}
	return nil
}

func bad(code fault.Code, field, format string, args ...any) error {
	return fault.Bad(code, field, format, args...).Because(ErrInvalid)
}

// visible tells whether s is not empty and holds nothing but visible ASCII characters.
func visible(s string) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return s != ""
}
