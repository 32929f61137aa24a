package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// written is a file of terms.
func written(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "draft.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// demoShop is the database of a demo shop that nobody has open.
func demoShop(t *testing.T) string {
	t.Helper()
	s := startHere(t, "", "--demo", "--now", start)
	require.Zero(t, s.stop())
	return s.url
}

// The demo shop of 10 March 2026: a change of heart on the 12th day is 1018's, on the 14th 1020's, which was inspected.
func TestADraftIsSimulatedAsATable(t *testing.T) {
	t.Parallel()
	url, draft := demoShop(t), written(t, "version: short\nchangeOfHeartDays: 10\n")
	status, out, errs := run(t, "", "terms", "simulate", draft, "--database-url", url, "--from", "2026-01-01", "--to", "2026-03-11")
	require.Zero(t, status, errs)
	require.Empty(t, errs)
	assert.Contains(t, out, "Terms short, from 2026-01-01T00:00:00-08:00 to 2026-03-11T00:00:00-07:00\n")
	assert.Contains(t, out, "9 returns, 1 refusals and 12 orders without returns: ")
	assert.Regexp(t, `(?m)^OF +REASON +NOW +BY +THEN +BY +COUNT +FOR EXAMPLE$`, out)
	assert.Regexp(t, `(?m)^request +CHANGE_OF_HEART +ELIGIBLE +- +NOT_ELIGIBLE +T1 +3 +1018-R1, 1019-R1, 1020-R1$`, out)
	assert.Regexp(t, `(?m)^2026-03 +2 +1 +\d+\.\d\d USD +\d+\.\d\d USD +-\d+\.\d\d USD$`, out)
	assert.Regexp(t, `(?m)^in all +2 +1 `, out)

	status, out, errs = run(t, "", "terms", "simulate", draft, "--database-url", url, "--from", "2020-01-01T00:00:00Z", "--to", "2021-01-01")
	require.Zero(t, status, errs)
	assert.Equal(t, "Terms short, from 2020-01-01T00:00:00Z to 2021-01-01T00:00:00-08:00\n"+
		"0 returns, 0 refusals and 0 orders without returns: 0 answers, 0 of them differ\n", out, "an empty range is an empty report")
}

func TestADifferenceOfTermsIsToldFromFilesAndEditions(t *testing.T) {
	t.Parallel()
	url, draft := demoShop(t), written(t, "version: short\nchangeOfHeartDays: 14\ndoaDays: 20\n")
	same := written(t, "version: another-name\n")
	for name, c := range map[string]struct {
		a, b, want string
	}{
		"files": {same, draft, "Days for a change of heart: 30 → 14 (T1, N2): worse for the customer\n" +
			"Days to report a defect or damage: 10 → 20 (T2, N2): better for the customer\n"},
		"a file and an edition by its number": {draft, "1", "Days for a change of heart: 14 → 30 (T1, N2): better for the customer\n" +
			"Days to report a defect or damage: 20 → 10 (T2, N2): worse for the customer\n"},
		"an edition and a draft by its id":      {"1", "ted_draft", "Days for a change of heart: 30 → 14 (T1, N2): worse for the customer\n"},
		"an edition and a draft by its version": {"1", "demo-draft", "Days for a change of heart: 30 → 14 (T1, N2): worse for the customer\n"},
		"the same under another name":           {"1", same, "no difference\n"},
		"the same file":                         {draft, draft, "no difference\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, out, errs := run(t, "", "terms", "diff", c.a, c.b, "--database-url", url)
			assert.Zero(t, status, errs)
			assert.Equal(t, c.want, out)
		})
	}
	status, _, errs := run(t, "", "terms", "diff", draft, "nothing", "--database-url", url)
	assert.Equal(t, exitFailed, status)
	assert.Contains(t, errs, "nothing is neither a file nor an edition")
}

func TestTermsThatNobodyPublishedCannotBeComparedWith(t *testing.T) {
	t.Parallel()
	status, _, errs := run(t, "", "terms", "simulate", written(t, "version: x"), "--database-url", fresh(t), "--from", "2026-01-01")
	assert.Equal(t, exitFailed, status)
	assert.Contains(t, errs, "start the server once")
}

func TestARowBarIsShownOnATerminalOnly(t *testing.T) {
	t.Parallel()
	log := newJournal()
	bar := &rowBar{to: log}
	bar.progress(1, 2)
	bar.end()
	assert.Empty(t, log.String())
}

func TestEachStartTellsWhatCustomersSeeUnsetAndThatNobodyAcknowledgedIt(t *testing.T) {
	t.Parallel()
	url := fresh(t)
	for _, start := range []string{"the first", "a later one"} {
		s := startHere(t, url, "--dev")
		require.Zero(t, s.stop())
		for _, key := range []string{"warrantyUrl", "supportContact"} {
			assert.Regexp(t, `level=WARN msg="[^"]*customers see it, and nobody has acknowledged it" setting=`+key, s.log.String(), start)
		}
	}
}
