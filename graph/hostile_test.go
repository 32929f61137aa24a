package graph

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/auth"
)

// repeated is a text n times, with its number where it has a %d.
func repeated(n int, text string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.ReplaceAll(text, "%d", fmt.Sprint(i)))
	}
	return b.String()
}

// bomb is an operation that would take a server long or much of its memory, and the code of the answer to customers and to
// staff: "-" where it was made harmless and runs.
type bomb struct{ text, public, staff string }

// bombs are of each kind that is known.
func bombs() map[string]bomb {
	return map[string]bomb{
		"connections 30 deep":               {strings.Repeat(`{ orders(first: 100) { edges { node { returns(first: 100) { edges { node { order `, 10) + "{ id }" + strings.Repeat(" } } } } } } }", 10), "TOO_DEEP", "TOO_DEEP"},
		"10,000 aliases":                    {"{" + repeated(10_000, " a%d: __typename") + " }", "GRAPHQL_PARSE_FAILED", "GRAPHQL_PARSE_FAILED"},
		"10,000 aliases of one field":       {"{" + repeated(10_000, ` a%d: order(number: "%d") { id }`) + " }", "PAYLOAD_TOO_LARGE", "PAYLOAD_TOO_LARGE"},
		"20,000 fields of one name":         {"{" + strings.Repeat(" __typename", 20_000) + " }", "GRAPHQL_PARSE_FAILED", "GRAPHQL_PARSE_FAILED"},
		"20,000 directives on one field":    {"{ __typename" + strings.Repeat(" @skip(if: false)", 14_000) + " }", "GRAPHQL_PARSE_FAILED", "GRAPHQL_PARSE_FAILED"},
		"100,000 unknown directives":        {"{ __typename" + strings.Repeat(" @x", 85_000) + " }", "GRAPHQL_PARSE_FAILED", "GRAPHQL_PARSE_FAILED"},
		"directives in fragments":           {"{ ...f }" + repeated(100, " fragment f%d on Query { __typename @skip(if: true) @include(if: true) }") + " fragment f on Query { __typename }", "GRAPHQL_PARSE_FAILED", "TOO_LARGE"},
		"20,000 chained fragments":          {"{ ...f0 }" + repeated(6_000, " fragment f%d on Query { ...g%d }"), "GRAPHQL_PARSE_FAILED", "GRAPHQL_PARSE_FAILED"},
		"a chain of fragments that fits":    {chain(600, " fragment f%d on Query { ...f%d }"), "GRAPHQL_PARSE_FAILED", "TOO_LARGE"},
		"fragments that double":             {chain(400, " fragment f%d on Query { ...f%d ...f%d }"), "GRAPHQL_PARSE_FAILED", "TOO_LARGE"},
		"fragments that double with fields": {chain(80, " fragment f%d on Query { a: node(id: 1) { ...on Order { customer { id } } } ...f%d ...f%d }"), "GRAPHQL_PARSE_FAILED", "-"},
		"a circle of fragments":             {"{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }", "GRAPHQL_VALIDATION_FAILED", "GRAPHQL_VALIDATION_FAILED"},
		"200,000 tokens":                    {"{ nodes(ids: [" + strings.Repeat("1 ", 120_000) + "]) { id } }", "GRAPHQL_PARSE_FAILED", "GRAPHQL_PARSE_FAILED"},
		"a list in a list 100,000 deep":     {"{ nodes(ids: " + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + ") { id } }", "GRAPHQL_PARSE_FAILED", "GRAPHQL_PARSE_FAILED"},
		"an object 40,000 deep":             {"{ returns(first: 1, filter: " + strings.Repeat("{a:", 40_000) + "1" + strings.Repeat("}", 40_000) + ") { totalCount } }", "GRAPHQL_PARSE_FAILED", "GRAPHQL_PARSE_FAILED"},
		"selections 100,000 deep":           {strings.Repeat("{a", 100_000), "GRAPHQL_PARSE_FAILED", "GRAPHQL_PARSE_FAILED"},
		"a type 100,000 deep":               {"query(" + "$a: " + strings.Repeat("[", 100_000) + "ID" + strings.Repeat("]", 100_000) + ") { __typename }", "GRAPHQL_PARSE_FAILED", "GRAPHQL_PARSE_FAILED"},
		"inline fragments 900 deep":         {"{" + strings.Repeat("...{", 900) + "__typename" + strings.Repeat("}", 900) + "}", "GRAPHQL_PARSE_FAILED", "-"},
		"misspelt fields":                   {"{" + repeated(900, " ordr%d") + " }", "GRAPHQL_VALIDATION_FAILED", "GRAPHQL_VALIDATION_FAILED"},
		"conflicting fields":                {"{" + repeated(240, ` order(number: "%d") { id }`) + " }", "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"},
		"fields that conflict further down": {"{" + repeated(120, ` viewer { customer { orders(first: %d) { totalCount } } }`) + " }", "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"},
		"operations":                        {repeated(160, " query q%d { ...f }") + " fragment f on Query { __typename }", "GRAPHQL_VALIDATION_FAILED", "GRAPHQL_VALIDATION_FAILED"},
		"introspection that goes round":     {`{ __schema { types { fields { type { fields { type { fields { type { fields { type { name } } } } } } } } } } }`, "GRAPHQL_VALIDATION_FAILED", "GRAPHQL_VALIDATION_FAILED"},
		"variables":                         {"query(" + repeated(180, "$v%d: ID ") + ") { __typename }", "GRAPHQL_VALIDATION_FAILED", "GRAPHQL_VALIDATION_FAILED"},
		"a long text":                       {`{ order(number: "` + strings.Repeat("x", 250_000) + `") { id } }`, "-", "-"},
		"a long name":                       {"{ " + strings.Repeat("x", 250_000) + " }", "TOO_LARGE", "TOO_LARGE"},
		"a long name in each row":           {"{ orders(first: 100) { edges { node { " + strings.Repeat("x", 101) + ": id } } } }", "TOO_LARGE", "TOO_LARGE"},
		"a long name for a type":            {"{ ... on " + strings.Repeat("x", 250_000) + " { id } }", "GRAPHQL_VALIDATION_FAILED", "GRAPHQL_VALIDATION_FAILED"},
		"a comment":                         {"{ __typename } #" + strings.Repeat("x", 250_000), "-", "-"},
		"100,000 comments":                  {"{ __typename } " + strings.Repeat("#\n", 100_000), "PAYLOAD_TOO_LARGE", "PAYLOAD_TOO_LARGE"},
		"numbers that do not fit":           {`{ orders(first: 99999999999999999999999999) { totalCount } }`, "GRAPHQL_VALIDATION_FAILED", "GRAPHQL_VALIDATION_FAILED"},
		"backslashes":                       {`{ order(number: "` + strings.Repeat(`\\`, 60_000) + `") { id } }`, "-", "-"},
		"quotes":                            {strings.Repeat(`"`, 200_000), "PAYLOAD_TOO_LARGE", "PAYLOAD_TOO_LARGE"},
	}
}

// chain is fragments of which each spreads the next.
func chain(n int, text string) string {
	var b strings.Builder
	b.WriteString("{ ...f0 }")
	for i := range n {
		first, rest, _ := strings.Cut(text, "%d")
		b.WriteString(first + fmt.Sprint(i) + strings.ReplaceAll(rest, "%d", fmt.Sprint(i+1)))
	}
	return b.String() + fmt.Sprintf(" fragment f%d on Query { __typename }", n)
}

func TestBombsAreRefusedBeforeTheyAreWork(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.two(t)
	for name, b := range bombs() {
		for who, code := range map[someone]string{nobody: b.public, asAda: b.public, service: b.public, agent: b.staff} {
			w := d.with(t, who, post(b.body(t)))
			if code == "-" && who == nobody {
				require.Contains(t, []string{"-", "UNAUTHENTICATED"}, first(w), name)
			} else {
				require.Equal(t, code, first(w), "%s: %v", name, who)
			}
			require.Less(t, w.Body.Len(), 30<<10, name)
			require.True(t, json.Valid(w.Body.Bytes()), name)
		}
	}
}

// BenchmarkBombs says how long each takes, and what it needs of memory.
func BenchmarkBombs(b *testing.B) {
	d := open(b)
	d.two(b)
	for name, bomb := range bombs() {
		body := bomb.body(b)
		for who, p := range map[string]auth.Principal{"customer": {ID: "c", Role: auth.Customer, CustomerID: "c"}, "staff": {ID: "a", Role: auth.Agent}} {
			b.Run(name+"/"+who, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					r := post(body)
					d.handler.ServeHTTP(httptest.NewRecorder(), r.WithContext(auth.With(r.Context(), p)))
				}
			})
		}
	}
}

// body is the request that carries it.
func (b bomb) body(t testing.TB) string {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": b.text})
	require.NoError(t, err)
	return string(body)
}

// first is the code of the first error.
func first(w *httptest.ResponseRecorder) string {
	var a answered
	if json.Unmarshal(w.Body.Bytes(), &a) != nil || len(a.Errors) == 0 {
		return "-"
	}
	return fmt.Sprint(a.Errors[0].Extensions["code"])
}

func TestABodyThatIsABombIsRefused(t *testing.T) {
	t.Parallel()
	d := open(t)
	for name, c := range map[string]struct {
		body   string
		status int
	}{
		"10 MB":                           {`{"query":"` + strings.Repeat("x", 10<<20) + `"}`, http.StatusRequestEntityTooLarge},
		"JSON nested 100,000 deep":        {strings.Repeat("[", 100_000), http.StatusBadRequest},
		"variables nested 100,000 deep":   {`{"query":"{a}","variables":{"a":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}}`, http.StatusBadRequest},
		"extensions nested 100,000 deep":  {`{"query":"{a}","extensions":` + strings.Repeat(`{"a":`, 40_000) + "1" + strings.Repeat("}", 40_000) + `}`, http.StatusBadRequest},
		"a second value after the first":  {small + `{"query":"{ __typename }"}`, http.StatusBadRequest},
		"text after the value":            {small + "x", http.StatusBadRequest},
		"NUL after the value":             {small + "\x00", http.StatusBadRequest},
		"invalid UTF-8":                   {"{\"query\":\"{ a\xc3\x28 }\"}", http.StatusBadRequest},
		"half of a character":             {`{"query":"{ __typename } #\ud800"}`, http.StatusOK},
		"NUL in the query":                {`{"query":"{ __typename \u0000}"}`, http.StatusOK},
		"NaN":                             {`{"query":"{ __typename }","variables":{"a":NaN}}`, http.StatusBadRequest},
		"a number that no float can hold": {`{"query":"query($n:Int){orders(first:$n){totalCount}}","variables":{"n":1e999999}}`, http.StatusOK},
		"2^31 as a variable":              {`{"query":"query($n:Int){orders(first:$n){totalCount}}","variables":{"n":2147483648}}`, http.StatusOK},
		"a fraction as a variable":        {`{"query":"query($n:Int){orders(first:$n){totalCount}}","variables":{"n":1.5}}`, http.StatusOK},
		"many keys":                       {`{"query":"{a}","variables":{` + strings.TrimSuffix(repeated(15_000, `"k%d":1,`), ",") + `}}`, http.StatusOK},
		"nothing":                         {``, http.StatusBadRequest},
		"a mark before the text":          {"\xef\xbb\xbf" + small, http.StatusBadRequest},
	} {
		w := d.with(t, nobody, post(c.body))
		require.Equal(t, c.status, w.Code, "%s: %.200s", name, w.Body)
		if name != "half of a character" {
			require.Contains(t, w.Body.String(), `"errors"`, name)
		}
		require.NotContains(t, w.Body.String(), "INTERNAL", name)
		require.Less(t, w.Body.Len(), 4_000, name)
	}
}

func TestWhatABrowserSendsWithoutAskingFirstChangesNothing(t *testing.T) {
	t.Parallel()
	d := open(t)
	o, _ := d.two(t)
	ret := d.returned(t, o, ada)
	mutation := fmt.Sprintf(`mutation { returnCancel(input: {id: %q}) { return { id } userErrors { code } } }`, ret.ID)
	text, err := json.Marshal(map[string]string{"query": mutation})
	require.NoError(t, err)
	form := url.Values{"query": {mutation}}.Encode()
	for name, c := range map[string]struct {
		r      *http.Request
		status int
	}{
		"a form":                            {request("POST", "/graphql", form, contentType, "application/x-www-form-urlencoded"), http.StatusUnsupportedMediaType},
		"a form with JSON in it":            {request("POST", "/graphql", string(text), contentType, "application/x-www-form-urlencoded"), http.StatusUnsupportedMediaType},
		"multipart":                         {request("POST", "/graphql", "--x\r\nContent-Disposition: form-data; name=\"operations\"\r\n\r\n"+string(text)+"\r\n--x--", contentType, "multipart/form-data; boundary=x"), http.StatusUnsupportedMediaType},
		"text":                              {request("POST", "/graphql", string(text), contentType, "text/plain"), http.StatusUnsupportedMediaType},
		"text that says it is JSON":         {request("POST", "/graphql", string(text), contentType, "text/plain; application/json"), http.StatusUnsupportedMediaType},
		"JSON behind a comma":               {request("POST", "/graphql", string(text), contentType, "text/plain, application/json"), http.StatusUnsupportedMediaType},
		"no content type":                   {request("POST", "/graphql", string(text)), http.StatusUnsupportedMediaType},
		"an empty content type":             {request("POST", "/graphql", string(text), contentType, ""), http.StatusUnsupportedMediaType},
		"GraphQL's own":                     {request("POST", "/graphql", mutation, contentType, "application/graphql"), http.StatusUnsupportedMediaType},
		"JSON and a parameter of none":      {request("POST", "/graphql", string(text), contentType, "application/json; charset=utf-16"), http.StatusUnsupportedMediaType},
		"a GET":                             {request("GET", get("query", mutation), ""), http.StatusMethodNotAllowed},
		"a GET with a body":                 {request("GET", get("query", mutation), string(text), contentType, "application/json"), http.StatusMethodNotAllowed},
		"a POST with it in the URL":         {request("POST", get("query", mutation), "", contentType, "text/plain"), http.StatusUnsupportedMediaType},
		"a POST of JSON with it in the URL": {request("POST", get("query", mutation), "{}", contentType, "application/json"), http.StatusBadRequest},
		"a HEAD":                            {request("HEAD", get("query", mutation), ""), http.StatusMethodNotAllowed},
	} {
		w := d.with(t, asAda, c.r)
		require.Equal(t, c.status, w.Code, "%s: %s", name, w.Body)
	}
	require.Equal(t, ret.State, d.DB.Client.ReturnRequest.GetX(auth.AsSystem(t.Context()), ret.ID).State, "nothing was cancelled")
	require.JSONEq(t, fmt.Sprintf(`{"data":{"returnCancel":{"return":{"id":%q},"userErrors":[]}}}`, ret.ID), d.with(t, asAda, post(string(text))).Body.String())
}

func TestThereAreNoWebsockets(t *testing.T) {
	t.Parallel()
	d := open(t)
	for _, origin := range []string{"", "http://example.com", "https://elsewhere.example", "null"} {
		for _, target := range []string{"/graphql", get("query", "{ __typename }")} {
			w := d.with(t, agent, request("GET", target, "", "Connection", "Upgrade", "Upgrade", "WebSocket", "Sec-WebSocket-Version", "13",
				"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol", "graphql-transport-ws", "Origin", origin))
			require.Equal(t, http.StatusBadRequest, w.Code)
			require.Contains(t, w.Body.String(), "no websockets")
			require.Empty(t, w.Header().Get("Sec-WebSocket-Accept"))
			require.Empty(t, w.Header().Get("Upgrade"))
		}
	}
	require.Equal(t, "GRAPHQL_VALIDATION_FAILED", d.code(t, agent, `subscription { returnUpdated { id } }`))
}

func TestFiftyDirectivesAndTheFirstUnknownOneIsTheAnswer(t *testing.T) {
	t.Parallel()
	d := open(t)
	of := func(n int) string { return "{" + repeated(n, " a%d: __typename @skip(if: false)") + " }" }
	d.handler = d.endpoint(func(c *Config) { c.Limits.Aliases, c.Limits.SameAliases = 100, 100 })
	for _, who := range []someone{nobody, service, agent} {
		require.Empty(t, d.ask(t, who, of(50)).Errors)
		require.Equal(t, "TOO_LARGE", d.code(t, who, of(51)))
		require.Equal(t, "GRAPHQL_VALIDATION_FAILED", d.code(t, who, "{ __typename"+strings.Repeat(" @x", 40)+" }"), "one error")
		require.Equal(t, "TOO_LARGE", d.code(t, who, "query($a: Boolean"+strings.Repeat(" @skip(if: true)", 51)+") { __typename }"))
	}
}

func TestANameOfAHundredLettersAndNoMore(t *testing.T) {
	t.Parallel()
	d := open(t)
	of := func(n int) string { return "{ " + strings.Repeat("x", n) + ": __typename }" }
	for _, who := range []someone{nobody, agent} {
		require.Empty(t, d.ask(t, who, of(100)).Errors)
		require.Equal(t, "TOO_LARGE", d.code(t, who, of(101)))
	}
}

func TestAHundredFragmentsAndNoMore(t *testing.T) {
	t.Parallel()
	d := open(t)
	require.Empty(t, d.ask(t, nobody, chain(99, " fragment f%d on Query { ...f%d }")).Errors)
	require.Equal(t, "TOO_LARGE", d.code(t, nobody, chain(100, " fragment f%d on Query { ...f%d }")))
}

func TestAnOperationMovesMoneyOnce(t *testing.T) {
	t.Parallel()
	d := open(t)
	one := ` %s: refundRetry(input: {id: "x", idempotencyKey: "k"}) { userErrors { code } }`
	require.Empty(t, d.ask(t, finance, "mutation {"+fmt.Sprintf(one, "a")+" }").Errors)
	for _, more := range []string{
		fmt.Sprintf(one, "b"),
		` returnSettle(input: {id: "x", idempotencyKey: "k"}) { userErrors { code } }`,
		` returnApprove(input: {id: "x", idempotencyKey: "k", instructions: "i"}) { userErrors { code } }`,
		` refundReroute(input: {id: "x", idempotencyKey: "k", transferId: "t", consent: "c"}) { userErrors { code } }`,
		` ...f`,
	} {
		query := "mutation {" + fmt.Sprintf(one, "a") + more + " }"
		if more == " ...f" {
			query += " fragment f on Mutation {" + fmt.Sprintf(one, "c") + " }"
		}
		for _, who := range []someone{nobody, finance, admin} {
			require.Equal(t, "TOO_LARGE", d.code(t, who, query))
		}
	}
}

func TestAnAnswerThatIsTooLargeIsAnErrorAndNotCut(t *testing.T) {
	t.Parallel()
	d := open(t)
	_, his := d.two(t)
	ret := d.returned(t, his, bob)
	size := func(who someone, query string) int { return len(d.ask(t, who, query).Data) }
	query := `{ returnPolicy { clauses { id text } readings { id text } } }`
	hers, theirs := size(asAda, query), size(agent, query)
	d.handler = d.endpoint(func(c *Config) { c.Limits.Answer, c.Limits.StaffAnswer = hers, theirs-1 })
	require.Empty(t, d.ask(t, asAda, query).Errors)
	require.Equal(t, "ANSWER_TOO_LARGE", d.code(t, agent, query))
	d.handler = d.endpoint(func(c *Config) { c.Limits.Answer, c.Limits.StaffAnswer = hers-1, theirs })
	require.Empty(t, d.ask(t, agent, query).Errors)
	a := d.ask(t, asAda, query)
	require.Equal(t, "ANSWER_TOO_LARGE", codes(a))
	require.Equal(t, "null", string(a.Data))

	d.handler = d.endpoint(func(c *Config) { c.Limits.Answer = 10 })
	a = d.ask(t, asBob, fmt.Sprintf(`mutation { returnCancel(input: {id: %q}) { return { id } } }`, ret.ID))
	require.Equal(t, "ANSWER_TOO_LARGE", codes(a))
	require.Contains(t, a.Errors[0].Message, "carried out")
	require.NotEqual(t, ret.State, d.DB.Client.ReturnRequest.GetX(auth.AsSystem(t.Context()), ret.ID).State)
	l := DefaultLimits()
	require.Equal(t, []int{256 << 10, 4 << 20}, []int{l.Answer, l.StaffAnswer})
}

func TestLimitsAreReadStrictly(t *testing.T) {
	t.Parallel()
	var l Limits
	require.NoError(t, l.UnmarshalText([]byte("cost=500, depth=12,staffAnswer=1048576")))
	want := DefaultLimits()
	want.Cost, want.Depth, want.StaffAnswer = 500, 12, 1<<20
	require.Equal(t, want, l)
	for _, text := range []string{
		"", "cost", "cost=", "cost=0", "cost=-1", "cost=1.5", "cost=1000001", "cost=1,cost=2", "costs=1", "cost=1,", "cost=1 depth=2", "Cost=1", "depth=51",
	} {
		require.Error(t, l.UnmarshalText([]byte(text)), text)
		require.Equal(t, want, l, "a text that is wrong changes nothing")
	}
	require.Equal(t, DefaultLimits(), (&Limits{}).orDefault())
	defaults := DefaultLimits()
	for name, b := range defaults.bounds() {
		require.LessOrEqual(t, *b.limit, b.most, name)
		require.Positive(t, *b.limit, name)
	}
}

func FuzzTransport(f *testing.F) {
	d := open(f)
	for _, seed := range [][]string{
		{"POST", "", "application/json", "", small}, {"GET", "query=%7B__typename%7D", "", "*/*;q=0.5", ""},
		{"POST", "query={a}", "application/json; charset=utf-8", "application/graphql-response+json", `{"documentId":"x","variables":{},"extensions":{"persistedQuery":{}}}`},
		{"PUT", "%zz", "text/plain", "text/html, */*;q=1e9", "[]"},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3], seed[4])
	}
	f.Fuzz(func(t *testing.T, method, query, kind, accepts, body string) {
		r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(body))
		r.Method, r.URL.RawQuery = method, query
		r.Header.Set(contentType, kind)
		r.Header.Set(accept, accepts)
		w := httptest.NewRecorder()
		d.handler.ServeHTTP(w, r)
		if !json.Valid(w.Body.Bytes()) || strings.Contains(w.Body.String(), `"INTERNAL"`) || w.Code >= 500 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		if w.Code == http.StatusOK && method != http.MethodGet && kind == "text/plain" {
			t.Errorf("it was taken: %s", w.Body)
		}
	})
}
