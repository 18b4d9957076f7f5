package report

import (
	"tnbench/internal/study"
)

func problemTable(problems []study.ProblemPlan) Table {
	t := Table{Title: "planning problems", Columns: []Column{{Name: "file", Left: true}, {Name: "buffers", Rank: 3}, {Name: "height"}, {Name: "lower bound"},
		{Name: "ratio"}, {Name: "capacity", Rank: 1}, {Name: "outcome", Left: true}, {Name: "time", Rank: 2}}}
	for _, p := range problems {
		capacity := Missing
		if p.Capacity.OK {
			capacity = countCell(p.Capacity.Value)
		}
		t.Add(Name(p.File), countCell(p.Buffers), countCell(p.Height), countCell(p.Bound), Text(times(p.Ratio)), capacity,
			Text(outcome(&p)), Text(Duration(float64(p.Time))))
	}
	return t
}

// outcome says in a few words what was found.
func outcome(p *study.ProblemPlan) string {
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

func problemRows(problems []study.ProblemPlan) Table {
	t := Table{Columns: []Column{{Key: "file"}, {Key: "buffers"}, {Key: "height"}, {Key: "bound"}, {Key: "ratio"}, {Key: "optimal"},
		{Key: "capacity"}, {Key: "nodes"}, {Key: "time_ns"}}}
	for _, p := range problems {
		t.Add(Text(p.File), Cell{Value: p.Buffers}, Cell{Value: p.Height}, Cell{Value: p.Bound}, Cell{Value: p.Ratio}, Cell{Value: p.Optimal},
			value(p.Capacity), Cell{Value: p.Nodes}, Cell{Value: p.Time})
	}
	return t
}
