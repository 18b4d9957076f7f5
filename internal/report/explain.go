package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"tnbench/internal/explain"
	"tnbench/internal/result"
)

// WriteExplanations writes explanations in format f: a table per part for people, a
// stream of documents in JSON, in CSV a row per figure.
func WriteExplanations(w io.Writer, f Format, all []explain.Document, verbose bool) error {
	switch f {
	case JSONFormat:
		for i := range all {
			if err := WriteJSON(w, &all[i]); err != nil {
				return err
			}
		}
		return nil
	case CSVFormat:
		return WriteTables(w, f, []Table{explainRows(all)})
	}
	labels := newLabels()
	for i := range all {
		labels.add(all[i].Instance, all[i].File)
	}
	var tables []Table
	for i := range all {
		tables = append(tables, explainTables(labels, &all[i], verbose)...)
	}
	return WriteTables(w, f, tables)
}

// explainTables are the tables of one document.
func explainTables(labels labels, d *explain.Document, verbose bool) []Table {
	name := labels.of(d.Instance, d.File)
	tables := slices.Concat(anatomyTables(d), attributionTables(d), costlyTables(d), streamingTables(d), effectTables(d), claimTables(d, verbose), adviceTables(d))
	for i := range tables {
		tables[i].Title = joinTitle(name, tables[i].Title)
	}
	title := joinTitle(name, shortName(d.Path), d.DType, plural(d.Steps, "step"), siCount(d.Flops)+"flops")
	if len(tables) == 0 {
		tables = []Table{{Title: title}}
	} else {
		tables[0].Title = joinTitle(title, strings.TrimPrefix(tables[0].Title, name+" · "))
	}
	last := &tables[len(tables)-1]
	if d.Whole.OK {
		last.note(fmt.Sprintf("A contraction under the best configuration known takes %s.", Duration(d.Whole.Value)))
	}
	if d.Interrupted {
		last.note("Interrupted: not all was measured.")
	}
	return tables
}

// anatomyTables show what steps take from the heap, and which lines of code take it.
func anatomyTables(d *explain.Document) []Table {
	if len(d.Anatomy) == 0 {
		return nil
	}
	t := Table{Title: "anatomy: heap allocations of a step", Columns: []Column{{Name: "strategy", Left: true}, {Name: "metadata", Left: true},
		{Name: "hits", Rank: 2}, {Name: "on a hit"}, {Name: "bytes", Rank: 1}, {Name: "misses", Rank: 2}, {Name: "on a miss"}, {Name: "bytes", Rank: 1}}}
	lines := Table{Title: "anatomy: the lines that allocate", Columns: []Column{{Name: "line", Left: true}, {Name: "of", Left: true}}}
	of := map[string][]string{}
	var order []string
	for i := range d.Anatomy {
		a := &d.Anatomy[i]
		t.Add(Name(a.Alloc), Text(a.Metadata), countCell(a.Hits), figure(a.HitAllocs, digits), figure(a.HitBytes, Bytes),
			countCell(a.Misses), figure(a.MissAllocs, digits), figure(a.MissBytes, Bytes))
		for _, site := range a.Sites {
			if of[site] == nil {
				order = append(order, site)
			}
			switch {
			case a.Metadata == "none":
				of[site] = append(of[site], a.Alloc)
			case !slices.Contains(of[site], a.Alloc): // else it does so with any metadata
				of[site] = append(of[site], a.Alloc+" "+a.Metadata)
			}
		}
	}
	t.note("On a hit the strategy had memory at hand, on a miss it had not. C allocators' calls count as allocations.")
	if len(order) == 0 {
		return []Table{t}
	}
	for _, site := range order {
		lines.Add(Text(site), Text(strings.Join(of[site], ", ")))
	}
	return []Table{t, lines}
}

// attributionTables show where the time goes, a table per strategy: phases down, size
// classes across.
func attributionTables(d *explain.Document) (tables []Table) {
	var strategies []string
	for _, s := range d.Attribution {
		if !slices.Contains(strategies, s.Alloc) {
			strategies = append(strategies, s.Alloc)
		}
	}
	for _, alloc := range strategies {
		tables = append(tables, attributionTable(d, alloc))
	}
	return tables
}

func attributionTable(d *explain.Document, alloc string) Table {
	t := Table{Title: "attribution: " + shortName(alloc), Columns: []Column{{Name: "phase", Left: true}}}
	classes := []string{""}
	for _, c := range explain.SizeClasses {
		classes = append(classes, c.Name)
	}
	rows := slices.DeleteFunc(slices.Clone(d.Attribution), func(s explain.Share) bool { return s.Alloc != alloc })
	classes = slices.DeleteFunc(classes, func(c string) bool {
		return !slices.ContainsFunc(rows, func(s explain.Share) bool { return s.Class == c })
	})
	for _, c := range classes {
		heading := c
		if c == "" {
			heading = "no step"
		}
		t.Columns = append(t.Columns, Column{Name: heading, Rank: 1})
	}
	t.Columns = append(t.Columns, Column{Name: "all"}, Column{Name: "share"}, Column{Name: "count", Rank: 2}, Column{Name: "method", Left: true, Rank: 3})
	for _, phase := range explain.Phases {
		if cells := phaseCells(rows, phase, classes); cells != nil {
			t.Add(append([]Cell{Text(string(phase))}, cells...)...)
		}
	}
	for _, a := range d.Attributed {
		if a.Alloc == alloc {
			t.note(whole(&a))
		}
	}
	return t
}

// whole says what the shares of phases are of.
func whole(a *explain.Attributed) string {
	text := "A contraction takes " + Duration(a.NS)
	if a.Together.OK {
		return text + fmt.Sprintf("; with timers, which are taken out, all phases had %s of that, and shares are of their sum.", Percent(a.Together.Value))
	}
	return text + "; arithmetic is what remains of it."
}

// phaseCells are the cells of a phase: its time in each class, in all, what share that
// is, what was counted, and how it was found; nil if there is nothing of it.
func phaseCells(rows []explain.Share, phase explain.Phase, classes []string) []Cell {
	cells := make([]Cell, len(classes))
	for i := range cells {
		cells[i] = Missing
	}
	ns, share, low, high := 0.0, 0.0, 0.0, 0.0
	count := result.Maybe[float64]{}
	method, bounded, found := "", true, false
	for _, s := range rows {
		if s.Phase != phase {
			continue
		}
		found = true
		cells[slices.Index(classes, s.Class)] = Cell{Text: signedTime(s.NS), Value: s.NS}
		ns, share, method = ns+s.NS, share+s.Share, s.Method
		bounded = bounded && s.Low.OK && s.High.OK
		low, high = low+s.Low.Value, high+s.High.Value
		if s.Count.OK {
			count = result.Measured(count.Value + s.Count.Value)
		}
	}
	if !found {
		return nil
	}
	all := signedTime(ns)
	if bounded && len(rows) > 0 && low < high {
		all += fmt.Sprintf(" [%s, %s]", signedTime(low), signedTime(high))
	}
	return append(cells, Cell{Text: all, Value: ns}, Text(Percent(share)), figure(count, digits), Text(method))
}

// signedTime writes a time that may be below zero: a difference of two.
func signedTime(ns float64) string {
	if ns < 0 {
		return "-" + Duration(-ns)
	}
	return Duration(ns)
}

// costlyTables show the steps that take longest.
func costlyTables(d *explain.Document) []Table {
	if len(d.Costly) == 0 {
		return nil
	}
	t := Table{Title: "costliest steps", Columns: []Column{{Name: "strategy", Left: true}, {Name: "step"}, {Name: "labels", Left: true}, {Name: "kernel", Left: true, Rank: 2},
		{Name: "result", Rank: 1}, {Name: "time"}, {Name: "share"}, {Name: "bound"}, {Name: "of bound"}, {Name: "by", Left: true, Rank: 3}}}
	for i := range d.Costly {
		c := &d.Costly[i]
		over := figure(result.Maybe[float64]{Value: c.NS / c.Bound.Value, OK: c.Bound.OK}, times)
		t.Add(Name(c.Alloc), countCell(c.Step), Name(c.Labels), Text(c.Class), Text(Bytes(float64(c.Bytes))), Text(Duration(c.NS)), Text(Percent(c.Share)),
			figure(c.Bound, Duration), over, Text(c.BoundBy))
	}
	return []Table{t}
}

// streamingTables show what regions change about memory and the bound.
func streamingTables(d *explain.Document) []Table {
	if len(d.Streaming) == 0 {
		return nil
	}
	t := Table{Title: "regions: what each choice leaves to be stored", Columns: []Column{{Name: "regions", Left: true}, {Name: "there are"}, {Name: "steps in them", Rank: 1},
		{Name: "not stored"}, {Name: "peak live"}, {Name: "footprint", Rank: 1}, {Name: "bound"}, {Name: "by", Left: true, Rank: 2}}}
	for i := range d.Streaming {
		s := &d.Streaming[i]
		footprint := Missing
		if s.Footprint.OK {
			footprint = Text(Bytes(float64(s.Footprint.Value)))
		}
		t.Add(Text(s.Regions), countCell(s.Count), countCell(s.Steps), Text(Bytes(float64(s.StreamedBytes))), Text(Bytes(float64(s.PeakLive))), footprint, figure(s.Bound, Duration), Text(s.BoundBy))
	}
	t.note("Computed from the program under the strategy planned; the ablation of regions tells what it changes about time.")
	return []Table{t}
}

// effectTables show what changes when one thing is changed, a table per direction.
func effectTables(d *explain.Document) (tables []Table) {
	for _, direction := range []string{explain.LeaveOneOut, explain.OneIn} {
		if !slices.ContainsFunc(d.Ablation, func(e explain.Effect) bool { return e.Direction == direction }) {
			continue
		}
		t := effectTable(d.Ablation, direction)
		for _, line := range notVaried(d.Ablation, direction) {
			t.note("Not varied from " + from[direction] + ": " + line)
		}
		if len(t.Rows) == 0 {
			t.Columns = t.Columns[:1]
		}
		tables = append(tables, t)
	}
	return tables
}

// notVaried names the factors that were not varied in a direction, by the reason.
func notVaried(effects []explain.Effect, direction string) (lines []string) {
	var reasons []string
	why := map[string][]string{}
	for i := range effects {
		e := &effects[i]
		if e.Direction != direction || e.Reason == "" || e.NS.OK {
			continue
		}
		reason := strings.TrimSuffix(e.Reason, ".")
		if why[reason] == nil {
			reasons = append(reasons, reason)
		}
		if what := e.Factor + " (" + e.To + ")"; !slices.Contains(why[reason], what) {
			why[reason] = append(why[reason], what)
		}
	}
	for _, reason := range reasons {
		lines = append(lines, strings.Join(why[reason], ", ")+": "+reason+".")
	}
	return lines
}

// from says what is switched.
var from = map[string]string{explain.LeaveOneOut: "the best configuration", explain.OneIn: "the report's configuration"}

func effectTable(effects []explain.Effect, direction string) Table {
	t := Table{Title: "ablation: " + direction + ", from " + from[direction], Columns: []Column{{Name: "factor", Left: true}, {Name: "from", Left: true, Rank: 3}, {Name: "to", Left: true}, {Name: "effect"},
		{Name: "interval", Rank: 1}, {Name: "per cent"}, {Name: "per step", Rank: 2}, {Name: "GCs", Rank: 4}, {Name: "faults", Rank: 4}, {Name: "resolved", Left: true}}}
	change := func(v float64) string { return fmt.Sprintf("%+.4g", v) }
	for i := range effects {
		e := &effects[i]
		if e.Direction != direction || e.Reason != "" && !e.NS.OK {
			continue
		}
		factor := e.Factor
		if e.With != "" {
			factor += " × " + e.With
		}
		resolved := "not resolved"
		if e.Resolved {
			resolved = "yes"
		}
		interval := Missing
		if e.Low.OK && e.High.OK {
			interval = Text(fmt.Sprintf("[%s, %s]", signed(e.Low.Value), signed(e.High.Value)))
		}
		t.Add(Text(factor), Text(e.From), Text(e.To), figure(e.NS, signed), interval, figure(e.Percent, func(v float64) string { return fmt.Sprintf("%+.1f %%", v) }),
			figure(e.StepNS, signed), figure(e.Cycles, change), figure(e.Faults, change), Text(resolved))
	}
	t.note("An effect above 0 means that the switch costs time. What is not resolved is not zero: the interval says what it can be.")
	return t
}

// signed writes a time with its sign.
func signed(ns float64) string {
	if ns > 0 {
		return "+" + Duration(ns)
	}
	return signedTime(ns)
}

// claimTables show what became of the claims, verbosely also how they were tried.
func claimTables(d *explain.Document, verbose bool) []Table {
	if len(d.Claims) == 0 {
		return nil
	}
	t := Table{Title: "claims of the light_415 analysis", Columns: []Column{{Name: "§", Rank: 2}, {Name: "claim", Left: true}}}
	how := Table{Title: "claims: the experiments", Columns: []Column{{Name: "§", Rank: 1}, {Name: "claim", Left: true}, {Name: "experiment", Left: true}}}
	elsewhere := slices.ContainsFunc(d.Claims, func(c explain.Claim) bool { return c.Instance != "" })
	if elsewhere {
		t.Columns = append(t.Columns, Column{Name: "on", Left: true})
	}
	t.Columns = append(t.Columns, Column{Name: "measured", Left: true}, Column{Name: "verdict", Left: true})
	for i := range d.Claims {
		c := &d.Claims[i]
		cells := []Cell{Text(c.Section), Text(c.Claim)}
		if elsewhere {
			cells = append(cells, Name(c.Instance))
		}
		t.Add(append(cells, Text(c.Measured), Text(strings.ReplaceAll(string(c.Verdict), "-", " ")))...)
		if c.Instance == "" {
			how.Add(Text(c.Section), Text(c.Claim), Text(c.Experiment))
		}
	}
	if verbose {
		return []Table{t, how}
	}
	t.note("-v shows the experiments, JSON has all.")
	return []Table{t}
}

// adviceTables show what to do, with the rows that say why.
func adviceTables(d *explain.Document) []Table {
	if len(d.Advice) == 0 {
		return nil
	}
	t := Table{Title: "advice", Columns: []Column{{Name: "what", Left: true}, {Name: "because of", Left: true}}}
	for _, a := range d.Advice {
		t.Add(Text(a.Text), Text(strings.Join(a.Rows, ", ")))
	}
	return []Table{t}
}

// explainRows is all figures of all documents for programs, a row each.
func explainRows(all []explain.Document) Table {
	t := Table{Columns: []Column{{Key: "instance"}, {Key: "file"}, {Key: "path"}, {Key: "part"}, {Key: "row"}, {Key: "figure"}, {Key: "value"}}}
	for i := range all {
		d := &all[i]
		eachFigure(d, func(part explain.Part, key, figure string, v any) {
			t.Add(Text(d.Instance), Text(d.File), Text(d.Path), Text(string(part)), Text(key), Text(figure), Cell{Value: v})
		})
	}
	return t
}
