package result

import (
	"reflect"
	"strings"
	"testing"
)

// TestEveryFigureIsInTheList: a figure that a result has and the list lacks would
// be in JSON and nowhere else.
func TestEveryFigureIsInTheList(t *testing.T) {
	listed := map[string]*Figure{}
	for i := range Figures {
		f := &Figures[i]
		if listed[f.Key] != nil {
			t.Errorf("%s is listed twice", f.Key)
		}
		listed[f.Key] = f
	}
	kind := reflect.TypeFor[Result]()
	samples := map[string]bool{}
	for i := range kind.NumField() {
		key, _, _ := strings.Cut(kind.Field(i).Tag.Get("json"), ",")
		if of, ok := strings.CutPrefix(key, "samples_"); ok {
			samples[of] = true
			continue
		}
		var r Result
		field := reflect.ValueOf(&r).Elem().Field(i)
		switch v := field.Addr().Interface().(type) {
		case *Maybe[float64]:
			*v = Measured(7.0)
		case *Maybe[int]:
			*v = Measured(7)
		default:
			continue
		}
		if key == "flops" { // a subject
			continue
		}
		f := listed[key]
		if f == nil {
			t.Errorf("the figure %s is not in the list", key)
			continue
		}
		if got := f.Of(&r); !got.OK || got.Value != 7 {
			t.Errorf("%s is read as %v", key, got)
		}
		if got := f.Of(new(Result)); got.OK {
			t.Errorf("%s is read as %v where it is missing", key, got)
		}
	}
	for key, f := range listed {
		if f.Samples != nil && key != "median_ns" && !samples[key] {
			t.Errorf("no field holds the samples of %s", key)
		}
		if f.Bench == "" && f.Samples != nil {
			t.Errorf("the samples of %s are in no benchmark line", key)
		}
		if f.Low != "" && (FigureOf(f.Low) == nil || FigureOf(f.High) == nil) {
			t.Errorf("%s has no bounds", key)
		}
	}
}

func TestFiguresAreExactWhereChanceHasNoPart(t *testing.T) {
	allocs, footprint, faults := FigureOf("heap_allocs"), FigureOf("footprint_bytes"), FigureOf("minor_faults")
	steady := Result{HeapAllocs: Measured(7.0), Footprint: Measured(64), MinorFaults: Measured(0.0)}
	for range 19 {
		steady.HeapAllocsSamples = append(steady.HeapAllocsSamples, 7)
	}
	steady.HeapAllocsSamples = append(steady.HeapAllocsSamples, 8) // one of the runtime's own
	chance := Result{HeapAllocs: Measured(8.0), HeapAllocsSamples: []float64{0, 8, 8, 12, 17}, Footprint: Measured(64), FootprintSeen: true}
	for _, c := range []struct {
		figure *Figure
		of     *Result
		want   bool
	}{{allocs, &steady, true}, {allocs, &chance, false}, {footprint, &steady, true}, {footprint, &chance, false}, {faults, &steady, false}, {allocs, new(Result), false}} {
		if got := c.figure.ExactIn(c.of); got != c.want {
			t.Errorf("%s of %+v is exact: %v, want %v", c.figure.Key, c.of, got, c.want)
		}
	}
}
