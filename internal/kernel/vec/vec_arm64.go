//go:build !noasm

package vec

import (
	"tnbench/internal/kernel/vec/arm64"
	"tnbench/internal/kernel/vec/isa"
)

func machineTiers() []*isa.Tier { return arm64.Tiers() }
