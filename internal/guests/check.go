package guests

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/notify"
)

// maxNumber is the longest number of an order, in characters.
const maxNumber = 64

// read tells what is malformed, and nothing else: an order's number in one line, and one address.
func read(in LinkInput) (number, email string, err error) {
	number, email = strings.TrimSpace(in.OrderNumber), auth.NormalEmail(in.Email)
	var wrong []error
	switch {
	case number == "":
		wrong = append(wrong, fault.Bad(fault.CodeRequired, "orderNumber", "Which order is it? Its number is missing."))
	case utf8.RuneCountInString(number) > maxNumber || !utf8.ValidString(number) || strings.ContainsFunc(number, unicode.IsControl):
		wrong = append(wrong, fault.Bad(fault.CodeInvalid, "orderNumber", "An order's number is one line of at most %d characters.", maxNumber))
	case strings.Contains(number, "@"):
		wrong = append(wrong, fault.Bad(fault.CodeInvalid, "orderNumber", "This is an e-mail address, not an order's number."))
	}
	switch {
	case email == "":
		wrong = append(wrong, fault.Bad(fault.CodeRequired, "email", "The e-mail address of the purchase is missing."))
	case !notify.Address(email):
		wrong = append(wrong, fault.Bad(fault.CodeInvalid, "email", "This is not an e-mail address."))
	}
	return number, email, errors.Join(wrong...)
}
