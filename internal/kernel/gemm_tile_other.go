//go:build !amd64 || noasm

package kernel

// scatterOf knows no assembly in this build.
func scatterOf(Tier, int, int) (scatterFunc, fetchFunc) { return nil, nil }
