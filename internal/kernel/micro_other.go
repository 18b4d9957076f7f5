//go:build !amd64 || noasm

package kernel

// microsOf knows no kernels besides the portable ones in this build.
func microsOf(Tier, int) *microSet { return nil }
