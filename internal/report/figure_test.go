package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"tnbench/internal/path"
	"tnbench/internal/study"
)

// drawn writes figures and returns the titles of all boxes, failing if the
// picture is no well-formed XML.
func drawn(t *testing.T, figures ...Figure) (titles []string) {
	t.Helper()
	var out bytes.Buffer
	if err := WriteFigures(&out, figures); err != nil {
		t.Fatal(err)
	}
	decoder := xml.NewDecoder(&out)
	var open []string
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			open = append(open, token.Name.Local)
			for _, a := range token.Attr {
				if strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf") {
					t.Errorf("%s has %s=%q", token.Name.Local, a.Name.Local, a.Value)
				}
			}
		case xml.CharData:
			if n := len(open); n > 1 && open[n-1] == "title" && open[n-2] == "rect" {
				titles = append(titles, string(token))
			}
		case xml.EndElement:
			open = open[:len(open)-1]
		}
	}
	return titles
}

func TestFigureHasABoxPerBuffer(t *testing.T) {
	for _, n := range []int{0, 1, 414, 100_000} {
		f := Figure{Title: "many", TimeAxis: "step", InBytes: true, Height: 64 * (n + 1), Bound: 64}
		for i := range n {
			f.Boxes = append(f.Boxes, study.Box{Name: fmt.Sprintf("buffer %d", i), From: i, To: i + 3, Offset: 64 * i, Size: 1 + i*i%(1<<20)})
		}
		titles := drawn(t, f, f)
		if len(titles) != 2*n {
			t.Errorf("%d boxes in two figures of %d buffers each", len(titles), n)
		}
		names := map[string]int{}
		for _, title := range titles {
			names[strings.SplitN(title, "\n", 2)[0]]++
		}
		for i := range n {
			if name := f.Boxes[i].Name; names[name] != 2 {
				t.Fatalf("%q is drawn %d times, want twice", name, names[name])
			}
		}
	}
}

func TestFigureEscapesWhatFilesSay(t *testing.T) {
	const hostile = "</title><script>alert(1)</script>&\"'\x01\xff"
	f := Figure{Title: hostile, Subtitle: hostile, TimeAxis: hostile, Height: 8, Bound: 8, Boxes: []study.Box{{Name: hostile, From: -5, To: 7, Offset: 0, Size: 8}}}
	titles := drawn(t, f)
	if len(titles) != 1 || !strings.HasPrefix(titles[0], "</title><script>alert(1)</script>&\"'"+`\x01\xff`+"\n") {
		t.Errorf("the title of the box reads %q", titles)
	}
}

func TestFigureOfExtremes(t *testing.T) {
	for _, boxes := range [][]study.Box{
		{{Name: "zero", From: 0, To: 1, Offset: 0, Size: 0}},
		{{Name: "far", From: -1 << 62, To: 1 << 62, Offset: 0, Size: 1}},
		{{Name: "huge", From: 0, To: 1, Offset: 1 << 61, Size: 1 << 61}},
		{{Name: "late", From: 1<<63 - 2, To: 1<<63 - 1, Offset: 0, Size: 1}},
	} {
		f := Figure{Boxes: boxes, Height: boxes[0].Offset + boxes[0].Size, Bound: boxes[0].Size}
		for _, f.Stretched = range []bool{false, true} {
			if titles := drawn(t, f); len(titles) != 1 {
				t.Errorf("%+v, stretched %v: %d boxes", boxes, f.Stretched, len(titles))
			}
		}
	}
}

// TestStretchedTimeByHand: of two moments with 1 and 9 bytes live, the second
// takes three quarters of the axis.
func TestStretchedTimeByHand(t *testing.T) {
	f := Figure{Stretched: true, Height: 9, Bound: 9, Boxes: []study.Box{{Name: "small", From: 0, To: 1, Offset: 0, Size: 1}, {Name: "large", From: 1, To: 2, Offset: 0, Size: 9}}}
	d := newDrawing(nil, &f)
	const quarter = (plotRight - plotLeft) / 4
	for time, want := range map[int]float64{0: plotLeft, 1: plotLeft + quarter, 2: plotRight} {
		if got := d.x(time); got != want {
			t.Errorf("moment %d is at %v, want %v", time, got, want)
		}
	}
	if titles := drawn(t, f); len(titles) != 2 {
		t.Errorf("%d boxes, want 2", len(titles))
	}
}

func TestLiveCurveByHand(t *testing.T) {
	got := liveCurve([]study.Box{{From: 0, To: 3, Size: 5}, {From: 1, To: 2, Size: 7}, {From: 2, To: 4, Size: 1}})
	want := []moment{{0, 5}, {1, 12}, {2, 6}, {3, 1}, {4, 0}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestTicksAreRound(t *testing.T) {
	for _, c := range []struct {
		low, high, n int
		binary       bool
		want         []int
	}{
		{0, 414, 10, false, []int{0, 50, 100, 150, 200, 250, 300, 350, 400}},
		{0, 3, 10, false, []int{0, 1, 2, 3}},
		{-7, 4, 3, false, []int{-5, 0}},
		{0, 163 << 20, 6, true, []int{0, 32 << 20, 64 << 20, 96 << 20, 128 << 20, 160 << 20}},
		{0, 0, 6, true, []int{0}},
	} {
		if got := ticksBetween(c.low, c.high, c.n, c.binary); !reflect.DeepEqual(got, c.want) {
			t.Errorf("ticksBetween(%d, %d, %d, %v) = %v, want %v", c.low, c.high, c.n, c.binary, got, c.want)
		}
	}
}

func TestFigureGolden(t *testing.T) {
	p := planOf(t, chain, "opt_flops", path.DepthFirst)
	f, err := ProgramFigure(&p)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := WriteFigures(&out, []Figure{f}); err != nil {
		t.Fatal(err)
	}
	golden(t, "plan.svg", out.Bytes())
}
