package main

import (
	"slices"
	"strings"
)

// deeds are the rows of the matrix: what can be asked, about things of the owner's.
func deeds(own things) []deed {
	return slices.Concat(readings(own), byID(own), addresses(own), requests(own), byLink(own), office(own), shop(own))
}

// readings are the questions that anybody may put, whatever they get for an answer.
func readings(own things) []deed {
	item := `[{itemId: "$ID", quantity: 1, reason: DEFECTIVE}]`
	return []deed{
		question("viewer", `viewer { role customer { email } }`, "", "ada@example.com"),
		question("order", `order(number: "$ID") { number items { sku } payments { method } }`, "1013", ""),
		question("orders", `orders(first: 50) { totalCount edges { node { id number } } }`, "", own["Order"]),
		question("return", `return(number: "$ID-R1") { number state lines { quantity } }`, "1013", ""),
		question("returns", `returns(first: 50) { totalCount edges { node { id } } }`, "", own["Return"]),
		{
			name: "query returns, by an order's number", id: "1013", input: "null",
			query: `{ returns(first: 50, filter: {orderNumber: "$ID"}) { totalCount edges { node { state } } } }`,
		},
		question("returnPreview", `returnPreview(input: {lines: `+item+`}) { requestable }`, "itm_1012_1", ""),
		question("settlementPreview", `settlementPreview(id: "$ID") { total { amount } }`, "ret_1020", ""),
		question("returnPolicy", `returnPolicy { version }`, "", "version"),
		question("termsEditions", `termsEditions { id }`, "", own["TermsEdition"]),
		question("report", `report(from: "2026-01-01T00:00:00Z", to: "2026-04-01T00:00:00Z") { zone }`, "", "Angeles"),
		question("termsSimulation", `termsSimulation(id: "$ID") { state }`, own["TermsSimulation"], ""),
	}
}

// byID are the records, each by its id, and what leads from one to another.
func byID(own things) []deed {
	rows := []deed{
		question("node", `node(id: "$ID") { __typename }`, own["Order"], ""),
		question("nodes", `nodes(ids: ["$ID", "$ID"]) { __typename }`, own["Order"], ""),
	}
	for _, kind := range []string{
		"Customer", "Order", "Item", "Payment", "Return", "ReturnLine", "Photo", "Label", "Inspection", "Refund", "Transfer", "Override", "Event",
	} {
		rows = append(rows, question("node: "+kind, `node(id: "$ID") { __typename }`, own[kind], ""))
	}
	for _, edge := range []struct{ from, name, below string }{
		{"Customer", "orders", `orders(first: 50) { totalCount edges { node { number } } }`},
		{"Customer", "returns", `returns(first: 50) { totalCount edges { node { number } } }`},
		{"Item", "order", `order { number customer { email } }`},
		{"Order", "returns", `returns(first: 50) { totalCount }`},
		{"Return", "events", `events(first: 50) { edges { node { action } } }`},
		{"Return", "overrides", `overrides { reason }`},
		{"Return", "checklist", `checklist { line { id } }`},
		{"Refund", "transfers", `transfers { state }`},
	} {
		rows = append(rows, question("node: "+edge.from+"."+edge.name, `node(id: "$ID") { ... on `+edge.from+` { `+edge.below+` } }`, own[edge.from], ""))
	}
	return rows
}

// addresses are what there is beside the API.
func addresses(own things) []deed {
	return []deed{
		{name: "GET /photos/{id}, by its address", line: "GET " + strings.ReplaceAll(own["address of Photo"], own["Photo"], "$ID"), id: own["Photo"]},
		{
			name: "PUT /photos/uploads/{id}, by its address", id: own["Upload"], body: []byte("not a picture, whose bytes are counted"),
			line: "PUT " + strings.ReplaceAll(own["address of Upload"], own["Upload"], "$ID"), headers: []string{"Content-Type", "image/png"},
		},
		{name: "GET /photos/{id}", line: "GET /photos/$ID", id: own["Photo"]},
		{name: "POST /photos", line: "POST /photos", body: demoPicture(), headers: []string{"Content-Type", "image/png"}, shows: `"id"`},
		{name: "POST /photos?return=", line: "POST /photos?return=$ID", body: demoPicture(), headers: []string{"Content-Type", "image/png"}, id: "ret_1009"},
		{name: "GET /labels/{id}.pdf", line: "GET /labels/$ID.pdf", id: own["Label"]},
		{name: "GET /reports/returns.csv", line: "GET /reports/reasons.csv?from=2026-01-01T00:00:00Z&to=2026-04-01T00:00:00Z", shows: "reason"},
		{name: "GET /policy", line: "GET /policy", shows: "<html"},
		{name: "GET /policy.jsonld", line: "GET /policy.jsonld", shows: "MerchantReturnPolicy"},
		{name: "GET /healthz", line: "GET /healthz", shows: "ok"},
		{name: "GET /readyz", line: "GET /readyz", shows: "ready"},
	}
}

// requests are what customers do, and staff for them.
func requests(own things) []deed {
	return []deed{
		{
			name: "mutation orderLinkSend", input: `{"orderNumber": "1013", "email": "ada@example.com"}`, shows: `"accepted":true`,
			query: `mutation($input: OrderLinkSendInput!) { orderLinkSend(input: $input) { accepted } }`,
		},
		mutation("returnRequest", "itm_1012_1", `{"lines": [{"itemId": "$ID", "quantity": 1, "reason": "CHANGE_OF_HEART"}]}`),
		shows(`"userErrors":[]`, mutation("photoUploadCreate", "", `{"contentType": "image/png", "bytes": 100}`)),
		named("mutation photoUploadCreate, for a return", mutation("photoUploadCreate", "ret_1009", `{"contentType": "image/png", "bytes": 100, "returnId": "$ID"}`)),
		mutation("photoUploadComplete", own["Upload"], `{"id": "$ID"}`),
		mutation("returnPhotosAdd", "ret_1009", `{"id": "$ID", "photoIds": ["pho_999"]}`),
		mutation("returnHandOver", "ret_1021", `{"id": "$ID", "tracking": "1Z"}`),
		mutation("returnCancel", "ret_1021", `{"id": "$ID", "reason": "I keep it."}`),
		mutation("returnApprove", "ret_1009", `{"id": "$ID", "idempotencyKey": "$KEY", "instructions": "Pack it well."}`),
		mutation("labelRetry", "ret_1009", `{"id": "$ID", "idempotencyKey": "$KEY"}`),
		mutation("returnDecline", "ret_1009", `{"id": "$ID", "reason": "no"}`),
		mutation("evidenceRequest", "ret_1009", `{"id": "$ID", "message": "A picture, please."}`),
		mutation("evidenceWaive", "ret_1009", `{"id": "$ID", "reason": "seen at the counter"}`),
		mutation("receiptVerify", "ret_1009", `{"id": "$ID", "note": "seen"}`),
	}
}

// byLink are what customers do, with the order that the guest has a link to.
func byLink(own things) []deed {
	return []deed{
		named("query returnPreview, by the link", question("", `returnPreview(input: {lines: [{itemId: "$ID", quantity: 1, reason: DEFECTIVE}]}) { requestable }`, own["Item"], "")),
		named("mutation returnRequest, by the link", mutation("returnRequest", own["Item"], `{"lines": [{"itemId": "$ID", "quantity": 1, "reason": "CHANGE_OF_HEART"}]}`)),
		named("mutation returnPhotosAdd, by the link", mutation("returnPhotosAdd", own["Return"], `{"id": "$ID", "photoIds": ["pho_999"]}`)),
		named("mutation returnHandOver, by the link", mutation("returnHandOver", own["Return"], `{"id": "$ID", "tracking": "1Z"}`)),
		named("mutation returnCancel, by the link", mutation("returnCancel", own["Return"], `{"id": "$ID", "reason": "I keep it."}`)),
		named("mutation returnApprove, by the link", mutation("returnApprove", own["Return"], `{"id": "$ID", "idempotencyKey": "$KEY", "instructions": "Pack it well."}`)),
	}
}

// office are what staff do with goods and money.
func office(own things) []deed {
	return []deed{
		mutation("returnReceive", "ret_1018", `{"id": "$ID", "lines": [{"lineId": "rln_1018", "received": 1}]}`),
		mutation("returnInspect", "ret_1018", `{"id": "$ID", "findings": [{"lineId": "rln_1018", "units": 1, "packaging": true}]}`),
		mutation("verdictOverride", "ret_1009", `{"id": "$ID", "lineId": "rln_1009", "outcome": "ELIGIBLE", "reason": "seen"}`),
		mutation("overrideDecide", own["Override"], `{"id": "$ID", "approve": false}`),
		mutation("feeReduce", "ret_1020", `{"id": "$ID", "inspectionId": "ins_1020", "fee": {"amount": "1.00", "currency": "USD"}, "reason": "goodwill"}`),
		mutation("returnSettle", "ret_1020", `{"id": "$ID", "idempotencyKey": "$KEY"}`),
		mutation("refundRetry", own["Refund"], `{"id": "$ID", "idempotencyKey": "$KEY"}`),
		mutation("refundReroute", own["Refund"], `{"id": "$ID", "idempotencyKey": "$KEY", "transferId": "`+own["Transfer"]+`", "paidOutside": "bank 17", "consent": "by telephone"}`),
		mutation("termsDraft", "", `{"text": "version: draft-$KEY\nchangeOfHeartDays: 20\n"}`),
		mutation("termsPropose", own["TermsEdition"], `{"id": "$ID", "inForceFrom": "2027-01-01T00:00:00Z"}`),
		mutation("termsApprove", own["TermsEdition"], `{"id": "$ID"}`),
		mutation("termsWithdraw", own["TermsEdition"], `{"id": "$ID"}`),
		mutation("termsSimulate", own["TermsEdition"], `{"editionId": "$ID", "from": "2026-01-01T00:00:00Z", "to": "2026-03-01T00:00:00Z"}`),
	}
}

// shop are what the shop's own systems tell.
func shop(things) []deed {
	return []deed{
		mutation("orderRecord", "", `{"number": "$KEY", "customer": {"email": "new@example.com"}, "currency": "USD", "purchasedAt": "2026-03-01T10:00:00Z",
			"shipToCountry": "US", "shipping": {"amount": "0", "currency": "USD"},
			"items": [{"sku": "A", "name": "Article", "quantity": 1, "paid": {"amount": "1.00", "currency": "USD"}}],
			"payments": [{"ref": "ch_$KEY", "captured": {"amount": "1.00", "currency": "USD"}}]}`),
		mutation("itemsShipped", "1008", `{"orderNumber": "$ID"}`),
		mutation("itemsDelivered", "1007", `{"orderNumber": "$ID"}`),
	}
}
