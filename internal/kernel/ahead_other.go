//go:build !amd64 || noasm

package kernel

// fetchLines does nothing in this build.
func fetchLines(uintptr, int) {}

// hintLines does nothing in this build.
func hintLines(uintptr, int) {}
