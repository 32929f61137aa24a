package main

import (
	"archive/zip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/auth"
)

func TestACustomerIsExportedAsADocumentAndAsAnArchiveThatOneAloneCanRead(t *testing.T) {
	t.Parallel()
	s := startHere(t, "", "--demo", "--now", start)
	answer, text := s.call(t, "POST /photos", s.token(t, auth.Customer, lena), demoPicture(), "Content-Type", "image/png")
	require.Equal(t, 201, answer.StatusCode, string(text))
	photo := reply{t: t, whole: decoded(t, text)}.text("id")

	status, out, errs := run(t, "", "customer", "export", "--email", lena, "--database-url", s.url)
	require.Zero(t, status, errs)
	document := reply{t: t, whole: decoded(t, []byte(out))}
	require.Equal(t, lena, document.text("customer.email"))
	require.Equal(t, photo, document.text("photos.0.id"))
	require.Equal(t, "DE", document.text("orders.0.ship_to_country"))

	path := filepath.Join(t.TempDir(), "lena.zip")
	args := []string{"customer", "export", "--id", document.text("customer.id"), "--database-url", s.url, "--out", path}
	status, out, errs = run(t, "", args...)
	require.Zero(t, status, errs)
	require.Empty(t, out)
	about, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), about.Mode())
	files := unzipped(t, path)
	require.Equal(t, demoPicture(), files["photos/"+photo+".png"])
	require.True(t, json.Valid(files["customer.json"]))
	require.Contains(t, string(files["customer.json"]), lena)

	status, _, errs = run(t, "", args...)
	require.Equal(t, exitFailed, status, "a file that is there is not replaced")
	require.Contains(t, errs, "cannot be made")
	missing := filepath.Join(t.TempDir(), "nobody.zip")
	status, _, errs = run(t, "", "customer", "export", "--id", "cus_nobody", "--database-url", s.url, "--out", missing)
	require.Equal(t, exitFailed, status)
	require.Equal(t, "server: There is no such customer.\n", errs)
	require.NoFileExists(t, missing)
}

func unzipped(t *testing.T, path string) map[string][]byte {
	t.Helper()
	pack, err := zip.OpenReader(path)
	require.NoError(t, err)
	defer func() { require.NoError(t, pack.Close()) }()
	files := map[string][]byte{}
	for _, f := range pack.File {
		body, err := f.Open()
		require.NoError(t, err)
		files[f.Name], err = io.ReadAll(body)
		require.NoError(t, err)
		require.NoError(t, body.Close())
	}
	return files
}

func TestACustomerIsErasedBesideARunningServerWhichThenKnowsNobody(t *testing.T) {
	t.Parallel()
	s := startHere(t, "", "--demo", "--now", start)
	token := s.token(t, auth.Customer, lena)
	mine := `{ viewer { customer { email } } orders(first: 1) { totalCount } }`
	require.Contains(t, s.ask(t, token, mine, nil).String(), lena)

	at := []string{"--database-url", s.url}
	status, out, errs := run(t, "", append([]string{"customer", "erase", "--email", lena}, at...)...)
	require.Equal(t, exitFailed, status, "it says what would be, and does not do it")
	require.Empty(t, errs)
	require.Contains(t, out, "would be erased: of 1 orders, 0 returns, 0 events and 0 photos")
	require.Contains(t, s.ask(t, token, mine, nil).String(), lena)

	status, out, errs = run(t, "", append([]string{"customer", "erase", "--email", lena, "--by", "ticket-4711", "--yes"}, at...)...)
	require.Zero(t, status, errs)
	require.Contains(t, out, " erased: of 1 orders")
	require.NotContains(t, s.ask(t, token, mine, nil).String(), "erased:", "her token finds nobody")
	require.NotContains(t, s.ask(t, token, mine, nil).String(), `"totalCount": 1`)
	status, _, errs = run(t, "", append([]string{"customer", "erase", "--email", lena, "--yes"}, at...)...)
	require.Equal(t, exitFailed, status)
	require.Equal(t, "server: There is no such customer.\n", errs)
	for _, check := range [][]string{{"audit"}, {"terms", "replay"}} {
		status, out, errs := run(t, "", append(check, at...)...)
		assert.Zero(t, status, errs)
		assert.Contains(t, out, "0 differences")
	}
}

func TestWhatIsOpenIsToldLineByLine(t *testing.T) {
	t.Parallel()
	status, out, errs := run(t, "", "customer", "erase", "--email", ada, "--yes", "--database-url", demoShop(t))
	require.Equal(t, exitFailed, status)
	require.Empty(t, out)
	require.Regexp(t, `^server: The return 10\d\d-R1 is [A-Z_]+(, due before \S+)?: end it first\.\nThe re`, errs)
}
