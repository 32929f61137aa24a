package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/auth"
)

func TestTheLogHoldsNothingOfAnybody(t *testing.T) {
	t.Parallel()
	s := startHere(t, "", "--demo", "--now", start)
	const mark = "marker"
	service, agent := s.token(t, auth.Service, ""), s.token(t, auth.Agent, "")
	customer := s.token(t, auth.Customer, mark+"@example.com")
	record := `mutation Record($input: OrderRecordInput!) { orderRecord(input: $input) { order { items { id } } userErrors { message } } }`
	amount := func(text string) map[string]any { return map[string]any{"amount": text, "currency": "USD"} }
	order := map[string]any{
		"number": "M-1", "customer": map[string]any{"email": mark + "@example.com", "name": mark + " Person"}, "currency": "USD",
		"purchasedAt": "2026-03-01T10:00:00Z", "shipToCountry": "US", "shipToLines": []string{mark + " Street 1", "Town"}, "shipping": amount("0"),
		"items": []any{map[string]any{
			"sku": "A-1", "name": "Article", "quantity": 1, "paid": amount("10.00"), "delivery": "DELIVERED",
			"shippedAt": "2026-03-02T10:00:00Z", "deliveredAt": "2026-03-04T10:00:00Z", "tracking": mark + "-tracking",
		}},
		"payments": []any{map[string]any{"ref": "ch_" + mark, "method": mark + " card", "captured": amount("10.00")}},
	}
	item := s.ask(t, service, record, map[string]any{"input": order}).fine().text("data.orderRecord.order.items.0.id")

	line := map[string]any{"itemId": item, "quantity": 1, "reason": "DAMAGED_ON_ARRIVAL", "comment": mark + " comment"}
	filed := s.ask(t, customer, request, map[string]any{"input": map[string]any{"lines": []any{line}, "note": mark + " note"}}).fine()
	id := filed.text("data.returnRequest.return.id")
	s.ask(t, agent, `mutation Waive($input: EvidenceWaiveInput!) { evidenceWaive(input: $input) { userErrors { message } } }`,
		map[string]any{"input": map[string]any{"id": id, "reason": mark + " reason"}}).fine()
	s.ask(t, agent, approve, map[string]any{"input": map[string]any{"id": id, "idempotencyKey": mark + "-key", "instructions": mark + " instructions"}}).fine()
	s.ask(t, customer, `query Broken { order(number: "`+mark+`") { `+mark+` } }`, nil)
	s.ask(t, customer, `{ order(number: "`+mark+`") { id } }`, nil)
	s.ask(t, customer, handsOver, map[string]any{"input": map[string]any{"id": mark, "tracking": mark}})

	for _, c := range []struct {
		line    string
		headers []string
	}{
		{"GET /graphql?query={__typename}&variables={\"email\":\"" + mark + "@example.com\"}", nil},
		{"GET /" + mark + "?" + mark, nil},
		{"GET /photos/" + mark, []string{"X-Request-ID", mark, "User-Agent", mark, "Referer", "http://" + mark + "/"}},
		{"POST /photos?return=" + mark, nil},
		{"MARKER /healthz", nil},
		{"GET /labels/" + mark + ".pdf", []string{"Authorization", "Bearer " + mark}},
		{"POST /dev/token", []string{"Content-Type", "application/json"}},
		{"GET /healthz", []string{"Host", mark + ".example"}},
		{"GET /healthz", []string{"Cookie", mark + "=" + mark}},
	} {
		s.call(t, c.line, customer, []byte(`{"role":"CUSTOMER","customer":"`+mark+`@example.com"}`), c.headers...)
	}
	require.Zero(t, s.stop())
	text := s.log.String()
	assert.Contains(t, text, "msg=request", "it was logged")
	assert.NotContains(t, text, mark)
	assert.NotContains(t, text, "MARKER")
	assert.NotContains(t, text, "@", "no address at all")
	for _, token := range []string{service, agent, customer} {
		assert.NotContains(t, text, token)
	}
}
