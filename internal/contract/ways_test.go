package contract

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/region"
)

// TestOtherKindsOfKernelsComputeTheSame gives steps of random networks kernels of every kind
// that there is for them, in regions too, whatever they are forecast to take.
func TestOtherKindsOfKernelsComputeTheSame(t *testing.T) {
	kinds := map[string]int{}
	for _, dt := range dtype.All {
		rapid.Check(t, func(r *rapid.T) {
			in := stems(dt).Draw(r, "network")
			threads := rapid.IntRange(1, 3).Draw(r, "threads")
			mode := rapid.SampledFrom([]region.Mode{region.Off, region.Finest, region.Coarsest}).Draw(r, "mode")
			p, err := Compile(in, in.Paths[0], Options{Regions: mode, Kernel: kernel.Options{Threads: threads}})
			if err != nil {
				r.Fatal(err)
			}
			if p.Work > stemWork {
				r.Skip("too large")
			}
			by := map[int]string{}
			for i := range p.Steps {
				if names := p.Others(i, math.Inf(1)); len(names) > 0 {
					by[i] = rapid.SampledFrom(names).Draw(r, "kind")
					kinds[by[i]]++
				}
			}
			data := randomData(in, rapid.Uint64().Draw(r, "seed"))
			want, err := runChecked(p, "make", data, Execution{})
			if err != nil {
				r.Fatal(err)
			}
			scale, err := runChecked(p, "make", magnitudes(dt, data), Execution{})
			if err != nil {
				r.Fatal(err)
			}
			before := p.Hash()
			other, err := p.By(by)
			if err != nil {
				r.Fatal(err)
			}
			workers := nest.NewWorkers(threads)
			defer workers.Close()
			got, err := soiled(other, data, Execution{Workers: workers})
			if err != nil {
				r.Fatal(err)
			}
			terms := 0.0
			for i := range p.Steps {
				spec := p.Spec(&p.Steps[i])
				terms += 2 * float64(spec.Extents().Terms+4)
			}
			if err := within(dt, terms, got, want, scale); err != nil {
				r.Fatalf("%s, %v, %v: %v", describe(in), mode, by, err)
			}
			if p.Hash() != before {
				r.Fatal("the program has changed")
			}
			if same, err := p.By(nil); err != nil || same.Hash() != before {
				r.Fatalf("with its own kernels it is another program (%v)", err)
			}
		})
	}
	for _, kind := range []string{"tiny", "stream", "product"} {
		if kinds[kind] < 10 {
			t.Errorf("%d steps with kernels of the kind %q: the test shows little", kinds[kind], kind)
		}
	}
}

func TestKindsThatThereAreNotAreErrors(t *testing.T) {
	in := chain(3)
	p, err := Compile(in, in.Paths[0], Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, by := range []map[int]string{{0: "fast"}, {-1: "tiny"}, {len(p.Steps): "tiny"}} {
		if _, err := p.By(by); err == nil {
			t.Errorf("By(%v) is no error", by)
		}
	}
}
