package sandbox

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/label"
	"github.com/vysero/returns/internal/label/labeltest"
)

// carrier is one with books of its own.
func carrier(t *testing.T) *Driver {
	t.Helper()
	d, err := Open(filepath.Join(t.TempDir(), "labels"))
	require.NoError(t, err)
	return d
}

func buy(t *testing.T, o label.Order) label.Label {
	t.Helper()
	bought, err := label.New(carrier(t)).Buy(t.Context(), o)
	require.NoError(t, err)
	return bought
}

// words is the text on a sheet in the order in which it is set, one piece a line, still in Windows-1252.
func words(t *testing.T, o label.Order) string {
	t.Helper()
	var all []string
	for _, piece := range regexp.MustCompile(`Td \((.*?)\) Tj`).FindAllStringSubmatch(content(t, buy(t, o).PDF), -1) {
		all = append(all, piece[1])
	}
	return strings.Join(all, "\n")
}

func TestSandboxKeepsThePortsPromises(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	labeltest.Run(t, func(t testing.TB) label.Driver {
		d, err := Open(filepath.Join(folder, filepath.Base(t.Name())))
		require.NoError(t, err)
		return d
	})
}

// Every label is read here from the drawing itself, so that it is proved where no scanner is installed.
func TestEveryBarcodeReadsAsItsNumber(t *testing.T) {
	t.Parallel()
	for i := range 60 {
		bought := buy(t, labeltest.Order(fmt.Sprintf("lbl_%d", i)))
		widths := bars(t, bought.PDF)
		require.Equal(t, bought.Tracking, decode(t, widths))
		modules := 0
		for _, w := range widths {
			modules += int(w - '0')
		}
		assert.Equal(t, 167, modules, "one width for all, with room for the quiet zones")
	}
}

func TestNumberFollowsFromTheKeyForEver(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "SBX6334223375375906", buy(t, labeltest.Order("lbl_1")).Tracking)
}

func TestNumberPassesTheLuhnTest(t *testing.T) {
	t.Parallel()
	assert.Equal(t, 3, luhn("7992739871"), "the textbook's example")
	assert.Equal(t, 0, luhn("0"))
	for i := range 100 {
		digits := strings.TrimPrefix(tracking(fmt.Sprint(i)), "SBX")
		require.Len(t, digits, 16)
		assert.Equal(t, digits, digits[:15]+fmt.Sprint(luhn(digits[:15])))
	}
}

func TestSheetSaysWhatPeopleNeed(t *testing.T) {
	t.Parallel()
	text := words(t, labeltest.Order("lbl_1"))
	for _, want := range []string{
		"R-2026-00042", "Zo\xeb M\xfcller", "12 Elm Street, Apt 4", "Portland, OR 97201", "Vysero Returns",
		"400 Warehouse Road", "Reno, NV 89502", "1 x Controller, black", "2 x Charging cable", "PREPAID RETURN",
		"SBX 6334 2233 7537 5906", "Not valid for postage",
	} {
		assert.Contains(t, text, want)
	}
	assert.NotContains(t, text, "?")
}

func TestSheetIsOneA6Page(t *testing.T) {
	t.Parallel()
	pdf := buy(t, labeltest.Order("lbl_1")).PDF
	assert.Equal(t, 1, bytes.Count(pdf, []byte("/Type /Page\n")))
	assert.Contains(t, string(pdf), "/MediaBox [0 0 297.64 419.53]", "105 x 148 mm in points")
}

func TestNamesFromElsewhere(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Zoë Müller":             "Zo\xeb M\xfcller",
		"Zoe\u0308 Mu\u0308ller": "Zo\xeb M\xfcller", // the same, written with marks of their own
		"Łukasz Święcki":         "Lukasz Swiecki",
		"Őry Ödön":               "Ory \xd6d\xf6n",
		"Nguyễn Thị Đào":         "Nguyen Thi D\xe0o",
		"Yıldız Şahin":           "Yildiz Sahin",
		"O’Brien – “Sons” €":     "O\x92Brien \x96 \x93Sons\x94 \x80",
		"山田 Taro":                "?? Taro",
		"Анна":                   "????",
		"\u200fשלום":             "????",
		"a (b) \\c":              `a \(b\) \\c`,
		"50 % … ½":               "50 % \x85 \xbd",
		"ﬁne":                    "fine",
		"no. 1":                  "no. 1",
	} {
		order := labeltest.Order("lbl_1")
		order.From[0] = name
		text := words(t, order)
		assert.Contains(t, text, "\n"+want+"\n", name)
		assert.Equal(t, strings.Contains(want, "?"), strings.Contains(text, "a letter that this printer does not have"), name)
	}
}

func TestLongLinesStayOnThePaper(t *testing.T) {
	t.Parallel()
	order := labeltest.Order("lbl_1")
	order.To[0] = strings.Repeat("W", 60)
	order.From[1] = strings.Repeat("i", 60)
	text := words(t, order)
	assert.Contains(t, text, "WWW\x85")
	assert.Contains(t, text, strings.Repeat("i", 60), "a narrow line is not cut")
}

func TestContentsThatDoNotFitAreCounted(t *testing.T) {
	t.Parallel()
	order := labeltest.Order("lbl_1")
	order.Contents = []string{"one", "two", "three", "four"}
	assert.Contains(t, words(t, order), "\nfour\n")
	order.Contents = append(order.Contents, "five")
	text := words(t, order)
	assert.Contains(t, text, "\nthree\nand 2 more, see return R-2026-00042\n")
	assert.NotContains(t, text, "four")
}

// Nothing that is drawn may leave the frame, whatever the order says.
func TestNothingIsDrawnOutsideOfTheFrame(t *testing.T) {
	t.Parallel()
	order := labeltest.Order("lbl_1")
	order.From = label.Address{"1", "2", "3", "4", "5", "6", "7"}
	order.To = order.From
	order.Contents = strings.Split(strings.Repeat("cable,", 99)+"cable", ",")
	const point = 72 / 25.4
	for _, at := range regexp.MustCompile(`BT ([\d.-]+) ([\d.-]+) Td`).FindAllStringSubmatch(content(t, buy(t, order).PDF), -1) {
		x, y := number(t, at[1])/point, number(t, at[2])/point
		assert.True(t, x > margin && x < paperWidth-margin, "x %f", x)
		assert.True(t, y > margin && y < paperHeight-margin, "y %f", y)
	}
}

func TestDriverAloneRefusesWhatItCannotPrint(t *testing.T) {
	t.Parallel()
	d := carrier(t)
	_, err := d.Buy(t.Context(), label.Order{})
	require.ErrorIs(t, err, label.ErrInvalid)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = d.Buy(ended, labeltest.Order("lbl_1"))
	require.ErrorIs(t, err, label.ErrNotBought)
	require.ErrorIs(t, d.Void(ended, "lbl_1"), label.ErrUnknown)
	sold, err := d.Sold()
	require.NoError(t, err)
	require.Empty(t, sold)
}

func TestBooksTellWhatWasSoldAndWhatWasVoided(t *testing.T) {
	t.Parallel()
	d := carrier(t)
	for _, key := range []string{"lbl_1", "lbl_2"} {
		_, err := d.Buy(t.Context(), labeltest.Order(key))
		require.NoError(t, err)
	}
	require.NoError(t, d.Void(t.Context(), "lbl_2"))
	require.NoError(t, d.Void(t.Context(), "lbl_3"))
	sold, err := d.Sold()
	require.NoError(t, err)
	voided := map[string]bool{}
	for _, s := range sold {
		voided[s.Key] = s.Voided
		require.Equal(t, tracking(s.Key), s.Tracking)
		require.Equal(t, "R-2026-00042", s.ReturnNumber)
	}
	require.Equal(t, map[string]bool{"lbl_1": false, "lbl_2": true}, voided)
	files, err := filepath.Glob(filepath.Join(d.books.folder, "*"))
	require.NoError(t, err)
	for _, path := range files {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NotContains(t, string(text), "Elm Street")
	}
}

func TestAKeyThatComesBackWithAnotherOrderIsNoticed(t *testing.T) {
	t.Parallel()
	d, other := carrier(t), labeltest.Order("lbl_1")
	_, err := d.Buy(t.Context(), labeltest.Order("lbl_1"))
	require.NoError(t, err)
	other.To[1] = "1 Other Road"
	_, err = d.Buy(t.Context(), other)
	require.ErrorIs(t, err, label.ErrKeyReused)
}
