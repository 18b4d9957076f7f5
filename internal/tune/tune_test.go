package tune

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tnbench/internal/alloc"
	"tnbench/internal/contract"
	"tnbench/internal/dtype"
	"tnbench/internal/instance/instancetest"
	"tnbench/internal/keep"
	"tnbench/internal/region"
	"tnbench/internal/result"
)

// compiled returns the program of an embedded instance, and inputs for it.
func compiled(t *testing.T, name string, o contract.Options) (*contract.Program, [][]byte) {
	t.Helper()
	in, inputs := instancetest.Filled(t, name)
	p, err := contract.Compile(in, in.Paths[0], o)
	if err != nil {
		t.Fatal(err)
	}
	return p, inputs
}

// anywhere says that there is memory for everything.
var anywhere = Options{Fits: func(*contract.Program) bool { return true }}

// digest contracts a program once.
func digest(t *testing.T, p *contract.Program, inputs [][]byte) result.Digest {
	t.Helper()
	strategy, err := alloc.New("make")
	if err != nil {
		t.Fatal(err)
	}
	defer strategy.Close()
	e, err := contract.NewExecutor(p, strategy, inputs, contract.Execution{})
	if err != nil {
		t.Fatal(err)
	}
	output := dtype.MakeBytes(p.ResultBytes())
	if err := e.Run(output); err != nil {
		t.Fatal(err)
	}
	return result.NewDigest(p.DType(), p.ResultShape(), output)
}

func TestWhatWasTunedOnceIsKnown(t *testing.T) {
	folder := t.TempDir()
	t.Setenv(keep.Variable, folder)
	p, inputs := compiled(t, "mps_inner_50", contract.Options{Regions: region.Auto})
	if _, known := Known(p); known {
		t.Fatal("known before it was measured")
	}
	last, total := 0, 0
	o := anywhere
	o.Progress = func(done, of int) { last, total = done, of }
	first, err := Measure(t.Context(), p, inputs, o)
	if err != nil {
		t.Fatal(err)
	}
	if last != total-1 {
		t.Errorf("the last contraction was told as %d of %d", last+1, total)
	}
	if !digest(t, first.Program, inputs).Near(digest(t, p, inputs), 1e-10) {
		t.Error("the tuned program computes something else")
	}
	again, known := Known(p)
	if !known || again.Hash() != first.Hash() || again.Found.Ratio != first.Found.Ratio {
		t.Errorf("known: %v, found %+v, want %+v", known, again.Found, first.Found)
	}
	other, _ := compiled(t, "mps_inner_50", contract.Options{Regions: region.Auto, FixedTemporaries: true})
	if _, known := Known(other); known {
		t.Error("another program is known, too")
	}
	files, _ := os.ReadDir(folder)
	if len(files) != 1 {
		t.Fatalf("%d files, want 1", len(files))
	}
	spoilt(t, p, filepath.Join(folder, files[0].Name()))
}

// spoilt checks that what can't have been kept for a program is not believed.
func spoilt(t *testing.T, p *contract.Program, file string) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*kept){
		"another kind":    func(k *kept) { k.Found.Kernels = map[int]string{0: "magic"} },
		"no such step":    func(k *kept) { k.Found.Kernels = map[int]string{1 << 20: "product"} },
		"no such regions": func(k *kept) { k.Found.Regions = "everywhere" },
		"another program": func(k *kept) { k.Key.Program = strings.Repeat("0", 64) },
		"another machine": func(k *kept) { k.Key.Cores++ },
		"more threads":    func(k *kept) { k.Key.Threads++ },
		"no time":         func(k *kept) { *k = kept{Key: k.Key} },
	} {
		var k kept
		if err := json.Unmarshal(data, &k); err != nil {
			t.Fatal(err)
		}
		spoil(&k)
		if err := keep.Write(file, k); err != nil {
			t.Fatal(err)
		}
		if _, known := Known(p); known {
			t.Errorf("%s: was believed", name)
		}
	}
}

func TestAnInterruptedMeasurementIsNotKept(t *testing.T) {
	folder := t.TempDir()
	t.Setenv(keep.Variable, folder)
	p, inputs := compiled(t, "mps_inner_50", contract.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	m := newMeasurement(ctx, inputs, 1, anywhere)
	if _, err := m.contract(p); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
	if _, err := Measure(ctx, p, inputs, anywhere); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	} else if _, known := Known(p); err != nil && known {
		t.Error("it was kept")
	}
}

func TestWhatCannotBeKeptIsNotMeasured(t *testing.T) {
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv(keep.Variable, filepath.Join(blocked, "cache"))
	p, _ := compiled(t, "mps_inner_50", contract.Options{})
	if _, err := Measure(t.Context(), p, nil, anywhere); err == nil || !strings.Contains(err.Error(), keep.Variable) {
		t.Errorf("error %v, want one that names %s", err, keep.Variable)
	}
}

func TestWhatDoesNotFitIsNotTried(t *testing.T) {
	p, inputs := compiled(t, "potts_king_10x10", contract.Options{Regions: region.Auto})
	m := newMeasurement(t.Context(), inputs, 1, Options{Fits: func(other *contract.Program) bool { return other == p }})
	name, _, best, err := m.chooseRegions(p)
	if err != nil || name != "" || best != p || m.done > 0 {
		t.Errorf("regions %q, %d contractions, error %v: want none tried", name, m.done, err)
	}
}

func TestFasterMeansInEachRound(t *testing.T) {
	for _, c := range []struct {
		one, other []float64
		by         float64
		ratio      float64
		sure       bool
	}{
		{[]float64{2, 2.2, 2}, []float64{1, 1, 1}, 0.03, 2, true},
		{[]float64{2, 2, 0.9}, []float64{1, 1, 1}, 0.03, 2, false},
		{[]float64{2, 2, 2, 0.9, 2, 2, 2}, []float64{1, 1, 1, 1, 1, 1, 1}, 0.03, 2, true},
		{[]float64{2, 2, 2, 0.9, 2, 2, 0.9}, []float64{1, 1, 1, 1, 1, 1, 1}, 0.03, 2, false},
		{[]float64{1.02, 1.02, 1.02}, []float64{1, 1, 1}, 0.03, 1.02, false},
		{[]float64{1.02, 1.02, 1.02}, []float64{1, 1, 1}, 0, 1.02, true},
		{[]float64{1, 1, 1}, []float64{1, 1, 1}, 0, 1, false},
	} {
		if ratio, sure := faster(c.one, c.other, c.by); ratio != c.ratio || sure != c.sure {
			t.Errorf("faster(%v, %v, %g) = %g, %v; want %g, %v", c.one, c.other, c.by, ratio, sure, c.ratio, c.sure)
		}
	}
}
