// Package labeltest is the suite that every label driver passes: what the port promises, written as tests.
package labeltest

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/label"
	"github.com/vysero/returns/internal/leftout"
)

// Open opens the carrier of a test. Opened again by the same test it sells the same labels for the same keys.
type Open func(t testing.TB) label.Driver

// Run runs the whole suite.
func Run(t *testing.T, open Open) {
	t.Helper()
	for _, promise := range []struct {
		name string
		test func(*testing.T, Open)
	}{
		{"SameKeyIsTheSameLabel", sameKeyIsTheSameLabel},
		{"FiftyCallsWithOneKeyBuyOneLabel", fiftyCallsWithOneKey},
		{"EachKeyHasItsOwnNumber", eachKeyHasItsOwnNumber},
		{"PrintedLabelScansAsItsNumber", printedLabelScans},
		{"LargestOrderIsPrinted", largestOrderIsPrinted},
		{"EndedContextBuysNothing", endedContextBuysNothing},
		{"VoidedKeyBuysNothing", voidedKeyBuysNothing},
		{"KeyIsVoidedBeforeItBuys", keyIsVoidedBeforeItBuys},
		{"FiftyCallsThatBuyAndVoid", fiftyCallsThatBuyAndVoid},
	} {
		t.Run(promise.name, func(t *testing.T) {
			t.Parallel()
			promise.test(t, open)
		})
	}
}

// Order is an ordinary order of a label under the key.
func Order(key string) label.Order {
	return label.Order{
		Key:          key,
		ReturnNumber: "R-2026-00042",
		From:         label.Address{"Zoë Müller", "12 Elm Street, Apt 4", "Portland, OR 97201"},
		To:           label.Address{"Vysero Returns", "400 Warehouse Road", "Reno, NV 89502"},
		Contents:     []string{"1 x Controller, black", "2 x Charging cable"},
	}
}

func sameKeyIsTheSameLabel(t *testing.T, open Open) {
	desk := label.New(open(t))
	first, err := desk.Buy(t.Context(), Order("lbl_1"))
	require.NoError(t, err)
	again, err := desk.Buy(t.Context(), Order("lbl_1"))
	require.NoError(t, err)
	assert.Equal(t, first, again)
	later, err := label.New(open(t)).Buy(t.Context(), Order("lbl_1"))
	require.NoError(t, err)
	assert.Equal(t, first, later, "after a restart")
}

func fiftyCallsWithOneKey(t *testing.T, open Open) {
	desk := label.New(open(t))
	bought, errs := make([]label.Label, 50), make([]error, 50)
	var all sync.WaitGroup
	for i := range bought {
		all.Go(func() { bought[i], errs[i] = desk.Buy(t.Context(), Order("lbl_1")) })
	}
	all.Wait()
	for i := range bought {
		require.NoError(t, errs[i])
		assert.Equal(t, bought[0], bought[i])
	}
}

func eachKeyHasItsOwnNumber(t *testing.T, open Open) {
	desk, seen := label.New(open(t)), map[string]string{}
	for _, key := range []string{"lbl_1", "lbl_2", "LBL_1", "lbl_11"} {
		bought, err := desk.Buy(t.Context(), Order(key))
		require.NoError(t, err)
		assert.Empty(t, seen[bought.Tracking], key)
		seen[bought.Tracking] = key
	}
}

func printedLabelScans(t *testing.T, open Open) {
	bought, err := label.New(open(t)).Buy(t.Context(), Order("lbl_1"))
	require.NoError(t, err)
	assert.True(t, bytes.HasSuffix(bytes.TrimSpace(bought.PDF), []byte("%%EOF")), "the whole of a PDF")
	if read, ok := Scan(t, bought.PDF); ok {
		assert.Equal(t, bought.Tracking, read)
	}
}

func largestOrderIsPrinted(t *testing.T, open Open) {
	order := Order(strings.Repeat("k", 255))
	order.ReturnNumber = strings.Repeat("W", 40)
	long := strings.Repeat("W", 60)
	order.From = label.Address{long, long, long, long, long, long, long}
	order.To = order.From
	order.Contents = nil
	for range 100 {
		order.Contents = append(order.Contents, strings.Repeat("W", 200))
	}
	bought, err := label.New(open(t)).Buy(t.Context(), order)
	require.NoError(t, err)
	if read, ok := Scan(t, bought.PDF); ok {
		assert.Equal(t, bought.Tracking, read)
	}
}

func endedContextBuysNothing(t *testing.T, open Open) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := label.New(open(t)).Buy(ended, Order("lbl_1"))
	require.ErrorIs(t, err, label.ErrNotBought)
}

func voidedKeyBuysNothing(t *testing.T, open Open) {
	desk := label.New(open(t))
	_, err := desk.Buy(t.Context(), Order("lbl_1"))
	require.NoError(t, err)
	other, err := desk.Buy(t.Context(), Order("lbl_2"))
	require.NoError(t, err)
	require.NoError(t, desk.Void(t.Context(), "lbl_1"))
	require.NoError(t, desk.Void(t.Context(), "lbl_1"), "again")
	later := label.New(open(t))
	require.NoError(t, later.Void(t.Context(), "lbl_1"), "after a restart")
	_, err = later.Buy(t.Context(), Order("lbl_1"))
	require.ErrorIs(t, err, label.ErrInvalid)
	same, err := later.Buy(t.Context(), Order("lbl_2"))
	require.NoError(t, err)
	assert.Equal(t, other, same, "another label is as it was")
}

func keyIsVoidedBeforeItBuys(t *testing.T, open Open) {
	desk := label.New(open(t))
	require.NoError(t, desk.Void(t.Context(), "lbl_1"), "a call that was lost on the way may have bought it")
	_, err := desk.Buy(t.Context(), Order("lbl_1"))
	require.ErrorIs(t, err, label.ErrInvalid, "it comes late")
}

func fiftyCallsThatBuyAndVoid(t *testing.T, open Open) {
	desk := label.New(open(t))
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			if i%2 == 0 {
				assert.NoError(t, desk.Void(t.Context(), "lbl_1"))
			} else if _, err := desk.Buy(t.Context(), Order("lbl_1")); err != nil {
				assert.ErrorIs(t, err, label.ErrInvalid)
			}
		})
	}
	all.Wait()
	_, err := desk.Buy(t.Context(), Order("lbl_1"))
	require.ErrorIs(t, err, label.ErrInvalid)
}

// Scan prints the first page of a PDF to a picture at 200 dots an inch and reads its barcode, as a warehouse would.
// It uses poppler's pdftoppm and zbar's zbarimg; where one of them is not installed it says so aloud and gives false.
func Scan(t testing.TB, pdf []byte) (string, bool) {
	t.Helper()
	for _, tool := range []string{"pdftoppm", "zbarimg"} {
		if _, err := exec.LookPath(tool); err != nil {
			leftout.Say(t, "", "a scan of printed labels (Debian: poppler-utils, zbar-tools)", err)
			return "", false
		}
	}
	dir := t.TempDir()
	sheet, page := filepath.Join(dir, "label.pdf"), filepath.Join(dir, "label")
	require.NoError(t, os.WriteFile(sheet, pdf, 0o600))
	out, err := exec.CommandContext(t.Context(), "pdftoppm", "-r", "200", "-png", "-singlefile", sheet, page).CombinedOutput()
	require.NoError(t, err, "pdftoppm: %s", out)
	require.Empty(t, string(out), "pdftoppm complains")
	out, err = exec.CommandContext(t.Context(), "zbarimg", "--quiet", "--raw", page+".png").Output()
	require.NoError(t, err, "zbarimg: %s", out)
	return strings.TrimSpace(string(out)), true
}
