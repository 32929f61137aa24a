package graph

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/auth"
)

// wherever are operations with one text in every kind of place that takes one: a number, an id, a cursor, a filter, an
// instant, words.
var wherever = []string{
	`query($t: String!, $i: ID!, $c: Cursor) { order(number: $t) { id } return(number: $t) { id } node(id: $i) { id } nodes(ids: [$i]) { id }
		orders(first: 1, after: $c) { totalCount edges { node { id } } }
		returns(last: 1, before: $c, filter: {orderNumber: $t}) { totalCount edges { node { id } } } }`,
	`query($i: ID!, $c: Cursor) { node(id: $i) { id } a: orders(first: 1, before: $c, orderBy: {field: PURCHASED_AT, direction: ASC}) { totalCount } }`,
	`query($t: Time) { returns(first: 1, filter: {dueBefore: $t}) { totalCount } returnPolicy(asOf: $t) { version } }`,
	`query($i: ID!) { returnPreview(input: {lines: [{itemId: $i, quantity: 1, reason: DEFECTIVE}]}) { currency } }`,
	`mutation($i: ID!, $t: String) {
		returnRequest(input: {lines: [{itemId: $i, quantity: 1, reason: DEFECTIVE}], photoIds: [$i], note: $t}) { userErrors { code } } }`,
	`mutation($i: ID!, $t: String) { returnCancel(input: {id: $i, reason: $t}) { userErrors { code } } }`,
	`mutation($i: ID!, $t: String) { returnHandOver(input: {id: $i, carrier: $t, tracking: $t}) { userErrors { code } } }`,
	`mutation($t: String!) { orderLinkSend(input: {orderNumber: $t, email: $t}) { userErrors { code } } }`,
	`mutation($i: ID!, $t: String!) { photoUploadCreate(input: {contentType: $t, bytes: 1, returnId: $i}) { userErrors { code } } }`,
}

// texts are texts that a database, or a reader of cursors, may not like.
func texts() []string {
	return []string{
		"", "1001", "\x00", "ord_\x00", "ret_1\x00", "itm_\x00", "1001-R1\x00", "ord_\ufffd",
		"2026-03-31T12:00:00Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", strings.Repeat("9", 400),
		cursorOf("ord_1", "2026-03-01 12:00:00+00:00"), cursorOf("ord_\x00", "2026-03-01 12:00:00+00:00"), cursorOf("ord_\xff", "2026-03-01 12:00:00+00:00"),
		cursorOf("ord_1", "0000-01-01 00:00:00+00:00"), cursorOf("ord_1", "9999-12-31 23:59:59.999999999+00:00"),
		cursorOf("ord_1", nil),
	}
}

// put sends the text in one of those operations, and holds that nothing of it is ours to answer for: what is wrong with it is
// wrong input, or nothing is found.
func (d *desk) put(t *testing.T, p auth.Principal, query, text string) {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": map[string]any{"t": text, "i": text, "c": text}})
	require.NoError(t, err)
	r, w := post(string(body)), httptest.NewRecorder()
	d.handler.ServeHTTP(w, r.WithContext(auth.With(r.Context(), p)))
	answer := w.Body.String()
	require.Equal(t, http.StatusOK, w.Code, answer)
	require.True(t, json.Valid(w.Body.Bytes()), answer)
	for _, code := range []string{"INTERNAL", "UNAVAILABLE", "UNAUTHENTICATED"} {
		require.NotContains(t, answer, `"`+code+`"`, "%q: %s", text, query)
	}
}

// stranger is a customer whom the shop does not know, so that nothing that is sent is ever found.
var stranger = auth.Principal{ID: "customer-unknown", Role: auth.Customer}

func TestNoTextIsMoreThanWrongInput(t *testing.T) {
	t.Parallel()
	d := open(t)
	hers, _ := d.two(t)
	for _, text := range append(texts(), hers.ID, hers.Number, d.Items(t, hers)[0].ID) {
		for _, query := range wherever {
			d.put(t, stranger, query, text)
			if strings.Contains(text, "\x00") {
				d.put(t, d.principal(t, asAda), query, text)
			}
		}
	}
	a := d.ask(t, asAda, `{ order(number: "1001\u0000") { id } }`)
	require.NotContains(t, string(a.Data), "id")
}

// FuzzText looks for a text that is more than wrong input: as a number, an id, a cursor, an instant or words.
func FuzzText(f *testing.F) {
	for i, text := range texts() {
		f.Add(byte(i), text)
	}
	d := open(f)
	d.two(f)
	f.Fuzz(func(t *testing.T, place byte, text string) {
		if utf8.ValidString(text) && len(text) < 1_000 {
			d.put(t, stranger, wherever[int(place)%len(wherever)], text)
		}
	})
}
