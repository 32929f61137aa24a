package main

import (
	"io"

	"github.com/vysero/returns/graph"
)

// schemaCmd is server schema.
type schemaCmd struct{}

// Help is shown by server schema --help.
func (schemaCmd) Help() string { return "Examples:\n  server schema > returns.graphql" }

// Run prints the schema.
func (schemaCmd) Run(p program) error {
	_, err := io.WriteString(p.out, graph.SDL())
	return err
}
