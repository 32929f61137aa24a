// Package money holds amounts: whole minor units of one currency, never a float.
package money

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/bojanz/currency"
)

// Amount is a sum of money: Minor whole minor units (cents, yen, fils) of the ISO 4217 Currency.
// The zero value is no money in no currency.
type Amount struct {
	Minor    int64  `json:"minor"`
	Currency string `json:"currency"`
}

// Errors of this package; callers wrap them with the field that was wrong.
var (
	// ErrCurrency is a currency code that ISO 4217 does not list.
	ErrCurrency = errors.New("unknown currency code")
	// ErrFormat is text that is not a plain decimal number with at most the currency's digits.
	ErrFormat = errors.New("not a decimal amount of that currency")
	// ErrRange is an amount outside of what can be counted in 53 bits of minor units.
	ErrRange = errors.New("amount out of range")
	// ErrMixed is arithmetic on two currencies.
	ErrMixed = errors.New("amounts of different currencies")
)

// Max is the largest number of minor units that an amount may hold: what every JSON reader counts exactly.
const Max = int64(1)<<53 - 1

// Digits returns how many decimal digits the currency has (JPY 0, USD 2, KWD 3), or ErrCurrency.
func Digits(code string) (int, error) {
	d, ok := currency.GetDigits(code)
	if !ok {
		return 0, fmt.Errorf("%w: %q", ErrCurrency, code)
	}
	return int(d), nil
}

// Parse reads a decimal string ("12.50") as an amount of the currency. It takes a leading minus, no plus, no
// exponent, no grouping, and at most as many decimals as the currency has. Errors: ErrCurrency, ErrFormat, ErrRange.
func Parse(decimal, code string) (Amount, error) {
	digits, err := Digits(code)
	if err != nil {
		return Amount{}, err
	}
	whole, negative := strings.CutPrefix(decimal, "-")
	whole, part, point := strings.Cut(whole, ".")
	if !allDigits(whole) || (point && !allDigits(part)) || len(part) > digits {
		return Amount{}, fmt.Errorf("%w: %q", ErrFormat, decimal)
	}
	minor, err := strconv.ParseInt(whole+part+strings.Repeat("0", digits-len(part)), 10, 64)
	if err != nil || minor > Max {
		return Amount{}, fmt.Errorf("%w: %q", ErrRange, decimal)
	}
	if negative {
		minor = -minor
	}
	return Amount{Minor: minor, Currency: code}, nil
}

func allDigits(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return s != ""
}

// Decimal writes the amount as a plain decimal string with all of the currency's digits: "12.50", "-0.05", "1200".
// An unknown currency is written with two digits, so that nothing is ever hidden.
func (a Amount) Decimal() string {
	digits, err := Digits(a.Currency)
	if err != nil {
		digits = 2
	}
	sign, n := "", uint64(a.Minor)
	if a.Minor < 0 {
		sign, n = "-", uint64(-a.Minor)
	}
	text := strconv.FormatUint(n, 10)
	if digits == 0 {
		return sign + text
	}
	if pad := digits + 1 - len(text); pad > 0 {
		text = strings.Repeat("0", pad) + text
	}
	return sign + text[:len(text)-digits] + "." + text[len(text)-digits:]
}

// String is for messages: "12.50 USD".
func (a Amount) String() string { return a.Decimal() + " " + a.Currency }

// Add returns the sum, or ErrMixed or ErrRange.
func (a Amount) Add(b Amount) (Amount, error) {
	if a.Currency != b.Currency {
		return Amount{}, fmt.Errorf("%w: %s and %s", ErrMixed, a.Currency, b.Currency)
	}
	if (b.Minor > 0 && a.Minor > math.MaxInt64-b.Minor) || (b.Minor < 0 && a.Minor < math.MinInt64-b.Minor) {
		return Amount{}, ErrRange
	}
	sum := a.Minor + b.Minor
	if sum > Max || sum < -Max {
		return Amount{}, ErrRange
	}
	return Amount{Minor: sum, Currency: a.Currency}, nil
}
