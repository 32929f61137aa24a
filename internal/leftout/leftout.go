// Package leftout says aloud what a test cannot try on this machine, so that nobody takes it for tried: go test shows a log
// to nobody who did not ask for it.
package leftout

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// List is the variable that names a file: what is left out is added to it, a line for each. `make test` prints it at its end.
const List = "LEFT_OUT"

// Say says that what is not tried, and why. Where the variable that require names is set, that is a failure, which ends the
// test.
func Say(t testing.TB, require, what string, why error) {
	t.Helper()
	if require != "" && os.Getenv(require) != "" {
		t.Fatalf("%s asks for what cannot be had: %s: %v", require, what, why)
	}
	t.Logf("NOT TESTED: %s: %v", what, why)
	path := os.Getenv(List) // whoever reads it here is not served from Go's cache under another list
	if path == "" {
		return
	}
	first, _, _ := strings.Cut(fmt.Sprintf("NOT TESTED: %s: %v", what, why), "\n")
	if err := add(path, first); err != nil {
		t.Errorf("what is left out is not on the list: %v", err)
	}
}

func add(path, line string) error {
	list, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600) //nolint:gosec // whoever runs the tests names it
	if err != nil {
		return err
	}
	if _, err := list.WriteString(line + "\n"); err != nil {
		return err
	}
	return list.Close()
}
