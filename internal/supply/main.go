// Command supply tells what the built server is made of, and fails where that is not as it should be: known
// vulnerabilities, licences that nobody allowed, a bill of materials that is not the binary's. It is run by make.
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"
)

// commands is the command line.
type commands struct {
	Vulnerabilities vulnerabilitiesCmd `cmd:"" help:"Hold the binary against the database of vulnerabilities."`
	Licences        licencesCmd        `cmd:"" help:"List the licence of everything that is in the binary."`
	Bom             bomCmd             `cmd:"" help:"Complete and check the bill of materials."`
}

func main() {
	p := program{out: os.Stdout, env: os.LookupEnv}
	line := kong.Parse(new(commands), kong.Name("supply"), kong.BindTo(context.Background(), (*context.Context)(nil)), kong.Bind(p))
	line.FatalIfErrorf(line.Run())
}

// program is the process as tests start it too.
type program struct {
	out io.Writer
	env func(name string) (string, bool)
}

// sayf writes one line for whoever reads the log.
func (p program) sayf(format string, args ...any) {
	_, _ = fmt.Fprintf(p.out, format+"\n", args...) // there is nowhere else to say it
}
