//go:build ignore

// Command entc generates the records' code from ent/schema: run it by go generate ./ent.
package main

import (
	"log"

	"entgo.io/contrib/entgql"
	"entgo.io/ent/entc"
	"entgo.io/ent/entc/gen"
)

func main() {
	graphql, err := entgql.NewExtension(entgql.WithNodeDescriptor(false), entgql.WithWhereInputs(false))
	if err != nil {
		log.Fatalf("entgql: %v", err)
	}
	err = entc.Generate("./schema", &gen.Config{
		Target:  ".",
		Package: "github.com/vysero/returns/ent",
		Features: []gen.Feature{
			gen.FeaturePrivacy, gen.FeatureEntQL, gen.FeatureVersionedMigration, gen.FeatureLock, gen.FeatureNamedEdges,
		},
	}, entc.Extensions(graphql))
	if err != nil {
		log.Fatalf("ent: %v", err)
	}
}
