package customers_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"entgo.io/ent/dialect/sql/schema"
	"entgo.io/ent/schema/field"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/ent/migrate"
	"github.com/vysero/returns/internal/customers"
)

// tableRow is a record in the table of internal/docs/privacy.md.
type tableRow struct{ goes, stays []string }

func table(t *testing.T) map[string]tableRow {
	t.Helper()
	page, err := os.ReadFile("../docs/privacy.md")
	require.NoError(t, err)
	rows := map[string]tableRow{}
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(line, "|")
		if len(cells) != 7 || !strings.HasPrefix(cells[1], " `") {
			continue
		}
		rows[names(cells[1])[0]] = tableRow{goes: names(cells[2]), stays: names(cells[3])}
	}
	return rows
}

func names(cell string) []string {
	var all []string
	for _, found := range regexp.MustCompile("`([a-z0-9_]+)`").FindAllStringSubmatch(cell, -1) {
		all = append(all, found[1])
	}
	return all
}

// worded tells a column that could hold words of anybody: ids and words of a fixed list cannot.
func worded(c *schema.Column) bool {
	return slices.Contains([]field.Type{field.TypeString, field.TypeJSON, field.TypeBytes}, c.Type) && c.Name != "id" && !strings.HasSuffix(c.Name, "_id")
}

func TestTheTableOfPersonalDataHasEveryColumnOnce(t *testing.T) {
	t.Parallel()
	rows := table(t)
	for _, record := range migrate.Tables {
		row, has := rows[record.Name]
		require.True(t, has, "%s is not in internal/docs/privacy.md", record.Name)
		var columns []string
		for _, c := range record.Columns {
			if worded(c) {
				columns = append(columns, c.Name)
			}
		}
		require.ElementsMatch(t, columns, append(slices.Clone(row.goes), row.stays...), "%s: say of each column whether an erasure takes it out", record.Name)
		delete(rows, record.Name)
	}
	require.Empty(t, rows, "records that there are not")
}

func TestWhatTheTableSaysIsTakenOutIsTakenOut(t *testing.T) {
	t.Parallel()
	s := open(t)
	db, _, _ := s.tables(t)
	values := func(record, column string) []string {
		rows, err := db.QueryContext(t.Context(), fmt.Sprintf(`SELECT %q FROM %q WHERE %q IS NOT NULL`, column, record, column))
		require.NoError(t, err)
		return slices.DeleteFunc(texts(t, rows), func(value string) bool { return value == "" || value == "null" })
	}
	for record, row := range table(t) {
		for _, column := range row.goes {
			require.NotEmpty(t, values(record, column), "the story leaves nothing in %s.%s: its erasure would show nothing", record, column)
		}
	}
	for _, email := range []string{ada, grace} {
		_, err := s.Customers.Erase(s.system(t), customers.EraseInput{Who: customers.Who{Email: email}, By: "ticket-1"})
		require.NoError(t, err)
	}
	for record, row := range table(t) {
		for _, column := range row.goes {
			for _, value := range values(record, column) {
				assert.True(t, value == "(erased)" || strings.HasPrefix(value, "erased:cus_"), "%s.%s still holds %s", record, column, value)
			}
		}
	}
}
