// Package arm64 is where kernels for 64-bit ARM go. As yet its tier is portable Go
// under a name of its own, which shows what an architecture must provide.
package arm64

import (
	"tnbench/internal/kernel/vec/generic"
	"tnbench/internal/kernel/vec/isa"
)

// Tiers lists the tiers that the processor supports, slowest first.
func Tiers() []*isa.Tier { return []*isa.Tier{generic.Tier("arm64")} }
