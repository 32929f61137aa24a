package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"
	"unicode/utf8"

	"github.com/vysero/returns/internal/explain"
	"github.com/vysero/returns/internal/payment/stripe"
	"github.com/vysero/returns/internal/policy"
)

// serveCmd is server serve.
type serveCmd struct {
	Place     place         `embed:""`
	Addr      string        `env:"ADDR" default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Where to listen; port 0 is any. (${env}, default ${default})"`
	Auth      string        `env:"AUTH_FILE" placeholder:"FILE" help:"Whose tokens are taken: the file of OpenID Connect issuers. (${env})"`
	Dev       bool          `help:"Development mode: tokens of server token are taken, on this machine only."`
	Demo      bool          `help:"Development mode with a demo shop where the database is empty."`
	Now       *time.Time    `placeholder:"INSTANT" help:"With --demo: the clock starts at this instant (RFC 3339), so that a deadline can be seen passing."`
	Terms     string        `env:"TERMS_FILE" placeholder:"FILE" help:"The terms of returns; those that are shipped where it is left out. (${env})"`
	Messages  string        `env:"MESSAGES_DIR" placeholder:"DIR" help:"Files of messages in further languages for customers, such as fr.yaml. (${env})"`
	Depot     []string      `env:"DEPOT" sep:";" placeholder:"NAME;STREET;CITY" help:"Where returned goods go: the receiver on a label, 2 to 7 lines. (${env})"`
	Address   string        `name:"public-url" env:"PUBLIC_URL" help:"This server to the world, such as https://returns.example.com. (${env})"`
	Bounds    boundFlags    `embed:""`
	LogFormat string        `env:"LOG_FORMAT" enum:"text,json" default:"text" help:"The log on standard error: ${enum}. (${env}, default ${default})"`
	Inspect   time.Duration `env:"INSPECT_WITHIN" default:"72h" help:"How long goods may wait for it before the log tells. (${env}, default ${default})"`
	Override  *int64        `env:"OVERRIDE_LIMIT" placeholder:"AMOUNT" help:"Overrides of a return of more, in whole units, need a second person. (${env})"`
	Guests    guestFlags    `embed:""`
	Photos    photoFlags    `embed:"" prefix:"photo-"`
	Workers   int           `env:"WORKERS" default:"4" help:"How many jobs run at once in this process. (${env}, default ${default})"`
	Grace     time.Duration `env:"GRACE" default:"20s" help:"How long requests may take to end once the server is told to stop. (${env}, default ${default})"`
}

// Help is shown by server serve --help.
func (serveCmd) Help() string {
	return `The API is at /graphql, with --demo the playground at /, the terms for everybody at /policy and /policy.jsonld, and /healthz and /readyz
tell how the server is.

Bearer tokens come from the OpenID Connect issuers of AUTH_FILE, which has to name one at least (internal/docs/identity.md).
In development mode, --dev or --demo, those of server token are taken too, and the server listens on this machine only.

Outside of --demo the database must be at this program's version (server migrate). Refunds go to Stripe where STRIPE_API_KEY
is set, else to a sandbox that moves no money, and the log says so. Stripe's webhooks come to /webhooks/stripe where
STRIPE_WEBHOOK_SECRET is set. What is secret may be a file instead, named by STRIPE_API_KEY_FILE and so on. Any number of
servers may work on one PostgreSQL database. SIGTERM and SIGINT let requests end, a second one does not.
Requests are counted by address: behind a proxy, TRUSTED_PROXIES must name it (internal/docs/limits.md).

People without an account are mailed links to single orders where LINK_SECRET, LINK_URL, SMTP_URL and
MAIL_FROM are set: smtp://user:password@host for STARTTLS, smtps:// for TLS from the start, with SMTP_CA_FILE for authorities of
one's own. LINK_SECRET is one secret, of at least 32 bytes, or two with a comma, the new one first. In the demo mails are files.

Photos are in the data folder, or in a bucket (--photo-store), with the keys of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY;
PHOTO_SECRET signs their addresses.

Examples:
  server serve --demo
  server serve --demo --now 2026-03-31T23:50:00-07:00
  DATABASE_URL=sqlite:/srv/returns/returns.db server serve --dev
  DATABASE_URL=sqlite:/srv/returns/returns.db server serve --addr 0.0.0.0:8080 --auth issuers.yaml --terms terms.yaml`
}

// demoDepot is printed on the labels of the demo, and where no depot is named.
var demoDepot = []string{"Vysero Returns", "1 Depot Way", "Portland, OR 97201", "USA"}

// Run serves until ctx is done.
func (c serveCmd) Run(ctx context.Context, p program) (err error) {
	if err := c.sound(); err != nil {
		return err
	}
	log := c.logger(p)
	words, err := readMessages(c.Messages)
	if err != nil {
		return err
	}
	limits, err := c.Bounds.read()
	if err != nil {
		return err
	}
	sign, err := c.signIn(p, log)
	if err != nil {
		return err
	}
	links, err := c.links(p)
	if err != nil {
		return err
	}
	app, err := c.open(ctx, p, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, app.Close()) }()
	s := &site{
		app: app, words: words, signIn: sign, log: log, demo: c.Demo, hookSecrets: c.hookSecrets(p, log), address: c.Address, now: p.now,
		links: links, bounds: limits,
	}
	if app.Guests.Offer, err = c.offer(p, s); err != nil {
		return err
	}
	handler, err := s.handler()
	if err != nil {
		return err
	}
	if c.Demo {
		if err := seed(ctx, app, log); err != nil {
			return fmt.Errorf("the demo shop cannot be recorded: %w", err)
		}
	}
	return c.serve(ctx, s, handler)
}

// sound refuses flags that do not go together.
func (c serveCmd) sound() error {
	if c.Now != nil && !c.Demo {
		return errors.New("--now goes with --demo only: outside of it the clock is the clock")
	}
	if err := soundDepot(c.Depot); err != nil {
		return err
	}
	if err := soundAddress(c.Address); err != nil {
		return err
	}
	if err := c.Guests.sound(); err != nil {
		return err
	}
	if !c.development() {
		if c.Auth == "" {
			return errors.New("whose tokens are taken? Name the file of issuers with --auth or AUTH_FILE; for development there are --dev and --demo")
		}
		return nil
	}
	host, _, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return fmt.Errorf("--addr must be HOST:PORT: %w", err)
	}
	if !loopback(host) {
		return fmt.Errorf("--dev and --demo take tokens of whoever is on this machine, so they listen on it only: %q is not a loopback address", c.Addr)
	}
	return nil
}

// soundDepot refuses an address that no label can carry; none at all is not one.
func soundDepot(lines []string) error {
	if n := len(lines); n == 1 || n > 7 {
		return errors.New("--depot needs from 2 to 7 lines, with a semicolon between them")
	}
	for i, line := range lines {
		if n := utf8.RuneCountInString(line); n < 1 || n > 60 {
			return fmt.Errorf("--depot: line %d needs from 1 to 60 characters, not %d", i+1, n)
		}
	}
	return nil
}

// soundAddress refuses what no path can be put behind.
func soundAddress(address string) error {
	at, err := url.Parse(address)
	if err != nil || address != "" && ((at.Scheme != "https" && at.Scheme != "http") || at.Host == "" || address != at.Scheme+"://"+at.Host) {
		return errors.New("--public-url needs a scheme and a host and nothing behind them, such as https://returns.example.com")
	}
	return nil
}

func (c serveCmd) logger(p program) *slog.Logger {
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(p.err, nil))
	}
	return slog.New(slog.NewTextHandler(p.err, nil))
}

// open puts the app together on a database at this program's version.
func (c serveCmd) open(ctx context.Context, p program, log *slog.Logger) (*App, error) {
	terms, err := readTerms(c.Terms)
	if err != nil {
		return nil, err
	}
	clock := p.now
	if c.Now != nil {
		clock = startingAt(*c.Now, p.now)
	}
	depot := c.Depot
	if len(depot) == 0 {
		depot = demoDepot
	}
	photos, err := c.Photos.config(p, c.Address)
	if err != nil {
		return nil, err
	}
	app, err := NewApp(ctx, Config{
		Place: c.Place, Depot: depot, Now: clock, Wall: p.now, Log: log, Stripe: stripeSettings(p, c.Demo), Photos: photos,
		Workers: c.Workers, InspectWithin: c.Inspect, OverrideLimit: c.Override,
	})
	if err != nil {
		return nil, err
	}
	if err := c.ready(ctx, app); err != nil {
		return nil, errors.Join(err, app.Close())
	}
	if err := tellTerms(ctx, app, terms, log); err != nil {
		return nil, errors.Join(err, app.Close())
	}
	if !c.Demo {
		log.Warn("labels come from a sandbox: no carrier knows them")
	}
	if !c.Demo && stripeSettings(p, c.Demo).Key == "" {
		log.Warn("STRIPE_API_KEY is not set: payments go to a sandbox, and no money moves")
	}
	if !c.Demo && len(c.Depot) == 0 {
		log.Warn("no depot is named: labels carry a made-up address")
	}
	if !c.Demo && c.Override == nil {
		log.Warn("OVERRIDE_LIMIT is not set: one person alone may put any outcome in the terms' place, whatever it costs")
	}
	return app, nil
}

// readMessages reads what customers are told, in the languages of the program and of the folder.
func readMessages(folder string) (*explain.Explainer, error) {
	var further []fs.FS
	if folder != "" {
		further = append(further, os.DirFS(folder))
	}
	words, err := explain.New(further...)
	if err != nil {
		return nil, fmt.Errorf("the messages of %s are wrong:\n%w", folder, err)
	}
	return words, nil
}

// tellTerms publishes the terms of the file where there are none yet, and tells which are in force.
func tellTerms(ctx context.Context, app *App, file *policy.Terms, log *slog.Logger) error {
	used, err := app.Terms.Found(ctx, file)
	if err != nil {
		return fmt.Errorf("the terms cannot be read: %w", err)
	}
	book, err := app.Terms.Book(ctx)
	if err != nil {
		return fmt.Errorf("the terms cannot be read: %w", err)
	}
	in := book.At(app.DB.Now())
	log.Info("terms in force", "version", in.Terms.Version, "digest", in.Terms.Digest(), "from", in.From, "editions", len(book.Editions()))
	if !used {
		log.Warn("the file of terms is not in force: what was published is. Publish it with termsDraft", "version", file.Version)
	}
	open, err := app.Terms.Placeholders(ctx)
	if err != nil {
		return fmt.Errorf("the terms cannot be read: %w", err)
	}
	for _, p := range open {
		say := "a setting of the terms is unset, customers see it, and nobody has acknowledged it"
		if p.Acknowledged {
			say = "a setting of the terms is unset, and customers see it, as was acknowledged"
		}
		log.Warn(say, "setting", p.Key)
	}
	return nil
}

// stripeSettings is how Stripe is reached, by the environment alone: a key has no place on a command line. The demo moves
// no money.
func stripeSettings(p program, demo bool) stripe.Config {
	key, found := p.env("STRIPE_API_KEY")
	if demo || !found {
		return stripe.Config{}
	}
	base, _ := p.env("STRIPE_API_BASE")
	return stripe.Config{Key: key, BaseURL: base}
}

// hookSecrets are what Stripe signs its webhooks with: one, or two while they are changed.
func (c serveCmd) hookSecrets(p program, log *slog.Logger) []string {
	list, _ := p.env("STRIPE_WEBHOOK_SECRET")
	secrets := stripe.Secrets(list)
	if len(secrets) == 0 && stripeSettings(p, c.Demo).Key != "" {
		log.Warn("STRIPE_WEBHOOK_SECRET is not set: webhooks are not taken, and a refund that fails later is found by server audit alone")
	}
	return secrets
}

// ready takes the steps that are pending in development, and refuses to go on with pending ones elsewhere.
func (c serveCmd) ready(ctx context.Context, app *App) error {
	if !c.Demo {
		return app.current(ctx)
	}
	_, err := app.DB.Migrate(ctx)
	return err
}

// serve listens, and ends in order: no new requests, those under way, unfinished work.
func (c serveCmd) serve(ctx context.Context, s *site, handler http.Handler) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Addr)
	if err != nil {
		return fmt.Errorf("the address cannot be listened on: %w", err)
	}
	server := &http.Server{
		Handler: handler, ErrorLog: netLog(s.log),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: time.Minute, IdleTimeout: time.Minute,
		MaxHeaderBytes: s.bounds.limits.Headers,
	}
	if err := s.begin(ctx); err != nil {
		return errors.Join(err, listener.Close())
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	s.log.Info("listening", "addr", listener.Addr().String(), "url", "http://"+listener.Addr().String()+"/")
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	return c.stop(context.WithoutCancel(ctx), s, server)
}

// begin starts the queue, with what the process before this one has left undone.
func (s *site) begin(ctx context.Context) error {
	if err := s.app.Returns.Reconcile(ctx, true); err != nil {
		return fmt.Errorf("unfinished work cannot be looked for: %w", err)
	}
	return s.app.Jobs.Start(ctx)
}

// stop takes no more requests and lets those under way end, and then the jobs, as long as they may.
func (c serveCmd) stop(ctx context.Context, s *site, server *http.Server) error {
	s.draining.Store(true)
	s.log.Info("stopping")
	ctx, cancel := context.WithTimeout(ctx, c.Grace)
	defer cancel()
	var failed []error
	if err := server.Shutdown(ctx); err != nil {
		s.log.Warn("requests were cut off", "after", c.Grace.String())
		failed = append(failed, errors.New("requests were cut off"), server.Close())
	}
	if err := s.app.Jobs.Stop(ctx); err != nil {
		s.log.Warn("jobs were cut off; they are done again later")
	}
	s.log.Info("stopped")
	return errors.Join(failed...)
}
