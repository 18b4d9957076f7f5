//go:build !noasm

package vec

import (
	"tnbench/internal/kernel/vec/arm64"
	"tnbench/internal/kernel/vec/isa"
)

func machineTiers() []*isa.Tier { return arm64.Tiers() }

// Run calls the routine of streams at a slot.
func Run(slot uint8, args *isa.Args) { arm64.Run(slot, args) }

// FetchLines fetches contiguous lines of memory into the caches.
func FetchLines(at uintptr, lines int) { arm64.FetchLines(at, lines) }

// HintLines asks for contiguous lines of memory and does not wait for them.
func HintLines(at uintptr, lines int) { arm64.HintLines(at, lines) }
