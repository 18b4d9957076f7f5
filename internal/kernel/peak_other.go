//go:build !amd64 || noasm

package kernel

// peakAssembly knows no loops in this build.
func peakAssembly(Tier, int) peakLoop { return peakLoop{} }
