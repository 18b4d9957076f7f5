//go:build !amd64 || noasm

package kernel

// Without assembly no tier but TierGo is ever resolved to.

func runAVX512(uint8, *runArgs) {}
func runAVX2(uint8, *runArgs)   {}
