package stripe

import (
	"errors"
	"fmt"
	"strings"

	"github.com/vysero/returns/internal/money"
)

// Stripe's counting differs from ISO 4217 in a few currencies (docs.stripe.com/currencies, zero-decimal, three-decimal
// and special cases): the ariary has no cents there, the króna and the Ugandan shilling have cents that must be 00, and
// the last of three decimals must be 0.
var (
	noDecimals = []string{
		"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF",
	}
	threeDecimals = []string{"BHD", "JOD", "KWD", "OMR", "TND"}
	wholeAsCents  = []string{"ISK", "UGX"}

	counting = table()
)

// rule is how Stripe counts a currency: digits after the point, and what every amount must be a multiple of.
type rule struct {
	digits int
	step   int64
}

func table() map[string]rule {
	rules := map[string]rule{}
	for _, code := range noDecimals {
		rules[code] = rule{0, 1}
	}
	for _, code := range threeDecimals {
		rules[code] = rule{3, 10}
	}
	for _, code := range wholeAsCents {
		rules[code] = rule{2, 100}
	}
	return rules
}

// stripes is Stripe's rule for the currency and how many digits ours has. Where Stripe says nothing a currency has two
// decimals; one that has more by ISO 4217 is not guessed at.
func stripes(code string) (rule, int, error) {
	ours, err := money.Digits(code)
	if err != nil {
		return rule{}, 0, err
	}
	if known, ok := counting[code]; ok {
		return known, ours, nil
	}
	if ours != 2 {
		return rule{}, 0, fmt.Errorf("stripe: it is not known how Stripe counts %s", code)
	}
	return rule{2, 1}, ours, nil
}

// toUnits is the amount as Stripe counts it, or an error where Stripe cannot express it.
func toUnits(a money.Amount) (int64, error) {
	theirs, ours, err := stripes(a.Currency)
	if err != nil {
		return 0, err
	}
	units, err := shift(a.Minor, theirs.digits-ours)
	if err != nil || units%theirs.step != 0 {
		return 0, fmt.Errorf("stripe: Stripe cannot pay back %s exactly", a)
	}
	return units, nil
}

// fromUnits is the reverse: what units of Stripe's are in ours.
func fromUnits(units int64, currency string) (money.Amount, error) {
	code := strings.ToUpper(currency)
	theirs, ours, err := stripes(code)
	if err != nil {
		return money.Amount{}, err
	}
	minor, err := shift(units, ours-theirs.digits)
	if err != nil {
		return money.Amount{}, fmt.Errorf("stripe: %d units of %s cannot be counted", units, code)
	}
	return money.Amount{Minor: minor, Currency: code}, nil
}

// shift moves the point: by 2 from 5 to 500, by -2 back, with an error where something is lost.
func shift(n int64, by int) (int64, error) {
	for ; by > 0; by-- {
		if n > money.Max/10 || n < -money.Max/10 {
			return 0, money.ErrRange
		}
		n *= 10
	}
	for ; by < 0; by++ {
		if n%10 != 0 {
			return 0, errors.New("smaller than the smallest coin")
		}
		n /= 10
	}
	if n > money.Max || n < -money.Max {
		return 0, money.ErrRange
	}
	return n, nil
}
