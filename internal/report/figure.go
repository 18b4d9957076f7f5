package report

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"tnbench/internal/alloc/pack"
	"tnbench/internal/printable"
	"tnbench/internal/study"
)

// Figure is a picture of a plan as the packing papers draw it: time across,
// address up, a box per buffer; and below it, on the same time axis, what is live.
type Figure struct {
	Title    string
	File     string // stands in the title where several figures have the same
	Subtitle string
	TimeAxis string // what time counts
	InBytes  bool   // sizes are bytes, else they have no unit
	Height   int    // of the plan
	Bound    int    // no plan is lower
	// Stretched: a moment is as wide as the square root of what is live then, so
	// that few large buffers among many small ones can be seen.
	Stretched bool
	Boxes     []study.Box
}

// ProgramFigure returns the picture of the plan that the strategy planned makes.
func ProgramFigure(p *study.ProgramPlan) (Figure, error) {
	plan, err := p.Packed()
	if err != nil {
		return Figure{}, err
	}
	return Figure{
		Title: joinTitle(p.Instance, p.Path, "order "+p.Order),
		File:  p.File,
		Subtitle: fmt.Sprintf("%s, %s in all, planned in %s: %.3f times the peak of live bytes, %s",
			plural(len(plan.Boxes), "buffer"), Bytes(float64(p.Bytes)), Bytes(float64(plan.Height)), heightRatio(plan.Height, p.PeakLive), Bytes(float64(p.PeakLive))),
		TimeAxis: "step", InBytes: true, Height: plan.Height, Bound: p.PeakLive, Boxes: plan.Boxes,
	}, nil
}

// ProblemFigure returns the picture of a solved planning problem.
func ProblemFigure(p study.ProblemPlan, buffers []pack.Named, plan pack.Plan) Figure {
	f := Figure{
		Title: p.File,
		Subtitle: fmt.Sprintf("%s, height %s: %.3f times the lower bound, %s",
			plural(p.Buffers, "buffer"), Count(float64(p.Height)), heightRatio(p.Height, p.Bound), Count(float64(p.Bound))),
		TimeAxis: "time", Height: plan.Height, Bound: plan.Bound,
	}
	for i, b := range buffers {
		f.Boxes = append(f.Boxes, study.Box{Name: "buffer " + b.ID, From: b.Lower, To: b.Upper, Offset: plan.Offsets[i], Size: b.Size})
	}
	return f
}

func heightRatio(height, bound int) float64 {
	return pack.Plan{Height: height, Bound: bound}.Ratio()
}

// Measures of a figure in user units. Figures stand one above the other.
const (
	figureWidth  = 1200.0
	figureHeight = 790.0
	plotLeft     = 96.0
	plotRight    = 1030.0 // the legend is to the right of it
	plotTop      = 76.0
	plotBottom   = 546.0
	liveTop      = 596.0
	liveBottom   = 726.0
	titleColumns = 110 // characters that a title has room for
)

const figureStyle = `text{font:12px system-ui,"Helvetica Neue",Helvetica,Arial,sans-serif;fill:#333}
.title{font-size:18px;font-weight:600;fill:#111}
.sub{font-size:13px;fill:#555}
.end{text-anchor:end}
.mid{text-anchor:middle}
.in{text-anchor:middle;font-size:11px;pointer-events:none}
.axis{stroke:#999;stroke-width:1}
.grid{stroke:#e6e6e6;stroke-width:1}
.bound{stroke:#c0392b;stroke-width:1.2;stroke-dasharray:5 4}
.red{fill:#c0392b}
.live{fill:#4a6fa5;fill-opacity:.25;stroke:#4a6fa5;stroke-width:1.2}
.big rect{stroke:#fff;stroke-width:.8}
rect:hover{stroke:#000;stroke-width:1.6}
`

// palette of size classes, largest first: a scale of even lightness steps that
// readers with any colour vision, and grey printers, keep apart.
var palette = [...]struct{ fill, ink string }{
	{"#3b1f5b", "#fff"}, {"#443983", "#fff"}, {"#31688e", "#fff"}, {"#21918c", "#fff"},
	{"#35b779", "#111"}, {"#7ad151", "#111"}, {"#bddf26", "#111"}, {"#fde725", "#111"},
}

// WriteFigures writes figures as one SVG picture.
func WriteFigures(w io.Writer, figures []Figure) error {
	s := newSVG(w, figureWidth, figureHeight*float64(len(figures)), figureStyle)
	s.rect(0, 0, figureWidth, figureHeight*float64(len(figures)), nil, "fill", "#fff", "pointer-events", "none")
	titles := map[string]int{}
	for i := range figures {
		titles[figures[i].Title]++
	}
	for i := range figures {
		if f := &figures[i]; titles[f.Title] > 1 {
			f.Title = joinTitle(f.Title, f.File)
		}
		s.open("transform", fmt.Sprintf("translate(0 %s)", coordinate(figureHeight*float64(i))))
		newDrawing(s, &figures[i]).draw()
		s.end()
	}
	return s.close()
}

// drawing is a figure on its way to the picture.
type drawing struct {
	*svg
	*Figure
	begin, end int // of time
	live       []moment
	peak       int
	widths     []float64 // if stretched: from begin to each of live
}

// moment is a time from which on so much is live.
type moment struct{ time, live int }

func newDrawing(s *svg, f *Figure) *drawing {
	d := &drawing{svg: s, Figure: f, live: liveCurve(f.Boxes)}
	if n := len(d.live); n > 0 {
		d.begin, d.end = d.live[0].time, d.live[n-1].time
	}
	d.end = max(d.end, d.begin+1)
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
	d.text(plotLeft, 34, printable.Shorten(printable.Line(d.Title), titleColumns), "class", "title")
	d.text(plotLeft, 54, d.Subtitle, "class", "sub")
	d.axes("address", plotTop, plotBottom, d.Height)
	d.axes("live", liveTop, liveBottom, d.peak)
	if len(d.Boxes) == 0 {
		d.text((plotLeft+plotRight)/2, (plotTop+plotBottom)/2, "no buffers", "class", "mid")
		return
	}
	d.timeAxis()
	d.boxes()
	d.liveBytes()
	d.text(plotRight+10, plotTop+2, "size of a buffer")
	d.legend()
}

// x returns where a moment is.
func (d *drawing) x(time int) float64 {
	if d.widths != nil { // boxes and ticks are at moments
		i, _ := slices.BinarySearchFunc(d.live, time, func(m moment, time int) int { return cmp.Compare(m.time, time) })
		return plotLeft + (plotRight-plotLeft)*d.widths[i]/d.widths[len(d.widths)-1]
	}
	return plotLeft + (plotRight-plotLeft)*float64(distance(d.begin, time))/float64(distance(d.begin, d.end))
}

// y returns where a size is between bottom and top, which stands for full.
func y(size int, top, bottom float64, full int) float64 {
	return bottom - (bottom-top)*float64(size)/float64(max(full, 1))
}

// size writes a size with its unit.
func (d *drawing) size(n int) string {
	if d.InBytes {
		return Bytes(float64(n))
	}
	return Count(float64(n))
}

// axes draws the frame of a plot and its vertical axis.
func (d *drawing) axes(name string, top, bottom float64, full int) {
	ticks := ticksBetween(0, full, 6, d.InBytes)
	if bottom-top < 200 {
		ticks = ticksBetween(0, full, 3, d.InBytes)
	}
	for _, t := range ticks {
		at := y(t, top, bottom, full)
		d.line(plotLeft, at, plotRight, at, "class", "grid")
		d.text(plotLeft-8, at+4, d.size(t), "class", "end")
	}
	d.line(plotLeft, top, plotLeft, bottom, "class", "axis")
	d.line(plotLeft, bottom, plotRight, bottom, "class", "axis")
	middle := coordinate((top + bottom) / 2)
	d.text(20, (top+bottom)/2, name, "class", "mid", "transform", "rotate(-90 20 "+middle+")")
}

// timeAxis draws the axis that both plots share.
func (d *drawing) timeAxis() {
	for _, t := range d.times() {
		at := d.x(t)
		d.line(at, plotBottom, at, plotBottom+5, "class", "axis")
		d.line(at, liveBottom, at, liveBottom+5, "class", "axis")
		d.text(at, plotBottom+19, Count(float64(t)), "class", "mid")
		d.text(at, liveBottom+19, Count(float64(t)), "class", "mid")
	}
	name := d.TimeAxis
	if d.widths != nil {
		name += ", as wide as the square root of what is live"
	}
	d.text((plotLeft+plotRight)/2, liveBottom+40, name, "class", "mid")
}

// times returns the moments to mark: round ones, or if the axis is stretched all
// that have room for their number.
func (d *drawing) times() []int {
	if d.widths == nil {
		return ticksBetween(d.begin, d.end, 10, false)
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
	return min(bits.Len(uint(largest))-bits.Len(uint(size)), len(palette)-1)
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
	var groups [len(palette)][2][]int // by class; small, big
	for i, b := range d.Boxes {
		_, _, width, height := d.place(b)
		big := 0
		if width >= edge && height >= edge {
			big = 1
		}
		c := d.class(b.Size, largest)
		groups[c][big] = append(groups[c][big], i)
	}
	for c := range groups {
		for big, name := range []string{"small", "big"} {
			if len(groups[c][big]) == 0 {
				continue
			}
			d.open("class", name, "fill", palette[c].fill)
			for _, i := range groups[c][big] {
				left, top, width, height := d.place(d.Boxes[i])
				d.rect(left, top, width, height, d.describe(d.Boxes[i]))
			}
			d.svg.end()
		}
	}
	for c := range groups {
		for _, i := range groups[c][1] {
			d.label(d.Boxes[i], palette[c].ink)
		}
	}
}

// place returns where a box is drawn.
func (d *drawing) place(b study.Box) (left, top, width, height float64) {
	left, top = d.x(b.From), y(b.Offset+b.Size, plotTop, plotBottom, d.Height)
	return left, top, d.x(b.To) - left, y(b.Offset, plotTop, plotBottom, d.Height) - top
}

// label writes a box's size into it if there is room.
func (d *drawing) label(b study.Box, ink string) {
	left, top, width, height := d.place(b)
	text := d.size(b.Size)
	if height < 14 || width < 6.6*float64(len(text))+4 {
		return
	}
	d.text(left+width/2, top+height/2+4, text, "class", "in", "fill", ink, "style", "fill:"+ink)
}

// describe is what the pointer shows of a box.
func (d *drawing) describe(b study.Box) []string {
	when := d.TimeAxis + "s " + span(b.From, b.To-1)
	if b.To-b.From == 1 {
		when = d.TimeAxis + " " + Count(float64(b.From))
	}
	size, offset := Count(float64(b.Size)), Count(float64(b.Offset))
	if d.InBytes {
		size, offset = withUnit(float64(b.Size))+" bytes", withUnit(float64(b.Offset))
	}
	return []string{b.Name, size + " at " + offset, when}
}

// liveBytes draws the curve of what is live, and its peak in both plots.
func (d *drawing) liveBytes() {
	var path strings.Builder
	at := func(x, y float64) string { return coordinate(x) + " " + coordinate(y) }
	path.WriteString("M" + at(d.x(d.begin), liveBottom))
	for _, m := range d.live {
		fmt.Fprintf(&path, "H%sV%s", coordinate(d.x(m.time)), coordinate(y(m.live, liveTop, liveBottom, d.peak)))
	}
	path.WriteString("V" + coordinate(liveBottom) + "Z")
	d.path(path.String(), "class", "live")
	d.line(plotLeft, liveTop, plotRight, liveTop, "class", "bound")
	d.text(plotRight+10, liveTop+4, "peak "+d.size(d.peak), "class", "red", "style", "fill:#c0392b")
	bound := y(d.Bound, plotTop, plotBottom, d.Height)
	d.line(plotLeft, bound, plotRight, bound, "class", "bound")
}

// legend explains the colours of the classes that occur, and the dashed line.
func (d *drawing) legend() {
	largest := d.largest()
	var count [len(palette)]int
	for _, b := range d.Boxes {
		count[d.class(b.Size, largest)]++
	}
	at := plotTop + 14
	for c, n := range count {
		if n == 0 {
			continue
		}
		bound := "≥ " + d.size(1<<max(bits.Len(uint(largest))-1-c, 0))
		if c == len(palette)-1 {
			bound = "< " + d.size(1<<max(bits.Len(uint(largest))-c, 0))
		}
		d.rect(plotRight+10, at, 14, 14, nil, "fill", palette[c].fill)
		d.text(plotRight+30, at+11, bound+" · "+strconv.Itoa(n))
		at += 20
	}
	at += 12
	d.line(plotRight+10, at, plotRight+34, at, "class", "bound")
	d.text(plotRight+40, at+4, "lower bound")
	d.text(plotRight+40, at+20, d.size(d.Bound))
}
