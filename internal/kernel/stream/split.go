package stream

import (
	"tnbench/internal/kernel/vec/isa"
)

// streamSplit is the loop along which a script can be shared out among workers: one
// over elements of C, so that no sum depends on how many workers there are.
type streamSplit uint8

const (
	splitNone streamSplit = iota
	splitOuter
	splitStrip
	splitRun
)

// interval is a range of iterations.
type interval struct{ first, last int }

// ranges are what one part does of each loop that may be split.
type ranges struct{ outer, strip, run interval }

// splitUp chooses the loop.
func (g *script) splitUp() {
	switch {
	case len(g.outer) > 0 && g.outer[0].Extent > 1:
		g.split, g.units = splitOuter, g.outer[0].Extent
	case g.strip.Extent > g.strip.per:
		g.split, g.units = splitStrip, (g.strip.Extent+g.strip.per-1)/g.strip.per
	case (g.routine == isa.MultiplyRuns || g.routine == isa.ScaleRuns) && g.length >= 2*tuned.UnitRun:
		g.split, g.units = splitRun, (g.length+g.unitRun()-1)/g.unitRun()
	default:
		g.units = 1
	}
}

// unitRun is the part of a run that makes a unit, whole tiles.
func (g *script) unitRun() int {
	if g.tile == g.length {
		return tuned.UnitRun
	}
	return (tuned.UnitRun + g.tile - 1) / g.tile * g.tile
}

// rangeOf returns what units first to last cover.
func (g *script) rangeOf(first, last int) ranges {
	r := ranges{strip: interval{0, g.strip.Extent}, run: interval{0, g.length}}
	if len(g.outer) > 0 {
		r.outer = interval{0, g.outer[0].Extent}
	}
	switch g.split {
	case splitOuter:
		r.outer = interval{first, last}
	case splitStrip:
		r.strip = interval{first * g.strip.per, min(last*g.strip.per, g.strip.Extent)}
	case splitRun:
		unit := g.unitRun()
		r.run = interval{first * unit, min(last*unit, g.length)}
	}
	return r
}
