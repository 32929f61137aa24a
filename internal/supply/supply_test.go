package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	cyclonedx "github.com/CycloneDX/cyclonedx-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const page = "../playground/assets"

// quiet is a program whose words can be read, in an environment of names and values in turn.
func quiet(environment ...string) (program, *bytes.Buffer) {
	said := new(bytes.Buffer)
	return program{out: said, env: func(name string) (string, bool) {
		for i := 0; i < len(environment); i += 2 {
			if environment[i] == name {
				return environment[i+1], true
			}
		}
		return "", false
	}}, said
}

// itself is this test's own binary, which says what it is made of as every Go program does.
func itself(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	require.NoError(t, err)
	return path
}

// permissive gives every module of the binary a licence, in the form of go-licenses, except for those whose names are given.
func permissive(t *testing.T, except ...string) string {
	t.Helper()
	parts, err := modules(itself(t))
	require.NoError(t, err)
	var lines strings.Builder
	for _, one := range parts {
		if one.name != standard && !slices.Contains(except, one.name) {
			lines.WriteString(one.name + "/deep/inside,Unknown,MIT\n")
		}
	}
	path := filepath.Join(t.TempDir(), "modules.csv")
	require.NoError(t, os.WriteFile(path, []byte(lines.String()), 0o600))
	return path
}

func TestEverythingInTheBinaryIsListedWithItsLicence(t *testing.T) {
	t.Parallel()
	p, said := quiet()
	list := filepath.Join(t.TempDir(), "licences.csv")
	require.NoError(t, licencesCmd{Binary: itself(t), Modules: permissive(t), Assets: page, List: list}.Run(p))
	text, err := os.ReadFile(list)
	require.NoError(t, err)
	for _, want := range []string{
		"github.com/alecthomas/kong,v", ",MIT,golang", "std,go1.", "graphiql,3.", "react,18.", "react-dom,18.", "entities,,BSD-2-Clause,npm",
		"sqlite,3.", "blessing,generic",
	} {
		assert.Contains(t, string(text), want)
	}
	assert.NotContains(t, string(text), "vysero", "what is ours is no part of somebody else's")
	assert.Contains(t, said.String(), "1 libraries of C")
}

func TestALicenceThatNobodyKnowsOrAllowedIsAFailure(t *testing.T) {
	t.Parallel()
	p, _ := quiet()
	list := filepath.Join(t.TempDir(), "licences.csv")
	err := licencesCmd{Binary: itself(t), Modules: permissive(t, "github.com/alecthomas/kong"), Assets: page, List: list}.Run(p)
	require.ErrorContains(t, err, "pkg:golang/github.com/alecthomas/kong@")
	require.ErrorContains(t, err, "no licence that is known")

	err = forbidden([]licensed{
		{part{kindGo, "example.com/free", "v1.0.0"}, []string{"MIT"}},
		{part{kindGo, "example.com/mixed", "v1.0.0"}, []string{"MIT", "AGPL-3.0"}},
		{part{kindNPM, "@some/thing", ""}, []string{"SEE LICENSE IN LICENSE"}},
	})
	require.EqualError(t, err, "pkg:golang/example.com/mixed@v1.0.0 is under AGPL-3.0, which is not on the list of allowed licences\n"+
		"pkg:npm/%40some/thing is under SEE LICENSE IN LICENSE, which is not on the list of allowed licences")
}

func TestNoLicenceIsHiddenByAnotherOfTheSamePackage(t *testing.T) {
	t.Parallel()
	_, err := readLicences(strings.NewReader("a.com/x,Unknown,AGPL-3.0\na.com/x,Unknown,MIT\n"))
	require.ErrorContains(t, err, "a.com/x is under AGPL-3.0 and under MIT")
	got, err := readLicences(strings.NewReader(strings.Repeat("a.com/x,Unknown,MIT\n", 2)))
	require.NoError(t, err)
	require.Equal(t, map[string]string{"a.com/x": "MIT"}, got)
}

func TestALicenceBelongsToTheInnermostModule(t *testing.T) {
	t.Parallel()
	got := ofModules([]part{{kindGo, standard, "go1"}, {kindGo, "a.com/x", "v1"}, {kindGo, "a.com/x/y", "v2"}, {kindGo, "a.com/z", "v3"}},
		map[string]string{"a.com/x": "MIT", "a.com/x/part": "ISC", "a.com/x/y/deep": "MPL-2.0", "b.com/other": "GPL-3.0"})
	want := [][]string{{"BSD-3-Clause"}, {"ISC", "MIT"}, {"MPL-2.0"}, nil}
	for i, one := range got {
		assert.Equal(t, want[i], one.licences, one.name)
	}
}

func TestAnEntryOfThePagesListThatCannotBeReadIsAFailure(t *testing.T) {
	t.Parallel()
	line := strings.Repeat("=", 100)
	got, err := headings(strings.NewReader("About: this\n" + line + "\nreact: MIT\n\nCopyright: somebody\n" + line + "\n@a/b: (MIT OR Apache-2.0)\n"))
	require.NoError(t, err)
	require.Equal(t, []licensed{
		{part{kind: kindNPM, name: "react"}, []string{"MIT"}}, {part{kind: kindNPM, name: "@a/b"}, []string{"(MIT OR Apache-2.0)"}},
	}, got)
	for _, text := range []string{"", "nothing\n", line + "\nno licence\n"} {
		_, err := headings(strings.NewReader(text))
		require.Error(t, err, text)
	}
}

// draft is what cyclonedx-gomod would say of the binary: its modules and nothing else.
func draft(t *testing.T, change func(*cyclonedx.BOM)) string {
	t.Helper()
	parts, err := modules(itself(t))
	require.NoError(t, err)
	var components []cyclonedx.Component
	for _, one := range parts[1:] {
		components = append(components, cyclonedx.Component{
			BOMRef: one.purl(), Type: cyclonedx.ComponentTypeLibrary, Name: one.name, Version: one.version, PackageURL: one.purl(),
		})
	}
	bill := cyclonedx.NewBOM()
	bill.SerialNumber = "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79"
	bill.Metadata = &cyclonedx.Metadata{Timestamp: "2026-01-01T00:00:00Z"}
	bill.Components = &components
	change(bill)
	text, err := json.Marshal(bill)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "draft.json")
	require.NoError(t, os.WriteFile(path, text, 0o600))
	return path
}

// bill runs supply bom on this test's own binary.
func bill(t *testing.T, change func(*cyclonedx.BOM)) (string, error) {
	t.Helper()
	folder, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/CycloneDX/cyclonedx-go").Output()
	require.NoError(t, err)
	p, _ := quiet()
	path := filepath.Join(t.TempDir(), "bom.json")
	return path, bomCmd{
		Binary: itself(t), Draft: draft(t, change), Modules: permissive(t), Assets: page,
		Schemas: filepath.Join(strings.TrimSpace(string(folder)), "schema"), Bom: path,
	}.Run(p)
}

func TestTheBillOfMaterialsHasWhatTheBinaryHasAndNoHour(t *testing.T) {
	t.Parallel()
	path, err := bill(t, func(*cyclonedx.BOM) {})
	require.NoError(t, err)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	got := new(cyclonedx.BOM)
	require.NoError(t, json.Unmarshal(text, got))
	require.Empty(t, got.SerialNumber)
	require.Empty(t, got.Metadata.Timestamp)
	licences := map[string]string{}
	for _, component := range *got.Components {
		require.Len(t, *component.Licenses, 1, component.Name)
		licences[component.Name] = (*component.Licenses)[0].License.ID
	}
	for name, licence := range map[string]string{
		"github.com/alecthomas/kong": "MIT", standard: "BSD-3-Clause", "react": "MIT", "entities": "BSD-2-Clause", "sqlite": "blessing",
	} {
		assert.Equal(t, licence, licences[name], name)
	}
}

func TestABillOfMaterialsOfAnotherBinaryIsAFailure(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*cyclonedx.BOM){
		"is 0 times in the bill of materials": func(b *cyclonedx.BOM) { *b.Components = (*b.Components)[1:] },
		"is 2 times in the bill of materials": func(b *cyclonedx.BOM) { *b.Components = append(*b.Components, (*b.Components)[0]) },
		"v0.0.1 is in the bill of materials, not in the binary": func(b *cyclonedx.BOM) {
			(*b.Components)[0].Version = "v0.0.1"
		},
		"tells of nothing":                      func(b *cyclonedx.BOM) { b.Components = nil },
		"is not as CycloneDX's schema wants it": func(b *cyclonedx.BOM) { (*b.Components)[0].Type = "sausage" },
	} {
		_, err := bill(t, change)
		assert.ErrorContains(t, err, want, want)
	}
}
