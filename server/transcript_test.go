package main

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/auth"
)

// The operations of the story, as a storefront and a back office would write them.
const (
	preview = `query Preview($input: ReturnPreviewInput!) { returnPreview(input: $input) {
		requestable
		lines { item { name } verdict { outcome deciding evidenceMissing prepaidLabel returnShippingPaidBy } }
		refundEstimate { lines { kind piece clause amount { amount } } total { amount currency } }
	} }`
	request = `mutation Request($input: ReturnRequestInput!) { returnRequest(input: $input) {
		return { id number state handOverBefore { lastDay zone daysLeft } label { id } lines { id } }
		verdicts { outcome } userErrors { code field message clause }
	} }`
	addPhotos = `mutation AddPhotos($input: ReturnPhotosAddInput!) { returnPhotosAdd(input: $input) {
		return { state photos { id contentType width height } } userErrors { code field message clause }
	} }`
	approve = `mutation Approve($input: ReturnApproveInput!) { returnApprove(input: $input) {
		return { state handOverBefore { lastDay zone } label { id state carrier tracking } } userErrors { code field message clause }
	} }`
	handsOver = `mutation HandOver($input: ReturnHandOverInput!) { returnHandOver(input: $input) {
		return { state carrier tracking } userErrors { code field message clause }
	} }`
	receives = `mutation Receive($input: ReturnReceiveInput!) { returnReceive(input: $input) {
		return { state } userErrors { code field message clause }
	} }`
	inspects = `mutation Inspect($input: ReturnInspectInput!) { returnInspect(input: $input) {
		return { state refundBefore { lastDay zone } lines { inspections { outcome judgement { deciding refundShipping } } } }
		userErrors { code field message clause }
	} }`
	settlement = `query Settlement($id: ID!) { settlementPreview(id: $id) {
		lines { kind piece clause amount { amount } } total { amount currency }
	} }`
	settles = `mutation Settle($input: ReturnSettleInput!) { returnSettle(input: $input) {
		return { state } refund { state total { amount currency } transfers { state amount { amount } payment { method } } }
		userErrors { code field message clause }
	} }`
)

// story is one return told over HTTP against the built program.
type story struct {
	*server

	t                                    *testing.T
	ada, grace, agent, inspector, office string // tokens
}

func tell(t *testing.T) *story {
	t.Helper()
	s := startBinary(t)
	return &story{
		server: s, t: t, ada: s.token(t, auth.Customer, ada), grace: s.token(t, auth.Customer, grace),
		agent: s.token(t, auth.Agent, ""), inspector: s.token(t, auth.Inspector, ""), office: s.token(t, auth.Finance, ""),
	}
}

// says sends one operation and prints the answer.
func (s *story) says(who, token, query string, input any) reply {
	s.t.Helper()
	variables := map[string]any{"input": input}
	if id, isID := input.(string); isID {
		variables = map[string]any{"id": id}
	}
	got := s.ask(s.t, token, query, variables)
	s.t.Logf("%s\n%s", who, got)
	return got
}

func TestAChangeOfHeartGoesFromPreviewToRefund(t *testing.T) {
	t.Parallel()
	s := tell(t)
	line := map[string]any{"itemId": "itm_1001_1", "quantity": 1, "reason": "CHANGE_OF_HEART"}

	withMissing := map[string]any{"itemId": "itm_1001_1", "quantity": 1, "reason": "CHANGE_OF_HEART", "missingPieces": []string{"cable"}}
	s.says("customer: preview, without the cable", s.ada, preview, map[string]any{"lines": []any{withMissing}}).fine().has(map[string]any{
		"data.returnPreview.requestable":                          true,
		"data.returnPreview.lines.0.verdict.outcome":              "ELIGIBLE",
		"data.returnPreview.lines.0.verdict.returnShippingPaidBy": "CUSTOMER",
		"data.returnPreview.lines.0.verdict.prepaidLabel":         false,
		"data.returnPreview.refundEstimate.lines.0.amount.amount": "129.99",
		"data.returnPreview.refundEstimate.lines.1.kind":          "RESTOCKING_FEE",
		"data.returnPreview.refundEstimate.lines.1.amount.amount": "-9.00",
		"data.returnPreview.refundEstimate.total.amount":          "120.99",
	})
	filed := s.says("customer: request", s.ada, request, map[string]any{"lines": []any{line}}).fine().has(map[string]any{
		"data.returnRequest.return.state":                  "APPROVED", // clear-cut
		"data.returnRequest.return.number":                 "1001-R1",
		"data.returnRequest.return.label":                  nil,
		"data.returnRequest.return.handOverBefore.lastDay": "2026-04-06", // delivered on 7 March, 30 days (N2)
	})
	id, lineID := filed.text("data.returnRequest.return.id"), filed.text("data.returnRequest.return.lines.0.id")

	s.says("customer: the same again", s.ada, request, map[string]any{"lines": []any{line}}).has(map[string]any{
		"data.returnRequest.return": nil, "data.returnRequest.userErrors.0.code": "QUANTITY_NOT_AVAILABLE",
	})
	s.says("customer: hand over", s.ada, handsOver, map[string]any{"id": id, "carrier": "Example Parcel", "tracking": "EP-1"}).fine().
		has(map[string]any{"data.returnHandOver.return.state": "HANDED_OVER"})
	s.receivesOne(id, lineID)
	s.says("inspector: inspect", s.inspector, inspects, map[string]any{"id": id, "findings": []any{
		map[string]any{"lineId": lineID, "units": 1, "packaging": true, "missing": []string{"cable"}},
	}}).fine().has(map[string]any{
		"data.returnInspect.return.state":                         "INSPECTED",
		"data.returnInspect.return.lines.0.inspections.0.outcome": "REFUND_WITH_DEDUCTION",
		"data.returnInspect.return.refundBefore.lastDay":          "2026-03-17", // five business days after Tuesday
	})
	s.paysBack(id, "120.99")
}

func TestDamageOnArrivalGoesFromPreviewToRefund(t *testing.T) {
	t.Parallel()
	s := tell(t)
	line := map[string]any{"itemId": "itm_1002_1", "quantity": 1, "reason": "DAMAGED_ON_ARRIVAL", "comment": "The glass is cracked."}

	s.says("customer: preview", s.ada, preview, map[string]any{"lines": []any{line}}).fine().has(map[string]any{
		"data.returnPreview.lines.0.verdict.outcome":              "AWAITING_EVIDENCE",
		"data.returnPreview.lines.0.verdict.evidenceMissing":      []any{"PHOTOS"},
		"data.returnPreview.lines.0.verdict.returnShippingPaidBy": "MERCHANT",
		"data.returnPreview.refundEstimate.total.amount":          "104.00", // with original shipping (A21)
	})
	filed := s.says("customer: request, without a photo", s.ada, request, map[string]any{"lines": []any{line}}).fine().
		has(map[string]any{"data.returnRequest.return.state": "AWAITING_EVIDENCE"})
	id, lineID := filed.text("data.returnRequest.return.id"), filed.text("data.returnRequest.return.lines.0.id")

	instructions := map[string]any{"id": id, "idempotencyKey": "approve-" + id, "instructions": "Pack it in its box, and put the label on the outside."}
	s.says("agent: approve, too early", s.agent, approve, instructions).has(map[string]any{"data.returnApprove.return": nil})

	picture := s.uploads()
	s.says("customer: add the photo", s.ada, addPhotos, map[string]any{"id": id, "photoIds": []string{picture}}).fine().has(map[string]any{
		"data.returnPhotosAdd.return.state": "REQUESTED", "data.returnPhotosAdd.return.photos.0.contentType": "image/png",
	})
	approved := s.says("agent: approve", s.agent, approve, instructions).fine().has(map[string]any{
		"data.returnApprove.return.state": "APPROVED", "data.returnApprove.return.label.state": "READY",
	})
	s.printsLabel(approved.text("data.returnApprove.return.label.id"))

	s.says("customer: hand over, with our label", s.ada, handsOver, map[string]any{"id": id}).fine().has(map[string]any{
		"data.returnHandOver.return.state":    "HANDED_OVER",
		"data.returnHandOver.return.tracking": approved.text("data.returnApprove.return.label.tracking"),
	})
	s.receivesOne(id, lineID)
	s.says("inspector: inspect", s.inspector, inspects, map[string]any{"id": id, "findings": []any{
		map[string]any{"lineId": lineID, "units": 1, "packaging": true, "claim": "CONFIRMED"},
	}}).fine().has(map[string]any{
		"data.returnInspect.return.state":                                          "INSPECTED",
		"data.returnInspect.return.lines.0.inspections.0.outcome":                  "REFUND",
		"data.returnInspect.return.lines.0.inspections.0.judgement.refundShipping": true,
	})
	s.paysBack(id, "104.00")
}

func (s *story) receivesOne(id, lineID string) {
	s.t.Helper()
	s.says("inspector: receive", s.inspector, receives, map[string]any{
		"id": id, "lines": []any{map[string]any{"lineId": lineID, "received": 1}},
	}).fine().has(map[string]any{"data.returnReceive.return.state": "RECEIVED"})
}

// paysBack looks at what would be paid, pays it, and once more, which pays nothing.
func (s *story) paysBack(id, total string) {
	s.t.Helper()
	s.says("finance: settlement preview", s.office, settlement, id).fine().
		has(map[string]any{"data.settlementPreview.total.amount": total, "data.settlementPreview.total.currency": "USD"})
	s.says("finance: settle, another total", s.office, settles, map[string]any{
		"id": id, "idempotencyKey": "settle-1-" + id, "expectedTotal": map[string]any{"amount": "1.00", "currency": "USD"},
	}).has(map[string]any{"data.returnSettle.refund": nil})
	in := map[string]any{"id": id, "idempotencyKey": "settle-2-" + id, "expectedTotal": map[string]any{"amount": total, "currency": "USD"}}
	paid := map[string]any{
		"data.returnSettle.return.state":                      "REFUNDED",
		"data.returnSettle.refund.state":                      "SUCCEEDED",
		"data.returnSettle.refund.total.amount":               total,
		"data.returnSettle.refund.transfers.0.state":          "SUCCEEDED",
		"data.returnSettle.refund.transfers.0.payment.method": "Visa ending in 4242",
		"data.returnSettle.refund.transfers.0.amount.amount":  total,
	}
	s.says("finance: settle", s.office, settles, in).fine().has(paid)
	s.says("finance: the same call again", s.office, settles, in).fine().has(paid)
	in["idempotencyKey"] = "settle-3-" + id
	s.says("finance: settle again", s.office, settles, in).has(map[string]any{
		"data.returnSettle.refund": nil, "data.returnSettle.userErrors.0.code": "STATE_NOT_ALLOWED",
	})
}

// uploads sends a picture as the customer and gives its id.
func (s *story) uploads() string {
	s.t.Helper()
	answer, text := s.call(s.t, "POST /photos", s.ada, demoPicture(), "Content-Type", "image/png")
	require.Equal(s.t, http.StatusCreated, answer.StatusCode, string(text))
	s.t.Logf("customer: POST /photos\n%s", text)
	got := reply{t: s.t, whole: decoded(s.t, text)}
	got.has(map[string]any{"contentType": "image/png", "width": 96.0, "height": 96.0, "bytes": float64(len(demoPicture()))})
	return got.text("id")
}

// printsLabel fetches the sheet as the customer whose it is; for another customer there is no such label.
func (s *story) printsLabel(id string) {
	s.t.Helper()
	answer, sheet := s.call(s.t, "GET /labels/"+id+".pdf", s.ada, nil)
	require.Equal(s.t, http.StatusOK, answer.StatusCode)
	assert.Equal(s.t, "application/pdf", answer.Header.Get("Content-Type"))
	require.Greater(s.t, len(sheet), 4)
	assert.Equal(s.t, "%PDF", string(sheet[:4]))
	s.t.Logf("customer: GET the label\n%d bytes of PDF", len(sheet))
	answer, _ = s.call(s.t, "GET /labels/"+id+".pdf", s.grace, nil)
	assert.Equal(s.t, http.StatusNotFound, answer.StatusCode)
}
