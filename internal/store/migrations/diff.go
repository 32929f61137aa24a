//go:build ignore

// Command diff writes the next migration of each database: what the records in ent/schema have that the migrations do not
// make yet. go run internal/store/migrations/diff.go NAME; with -check it writes nothing and fails where there is a
// difference. It starts a PostgreSQL server of its own as scratch paper; where the programs are not installed it looks at
// SQLite alone and says so, unless REQUIRE_POSTGRES is set: then that is a failure.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"ariga.io/atlas/sql/migrate"
	"ariga.io/atlas/sql/sqltool"
	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/schema"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/mattn/go-sqlite3"

	records "github.com/vysero/returns/ent/migrate"
	"github.com/vysero/returns/internal/store/pgtest"
)

const folder = "internal/store/migrations"

// paper is where a dialect's migrations are played back.
type paper struct{ dialect, driver, source, folder string }

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: diff NAME | -check")
	}
	papers := []paper{{dialect.SQLite, "sqlite3", "file:dev?mode=memory&cache=shared&_fk=1", "sqlite"}}
	switch url, err := pgtest.Scratch(); {
	case err == nil:
		papers = append(papers, paper{dialect.Postgres, "pgx", url, "postgres"})
	case os.Getenv(pgtest.Require) != "":
		log.Fatalf("PostgreSQL is needed and cannot be had: %v", err)
	default:
		log.Printf("PostgreSQL's migrations are not looked at: %v", err)
	}
	for _, p := range papers {
		if err := p.diff(os.Args[1], os.Args[1] == "-check"); err != nil {
			log.Fatalf("%s: %v", p.folder, err)
		}
	}
}

func (p paper) diff(name string, check bool) error {
	path := filepath.Join(folder, p.folder)
	if check {
		var err error
		if path, err = copyOf(path); err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(path) }()
	}
	dir, err := sqltool.NewGooseDir(path)
	if err != nil {
		return err
	}
	dev, err := entsql.Open(p.driver, p.source)
	if err != nil {
		return err
	}
	defer func() { _ = dev.Close() }()
	m, err := schema.NewMigrate(entsql.OpenDB(p.dialect, dev.DB()), schema.WithDir(dir), schema.WithMigrationMode(schema.ModeReplay),
		schema.WithDialect(p.dialect), schema.WithFormatter(sqltool.GooseFormatter), schema.WithDropColumn(true),
		schema.WithDropIndex(true), schema.WithErrNoPlan(true))
	if err != nil {
		return err
	}
	switch err := m.NamedDiff(context.Background(), name, records.Tables...); {
	case errors.Is(err, migrate.ErrNoPlan):
		log.Printf("%s: the migrations make exactly what the records need", p.folder)
	case err != nil:
		return err
	case check:
		return fmt.Errorf("the records have changed and no migration follows: run it with a NAME")
	}
	return nil
}

// copyOf copies the folder so that a check changes nothing.
func copyOf(folder string) (string, error) {
	path, err := os.MkdirTemp("", "migrations")
	if err != nil {
		return "", err
	}
	return path, os.CopyFS(path, os.DirFS(folder))
}
