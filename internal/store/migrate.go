package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivermigrate"
)

func providerOf(dialect goose.Dialect, conn *sql.DB, steps embed.FS, folder string) (*goose.Provider, error) {
	files, err := fs.Sub(steps, folder)
	if err != nil {
		return nil, err
	}
	provider, err := goose.NewProvider(dialect, conn, files)
	if err != nil {
		return nil, fmt.Errorf("the migrations cannot be read: %w", err)
	}
	return provider, nil
}

// take takes the steps of the records.
func take(ctx context.Context, provider *goose.Provider) ([]string, error) {
	results, err := provider.Up(ctx)
	if err != nil {
		return nil, fmt.Errorf("the migration failed: %w", err)
	}
	var steps []string
	for _, r := range results {
		steps = append(steps, r.Source.Path)
	}
	return steps, nil
}

// migratorOf is for the tables of the queue, which brings its own steps.
func migratorOf[T any](driver riverdriver.Driver[T]) (*rivermigrate.Migrator[T], error) {
	return rivermigrate.New(driver, &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
}

// takeQueue takes the steps of the queue's tables.
func takeQueue[T any](ctx context.Context, driver riverdriver.Driver[T]) ([]string, error) {
	migrator, err := migratorOf(driver)
	if err != nil {
		return nil, err
	}
	done, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	if err != nil {
		return nil, fmt.Errorf("the migration of the queue failed: %w", err)
	}
	var steps []string
	for _, v := range done.Versions {
		steps = append(steps, fmt.Sprintf("queue %03d %s", v.Version, v.Name))
	}
	return steps, nil
}

// countPending counts the steps of the records and of the queue that are still to be taken.
func countPending[T any](ctx context.Context, provider *goose.Provider, driver riverdriver.Driver[T]) (int, error) {
	current, target, err := provider.GetVersions(ctx)
	if err != nil {
		return 0, fmt.Errorf("the schema's version cannot be read: %w", err)
	}
	pending := 0
	for _, source := range provider.ListSources() {
		if source.Version > current && source.Version <= target {
			pending++
		}
	}
	migrator, err := migratorOf(driver)
	if err != nil {
		return 0, err
	}
	existing, err := migrator.ExistingVersions(ctx)
	if err != nil {
		return 0, fmt.Errorf("the version of the queue's tables cannot be read: %w", err)
	}
	return pending + max(0, len(migrator.AllVersions())-len(existing)), nil
}
