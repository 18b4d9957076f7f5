package draw

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"tnbench/internal/alloc"
	"tnbench/internal/alloc/pack"
	"tnbench/internal/contract"
	"tnbench/internal/golden"
	"tnbench/internal/instance"
	"tnbench/internal/path"
	"tnbench/internal/study"
)

// drawn writes figures and returns the titles of all boxes, failing if the
// picture is no well-formed XML.
func drawn(t *testing.T, plans ...Plan) (titles []string) {
	t.Helper()
	var out bytes.Buffer
	if err := WriteSVG(&out, Distinct(plans)...); err != nil {
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

func TestPlanHasABoxPerBuffer(t *testing.T) {
	for _, n := range []int{0, 1, 414, 20_000} {
		f := Plan{Heading: Heading{Title: "many"}, TimeAxis: "step", InBytes: true, Height: 64 * (n + 1), Bound: 64}
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

func TestPlanEscapesWhatFilesSay(t *testing.T) {
	const hostile = "</title><script>alert(1)</script>&\"'\x01\xff"
	f := Plan{Heading: Heading{hostile, hostile}, TimeAxis: hostile, Height: 8, Bound: 8, Boxes: []study.Box{{Name: hostile, From: -5, To: 7, Offset: 0, Size: 8}}}
	titles := drawn(t, f)
	if len(titles) != 1 || !strings.HasPrefix(titles[0], "</title><script>alert(1)</script>&\"'"+`\x01\xff`+"\n") {
		t.Errorf("the title of the box reads %q", titles)
	}
}

func TestPlanOfExtremes(t *testing.T) {
	for _, boxes := range [][]study.Box{
		{{Name: "zero", From: 0, To: 1, Offset: 0, Size: 0}},
		{{Name: "far", From: -1 << 62, To: 1 << 62, Offset: 0, Size: 1}},
		{{Name: "huge", From: 0, To: 1, Offset: 1 << 61, Size: 1 << 61}},
		{{Name: "late", From: 1<<63 - 2, To: 1<<63 - 1, Offset: 0, Size: 1}},
	} {
		f := Plan{Boxes: boxes, Height: boxes[0].Offset + boxes[0].Size, Bound: boxes[0].Size}
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
	f := Plan{Stretched: true, Height: 9, Bound: 9, Boxes: []study.Box{{Name: "small", From: 0, To: 1, Offset: 0, Size: 1}, {Name: "large", From: 1, To: 2, Offset: 0, Size: 9}}}
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

// chain is a product of matrices; mixed has a label in three tensors, a sum and an outer
// product.
const (
	chain = `{
	"name": "chain", "dtype": "complex64", "num_tensors": 8,
	"format_string": "ab,bc,cd,de,ef,fg,gh,hi->ai",
	"shapes": [[16,16],[16,64],[64,16],[16,20],[20,16],[16,64],[64,16],[16,16]],
	"paths": {"opt_flops": {"path": [[0,1],[0,1],[0,1],[0,1],[0,1],[0,1],[0,1]]}}
}`
	mixed = `{
	"name": "mixed", "dtype": "float64", "num_tensors": 7,
	"format_string": "aab,bcxs,cdx,dexf,efg,g,v->fg",
	"shapes": [[3,3,4],[4,16,2,5],[16,32,2],[32,8,2,6],[8,6,64],[64],[7]],
	"paths": {"opt_flops": {"path": [[5,6],[4,5],[3,4],[2,3],[1,2],[0,1]]}}
}`
	one = `{"name": "one", "dtype": "float64", "num_tensors": 1, "format_string": "ab->ba", "shapes": [[2,3]], "paths": {"opt_flops": {"path": []}}}`
)

// planOf plans the network in text, without temporaries: which there are depends on the
// machine.
func planOf(t *testing.T, text string, order path.Order, specs ...string) study.ProgramPlan {
	t.Helper()
	in, err := instance.Parse("test.json", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	p, err := in.Path("opt_flops")
	if err != nil {
		t.Fatal(err)
	}
	program, err := contract.Compile(in, p, contract.Options{Order: order, FixedTemporaries: true})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := study.PlanProgram(program, specs)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func TestPlanGolden(t *testing.T) {
	p := planOf(t, chain, path.DepthFirst)
	f, err := PlanOf(&p)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := WriteSVG(&out, f); err != nil {
		t.Fatal(err)
	}
	golden.Check(t, "plan.svg", out.Bytes())
}

// TestTheDrawnPlanIsTheOneForecast: what is drawn is what planned would hold.
func TestTheDrawnPlanIsTheOneForecast(t *testing.T) {
	p := planOf(t, mixed, path.AsWritten, "planned")
	f, err := PlanOf(&p)
	if err != nil {
		t.Fatal(err)
	}
	plan, buffers := pack.Plan{Height: f.Height}, []pack.Buffer{}
	for _, b := range f.Boxes {
		buffers = append(buffers, pack.Buffer{Lower: b.From, Upper: b.To, Size: b.Size})
		plan.Offsets = append(plan.Offsets, b.Offset)
	}
	if err := pack.Check(buffers, plan, alloc.Alignment); err != nil {
		t.Error(err)
	}
	if f.Height != p.Strategies[0].Footprint {
		t.Errorf("drawn height %d, forecast %d", f.Height, p.Strategies[0].Footprint)
	}
	lone := planOf(t, one, path.AsWritten, "planned")
	if f, err = PlanOf(&lone); err != nil || len(drawn(t, f)) != 0 {
		t.Errorf("a network of one tensor: %v, %v", f, err)
	}
}
