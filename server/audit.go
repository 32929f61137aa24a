package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/vysero/returns/internal/returns"
	"github.com/vysero/returns/internal/terms"
)

// auditCmd is server audit.
type auditCmd struct {
	Place  place `embed:""`
	Books  bool  `help:"Look at our own books alone; ask the payment provider nothing."`
	Every  bool  `help:"Ask about every payment that was captured, also those that nothing is known to go back to: after a database lost something."`
	Repair bool  `help:"Take over what the payment provider tells and we do not know yet, as its webhook would have."`
}

// Help is shown by server audit --help.
func (auditCmd) Help() string {
	return `Holds the books of refunds against each other and against the payment provider's: the journal balances, every refund at
the provider is exactly one transfer of ours in the same state, no payment gives back more than was captured. The log of events
was not altered, since each event bears the digest of the one before it, and neither was what was decided: each event is sealed
with what the rows of its return say, and each edition of the terms with what was published. Each difference is a line; the
exit status is 1 where there is one, or where a job was put aside. While servers work it may name what is about to agree: ask
again.

The provider is Stripe where STRIPE_API_KEY is set, else the sandbox. It is asked about the payments that something goes back to,
and those that its notices name; with --every about all.

Examples:
  server audit
  server audit --every
  server audit --repair`
}

// Run audits and tells.
func (c auditCmd) Run(ctx context.Context, p program) (err error) {
	app, err := c.open(ctx, p)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, app.Close()) }()
	done, err := app.Returns.Audit(ctx, returns.AuditInput{Provider: !c.Books, Every: c.Every, Repair: c.Repair, Found: func(d returns.Difference) {
		_, _ = fmt.Fprintln(p.out, d)
	}})
	if err != nil {
		return err
	}
	if done.Foreign > 0 {
		_, _ = fmt.Fprintf(p.out, "%d notices of the provider's are about refunds of payments that are not in this shop\n", done.Foreign)
	}
	published, err := app.Terms.Audit(ctx, func(d terms.Difference) { _, _ = fmt.Fprintln(p.out, d) })
	if err != nil {
		return err
	}
	dead, err := app.Jobs.Dead(ctx)
	if err != nil {
		return err
	}
	for _, job := range dead {
		if _, err := fmt.Fprintf(p.out, "job %d: %s %s was put aside after %d attempts\n", job.ID, job.Kind, job.Args, job.Attempts); err != nil {
			return err
		}
	}
	if err := tellUnsealed(p.out, done, published); err != nil {
		return err
	}
	differences := done.Differences + published.Differences
	_, err = fmt.Fprintf(p.out, "%d payments, %d refunds, %d transfers, %d events: %d differences, %d jobs put aside\n",
		done.Payments, done.Refunds, done.Transfers, done.Events, differences, len(dead))
	if err == nil && differences+len(dead) > 0 {
		err = errTold
	}
	return err
}

// tellUnsealed says of how much nothing tells what it must be.
func tellUnsealed(out io.Writer, done returns.Audited, published terms.Audited) error {
	for _, old := range []struct {
		n   int
		say string
	}{
		{done.Unsealed, "%d returns were last changed before their content was sealed: nothing says what they must be\n"},
		{published.Unsealed, "%d editions of the terms were published before there were seals: nothing says what they must be\n"},
	} {
		if old.n == 0 {
			continue
		}
		if _, err := fmt.Fprintf(out, old.say, old.n); err != nil {
			return err
		}
	}
	return nil
}

func (c auditCmd) open(ctx context.Context, p program) (*App, error) {
	return openShop(ctx, p, c.Place, photoFlags{})
}

// openShop puts the app together for a command that looks after the shop, on a database at this program's version. Whoever
// opens or deletes photos says where they are.
func openShop(ctx context.Context, p program, at place, photos photoFlags) (*App, error) {
	album, err := photos.config(p, "")
	if err != nil {
		return nil, err
	}
	app, err := NewApp(ctx, Config{
		Place: at, Depot: demoDepot, Now: p.now, Wall: p.now, Photos: album,
		Log: slog.New(slog.NewTextHandler(p.err, nil)), Stripe: stripeSettings(p, false),
	})
	if err != nil {
		return nil, err
	}
	if err := app.current(ctx); err != nil {
		return nil, errors.Join(err, app.Close())
	}
	return app, nil
}

// jobsCmd is server jobs.
type jobsCmd struct {
	List  jobsListCmd  `cmd:"" default:"withargs" help:"List the jobs that were put aside because they failed too often."`
	Retry jobsRetryCmd `cmd:"" help:"Take a job up again."`
}

type jobsListCmd struct {
	Place place `embed:""`
}

// Run lists them, the latest first.
func (c jobsListCmd) Run(ctx context.Context, p program) (err error) {
	app, err := auditCmd{Place: c.Place}.open(ctx, p)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, app.Close()) }()
	dead, err := app.Jobs.Dead(ctx)
	if err != nil {
		return err
	}
	for _, job := range dead {
		_, err := fmt.Fprintf(p.out, "%d\t%s\t%s\t%s\t%d attempts\t%s\n",
			job.ID, job.At.Format("2006-01-02 15:04:05Z"), job.Kind, job.Args, job.Attempts, job.Cause)
		if err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(p.out, "%d jobs were put aside\n", len(dead))
	return err
}

type jobsRetryCmd struct {
	Place place `embed:""`
	ID    int64 `arg:"" help:"The number that server jobs gives."`
}

// Run takes one up again.
func (c jobsRetryCmd) Run(ctx context.Context, p program) (err error) {
	app, err := auditCmd{Place: c.Place}.open(ctx, p)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, app.Close()) }()
	if err := app.Jobs.Retry(ctx, c.ID); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.out, "job %d is taken up again\n", c.ID)
	return err
}
