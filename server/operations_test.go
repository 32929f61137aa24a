package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/vysero/returns/graph"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/playground"
)

func TestEveryOperationOfThePlaygroundFitsTheSchema(t *testing.T) {
	t.Parallel()
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "schema", Input: graph.SDL()})
	require.NoError(t, err)
	operations, err := playground.Operations()
	require.NoError(t, err)
	for _, op := range operations {
		_, wrong := gqlparser.LoadQuery(schema, op.Query)
		assert.Empty(t, wrong, op.ID)
		for _, role := range op.Roles {
			assert.Contains(t, auth.Roles(), auth.Role(role), op.ID)
		}
	}
}

// needsAnUpload are operations whose input is a photo that somebody has to upload first.
var needsAnUpload = map[string]string{"05-return-photos-add": "NOT_FOUND"}

func TestEveryOperationRunsAgainstTheDemoShop(t *testing.T) {
	t.Parallel()
	operations, err := playground.Operations()
	require.NoError(t, err)
	for _, op := range operations {
		roles := op.Roles
		if len(roles) == 0 {
			roles = []string{string(auth.Admin)}
		}
		for _, role := range roles {
			t.Run(op.ID+" as "+role, func(t *testing.T) {
				t.Parallel()
				s := startHere(t, "", "--demo", "--now", start)
				customer := ""
				if role == string(auth.Customer) {
					customer = ownerOf(op)
				}
				var variables any
				if op.Variables != "" {
					require.NoError(t, json.Unmarshal([]byte(op.Variables), &variables))
				}
				got := s.ask(t, s.token(t, auth.Role(role), customer), op.Query, variables)
				if code, expected := needsAnUpload[op.ID]; expected {
					assert.Contains(t, got.String(), code)
					return
				}
				got.fine()
				assert.NotContains(t, got.String(), `"edges": []`, "there is something to see")
			})
		}
	}
}

// ownerOf is whose the thing in the operation's variables is.
func ownerOf(op playground.Operation) string {
	if strings.Contains(op.Variables, "_1005") {
		return grace
	}
	return ada
}
