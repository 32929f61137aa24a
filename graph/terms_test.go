package graph

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/policy"
)

const simulates = `mutation($input: TermsSimulateInput!) { termsSimulate(input: $input) { simulation { id state } userErrors { code field } } }`

const simulated = `query($id: ID!) { termsSimulation(id: $id) { id state done total from to failure requestedBy edition { version } report {
	returns orders answers differ flipsLeftOut monthsLeftOut flips { subject reason from fromClauses to toClauses count examples }
	money { currency returns changed now { amount } then { amount } difference { amount currency } } months { month difference { amount } } } } }`

func TestASimulationIsReadByFinanceAndByNobodyElse(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.two(t)
	var got any
	answer := func(who someone, query string, variables map[string]any) any {
		t.Helper()
		a := d.ask(t, who, query, variables)
		require.Empty(t, a.Errors)
		require.NoError(t, json.Unmarshal(a.Data, &got))
		return got
	}
	const drafts = `mutation { termsDraft(input: {text: "version: short\nchangeOfHeartDays: 2"}) { edition { id } } }`
	id := at(answer(admin, drafts, nil), "termsDraft", "edition", "id")
	in := map[string]any{"input": map[string]any{"editionId": id, "from": "2026-01-01T00:00:00Z", "to": "2026-04-01T00:00:00Z"}}
	made := answer(finance, simulates, in)
	require.Equal(t, "DONE", at(made, "termsSimulate", "simulation", "state"))
	asked := map[string]any{"id": at(made, "termsSimulate", "simulation", "id")}
	s := at(answer(finance, simulated, asked), "termsSimulation")
	require.Equal(t, "short", at(s, "edition", "version"))
	require.Equal(t, at(s, "total"), at(s, "done"))
	require.Nil(t, at(s, "failure"))
	require.Equal(t, string(policy.NotEligible), at(s, "report", "flips", 0, "to"))
	require.Equal(t, []any{"T1"}, at(s, "report", "flips", 0, "toClauses"))
	require.Equal(t, []any{}, at(s, "report", "flips", 0, "fromClauses"))
	require.Equal(t, "PREVIEW", at(s, "report", "flips", 0, "subject"))
	for _, other := range []someone{asAda, agent, inspector, service} {
		require.Equal(t, "FORBIDDEN", d.code(t, other, simulated, asked))
	}
	require.Equal(t, "UNAUTHENTICATED", d.code(t, nobody, simulated, asked))
	require.Nil(t, at(answer(admin, simulated, map[string]any{"id": "tsm_none"}), "termsSimulation"))
}
