//go:build unix

package pgtest

import "syscall"

// attributes puts a process into a group of its own, which no interrupt at the terminal reaches, under the account.
func attributes(as *account) *syscall.SysProcAttr {
	how := &syscall.SysProcAttr{Setpgid: true}
	if as != nil {
		how.Credential = &syscall.Credential{Uid: uint32(as.uid), Gid: uint32(as.gid)}
	}
	return how
}
