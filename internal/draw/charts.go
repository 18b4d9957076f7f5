package draw

import (
	"fmt"
	"math"
)

// Measures of charts in user units.
const (
	chartWidth = 760.0
	chartEdge  = 16.0
	rowHeight  = 24.0
	axisHeight = 52.0
)

// Intervals shows figures with their intervals, one below the other.
type Intervals struct {
	Heading
	Axis string // what is measured
	Unit Unit
	Mark float64 // a figure that others are held against, such as 1; 0: none
	Rows []Interval
}

// Interval is a figure, and where its true value lies.
type Interval struct {
	Name      string
	Value     float64
	Low, High float64
	Bounded   bool // Low and High are known
	Label     string
}

func (d Intervals) size() (width, height float64) {
	return chartWidth, float64(max(len(d.Rows), 1))*rowHeight + axisHeight + 8
}

func (d Intervals) draw(c canvas) {
	names := make([]string, len(d.Rows))
	values := []float64{}
	right := 60.0
	for i, r := range d.Rows {
		names[i] = r.Name
		values = append(values, r.Value)
		if r.Bounded {
			values = append(values, r.Low, r.High)
		}
		right = max(right, widthOf(r.Label, 12)+20)
	}
	if d.Mark > 0 {
		values = append(values, d.Mark)
	}
	left := namesWidth(names)
	s := newScale(values, d.log(values), left, chartWidth-right)
	bottom := float64(len(d.Rows))*rowHeight + 8
	horizontalAxis(c, s, 8, bottom, d.Axis, d.Unit)
	if d.Mark > 0 {
		c.line(s.at(d.Mark), 4, s.at(d.Mark), bottom, "d-bound")
	}
	for i, r := range d.Rows {
		y := 8 + (float64(i)+.5)*rowHeight
		c.text(left-10, y+4, shorten(r.Name, nameColumns), "d-end")
		if r.Bounded {
			c.line(s.at(r.Low), y, s.at(r.High), y, "d-whisker")
			for _, end := range []float64{r.Low, r.High} {
				c.line(s.at(end), y-5, s.at(end), y+5, "d-whisker")
			}
		}
		c.polygon(ring(s.at(r.Value), y, 4.5, 20), "d-dot")
		c.text(chartWidth-right+14, y+4, r.Label, "d-text")
	}
}

// log reports whether figures lie so far apart that only a logarithm shows them, or are
// factors, which are as much above one as below.
func (d Intervals) log(values []float64) bool {
	low, high := math.Inf(1), 0.0
	for _, v := range values {
		if v <= 0 {
			return false
		}
		low, high = min(low, v), max(high, v)
	}
	return d.Unit == Factor || high > 20*low
}

// nameColumns is how much of a name charts show.
const nameColumns = 30

// namesWidth returns the room that names need at the left.
func namesWidth(names []string) float64 {
	width := 40.0
	for _, n := range names {
		width = max(width, widthOf(shorten(n, nameColumns), 12))
	}
	return width + 10 + chartEdge
}

// horizontalAxis draws the lower axis of a chart, and lines for its ticks from top on.
func horizontalAxis(c canvas, s scale, top, bottom float64, name string, unit Unit) {
	last := math.Inf(-1)
	for _, v := range s.ticks(max(3, int((s.to-s.from)/80)), unit) {
		x := s.at(v)
		c.line(x, top, x, bottom, "d-grid")
		label := unit.format(v)
		if w := widthOf(label, 12) / 2; x-w > last+6 {
			c.text(x, bottom+17, label, "d-tick")
			last = x + w
		}
	}
	c.line(s.from, bottom, s.to, bottom, "d-axis")
	if s.log {
		name += logNote
	}
	c.text((s.from+s.to)/2, bottom+38, name, "d-tick")
}

// logNote tells that an axis is logarithmic: a sign that needs no language.
const logNote = " (log)"

// Bars shows the shares that rows have of several wholes, side by side.
type Bars struct {
	Heading
	Panels []string // what the wholes are
	Axis   string   // what rows are
	Rows   []Bar
}

// Bar is a row: its share in each panel.
type Bar struct {
	Name   string
	Values []float64
}

const barHeight = 19.0

func (d Bars) size() (width, height float64) {
	return chartWidth, float64(max(len(d.Rows), 1))*barHeight + axisHeight + 30
}

func (d Bars) draw(c canvas) {
	names := []string{d.Axis}
	most := 0.0
	for _, r := range d.Rows {
		names = append(names, r.Name)
		for _, v := range r.Values {
			most = max(most, v)
		}
	}
	left, top := namesWidth(names), 30.0
	bottom := top + float64(len(d.Rows))*barHeight
	room := (chartWidth - left) / float64(max(len(d.Panels), 1))
	c.text(left-10, top-10, shorten(d.Axis, nameColumns), "d-tickend")
	for i, r := range d.Rows {
		c.text(left-10, top+(float64(i)+.5)*barHeight+4, shorten(r.Name, nameColumns), "d-end")
	}
	for p, panel := range d.Panels {
		from := left + float64(p)*room
		s := newScale([]float64{most}, false, from, from+room-64)
		c.text(from, top-10, panel, "d-text")
		horizontalAxis(c, s, top, bottom, "", Share)
		for i, r := range d.Rows {
			if p >= len(r.Values) {
				continue
			}
			y, v := top+float64(i)*barHeight, r.Values[p]
			if v > 0 {
				c.rect(from, y+3, max(s.at(v)-from, 1), barHeight-6, nil, "d-bar")
			}
			c.text(max(s.at(v), from)+6, y+barHeight/2+4, fmt.Sprintf("%.1f %%", v*100), "d-text")
		}
	}
}

// Curves shows how figures change with another one.
type Curves struct {
	Heading
	XAxis, YAxis string
	X, Y         Unit
	Log          bool // of Y
	Steps        bool // a value holds until the next
	Dots         bool // values are marked
	Mark         float64
	Series       []Series
}

// Series is a curve.
type Series struct {
	Name string
	X, Y []float64
}

const curveHeight = 280.0

func (d Curves) names() (names []string) {
	for _, s := range d.Series {
		names = append(names, s.Name)
	}
	return names
}

func (d Curves) size() (width, height float64) {
	return chartWidth, legend(nil, 0, 0, chartWidth-2*chartEdge, d.names(), nil) + curveHeight + axisHeight + 20
}

func (d Curves) draw(c canvas) {
	top := 10 + legend(c, chartEdge, 0, chartWidth-2*chartEdge, d.names(), func(i int, x, y float64) {
		c.line(x, y, x+22, y, class("l", i))
		if d.Dots {
			c.polygon(ring(x+11, y, 4, corners(i)), class("s", i))
		}
	})
	bottom := top + curveHeight
	var xs, ys []float64
	for _, s := range d.Series {
		xs, ys = append(xs, s.X...), append(ys, s.Y...)
	}
	if d.Mark > 0 {
		ys = append(ys, d.Mark)
	}
	left := 40.0
	y := newScale(ys, d.Log, bottom, top)
	ticks := y.ticks(6, d.Y)
	for _, v := range ticks {
		left = max(left, widthOf(d.Y.format(v), 12))
	}
	left += 30 + chartEdge
	for _, v := range ticks {
		c.line(left, y.at(v), chartWidth-chartEdge, y.at(v), "d-grid")
		c.text(left-8, y.at(v)+4, d.Y.format(v), "d-tickend")
	}
	x := newScale(xs, false, left, chartWidth-chartEdge)
	if !d.Dots && x.high > 0 {
		x.high /= 1.04 // a curve may end at the edge
	}
	name := d.YAxis
	if d.Log {
		name += logNote
	}
	c.upward(chartEdge+4, (top+bottom)/2, name, "d-tick")
	c.line(left, top, left, bottom, "d-axis")
	horizontalAxis(c, x, bottom, bottom, d.XAxis, d.X)
	if d.Mark > 0 {
		c.line(left, y.at(d.Mark), chartWidth-chartEdge, y.at(d.Mark), "d-bound")
	}
	for i, s := range d.Series {
		c.polyline(d.points(s, x, y), class("l", i))
		for k := range s.X {
			if d.Dots && finite(s.X[k]) && finite(s.Y[k]) {
				c.polygon(ring(x.at(s.X[k]), y.at(s.Y[k]), 4, corners(i)), class("s", i))
			}
		}
	}
}

// finite reports whether v can be drawn.
func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// corners tells the marks of series apart.
func corners(i int) int { return [...]int{20, 4, 3, 5}[i%4] }

// points returns where a curve goes along.
func (d Curves) points(s Series, x, y scale) (points []point) {
	for k := range s.X {
		at := point{x.at(s.X[k]), y.at(s.Y[k])}
		if !finite(s.X[k]) || !finite(s.Y[k]) {
			continue
		}
		if n := len(points); d.Steps && n > 0 {
			points = append(points, point{at.x, points[n-1].y})
		}
		points = append(points, at)
	}
	return points
}

// Stacked shows what wholes consist of, a bar each.
type Stacked struct {
	Heading
	Axis  string
	Unit  Unit
	Parts []string
	Rows  []Bar // a value per part
}

func (d Stacked) size() (width, height float64) {
	return chartWidth, legend(nil, 0, 0, chartWidth-2*chartEdge, d.Parts, nil) + float64(max(len(d.Rows), 1))*(rowHeight+6) + axisHeight + 20
}

func (d Stacked) draw(c canvas) {
	top := 10 + legend(c, chartEdge, 0, chartWidth-2*chartEdge, d.Parts, func(i int, x, y float64) {
		c.rect(x+4, y-6, 14, 12, nil, class("s", i))
	})
	var names []string
	wholes := make([]float64, len(d.Rows))
	right := 40.0
	for i, r := range d.Rows {
		names = append(names, r.Name)
		for _, v := range r.Values {
			wholes[i] += max(v, 0)
		}
		right = max(right, widthOf(d.Unit.format(wholes[i]), 12)+16)
	}
	left := namesWidth(names)
	s := newScale(wholes, false, left, chartWidth-right)
	const height = rowHeight + 6
	bottom := top + float64(len(d.Rows))*height
	horizontalAxis(c, s, top, bottom, d.Axis, d.Unit)
	for i, r := range d.Rows {
		y := top + float64(i)*height
		c.text(left-10, y+height/2+4, shorten(r.Name, nameColumns), "d-end")
		from := 0.0
		for p, v := range r.Values {
			if v <= 0 {
				continue
			}
			title := []string{d.Parts[p], fmt.Sprintf("%s, %.1f %%", d.Unit.format(v), 100*v/wholes[i])}
			c.rect(s.at(from), y+4, s.at(from+v)-s.at(from), height-8, title, class("s", p))
			from += v
		}
		c.text(s.at(wholes[i])+8, y+height/2+4, d.Unit.format(wholes[i]), "d-text")
	}
}
