package graph

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// explained asks for the explanation of a change of heart for order 1001, in somebody's browser.
func (d *desk) explained(t *testing.T, argument string, acceptLanguage ...string) any {
	t.Helper()
	body, err := json.Marshal(map[string]any{
		"query": `{ order(number: "1001") { items { returnOptions { verdict { explanation` + argument + ` } } } } }`,
	})
	require.NoError(t, err)
	r := post(string(body))
	for _, value := range acceptLanguage {
		r.Header.Add("Accept-Language", value)
	}
	var a answered
	require.NoError(t, json.Unmarshal(d.with(t, asAda, r).Body.Bytes(), &a))
	require.Empty(t, a.Errors)
	var got any
	require.NoError(t, json.Unmarshal(a.Data, &got))
	return at(got, "order", "items", 0, "returnOptions", 0, "verdict", "explanation", 0)
}

func TestAVerdictIsExplainedInTheLanguageThatIsAskedFor(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.two(t)
	const (
		english  = "You can ask to return this until the end of 31 March 2026 (22 days left)."
		american = "You can ask to return this until the end of March 31, 2026 (22 days left)."
		spanish  = "Puedes pedir la devolución hasta el final del 31 de marzo de 2026 (quedan 22 días)."
	)
	require.Equal(t, english, d.explained(t, ""), "nobody asked for anything")
	require.Equal(t, spanish, d.explained(t, "", "es-MX,es;q=0.9,en;q=0.8"))
	require.Equal(t, spanish, d.explained(t, "", "de", "es"), "a header that is sent twice is one list")
	require.Equal(t, american, d.explained(t, `(locale: "en-US")`, "es"), "the argument goes first")
	require.Equal(t, english, d.explained(t, `(locale: null)`, "en-GB"))
	require.Equal(t, spanish, d.explained(t, `(locale: "fr")`, "es"), "what is not here is not asked for")
	require.Equal(t, english, d.explained(t, `(locale: "no language at all")`, "!!"))
}

func TestAJudgementIsExplainedWithTheFeeThatStaffLeft(t *testing.T) {
	t.Parallel()
	d := open(t)
	hers, _ := d.two(t)
	ret := d.settled(t, hers)
	query := fmt.Sprintf(`{ return(number: %q) { lines { verdict { explanation } inspections { judgement {
		outcome deciding explanation es: explanation(locale: "es-US") } } } } }`, ret.Number)
	var got any
	d.get(t, &got, asAda, query)
	line := at(got, "return", "lines", 0)
	require.Equal(t, "Your request came in time, so you can return this.", at(line, "verdict", "explanation", 0))
	judgement := at(line, "inspections", 0, "judgement")
	require.Equal(t, "REFUND_WITH_DEDUCTION", at(judgement, "outcome"))
	require.Equal(t, []any{"C2"}, at(judgement, "deciding"))
	require.Equal(t, []any{
		"You get back what you paid for this, less a fee of $1.00 per unit for 1 missing piece.", "Its share of the original shipping is refunded too.",
	}, at(judgement, "explanation"))
	require.Equal(t, "Te reembolsamos lo que pagaste, menos $1.00 por unidad por 1 pieza que falta.", at(judgement, "es", 0))
}

func TestExplainingAPageTakesTwoStatementsForTheCurrencyOfItsFees(t *testing.T) {
	t.Parallel()
	d := fifty(t)
	count := func(n int) []string {
		var got any
		return tablesOf(d.seen.during(func() {
			d.get(t, &got, asAda, `query($n: Int!) { orders(first: $n) { edges { node { items { returnOptions { verdict { explanation } } }
				returns(first: 5) { edges { node { lines { verdict { explanation } inspections { feeAtMost { amount } judgement { explanation } } } } } } } } } }`,
				map[string]any{"n": n})
		}))
	}
	one := count(1)
	require.Equal(t, []string{"inspections", "items", "items", "orders", "return_lines", "return_lines", "returns"}, one)
	require.Equal(t, one, count(50))
}

func TestTheSourceOfAFactIsForStaff(t *testing.T) {
	t.Parallel()
	d := open(t)
	hers, _ := d.two(t)
	ret := d.settled(t, hers)
	query := fmt.Sprintf(`{ return(number: %q) { lines { verdict { findings { clause reading fact value source } }
		inspections { judgement { findings { fact source } } } } } }`, ret.Number)
	var customers, staffs any
	d.get(t, &customers, asAda, query)
	d.get(t, &staffs, agent, query)
	for _, path := range [][]any{{"verdict"}, {"inspections", 0, "judgement"}} {
		seen := all(at(customers, "return", "lines", 0), append(path, "findings")...)
		known := all(at(staffs, "return", "lines", 0), append(path, "findings")...)
		require.NotEmpty(t, seen)
		for i := range seen {
			require.Nil(t, at(seen[i], "source"))
			require.NotEmpty(t, at(known[i], "source"))
		}
	}
	require.Equal(t, "the order as recorded, or the receipt that staff verified (A27)", at(staffs, "return", "lines", 0, "verdict", "findings", 2, "source"))
}
