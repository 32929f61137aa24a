package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	cyclonedx "github.com/CycloneDX/cyclonedx-go"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// bomCmd is supply bom.
type bomCmd struct {
	Binary  string `arg:"" help:"The built server."`
	Draft   string `required:"" help:"What cyclonedx-gomod says of it."`
	Modules string `required:"" help:"What go-licenses csv says of the server's packages."`
	Assets  string `required:"" help:"The folder of the page's files."`
	Schemas string `required:"" help:"The folder of CycloneDX's schemas."`
	Bom     string `required:"" help:"Where the bill of materials goes."`
}

// Run completes the bill, holds it against the binary and against CycloneDX's schema, and writes it. The same binary
// gives the same bill: it carries neither the hour nor a number of its own.
func (c bomCmd) Run(p program) error {
	all, err := inventory(c.Binary, c.Modules, c.Assets)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(c.Draft)
	if err != nil {
		return err
	}
	bill := new(cyclonedx.BOM)
	if err := json.Unmarshal(text, bill); err != nil {
		return fmt.Errorf("%s is no bill of materials: %w", c.Draft, err)
	}
	if bill.Metadata == nil || bill.Components == nil {
		return fmt.Errorf("%s tells of nothing", c.Draft)
	}
	complete(bill, all)
	if err := whole(bill, all); err != nil {
		return err
	}
	var out bytes.Buffer
	if err := cyclonedx.NewBOMEncoder(&out, cyclonedx.BOMFileFormatJSON).SetPretty(true).Encode(bill); err != nil {
		return err
	}
	if err := valid(out.Bytes(), c.Schemas); err != nil {
		return fmt.Errorf("the bill of materials is not as CycloneDX's schema wants it: %w", err)
	}
	p.sayf("%d parts are in the bill of materials: %s", len(*bill.Components), c.Bom)
	return os.WriteFile(c.Bom, out.Bytes(), 0o644) //nolint:gosec // it is there to be handed on
}

// complete adds what cyclonedx-gomod does not see: Go's own library, what the page is built from, the library in C, and
// the licences of all. Which build of the tool wrote the draft is left out: it says nothing of the binary.
func complete(bill *cyclonedx.BOM, all []licensed) {
	bill.SerialNumber, bill.Metadata.Timestamp = "", ""
	if tools := bill.Metadata.Tools; tools != nil && tools.Tools != nil {
		for i := range *tools.Tools {
			(*tools.Tools)[i].Hashes = nil
		}
	}
	at := map[string]int{}
	components := *bill.Components
	for i, component := range components {
		at[component.Name] = i
	}
	for _, one := range all {
		i, found := at[one.name]
		if unseen := one.kind != kindGo || one.name == standard; unseen {
			i, found = len(components), true
			components = append(components, cyclonedx.Component{
				BOMRef: one.purl(), Type: cyclonedx.ComponentTypeLibrary, Name: one.name, Version: one.version, PackageURL: one.purl(),
			})
		}
		if !found {
			continue // the draft is of another binary, which is told later
		}
		components[i].Licenses = new(cyclonedx.Licenses)
		for _, id := range one.licences {
			*components[i].Licenses = append(*components[i].Licenses, cyclonedx.LicenseChoice{License: &cyclonedx.License{ID: id}})
		}
	}
	bill.Components = &components
}

// whole fails where the bill has not what the binary has: a part that is missing, of another version or too much.
func whole(bill *cyclonedx.BOM, all []licensed) error {
	type named struct{ name, version string }
	listed := map[named]int{}
	for _, component := range *bill.Components {
		listed[named{component.Name, component.Version}]++
	}
	var wrong []error
	for _, one := range all {
		key := named{one.name, one.version}
		if listed[key] != 1 {
			wrong = append(wrong, fmt.Errorf("%s is %d times in the bill of materials", one.purl(), listed[key]))
		}
		delete(listed, key)
	}
	for _, more := range slices.SortedFunc(maps.Keys(listed), func(a, b named) int { return strings.Compare(a.name, b.name) }) {
		wrong = append(wrong, fmt.Errorf("%s %s is in the bill of materials, not in the binary", more.name, more.version))
	}
	return errors.Join(wrong...)
}

// schemas are the files of CycloneDX's schema, by the names under which the first asks for the others.
var schemas = map[string]string{
	"bom-1.6.schema.json":  "bom-1.6.schema.json",
	"spdx.schema.json":     "spdx.schema.json",
	"jsf-0.82.schema.json": "jsf-0.82.schemax.json",
}

// valid holds a bill of materials against CycloneDX's own schema.
func valid(bill []byte, folder string) error {
	compiler := jsonschema.NewCompiler()
	const base = "http://cyclonedx.org/schema/"
	for name, file := range schemas {
		text, err := os.ReadFile(filepath.Join(folder, file)) //nolint:gosec // the caller's own folder
		if err != nil {
			return err
		}
		schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if err := compiler.AddResource(base+name, schema); err != nil {
			return err
		}
	}
	schema, err := compiler.Compile(base + "bom-1.6.schema.json")
	if err != nil {
		return err
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(bill))
	if err != nil {
		return err
	}
	return schema.Validate(document)
}
