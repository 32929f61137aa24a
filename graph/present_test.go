package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/vysero/returns/ent"
	"github.com/vysero/returns/ent/privacy"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/fault"
)

func TestWhatACallerCanCorrectIsAUserErrorAndTheRestStaysAnError(t *testing.T) {
	t.Parallel()
	quantity, twice := fault.Bad(fault.CodeQuantity, "quantity", "too many").At("lines", "0"), fault.Clash(fault.CodeStale, "read again")
	for name, c := range map[string]struct {
		err  error
		want []string // code and path; nil: it stays an error
	}{
		"nothing":              {nil, []string{}},
		"wrong input":          {quantity, []string{"QUANTITY_NOT_AVAILABLE input.lines.0.quantity"}},
		"wrapped":              {fmt.Errorf("while asking: %w", quantity), []string{"QUANTITY_NOT_AVAILABLE input.lines.0.quantity"}},
		"about nothing":        {twice, []string{"STALE "}},
		"an unknown id":        {fault.Missing("id", "return"), []string{"NOT_FOUND input.id"}},
		"several":              {errors.Join(quantity, errors.Join(nil, twice)), []string{"QUANTITY_NOT_AVAILABLE input.lines.0.quantity", "STALE "}},
		"with its cause":       {twice.Because(errors.New("UNIQUE constraint failed")), []string{"STALE "}},
		"a role that may not":  {fault.Denied(), nil},
		"a busy database":      {fault.Busy(nil), nil},
		"something of ours":    {errors.New("oh"), nil},
		"beside one of ours":   {errors.Join(quantity, errors.New("rollback failed")), nil},
		"a row that is hidden": {privacy.Deny, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			list, err := userErrors(c.err, "input")
			if c.want == nil {
				require.Equal(t, c.err, err)
				require.Nil(t, list)
				return
			}
			require.NoError(t, err)
			got := []string{}
			for _, f := range list {
				got = append(got, string(f.Code)+" "+strings.Join(f.Field, "."))
			}
			require.Equal(t, c.want, got)
		})
	}
}

func TestErrorsLookLikeThis(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	p := presenter{log: slog.New(slog.NewJSONHandler(&log, nil)), requestID: requestIDOf}
	var shapes []any
	for _, c := range []struct {
		about string
		who   auth.Role
		err   error
	}{
		{"wrong input of a query", auth.Agent, fault.Bad(fault.CodeQuantity, "quantity", "There is only one left.").At("input", "lines", "0").Under("E1")},
		{"an unknown id", auth.Agent, fault.Missing("", "return")},
		{"a role that may not", auth.Agent, fault.Denied()},
		{"nobody", "", auth.Unauthenticated()},
		{"a row that this role never sees", auth.Agent, fmt.Errorf("ent: %w", privacy.Denyf("written outside of a use case"))},
		{"a row that nobody sees", "", privacy.Denyf("nobody asks")},
		{"a busy database", auth.Agent, fault.Busy(errors.New("database is locked"))},
		{"time that ran out", auth.Agent, fmt.Errorf("querying: %w", context.DeadlineExceeded)},
		{"something of ours", auth.Agent, errors.New("sql: no such table: orders")},
		{"a fault of ours with words of its own", auth.Agent, &fault.Error{Kind: fault.Internal, Code: fault.CodeInternal, Say: "SELECT 1", Err: errors.New("x")}},
		{"ours beside the client's", auth.Agent, errors.Join(fault.Missing("", "return"), errors.New("rollback failed"))},
		{"a panic", auth.Agent, recovered(t.Context(), "ada@example.com")},
		{"a field that does not exist", auth.Agent, &gqlerror.Error{Message: `Cannot query field "x" on type "Query". Did you mean "y"?`, Extensions: map[string]any{"code": "GRAPHQL_VALIDATION_FAILED"}}},
	} {
		ctx := auth.With(t.Context(), auth.Principal{ID: "a", Role: c.who})
		shown := p.present(ctx, gqlerror.WrapPath(nil, c.err))
		if at := new(gqlerror.Error); errors.As(c.err, &at) {
			shown = p.present(ctx, c.err)
		}
		shapes = append(shapes, map[string]any{"about": c.about, "error": shown})
	}
	text, err := json.MarshalIndent(shapes, "", "  ")
	require.NoError(t, err)
	golden(t, "errors.json", string(text)+"\n")
}

func TestWhatIsOursIsLoggedOnceUnderTheRequestsIdAndNotTold(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.two(t)
	d.principal(t, asAda)
	d.DB.Client.Order.Intercept(ent.TraverseFunc(func(context.Context, ent.Query) error {
		return errors.New(`no such column "secret" near 'ada@example.com', asked by ada@example.com`)
	}))
	a := d.ask(t, asAda, `{ order(number: "1001") { number } }`)
	require.Equal(t, []told{{
		Message: "Something went wrong on our side; it has been logged.", Path: []any{"order"},
		Extensions: map[string]any{"code": "INTERNAL", "requestId": "req_1"},
	}}, a.Errors)
	log := d.log.String()
	require.Equal(t, 1, strings.Count(log, "\n"), log)
	require.Contains(t, log, `"requestId":"req_1"`)
	require.Contains(t, log, "no such column …")
	require.NotContains(t, log, "ada")
	require.NotContains(t, log, "secret")
}

func TestAPanicIsOursAndDoesNotEndTheServer(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.two(t)
	d.principal(t, asAda)
	broken := true
	d.DB.Client.Order.Intercept(ent.TraverseFunc(func(context.Context, ent.Query) error {
		if broken {
			panic("ada@example.com")
		}
		return nil
	}))
	require.Equal(t, "INTERNAL", d.code(t, asAda, `{ order(number: "1001") { number } }`))
	require.Contains(t, d.log.String(), "panic with a value of type string")
	require.Contains(t, d.log.String(), "present_test.go", "the stack says where")
	require.NotContains(t, d.log.String(), "ada@")
	broken = false
	require.Empty(t, d.ask(t, asAda, `{ order(number: "1001") { number } }`).Errors)
}

func TestWrongInputOfAQueryIsToldByItsPath(t *testing.T) {
	t.Parallel()
	d := open(t)
	hers, _ := d.two(t)
	a := d.ask(t, asAda, `query($id: ID!) { returnPreview(input: {lines: [{itemId: $id, quantity: 0, reason: DEFECTIVE}]}) { requestable } }`,
		map[string]any{"id": d.Items(t, hers)[0].ID})
	require.Len(t, a.Errors, 1)
	require.Equal(t, "QUANTITY_NOT_AVAILABLE", a.Errors[0].Extensions["code"])
	require.Equal(t, []any{"input", "lines", "0", "quantity"}, a.Errors[0].Extensions["field"])

	a = d.ask(t, asAda, `{ returnPreview(input: {lines: []}, asOf: "yesterday") { requestable } }`)
	require.Len(t, a.Errors, 1)
	require.Equal(t, "INVALID_INPUT", a.Errors[0].Extensions["code"])
	require.Equal(t, []any{"returnPreview", "asOf"}, a.Errors[0].Path)
	require.NotContains(t, a.Errors[0].Message, "yesterday")
}

func TestARefusalRepeatsNoMoreThanANameOfWhatItRefuses(t *testing.T) {
	t.Parallel()
	d := open(t)
	a := d.ask(t, asAda, "{ "+strings.Repeat("é", 100_000)+" }")
	require.Len(t, a.Errors, 1)
	require.LessOrEqual(t, len(a.Errors[0].Message), 310)
	long := d.ask(t, asAda, "{ ... on X"+strings.Repeat("y", 100_000)+" { id } }")
	require.Len(t, long.Errors, 1)
	require.Equal(t, "GRAPHQL_VALIDATION_FAILED", long.Errors[0].Extensions["code"])
	require.LessOrEqual(t, len(long.Errors[0].Message), 310)
	require.Contains(t, d.ask(t, asAda, "{ wrong }").Errors[0].Message, `"wrong"`, "what was meant can be read")
}
