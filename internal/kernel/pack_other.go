//go:build !amd64 || noasm

package kernel

// kitOf knows no packers in this build.
func kitOf(Tier, packForm, int) *packKit { return nil }
