//go:build !noasm

package kernel

// fetchLines brings contiguous lines into the caches.
func fetchLines(at uintptr, lines int) { loadLines(at, lines) }
