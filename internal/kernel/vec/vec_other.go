//go:build noasm || (!amd64 && !arm64)

package vec

import "tnbench/internal/kernel/vec/isa"

func machineTiers() []*isa.Tier { return nil }

// Run is never called: no tier has slots.
func Run(uint8, *isa.Args) {}

// FetchLines does nothing in this build.
func FetchLines(uintptr, int) {}

// HintLines does nothing in this build.
func HintLines(uintptr, int) {}
