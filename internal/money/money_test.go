package money_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/vysero/returns/internal/money"
)

func TestAmountsAreReadInTheDigitsOfTheirCurrency(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		decimal, code string
		minor         int64
		written       string
	}{
		{"12.50", "USD", 1250, "12.50"},
		{"12.5", "USD", 1250, "12.50"},
		{"12", "USD", 1200, "12.00"},
		{"0", "USD", 0, "0.00"},
		{"-0.05", "USD", -5, "-0.05"},
		{"-0", "USD", 0, "0.00"},
		{"007", "USD", 700, "7.00"},
		{"1200", "JPY", 1200, "1200"},
		{"-3", "JPY", -3, "-3"},
		{"1.234", "KWD", 1234, "1.234"},
		{"0.001", "KWD", 1, "0.001"},
		{"90071992547409.91", "USD", money.Max, "90071992547409.91"},
		{"-90071992547409.91", "USD", -money.Max, "-90071992547409.91"},
	} {
		t.Run(c.decimal+c.code, func(t *testing.T) {
			t.Parallel()
			got, err := money.Parse(c.decimal, c.code)
			require.NoError(t, err)
			assert.Equal(t, money.Amount{Minor: c.minor, Currency: c.code}, got)
			assert.Equal(t, c.written, got.Decimal())
			assert.Equal(t, c.written+" "+c.code, got.String())
		})
	}
}

func TestWhatIsNoAmountIsRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		decimal, code string
		want          error
	}{
		{"", "USD", money.ErrFormat},
		{"-", "USD", money.ErrFormat},
		{".", "USD", money.ErrFormat},
		{".5", "USD", money.ErrFormat},
		{"5.", "USD", money.ErrFormat},
		{"+5", "USD", money.ErrFormat},
		{"--5", "USD", money.ErrFormat},
		{"1e3", "USD", money.ErrFormat},
		{"1,000.00", "USD", money.ErrFormat},
		{"1.2.3", "USD", money.ErrFormat},
		{" 1", "USD", money.ErrFormat},
		{"٣", "USD", money.ErrFormat},
		{"1.005", "USD", money.ErrFormat},
		{"1.0", "JPY", money.ErrFormat},
		{"90071992547409.92", "USD", money.ErrRange},
		{"99999999999999999999", "USD", money.ErrRange},
		{"1", "XXQ", money.ErrCurrency},
		{"1", "usd", money.ErrCurrency},
		{"1", "", money.ErrCurrency},
	} {
		t.Run(c.decimal+c.code, func(t *testing.T) {
			t.Parallel()
			got, err := money.Parse(c.decimal, c.code)
			assert.ErrorIs(t, err, c.want)
			assert.Zero(t, got)
		})
	}
}

func TestAnAmountThatIsWrittenIsReadBackTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		amount := money.Amount{
			Minor:    rapid.Int64Range(-money.Max, money.Max).Draw(t, "minor"),
			Currency: rapid.SampledFrom([]string{"USD", "EUR", "JPY", "KWD", "CLF"}).Draw(t, "currency"),
		}
		read, err := money.Parse(amount.Decimal(), amount.Currency)
		require.NoError(t, err)
		assert.Equal(t, amount, read)
	})
}

func TestAnAmountInNoKnownCurrencyIsStillWrittenInFull(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "-92233720368547758.08 XXQ", money.Amount{Minor: math.MinInt64, Currency: "XXQ"}.String())
	assert.Equal(t, "0.00 ", money.Amount{}.String())
}

func TestAddRefusesTwoCurrenciesAndWhatCannotBeCounted(t *testing.T) {
	t.Parallel()
	usd := func(minor int64) money.Amount { return money.Amount{Minor: minor, Currency: "USD"} }
	for _, c := range []struct {
		name string
		a, b money.Amount
		want int64
		err  error
	}{
		{"a sum", usd(250), usd(-75), 175, nil},
		{"up to the largest", usd(money.Max - 1), usd(1), money.Max, nil},
		{"two currencies", usd(1), money.Amount{Minor: 1, Currency: "EUR"}, 0, money.ErrMixed},
		{"beyond the largest", usd(money.Max), usd(1), 0, money.ErrRange},
		{"beyond the smallest", usd(-money.Max), usd(-1), 0, money.ErrRange},
		{"overflow", usd(math.MaxInt64), usd(1), 0, money.ErrRange},
		{"overflow below", usd(math.MinInt64), usd(-1), 0, money.ErrRange},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := c.a.Add(c.b)
			assert.ErrorIs(t, err, c.err)
			assert.Equal(t, c.want, got.Minor)
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"12.50", "-0.05", "1e9", "", ".", "90071992547409.92", "000000000000000000001"} {
		f.Add(seed, "USD")
	}
	f.Add("1200", "JPY")
	f.Fuzz(func(t *testing.T, decimal, code string) {
		amount, err := money.Parse(decimal, code)
		if err != nil {
			return
		}
		again, err := money.Parse(amount.Decimal(), code)
		require.NoError(t, err)
		assert.Equal(t, amount, again)
	})
}
