package draw

import (
	"fmt"
	"strings"
)

// ink is a colour that has a name, so that a page can have it lighter or darker.
type ink struct{ name, light, dark string }

// inks are all colours. Series (s0…) stand out from the paper by 3:1 at least, texts by
// 4.5:1, in either theme. Plans have a scale of even steps of lightness, the largest
// buffers furthest from the paper, each with the ink of texts on it: readers with any
// colour vision, and grey printers, keep them apart.
var inks = []ink{
	{"paper", "#ffffff", "#14171c"},
	{"ink", "#1b1f24", "#e6e9ee"},
	{"faint", "#57606a", "#a3adb9"},
	{"axis", "#8a929b", "#7b848f"},
	{"grid", "#e4e7eb", "#2b313a"},
	{"red", "#b3261e", "#ff8f86"},
	{"live", "#3f669e", "#7fa8e0"},
	{"s0", "#332288", "#9a93f5"}, {"s1", "#0072b2", "#56b4e9"}, {"s2", "#1f8f83", "#4fd1c1"},
	{"s3", "#117733", "#5cc37b"}, {"s4", "#857200", "#d9c54e"}, {"s5", "#c4540a", "#ff9a52"},
	{"s6", "#c05566", "#f391a5"}, {"s7", "#882255", "#dc7cb5"}, {"s8", "#6b7178", "#9ba2aa"},
	{"p0", "#3b1f5b", "#fde725"}, {"p1", "#443983", "#bddf26"}, {"p2", "#31688e", "#7ad151"}, {"p3", "#21918c", "#35b779"},
	{"p4", "#35b779", "#21918c"}, {"p5", "#7ad151", "#31688e"}, {"p6", "#bddf26", "#443983"}, {"p7", "#fde725", "#3b1f5b"},
	{"q0", "#ffffff", "#111111"}, {"q1", "#ffffff", "#111111"}, {"q2", "#ffffff", "#111111"}, {"q3", "#111111", "#111111"},
	{"q4", "#111111", "#111111"}, {"q5", "#111111", "#ffffff"}, {"q6", "#111111", "#ffffff"}, {"q7", "#111111", "#ffffff"},
}

// seriesInks is how many colours series have; later ones begin anew.
const seriesInks = 9

// planInks is how many size classes a plan tells apart.
const planInks = 8

// style is how a class looks.
type style struct {
	class        string
	fill, stroke string  // names of inks, "" for none
	width        float64 // of a stroke
	dash         []float64
	opacity      float64 // of the fill; 0: all of it
	size         float64 // of text; 0: no text
	bold         bool
	anchor       string // of text: start, middle, end
	extra        string // for browsers
}

// styles are all classes.
var styles = func() []style {
	all := []style{
		{class: "d-title", fill: "ink", size: 18, bold: true, anchor: "start"},
		{class: "d-sub", fill: "faint", size: 13, anchor: "start"},
		{class: "d-text", fill: "ink", size: 12, anchor: "start"},
		{class: "d-end", fill: "ink", size: 12, anchor: "end"},
		{class: "d-mid", fill: "ink", size: 12, anchor: "middle"},
		{class: "d-tick", fill: "faint", size: 12, anchor: "middle"},
		{class: "d-tickend", fill: "faint", size: 12, anchor: "end"},
		{class: "d-red", fill: "red", size: 12, anchor: "start"},
		{class: "d-axis", stroke: "axis", width: 1},
		{class: "d-grid", stroke: "grid", width: 1},
		{class: "d-bound", stroke: "red", width: 1.2, dash: []float64{5, 4}},
		{class: "d-live", fill: "live", opacity: .25, stroke: "live", width: 1.2},
		{class: "d-whisker", stroke: "s1", width: 2},
		{class: "d-dot", fill: "s1", stroke: "paper", width: 1},
		{class: "d-bar", fill: "s1"},
		{class: "d-box"},
		{class: "d-bigbox", stroke: "paper", width: .8},
	}
	for i := range planInks {
		all = append(all,
			style{class: fmt.Sprintf("d-p%d", i), fill: fmt.Sprintf("p%d", i)},
			style{class: fmt.Sprintf("d-e%d", i), fill: fmt.Sprintf("p%d", i), stroke: "paper", width: .8},
			style{class: fmt.Sprintf("d-q%d", i), fill: fmt.Sprintf("q%d", i), size: 11, anchor: "middle", extra: "pointer-events:none"})
	}
	for i := range seriesInks {
		name := fmt.Sprintf("s%d", i)
		all = append(all,
			style{class: fmt.Sprintf("d-s%d", i), fill: name, stroke: "paper", width: 1},
			style{class: fmt.Sprintf("d-l%d", i), stroke: name, width: 2, dash: dashes[i%len(dashes)]})
	}
	return all
}()

// dashes tell lines apart where colours don't.
var dashes = [][]float64{nil, {7, 4}, {2, 3}, {10, 3, 2, 3}}

// styleOf returns the style of a class.
func styleOf(class string) *style {
	for i := range styles {
		if styles[i].class == class {
			return &styles[i]
		}
	}
	panic("draw: no class " + class)
}

// Variables returns the colours as CSS custom properties, for pages: those of the light
// theme, or of the dark one.
func Variables(dark bool) string {
	var b strings.Builder
	for _, i := range inks {
		value := i.light
		if dark {
			value = i.dark
		}
		fmt.Fprintf(&b, "--%s:%s;", i.name, value)
	}
	return b.String()
}

// CSS returns the rules by which drawings look as they should in a page that has the
// [Variables].
func CSS() string {
	return rules(func(name string) string { return "var(--" + name + ")" })
}

// lightCSS returns the rules for a file of its own: programs that show pictures may not
// know custom properties.
func lightCSS() string { return rules(light) }

// light returns the colour that an ink has on white paper.
func light(name string) string {
	for _, i := range inks {
		if i.name == name {
			return i.light
		}
	}
	panic("draw: no ink " + name)
}

func rules(color func(name string) string) string {
	var b strings.Builder
	b.WriteString(`.drawing text{font-family:system-ui,"Helvetica Neue",Helvetica,Arial,"Hiragino Sans","Noto Sans CJK JP","Noto Sans JP",sans-serif}` + "\n")
	for _, s := range styles {
		var parts []string
		add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
		if add("fill:none"); s.fill != "" {
			parts[0] = "fill:" + color(s.fill)
		}
		if s.opacity > 0 {
			add("fill-opacity:%g", s.opacity)
		}
		if s.stroke != "" {
			add("stroke:%s;stroke-width:%g", color(s.stroke), s.width)
		}
		if s.dash != nil {
			add("stroke-dasharray:%s", strings.Trim(fmt.Sprint(s.dash), "[]"))
		}
		if s.size > 0 {
			add("font-size:%gpx;text-anchor:%s", s.size, s.anchor)
		}
		if s.bold {
			add("font-weight:600")
		}
		if s.extra != "" {
			add("%s", s.extra)
		}
		fmt.Fprintf(&b, ".drawing .%s{%s}\n", s.class, strings.Join(parts, ";"))
	}
	fmt.Fprintf(&b, ".drawing .d-boxes rect:hover{stroke:%s;stroke-width:1.6}\n", color("ink"))
	return b.String()
}
