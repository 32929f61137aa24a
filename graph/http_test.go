package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/internal/auth"
)

func request(method, target, body string, headers ...string) *http.Request {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

func get(parameters ...string) string {
	q := url.Values{}
	for i := 0; i < len(parameters); i += 2 {
		q.Set(parameters[i], parameters[i+1])
	}
	return "/graphql?" + q.Encode()
}

const (
	contentType = "Content-Type"
	accept      = "Accept"
	jsonUTF8    = "application/json; charset=utf-8"
	graphUTF8   = "application/graphql-response+json; charset=utf-8"
	small       = `{"query":"{ __typename }"}`
)

func TestGraphQLOverHTTP(t *testing.T) {
	t.Parallel()
	d := open(t)
	for name, c := range map[string]struct {
		request *http.Request
		status  int
		as      string
		allow   string
		code    string // of the only error; "" for none
	}{
		"a POST of JSON":                      {request("POST", "/", small, contentType, "application/json"), 200, jsonUTF8, "", ""},
		"with its charset":                    {request("POST", "/", small, contentType, "application/json; charset=UTF-8"), 200, jsonUTF8, "", ""},
		"a GET":                               {request("GET", get("query", "{ __typename }"), ""), 200, jsonUTF8, "", ""},
		"a GET with everything":               {request("GET", get("query", "query A($s: Boolean!) { __typename @skip(if: $s) }", "operationName", "A", "variables", `{"s":false}`, "extensions", "{}"), ""), 200, jsonUTF8, "", ""},
		"any media type":                      {request("GET", get("query", "{ __typename }"), "", accept, "*/*"), 200, jsonUTF8, "", ""},
		"GraphQL's media type":                {request("GET", get("query", "{ __typename }"), "", accept, "application/graphql-response+json"), 200, graphUTF8, "", ""},
		"the preferred media type":            {request("GET", get("query", "{ __typename }"), "", accept, "application/json;q=0.5, application/graphql-response+json"), 200, graphUTF8, "", ""},
		"the named before the wildcard":       {request("GET", get("query", "{ __typename }"), "", accept, "*/*, application/graphql-response+json"), 200, graphUTF8, "", ""},
		"no media type that we have":          {request("GET", get("query", "{ __typename }"), "", accept, "text/html"), 406, jsonUTF8, "", "NOT_ACCEPTABLE"},
		"a media type of no weight":           {request("GET", get("query", "{ __typename }"), "", accept, "application/json;q=0"), 406, jsonUTF8, "", "NOT_ACCEPTABLE"},
		"null for what may be left out":       {post(`{"query":"{ __typename }","operationName":null,"variables":null,"extensions":null}`), 200, jsonUTF8, "", ""},
		"no query":                            {post(`{}`), 400, jsonUTF8, "", "BAD_REQUEST"},
		"a query that is no text":             {post(`{"query":7}`), 400, jsonUTF8, "", "BAD_REQUEST"},
		"an operation name that is no text":   {post(`{"query":"{ __typename }","operationName":7}`), 400, jsonUTF8, "", "BAD_REQUEST"},
		"variables that are no object":        {post(`{"query":"{ __typename }","variables":[]}`), 400, jsonUTF8, "", "BAD_REQUEST"},
		"variables of a GET that are no JSON": {request("GET", get("query", "{ __typename }", "variables", "x"), ""), 400, jsonUTF8, "", "BAD_REQUEST"},
		"extensions that are no object":       {post(`{"query":"{ __typename }","extensions":"x"}`), 400, jsonUTF8, "", "BAD_REQUEST"},
		"a batch":                             {post(" [" + small + "]"), 400, jsonUTF8, "", "BAD_REQUEST"},
		"no JSON":                             {post(`{"query":`), 400, jsonUTF8, "", "BAD_REQUEST"},
		"something behind the JSON":           {post(small + small), 400, jsonUTF8, "", "BAD_REQUEST"},
		"text that is not UTF-8":              {post("{\"query\":\"{ __typename } # \xff\"}"), 400, jsonUTF8, "", "BAD_REQUEST"},
		"256 KiB":                             {post(small + strings.Repeat(" ", DefaultLimits().Body-len(small))), 200, jsonUTF8, "", ""},
		"a byte more":                         {post(small + strings.Repeat(" ", DefaultLimits().Body-len(small)+1)), 413, jsonUTF8, "", "PAYLOAD_TOO_LARGE"},
		"no content type":                     {request("POST", "/", small), 415, jsonUTF8, "", "UNSUPPORTED_MEDIA_TYPE"},
		"a simple request of a page: text":    {request("POST", "/", small, contentType, "text/plain"), 415, jsonUTF8, "", "UNSUPPORTED_MEDIA_TYPE"},
		"a simple request of a page: a form":  {request("POST", "/", "query=%7B__typename%7D", contentType, "application/x-www-form-urlencoded"), 415, jsonUTF8, "", "UNSUPPORTED_MEDIA_TYPE"},
		"a simple request of a page: a file":  {request("POST", "/", "--x--", contentType, "multipart/form-data; boundary=x"), 415, jsonUTF8, "", "UNSUPPORTED_MEDIA_TYPE"},
		"another charset":                     {request("POST", "/", small, contentType, "application/json; charset=latin1"), 415, jsonUTF8, "", "UNSUPPORTED_MEDIA_TYPE"},
		"another method":                      {request("PUT", "/", small, contentType, "application/json"), 405, jsonUTF8, "GET, POST", "METHOD_NOT_ALLOWED"},
		"a mutation by GET":                   {request("GET", get("query", `mutation { refundRetry(input: {id: "x", idempotencyKey: "k"}) { userErrors { code } } }`), ""), 405, jsonUTF8, "POST", "METHOD_NOT_ALLOWED"},
		"a document that cannot be parsed":    {post(`{"query":"{"}`), 200, jsonUTF8, "", "GRAPHQL_PARSE_FAILED"},
		"a field that does not exist":         {post(`{"query":"{ x }"}`), 200, jsonUTF8, "", "GRAPHQL_VALIDATION_FAILED"},
		"a variable of another type":          {post(`{"query":"query($n: Int!) { orders(first: $n) { totalCount } }","variables":{"n":"x"}}`), 200, jsonUTF8, "", "GRAPHQL_VALIDATION_FAILED"},
		"an operation that is not there":      {post(`{"query":"query A { __typename }","operationName":"B"}`), 200, jsonUTF8, "", "GRAPHQL_VALIDATION_FAILED"},
		"no operation at all":                 {post(`{"query":"fragment A on Query { __typename }"}`), 200, jsonUTF8, "", "GRAPHQL_VALIDATION_FAILED"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := d.with(t, nobody, c.request)
			require.Equal(t, c.status, w.Code, "%s", w.Body)
			require.Equal(t, c.as, w.Header().Get(contentType))
			require.Equal(t, c.allow, w.Header().Get("Allow"))
			var a answered
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &a))
			if c.code == "" {
				require.Empty(t, a.Errors)
				require.JSONEq(t, `{"__typename":"Query"}`, string(a.Data))
				return
			}
			require.Len(t, a.Errors, 1)
			require.Equal(t, c.code, a.Errors[0].Extensions["code"])
			require.NotContains(t, w.Body.String(), `"data"`)
		})
	}
}

func TestInGraphQLsMediaTypeWhatCannotRunIs400(t *testing.T) {
	t.Parallel()
	d := open(t)
	for _, body := range []string{`{"query":"{"}`, `{"query":"{ x }"}`, `{"query":"{ orders { totalCount } }"}`} {
		w := d.with(t, nobody, request("POST", "/", body, contentType, "application/json", accept, "application/graphql-response+json"))
		require.Equal(t, 400, w.Code)
		require.Equal(t, graphUTF8, w.Header().Get(contentType))
		require.NotContains(t, w.Body.String(), `"data"`)
	}
}

func TestARefusalNeverRepeatsTheRequest(t *testing.T) {
	t.Parallel()
	d := open(t)
	for _, r := range []*http.Request{
		post(`{"query":"marker`), post(`["marker"]`), post(`{"query":["marker"]}`),
		request("POST", "/?marker", "marker", contentType, "text/marker"), request("GET", get("query", "{a}", "variables", "marker"), ""),
		request("GET", get("query", "{a}"), "", accept, "text/marker"),
	} {
		require.NotContains(t, d.with(t, nobody, r).Body.String(), "marker")
	}
}

func TestAnswersAreNeitherKeptNorGuessedAt(t *testing.T) {
	t.Parallel()
	w := open(t).with(t, nobody, post(small))
	require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
	require.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
	require.Equal(t, "Accept, Accept-Language", w.Header().Get("Vary"))
}

func TestARequestHasAsManyBytesAsItsLimitSays(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.handler = d.endpoint(func(c *Config) { c.Limits.Body = 100 })
	require.Equal(t, http.StatusOK, d.with(t, nobody, post(small+strings.Repeat(" ", 100-len(small)))).Code)
	w := d.with(t, nobody, post(small+strings.Repeat(" ", 101-len(small))))
	require.Equal(t, http.StatusRequestEntityTooLarge, w.Code)
	require.Contains(t, w.Body.String(), "at most 100 bytes")
}

func TestAnAnswerHoldsTwentyErrorsAtMost(t *testing.T) {
	t.Parallel()
	d := open(t)
	a := d.ask(t, nobody, "{ "+strings.Repeat("x ", 50)+"}")
	require.Len(t, a.Errors, 20)
	d.handler = d.endpoint(func(c *Config) { c.Limits.Errors = 3 })
	require.Len(t, d.ask(t, nobody, "{ "+strings.Repeat("x ", 50)+"}").Errors, 3)
}

func TestAMutationGoesOnWhenItsClientLeaves(t *testing.T) {
	t.Parallel()
	d := open(t)
	hers, _ := d.two(t)
	asked, leave := context.WithCancel(t.Context())
	leave()
	body, err := json.Marshal(map[string]any{"query": fmt.Sprintf(
		`mutation { returnRequest(input: {lines: [{itemId: %q, quantity: 1, reason: CHANGE_OF_HEART}]}) { return { number } } }`, d.Items(t, hers)[0].ID)})
	require.NoError(t, err)
	w := d.with(t, asAda, post(string(body)).WithContext(asked))
	require.JSONEq(t, `{"data":{"returnRequest":{"return":{"number":"1001-R1"}}}}`, w.Body.String())

	w = d.with(t, asAda, post(`{"query":"{ order(number: \"1001\") { number } }"}`).WithContext(asked))
	require.NotContains(t, w.Body.String(), `"number":"1001"`, "a query ends when nobody waits for it")
}

func TestAnOperationEndsAtItsDeadline(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.two(t)
	d.principal(t, asAda)
	d.handler = d.endpoint(func(c *Config) { c.Deadline = time.Nanosecond })
	for _, query := range []string{`{ order(number: "1001") { number } }`, `mutation { refundRetry(input: {id: "x", idempotencyKey: "k"}) { userErrors { code } } }`} {
		body, err := json.Marshal(map[string]string{"query": query})
		require.NoError(t, err)
		w := d.with(t, asAda, post(string(body)))
		require.Equal(t, http.StatusServiceUnavailable, w.Code)
		require.Contains(t, w.Body.String(), `"code":"UNAVAILABLE"`)
	}
}

func TestADeadlineInTheMiddleIsUnavailable(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.two(t)
	d.principal(t, asAda)
	d.DB.Client.Order.Intercept(ent.TraverseFunc(func(ctx context.Context, _ ent.Query) error {
		<-ctx.Done()
		return ctx.Err()
	}))
	d.handler = d.endpoint(func(c *Config) { c.Limits.Time = 20 })
	require.Equal(t, "UNAVAILABLE", d.code(t, asAda, `{ order(number: "1001") { number } }`))
}

func TestWhoAsksIsWhoTheServerSays(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.two(t)
	query := `{ viewer { role customer { email orders(first: 5) { edges { node { number } } } } } }`
	for who, want := range map[someone]string{
		nobody: `{"viewer":null}`,
		agent:  `{"viewer":{"role":"AGENT","customer":null}}`,
		asAda:  `{"viewer":{"role":"CUSTOMER","customer":{"email":"ada@example.com","orders":{"edges":[{"node":{"number":"1001"}}]}}}}`,
		asBob:  `{"viewer":{"role":"CUSTOMER","customer":{"email":"bob@example.com","orders":{"edges":[{"node":{"number":"2002"}}]}}}}`,
	} {
		require.JSONEq(t, want, string(d.ask(t, who, query).Data))
	}
	require.False(t, auth.Principal{}.Staff())
}
