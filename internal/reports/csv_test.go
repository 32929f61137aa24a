package reports_test

import (
	"bytes"
	"encoding/csv"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/fault"
	"github.com/vysero/returns/internal/money"
	"github.com/vysero/returns/internal/reports"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestEverySectionIsATable(t *testing.T) {
	t.Parallel()
	r := spring(t).report(springFrom, springTo)
	require.Equal(t, []string{"reasons", "products", "months", "refusals", "times", "promise", "fees", "missing"}, reports.Sections())
	for _, name := range reports.Sections() {
		got, err := r.CSV(name)
		require.NoError(t, err)
		path := filepath.Join("testdata", name+".csv")
		if *update {
			require.NoError(t, os.WriteFile(path, got, 0o600))
		}
		want, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, string(want), string(got), "if the change is meant: go test ./internal/reports -update")
		require.Equal(t, bytes.Count(got, []byte("\n")), bytes.Count(got, []byte("\r\n")), "RFC 4180 ends lines so")
	}
	_, err := r.CSV("customers")
	require.Equal(t, fault.CodeNotFound, fault.From(err).Code)
}

func TestAnEmptyReportIsTablesWithTheirHeads(t *testing.T) {
	t.Parallel()
	for _, name := range reports.Sections() {
		text, err := (&reports.Report{}).CSV(name)
		require.NoError(t, err)
		_, err = csv.NewReader(bytes.NewReader(text)).ReadAll()
		require.NoError(t, err, "as many cells in each line as in the head")
	}
}

// nameIn is an article's name after it went through CSV.
func nameIn(t testing.TB, name string) string {
	t.Helper()
	text, err := (&reports.Report{ByProduct: []reports.ProductRow{{Sku: "A", Name: name}}}).CSV("products")
	require.NoError(t, err)
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	require.NoError(t, err)
	return rows[1][1]
}

func TestNoCellIsAFormula(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0", "-", "+", "-1.", "-1e5", "+49 30 1234", "1-1=", "＝1", "−",
		"Camera", "", "'quoted", "a=b", "\"=1\"",
	} {
		got := nameIn(t, name)
		if name != "" && strings.ContainsAny(name[:1], "=+-@\t") || strings.HasPrefix(name, "＝") {
			require.Equal(t, "'"+name, got)
			continue
		}
		require.Equal(t, name, got)
	}
	require.Equal(t, "'=1", nameIn(t, "\r=1"), "the writer drops the lone carriage return")
	require.Equal(t, "'\n=1", nameIn(t, "\n=1"))
	for name, want := range map[string]string{
		"Box;=1+1": "Box;'=1+1", `Box; "@SUM(A1)`: `Box; "'@SUM(A1)`, "=1;-2": "'=1;'-2", "a|+1": "a|'+1", "black; white - large": "black; white - large",
	} {
		require.Equal(t, want, nameIn(t, name), "a file may be read with semicolons")
	}
	for _, number := range []string{"-12.50", "-7", "0", "-0.05"} {
		require.Equal(t, number, nameIn(t, number), "a plain number is none")
	}
}

func TestASecondCurrencyIsALineThatCountsNothingAgain(t *testing.T) {
	t.Parallel()
	text, err := (&reports.Report{ByMonth: []reports.MonthRow{{
		Month: "2026-03", Requests: 3, Units: 4, Refunds: 2, Refunded: []money.Amount{yen5000(), usd(12_50)}, Fees: []money.Amount{usd(5)},
	}}}).CSV("months")
	require.NoError(t, err)
	require.Equal(t, "month,requests,units,refunds,currency,refunded,fees\r\n2026-03,3,4,2,JPY,5000,0\r\n2026-03,,,,USD,12.50,0.05\r\n", string(text))
}

// FuzzCell looks for a name that a spreadsheet would take for a formula, whatever it parts cells at, or that is not the name
// any more.
func FuzzCell(f *testing.F) {
	for _, seed := range []string{"=1", "a;=1", `a;"=1`, "-5", "-5;=1", `"`, "a,b", ";;@", "|+", "\r\n=1", "Camera; black"} {
		f.Add(seed)
	}
	number := regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)
	f.Fuzz(func(t *testing.T, name string) {
		if !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) { // no record has such a name
			return
		}
		text, err := (&reports.Report{ByProduct: []reports.ProductRow{{Sku: "A", Name: name}}}).CSV("products")
		require.NoError(t, err)
		require.Equal(t, strings.ReplaceAll(name, "'", ""), strings.ReplaceAll(nameIn(t, name), "'", ""))
		for _, comma := range []rune{',', ';', '|'} {
			r := csv.NewReader(bytes.NewReader(text))
			r.Comma, r.LazyQuotes, r.FieldsPerRecord = comma, true, -1
			rows, err := r.ReadAll()
			require.NoError(t, err)
			for _, cell := range slices.Concat(rows...) {
				plain := strings.TrimLeft(cell, `" `)
				require.False(t, strings.IndexAny(cell, "=+-@") == 0 && !number.MatchString(cell) || plain != cell && strings.IndexAny(plain, "=+@") == 0 && comma != ',', "%q", cell)
			}
		}
	})
}
