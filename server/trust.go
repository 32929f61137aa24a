package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/vysero/returns/graph"
)

// schemaTrustCmd is server schema trust.
type schemaTrustCmd struct {
	Folder string       `arg:"" placeholder:"DIR" help:"A folder of .graphql files, one operation each."`
	Limits graph.Limits `env:"LIMITS" placeholder:"NAME=N,…" help:"Those of the server that is to take them. (${env})"`
}

// Help is shown by server schema trust --help.
func (schemaTrustCmd) Help() string {
	return `Each file of the folder is one document, as clients would send it; its id is the SHA-256 of its bytes. A file that does not
fit the schema or the limits is told, and nothing is printed. The result is for --trusted-documents and for the apps.

Examples:
  server schema trust operations > trusted.json`
}

// Run prints the manifest.
func (c schemaTrustCmd) Run(p program) error {
	files, err := filepath.Glob(filepath.Join(c.Folder, "*.graphql"))
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return fmt.Errorf("there is no .graphql file in %s", c.Folder)
	}
	texts := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file) //nolint:gosec // whoever runs the command names the folder
		if err != nil {
			return err
		}
		texts[filepath.Base(file)] = string(text)
	}
	manifest, err := graph.NewDocuments(c.Limits).Trust(texts)
	if err != nil {
		return err
	}
	_, err = p.out.Write(manifest)
	return err
}

// schemaCheckCmd is server schema check.
type schemaCheckCmd struct {
	Files  []string     `arg:"" placeholder:"FILE" help:"Manifests."`
	Limits graph.Limits `env:"LIMITS" placeholder:"NAME=N,…" help:"Those of the server that is to take them. (${env})"`
}

// Help is shown by server schema check --help.
func (schemaCheckCmd) Help() string {
	return `Does what serve does with --trusted-documents before it listens: every document must fit the schema, and its id must be the
SHA-256 of its text. Exit status 1 where one does not.

Examples:
  server schema check storefront.json ios-4.2.json`
}

// Run checks the files.
func (c schemaCheckCmd) Run(p program) error {
	documents, err := readManifests(c.Limits, c.Files)
	if err != nil {
		return errors.Join(errors.New("the manifests cannot be trusted"), err)
	}
	_, err = fmt.Fprintf(p.out, "%d documents\n", documents.Len())
	return err
}
