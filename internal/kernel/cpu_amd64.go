//go:build !noasm

package kernel

import "golang.org/x/sys/cpu"

// bestTier is the fastest tier that the processor and the operating system
// support.
var bestTier = func() Tier {
	x := &cpu.X86
	switch {
	case !x.HasAVX2 || !x.HasFMA:
		return TierGo
	case !x.HasAVX512F || !x.HasAVX512BW || !x.HasAVX512DQ || !x.HasAVX512VL:
		return TierAVX2
	}
	return TierAVX512
}()
