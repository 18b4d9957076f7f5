package page

import (
	"fmt"
	"math"
	"slices"

	"tnbench/internal/draw"
	"tnbench/internal/report"
	"tnbench/internal/study"
)

// memory is what buffers need: forecasts, what is live, where a plan puts them, and what
// the process had.
func (c *composer) memory() {
	s := c.part("memory")
	defer c.drop()
	if in := c.about.Inspection; in != nil {
		for i := range in.Paths {
			if x := in.Paths[i].Streaming; x.OK && len(x.Value.Regions) > 0 {
				c.regions(s, &x.Value)
			}
		}
	}
	for i := range c.about.Forecasts {
		s.table(c.forecast(&c.about.Forecasts[i]))
	}
	if len(c.about.Forecasts) > 0 {
		s.say(c.say("memory.forecast"))
	}
	if len(c.about.Live) > 0 {
		c.live(s)
	}
	if p := c.about.Plan; p != nil {
		c.plan(s, p)
	} else if len(c.about.Forecasts) > 0 {
		if n := c.about.Forecasts[0].Intermediates + c.about.Forecasts[0].Temporaries; n > MostBoxes {
			s.say(c.say("memory.noplan", report.Count(float64(n)), report.Count(MostBoxes)))
		}
	}
	if len(c.about.Resident) > 0 {
		c.resident(s)
	}
}

// forecast is the table of what strategies need in one order.
func (c *composer) forecast(p *study.ProgramPlan) report.Table {
	t := report.Table{Title: c.say("table.forecast", c.order(p.Order, p.Regions), report.Bytes(float64(p.PeakLive)), report.Bytes(float64(p.Bytes))),
		Columns: c.columns("<strategy", "footprint", "ofbound", "first", "hits", "misses"), Whole: true}
	for _, f := range p.Strategies {
		t.Add(report.Name(f.Alloc), bytesOf(float64(f.Footprint)), maybe(f.Ratio, times), bytesOf(float64(f.First)), number(f.Hits), number(f.Misses))
	}
	return t
}

// order names an execution order, and the mode of regions if there are any.
func (c *composer) order(order, regions string) string {
	name := c.language.name("order", order)
	if regions != "" {
		return c.say("memory.regions", name, regions)
	}
	return name
}

// regions lists what runs slice by slice.
func (c *composer) regions(s *Section, x *study.Streaming) {
	t := report.Table{Title: c.say("table.regions"), Columns: c.columns("<regionsteps", "<labels", "slices", "added", "streamed"), Whole: true}
	for _, r := range x.Regions {
		steps := c.say("regions.steps", r.Steps[0], r.Steps[len(r.Steps)-1], len(r.Steps))
		t.Add(report.Cell{Text: steps, Value: float64(r.Steps[0])}, report.Name(r.Labels), number(r.Slices), number(r.Added), bytesOf(float64(r.StreamedBytes)))
	}
	s.table(t)
	s.say(c.say("regions.what", report.Bytes(float64(x.StreamedBytes)), report.Bytes(float64(x.PeakLive)), report.Bytes(float64(x.PeakWithout))))
}

// times is the cell of a ratio.
func times(v float64) report.Cell {
	return report.Cell{Text: fmt.Sprintf("%.3f×", v), Value: v}
}

// live draws what is live at each step.
func (c *composer) live(s *Section) {
	d := draw.Curves{Heading: draw.Heading{Title: c.say("plot.live"), Text: c.say("plot.live.text")}, XAxis: c.say("axis.step"), YAxis: c.say("axis.live"), Y: draw.Bytes, Steps: true}
	t := report.Table{Columns: c.columns("<order", "peak", "atstep", "meanlive"), Whole: true}
	for _, curve := range c.about.Live {
		name := c.order(curve.Order, curve.Regions)
		series, sum, at := draw.Series{Name: name}, 0.0, 0
		for i, m := range curve.Live {
			end := curve.Steps
			if i+1 < len(curve.Live) {
				end = curve.Live[i+1].Step
			}
			sum += float64(m.Bytes) * float64(end-m.Step)
			if m.Bytes > curve.Live[at].Bytes {
				at = i
			}
			series.X, series.Y = append(series.X, float64(m.Step)), append(series.Y, float64(m.Bytes))
			if i+1 == len(curve.Live) {
				series.X, series.Y = append(series.X, float64(end)), append(series.Y, float64(m.Bytes))
			}
		}
		if len(curve.Live) == 0 {
			continue
		}
		d.Series = append(d.Series, series)
		d.Log = d.Log || apart(series.Y)
		t.Add(report.Text(name), bytesOf(float64(curve.Peak)), number(curve.Live[at].Step), bytesOf(sum/float64(max(curve.Steps, 1))))
	}
	if len(d.Series) > 0 {
		s.plot(d, t)
	}
}

// apart reports whether values lie so far apart that only a logarithm shows the lower
// half of them.
func apart(values []float64) bool {
	sorted := slices.Sorted(slices.Values(values))
	return len(sorted) > 0 && sorted[len(sorted)/2]*100 < sorted[len(sorted)-1]
}

// plan draws where the buffers lie.
func (c *composer) plan(s *Section, p *Plan) {
	d := draw.Plan{
		Heading: draw.Heading{Title: c.say("plot.plan", c.language.name("order", p.Order)), Text: c.say("plot.plan.text", report.Count(float64(len(p.Boxes))), report.Bytes(float64(p.Bytes)),
			report.Bytes(float64(p.Height)), float64(p.Height)/math.Max(float64(p.Bound), 1), report.Bytes(float64(p.Bound)))},
		TimeAxis: c.say("axis.step"), InBytes: true, Bare: true, Height: p.Height, Bound: p.Bound,
		Words: draw.PlanWords{Address: c.say("axis.address"), Live: c.say("axis.live"), Size: c.say("plan.size"), Bound: c.say("plan.bound"), Peak: c.say("plan.peak"),
			Stretched: c.say("plan.stretched"), None: c.say("plan.none")},
	}
	sizes := make([]float64, len(p.Boxes))
	for i, b := range p.Boxes {
		d.Boxes = append(d.Boxes, study.Box{Name: c.nameOf(b), From: b.From, To: b.To, Offset: b.Offset, Size: b.Size})
		sizes[i] = float64(b.Size)
	}
	d.Stretched = apart(sizes)
	t := report.Table{Columns: c.columns("<buffer", "size", "offset", "from", "until"), Whole: true}
	largest := slices.Clone(p.Boxes)
	slices.SortStableFunc(largest, func(a, b Box) int { return b.Size - a.Size })
	for _, b := range largest[:min(len(largest), mostBoxes)] {
		t.Add(report.Text(c.nameOf(b)), bytesOf(float64(b.Size)), bytesOf(float64(b.Offset)), number(b.From), number(b.To-1))
	}
	if len(largest) > mostBoxes {
		t.Notes = append(t.Notes, report.Note{c.say("plan.largest", mostBoxes, report.Count(float64(len(largest))))})
	}
	s.plot(d, t)
}

// nameOf says what a buffer holds.
func (c *composer) nameOf(b Box) string {
	if b.Temporary {
		return c.say("plan.temporary", b.From)
	}
	return c.say("plan.result", b.From)
}

// MostBoxes is how many buffers a plan has at most that is drawn: of more it would be dust.
const MostBoxes = 5000

// mostBoxes is how many buffers the table behind a plan has.
const mostBoxes = 20

// resident draws what the process had in memory.
func (c *composer) resident(s *Section) {
	d := draw.Curves{Heading: draw.Heading{Title: c.say("plot.resident"), Text: c.say("plot.resident.text")}, XAxis: c.say("axis.time"), X: draw.Nanoseconds, YAxis: c.say("axis.resident"), Y: draw.Bytes}
	t := report.Table{Columns: c.columns("<strategy", "residentleast", "residentmost", "residentlast"), Whole: true}
	for _, r := range c.about.Resident {
		series := draw.Series{Name: r.Alloc}
		least, most := math.Inf(1), 0.0
		for _, m := range r.At {
			series.X, series.Y = append(series.X, m.NS), append(series.Y, m.Bytes)
			least, most = min(least, m.Bytes), max(most, m.Bytes)
		}
		if len(r.At) == 0 {
			continue
		}
		d.Series = append(d.Series, series)
		t.Add(report.Name(r.Alloc), bytesOf(least), bytesOf(most), bytesOf(r.At[len(r.At)-1].Bytes))
	}
	if len(d.Series) > 0 {
		s.plot(d, t)
	}
}

// scaling draws how much more is done with more workers, or more contractions at once.
func (c *composer) scaling() {
	if len(c.about.Scaling) == 0 {
		return
	}
	s := c.part("scaling")
	s.say(c.say("scaling.what"))
	t := report.Table{Columns: c.columns("<strategy", "threads", "streams", "<shared", "time", "speed", "low", "high"), Whole: true}
	threads := draw.Curves{Heading: draw.Heading{Title: c.say("plot.threads"), Text: c.say("plot.threads.text")}, XAxis: c.say("axis.threads"), YAxis: c.say("axis.speed"), Y: draw.Factor, Dots: true, Mark: 1}
	streams := draw.Curves{Heading: draw.Heading{Title: c.say("plot.streams"), Text: c.say("plot.streams.text")}, XAxis: c.say("axis.streams"), YAxis: c.say("axis.speed"), Y: draw.Factor, Dots: true, Mark: 1}
	add := func(d *draw.Curves, name string, x int, y float64) {
		i := slices.IndexFunc(d.Series, func(s draw.Series) bool { return s.Name == name })
		if i < 0 {
			i = len(d.Series)
			d.Series = append(d.Series, draw.Series{Name: name})
		}
		d.Series[i].X, d.Series[i].Y = append(d.Series[i].X, float64(x)), append(d.Series[i].Y, y)
	}
	for _, r := range c.about.Scaling {
		shared := ""
		if r.Streams > 1 {
			shared = c.say("scaling.own")
			if r.Shared {
				shared = c.say("scaling.shared")
			}
		}
		t.Add(report.Name(r.Alloc), number(r.Threads), number(r.Streams), report.Text(shared), timeOf(r.Median), times(r.Speed), maybe(r.Low, times), maybe(r.High, times))
		if r.Streams == 1 {
			add(&threads, r.Alloc, r.Threads, r.Speed)
		}
		if r.Threads == 1 && (r.Streams > 1 || !r.Shared) {
			name := r.Alloc
			if r.Streams == 1 { // where both kinds begin
				add(&streams, r.Alloc+", "+c.say("scaling.own"), 1, r.Speed)
				if slices.ContainsFunc(c.about.Scaling, func(o study.Scaled) bool { return o.Alloc == r.Alloc && o.Shared }) {
					add(&streams, r.Alloc+", "+c.say("scaling.shared"), 1, r.Speed)
				}
				continue
			}
			add(&streams, name+", "+shared, r.Streams, r.Speed)
		}
	}
	for _, d := range []draw.Curves{threads, streams} {
		if slices.ContainsFunc(d.Series, func(s draw.Series) bool { return len(s.X) > 1 }) {
			s.plot(d, t)
		}
	}
	if len(s.Blocks) == 1 {
		s.table(t)
	}
}
