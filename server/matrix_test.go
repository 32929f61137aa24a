package main

import (
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/vysero/returns/graph"
	"github.com/vysero/returns/internal/auth"
)

var update = flag.Bool("update", false, "write the golden files anew")

// matrixFile is the whole matrix, for people to read: who may do what, with what.
const matrixFile = "matrix.txt"

// asker is one column of the matrix.
type asker struct{ name, token string }

// askers come with the least first, so that what one of them changes hides nothing from the others.
func askers(t *testing.T, s *server) []asker {
	t.Helper()
	all := []asker{
		{"nobody", ""},
		{"stranger", s.token(t, auth.Customer, "nobody@example.com")},
		{"other", s.token(t, auth.Customer, grace)},
		{"guest", s.link(t, "1013", ada)},
		{"owner", s.token(t, auth.Customer, ada)},
	}
	for _, role := range []auth.Role{auth.Inspector, auth.Service, auth.Agent, auth.Finance, auth.Admin} {
		all = append(all, asker{string(role), s.token(t, role, "")})
	}
	return all
}

// TestWhoMayDoWhatWithWhat walks the matrix: everything that can be asked of the running server, by everybody, about things of
// one customer. What came out is compared with the table.
func TestWhoMayDoWhatWithWhat(t *testing.T) {
	t.Parallel()
	s := startHere(t, "", "--demo", "--now", start, "--override", "0", "--rates", unthrottled)
	all := askers(t, s)
	deeds := deeds(known(t, s, all))
	complete(t, deeds)

	table := matrixHead + fmt.Sprintf("\n%-36s", "")
	for _, who := range all {
		table += fmt.Sprintf(" %-9s", who.name)
	}
	for _, d := range deeds {
		row := fmt.Sprintf("%-36s", d.name)
		for _, who := range all {
			row += fmt.Sprintf(" %-9s", d.outcome(t, s, who.token))
		}
		assert.Contains(t, row, " may", "somebody may, or the row asks for what is not there")
		table += "\n" + strings.TrimRight(row, " ")
	}
	table = regexp.MustCompile(`(?m) +$`).ReplaceAllString(table, "") + "\n"
	path := filepath.Join("testdata", matrixFile)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(table), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), table, "if the change is meant: go test ./server -run WhoMayDoWhat -update")
}

const matrixHead = `Who may do what, with what: a row is something that can be asked of the server, about things of one customer, the owner; a
column is who asks. "stranger" is a customer whom the shop does not know, "other" one who has bought something else, "guest" the
owner with a link to the order 1013 and nothing else.

  may   it is done, or refused for another reason than who asks: a state, a date, an amount
  none  answered exactly as for something that is not there, to the letter and in the same status
  no    FORBIDDEN: this role never may
  sign  UNAUTHENTICATED: sign in first
`

// deed is one row of the matrix.
type deed struct {
	name string
	// line is the request's method and path; a GraphQL operation where it is empty.
	line, query, input string
	body               []byte
	headers            []string
	// id is what is asked about, the owner's. Another one of the same form, which does not exist, is asked for beside it.
	id string
	// shows is what the answer to those who may holds, where there is no id to compare by.
	shows string
}

// missing has the form of an id, and the length, and is of nothing.
func missing(id string) string {
	prefix, rest, found := strings.Cut(id, "_")
	if !found {
		return strings.Repeat("9", len(id))
	}
	return prefix + "_" + strings.Repeat("9", len(rest))
}

// outcome does the deed in somebody's name and says how it went by who asked.
func (d deed) outcome(t *testing.T, s *server, token string) string {
	t.Helper()
	unknown := ""
	if d.id != "" {
		unknown = d.answer(t, s, token, missing(d.id))
	}
	got := d.answer(t, s, token, d.id)
	for _, broken := range []string{"GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED", "INTERNAL", "THROTTLED"} {
		require.NotContains(t, got, broken, d.name)
	}
	switch {
	case strings.Contains(got, "UNAUTHENTICATED"):
		return "sign"
	case strings.Contains(got, "FORBIDDEN"):
		return "no"
	case d.id != "" && got == unknown, d.shows != "" && !strings.Contains(got, d.shows):
		return "none"
	}
	return "may"
}

// changing is what differs from one answer to the next whoever asks and whatever for.
var changing = regexp.MustCompile(`(?s)"throttleStatus":\{[^}]*\}|"(expiresAt|url)":"[^"]*"`)

// answer is the status and the body, with the id taken out of it. Every call has an idempotency key of its own.
func (d deed) answer(t *testing.T, s *server, token, id string) string {
	t.Helper()
	line, body, headers := d.line, d.body, d.headers
	if line == "" {
		input := strings.NewReplacer("$ID", id, "$KEY", fmt.Sprintf("matrix-%x", sha256.Sum256([]byte(d.name+id+token)))).Replace(d.input)
		text, err := json.Marshal(map[string]any{"query": strings.ReplaceAll(d.query, "$ID", id), "variables": map[string]any{"input": json.RawMessage(input)}})
		require.NoError(t, err, "%s: %s", d.name, input)
		line, body, headers = "POST "+graphqlPath, text, []string{"Content-Type", "application/json"}
	}
	status, got := s.call(t, strings.ReplaceAll(line, "$ID", id), token, body, headers...)
	text := string(got)
	if id != "" {
		text = strings.ReplaceAll(text, id, "ID")
	}
	return fmt.Sprint(status.StatusCode, " ", changing.ReplaceAllString(text, ""))
}

// mutation is a deed of the API: what is asked of its payload, and its input in JSON.
func mutation(field, id, input string) deed {
	kind := strings.ToUpper(field[:1]) + field[1:] + "Input"
	return deed{
		name: "mutation " + field, id: id, input: input,
		query: "mutation($input: " + kind + "!) { " + field + "(input: $input) { userErrors { code field message } } }",
	}
}

// named is a deed under another name.
func named(name string, d deed) deed {
	d.name = name
	return d
}

// shows is a deed whose answer holds a text for those who may.
func shows(text string, d deed) deed {
	d.shows = text
	return d
}

// question is a deed of the API that changes nothing.
func question(name, query, id, shows string) deed {
	return deed{name: "query " + name, query: "{ " + query + " }", id: id, shows: shows, input: "null"}
}

// complete holds that everything that the schema can be asked for has a row, and every address.
func complete(t *testing.T, rows []deed) {
	t.Helper()
	schema, err := gqlparser.LoadSchema(&ast.Source{Input: graph.SDL()})
	require.NoError(t, err)
	has := map[string]bool{}
	for _, d := range rows {
		has[d.name] = true
	}
	for _, field := range schema.Mutation.Fields {
		assert.True(t, has["mutation "+field.Name], "the mutation %s is not in the matrix", field.Name)
	}
	for _, field := range schema.Query.Fields {
		if !strings.HasPrefix(field.Name, "__") {
			assert.True(t, has["query "+field.Name], "the query %s is not in the matrix", field.Name)
		}
	}
	for _, record := range schema.PossibleTypes["Node"] {
		assert.True(t, has["query node: "+record.Name], "no record of the type %s is asked for by its id", record.Name)
	}
	require.False(t, t.Failed())
}

// things are ids of one customer's, by their records.
type things map[string]string

// known makes what the demo shop does not have yet, an override that waits and a label, and gives an id of each record.
func known(t *testing.T, s *server, all []asker) things {
	t.Helper()
	by := map[string]string{}
	for _, who := range all {
		by[who.name] = who.token
	}
	label := s.ask(t, by["AGENT"], approve, map[string]any{
		"input": map[string]any{"id": "ret_1016", "idempotencyKey": "k", "instructions": "Pack it well."},
	}).fine().text("data.returnApprove.return.label.id")
	override := s.ask(t, by["FINANCE"], `mutation($input: VerdictOverrideInput!) {
		verdictOverride(input: $input) { return { overrides { id } } userErrors { code message } } }`, map[string]any{"input": map[string]any{
		"id": "ret_1020", "inspectionId": "ins_1020", "inspectionOutcome": "NO_REFUND", "reason": "a scratch",
	}}).fine().text("data.verdictOverride.return.overrides.0.id")
	found := s.ask(t, by["ADMIN"], `{ node(id: "ret_1013") { ... on Return {
		refunds { id transfers { id } } events(first: 1) { edges { node { id } } } } }
		order(number: "1013") { id customer { id } items { id } payments { id } } termsEditions { id state } }`, nil).fine()
	draft := s.ask(t, by["ADMIN"], `{ termsEditions { id } }`, nil).fine().text("data.termsEditions.1.id")
	simulation := s.ask(t, by["FINANCE"], `mutation($input: TermsSimulateInput!) { termsSimulate(input: $input) { simulation { id } userErrors { message } } }`,
		map[string]any{"input": map[string]any{"editionId": draft, "from": "2026-01-01T00:00:00Z", "to": "2026-03-09T00:00:00Z"}}).
		fine().text("data.termsSimulate.simulation.id")
	sent := s.ask(t, by["owner"], `mutation($input: PhotoUploadCreateInput!) { photoUploadCreate(input: $input) { upload { id url } userErrors { message } } }`,
		map[string]any{"input": map[string]any{"contentType": "image/png", "bytes": len("not a picture, whose bytes are counted")}}).fine()
	seen := s.ask(t, by["owner"], `{ node(id: "pho_1016") { ... on Photo { url } } }`, nil).fine()
	return things{
		"Upload": sent.text("data.photoUploadCreate.upload.id"), "address of Upload": s.path(t, sent.text("data.photoUploadCreate.upload.url")),
		"address of Photo": s.path(t, seen.text("data.node.url")),
		"Customer":         found.text("data.order.customer.id"), "Order": "ord_1013", "Item": "itm_1013_1", "Payment": "pay_1013_1",
		"Return": "ret_1013", "ReturnLine": "rln_1013", "Refund": found.text("data.node.refunds.0.id"),
		"Transfer": found.text("data.node.refunds.0.transfers.0.id"), "Event": found.text("data.node.events.edges.0.node.id"),
		"Photo": "pho_1016", "Label": label, "Inspection": "ins_1020", "Override": override,
		"TermsEdition": draft, "TermsSimulation": simulation,
	}
}

// path is where an address leads on the server.
func (s *server) path(t *testing.T, address string) string {
	t.Helper()
	at, err := url.Parse(address)
	require.NoError(t, err)
	return at.RequestURI()
}
