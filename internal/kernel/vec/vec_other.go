//go:build noasm || (!amd64 && !arm64)

package vec

import "tnbench/internal/kernel/vec/isa"

func machineTiers() []*isa.Tier { return nil }
