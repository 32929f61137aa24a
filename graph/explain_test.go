package graph

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/apptest"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/policy"
	"github.com/vysero/returns/internal/returns"
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
	require.Equal(t, "Your return was approved.", at(line, "verdict", "explanation", 0))
	judgement := at(line, "inspections", 0, "judgement")
	require.Equal(t, "REFUND_WITH_DEDUCTION", at(judgement, "outcome"))
	require.Equal(t, []any{"C2"}, at(judgement, "deciding"))
	require.Equal(t, []any{
		"You get back what you paid for this, less a fee of $1.00 per unit for 1 missing piece.", "Its share of the original shipping is refunded too.",
	}, at(judgement, "explanation"))
	require.Equal(t, "Te reembolsamos lo que pagaste, menos $1.00 por unidad por 1 pieza que falta.", at(judgement, "es", 0))
}

func TestAfterFilingTheSentencesSpeakOfWhatWasFiled(t *testing.T) {
	t.Parallel()
	d := open(t)
	hers, _ := d.two(t)
	item := d.Items(t, hers)[0].ID
	explanation := func(path ...any) any {
		var got any
		d.get(t, &got, asAda, `{ return(number: "1001-R1") { lines { verdict { explanation } } } }`)
		return at(got, append([]any{"return", "lines", 0, "verdict", "explanation"}, path...)...)
	}
	const file = `lines: [{itemId: %q, quantity: 1, reason: DAMAGED_ON_ARRIVAL}]`
	asked := d.do(t, asAda, "returnRequest", fmt.Sprintf("{"+file+"}", item), `return { id lines { id } } verdicts { explanation }`)
	require.Equal(t, "We need at least one photo of the problem before we can approve the return.", at(asked, "verdicts", 0, "explanation", 0))
	require.NotContains(t, fmt.Sprint(asked), "You can ask")
	require.Equal(t, all(asked, "verdicts", 0, "explanation"), explanation())
	id, line := at(asked, "return", "id"), at(asked, "return", "lines", 0, "id")

	d.do(t, agent, "verdictOverride", fmt.Sprintf(`{id: %q, lineId: %q, outcome: NOT_ELIGIBLE, reason: "seen before"}`, id, line), `return { id }`)
	require.Equal(t, []any{"One of us has looked at your request: this cannot be returned."}, explanation())
	d.do(t, agent, "verdictOverride", fmt.Sprintf(`{id: %q, lineId: %q, outcome: ELIGIBLE, reason: "after all"}`, id, line), `return { id }`)
	require.Equal(t, "One of us has looked at your request: you can return this.", explanation(0))
	require.Contains(t, explanation(1), "at least one photo", "which is still needed")
	d.do(t, agent, "verdictOverride", fmt.Sprintf(`{id: %q, lineId: %q, outcome: NOT_ELIGIBLE, reason: "no photo came"}`, id, line), `return { id }`)
	d.do(t, agent, "returnDecline", fmt.Sprintf(`{id: %q, reason: "no photo came"}`, id), `return { id }`)
	require.Equal(t, []any{"We have declined your return."}, explanation())

	asked = d.do(t, asAda, "returnRequest", fmt.Sprintf(`{lines: [{itemId: %q, quantity: 1, reason: CHANGE_OF_HEART}]}`, item), `verdicts { explanation }`)
	require.Equal(t, "Your return is approved: send this back as our instructions say.", at(asked, "verdicts", 0, "explanation", 0))
}

func TestAJudgementIsExplainedAsStaffDecidedIt(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.two(t)
	o := d.Order(t, func(in *orders.RecordInput) {
		in.Number, in.Shipping, in.Payments[0].Captured = "1003", apptest.USD("0.00"), apptest.USD("5.00")
		in.Items = []orders.ItemInput{apptest.Camera(1, "5.00")}
	})
	ret := d.returned(t, o, ada, d.upload(t, ada))
	_, err := d.Returns.Approve(d.As(t, auth.Agent), returns.ApproveInput{IdempotencyKey: apptest.Key(), ID: ret.ID, Instructions: "Use the label."})
	require.NoError(t, err)
	line, err := ret.QueryLines().Only(auth.AsSystem(t.Context()))
	require.NoError(t, err)
	_, err = d.Returns.HandOver(d.As(t, auth.Agent), returns.HandOverInput{ID: ret.ID})
	require.NoError(t, err)
	_, err = d.Returns.Receive(d.As(t, auth.Inspector), returns.ReceiveInput{ID: ret.ID, Lines: []returns.ReceivedLine{{LineID: line.ID, Received: new(1)}}})
	require.NoError(t, err)
	_, err = d.Returns.Inspect(d.As(t, auth.Inspector), returns.InspectInput{ID: ret.ID, Findings: []returns.FoundInput{{
		LineID: line.ID, Units: 1, Packaging: true, Missing: []string{"usb-cable"}, Claim: new(policy.Confirmed),
	}}})
	require.NoError(t, err)
	explanation := func() any {
		var got any
		d.get(t, &got, asAda, fmt.Sprintf(`{ return(number: %q) { lines { inspections { judgement { explanation } } } } }`, ret.Number))
		return at(got, "return", "lines", 0, "inspections", 0, "judgement", "explanation")
	}
	require.Equal(t, "The fee for what is missing comes to what you paid for this, so nothing of it is refunded.", at(explanation(), 0), "9.00 of 5.00")
	found, err := line.QueryInspections().Only(auth.AsSystem(t.Context()))
	require.NoError(t, err)
	_, err = d.Returns.Override(d.As(t, auth.Agent), returns.OverrideInput{
		ID: ret.ID, InspectionID: &found.ID, InspectionOutcome: new(policy.RefundInFull), Reason: "goodwill",
	})
	require.NoError(t, err)
	require.Equal(t, []any{
		"One of us has looked at this and decided.", "You get back in full what you paid for this.", "Its share of the original shipping is refunded too.",
	}, explanation())
}

func TestExplainingAPageTakesOneStatementForWhereItStandsAndTwoForItsFees(t *testing.T) {
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
	require.Equal(t, []string{"inspections", "items", "items", "orders", "return_lines", "return_lines", "returns", "returns"}, one)
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
