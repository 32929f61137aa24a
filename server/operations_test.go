package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

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
		_, wrong := gqlparser.LoadQueryWithRules(schema, op.Query, rules.NewDefaultRules())
		assert.Empty(t, wrong, op.ID)
		for _, role := range op.Roles {
			assert.Contains(t, auth.Roles(), auth.Role(role), op.ID)
		}
	}
}

// needsAnUpload are operations whose input is a photo that somebody has to upload first.
var needsAnUpload = map[string]string{"05-return-photos-add": "NOT_FOUND", "11-photo-upload-complete": "NOT_FOUND"}

func TestEveryOperationRunsAgainstTheDemoShop(t *testing.T) {
	t.Parallel()
	operations, err := playground.Operations()
	require.NoError(t, err)
	seeded := startHere(t, "", "--demo", "--now", start)
	require.Zero(t, seeded.stop())
	for _, op := range operations {
		roles := op.Roles
		if len(roles) == 0 {
			roles = []string{string(auth.Admin)}
		}
		for _, role := range roles {
			t.Run(op.ID+" as "+role, func(t *testing.T) {
				t.Parallel()
				s := startHere(t, copied(t, seeded.url), "--demo", "--now", start)
				s.runs(t, op, auth.Role(role))
			})
		}
	}
}

// copied copies a demo shop that nobody has open, with its photos and books, and gives the copy's URL.
func copied(t *testing.T, url string) string {
	t.Helper()
	from, to := place{DatabaseURL: url}, filepath.Join(t.TempDir(), "copy")
	require.NoError(t, os.CopyFS(to, os.DirFS(from.folder())))
	return "sqlite:" + filepath.Join(to, filepath.Base(strings.TrimPrefix(from.DatabaseURL, "sqlite:")))
}

// runs holds an operation to do something, and to go wrong nowhere.
func (s *server) runs(t *testing.T, op playground.Operation, role auth.Role) {
	t.Helper()
	customer := ""
	if role == auth.Customer {
		customer = ada
	}
	var variables any
	if op.Variables != "" {
		require.NoError(t, json.Unmarshal([]byte(op.Variables), &variables))
	}
	got := s.ask(t, s.token(t, role, customer), op.Query, variables)
	if code, expected := needsAnUpload[op.ID]; expected {
		assert.Contains(t, got.String(), code)
		return
	}
	got.fine()
	assert.NotContains(t, got.String(), `"edges": []`, "there is something to see")
}
