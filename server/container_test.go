package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/vysero/returns/internal/leftout"
)

// requireChroot is the variable that turns a folder that cannot be made a root into a failure.
const requireChroot = "REQUIRE_CHROOT"

// recipe is what the container's file says of the container, in the stage that is shipped.
type recipe struct {
	from, user, volume string
	copies, env, run   []string // run is the command line: the entry point and what follows it by default
}

// readRecipe reads the instructions of the last stage.
func readRecipe(t *testing.T) recipe {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", ".container", "Containerfile"))
	require.NoError(t, err)
	var r recipe
	words := regexp.MustCompile(`"([^"]*)"`)
	for line := range strings.Lines(string(text)) {
		instruction, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch instruction {
		case "FROM":
			r = recipe{from: rest}
		case "USER":
			r.user = rest
		case "VOLUME":
			r.volume = rest
		case "COPY":
			r.copies = append(r.copies, rest)
		case "ENV":
			r.env = append(r.env, strings.Fields(rest)...)
		case "ENTRYPOINT", "CMD":
			for _, word := range words.FindAllStringSubmatch(rest, -1) {
				r.run = append(r.run, word[1])
			}
		}
	}
	return r
}

func TestTheContainerHoldsTheServerAloneAndRunsItAsNobodyOfNote(t *testing.T) {
	t.Parallel()
	r := readRecipe(t)
	require.Equal(t, "scratch", r.from, "no shell and no package manager to be misused")
	require.Regexp(t, `^[1-9]\d{3,}:[1-9]\d{3,}$`, r.user, "by number, so that a cluster can tell that it is not root")
	require.Equal(t, []string{"--from=build /rootfs /", "--from=build --chown=" + r.user + " --chmod=0700 /empty " + r.volume}, r.copies)
	require.Equal(t, []string{"/server", "serve"}, r.run)
	for _, setting := range r.env {
		assert.NotRegexp(t, `(?i)secret|key|token|password`, setting, "secrets are not baked in")
	}
}

// shipped builds the root folder of the container and gives its path; false where this machine cannot make a folder the
// root of a process, which is said aloud.
func shipped(t *testing.T) (string, bool) {
	t.Helper()
	if said, err := exec.Command("unshare", "--mount", "chroot", "/", "true").CombinedOutput(); err != nil {
		leftout.Say(t, requireChroot, "the server in the container's folder (root, unshare, chroot)", fmt.Errorf("%w: %s", err, said))
		return "", false
	}
	root := filepath.Join(t.TempDir(), "root")
	build := exec.Command("make", "-C", "..", "rootfs", "ROOT="+root, "BIN="+filepath.Join(t.TempDir(), "server"))
	said, err := build.CombinedOutput()
	require.NoError(t, err, string(said))
	return root, true
}

// contained is a command in the container's folder: its root is read-only, its user and its environment are the
// recipe's, nothing is left of the test's. volume is what is mounted where the recipe has its volume.
func contained(r recipe, root, volume string, args ...string) *exec.Cmd {
	script := `mount --bind "$1" "$1" && mount --bind "$2" "$1$3" && mount -o remount,bind,ro "$1" && cd / || exit 125
root=$1 user=$4; shift 4; exec chroot --userspec="$user" --groups= "$root" "$@"`
	run := exec.Command("unshare", append([]string{"--mount", "sh", "-c", script, "sh", root, volume, r.volume, r.user}, args...)...)
	run.Env = append([]string{"PATH=" + os.Getenv("PATH"), authName + "=" + r.volume + "/issuers.yaml"}, r.env...)
	run.Env = append(run.Env, "ADDR=127.0.0.1:0")
	return run
}

func TestTheServerRunsAsTheContainersUserOnAReadOnlyRoot(t *testing.T) {
	t.Parallel()
	root, can := shipped(t)
	if !can {
		return
	}
	r, volume := readRecipe(t), t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(root, r.volume), 0o700))
	require.NoError(t, os.Chmod(volume, 0o700))
	require.NoError(t, os.Chown(volume, 65532, 65532))
	issuers := "issuers:\n  - {issuer: 'https://login.shop.example', audiences: [returns], grants: [CUSTOMER]}\n"
	require.NoError(t, os.WriteFile(filepath.Join(volume, "issuers.yaml"), []byte(issuers), 0o644))

	said, err := contained(r, root, volume, "/server", "migrate").CombinedOutput()
	require.NoError(t, err, string(said))
	s := &server{log: newJournal(), cmd: contained(r, root, volume, r.run...)}
	s.cmd.Stderr = s.log
	require.NoError(t, s.cmd.Start())
	s.wait = sync.OnceValue(func() int { _ = s.cmd.Wait(); return s.cmd.ProcessState.ExitCode() })
	s.stop = sync.OnceValue(func() int { _ = s.cmd.Process.Signal(syscall.SIGTERM); return s.wait() })
	t.Cleanup(func() { s.stop() })
	s.base = "http://" + s.log.await(t, `"msg":"listening","addr":"([^"]+)"`)

	answer, _ := s.call(t, "GET /readyz", "", nil)
	require.Equal(t, http.StatusOK, answer.StatusCode, "its database is on the volume")
	s.ask(t, "", `{ __typename }`, nil).fine()
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(s.cmd.Process.Pid), "status"))
	require.NoError(t, err)
	for _, want := range []string{"Uid:\t65532\t65532\t65532\t65532", "Gid:\t65532\t65532\t65532\t65532", "CapEff:\t0000000000000000"} {
		assert.Contains(t, string(status), want)
	}
	require.Zero(t, s.stop(), s.log.String())

	found, err := filepath.Glob(filepath.Join(volume, "returns.db*"))
	require.NoError(t, err)
	require.NotEmpty(t, found)
	elsewhere, err := contained(r, root, volume, "/server", "migrate", "--database-url", "sqlite:/elsewhere/returns.db").CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(elsewhere), "read-only file system")
}
