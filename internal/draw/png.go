package draw

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"
	"strconv"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"

	"tnbench/internal/printable"
)

// pixels is how many pixels a user unit has, so that text is sharp on fine screens.
const pixels = 2

// mostPixels bounds the height of a PNG: what shows pictures takes memory for all of it.
const mostPixels = 30_000

// WritePNG writes drawings as one PNG file, one below the other, on white paper. Its
// letters are Latin, Greek and Cyrillic ones: others are boxes.
func WritePNG(w io.Writer, drawings ...Drawing) error {
	width, height := sheet(drawings)
	if height*pixels > mostPixels {
		return fmt.Errorf("%d drawings are too high for a PNG: draw fewer, or into a file that ends in .svg", len(drawings))
	}
	r := &raster{img: image.NewRGBA(image.Rect(0, 0, int(width*pixels), int(height*pixels)))}
	draw.Draw(r.img, r.img.Bounds(), image.NewUniform(colorOf("paper", 1)), image.Point{}, draw.Src)
	compose(r, drawings)
	return png.Encode(w, r.img)
}

// raster draws into pixels.
type raster struct {
	img    *image.RGBA
	origin point
	groups []group
}

// group is what an open group has changed.
type group struct {
	class  string
	origin point
}

func (r *raster) open(class string) { r.groups = append(r.groups, group{class, r.origin}) }

func (r *raster) shift(x, y float64) {
	r.open("")
	r.origin.x, r.origin.y = r.origin.x+x, r.origin.y+y
}

func (r *raster) end() {
	r.origin = r.groups[len(r.groups)-1].origin
	r.groups = r.groups[:len(r.groups)-1]
}

// style returns the style of a class, or of the innermost group that has one.
func (r *raster) style(class string) *style {
	for i := len(r.groups) - 1; class == "" && i >= 0; i-- {
		class = r.groups[i].class
	}
	return styleOf(class)
}

func (r *raster) rect(x, y, width, height float64, _ []string, class string) {
	r.polygon([]point{{x, y}, {x + width, y}, {x + width, y + height}, {x, y + height}}, class)
}

func (r *raster) line(x1, y1, x2, y2 float64, class string) {
	r.polyline([]point{{x1, y1}, {x2, y2}}, class)
}

func (r *raster) polygon(points []point, class string) {
	s := r.style(class)
	if s.fill != "" {
		opacity := s.opacity
		if opacity == 0 {
			opacity = 1
		}
		r.fill(points, colorOf(s.fill, opacity))
	}
	if len(points) > 0 {
		r.stroke(append(points[:len(points):len(points)], points[0]), s)
	}
}

func (r *raster) polyline(points []point, class string) { r.stroke(points, r.style(class)) }

// stroke draws lines from point to point, each as a box of its width.
func (r *raster) stroke(points []point, s *style) {
	if s.stroke == "" {
		return
	}
	c, half := colorOf(s.stroke, 1), s.width/2
	for i := 1; i < len(points); i++ {
		for _, part := range dashed(points[i-1], points[i], s.dash) {
			a, b := part[0], part[1]
			length := math.Hypot(b.x-a.x, b.y-a.y)
			if length == 0 {
				continue
			}
			dx, dy := (b.x-a.x)/length*half, (b.y-a.y)/length*half
			r.fill([]point{{a.x - dy, a.y + dx}, {b.x - dy, b.y + dx}, {b.x + dy, b.y - dx}, {a.x + dy, a.y - dx}}, c)
		}
	}
}

// dashed splits a line into its dashes.
func dashed(a, b point, dash []float64) (parts [][2]point) {
	length := math.Hypot(b.x-a.x, b.y-a.y)
	if len(dash) == 0 || length == 0 {
		return [][2]point{{a, b}}
	}
	at := func(d float64) point { return point{a.x + (b.x-a.x)*d/length, a.y + (b.y-a.y)*d/length} }
	for i, d := 0, 0.0; d < length; i++ {
		next := min(d+dash[i%len(dash)], length)
		if i%2 == 0 {
			parts = append(parts, [2]point{at(d), at(next)})
		}
		d = next
	}
	return parts
}

// fill fills what points surround.
func (r *raster) fill(points []point, c color.Color) {
	if len(points) == 0 {
		return
	}
	low, high := point{math.Inf(1), math.Inf(1)}, point{math.Inf(-1), math.Inf(-1)}
	moved := make([]point, len(points))
	for i, p := range points {
		m := point{(p.x + r.origin.x) * pixels, (p.y + r.origin.y) * pixels}
		moved[i] = m
		low, high = point{min(low.x, m.x), min(low.y, m.y)}, point{max(high.x, m.x), max(high.y, m.y)}
	}
	if !(low.x >= -mostPixels && low.y >= -mostPixels && high.x <= 2*mostPixels && high.y <= 2*mostPixels) {
		return // it is nowhere
	}
	bounds := image.Rect(int(math.Floor(low.x)), int(math.Floor(low.y)), int(math.Ceil(high.x))+1, int(math.Ceil(high.y))+1)
	z := vector.NewRasterizer(bounds.Dx(), bounds.Dy())
	for i, m := range moved {
		x, y := float32(m.x)-float32(bounds.Min.X), float32(m.y)-float32(bounds.Min.Y)
		if i == 0 {
			z.MoveTo(x, y)
			continue
		}
		z.LineTo(x, y)
	}
	z.ClosePath()
	z.Draw(r.img, bounds, image.NewUniform(c), image.Point{})
}

func (r *raster) text(x, y float64, text, class string) {
	s := r.style(class)
	d, width := lettering(s, text)
	d.Dst, d.Src = r.img, image.NewUniform(colorOf(s.fill, 1))
	d.Dot = fixed.Point26_6{X: fixedOf((x+r.origin.x)*pixels - width*share(s.anchor)), Y: fixedOf((y + r.origin.y) * pixels)}
	d.DrawString(printable.Line(text))
}

// upward draws the text into a strip of its own, which is then turned.
func (r *raster) upward(x, y float64, text, class string) {
	s := r.style(class)
	d, width := lettering(s, text)
	ascent := int(math.Ceil(s.size * pixels))
	strip := image.NewAlpha(image.Rect(0, 0, int(width)+2, ascent*3/2))
	d.Dst, d.Src, d.Dot = strip, image.Opaque, fixed.P(0, ascent)
	d.DrawString(printable.Line(text))
	turned := image.NewAlpha(image.Rect(0, 0, strip.Rect.Dy(), strip.Rect.Dx()))
	for sy := range strip.Rect.Dy() {
		for sx := range strip.Rect.Dx() {
			turned.SetAlpha(sy, strip.Rect.Dx()-1-sx, strip.AlphaAt(sx, sy))
		}
	}
	left := int((x+r.origin.x)*pixels) - ascent
	top := int((y+r.origin.y)*pixels+width*share(s.anchor)) - turned.Rect.Dy()
	draw.DrawMask(r.img, turned.Rect.Add(image.Pt(left, top)), image.NewUniform(colorOf(s.fill, 1)), image.Point{}, turned, image.Point{}, draw.Over)
}

// share returns which share of a text stands before its position.
func share(anchor string) float64 {
	switch anchor {
	case "end":
		return 1
	case "middle":
		return .5
	}
	return 0
}

// lettering returns what draws a text, and how wide that is in pixels.
func lettering(s *style, text string) (*font.Drawer, float64) {
	regular, bold := fonts()
	f := regular
	if s.bold {
		f = bold
	}
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: s.size * pixels, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		panic(err) // the options are right
	}
	d := &font.Drawer{Face: face}
	return d, float64(d.MeasureString(printable.Line(text))) / 64
}

// fonts returns the fonts that come with the program.
var fonts = sync.OnceValues(func() (regular, bold *opentype.Font) {
	parse := func(data []byte) *opentype.Font {
		f, err := opentype.Parse(data)
		if err != nil {
			panic(err) // it is part of the program
		}
		return f
	}
	return parse(goregular.TTF), parse(gobold.TTF)
})

func fixedOf(v float64) fixed.Int26_6 { return fixed.Int26_6(math.Round(v * 64)) }

// colorOf returns the colour of an ink on white paper.
func colorOf(name string, opacity float64) color.Color {
	v, err := strconv.ParseUint(light(name)[1:], 16, 32)
	if err != nil {
		panic(err) // it is part of the program
	}
	return color.NRGBA{uint8(v >> 16), uint8(v >> 8), uint8(v), uint8(math.Round(opacity * 255))}
}
