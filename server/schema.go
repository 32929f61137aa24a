package main

import (
	"io"

	"github.com/vysero/returns/graph"
)

// schemaCmds is server schema; without a further word it prints.
type schemaCmds struct {
	Print schemaCmd      `cmd:"" default:"1" help:"Print the whole GraphQL schema as one file."`
	Trust schemaTrustCmd `cmd:"" help:"Print a manifest of operations that clients may name by their hash."`
	Check schemaCheckCmd `cmd:"" help:"Check such manifests."`
}

// Help is shown by server schema --help.
func (schemaCmds) Help() string {
	return "Examples:\n  server schema > returns.graphql\n  server schema trust operations > trusted.json"
}

// schemaCmd is server schema print.
type schemaCmd struct{}

// Help is shown by server schema print --help.
func (schemaCmd) Help() string { return "Examples:\n  server schema > returns.graphql" }

// Run prints the schema.
func (schemaCmd) Run(p program) error {
	_, err := io.WriteString(p.out, graph.SDL())
	return err
}
