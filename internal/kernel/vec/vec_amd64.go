//go:build !noasm

package vec

import (
	"tnbench/internal/kernel/vec/amd64"
	"tnbench/internal/kernel/vec/isa"
)

func machineTiers() []*isa.Tier { return amd64.Tiers() }

// Run calls the routine of streams at a slot.
func Run(slot uint8, args *isa.Args) { amd64.Run(slot, args) }

// FetchLines fetches contiguous lines of memory into the caches.
func FetchLines(at uintptr, lines int) { amd64.FetchLines(at, lines) }

// HintLines asks for contiguous lines of memory and does not wait for them.
func HintLines(at uintptr, lines int) { amd64.HintLines(at, lines) }
