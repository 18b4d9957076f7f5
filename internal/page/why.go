package page

import (
	"fmt"
	"slices"
	"strings"

	"tnbench/internal/contract"
	"tnbench/internal/draw"
	"tnbench/internal/explain"
	"tnbench/internal/report"
	"tnbench/internal/result"
)

// allocsOf returns the strategies that an attribution is of.
func allocsOf(d *explain.Document) (all []string) {
	for _, s := range d.Attribution {
		if !slices.Contains(all, s.Alloc) {
			all = append(all, s.Alloc)
		}
	}
	return all
}

// phaseShares returns what share of the time each phase takes under a strategy.
func phaseShares(d *explain.Document, alloc string) map[explain.Phase]float64 {
	shares := map[explain.Phase]float64{}
	for _, s := range d.Attribution {
		if s.Alloc == alloc {
			shares[s.Phase] += s.Share
		}
	}
	return shares
}

// verdicts counts what became of claims.
func verdicts(d *explain.Document) map[explain.Verdict]int {
	counts := map[explain.Verdict]int{}
	for _, c := range d.Claims {
		counts[c.Verdict]++
	}
	return counts
}

// anatomy is what a step takes from the heap.
func (c *composer) anatomy(d *explain.Document) {
	if d == nil || len(d.Anatomy) == 0 {
		return
	}
	s := c.part("anatomy")
	s.say(c.say("anatomy.what"))
	t := report.Table{Columns: c.columns("<strategy", "<metadata", "hits", "hitallocs", "hitbytes", "misses", "missallocs", "missbytes"), Whole: true}
	sites := report.Table{Title: c.say("table.sites"), Columns: c.columns("<line", "<of"), Whole: true}
	of := map[string][]string{}
	var order []string
	per := func(v float64) report.Cell { return report.Cell{Text: fmt.Sprintf("%.3g", v), Value: v} }
	for i := range d.Anatomy {
		a := &d.Anatomy[i]
		t.Add(report.Name(a.Alloc), report.Text(a.Metadata), number(a.Hits), maybe(a.HitAllocs, per), maybe(a.HitBytes, bytesOf),
			number(a.Misses), maybe(a.MissAllocs, per), maybe(a.MissBytes, bytesOf))
		for _, site := range a.Sites {
			if of[site] == nil {
				order = append(order, site)
			}
			switch {
			case a.Metadata == contract.MetadataNone.String():
				of[site] = append(of[site], a.Alloc)
			case !slices.Contains(of[site], a.Alloc): // else it does so with any metadata
				of[site] = append(of[site], a.Alloc+" "+a.Metadata)
			}
		}
	}
	for _, site := range order {
		sites.Add(report.Text(c.language.translate(site)), report.Text(strings.Join(of[site], ", ")))
	}
	s.table(t)
	s.table(sites)
}

// attribution is where the time goes.
func (c *composer) attribution(d *explain.Document) {
	if d == nil || len(d.Attribution) == 0 && len(d.Costly) == 0 {
		return
	}
	s := c.part("attribution")
	if len(d.Attribution) > 0 {
		s.say(c.say("attribution.what"))
		c.phases(s, d)
	}
	if len(d.Costly) == 0 {
		return
	}
	t := report.Table{Title: c.say("table.costly"), Columns: c.columns("<strategy", "step", "<labels", "<kernel", "bytes", "time", "share", "bound", "ofbound", "<boundby"), Whole: true}
	for _, x := range d.Costly {
		over := result.Maybe[float64]{Value: x.NS / x.Bound.Value, OK: x.Bound.OK && x.Bound.Value > 0}
		t.Add(report.Name(x.Alloc), number(x.Step), report.Name(x.Labels), report.Text(x.Class), bytesOf(float64(x.Bytes)), timeOf(x.NS), percentOf(x.Share),
			maybe(x.Bound, timeOf), maybe(over, times), report.Text(c.language.name("boundby", x.BoundBy)))
	}
	s.table(t)
}

// phases draws the phases of each strategy, and lists them by size class.
func (c *composer) phases(s *Section, d *explain.Document) {
	stacked := draw.Stacked{Heading: draw.Heading{Title: c.say("plot.phases"), Text: c.say("plot.phases.text")}, Axis: c.say("axis.contraction"), Unit: draw.Nanoseconds}
	var used []explain.Phase
	for _, p := range explain.Phases {
		if slices.ContainsFunc(d.Attribution, func(s explain.Share) bool { return s.Phase == p }) {
			used = append(used, p)
			stacked.Parts = append(stacked.Parts, c.language.name("phase", string(p)))
		}
	}
	t := report.Table{Columns: c.columns("<strategy", "<phase", "time", "low", "high", "share", "number", "<method"), Whole: true}
	for _, alloc := range allocsOf(d) {
		bar := draw.Bar{Name: alloc, Values: make([]float64, len(used))}
		for i, p := range used {
			sum, any := sumOf(d, alloc, p)
			if bar.Values[i] = sum.NS; !any {
				continue
			}
			t.Add(report.Name(alloc), report.Text(stacked.Parts[i]), timeOf(sum.NS), maybe(sum.Low, timeOf), maybe(sum.High, timeOf), percentOf(sum.Share),
				maybe(sum.Count, func(v float64) report.Cell { return number(v) }), report.Text(c.language.name("method", sum.Method)))
		}
		stacked.Rows = append(stacked.Rows, bar)
	}
	s.plot(stacked, t)
	var wholes []string
	for _, a := range d.Attributed {
		if a.Together.OK {
			wholes = append(wholes, c.say("attribution.timed", a.Alloc, report.Duration(a.NS), report.Percent(a.Together.Value)))
		} else {
			wholes = append(wholes, c.say("attribution.whole", a.Alloc, report.Duration(a.NS)))
		}
	}
	s.list(wholes)
	for _, alloc := range allocsOf(d) {
		s.table(c.classes(d, alloc, used))
	}
}

// sumOf adds what a phase takes in all size classes, if there is anything of it.
func sumOf(d *explain.Document, alloc string, p explain.Phase) (sum explain.Share, any bool) {
	sum = explain.Share{Alloc: alloc, Phase: p}
	bounded, low, high, n := true, 0.0, 0.0, 0
	for _, s := range d.Attribution {
		if s.Alloc != alloc || s.Phase != p {
			continue
		}
		n++
		sum.NS, sum.Share, sum.Method = sum.NS+s.NS, sum.Share+s.Share, s.Method
		bounded = bounded && s.Low.OK && s.High.OK
		low, high = low+s.Low.Value, high+s.High.Value
		if s.Count.OK {
			sum.Count = result.Measured(sum.Count.Value + s.Count.Value)
		}
	}
	if bounded && n > 0 {
		sum.Low, sum.High = result.Measured(low), result.Measured(high)
	}
	return sum, n > 0
}

// classes is the table of phases by the size of the steps' results.
func (c *composer) classes(d *explain.Document, alloc string, phases []explain.Phase) report.Table {
	t := report.Table{Title: c.say("table.classes", alloc), Columns: c.columns("<phase"), Whole: true}
	var classes []string
	for _, k := range explain.SizeClasses {
		if slices.ContainsFunc(d.Attribution, func(s explain.Share) bool { return s.Alloc == alloc && s.Class == k.Name }) {
			classes = append(classes, k.Name)
			t.Columns = append(t.Columns, report.Column{Name: k.Name})
		}
	}
	if len(classes) == 0 {
		return t
	}
	classes = append(classes, "")
	t.Columns = append(t.Columns, report.Column{Name: c.say("column.nostep")})
	for _, p := range phases {
		row := []report.Cell{report.Text(c.language.name("phase", string(p)))}
		for _, class := range classes {
			i := slices.IndexFunc(d.Attribution, func(s explain.Share) bool { return s.Alloc == alloc && s.Phase == p && s.Class == class })
			if i < 0 {
				row = append(row, report.Missing)
				continue
			}
			x := d.Attribution[i]
			row = append(row, report.Cell{Text: duration(x.NS) + " (" + report.Percent(x.Share) + ")", Value: x.NS})
		}
		t.Add(row...)
	}
	return t
}

// ablation is what changes when one thing is changed.
func (c *composer) ablation(d *explain.Document) {
	if d == nil || len(d.Ablation) == 0 {
		return
	}
	s := c.part("ablation")
	s.say(c.say("ablation.what"))
	s.table(c.streaming(d))
	for _, direction := range []string{explain.LeaveOneOut, explain.OneIn} {
		t := report.Table{Title: c.say("table." + direction), Columns: c.columns("<factor", "<from", "<to", "effect", "low", "high", "percent", "perstep", "<resolved"), Whole: true}
		for _, e := range d.Ablation {
			if e.Direction != direction || e.Reason != "" && !e.NS.OK {
				continue
			}
			factor := c.language.name("factor", e.Factor)
			if e.With != "" {
				factor += " × " + c.language.name("factor", e.With)
			}
			resolved := c.say("resolved.no")
			if e.Resolved {
				resolved = c.say("resolved.yes")
			}
			t.Add(report.Text(factor), report.Name(c.language.translate(e.From)), report.Name(c.language.translate(e.To)), maybe(e.NS, effectOf), maybe(e.Low, effectOf), maybe(e.High, effectOf),
				maybe(e.Percent, func(v float64) report.Cell { return report.Cell{Text: fmt.Sprintf("%+.1f %%", v), Value: v} }), maybe(e.StepNS, effectOf), report.Text(resolved))
		}
		s.table(t)
		if lines := c.fixed(d, direction); len(lines) > 0 {
			s.say(c.say("ablation.fixed", t.Title))
			s.list(lines)
		}
	}
}

// fixed says which factors were not varied in a direction, by why.
func (c *composer) fixed(d *explain.Document, direction string) (lines []string) {
	var reasons []string
	factors := map[string][]string{}
	for _, e := range d.Ablation {
		if e.Direction != direction || e.Reason == "" || e.NS.OK {
			continue
		}
		if factors[e.Reason] == nil {
			reasons = append(reasons, e.Reason)
		}
		name := c.language.name("factor", e.Factor)
		if e.To != "" {
			name = c.say("ablation.to", name, c.language.translate(e.To))
		}
		if !slices.Contains(factors[e.Reason], name) {
			factors[e.Reason] = append(factors[e.Reason], name)
		}
	}
	for _, reason := range reasons {
		lines = append(lines, c.say("ablation.why", strings.Join(factors[reason], c.say("and")), c.language.translate(reason)))
	}
	return lines
}

// streaming is the table of what each choice of regions leaves to be stored.
func (c *composer) streaming(d *explain.Document) report.Table {
	t := report.Table{Title: c.say("table.streaming"), Columns: c.columns("<regions", "regioncount", "regionsteps", "streamed", "peak", "footprint", "bound", "<boundby"), Whole: true}
	for i := range d.Streaming {
		x := &d.Streaming[i]
		footprint := report.Missing
		if x.Footprint.OK {
			footprint = bytesOf(float64(x.Footprint.Value))
		}
		t.Add(report.Text(x.Regions), number(x.Count), number(x.Steps), bytesOf(float64(x.StreamedBytes)), bytesOf(float64(x.PeakLive)), footprint,
			maybe(x.Bound, timeOf), report.Text(c.language.name("boundby", x.BoundBy)))
	}
	return t
}

// effectOf is the cell of a difference in time.
func effectOf(ns float64) report.Cell {
	cell := timeOf(ns)
	if ns > 0 {
		cell.Text = "+" + cell.Text
	}
	return cell
}

// claims is what became of the analysis's sentences.
func (c *composer) claims(d *explain.Document) {
	if d == nil || len(d.Claims) == 0 {
		return
	}
	s := c.part("claims")
	s.say(c.say("claims.what"))
	t := report.Table{Columns: c.columns("<section", "<claim", "<network", "<experiment", "<measured", "<verdict"), Whole: true}
	for _, x := range d.Claims {
		claim, experiment := x.Claim, x.Experiment
		if said := c.language.name("claim", x.ID); said != x.ID {
			claim = said
		}
		if said := c.language.name("experiment", x.ID); said != x.ID {
			experiment = said
		}
		network := x.Instance
		if network == "" {
			network = d.Instance
		}
		cell := report.Text(c.language.name("claimed", string(x.Verdict)))
		cell.Good = x.Verdict == explain.Holds
		t.Add(report.Text(c.language.translate(x.Section)), report.Text(claim), report.Name(network), report.Text(experiment), report.Text(c.language.translate(x.Measured)), cell)
	}
	s.table(t)
}

// advice is what to do.
func (c *composer) advice(d *explain.Document) {
	if d == nil || len(d.Advice) == 0 {
		return
	}
	s := c.part("advice")
	s.say(c.say("advice.what"))
	t := report.Table{Columns: c.columns("<advice", "<rows"), Whole: true}
	for _, a := range d.Advice {
		t.Add(report.Text(c.language.translate(a.Text)), report.Text(strings.Join(a.Rows, ", ")))
	}
	s.table(t)
}
