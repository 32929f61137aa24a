//go:build ignore

// Command diff writes the next migration: what the records in ent/schema have that the migrations do not make yet.
// go run internal/store/migrations/diff.go NAME; with -check it writes nothing and fails where there is a difference.
package main

import (
	"context"
	"errors"
	"log"
	"os"

	"ariga.io/atlas/sql/migrate"
	"ariga.io/atlas/sql/sqltool"
	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/schema"
	_ "github.com/mattn/go-sqlite3"

	records "github.com/vysero/returns/ent/migrate"
)

const folder = "internal/store/migrations/sqlite"

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: diff NAME | -check")
	}
	name, check := os.Args[1], os.Args[1] == "-check"
	path := folder
	if check {
		path = copyOf(folder)
		defer func() { _ = os.RemoveAll(path) }()
	}
	dir, err := sqltool.NewGooseDir(path)
	if err != nil {
		log.Fatal(err)
	}
	dev, err := entsql.Open("sqlite3", "file:dev?mode=memory&cache=shared&_fk=1")
	if err != nil {
		log.Fatal(err)
	}
	m, err := schema.NewMigrate(entsql.OpenDB(dialect.SQLite, dev.DB()), schema.WithDir(dir), schema.WithMigrationMode(schema.ModeReplay),
		schema.WithDialect(dialect.SQLite), schema.WithFormatter(sqltool.GooseFormatter), schema.WithDropColumn(true),
		schema.WithDropIndex(true), schema.WithErrNoPlan(true))
	if err != nil {
		log.Fatal(err)
	}
	switch err := m.NamedDiff(context.Background(), name, records.Tables...); {
	case errors.Is(err, migrate.ErrNoPlan):
		log.Print("the migrations make exactly what the records need")
	case err != nil:
		log.Fatal(err)
	case check:
		log.Fatal("the records have changed and no migration follows: run it with a NAME")
	}
}

// copyOf copies the folder so that a check changes nothing.
func copyOf(folder string) string {
	path, err := os.MkdirTemp("", "migrations")
	if err != nil {
		log.Fatal(err)
	}
	if err := os.CopyFS(path, os.DirFS(folder)); err != nil {
		log.Fatal(err)
	}
	return path
}
