package money

import (
	"errors"

	"github.com/vysero/returns/internal/fault"
)

// Text is an amount as it is handed in: a decimal string and a currency code, neither of them trusted.
type Text struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
}

// In reads the text as an amount of 0 or more in the given currency, in minor units. Anything else is a fault at field:
// CURRENCY_MISMATCH for another currency, AMOUNT_OUT_OF_RANGE below zero or beyond Max, INVALID_INPUT for no number.
func (t Text) In(currency, field string) (int64, error) {
	if t.Currency != currency {
		return 0, fault.Bad(fault.CodeCurrency, field, "The amount must be in %s.", currency)
	}
	a, err := Parse(t.Amount, t.Currency)
	switch {
	case errors.Is(err, ErrCurrency):
		return 0, fault.Bad(fault.CodeCurrency, field, "There is no such currency.")
	case errors.Is(err, ErrRange) || (err == nil && a.Minor < 0):
		return 0, fault.Bad(fault.CodeAmount, field, "The amount must be from 0 to %s.", Amount{Minor: Max, Currency: currency})
	case err != nil:
		return 0, fault.Bad(fault.CodeInvalid, field, "The amount must be a plain decimal number with the digits of %s.", currency)
	}
	return a.Minor, nil
}
