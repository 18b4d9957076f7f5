package explain

import (
	"cmp"
	"slices"

	"gonum.org/v1/gonum/floats"

	"tnbench/internal/bench"
	"tnbench/internal/contract"
	"tnbench/internal/path"
	"tnbench/internal/result"
	"tnbench/internal/stats"
)

// mostCostly is how many steps are listed.
const mostCostly = 10

// stepsOf returns the time of each step per contraction, as a ledger has it, and the turns
// that are in it.
func stepsOf(l *ledger, times int) []float64 {
	steps := make([]float64, 2*(len(l.spent)/sections-1))
	for slot := range l.spent[:len(steps)/2*sections] {
		steps[2*(slot/sections)] += float64(l.spent[slot]) / float64(times)
		steps[2*(slot/sections)+1] += float64(l.turns[slot]) / float64(times)
	}
	return steps
}

// costliest returns the steps that take longest, by medians of all rounds. Where a ledger takes
// much of a contraction, the steps' shares of its sum are those of the whole. Together they
// never take more than that, however their medians scatter.
func (t *survey) costliest(a *account, whole, sum float64) []Costly {
	ns := make([]float64, len(a.program.Steps))
	values := make([]float64, a.rounds())
	for step := range ns {
		for i := range values {
			values[i] = a.steps[i][2*step] - a.steps[i][2*step+1]*a.samples[watchedAsIs][i].turn
		}
		ns[step] = stats.Median(values)
	}
	scale := 1.0
	if total := floats.Sum(ns); a.byDifference && sum > 0 {
		scale = whole / sum
	} else if total > whole {
		scale = whole / total
	}
	order := make([]int, len(ns))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(ns[j], ns[i]) })
	var list []Costly
	for _, i := range order[:min(mostCostly, len(order))] {
		s := &a.program.Steps[i]
		c := Costly{Alloc: a.setup.String(), Step: i, Labels: spelled(a.program, s), Class: s.Kernel.Class, Bytes: a.bytes[i], NS: ns[i] * scale}
		c.Share = c.NS / whole
		if bound := bench.StepRoofline(a.program, i, t.config.PeakFlops, t.config.Bandwidth); bound.OK {
			c.Bound, c.BoundBy = result.Measured(bound.Value.Time), bound.Value.By
		}
		list = append(list, c)
	}
	return list
}

// spelled writes a step as labels: "ab,bc->ac".
func spelled(p *contract.Program, s *contract.Step) string {
	in := p.Instance
	text := in.Spell(p.Layout(s.Left))
	if s.Right != path.NoTensor {
		text += "," + in.Spell(p.Layout(s.Right))
	}
	return text + "->" + in.Spell(p.Layout(s.Out))
}
