package page

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"tnbench/internal/draw"
	"tnbench/internal/explain"
	"tnbench/internal/report"
	"tnbench/internal/result"
	"tnbench/internal/study"
)

// network composes all sections about one of the networks.
func (c *composer) network(i int) {
	c.about, c.prefix, c.results = &c.document.Networks[i], fmt.Sprintf("n%d", i+1), nil
	n := c.about
	if d := c.document.Results; d != nil {
		for _, r := range d.Results {
			if n.Is(r.Instance, r.File, r.Path) && !(len(c.results) > 0 && r.DType != c.results[0].DType) {
				c.results = append(c.results, r)
			}
		}
	}
	s := c.section(2, c.prefix, c.say("section.network", n.Instance, n.Path))
	if file := label(n.Instance, n.File); file != "" && file != n.Instance {
		s.say(c.say("network.file", file))
	}
	why := c.explanation()
	for k := range c.document.Networks[:i] { // e.g. the same path of two files
		if other := &c.document.Networks[k]; other.Instance == n.Instance && other.Path == n.Path {
			s.Title += " · " + n.File
			break
		}
	}
	s.list(c.findings(why))
	c.sizes()
	c.scope()
	c.anatomy(why)
	c.timing()
	c.memory()
	c.attribution(why)
	c.ablation(why)
	c.scaling()
	c.claims(why)
	c.advice(why)
}

// explanation returns what was found of the network, nil if nothing was.
func (c *composer) explanation() *explain.Document {
	for i := range c.document.Explanations {
		if d := &c.document.Explanations[i]; c.about.Is(d.Instance, d.File, d.Path) {
			return d
		}
	}
	return nil
}

// findings sums up what the sections say.
func (c *composer) findings(why *explain.Document) (all []string) {
	if h := c.about.Sizes; h != nil && h.Count > 0 {
		all = append(all, c.say("finding.small", h.Small.MaxBytes, report.Count(float64(h.Small.Count)), report.Count(float64(h.Count)), report.Percent(h.Small.Share),
			report.Percent(shareOf(h.Small.TotalBytes, float64(h.TotalBytes)))))
		if h.Reuse != nil {
			all = append(all, c.say("finding.reuse", report.Count(float64(h.UniqueSizes)), report.Count(float64(h.Reuse.Unlimited)), report.Count(float64(h.Reuse.PathOrder)), report.Count(float64(h.Reuse.LowestPeak))))
		}
	}
	if len(c.results) > 0 {
		if sentence := c.verdict(study.Judge(c.results)); sentence != "" {
			all = append(all, sentence)
		}
	}
	if why == nil {
		return all
	}
	for _, alloc := range allocsOf(why) {
		shares := phaseShares(why, alloc)
		all = append(all, c.say("finding.phases", alloc, report.Percent(shares[explain.PhaseAlloc]+shares[explain.PhaseFree]), report.Percent(shares[explain.PhaseMetadata]),
			report.Percent(shares[explain.PhaseFaults]), report.Percent(shares[explain.PhaseArithmetic])))
	}
	if counts := verdicts(why); len(why.Claims) > 0 {
		all = append(all, c.say("finding.claims", len(why.Claims), counts[explain.Holds], counts[explain.DoesNotHold], counts[explain.NotResolved], counts[explain.NotTestable]))
	}
	return all
}

func shareOf(part, whole float64) float64 {
	if whole <= 0 || math.IsInf(whole, 1) {
		return 0
	}
	return part / whole
}

// verdict says in a sentence which strategy is the fastest.
func (c *composer) verdict(v study.Verdict) string {
	if v.Measured < 2 {
		return ""
	}
	best := v.Best.Strategy()
	switch {
	case v.TooFew:
		return c.say("verdict.few", best)
	case v.Circle:
		return c.say("verdict.circle")
	}
	head := c.say("verdict.fastest", best)
	if len(v.Equal) > 0 {
		head = c.say("verdict.equal", best, strings.Join(v.Equal, ", "))
	}
	var slower []string
	for _, s := range v.Slower {
		slower = append(slower, fmt.Sprintf("%s %.3g× [%.3g, %.3g]", s.Strategy, s.Ratio.Median, s.Ratio.Low, s.Ratio.High))
	}
	if len(slower) > 0 {
		return head + c.say("verdict.slower", strings.Join(slower, ", "))
	}
	return head
}

// sizes is what tensors there are.
func (c *composer) sizes() {
	s := c.part("sizes")
	defer c.drop()
	if in := c.about.Inspection; in != nil {
		s.table(c.facts(c.say("table.inputs"), append([][2]string{
			{"tensors", report.Count(float64(in.Inputs.Count))}, {"dtype", in.DType}, {"output", c.output(in.Output)}}, c.tensors(in.Inputs)...)))
		for _, p := range in.Paths {
			facts := [][2]string{{"path", p.Path}, {"steps", report.Count(float64(p.Steps))}}
			if p.Log10Flops.OK {
				facts = append(facts, [2]string{"log10flops", fmt.Sprintf("%.2f", p.Log10Flops.Value)})
			}
			facts = append(facts, [2]string{"log2largest", fmt.Sprintf("%.2f", p.Log2Largest)})
			s.table(c.facts(c.say("table.intermediates"), append(facts, c.tensors(p.Results)...)))
			if p.TooLarge != "" {
				s.say(c.say("sizes.toolarge"))
			}
		}
	}
	if h := c.about.Sizes; h != nil {
		t := report.Table{Title: c.say("table.distribution"), Columns: c.columns("elements", "bytes", "count", "share", "cumulative"), Whole: true}
		for _, r := range h.Rows {
			t.Add(report.Cell{Text: amounts(r.MinElements, r.MaxElements, count), Value: float64(r.MinElements)}, report.Cell{Text: amounts(r.MinBytes, r.MaxBytes, report.Bytes), Value: float64(r.MinBytes)},
				number(r.Count), percentOf(r.Share), percentOf(r.CumulativeShare))
		}
		s.table(t)
		s.say(c.say("sizes.small", report.Count(float64(h.Count)), h.Small.MaxBytes, report.Count(float64(h.Small.Count)), report.Percent(h.Small.Share)))
		c.reuse(s, h)
	}
	if h := c.about.Powers; h != nil {
		if d, t := c.weights(h); len(d.Rows) > 0 {
			s.plot(d, t)
		}
	}
}

func count(v float64) string { return report.Count(v) }

// amounts writes a range of amounts, or the one amount.
func amounts(low, high study.Amount, format func(float64) string) string {
	if low == high {
		return format(float64(low))
	}
	return format(float64(low)) + "–" + format(float64(high))
}

func (c *composer) output(o study.Output) string {
	if len(o.Shape) == 0 {
		return c.say("output.scalar")
	}
	return fmt.Sprint(o.Shape)
}

// tensors are the facts about the sizes of tensors.
func (c *composer) tensors(t study.Tensors) [][2]string {
	amount := func(a study.Amount) string { return report.Decimals(float64(a)) }
	ranks := fmt.Sprint(t.MinRank)
	if t.MaxRank != t.MinRank {
		ranks = fmt.Sprintf("%d–%d", t.MinRank, t.MaxRank)
	}
	return [][2]string{{"min", amount(t.MinElements)}, {"max", amount(t.MaxElements)}, {"mean", amount(t.MeanElements)}, {"median", amount(t.MedianElements)},
		{"elements", amount(t.TotalElements)}, {"bytes", report.WithUnit(float64(t.TotalBytes))}, {"ranks", ranks}}
}

// reuse is the table of what a pool could serve.
func (c *composer) reuse(s *Section, h *study.Histogram) {
	t := report.Table{Title: c.say("table.reuse"), Columns: c.columns("<allocations", "count", "share"), Whole: true}
	add := func(key string, n int) {
		t.Add(report.Text(c.say("reuse."+key)), number(n), percentOf(shareOf(float64(n), float64(h.Count))))
	}
	add("all", h.Count)
	add("sizes", h.UniqueSizes)
	if r := h.Reuse; r != nil {
		add("unlimited", r.Unlimited)
		add("path", r.PathOrder)
		add("depth", r.DepthFirst)
		add("peak", r.LowestPeak)
	}
	s.table(t)
}

// weights draws sizes by their number and by their bytes.
func (c *composer) weights(h *study.Histogram) (draw.Bars, report.Table) {
	d := draw.Bars{
		Heading: draw.Heading{Title: c.say("plot.sizes." + h.Of), Text: c.say("plot.sizes.text", h.Small.MaxBytes, report.Percent(h.Small.Share), report.Percent(shareOf(h.Small.TotalBytes, float64(h.TotalBytes))))},
		Panels:  []string{c.say("plot.sizes.count"), c.say("plot.sizes.bytes")}, Axis: c.say("column.size"),
	}
	t := report.Table{Columns: c.columns("<size", "count", "share", "bytes", "sharebytes"), Whole: true}
	for _, r := range h.Rows {
		name, weight := report.Bytes(float64(r.MinBytes)), shareOf(float64(r.TotalBytes), float64(h.TotalBytes))
		d.Rows = append(d.Rows, draw.Bar{Name: name, Values: []float64{r.Share, weight}})
		t.Add(report.Cell{Text: name, Value: float64(r.MinBytes)}, number(r.Count), percentOf(r.Share), bytesOf(float64(r.TotalBytes)), percentOf(weight))
	}
	return d, t
}

// scope says what a clock runs over.
func (c *composer) scope() {
	if len(c.results) == 0 {
		return
	}
	s := c.part("scope")
	s.say(c.say("scope.inside"))
	s.say(c.say("scope.outside"))
	if c.results[0].Cold {
		s.say(c.say("scope.cold"))
	}
}

// timing is the table of strategies, and their intervals.
func (c *composer) timing() {
	if len(c.results) == 0 {
		return
	}
	s := c.part("timing")
	judged := study.Judge(c.results)
	sorted := slices.Clone(c.results)
	slices.SortStableFunc(sorted, func(a, b result.Result) int {
		switch {
		case a.Median.OK && b.Median.OK:
			return cmpFloat(a.Median.Value, b.Median.Value)
		case a.Median.OK:
			return -1
		case b.Median.OK:
			return 1
		}
		return 0
	})
	t := report.Table{Title: c.say("table.timing"), Columns: c.columns("<strategy"), Whole: true}
	for i := range sorted {
		t.Add(report.Name(sorted[i].Strategy()))
	}
	for i := range result.Figures {
		f := &result.Figures[i]
		if f.Heading == "" || f.Detail || !slices.ContainsFunc(sorted, func(r result.Result) bool { return f.Of(&r).OK }) {
			continue
		}
		t.Columns = append(t.Columns, report.Column{Name: c.language.name("figure", f.Key)})
		for k, cell := range report.FigureCells(f, sorted) {
			cell.Good = f.Key == "median_ns" && judged.Measured > 1 && !judged.TooFew && !judged.Circle &&
				(sorted[k].Strategy() == judged.Best.Strategy() || slices.Contains(judged.Equal, sorted[k].Strategy()))
			t.Rows[k] = append(t.Rows[k], cell)
		}
	}
	s.table(t)
	s.say(c.verdict(judged))
	if b := &judged.Best; b.Bound.OK && b.Bound.Value > 0 && judged.Measured > 0 {
		s.say(c.say("timing.bound", report.Duration(b.Bound.Value), c.language.name("boundby", b.BoundBy), b.Strategy(), b.Median.Value/b.Bound.Value))
	}
	for i := range sorted {
		if r := &sorted[i]; r.Error != "" {
			s.say(c.say("timing.failed", r.Strategy(), c.language.translate(r.Error)))
		}
	}
	for _, d := range c.intervals(sorted) {
		s.plot(d, c.intervalTable(d))
	}
}

func cmpFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// intervals are the drawings of strategies: their times, and their ratios.
func (c *composer) intervals(results []result.Result) (all []draw.Intervals) {
	times, ratios := TimesOf(results, c.language), RatiosOf(results, c.language)
	for _, d := range []draw.Intervals{ratios, times} {
		if len(d.Rows) > 0 {
			all = append(all, d)
		}
	}
	return all
}

func (c *composer) intervalTable(d draw.Intervals) report.Table {
	t := report.Table{Columns: c.columns("<strategy", "figure", "low", "high"), Whole: true}
	for _, r := range d.Rows {
		cell := func(v float64) report.Cell {
			if d.Unit == draw.Nanoseconds {
				return timeOf(v)
			}
			return report.Cell{Text: fmt.Sprintf("%.3f", v), Value: v}
		}
		low, high := report.Missing, report.Missing
		if r.Bounded {
			low, high = cell(r.Low), cell(r.High)
		}
		t.Add(report.Name(r.Name), cell(r.Value), low, high)
	}
	return t
}

// TimesOf draws the times of strategies: medians, and the quartiles about them.
func TimesOf(results []result.Result, l Language) draw.Intervals {
	d := draw.Intervals{Heading: draw.Heading{Title: l.say("plot.times"), Text: l.say("plot.times.text")}, Axis: l.say("plot.times.axis"), Unit: draw.Nanoseconds}
	for i := range results {
		if r := &results[i]; r.Median.OK {
			d.Rows = append(d.Rows, draw.Interval{Name: r.Strategy(), Value: r.Median.Value, Low: r.Q1.Value, High: r.Q3.Value, Bounded: r.Q1.OK && r.Q3.OK, Label: report.Duration(r.Median.Value)})
		}
	}
	return d
}

// RatiosOf draws the times of strategies against the baseline's, with their intervals.
func RatiosOf(results []result.Result, l Language) draw.Intervals {
	to := ""
	d := draw.Intervals{Unit: draw.Factor, Mark: 1}
	for i := range results {
		r := &results[i]
		if !r.Ratio.OK {
			continue
		}
		ratio := r.Ratio.Value
		to = ratio.To
		row := draw.Interval{Name: r.Strategy(), Value: ratio.Median, Low: ratio.Low.Value, High: ratio.High.Value, Bounded: ratio.Low.OK && ratio.High.OK, Label: fmt.Sprintf("%.3f", ratio.Median)}
		if row.Bounded && row.Low != row.High {
			row.Label = fmt.Sprintf("%.3f [%.3f, %.3f]", row.Value, row.Low, row.High)
		}
		d.Rows = append(d.Rows, row)
	}
	d.Heading = draw.Heading{Title: l.say("plot.ratios", to), Text: l.say("plot.ratios.text", to)}
	d.Axis = l.say("plot.ratios.axis", to)
	return d
}

// SizesOf draws a histogram: the sizes of tensors by their number and by their bytes.
func SizesOf(h *study.Histogram, l Language) draw.Bars {
	c := &composer{language: l}
	d, _ := c.weights(h)
	d.Title = titled(h.Instance, h.Path, d.Title)
	return d
}

// PlotsOf draws all results: of each program the ratios to the baseline, and the times.
func PlotsOf(results []result.Result) (all []draw.Drawing) {
	for len(results) > 0 {
		n := 1
		for n < len(results) && results[n].SameProgram(&results[0]) {
			n++
		}
		c := &composer{language: English}
		for _, d := range c.intervals(results[:n]) {
			d.Title = titled(results[0].Instance, results[0].Path, d.Title)
			all = append(all, d)
		}
		results = results[n:]
	}
	return all
}

// titled is the title of a drawing that stands alone.
func titled(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), " · ")
}
