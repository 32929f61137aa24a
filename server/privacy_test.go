package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/payment/stripe/stripetest"
	"github.com/vysero/returns/internal/photo/phototest"
	"github.com/vysero/returns/internal/store"
	"github.com/vysero/returns/internal/store/pgtest"
)

// field plants everything: texts that are looked for afterwards in all that the program says.
type field struct {
	*planter

	s      *server
	env    map[string]string
	tokens map[string]string // by role; CUSTOMER is somebody who has an order
	heard  []heard
}

// heard is an answer that should not repeat what was sent.
type heard struct{ what, text string }

// send plants a request. What the answer is about may be in it where the request got through; otherwise nothing that was sent.
func (f *field) send(t *testing.T, line, token string, body []byte, headers ...string) {
	t.Helper()
	answer, text := f.s.call(t, line, token, body, headers...)
	for name, values := range answer.Header {
		text = append(text, (" " + name + ": " + strings.Join(values, " "))...)
	}
	f.heard = append(f.heard, heard{line + " " + string(body), string(text)})
}

// sign makes a token for every role; one for the customer.
func (f *field) sign(t *testing.T, customer string) []asker {
	t.Helper()
	f.tokens = map[string]string{}
	var all []asker
	for _, role := range auth.Roles() {
		args := []string{"token", "--role", string(role)}
		if role == auth.Customer {
			args = append(args, "--customer", customer)
		}
		status, out, errs := runIn(t, f.env, args...)
		require.Zero(t, status, errs)
		f.tokens[string(role)] = strings.TrimSpace(out)
		name := string(role)
		if role == auth.Customer {
			name = "owner"
		}
		all = append(all, asker{name, f.tokens[string(role)]})
	}
	return all
}

// operation plants a request to the API.
func (f *field) operation(t *testing.T, token string, request map[string]any) {
	t.Helper()
	body, err := json.Marshal(request)
	require.NoError(t, err)
	f.send(t, "POST "+graphqlPath, token, body, "Content-Type", "application/json")
}

// schemaWide asks for everything that the schema has, planted in every place, as variables and as literals, as staff and as
// a customer.
func (f *field) schemaWide(t *testing.T, rows []deed) {
	t.Helper()
	for _, a := range f.everything(t, rows) {
		for _, values := range f.variants(a) {
			for _, inline := range []bool{false, true} {
				query, variables := f.document(a, values, inline)
				for _, who := range []string{"CUSTOMER", "ADMIN"} {
					f.operation(t, f.tokens[who], map[string]any{"query": query, "variables": variables})
				}
			}
		}
	}
	require.Greater(t, f.count, 200, "the whole schema")
}

// broken are documents and bodies that cannot be read, with values in every place where a parser may trip.
func (f *field) broken(t *testing.T) {
	t.Helper()
	admin := f.tokens["ADMIN"]
	for _, query := range []string{
		`{ order(number: "%s) { id } }`, `{ order(number: "\x %s") { id } }`, `{ order(number: "\u00zz%s") { id } }`, `{ order(number: "%s" "%s") { id } }`,
		`"%s" { viewer { role } }`, `{ viewer { role } } "%s"`, `{ viewer { role } "%s" }`, `query ("%s") { viewer { role } }`, `{ order(number: {a: "%s"}) { id } }`,
		`{ order(number: ["%s"]) { id } }`, `{ node(id: {a: "%s"}) { id } }`, `{ viewer @include(if: "%s") { role } }`, `{ orders(first: "%s") { totalCount } }`,
		`query($n: String! = {a: "%s"}) { order(number: $n) { id } }`, `query($n: Int = "%s") { orders(first: $n) { totalCount } }`,
		`{ order(number: """%s""" """%s""") { id } }`, "{ order(number: \"%s\x00\") { id } }", `{ report(from: "%s", to: "%s") { zone } }`,
	} {
		f.operation(t, admin, map[string]any{"query": strings.ReplaceAll(query, "%s", f.next())})
	}
	variables := `query($n: String!, $i: ID!, $f: Int) { order(number: $n) { id } node(id: $i) { id } orders(first: $f) { totalCount } }`
	for _, value := range []any{
		map[string]any{"n": f.next()}, map[string]any{"n": []any{f.next()}, "i": "x"}, map[string]any{"n": map[string]any{"a": f.next()}, "i": "x"},
		map[string]any{"n": "x", "i": map[string]any{"a": f.next()}}, map[string]any{"n": "x", "i": "x", "f": f.next()}, f.next(), []any{f.next()},
	} {
		f.operation(t, admin, map[string]any{"query": variables, "variables": value})
	}
	f.operation(t, admin, map[string]any{"query": "{ viewer { role } }", "operationName": f.next()})
	f.operation(t, admin, map[string]any{"query": "{ viewer { role } }", "extensions": map[string]any{"persistedQuery": map[string]any{"version": 1, "sha256Hash": f.next()}}})
	f.operation(t, admin, map[string]any{"query": "{ viewer { role } }", f.next(): f.next()})
	for _, body := range []string{"%s", `{"query": "%s`, `{"query": %s}`, `{"query": "{ viewer { role } }"} "%s"`, "\xff%s", `["%s"]`, `{"query": 1, "variables": "%s"}`} {
		f.send(t, "POST "+graphqlPath, admin, []byte(strings.ReplaceAll(body, "%s", f.next())), "Content-Type", "application/json")
	}
	f.send(t, "POST "+graphqlPath, admin, []byte(f.next()), "Content-Type", f.next()+"/x")
	f.send(t, "GET "+graphqlPath+"?query="+url.QueryEscape(`{ order(number: "`+f.next()+`" `)+"&variables="+f.next()+"&"+f.next()+"=1", admin, nil)
}

// addresses are everything that is no GraphQL: paths, queries, headers, files, webhooks.
func (f *field) addresses(t *testing.T) {
	t.Helper()
	customer := f.tokens["CUSTOMER"]
	picture := phototest.JPEG(t, 8, 8)
	picture = slices.Concat(picture[:2], []byte{0xff, 0xfe, 0, 22}, []byte(fmt.Sprintf("%-20s", f.next())), picture[2:]) // a comment
	for _, name := range []string{
		"User-Agent", "Referer", "Cookie", "X-Forwarded-For", "X-Request-ID", "Forwarded", "Origin", "Accept", "Accept-Language", "Content-Type",
		"Traceparent", "Tracestate", "Baggage", "If-None-Match", "Range", "X-Real-IP", "Idempotency-Key", "Expect", "Authorization",
	} {
		for _, line := range []string{"GET /healthz", "POST /graphql", "GET /photos/pho_1", "POST /photos", "GET /policy", "GET /reports/returns.csv", "POST " + hookPath} {
			if name == "Expect" && strings.HasPrefix(line, "POST") {
				continue // the client would wait
			}
			f.send(t, line, customer, []byte(`{"query":"{ viewer { role } }"}`), name, f.next())
		}
	}
	for _, scheme := range []string{"Bearer ", "Basic ", "Bearer a.b.", ""} {
		f.send(t, "GET /photos/pho_1", "", nil, "Authorization", scheme+f.next())
	}
	f.send(t, "GET /healthz", "", nil, "Host", f.next()+".example")
	for _, line := range []string{
		"GET /%s?%s=%s", "GET /photos/%s", "POST /photos?return=%s", "GET /labels/%s.pdf", "GET /labels/%s", "GET /reports/%s", "GET /reports/returns.csv?from=%s&to=%s",
		"GET /playground/%s", "GET /policy?%s", "%s /healthz", "POST " + hookPath + "?%s", "POST /dev/token?%s",
	} {
		for strings.Contains(line, "%s") {
			line = strings.Replace(line, "%s", f.next(), 1)
		}
		f.send(t, line, f.tokens["ADMIN"], picture)
	}
	for _, line := range []string{"PUT /photos/uploads/%s?type=%s&bytes=%s&expires=%s&signature=%s", "GET /photos/%s?expires=%s&signature=%s"} {
		for strings.Contains(line, "%s") {
			line = strings.Replace(line, "%s", f.next(), 1)
		}
		f.send(t, line, "", picture, "Content-Type", f.next()+"/x") // by an address alone
	}
	f.send(t, "POST /photos", customer, picture, "Content-Type", "image/jpeg", "Content-Disposition", `attachment; filename="`+f.next()+`.jpg"`)
	f.send(t, "POST /photos", customer, []byte(f.next()), "Content-Type", "image/svg+xml")
	f.send(t, "POST /dev/token", "", []byte(`{"role":"`+f.next()+`"}`), "Content-Type", "application/json")
	f.send(t, "POST "+hookPath, "", []byte(`{"id":"`+f.next()+`"}`), "Stripe-Signature", "t=1,v1="+f.next())
}

// quiet holds everything that was said to hold nothing that was planted.
func (f *field) quiet(t *testing.T, said map[string]string) {
	t.Helper()
	secrets := []string{plant}
	for _, token := range f.tokens {
		secrets = append(secrets, token)
	}
	for what, text := range said {
		for line := range strings.Lines(text) {
			for _, secret := range secrets {
				assert.NotContains(t, strings.ToLower(line), strings.ToLower(secret), what)
			}
		}
	}
	assert.NotContains(t, said["the log"], "@", "no address at all")
	for _, h := range f.heard {
		assert.NotContains(t, h.text, plant, "the answer to %s", h.what)
	}
}

// jobRows are the queue's rows, with the errors that are kept in them. The number of an order stays where somebody asks for a
// link to it: that is how the job finds the order, and it names nobody.
func jobRows(t *testing.T, address string) string {
	t.Helper()
	driver, source, args := "pgx", address, "args - 'orderNumber'"
	if !store.Postgres(address) {
		driver, source, args = "sqlite3", strings.TrimPrefix(address, "sqlite:"), "json(json_remove(args, '$.orderNumber'))"
	}
	db, err := sql.Open(driver, source)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	rows, err := db.QueryContext(t.Context(), "SELECT kind, "+args+", errors FROM river_job")
	require.NoError(t, err)
	defer func() { require.NoError(t, rows.Close()) }()
	var all strings.Builder
	for rows.Next() {
		var kind, args, failed any
		require.NoError(t, rows.Scan(&kind, &args, &failed))
		_, _ = fmt.Fprintf(&all, "%s %s %s\n", kind, args, failed)
	}
	require.NoError(t, rows.Err())
	return all.String()
}

// commands are what is said by those who look after the program.
func (f *field) commands(t *testing.T) map[string]string {
	t.Helper()
	said := map[string]string{}
	lines := filepath.Join(t.TempDir(), "orders.jsonl")
	bad := fmt.Sprintf("{\"number\": \"%s\", \"customer\": {\"email\": \"%s\"}}\n%s\n\"%s\"\n", f.next(), f.next(), f.next(), f.next())
	require.NoError(t, os.WriteFile(lines, []byte(bad), 0o600))
	audit := []string{"audit", "--books"}
	if f.env["STRIPE_API_BASE"] != "" {
		audit = []string{"audit"} // with a provider that answers
	}
	for _, args := range [][]string{{"jobs"}, audit, {"import", lines}, {"terms", "replay"}, {"customer", "export", "--email", f.next()}, {"migrate", "--check"}} {
		status, out, errs := runIn(t, f.env, append(args, "--data-dir", filepath.Dir(lines))...)
		require.NotEqual(t, exitUsage, status, errs)
		said["server "+strings.Join(args, " ")] = out + errs
	}
	return said
}

// stopped ends the server, and is everything that was said by then.
func (f *field) stopped(t *testing.T) map[string]string {
	t.Helper()
	said := f.commands(t)
	require.Zero(t, f.s.stop())
	said["the log"] = f.s.log.String()
	said["the jobs' rows"] = jobRows(t, f.s.url)
	return said
}

func TestNothingThatIsSentIsLoggedOrRepeated(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"text", "json"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			vars := map[string]string{secretName: plant + strings.Repeat("s", 40), "STRIPE_API_KEY": "sk_test_" + plant, "RATES": unthrottled}
			s := startProcess(t, vars, "--override", "0", "--log-format", format)
			vars[databaseName] = s.url
			f := &field{planter: newPlanter(t), s: s, env: vars}
			rows := deeds(known(t, s, f.sign(t, ada)))
			f.schemaWide(t, rows)
			f.broken(t)
			f.addresses(t)
			said := f.stopped(t)
			require.Contains(t, said["the log"], "route")
			f.quiet(t, said)
		})
	}
}

// story is what happens to a customer of a real shop whose every text is planted, on PostgreSQL where it can be had, with a
// payment provider that knows one charge and not the other.
func (f *field) story(t *testing.T, charge string) {
	t.Helper()
	now := time.Now().UTC()
	at := func(days int) string { return now.AddDate(0, 0, -days).Format(time.RFC3339) }
	amount := func(text string) map[string]any { return map[string]any{"amount": text, "currency": "USD"} }
	record := `mutation Record($input: OrderRecordInput!) { orderRecord(input: $input) { order { items { id } } userErrors { message } } }`
	var items []string
	for _, ref := range []string{charge, "pi_" + f.next()} {
		items = append(items, f.s.ask(t, f.tokens["SERVICE"], record, map[string]any{"input": map[string]any{
			"number": f.next(), "customer": map[string]any{"email": plant + "@example.com", "name": f.next()}, "currency": "USD",
			"purchasedAt": at(6), "shipToCountry": "US", "shipToLines": []string{f.next(), f.next()}, "shipping": amount("0"),
			"items": []any{map[string]any{"sku": f.next(), "name": f.next(), "quantity": 1, "paid": amount("10.00"), "delivery": "DELIVERED",
				"shippedAt": at(5), "deliveredAt": at(3), "tracking": f.next(), "carrier": f.next()}},
			"payments": []any{map[string]any{"ref": ref, "method": f.next(), "captured": amount("10.00")}},
		}}).fine().text("data.orderRecord.order.items.0.id"))
	}
	for _, item := range items {
		f.comesBack(t, item)
	}
	f.operation(t, f.tokens["CUSTOMER"], map[string]any{"query": "{ " + f.next() + `a: order(number: "` + f.next() + `") { id } }`})
	f.heard = f.heard[:len(f.heard)-1] // its alias is the client's, and stands in the answer
}

// comesBack takes an item all the way, with words wherever they can be said.
func (f *field) comesBack(t *testing.T, item string) {
	t.Helper()
	admin := f.tokens["ADMIN"]
	line := map[string]any{"itemId": item, "quantity": 1, "reason": "DAMAGED_ON_ARRIVAL", "comment": f.next()}
	filed := f.s.ask(t, f.tokens["CUSTOMER"], request, map[string]any{"input": map[string]any{"lines": []any{line}, "note": f.next()}}).fine()
	id, lineID := filed.text("data.returnRequest.return.id"), filed.text("data.returnRequest.return.lines.0.id")
	for _, step := range []struct{ name, input string }{
		{"evidenceRequest", `"message": "%s"`}, {"evidenceWaive", `"reason": "%s"`},
		{"verdictOverride", `"lineId": "` + lineID + `", "outcome": "ELIGIBLE", "reason": "%s"`},
		{"returnApprove", `"idempotencyKey": "%s", "instructions": "%s"`}, {"returnHandOver", `"tracking": "%s", "carrier": "%s"`},
		{"returnReceive", `"lines": [{"lineId": "` + lineID + `", "received": 1}]`},
		{"returnInspect", `"findings": [{"lineId": "` + lineID + `", "units": 1, "packaging": true, "claim": "CONFIRMED", "note": "%s"}]`},
		{"returnSettle", `"idempotencyKey": "%s"`},
	} {
		input := `{"id": "` + id + `", ` + step.input + `}`
		for strings.Contains(input, "%s") {
			input = strings.Replace(input, "%s", f.next(), 1)
		}
		var read map[string]any
		require.NoError(t, json.Unmarshal([]byte(input), &read))
		query := mutation(step.name, "", "").query
		f.operation(t, admin, map[string]any{"query": query, "variables": map[string]any{"input": read}})
		require.Contains(t, f.heard[len(f.heard)-1].text, `"userErrors":[]`, step.name)
	}
}

// settled waits until the jobs have bought the labels, paid what the provider knows, and given up on what it does not.
func (f *field) settled(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		got := f.s.ask(t, f.tokens["ADMIN"], `{ returns(first: 5) { edges { node { state label { state } refunds { state } } } } }`, nil).fine().String()
		count := func(state string) int { return strings.Count(got, `"state": "`+state+`"`) }
		return count("READY") == 2 && count("SUCCEEDED") == 1 && count("FAILED") == 1
	}, time.Minute, 100*time.Millisecond)
}

func TestNothingOfACustomerOrASecretIsLoggedWhereMoneyMoves(t *testing.T) {
	t.Parallel()
	address, found := pgtest.Database(t)
	if !found {
		address = "sqlite:" + filepath.Join(t.TempDir(), "shop.db")
	}
	provider := stripetest.Start(t)
	vars := map[string]string{
		secretName: plant + strings.Repeat("s", 40), "STRIPE_API_KEY": stripetest.Key, "STRIPE_API_BASE": provider.URL, "STRIPE_WEBHOOK_SECRET": "whsec_" + plant,
		databaseName: address,
	}
	if found { // this database asks for no password, and takes any
		at, err := url.Parse(address)
		require.NoError(t, err)
		at.User = url.UserPassword(at.User.Username(), plant+"-password")
		address = at.String()
		vars[databaseName] = address
	}
	data := "--data-dir=" + t.TempDir()
	status, out, errs := runIn(t, vars, "migrate", data)
	require.Zero(t, status, out+errs)
	s := startWith(t, address, env(vars), "--dev", data, "--log-format", "json")
	f := &field{planter: newPlanter(t), s: s, env: vars}
	f.sign(t, plant+"@example.com")
	f.story(t, provider.Capture(10_00, "usd").Intent)
	f.settled(t)
	f.broken(t)
	f.addresses(t)
	said := f.stopped(t)
	require.Contains(t, said["the log"], `"role":"ADMIN"`, "it was logged")
	for what, text := range said {
		require.NotContains(t, text, stripetest.Key, what)
	}
	f.quiet(t, said)
}
