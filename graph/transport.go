package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
)

const codeAnswerTooLarge = "ANSWER_TOO_LARGE"

// transport speaks GraphQL over HTTP. A POST is taken as application/json only, which no page of another site can send
// without asking first; a GET never changes anything. Nothing of a request is repeated in a refusal.
type transport struct {
	// deadline is how long one operation may take.
	deadline time.Duration
	// body is how many bytes come in at most, answer how many of data go out, and errors how many are told.
	body, answer, errors int
	// tolls is nil where nobody pays.
	tolls *Tolls
	// documents may be nil; where only is set, whoever may not see all may send nothing else.
	documents *Documents
	only      bool
}

var _ graphql.Transport = transport{}

// Supports takes every request: what cannot be served is refused in the words of this API.
func (transport) Supports(*http.Request) bool { return true }

// refusal is a request that is not executed, and why.
type refusal struct {
	of         kind
	code, say  string
	allow      string // 405: the methods that are
	retry      int    // seconds until it may be tried again
	extensions map[string]any
}

// kind tells the HTTP status of a refusal: one for application/json, and one for GraphQL's media type.
type kind struct{ json, response int }

func always(status int) kind { return kind{status, status} }

var (
	// document is a refusal like that of a text that is not valid.
	document           = kind{http.StatusOK, http.StatusBadRequest}
	throttled          = kind{http.StatusOK, http.StatusTooManyRequests}
	throttledAnonymous = always(http.StatusTooManyRequests)
)

func (k kind) status(as string) int {
	if as == mediaResponse {
		return k.response
	}
	return k.json
}

func bad(say string) *refusal {
	return &refusal{of: always(http.StatusBadRequest), code: "BAD_REQUEST", say: say}
}

// answer is the body of every response. Data is left out, not null, where nothing was executed.
type answer struct {
	Errors     gqlerror.List   `json:"errors,omitempty"`
	Data       json.RawMessage `json:"data,omitempty"`
	Extensions map[string]any  `json:"extensions,omitempty"`
}

// Do answers one request.
func (t transport) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	w.Header().Add("Vary", "Accept, Accept-Language")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	as := accepted(r.Header.Get("Accept"))
	if as == "" {
		no := &refusal{of: always(http.StatusNotAcceptable), code: "NOT_ACCEPTABLE", say: "Answers are " + mediaResponse + " or " + mediaJSON + "."}
		no.write(w, mediaJSON)
		return
	}
	params, named, no := read(w, r, t.body)
	if no == nil {
		no = t.documents.resolve(params, named, !t.only || auth.From(r.Context()).SeesAll())
	}
	if no != nil {
		no.write(w, as)
		return
	}
	params.ReadTime.End = graphql.Now()
	op, errs := exec.CreateOperationContext(r.Context(), params)
	if errs != nil {
		told := exec.DispatchError(graphql.WithOperationContext(r.Context(), op), errs)
		write(w, as, document.status(as), answer{Errors: t.first(told.Errors), Extensions: told.Extensions})
		return
	}
	if r.Method == http.MethodGet && op.Operation.Operation != ast.Query {
		(&refusal{of: always(http.StatusMethodNotAllowed), code: "METHOD_NOT_ALLOWED", say: "A mutation is sent by POST.", allow: http.MethodPost}).write(w, as)
		return
	}
	t.execute(w, r, as, execution{exec, op})
}

// execution is an operation that is about to run.
type execution struct {
	exec graphql.GraphExecutor
	op   *graphql.OperationContext
}

// execute runs an operation. A mutation that has begun goes on when its client leaves; only its deadline ends it.
func (t transport) execute(w http.ResponseWriter, r *http.Request, as string, e execution) {
	ctx := r.Context()
	if e.op.Operation.Operation == ast.Mutation {
		ctx = context.WithoutCancel(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, t.deadline)
	defer cancel()
	held, no := t.hold(ctx, e.op)
	if no != nil {
		no.write(w, as)
		return
	}
	next, inner := e.exec.DispatchOperation(ctx, e.op)
	response := next(inner)
	t.settle(ctx, held, response)
	if response == nil { // time had run out before anything of it was executed
		busy := fault.Busy(inner.Err())
		(&refusal{of: always(http.StatusServiceUnavailable), code: string(busy.Code), say: busy.Say}).write(w, as)
		return
	}
	if len(response.Data) > t.answer {
		response.Data, response.Errors = nil, gqlerror.List{t.tooLong(e.op.Operation.Operation)}
	}
	if len(response.Data) == 0 {
		response.Data = json.RawMessage("null")
	}
	write(w, as, http.StatusOK, answer{Errors: t.first(response.Errors), Data: response.Data, Extensions: response.Extensions})
}

// hold takes the points of an operation; nil where nobody pays.
func (t transport) hold(ctx context.Context, op *graphql.OperationContext) (*hold, *refusal) {
	if t.tolls == nil {
		return nil, nil
	}
	held, no := t.tolls.hold(ctx, billOf(op))
	return &held, no
}

// settle ends what was held, and tells the cost beside the answer.
func (t transport) settle(ctx context.Context, held *hold, response *graphql.Response) {
	if held == nil {
		return
	}
	cost := t.tolls.settle(ctx, *held)
	if response == nil {
		return
	}
	if response.Extensions == nil {
		response.Extensions = map[string]any{}
	}
	response.Extensions["cost"] = cost
}

// tooLong is the error in the place of an answer that would have to be cut. A mutation has happened by then.
func (t transport) tooLong(operation ast.Operation) *gqlerror.Error {
	say := fmt.Sprintf("The answer has more than %d KiB: ask for less, or for smaller pages.", t.answer>>10)
	if operation == ast.Mutation {
		say += " What was asked for was carried out: read it again before you repeat it."
	}
	return &gqlerror.Error{Message: say, Extensions: map[string]any{"code": codeAnswerTooLarge}}
}

// first are the errors that are told: of very many they are enough to know what is wrong.
func (t transport) first(all gqlerror.List) gqlerror.List { return all[:min(len(all), t.errors)] }

// read takes the operation from a GET's query or a POST's body, and the id of its document where it is named apart.
func read(w http.ResponseWriter, r *http.Request, most int) (params *graphql.RawParams, named string, no *refusal) {
	params = &graphql.RawParams{Headers: r.Header}
	params.ReadTime.Start = graphql.Now()
	switch {
	case strings.EqualFold(r.Header.Get("Upgrade"), "websocket"):
		no = bad("There are no subscriptions here, and no websockets: operations are sent by GET or POST.")
	case r.Method == http.MethodGet:
		named, no = readQuery(r.URL.RawQuery, params)
	case r.Method == http.MethodPost:
		named, no = readBody(w, r, most, params)
	default:
		no = &refusal{of: always(http.StatusMethodNotAllowed), code: "METHOD_NOT_ALLOWED", say: "Operations are sent by GET or POST.", allow: "GET, POST"}
	}
	return params, named, no
}

func readQuery(raw string, params *graphql.RawParams) (named string, no *refusal) {
	q, err := url.ParseQuery(raw)
	if err != nil || !utf8.ValidString(q.Get("query")) {
		return "", bad("The URL's query cannot be read.")
	}
	params.Query, params.OperationName = q.Get("query"), q.Get("operationName")
	for _, part := range []struct {
		name string
		to   *map[string]any
	}{{"variables", &params.Variables}, {"extensions", &params.Extensions}} {
		if text := q.Get(part.name); text != "" && decode([]byte(text), part.to) != nil {
			return "", bad("Of " + part.name + " a JSON object is expected.")
		}
	}
	return q.Get("documentId"), nil
}

func readBody(w http.ResponseWriter, r *http.Request, most int, params *graphql.RawParams) (named string, no *refusal) {
	if !isJSON(r.Header.Get("Content-Type")) {
		return "", &refusal{of: always(http.StatusUnsupportedMediaType), code: "UNSUPPORTED_MEDIA_TYPE", say: "Send " + mediaJSON + " in UTF-8."}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(most)))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return "", &refusal{of: always(http.StatusRequestEntityTooLarge), code: "PAYLOAD_TOO_LARGE", say: fmt.Sprintf("A request has at most %d bytes.", most)}
	case err != nil || !utf8.Valid(body):
		return "", bad("The body cannot be read.")
	case bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("[")):
		return "", bad("One request holds one operation: batches are not taken.")
	}
	var sent struct {
		Query         string         `json:"query"`
		OperationName string         `json:"operationName"`
		Variables     map[string]any `json:"variables"`
		Extensions    map[string]any `json:"extensions"`
		DocumentID    string         `json:"documentId"`
	}
	if decode(body, &sent) != nil {
		return "", bad("The body is not a GraphQL request in JSON.")
	}
	params.Query, params.OperationName = sent.Query, sent.OperationName
	params.Variables, params.Extensions = sent.Variables, sent.Extensions
	return sent.DocumentID, nil
}

// decode reads one JSON value and nothing behind it. Numbers stay as they were written.
func decode(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the value")
	}
	return nil
}

func (no *refusal) write(w http.ResponseWriter, as string) {
	if no.allow != "" {
		w.Header().Set("Allow", no.allow)
	}
	if no.retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(no.retry))
	}
	write(w, as, no.of.status(as), answer{
		Errors: gqlerror.List{{Message: no.say, Extensions: map[string]any{"code": no.code}}}, Extensions: no.extensions,
	})
}

// write sends an answer.
func write(w http.ResponseWriter, as string, status int, a answer) {
	w.Header().Set("Content-Type", as+"; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(a) //nolint:errchkjson // a path is names and places; what fails is the connection, and nobody is left to be told
}
