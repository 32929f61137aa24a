// Command server runs Vysero Returns: the GraphQL backend for a shop's returns and refunds, with the commands around it.
// It is the one place that reads the clock, makes ids and names drivers.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	p := program{in: os.Stdin, out: os.Stdout, err: os.Stderr, env: os.LookupEnv, now: time.Now}
	os.Exit(p.run(ctx, os.Args[1:]))
}

// program is the process as tests start it too: its streams, its environment and its clock.
type program struct {
	in       io.Reader
	out, err io.Writer
	env      func(name string) (string, bool) // secrets come from here and from no flag, which others could read
	now      func() time.Time
}

// commands is the command line.
type commands struct {
	Serve    serveCmd    `cmd:"" help:"Serve the API. With --demo: development mode, with a demo shop."`
	Migrate  migrateCmd  `cmd:"" help:"Bring the database up to this program's version."`
	Audit    auditCmd    `cmd:"" help:"Hold the books of refunds against each other and against the payment provider's."`
	Jobs     jobsCmd     `cmd:"" help:"Look at jobs that were put aside, and take them up again."`
	Import   importCmd   `cmd:"" help:"Record orders from a file of JSON Lines."`
	Token    tokenCmd    `cmd:"" help:"Print a bearer token for development."`
	Customer customerCmd `cmd:"" help:"Export or erase what is on record about one person."`
	Terms    struct {
		Check    termsCheckCmd    `cmd:"" help:"Check a file of terms."`
		Explain  termsExplainCmd  `cmd:"" help:"Tell terms by setting and clause."`
		Diff     termsDiffCmd     `cmd:"" help:"Tell in words how terms differ."`
		Simulate termsSimulateCmd `cmd:"" help:"Tell what returns and orders would have been answered by a draft."`
		Replay   termsReplayCmd   `cmd:"" help:"Make every verdict on record again; fail where one comes out otherwise."`
	} `cmd:"" help:"Look at the terms of returns."`
	Schema schemaCmds `cmd:"" help:"Print the GraphQL schema, or hold operations against it."`
}

// The exit statuses.
const (
	exitFine   = 0
	exitFailed = 1
	exitUsage  = 2
)

// errTold is a failure of which everything has been said.
var errTold = errors.New("told")

const about = `Vysero Returns: returns and refunds of a headless shop, by the merchant's own terms.

Examples:
  server serve --demo                              a demo shop on http://127.0.0.1:8080
  server token --role CUSTOMER --customer ada@example.com
  server import orders.jsonl
  server terms check terms.yaml`

// run runs one command line until it is done or ctx is, and gives the exit status: 0 where it did what was asked, 1 where
// it could not, 2 where the command line is wrong.
func (p program) run(ctx context.Context, args []string) int {
	p, err := p.withFiles()
	if err != nil {
		return p.fail(exitFailed, err)
	}
	left := -1 // set by --help, which ends the program inside of the parser
	var cli commands
	parser, err := kong.New(&cli, kong.Name("server"), kong.Description(about), kong.Writers(p.out, p.err),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}), kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(p),
		kong.Resolvers(p.resolver()),
		kong.Exit(func(status int) { left = max(left, status) }))
	if err != nil {
		return p.fail(exitFailed, err)
	}
	line, err := parser.Parse(args)
	switch {
	case left >= 0:
		return left
	case err != nil:
		return p.fail(exitUsage, fmt.Errorf("%w\nTry: server --help", err))
	}
	if err := refuseSecrets(line); err != nil {
		return p.fail(exitUsage, err)
	}
	if err := line.Run(); err != nil {
		return p.fail(exitFailed, err)
	}
	return exitFine
}

func (p program) fail(status int, err error) int {
	if !errors.Is(err, errTold) {
		_, _ = fmt.Fprintf(p.err, "server: %v\n", err) // there is nowhere else to say it
	}
	return status
}
