package report

import (
	"fmt"
	"io"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"tnbench/internal/result"
	"tnbench/internal/study"
)

// WriteInspections writes d in format f. CSV is a long table of single
// figures: instance, path, section, item, key, value. verbose explains the
// figures below the tables.
func WriteInspections(w io.Writer, f Format, d *study.Inspections, verbose bool) error {
	all := d.Instances
	switch f {
	case JSONFormat:
		return WriteJSON(w, d)
	case CSVFormat:
		return WriteTables(w, f, []Table{inspectCSV(all)})
	}
	labels := newLabels()
	for i := range all {
		labels.add(all[i].Instance, all[i].File)
	}
	var tables []Table
	for i := range all {
		tables = append(tables, inspectionTables(&all[i], labels, verbose)...)
	}
	return WriteTables(w, f, tables)
}

var stepNote = Note{
	"Step: position in the path, from 0. A step is batch products of an m×k by a k×n",
	"matrix; sums are elements of one operand alone that are summed into one. Left and",
	"right: how the kernel reads the operands. Moved: its estimate of the memory",
	"traffic, copies into panels included."}

var peakNote = Note{
	"Peak live: the most bytes that intermediates have live at once in that execution",
	"order, a lower bound for every strategy. Temporaries are the scratch memory of",
	"the kernels."}

var sliceNote = Note{
	"Slices of the whole network: labels are cut, and steps that depend on them are",
	"repeated for each slice. What that adds to the flops is done by steps that lack a",
	"label. Without: with the same regions."}

var regionNote = Note{
	"A region is steps that run slice by slice: in a loop over the values of the labels",
	"that are cut, so that what lies between them is never stored whole. Added up: the",
	"slices that add to the same part of the last step's result."}

// inspectionTables are those of one instance, path by path.
func inspectionTables(i *study.Inspection, labels labels, verbose bool) []Table {
	name := labels.of(i.Instance, i.File)
	tables := []Table{inputTable(i, name)}
	if i.Labels.Count > 0 {
		tables = append(tables, labelTable(i, name))
	}
	for k := range i.Paths {
		p := &i.Paths[k]
		tables = append(tables, resultTable(p, name), peakTable(p, name))
		if verbose {
			peaks := &tables[len(tables)-1]
			peaks.note(peakNote...)
		}
		if len(p.Costliest) > 0 {
			tables = append(tables, stepTable(p, name))
			if verbose {
				tables[len(tables)-1].Notes = []Note{stepNote}
			}
		}
		if p.Streaming.OK {
			tables = append(tables, regionTable(&p.Streaming.Value, p.Path, name))
			if verbose {
				tables[len(tables)-1].note(regionNote...)
			}
		}
		if p.Sliced.OK {
			tables = append(tables, sliceTable(&p.Sliced.Value, p.Path, name))
			if verbose {
				tables[len(tables)-1].note(sliceNote...)
			}
		}
	}
	return tables
}

// itemTable is a table of facts, a row each.
func itemTable(title, heading string, facts ...[2]string) Table {
	t := Table{Title: title, Columns: []Column{{Name: heading, Left: true}, {}}}
	for _, f := range facts {
		t.Add(Text(f[0]), Text(f[1]))
	}
	return t
}

func inputTable(i *study.Inspection, name string) Table {
	return itemTable(joinTitle(name, "inputs"), "inputs", slices.Concat(
		[][2]string{{"tensors", Count(float64(i.Inputs.Count))}, {"dtype", i.DType}, {"output", outputText(i.Output)}},
		tensorFacts(&i.Inputs),
		[][2]string{{"ranks", Span(i.Inputs.MinRank, i.Inputs.MaxRank)}, {"dimensions", dimensions(&i.Labels)}},
	)...)
}

// tensorFacts are the rows that tables of tensors share.
func tensorFacts(t *study.Tensors) [][2]string {
	return [][2]string{
		{"min elements", amount(t.MinElements)},
		{"max elements", amount(t.MaxElements)},
		{"mean elements", Decimals(float64(t.MeanElements))},
		{"median elements", Decimals(float64(t.MedianElements))},
		{"total elements", amount(t.TotalElements)},
		{"total bytes", WithUnit(float64(t.TotalBytes))},
	}
}

// outputText writes the output as labels and shape.
func outputText(o study.Output) string {
	if len(o.Shape) == 0 {
		return "scalar"
	}
	const most = 8 // a longer list would burst the table
	if len(o.Shape) > most {
		return fmt.Sprintf("rank %d, %s", len(o.Shape), amountOf(o.Elements, "element"))
	}
	dims := make([]string, len(o.Shape))
	for k, d := range o.Shape {
		dims[k] = Count(float64(d))
	}
	return o.Labels + " (" + strings.Join(dims, "×") + ")"
}

// dimensions writes which dimensions labels have, all of them if they are few.
func dimensions(l *study.Labels) string {
	d := l.Dimensions
	switch {
	case len(d) == 0:
		return "none"
	case len(d) == 1:
		return Count(float64(d[0].Dimension))
	case len(d) > 6:
		return fmt.Sprintf("%s, %d different", Span(d[0].Dimension, d[len(d)-1].Dimension), len(d))
	}
	all := make([]string, len(d))
	for k := range d {
		all[k] = Count(float64(d[k].Dimension))
	}
	return strings.Join(all, ", ")
}

// labelTable says in how many tensors labels are. From 9 tensors on its rows are
// ranges: networks can have labels in any number.
func labelTable(i *study.Inspection, name string) Table {
	l := &i.Labels
	t := Table{
		Title:   joinTitle(name, plural(l.Count, "label")),
		Columns: []Column{{Name: "tensors with the label"}, {Name: "labels"}, {Name: "share"}, {Name: "in the output"}},
	}
	for rest := l.Multiplicities; len(rest) > 0; {
		row := rest[:1]
		if low := rest[0].Tensors; low > 8 {
			end := 1<<bits.Len(uint(low-1)) + 1 // 9–16, 17–32, ...
			row = rest[:len(rest)-len(trimWhile(rest, func(m study.Multiplicity) bool { return m.Tensors < end }))]
		}
		rest = rest[len(row):]
		labels, open := 0, 0
		for _, m := range row {
			labels, open = labels+m.Labels, open+m.Open
		}
		t.Add(Text(Span(row[0].Tensors, row[len(row)-1].Tensors)), Text(Count(float64(labels))),
			Text(Percent(float64(labels)/float64(l.Count))), Text(Count(float64(open))))
	}
	note := Note{"Hyperedges (labels in more than two tensors, the output counted as one): " + Count(float64(l.Hyperedges)) + "."}
	if l.Repeated > 0 {
		note = append(note, "Labels repeated within a tensor: "+Count(float64(l.Repeated))+".")
	}
	t.note(note...)
	return t
}

// trimWhile returns ms without its first elements that satisfy drop.
func trimWhile(ms []study.Multiplicity, drop func(study.Multiplicity) bool) []study.Multiplicity {
	for len(ms) > 0 && drop(ms[0]) {
		ms = ms[1:]
	}
	return ms
}

func resultTable(p *study.PathInspection, name string) Table {
	log10 := Missing.Text
	if p.Log10Flops.OK {
		log10 = fmt.Sprintf("%.2f", p.Log10Flops.Value)
	}
	t := itemTable(joinTitle(name, shortName(p.Path), "step results"), "step results", slices.Concat(
		[][2]string{{"steps", Count(float64(p.Steps))}, {"flops", amount(p.Flops)}, {"log10 flops", log10},
			{"log2 largest", fmt.Sprintf("%.2f", p.Log2Largest)}},
		tensorFacts(&p.Results),
		[][2]string{{"ranks", Span(p.Results.MinRank, p.Results.MaxRank)}},
	)...)
	t.note("The last result is the network's, all others are intermediates.")
	return t
}

func peakTable(p *study.PathInspection, name string) Table {
	t := Table{
		Title:   joinTitle(name, shortName(p.Path), "peak live bytes"),
		Columns: []Column{{Name: "execution order", Left: true}, {Name: "intermediates"}, {Name: "with temporaries"}},
	}
	for _, l := range p.PeakLive {
		bytes := Missing
		if l.Bytes.OK {
			bytes = Text(WithUnit(float64(l.Bytes.Value)))
		}
		t.Add(Text(l.Order), Text(WithUnit(float64(l.IntermediateBytes))), bytes)
	}
	t.note("The network's result is the caller's and not counted.")
	if p.TooLarge != "" {
		t.note("Too large to be contracted, so kernels and temporaries are not known: " + p.TooLarge + ".")
	}
	return t
}

// regionTable lists what runs slice by slice.
func regionTable(s *study.Streaming, path, name string) Table {
	t := Table{
		Title: joinTitle(name, shortName(path), "regions"),
		Columns: []Column{{Name: "steps", Left: true}, {Name: "labels cut", Left: true, Rank: 1}, {Name: "slices"}, {Name: "added up", Rank: 2},
			{Name: "not stored"}},
	}
	for _, r := range s.Regions {
		t.Add(Text(regionSteps(r.Steps)), Text(r.Labels), Text(Count(float64(r.Slices))), Text(Count(float64(r.Added))), Text(WithUnit(float64(r.StreamedBytes))))
	}
	t.note(fmt.Sprintf("Peak live with regions, temporaries included: %s, without: %s. Not stored: %s.",
		WithUnit(float64(s.PeakLive)), WithUnit(float64(s.PeakWithout)), WithUnit(float64(s.StreamedBytes))))
	return t
}

// sliceTable says what is cut for the whole network.
func sliceTable(s *result.Sliced, path, name string) Table {
	whole, times := Missing, Missing
	if s.PeakWhole.OK {
		whole = Text(WithUnit(float64(s.PeakWhole.Value)))
	}
	if s.Time.OK {
		times = Text(digits(s.Time.Value) + "×")
	}
	t := Table{
		Title:   joinTitle(name, shortName(path), "slices of the whole network"),
		Columns: []Column{{Name: "", Left: true}, {Name: "with slices"}, {Name: "without"}, {Name: "price"}},
	}
	t.Add(Text("flops"), Text(strings.TrimSpace(siCount(s.Flops))), Text(strings.TrimSpace(siCount(s.Whole))), Text(digits(s.Flops/s.Whole)+"×"))
	t.Add(Text("time, as forecast"), Missing, Missing, times)
	t.Add(Text("peak live"), Text(WithUnit(float64(s.PeakLive))), whole, Missing)
	t.note(fmt.Sprintf("--slice %s: %s of %s, %s of them added up. Other steps run once.",
		s.Labels, plural(s.Slices, "slice"), plural(s.Steps, "step"), Count(float64(s.Added))))
	return t
}

// regionSteps names the first and the last step of a region.
func regionSteps(steps []int) string {
	return fmt.Sprintf("%d to %d (%d)", steps[0], steps[len(steps)-1], len(steps))
}

// stepTable lists the costliest steps. The column of one-sided sums is there
// only if a step has any.
func stepTable(p *study.PathInspection, name string) Table {
	sums := slices.ContainsFunc(p.Costliest, func(c study.StepCost) bool { return c.LeftSum*c.RightSum > 1 })
	t := Table{
		Title: joinTitle(name, shortName(p.Path), "costliest steps"),
		Columns: []Column{{Name: "step"}, {Name: "batch"}, {Name: "m"}, {Name: "n"}, {Name: "k"}, {Name: "sums", Left: true},
			{Name: "kernel", Left: true, Rank: 1}, {Name: "left", Left: true, Rank: 3}, {Name: "right", Left: true, Rank: 4},
			{Name: "moved", Rank: 2}, {Name: "flops"}, {Name: "share"}},
	}
	for _, c := range p.Costliest {
		moved, right := Missing, Missing
		if c.Kernel == "" {
			c.Kernel, c.LeftAccess = Missing.Text, Missing.Text
		}
		if c.BytesMoved > 0 {
			moved = Text(Bytes(float64(c.BytesMoved)))
		}
		if c.RightAccess != "" {
			right = Text(c.RightAccess)
		}
		t.Add(Text(strconv.Itoa(c.Step)), Text(amount(c.Batch)), Text(amount(c.M)), Text(amount(c.N)),
			Text(amount(c.K)), Text(stepSums(&c)), Text(c.Kernel), Text(c.LeftAccess), right,
			moved, Text(strings.TrimSpace(siCount(float64(c.Flops)))), Text(Percent(c.FlopsShare)))
	}
	if !sums {
		const column = 5
		t.Columns = slices.Delete(t.Columns, column, column+1)
		for r := range t.Rows {
			t.Rows[r] = slices.Delete(t.Rows[r], column, column+1)
		}
	}
	return t
}

// stepSums writes the one-sided sums of a step.
func stepSums(c *study.StepCost) string {
	var parts []string
	if c.LeftSum > 1 {
		parts = append(parts, "left "+amount(c.LeftSum))
	}
	if c.RightSum > 1 {
		parts = append(parts, "right "+amount(c.RightSum))
	}
	return strings.Join(parts, ", ")
}
