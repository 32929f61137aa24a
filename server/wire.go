package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/vysero/returns/internal/customers"
	"github.com/vysero/returns/internal/guests"
	"github.com/vysero/returns/internal/jobs"
	"github.com/vysero/returns/internal/label"
	labelbox "github.com/vysero/returns/internal/label/sandbox"
	"github.com/vysero/returns/internal/orders"
	"github.com/vysero/returns/internal/payment"
	paybox "github.com/vysero/returns/internal/payment/sandbox"
	"github.com/vysero/returns/internal/payment/stripe"
	"github.com/vysero/returns/internal/reports"
	"github.com/vysero/returns/internal/returns"
	"github.com/vysero/returns/internal/store"
	"github.com/vysero/returns/internal/terms"
)

// Config is what the app is put together from.
type Config struct {
	Place place
	Depot []string // where returned goods go, line by line
	Now   func() time.Time
	// Wall is the machine's clock, by which jobs are due; Now may be another one, in the demo.
	Wall func() time.Time
	Log  *slog.Logger
	// Workers is how many jobs run at once; the queue's own number where it is zero.
	Workers       int
	InspectWithin time.Duration
	OverrideLimit *int64
	Photos        photoConfig
	// Stripe is where refunds are asked for; without a key it is the sandbox, which moves no money.
	Stripe stripe.Config
}

// App is everything but HTTP.
type App struct {
	DB        *store.DB
	Orders    *orders.Service
	Returns   *returns.Service
	Jobs      *jobs.Queue
	Terms     *terms.Service
	Reports   *reports.Service
	Customers *customers.Service
	Guests    *guests.Service // offers nothing until it is told what with

	closers []func() error
}

// openRecords opens the database alone, with what records orders in it.
func openRecords(ctx context.Context, at place, now func() time.Time) (*App, error) {
	db, err := store.Open(ctx, at.DatabaseURL, now)
	if err != nil {
		return nil, err
	}
	newID := newIDs(now).New
	book := &terms.Service{DB: db, NewID: newID, Wall: now}
	return &App{
		DB: db, Orders: &orders.Service{DB: db, NewID: newID}, Terms: book, Reports: &reports.Service{DB: db, Terms: book.Book},
		closers: []func() error{db.Close},
	}, nil
}

// NewApp opens the records and the drivers. The payment provider is Stripe where there is a key, else a sandbox; the carrier
// is a sandbox, which moves no parcel. The schema may still be missing: see store.DB.Migrate.
func NewApp(ctx context.Context, c Config) (*App, error) {
	app, err := openRecords(ctx, c.Place, c.Now)
	if err != nil {
		return nil, err
	}
	if err := app.drivers(ctx, c); err != nil {
		return nil, errors.Join(err, app.Close())
	}
	return app, nil
}

func (a *App) drivers(ctx context.Context, c Config) error {
	made := newIDs(c.Now)
	gateway, err := a.gateway(c, made) //nolint:contextcheck // books are opened at the start, when nobody waits who could leave
	if err != nil {
		return err
	}
	album, err := a.album(ctx, c, made)
	if err != nil {
		return err
	}
	carrier, err := labelbox.Open(c.Place.beside("labels"))
	if err != nil {
		return err
	}
	a.Jobs, err = jobs.New(a.DB, jobs.Config{Now: c.Wall, Log: c.Log, Workers: c.Workers})
	if err != nil {
		return fmt.Errorf("the queue cannot be opened: %w", err)
	}
	a.Terms.Wall, a.Terms.Jobs = c.Wall, a.Jobs
	a.Terms.Work(a.Jobs)
	a.Returns = &returns.Service{
		DB: a.DB, Terms: a.Terms.Book, Payments: gateway, Labels: label.New(carrier), Photos: album, Jobs: a.Jobs,
		Depot: c.Depot, NewID: a.Orders.NewID, InspectWithin: c.InspectWithin, OverrideLimit: c.OverrideLimit, Tell: warner(c.Log),
		KeepPhotos: c.Photos.keep,
	}
	a.Returns.Work(a.Jobs) //nolint:contextcheck // regular jobs are added later, when nobody waits who could leave
	a.Customers = &customers.Service{DB: a.DB, Photos: album, ErasePhotos: a.Returns.ErasePhotos, Jobs: a.Jobs, NewID: a.Orders.NewID}
	a.Customers.Work(a.Jobs)
	a.Guests = &guests.Service{DB: a.DB, Jobs: a.Jobs, NewID: a.Orders.NewID}
	a.Guests.Work(a.Jobs)
	a.Orders.Arrived = a.Returns.Arrived // a delivery starts the clock of returns that wait for it, in one transaction
	return nil
}

// warner writes warnings into the log, where whoever watches the process finds them.
func warner(log *slog.Logger) func(context.Context, returns.Warning) {
	return func(ctx context.Context, w returns.Warning) {
		log.LogAttrs(ctx, slog.LevelWarn, "alarm", slog.String("kind", string(w.Kind)),
			slog.String("return", w.ReturnID), slog.String("notice", w.NoticeID), slog.Time("since", w.Since))
	}
}

// gateway chooses the payment provider.
func (a *App) gateway(c Config, made *ids) (*payment.Gateway, error) {
	if c.Stripe.Key != "" {
		driver, err := stripe.New(c.Stripe)
		if err != nil {
			return nil, err
		}
		a.closers = append(a.closers, driver.Close)
		return payment.New(driver), nil
	}
	books, err := paybox.Open(c.Place.beside("payments.db"), c.Now, func() string { return made.New("sbx") })
	if err != nil {
		return nil, fmt.Errorf("the sandbox's payment books cannot be opened: %w", err)
	}
	a.closers = append(a.closers, books.Close)
	return payment.New(books), nil
}

// Close closes in the reverse of the order in which things were opened.
func (a *App) Close() error {
	var failed []error
	for _, closes := range slices.Backward(a.closers) {
		failed = append(failed, closes())
	}
	return errors.Join(failed...)
}
