package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	logLines = 40                    // of a server's log that an error carries
	pause    = 20 * time.Millisecond // between two looks at something that is awaited
)

// sweep waits until nobody holds its standard input any more, which is so when the test process has ended in whatever
// way. Then it stops the server, if there is one, and removes the folder.
const sweep = `cat >/dev/null; "$1" stop --silent --pgdata="$2" --mode=immediate --wait >/dev/null 2>&1; exec rm -rf "$3"`

// home is the folder of a server, with the programs and the user that work on it.
type home struct {
	root     string // holds the data and the log
	programs string
	as       *account // nil for our own user

	release io.Closer // what the sweeper waits for
	sweeper *exec.Cmd
	said    bytes.Buffer // by the sweeper
	end     func() error // stops the server and removes the folder, once
}

// onDisk is the folder for temporary files, where servers live whose disk matters.
const onDisk = ""

// settle makes the folder in another one and starts its sweeper.
func settle(ctx context.Context, programs, in string) (*home, error) {
	root, err := os.MkdirTemp(in, "pgtest-")
	if err != nil {
		return nil, fmt.Errorf("make the server's folder: %w", err)
	}
	h := &home{root: root, programs: programs}
	h.end = sync.OnceValue(h.clear)
	if err := errors.Join(ctx.Err(), h.moveIn()); err != nil {
		return nil, errors.Join(err, os.RemoveAll(root))
	}
	return h, nil
}

func (h *home) moveIn() error {
	if os.Geteuid() == 0 { // PostgreSQL refuses to run as root
		var err error
		if h.as, err = other(); err != nil {
			return err
		}
		if err := errors.Join(enterable(h.root), os.Chown(h.root, h.as.uid, h.as.gid)); err != nil {
			return err
		}
	}
	// The sweeper outlives every context: it is ended through its standard input.
	h.sweeper = h.command(context.Background(), "sh", "-c", sweep, "sh", h.program("pg_ctl"), h.data(), h.root)
	h.sweeper.Stderr = &h.said
	var err error
	if h.release, err = h.sweeper.StdinPipe(); err != nil {
		return fmt.Errorf("start the server's sweeper: %w", err)
	}
	if err := h.sweeper.Start(); err != nil {
		return fmt.Errorf("start the server's sweeper: %w", err)
	}
	return nil
}

// clear lets the sweeper do its work and waits for it.
func (h *home) clear() error {
	if err := errors.Join(h.release.Close(), h.sweeper.Wait()); err != nil {
		return fmt.Errorf("stop the server and remove %s: %w: %s", h.root, err, h.said.String())
	}
	return nil
}

func (h *home) data() string { return filepath.Join(h.root, "data") }
func (h *home) log() string  { return filepath.Join(h.root, "server.log") }

func (h *home) program(name string) string { return filepath.Join(h.programs, name) }

// tail is the end of the server's log, for an error.
func (h *home) tail() string {
	text, err := os.ReadFile(h.log())
	if err != nil {
		return "no server's log: " + err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-logLines):], "\n")
}

// run runs one of PostgreSQL's programs to its end. What it printed is in the error.
func (h *home) run(ctx context.Context, program string, args ...string) error {
	command := h.command(ctx, h.program(program), args...)
	if said, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", program, errors.Join(err, ctx.Err()), bytes.TrimSpace(said))
	}
	return nil
}

// command prepares one for the folder and the user. It has nothing of the environment that would lead PostgreSQL to
// another server, language or zone, and it is deaf to an interrupt at the terminal, which is for the test process.
func (h *home) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, program, args...)
	command.Dir = h.root // the programs want to know where they are, and our own folder may be closed to them
	command.Env = slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, "PG") || strings.HasPrefix(variable, "LC_") || strings.HasPrefix(variable, "LANG")
	})
	command.Env = append(command.Env, "LC_ALL=C", "TZ=UTC")
	command.SysProcAttr = attributes(h.as)
	command.WaitDelay = patience
	return command
}

// account is the user that servers run as where we are root.
type account struct{ uid, gid int }

// other is a user that is not root: PostgreSQL's own, or the one that owns nothing.
func other() (*account, error) {
	found, err := user.Lookup("postgres")
	if err != nil {
		found, err = user.Lookup("nobody")
	}
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL does not run as root, and there is no other user: %w", err)
	}
	uid, errUID := strconv.Atoi(found.Uid)
	gid, errGID := strconv.Atoi(found.Gid)
	if err := errors.Join(errUID, errGID); err != nil {
		return nil, fmt.Errorf("the numbers of the user %s: %w", found.Username, err)
	}
	return &account{uid: uid, gid: gid}, nil
}

// await asks again until there is no error. It ends with the context, and then says what was still wrong.
func await(ctx context.Context, ready func(context.Context) error) error {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		err := ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-tick.C:
		}
	}
}
