package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// config is how govulncheck begins an answer.
const config = `{"config":{"scanner_name":"govulncheck"}}`

// found is one finding of its answer; without a function nothing tells which part of the module is wrong.
func found(osv, module, function string) string {
	return fmt.Sprintf(`{"finding":{"osv":%q,"fixed_version":"v2.0.0","trace":[{"module":%q,"version":"v1.0.0","package":"p","function":%q}]}}`,
		osv, module, function)
}

// checker is a program in govulncheck's place: it answers for one database, "" being Go's own, and knows no other.
func checker(t *testing.T, database, answer string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "govulncheck")
	script := "#!/bin/sh\ndb=\nfor arg in \"$@\"; do case $arg in -db=*) db=${arg#-db=};; esac; done\n" +
		"case $db in\n'" + database + "'*) cat <<'END'\n" + answer + "\nEND\n;;\n*) echo 'no such host' >&2; exit 1;;\nesac\n"
	if database == "" {
		script = strings.Replace(script, "''*)", "'')", 1)
	}
	require.NoError(t, os.WriteFile(path, []byte(script), 0o700))
	return path
}

// nowhere has no database that a checker knows.
const nowhere = "nowhere:"

func TestAVulnerabilityIsAFailureUnlessItIsAcceptedByNameAndModule(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer string
		want   string // of the error; "" for none
		say    string
	}{
		"none":                           {config, "", "0 vulnerabilities, 0 of them accepted"},
		"one":                            {config + found("GO-1", "example.com/m", "F"), "GO-1 in example.com/m v1.0.0, fixed in v2.0.0 (p.F)", "1 vulnerabilities, 0 of them"},
		"one that names no part":         {config + found("GO-1", "example.com/m", ""), "GO-1 in example.com/m v1.0.0, fixed in v2.0.0", "1 vulnerabilities, 0 of them"},
		"accepted":                       {config + found("GO-2026-6603", library, "F"), "", "accepted: GO-2026-6603 in stdlib v1.0.0, fixed in v2.0.0: it is about"},
		"accepted elsewhere":             {config + found("GO-2026-6603", "example.com/m", "F"), "GO-2026-6603 in example.com/m", "1 vulnerabilities, 0 of them accepted"},
		"accepted and one more":          {config + found("GO-2026-6603", library, "F") + found("GO-1", library, "F"), "GO-1 in stdlib", "2 vulnerabilities, 1 of them accepted"},
		"accepted, and no longer there":  {config, "", "accepted, but not found: GO-2026-6603"},
		"one, told for each of its uses": {config + found("GO-1", "m", "F") + found("GO-1", "m", "G"), "GO-1 in m", "1 vulnerabilities, 0 of them"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, said := quiet(requireVulnDB, "1")
			err := vulnerabilitiesCmd{Checker: checker(t, "", c.answer), Copy: t.TempDir()}.Run(t.Context(), p)
			if c.want == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, c.want)
			}
			assert.Contains(t, said.String(), "held against Go's database of vulnerabilities, as it is now\n")
			assert.Contains(t, said.String(), c.say)
		})
	}
}

func TestADatabaseThatCannotBeReachedIsNoCleanBill(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ database, answer string }{
		"no database":           {nowhere, config},
		"no answer":             {"", ""},
		"an answer cut off":     {"", config + `{"finding":`},
		"an answer of no shape": {"", `{}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := vulnerabilitiesCmd{Checker: checker(t, c.database, c.answer), Copy: t.TempDir()} // a folder without a module
			p, said := quiet()
			require.NoError(t, cmd.Run(t.Context(), p))
			require.Contains(t, said.String(), "NOT CHECKED for vulnerabilities")
			require.NotContains(t, said.String(), "0 vulnerabilities")

			p, _ = quiet(requireVulnDB, "1")
			require.ErrorContains(t, cmd.Run(t.Context(), p), "REQUIRE_VULNDB is set, and there is no database of vulnerabilities")
		})
	}
}

func TestTheDatabaseThatIsNamedIsAskedAloneAndThePinnedCopyInsteadOfGosOwn(t *testing.T) {
	t.Parallel()
	answer := config + found("GO-1", "m", "F")
	p, said := quiet(govulndb, "https://vulnerabilities.example")
	err := vulnerabilitiesCmd{Checker: checker(t, "https://vulnerabilities.example", answer)}.Run(t.Context(), p)
	require.ErrorContains(t, err, "GO-1 in m")
	require.Contains(t, said.String(), "held against the database https://vulnerabilities.example\n")

	p, _ = quiet(govulndb, "https://vulnerabilities.example", requireVulnDB, "1")
	err = vulnerabilitiesCmd{Checker: checker(t, "file://", answer), Copy: "../../.tools/vulndb"}.Run(t.Context(), p)
	require.ErrorContains(t, err, "there is no database of vulnerabilities", "the copy is not what was asked for")

	p, said = quiet(requireVulnDB, "1")
	err = vulnerabilitiesCmd{Checker: checker(t, "file://", answer), Copy: "../../.tools/vulndb"}.Run(t.Context(), p)
	require.ErrorContains(t, err, "GO-1 in m")
	require.Regexp(t, `held against the copy of 20\d\d-\d\d-\d\d: newer vulnerabilities are not in it`, said.String())
}

func TestWhatIsAcceptedHasItsReason(t *testing.T) {
	t.Parallel()
	for id, why := range accepted {
		assert.Regexp(t, `^GO-\d{4}-\d{4,}$`, id.osv)
		assert.NotEmpty(t, id.module)
		assert.Greater(t, len(why), 10, id.osv)
	}
	for id, asks := range allowed {
		assert.NotEmpty(t, asks, id)
	}
}
