//go:build crash

package crash

import (
	"os"
	"syscall"
)

// At ends the process, without a word, where CRASH_AT names the point.
func At(point string) {
	if os.Getenv("CRASH_AT") == point {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL) // nothing that a program could do about it
	}
}
