package money_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/money"
)

func TestAnAmountThatIsHandedInIsTakenInTheCurrencyOfTheOrder(t *testing.T) {
	t.Parallel()
	minor, err := money.Text{Amount: "12.50", Currency: "USD"}.In("USD", "shipping")
	require.NoError(t, err)
	assert.Equal(t, int64(1250), minor)
}

func TestAnAmountThatIsHandedInWrongIsAFaultAtItsField(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		text     money.Text
		currency string
		want     fault.Code
	}{
		{"another currency", money.Text{Amount: "1", Currency: "EUR"}, "USD", fault.CodeCurrency},
		{"no such currency", money.Text{Amount: "1", Currency: "XXQ"}, "XXQ", fault.CodeCurrency},
		{"below zero", money.Text{Amount: "-0.01", Currency: "USD"}, "USD", fault.CodeAmount},
		{"too large", money.Text{Amount: "90071992547409.92", Currency: "USD"}, "USD", fault.CodeAmount},
		{"no number", money.Text{Amount: "a lot", Currency: "USD"}, "USD", fault.CodeInvalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := c.text.In(c.currency, "shipping")
			assert.Equal(t, c.want, fault.From(err).Code)
			assert.Equal(t, []string{"shipping"}, fault.From(err).Field)
		})
	}
}
