// Package draw draws what was measured and planned: as SVG, in files of its own and
// inside pages, and as PNG. What it draws is plain data that was handed to it; it works
// out where things stand, and nothing else.
package draw

import "math"

// Drawing is something that can be drawn: [Plan], [Intervals], [Bars], [Curves],
// [Stacked].
type Drawing interface {
	// About returns what the drawing is called, and what it shows, in a sentence or two
	// for those who can't see it.
	About() (title, text string)
	size() (width, height float64)
	draw(c canvas)
}

// canvas is what drawings are drawn on. A class says how something looks: see styles.
// An empty class is that of the group.
type canvas interface {
	open(class string)
	shift(x, y float64) // opens a group whose origin is there
	end()
	rect(x, y, width, height float64, title []string, class string) // title shows while the pointer is over it
	line(x1, y1, x2, y2 float64, class string)
	polygon(points []point, class string)
	polyline(points []point, class string)
	text(x, y float64, text, class string)
	upward(x, y float64, text, class string) // turned to the left
}

// point is a position, in user units from the left and from the top.
type point struct{ x, y float64 }

// ring returns the corners of something round about (x, y).
func ring(x, y, radius float64, corners int) []point {
	points := make([]point, corners)
	for i := range points {
		sin, cos := math.Sincos(2*math.Pi*float64(i)/float64(corners) - math.Pi/2)
		points[i] = point{x + radius*cos, y + radius*sin}
	}
	return points
}

// Heading is the title and the text of a drawing.
type Heading struct {
	Title string
	Text  string // what is seen, for those who can't see it
}

// About implements [Drawing].
func (h Heading) About() (title, text string) { return h.Title, h.Text }
