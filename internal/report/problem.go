package report

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

func problemTable(problems []ProblemPlan) Table {
	t := Table{Title: "planning problems", Columns: []Column{{Name: "file", Left: true}, {Name: "buffers"}, {Name: "height"}, {Name: "lower bound"},
		{Name: "ratio"}, {Name: "capacity"}, {Name: "outcome", Left: true}, {Name: "time"}}}
	for _, p := range problems {
		capacity := Missing
		if p.Capacity.OK {
			capacity = countCell(p.Capacity.Value)
		}
		t.Add(Name(p.File), countCell(p.Buffers), countCell(p.Height), countCell(p.Bound), Text(times(p.Ratio)), capacity,
			Text(p.outcome()), Text(Duration(float64(p.Time))))
	}
	return t
}

// outcome says in a few words what was found.
func (p *ProblemPlan) outcome() string {
	switch {
	case p.Capacity.OK && p.Bound > p.Capacity.Value:
		return "no plan can fit"
	case !p.Fits():
		return "none found that fits"
	case p.Optimal:
		return "lowest possible"
	case p.Capacity.OK:
		return "fits"
	}
	return "lowest found"
}

func problemRows(problems []ProblemPlan) Table {
	t := Table{Columns: []Column{{Key: "file"}, {Key: "buffers"}, {Key: "height"}, {Key: "bound"}, {Key: "ratio"}, {Key: "optimal"},
		{Key: "capacity"}, {Key: "nodes"}, {Key: "time_ns"}}}
	for _, p := range problems {
		t.Add(Text(p.File), Cell{Value: p.Buffers}, Cell{Value: p.Height}, Cell{Value: p.Bound}, Cell{Value: p.Ratio}, Cell{Value: p.Optimal},
			value(p.Capacity), Cell{Value: p.Nodes}, Cell{Value: p.Time})
	}
	return t
}
