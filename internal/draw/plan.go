package draw

import (
	"cmp"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strconv"

	"tnbench/internal/alloc/pack"
	"tnbench/internal/report"
	"tnbench/internal/study"
)

// Plan is a picture of a plan as the packing papers draw it: time across,
// address up, a box per buffer; and below it, on the same time axis, what is live.
type Plan struct {
	Heading
	File     string // stands in the title where several plans have the same
	TimeAxis string // what time counts
	InBytes  bool   // sizes are bytes, else they have no unit
	Height   int    // of the plan
	Bound    int    // no plan is lower
	// Stretched: a moment is as wide as the square root of what is live then, so
	// that few large buffers among many small ones can be seen.
	Stretched bool
	Bare      bool // the text stands elsewhere
	Boxes     []study.Box
	Words     PlanWords // those that are empty are English
}

// PlanWords are the words in a plan.
type PlanWords struct {
	Address, Live, Size, Bound, Peak, None string
	Stretched                              string // added to the name of the time axis
}

// PlanOf returns the picture of the plan that the strategy planned makes.
func PlanOf(p *study.ProgramPlan) (Plan, error) {
	plan, err := p.Packed()
	if err != nil {
		return Plan{}, err
	}
	return Plan{
		Heading: Heading{
			Title: joined(p.Instance, p.Path, "order "+p.Order),
			Text: fmt.Sprintf("%s, %s in all, planned in %s: %.3f times the peak of live bytes, %s",
				buffers(len(plan.Boxes)), report.Bytes(float64(p.Bytes)), report.Bytes(float64(plan.Height)), heightRatio(plan.Height, p.PeakLive), report.Bytes(float64(p.PeakLive))),
		},
		File: p.File, TimeAxis: "step", InBytes: true, Height: plan.Height, Bound: p.PeakLive, Boxes: plan.Boxes,
	}, nil
}

// ProblemOf returns the picture of a solved planning problem.
func ProblemOf(p study.ProblemPlan, named []pack.Named, plan pack.Plan) Plan {
	f := Plan{
		Heading: Heading{
			Title: p.File,
			Text: fmt.Sprintf("%s, height %s: %.3f times the lower bound, %s",
				buffers(p.Buffers), report.Count(float64(p.Height)), heightRatio(p.Height, p.Bound), report.Count(float64(p.Bound))),
		},
		TimeAxis: "time", Height: plan.Height, Bound: plan.Bound,
	}
	for i, b := range named {
		f.Boxes = append(f.Boxes, study.Box{Name: "buffer " + b.ID, From: b.Lower, To: b.Upper, Offset: plan.Offsets[i], Size: b.Size})
	}
	return f
}

func buffers(n int) string {
	if n == 1 {
		return "1 buffer"
	}
	return report.Count(float64(n)) + " buffers"
}

func heightRatio(height, bound int) float64 {
	return pack.Plan{Height: height, Bound: bound}.Ratio()
}

// Measures of a plan in user units.
const (
	planWidth  = 1200.0
	planHeight = 710.0
	plotLeft   = 96.0
	plotRight  = 1030.0 // the legend is to the right of it
	plotTop    = 36.0
	plotBottom = 506.0
	liveTop    = 556.0
	liveBottom = 666.0
)

// Distinct returns plans whose titles tell them apart: those of one title name their
// files.
func Distinct(plans []Plan) (all []Drawing) {
	titles := map[string]int{}
	for i := range plans {
		titles[plans[i].Title]++
	}
	for _, p := range plans {
		if titles[p.Title] > 1 {
			p.Title = joined(p.Title, p.File)
		}
		all = append(all, p)
	}
	return all
}

func (f Plan) size() (width, height float64) { return planWidth, planHeight }

func (f Plan) draw(c canvas) { newDrawing(c, &f).draw() }

// drawing is a plan on its way to the picture.
type drawing struct {
	canvas
	*Plan
	since, until int // of time
	live         []moment
	peak         int
	widths       []float64 // if stretched: from since to each of live
}

// moment is a time from which on so much is live.
type moment struct{ time, live int }

func newDrawing(c canvas, f *Plan) *drawing {
	d := &drawing{canvas: c, Plan: f, live: liveCurve(f.Boxes)}
	if n := len(d.live); n > 0 {
		d.since, d.until = d.live[0].time, d.live[n-1].time
	}
	d.until = max(d.until, d.since+1)
	for _, m := range d.live {
		d.peak = max(d.peak, m.live)
	}
	if f.Stretched && d.peak > 0 {
		d.stretch()
	}
	return d
}

// stretch gives every moment its width.
func (d *drawing) stretch() {
	d.widths = make([]float64, len(d.live))
	for i := 1; i < len(d.live); i++ {
		before := d.live[i-1]
		d.widths[i] = d.widths[i-1] + float64(distance(before.time, d.live[i].time))*math.Sqrt(float64(before.live))
	}
}

// liveCurve returns the moments at which what is live changes.
func liveCurve(boxes []study.Box) []moment {
	changes := make([]moment, 0, 2*len(boxes))
	for _, b := range boxes {
		changes = append(changes, moment{b.From, b.Size}, moment{b.To, -b.Size})
	}
	slices.SortFunc(changes, func(a, b moment) int { return cmp.Compare(a.time, b.time) })
	curve := changes[:0]
	live := 0
	for i, c := range changes {
		live += c.live
		if i+1 == len(changes) || changes[i+1].time != c.time {
			curve = append(curve, moment{c.time, live})
		}
	}
	return curve
}

func (d *drawing) draw() {
	if !d.Bare {
		d.text(plotLeft, 14, d.Text, "d-sub")
	}
	d.axes(cmp.Or(d.Words.Address, "address"), plotTop, plotBottom, d.Height)
	d.axes(cmp.Or(d.Words.Live, "live"), liveTop, liveBottom, d.peak)
	if len(d.Boxes) == 0 {
		d.text((plotLeft+plotRight)/2, (plotTop+plotBottom)/2, cmp.Or(d.Words.None, "no buffers"), "d-mid")
		return
	}
	d.timeAxis()
	d.boxes()
	d.liveBytes()
	d.text(plotRight+10, plotTop+2, cmp.Or(d.Words.Size, "size of a buffer"), "d-text")
	d.legend()
}

// x returns where a moment is.
func (d *drawing) x(time int) float64 {
	if d.widths != nil { // boxes and ticks are at moments
		i, _ := slices.BinarySearchFunc(d.live, time, func(m moment, time int) int { return cmp.Compare(m.time, time) })
		return plotLeft + (plotRight-plotLeft)*d.widths[i]/d.widths[len(d.widths)-1]
	}
	return plotLeft + (plotRight-plotLeft)*float64(distance(d.since, time))/float64(distance(d.since, d.until))
}

// y returns where a size is between bottom and top, which stands for full.
func y(size int, top, bottom float64, full int) float64 {
	return bottom - (bottom-top)*float64(size)/float64(max(full, 1))
}

// amount writes a size with its unit.
func (d *drawing) amount(n int) string {
	if d.InBytes {
		return report.Bytes(float64(n))
	}
	return report.Count(float64(n))
}

// axes draws the frame of a plot and its vertical axis.
func (d *drawing) axes(name string, top, bottom float64, full int) {
	ticks := ticksBetween(0, full, 6, d.InBytes)
	if bottom-top < 200 {
		ticks = ticksBetween(0, full, 3, d.InBytes)
	}
	for _, t := range ticks {
		at := y(t, top, bottom, full)
		d.line(plotLeft, at, plotRight, at, "d-grid")
		d.text(plotLeft-8, at+4, d.amount(t), "d-tickend")
	}
	d.line(plotLeft, top, plotLeft, bottom, "d-axis")
	d.line(plotLeft, bottom, plotRight, bottom, "d-axis")
	d.upward(20, (top+bottom)/2, name, "d-tick")
}

// timeAxis draws the axis that both plots share.
func (d *drawing) timeAxis() {
	for _, t := range d.times() {
		at := d.x(t)
		d.line(at, plotBottom, at, plotBottom+5, "d-axis")
		d.line(at, liveBottom, at, liveBottom+5, "d-axis")
		d.text(at, plotBottom+19, report.Count(float64(t)), "d-tick")
		d.text(at, liveBottom+19, report.Count(float64(t)), "d-tick")
	}
	name := d.TimeAxis
	if d.widths != nil {
		name += cmp.Or(d.Words.Stretched, ", as wide as the square root of what is live")
	}
	d.text((plotLeft+plotRight)/2, liveBottom+40, name, "d-tick")
}

// times returns the moments to mark: round ones, or if the axis is stretched all
// that have room for their number.
func (d *drawing) times() []int {
	if d.widths == nil {
		return ticksBetween(d.since, d.until, 10, false)
	}
	const room = 46
	var marks []int
	last := math.Inf(-1)
	for _, m := range d.live {
		if at := d.x(m.time); at >= last+room {
			marks = append(marks, m.time)
			last = at
		}
	}
	return marks
}

// ticksBetween returns round numbers in [low, high], about n of them: multiples
// of a power of two if binary, else of 1, 2 or 5 times a power of ten.
func ticksBetween(low, high, n int, binary bool) []int {
	step := 1
	for i := 0; step < math.MaxInt/4 && uint(step)*uint(n) < distance(low, high); i++ {
		if binary || i%3 != 1 {
			step *= 2
		} else {
			step = step / 2 * 5 // 1, 2, 5, 10
		}
	}
	first := low - low%step // towards zero
	if first < low {
		if first > math.MaxInt-step {
			return nil
		}
		first += step
	}
	var ticks []int
	for t := first; t <= high; t += step {
		ticks = append(ticks, t)
		if t > math.MaxInt-step {
			break
		}
	}
	return ticks
}

// distance returns high - low, which an int may not hold.
func distance(low, high int) uint { return uint(high) - uint(low) }

// class returns the size class of a box: 0 for sizes of the largest one's power
// of two, 1 for the power below, and so on; the last holds all that are smaller.
func (d *drawing) class(size, largest int) int {
	return min(bits.Len(uint(largest))-bits.Len(uint(size)), planInks-1)
}

func (d *drawing) largest() int {
	largest := 0
	for _, b := range d.Boxes {
		largest = max(largest, b.Size)
	}
	return largest
}

// boxes draws the buffers by class, so that a class states its colour once. Only
// boxes large enough get a white edge, which would cover small ones, and a label.
func (d *drawing) boxes() {
	const edge = 2.5
	largest := d.largest()
	var groups [planInks][2][]int // by class; small, big
	for i, b := range d.Boxes {
		_, _, width, height := d.place(b)
		big := 0
		if width >= edge && height >= edge {
			big = 1
		}
		c := d.class(b.Size, largest)
		groups[c][big] = append(groups[c][big], i)
	}
	d.open("d-boxes")
	for c := range groups {
		for big, kind := range []string{"p", "e"} {
			if len(groups[c][big]) == 0 {
				continue
			}
			d.open(class(kind, c))
			for _, i := range groups[c][big] {
				left, top, width, height := d.place(d.Boxes[i])
				d.rect(left, top, width, height, d.describe(d.Boxes[i]), "")
			}
			d.end()
		}
	}
	d.end()
	for c := range groups {
		for _, i := range groups[c][1] {
			d.label(d.Boxes[i], c)
		}
	}
}

// place returns where a box is drawn.
func (d *drawing) place(b study.Box) (left, top, width, height float64) {
	left, top = d.x(b.From), y(b.Offset+b.Size, plotTop, plotBottom, d.Height)
	return left, top, d.x(b.To) - left, y(b.Offset, plotTop, plotBottom, d.Height) - top
}

// label writes the size of a box of a class into it if there is room.
func (d *drawing) label(b study.Box, size int) {
	left, top, width, height := d.place(b)
	text := d.amount(b.Size)
	if height < 14 || width < 6.6*float64(len(text))+4 {
		return
	}
	d.text(left+width/2, top+height/2+4, text, class("q", size))
}

// describe is what the pointer shows of a box.
func (d *drawing) describe(b study.Box) []string {
	when := d.TimeAxis + " " + report.Span(b.From, b.To-1)
	size, offset := report.Count(float64(b.Size)), report.Count(float64(b.Offset))
	if d.InBytes {
		size, offset = report.WithUnit(float64(b.Size)), report.WithUnit(float64(b.Offset))
	}
	return []string{b.Name, size + " @ " + offset, when}
}

// liveBytes draws the curve of what is live, and its peak in both plots.
func (d *drawing) liveBytes() {
	curve := []point{{d.x(d.since), liveBottom}}
	for _, m := range d.live {
		last := curve[len(curve)-1]
		at := point{d.x(m.time), y(m.live, liveTop, liveBottom, d.peak)}
		curve = append(curve, point{at.x, last.y}, at)
	}
	d.polygon(append(curve, point{curve[len(curve)-1].x, liveBottom}), "d-live")
	d.line(plotLeft, liveTop, plotRight, liveTop, "d-bound")
	d.text(plotRight+10, liveTop+4, cmp.Or(d.Words.Peak, "peak")+" "+d.amount(d.peak), "d-red")
	bound := y(d.Bound, plotTop, plotBottom, d.Height)
	d.line(plotLeft, bound, plotRight, bound, "d-bound")
}

// legend explains the colours of the classes that occur, and the dashed line.
func (d *drawing) legend() {
	largest := d.largest()
	var count [planInks]int
	for _, b := range d.Boxes {
		count[d.class(b.Size, largest)]++
	}
	at := plotTop + 14
	for c, n := range count {
		if n == 0 {
			continue
		}
		bound := "≥ " + d.amount(1<<max(bits.Len(uint(largest))-1-c, 0))
		if c == planInks-1 {
			bound = "< " + d.amount(1<<max(bits.Len(uint(largest))-c, 0))
		}
		d.rect(plotRight+10, at, 14, 14, nil, class("p", c))
		d.text(plotRight+30, at+11, bound+" · "+strconv.Itoa(n), "d-text")
		at += 20
	}
	at += 12
	d.line(plotRight+10, at, plotRight+34, at, "d-bound")
	d.text(plotRight+40, at+4, cmp.Or(d.Words.Bound, "lower bound"), "d-text")
	d.text(plotRight+40, at+20, d.amount(d.Bound), "d-text")
}
