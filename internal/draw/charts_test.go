package draw

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// hostile is a name as nobody should have it: markup, quotes, a control character, a
// turn of direction, a broken character.
const hostile = `</title></text></svg><script>alert(1)</script>&"'` + "\x1b[31m\u202e\xff\n"

// charts are drawings of each kind, of what is usual and what is not.
func charts(name string) []Drawing {
	h := Heading{"title of " + name, "text of " + name}
	return []Drawing{
		Intervals{h, "time against " + name, Factor, 1, []Interval{
			{name, 1, 1, 1, false, "1"}, {"slab", .61, .6, .63, true, "0.61 [0.60, 0.63]"}, {"none", 3, 0, 0, false, ""}}},
		Intervals{h, "time", Nanoseconds, 0, []Interval{{name, 1500, 1200, 1.9e9, true, name}, {"b", 2e6, 1e6, 3e6, true, "2 ms"}}},
		Intervals{h, "nothing", Nanoseconds, 0, nil},
		Bars{h, []string{"of all " + name, "of all bytes"}, "bytes", []Bar{{"8 B", []float64{.01, 0}}, {"16 B", []float64{.73, .0001}}, {name, []float64{.26, .9999}}}},
		Bars{h, nil, "", nil},
		Curves{Heading: h, XAxis: "step", YAxis: name, Y: Bytes, Log: true, Steps: true, Series: []Series{
			{name, []float64{0, 1, 2, 413}, []float64{8, 64, 1 << 27, 0}}, {"depth", []float64{0, 5, 413}, []float64{16, 1 << 20, 8}}}},
		Curves{Heading: h, XAxis: "threads", YAxis: "speed", Y: Factor, Dots: true, Mark: 1, Series: []Series{{name, []float64{1, 2}, []float64{1, 1.9}}}},
		Curves{Heading: h, Series: []Series{{"", nil, nil}, {"one", []float64{0}, []float64{0}}, {"bad", []float64{math.NaN(), 1}, []float64{1, math.Inf(1)}}}},
		Curves{Heading: h},
		Stacked{h, "time", Nanoseconds, []string{"alloc", name, "arithmetic"}, []Bar{{name, []float64{10, 0, 500}}, {"slab", []float64{1, -2, 400}}, {"none", []float64{0, 0, 0}}}},
		Stacked{h, "", Number, nil, nil},
	}
}

// texts returns all texts of a picture, failing if it is no well-formed XML, has another
// element or attribute than drawings have, or a number that is none.
func texts(t *testing.T, picture string) (all []string) {
	t.Helper()
	names := regexp.MustCompile(`^(svg|g|rect|line|path|text|title|desc|style)$`)
	attributes := regexp.MustCompile(`^(xmlns|class|viewBox|width|height|role|aria-labelledby|id|x|y|x1|y1|x2|y2|d|transform|fill|pointer-events)$`)
	decoder, in := xml.NewDecoder(strings.NewReader(picture)), ""
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("not well-formed: %v in %s", err, picture)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if in = token.Name.Local; !names.MatchString(in) {
				t.Errorf("the picture has an element %s", in)
			}
			for _, a := range token.Attr {
				if !attributes.MatchString(a.Name.Local) || strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf") {
					t.Errorf("%s has %s=%q", in, a.Name.Local, a.Value)
				}
			}
		case xml.CharData:
			if in == "style" || strings.TrimSpace(string(token)) == "" {
				continue
			}
			if strings.ContainsFunc(string(token), func(r rune) bool { return r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf) }) {
				t.Errorf("%q has characters that do not show", token)
			}
			all = append(all, string(token))
		}
	}
}

func TestChartsAreWellFormedWhateverNamesAre(t *testing.T) {
	for _, name := range []string{"make", hostile, strings.Repeat("long ", 100), "日本語の名前"} {
		var out bytes.Buffer
		if err := WriteSVG(&out, charts(name)...); err != nil {
			t.Fatal(err)
		}
		if all := strings.Join(texts(t, out.String()), "\n"); !strings.Contains(all, "0.61 [0.60, 0.63]") {
			t.Errorf("the labels of a chart are missing: %s", all)
		}
		for i, d := range charts(name) {
			got := texts(t, Inline(d, "plot-"+strconv.Itoa(i)))
			if title, text := d.About(); len(got) < 2 || !strings.HasPrefix(got[0], title[:5]) || !strings.HasPrefix(got[1], text[:5]) {
				t.Errorf("%T is described by %.2q", d, got)
			}
		}
	}
}

func TestPNGHasWhatTheSVGHas(t *testing.T) {
	var out bytes.Buffer
	all := charts(hostile)
	if err := WritePNG(&out, all...); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&out)
	if err != nil {
		t.Fatal(err)
	}
	width, height := sheet(all)
	if b := img.Bounds(); b.Dx() != int(width*pixels) || b.Dy() != int(height*pixels) {
		t.Errorf("%v, want %v by %v", b, width*pixels, height*pixels)
	}
	// The bar of 73 % is where the SVG has it, in its colour.
	bars := all[3].(Bars)
	w, h := sheet(all[:3])
	_ = w
	left := namesWidth([]string{bars.Axis, bars.Rows[0].Name, bars.Rows[1].Name, bars.Rows[2].Name})
	at := img.At(int((left+40)*pixels), int((h+titleHeight+30+1.5*barHeight)*pixels))
	if r, g, b, _ := at.RGBA(); r>>8 != 0x00 || g>>8 != 0x72 || b>>8 != 0xb2 {
		t.Errorf("the bar has the colour %v", at)
	}
	many := make([]Drawing, 100)
	for i := range many {
		many[i] = all[0]
	}
	if err := WritePNG(&out, many...); err == nil || !strings.Contains(err.Error(), ".svg") {
		t.Errorf("a hundred drawings: %v", err)
	}
}

// TestInksStandOut: what has to be told apart has the contrast that the Web Content
// Accessibility Guidelines ask for, in both themes.
func TestInksStandOut(t *testing.T) {
	for _, dark := range []bool{false, true} {
		colors := map[string]string{}
		for _, i := range inks {
			if colors[i.name] = i.light; dark {
				colors[i.name] = i.dark
			}
		}
		for _, i := range inks {
			want := 0.0
			switch {
			case i.name == "ink" || i.name == "faint" || i.name == "red":
				want = 4.5
			case strings.HasPrefix(i.name, "s") || i.name == "live" || i.name == "axis":
				want = 3
			}
			if got := contrast(colors[i.name], colors["paper"]); got < want {
				t.Errorf("dark %v: %s has %.2f:1, want %v", dark, i.name, got, want)
			}
		}
		for i := range planInks {
			n := strconv.Itoa(i)
			if got := contrast(colors["q"+n], colors["p"+n]); got < 4.5 {
				t.Errorf("dark %v: the text in boxes p%s has %.2f:1", dark, n, got)
			}
		}
	}
}

// contrast is that of WCAG 2: of relative luminances.
func contrast(a, b string) float64 {
	luminance := func(color string) float64 {
		v, _ := strconv.ParseUint(color[1:], 16, 32)
		part := func(shift int) float64 {
			c := float64(v>>shift&255) / 255
			if c <= .04045 {
				return c / 12.92
			}
			return math.Pow((c+.055)/1.055, 2.4)
		}
		return .2126*part(16) + .7152*part(8) + .0722*part(0)
	}
	x, y := luminance(a), luminance(b)
	return (max(x, y) + .05) / (min(x, y) + .05)
}

func TestScalesByHand(t *testing.T) {
	linear := newScale([]float64{0, 100}, false, 0, 104)
	if got := linear.at(50); math.Abs(got-50) > 1e-9 {
		t.Errorf("50 of 100 stands at %v", got)
	}
	log := scale{low: 1, high: 100, log: true, from: 0, to: 200}
	if got := log.at(10); math.Abs(got-100) > 1e-9 {
		t.Errorf("10 between 1 and 100 stands at %v of 200", got)
	}
	if got := log.at(0); got != 0 {
		t.Errorf("what has no logarithm stands at %v", got)
	}
	for _, s := range []scale{linear, log, newScale([]float64{.98, 1.02}, true, 0, 500), newScale([]float64{1, 1 << 40}, true, 0, 500), newScale(nil, false, 0, 1)} {
		for _, u := range []Unit{Number, Nanoseconds, Bytes, Factor, Share} {
			ticks := s.ticks(6, u)
			if u != Bytes && u != Number && len(ticks) < 2 || len(ticks) > 25 {
				t.Errorf("%+v, unit %d: ticks %v", s, u, ticks)
			}
		}
	}
}
