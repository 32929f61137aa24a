package pgtest

import "syscall"

// inMemory is where the shared server lives, of which nobody asks what a crash leaves: a folder of Linux whose files are in
// memory, as long as it has room for those of several processes. Databases are made there in half of the time.
func inMemory() string {
	const (
		folder   = "/dev/shm"
		room     = 1 << 30
		writable = 2
	)
	var held syscall.Statfs_t
	if syscall.Statfs(folder, &held) != nil || held.Bavail*uint64(held.Bsize) < room || syscall.Access(folder, writable) != nil {
		return onDisk
	}
	return folder
}
