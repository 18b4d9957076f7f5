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
