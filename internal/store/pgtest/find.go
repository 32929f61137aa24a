package pgtest

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// needed are the programs that this package runs. The server itself is started by pg_ctl.
var needed = []string{"initdb", "pg_ctl", "postgres", "pg_basebackup"}

// packaged is where Debian keeps its versions, none of which it puts on the PATH.
const packaged = "/usr/lib/postgresql/*/bin"

// Find gives the folder that holds initdb, pg_ctl, postgres and pg_basebackup: that of the programs on the PATH, behind
// all links, else the newest of Debian's versions. The error names what was looked for and where.
func Find() (string, error) {
	var folders []string
	for _, program := range needed {
		onPath, err := exec.LookPath(program)
		if err != nil {
			continue
		}
		// A wrapper in front of several versions and a link alone do: the programs look for each other beside themselves.
		if program, err := filepath.EvalSymlinks(onPath); err == nil {
			folders = append(folders, filepath.Dir(program))
		}
	}
	versions, err := filepath.Glob(packaged)
	if err != nil {
		return "", fmt.Errorf("look for PostgreSQL in %s: %w", packaged, err)
	}
	for _, folder := range append(folders, newestFirst(versions)...) {
		if complete(folder) {
			return folder, nil
		}
	}
	return "", fmt.Errorf("%s are neither on the PATH nor in %s", strings.Join(needed, ", "), packaged)
}

// complete tells whether the folder holds every program.
func complete(folder string) bool {
	return !slices.ContainsFunc(needed, func(program string) bool {
		_, err := exec.LookPath(filepath.Join(folder, program))
		return err != nil
	})
}

// newestFirst sorts folders of the form …/VERSION/bin by version. What is no version comes last.
func newestFirst(folders []string) []string {
	version := func(folder string) float64 {
		number, err := strconv.ParseFloat(filepath.Base(filepath.Dir(folder)), 64)
		if err != nil {
			return -1
		}
		return number
	}
	return slices.SortedStableFunc(slices.Values(folders), func(a, b string) int {
		return cmp.Compare(version(b), version(a))
	})
}

// enterable fails where some folder on the way to this one keeps others out, so that a server that runs as another user
// cannot get there.
func enterable(folder string) error {
	for above := filepath.Dir(folder); ; above = filepath.Dir(above) {
		info, err := os.Stat(above)
		if err != nil {
			return fmt.Errorf("look at the way to the server's folder: %w", err)
		}
		if info.Mode().Perm()&0o001 == 0 {
			return fmt.Errorf("other users cannot enter %s (%s), and PostgreSQL does not run as root: set TMPDIR", above, info.Mode())
		}
		if above == filepath.Dir(above) {
			return nil
		}
	}
}
