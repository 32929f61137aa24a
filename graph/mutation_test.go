package graph

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/graph/generated"
)

// wrong is every mutation with something that its caller can correct.
var wrong = []struct {
	name, input string
	who         someone
}{
	{"orderLinkSend", `{orderNumber: "", email: "ada"}`, nobody}, // anybody may
	{"returnRequest", `{lines: []}`, asAda},
	{"photoUploadCreate", `{contentType: "image/heic", bytes: 1000}`, asAda},
	{"photoUploadComplete", `{id: "pho_9"}`, asAda},
	{"returnPhotosAdd", `{id: "ret_9", photoIds: ["pho_9"]}`, asAda},
	{"returnHandOver", `{id: "ret_9", tracking: "1Z"}`, asAda},
	{"returnCancel", `{id: "ret_9"}`, asAda},
	{"returnApprove", `{id: "ret_9", idempotencyKey: "k", instructions: "Send it."}`, agent},
	{"labelRetry", `{id: "ret_9", idempotencyKey: "k"}`, agent},
	{"returnDecline", `{id: "ret_9", reason: "No."}`, agent},
	{"evidenceRequest", `{id: "ret_9", message: "A photo, please."}`, agent},
	{"evidenceWaive", `{id: "ret_9", reason: "We believe you."}`, agent},
	{"receiptVerify", `{id: "ret_9", note: "Seen."}`, agent},
	{"returnReceive", `{id: "ret_9", lines: [{lineId: "rln_9", received: 1}]}`, inspector},
	{"returnInspect", `{id: "ret_9", findings: [{lineId: "rln_9", units: 1, packaging: true}]}`, inspector},
	{"returnSettle", `{id: "ret_9", idempotencyKey: "k"}`, finance},
	{"refundRetry", `{id: "ref_9", idempotencyKey: "k"}`, finance},
	{"refundReroute", `{id: "ref_9", idempotencyKey: "k", transferId: "trf_9", paidOutside: "cheque 12", consent: "By mail."}`, finance},
	{"verdictOverride", `{id: "ret_9", lineId: "rln_9", outcome: ELIGIBLE, reason: "Goodwill."}`, agent},
	{"overrideDecide", `{id: "ovr_9", approve: true}`, finance},
	{"feeReduce", `{id: "ret_9", inspectionId: "ins_9", fee: {amount: "1.00", currency: "USD"}, reason: "Goodwill."}`, agent},
	{"termsDraft", `{text: "version: x\nzone: Nowhere"}`, admin},
	{"termsPropose", `{id: "ted_9", inForceFrom: "2030-01-01T00:00:00Z"}`, admin},
	{"termsApprove", `{id: "ted_9"}`, admin},
	{"termsWithdraw", `{id: "ted_9"}`, admin},
	{"termsSimulate", `{editionId: "ted_9", from: "2026-01-01T00:00:00Z", to: "2026-04-01T00:00:00Z"}`, finance},
	{"orderRecord", `{number: "1", customer: {email: "x"}, currency: "USD", purchasedAt: "2026-03-01T00:00:00Z", shipToCountry: "US",
		shipping: {amount: "0.00", currency: "USD"}, items: [], payments: []}`, service},
	{"itemsShipped", `{orderNumber: "9"}`, service},
	{"itemsDelivered", `{orderNumber: "9"}`, service},
}

func TestEveryMutationTellsWhatIsWrongInItsPayload(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.two(t)
	shapes := map[string]json.RawMessage{}
	for _, c := range wrong {
		a := d.ask(t, c.who, fmt.Sprintf(`mutation { %s(input: %s) { userErrors { code field message clause } } }`, c.name, c.input))
		require.Empty(t, a.Errors, c.name)
		var payload map[string]map[string][]struct {
			Field []string `json:"field"`
		}
		require.NoError(t, json.Unmarshal(a.Data, &payload))
		require.NotEmpty(t, payload[c.name]["userErrors"], c.name)
		for _, e := range payload[c.name]["userErrors"] {
			require.Equal(t, "input", e.Field[0], c.name)
		}
		shapes[c.name] = a.Data
	}
	text, err := json.MarshalIndent(shapes, "", "  ")
	require.NoError(t, err)
	golden(t, "user_errors.json", string(text)+"\n")
}

func TestNoMutationIsLeftOut(t *testing.T) {
	t.Parallel()
	var names []string
	for _, c := range wrong {
		names = append(names, c.name)
	}
	var all []string
	for _, f := range generated.NewExecutableSchema(generated.Config{}).Schema().Mutation.Fields {
		if !strings.HasPrefix(f.Name, "__") {
			all = append(all, f.Name)
		}
	}
	require.ElementsMatch(t, all, names)
}

func TestEveryMutationIsForbiddenToThoseWhoMayNeverDoIt(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.two(t)
	for _, c := range wrong {
		if c.who == nobody {
			continue
		}
		query := fmt.Sprintf(`mutation { %s(input: %s) { userErrors { code } } }`, c.name, c.input)
		require.Equal(t, "UNAUTHENTICATED", d.code(t, nobody, query), c.name)
		other := service // may do nothing with returns
		if c.who == service {
			other = asAda
		}
		require.Equal(t, "FORBIDDEN", d.code(t, other, query), c.name)
	}
}

func TestARefusedRequestIsToldWithItsVerdictAndClause(t *testing.T) {
	t.Parallel()
	d := open(t)
	hers, _ := d.two(t)
	d.Clock.Set(d.Clock.Now().AddDate(0, 2, 0))
	a := d.ask(t, asAda, `mutation($id: ID!) { returnRequest(input: {lines: [{itemId: $id, quantity: 1, reason: CHANGE_OF_HEART}]}) {
		return { id } verdicts { outcome deciding } userErrors { code field clause } } }`, map[string]any{"id": d.Items(t, hers)[0].ID})
	require.Empty(t, a.Errors)
	var got any
	require.NoError(t, json.Unmarshal(a.Data, &got))
	require.Nil(t, at(got, "returnRequest", "return"))
	require.Equal(t, "NOT_ELIGIBLE", at(got, "returnRequest", "verdicts", 0, "outcome"))
	require.Equal(t, "POLICY_REFUSED", at(got, "returnRequest", "userErrors", 0, "code"))
	require.Equal(t, "T1", at(got, "returnRequest", "userErrors", 0, "clause"))
}

func TestNumbersBeyond32BitsAreWrongInput(t *testing.T) {
	t.Parallel()
	d := open(t)
	hers, _ := d.two(t)
	for _, quantity := range []any{2147483648, -2147483649, 1e12} {
		a := d.ask(t, asAda, `mutation($id: ID!, $n: Int!) { returnRequest(input: {lines: [{itemId: $id, quantity: $n, reason: DEFECTIVE}]}) { userErrors { code } } }`,
			map[string]any{"id": d.Items(t, hers)[0].ID, "n": quantity})
		require.Len(t, a.Errors, 1)
		require.Contains(t, []any{"INVALID_INPUT", "GRAPHQL_VALIDATION_FAILED"}, a.Errors[0].Extensions["code"])
	}
}
