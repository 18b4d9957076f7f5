package report

import (
	"fmt"
	"io"

	"tnbench/internal/study"
)

// WritePlans writes plans in format f: for people a table per program and order
// and one of all problems, in CSV a row per strategy, or per problem if there
// are no programs.
func WritePlans(w io.Writer, f Format, plans *study.Plans) error {
	switch {
	case f == JSONFormat:
		return WriteJSON(w, plans)
	case f == CSVFormat && len(plans.Programs) == 0:
		return WriteTables(w, f, []Table{problemRows(plans.Problems)})
	case f == CSVFormat:
		return WriteTables(w, f, []Table{planRows(plans.Programs)})
	}
	labels := newLabels()
	for _, p := range plans.Programs {
		labels.add(p.Instance, p.File)
	}
	var tables []Table
	for _, p := range plans.Programs {
		tables = append(tables, planTable(labels, p))
	}
	if n := len(tables); n > 0 {
		tables[n-1].Notes = planNotes
	}
	if len(plans.Problems) > 0 {
		tables = append(tables, problemTable(plans.Problems))
	}
	return WriteTables(w, f, tables)
}

// planNotes explain the columns, once below all tables.
var planNotes = []Note{
	{"Footprint: the most that is held at any moment in steady state; at first: in the first contraction. Of make, mmap and C libraries it is what is live: garbage that is not collected yet, or freed memory that a library keeps, comes on top."},
	{"Hits: allocations of the first contraction that got memory held already; misses: those that took fresh memory."},
}

func planTable(labels labels, p study.ProgramPlan) Table {
	t := Table{
		Title: fmt.Sprintf("%s · %s · %s · order %s · %s and %s, %s in all",
			labels.of(p.Instance, p.File), shortName(p.Path), p.DType, p.Order, plural(p.Intermediates, "intermediate"), plural(p.Temporaries, "temporary buffer"), Bytes(float64(p.Bytes))),
		Columns: []Column{{Name: "strategy", Left: true}, {Name: "footprint"}, {Name: "of bound"}, {Name: "at first", Rank: 1}, {Name: "hits", Rank: 2}, {Name: "misses", Rank: 3}},
	}
	t.Add(Text("peak live (lower bound)"), Text(Bytes(float64(p.PeakLive))), Missing, Missing, Missing, Missing)
	for _, s := range p.Strategies {
		t.Add(Text(s.Alloc), Text(Bytes(float64(s.Footprint))), figure(s.Ratio, times), Text(Bytes(float64(s.First))),
			countCell(s.Hits), countCell(s.Misses))
	}
	return t
}

// times writes a ratio.
func times(v float64) string {
	if v >= 100 {
		return Count(v) + "×"
	}
	return fmt.Sprintf("%.3f×", v)
}

func planRows(plans []study.ProgramPlan) Table {
	t := Table{Columns: []Column{{Key: "instance"}, {Key: "path"}, {Key: "dtype"}, {Key: "order"}, {Key: "steps"}, {Key: "intermediates"},
		{Key: "temporaries"}, {Key: "bytes"}, {Key: "peak_live_bytes"}, {Key: "alloc"}, {Key: "footprint_bytes"}, {Key: "ratio"},
		{Key: "first_footprint_bytes"}, {Key: "hits"}, {Key: "misses"}, {Key: "file"}}}
	for _, p := range plans {
		for _, s := range p.Strategies {
			t.Add(Text(p.Instance), Text(p.Path), Text(p.DType), Text(p.Order), Cell{Value: p.Steps}, Cell{Value: p.Intermediates},
				Cell{Value: p.Temporaries}, Cell{Value: p.Bytes}, Cell{Value: p.PeakLive}, Text(s.Alloc), Cell{Value: s.Footprint}, value(s.Ratio),
				Cell{Value: s.First}, Cell{Value: s.Hits}, Cell{Value: s.Misses}, Text(p.File))
		}
	}
	return t
}

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
