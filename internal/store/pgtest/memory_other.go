//go:build !linux

package pgtest

// inMemory is on the disk where no folder is known to be in memory.
func inMemory() string { return onDisk }
