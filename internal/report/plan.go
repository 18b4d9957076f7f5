package report

import (
	"fmt"
	"io"

	"tnbench/internal/alloc"
	"tnbench/internal/alloc/pack"
	"tnbench/internal/contract"
	"tnbench/internal/result"
)

// PlanSchema names the format of Plans.
const PlanSchema = "tnbench-plan/1"

// Plans are forecasts of what strategies need, and solved planning problems.
type Plans struct {
	Schema      string        `json:"schema"`
	Interrupted bool          `json:"interrupted,omitempty"` // some are missing, or not as good as they might be
	Programs    []ProgramPlan `json:"programs"`
	Problems    []ProblemPlan `json:"problems"`
}

// ProgramPlan is what the buffers of one program, in one execution order, need
// under each strategy.
type ProgramPlan struct {
	Instance      string `json:"instance"`
	File          string `json:"file,omitempty"`
	Path          string `json:"path"`
	DType         string `json:"dtype"`
	Order         string `json:"order"`
	Steps         int    `json:"steps"`
	Intermediates int    `json:"intermediates"`
	Temporaries   int    `json:"temporaries"`
	Bytes         int    `json:"bytes"`           // sum of all buffers
	PeakLive      int    `json:"peak_live_bytes"` // no strategy can hold less

	Strategies []StrategyPlan `json:"strategies"`

	requests []alloc.Request
	packed   *pack.Plan // of the strategy planned, nil: not among Strategies
}

// StrategyPlan is the forecast of one strategy: see [alloc.Forecast].
type StrategyPlan struct {
	Alloc     string                `json:"alloc"`
	Footprint int                   `json:"footprint_bytes"`
	Ratio     result.Maybe[float64] `json:"ratio,omitzero"` // of Footprint to PeakLive; absent without buffers
	First     int                   `json:"first_footprint_bytes"`
	Hits      int                   `json:"hits"`
	Misses    int                   `json:"misses"`
}

// PlanProgram forecasts what the strategies of specs do with p's buffers. None of
// the memory is taken.
func PlanProgram(p *contract.Program, specs []string) (ProgramPlan, error) {
	plan := ProgramPlan{
		Instance: p.Instance.Name, File: p.Instance.Source, Path: p.Path, DType: p.DType().String(), Order: p.Order.String(),
		Steps: len(p.Steps), Intermediates: p.Intermediates, Temporaries: len(p.Requests) - p.Intermediates,
		PeakLive: p.PeakLive, requests: p.Requests, Strategies: []StrategyPlan{},
	}
	for _, r := range p.Requests {
		plan.Bytes += r.Bytes
	}
	for _, spec := range specs {
		f, err := alloc.Predict(spec, p.Requests)
		if err != nil {
			return plan, fmt.Errorf("%s, %s: %w", plan.Instance, plan.Path, err)
		}
		if spec == "planned" {
			plan.packed = f.Plan
		}
		s := StrategyPlan{Alloc: spec, Footprint: f.Footprint, First: f.First, Hits: f.Hits, Misses: f.Misses}
		if p.PeakLive > 0 {
			s.Ratio = result.Measured(float64(f.Footprint) / float64(p.PeakLive))
		}
		plan.Strategies = append(plan.Strategies, s)
	}
	return plan, nil
}

// WritePlans writes plans in format f: for people a table per program and order
// and one of all problems, in CSV a row per strategy, or per problem if there
// are no programs.
func WritePlans(w io.Writer, f Format, plans *Plans) error {
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

func planTable(labels labels, p ProgramPlan) Table {
	t := Table{
		Title: fmt.Sprintf("%s · %s · %s · order %s · %s and %s, %s in all",
			labels.of(p.Instance, p.File), shortName(p.Path), p.DType, p.Order, plural(p.Intermediates, "intermediate"), plural(p.Temporaries, "temporary buffer"), Bytes(float64(p.Bytes))),
		Columns: []Column{{Name: "strategy", Left: true}, {Name: "footprint"}, {Name: "of bound"}, {Name: "at first"}, {Name: "hits"}, {Name: "misses"}},
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

func planRows(plans []ProgramPlan) Table {
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
