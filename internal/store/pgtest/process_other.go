//go:build !unix

package pgtest

import "syscall"

// attributes are those that the system gives: there is no shell here to sweep, and so no server.
func attributes(*account) *syscall.SysProcAttr { return nil }
