package study

import (
	"tnbench/internal/alloc/pack"
	"tnbench/internal/result"
)

// ProblemPlan is a solved planning problem. Sizes are in the file's unit.
type ProblemPlan struct {
	File     string            `json:"file"`
	Buffers  int               `json:"buffers"`
	Height   int               `json:"height"`
	Bound    int               `json:"bound"` // no plan is lower
	Ratio    float64           `json:"ratio"`
	Optimal  bool              `json:"optimal"` // known to be the lowest
	Capacity result.Maybe[int] `json:"capacity,omitzero"`
	Nodes    int               `json:"nodes"` // of the search
	Time     int64             `json:"time_ns"`
}

// Fits reports whether the plan is within its capacity, if there is one.
func (p *ProblemPlan) Fits() bool { return !p.Capacity.OK || p.Height <= p.Capacity.Value }

// NewProblemPlan sums up a plan for the problem in file, found in ns nanoseconds.
// A capacity of 0 means that none is set.
func NewProblemPlan(file string, plan pack.Plan, capacity int, ns int64) ProblemPlan {
	p := ProblemPlan{File: file, Buffers: len(plan.Offsets), Height: plan.Height, Bound: plan.Bound, Ratio: plan.Ratio(),
		Optimal: plan.Optimal, Nodes: plan.Nodes, Time: ns}
	if capacity > 0 {
		p.Capacity = result.Measured(capacity)
	}
	return p
}
