package customers_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent/customer"
	"github.com/vysero/returns/ent/migrate"
	"github.com/vysero/returns/ent/photo"
	"github.com/vysero/returns/internal/auth"
	"github.com/vysero/returns/internal/customers"
	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/store"
)

// aboutNobody are the records that hold nothing of any customer, each with the reason.
var aboutNobody = map[string]string{
	"terms_editions":    "the merchant's terms, and who of the staff wrote them",
	"uploads":           "photos that are expected for an hour, and cleaned away a day later: ids and instants",
	"terms_simulations": "counts, and ids of returns at most: nothing hangs on them",
}

func (s *shop) export(t *testing.T, who customers.Who) (string, []customers.File) {
	t.Helper()
	var out bytes.Buffer
	files, err := s.Customers.Export(s.system(t), who, &out)
	require.NoError(t, err)
	require.True(t, json.Valid(out.Bytes()))
	return out.String(), files
}

func TestAnExportHoldsEveryRecordThatACustomerIsIn(t *testing.T) {
	t.Parallel()
	s := open(t)
	text, files := s.export(t, customers.Who{Email: " Ada@Example.com"})
	others, _ := s.export(t, customers.Who{Email: grace})
	dump := s.dump(t)
	for _, table := range migrate.Tables {
		if aboutNobody[table.Name] != "" {
			continue
		}
		require.NotEmpty(t, dump[table.Name], "the story leaves no record in %s: nothing would be shown of it", table.Name)
		mine := 0
		for _, row := range dump[table.Name] {
			id, _, _ := strings.Cut(row, "\x1f")
			quoted := `"id":"` + id + `"`
			assert.NotEqual(t, strings.Contains(text, quoted), strings.Contains(others, quoted), "%s %s is in exactly one of two exports", table.Name, id)
			if strings.Contains(text, quoted) {
				mine++
			}
		}
		assert.NotZero(t, mine, "an export holds none of %s", table.Name)
	}
	for _, mark := range s.marks[ada] {
		assert.Contains(t, text, mark)
	}
	for _, mark := range s.marks[grace] {
		assert.NotContains(t, text, mark, "somebody else's")
	}
	require.Len(t, files, 4, "a photo of hers in a return, one in none, one of the inspector's, a label")
}

func TestAnExportHasItsFilesAndComesOutTheSameAgain(t *testing.T) {
	t.Parallel()
	s := open(t)
	text, files := s.export(t, customers.Who{ID: s.ada(t)})
	again, same := s.export(t, customers.Who{ID: s.ada(t)})
	require.Equal(t, text, again)
	for i, file := range files {
		require.Equal(t, file.Name, same[i].Name)
		var body bytes.Buffer
		require.NoError(t, s.Customers.Copy(s.system(t), file, &body))
		start := map[bool]string{true: "%PDF", false: "\xff\xd8"}[strings.HasSuffix(file.Name, ".pdf")]
		require.True(t, strings.HasPrefix(body.String(), start), file.Name)
		_, id, _ := strings.Cut(file.Name, "/")
		id, _, _ = strings.Cut(id, ".")
		require.Contains(t, text, `"id":"`+id+`"`)
	}
	var document struct {
		Format string `json:"format"`
		Orders []struct {
			Number  string `json:"number"`
			Returns []struct {
				Lines []struct {
					Inspections []struct {
						Note string `json:"note"`
					} `json:"inspections"`
				} `json:"lines"`
			} `json:"returns"`
		} `json:"orders"`
	}
	require.NoError(t, json.Unmarshal([]byte(text), &document))
	require.Equal(t, customers.Format, document.Format)
	require.Equal(t, "no-ada", document.Orders[0].Number)
	require.Equal(t, "own-finding-ada", document.Orders[0].Returns[0].Lines[0].Inspections[0].Note)
}

func TestOnlyWhoMayExportsOrErasesACustomer(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, role := range auth.Roles() {
		ctx := s.As(t, role)
		_, exported := s.Customers.Export(ctx, customers.Who{Email: ada}, io.Discard)
		_, erased := s.Customers.Erase(ctx, customers.EraseInput{Who: customers.Who{Email: ada}, By: "x", Rehearse: true})
		if role == auth.Admin {
			require.NoError(t, exported)
			require.NoError(t, erased)
			continue
		}
		for _, err := range []error{exported, erased, s.Customers.Copy(ctx, customers.File{}, io.Discard)} {
			require.Equal(t, fault.CodeForbidden, fault.From(err).Code, role)
		}
	}
	for _, who := range []customers.Who{{}, {Email: "nobody@example.com"}, {ID: "cus_9"}, {ID: "ord_1"}} {
		_, err := s.Customers.Export(s.system(t), who, io.Discard)
		require.Equal(t, fault.CodeNotFound, fault.From(err).Code)
		_, err = s.Customers.Erase(s.system(t), customers.EraseInput{Who: who, By: "x"})
		require.Equal(t, fault.CodeNotFound, fault.From(err).Code)
	}
}

func TestAPhotoThatWasRemovedIsInNoArchive(t *testing.T) {
	t.Parallel()
	s := open(t)
	_, before := s.export(t, customers.Who{Email: ada})
	require.NoError(t, s.DB.InTx(s.system(t), func(ctx context.Context, tx store.Tx) error {
		p, err := tx.Photo.Query().Where(photo.CustomerID(s.hers(t))).First(ctx)
		if err != nil {
			return err
		}
		return tx.Photo.UpdateOne(p).SetRemovedAt(tx.Now).SetRemoval(photo.RemovalRETENTION).Exec(ctx)
	}))
	_, after := s.export(t, customers.Who{Email: ada})
	require.Len(t, after, len(before)-1)
	for _, file := range after {
		require.NoError(t, s.Customers.Copy(s.system(t), file, io.Discard), file.Name)
	}
}

func (s *shop) hers(t *testing.T) string {
	t.Helper()
	return s.DB.Client.Customer.Query().Where(customer.Email(ada)).OnlyIDX(s.system(t))
}
