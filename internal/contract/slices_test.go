package contract

import (
	"bytes"
	"testing"
	"unsafe"

	"pgregory.net/rapid"

	"tnbench/internal/alloc"
	"tnbench/internal/alloc/wrap"
	"tnbench/internal/dtype"
	"tnbench/internal/instance"
	"tnbench/internal/kernel"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/path"
	"tnbench/internal/region"
	"tnbench/internal/slicing"
)

// drawSlices draws cuts of some labels, mostly none.
func drawSlices(r *rapid.T, in *instance.Instance) (cuts []instance.Cut) {
	if len(in.Inputs) < 2 || rapid.IntRange(0, 2).Draw(r, "sliced") == 0 {
		return nil
	}
	for l, d := range in.Dims {
		if d > 1 && rapid.IntRange(0, 2).Draw(r, "cut") == 0 {
			parts := d
			if d == 4 && rapid.Bool().Draw(r, "half") {
				parts = 2
			}
			cuts = append(cuts, instance.Cut{Label: instance.Label(l), Parts: parts})
		}
	}
	return cuts
}

// cutsOf reads cuts of the labels of a network.
func cutsOf(t *testing.T, in *instance.Instance, text string) []instance.Cut {
	t.Helper()
	if text == "" {
		return nil
	}
	cuts, err := slicing.Parse(in, text)
	if err != nil {
		t.Fatal(err)
	}
	return cuts
}

// TestSlicesRepeatWhatTheySay counts the multiply-adds of all kernels that run: they are
// those that the program says, and with one label cut those of steps that have it are as
// many as without.
func TestSlicesRepeatWhatTheySay(t *testing.T) {
	hoisted, behind, added, side := 0, 0, 0, 0
	for range 10 { // times 100 networks, or 20
		rapid.Check(t, func(r *rapid.T) {
			in := networks(dtype.Float64).Draw(r, "network")
			o := Options{
				Order:   rapid.SampledFrom([]path.Order{path.AsWritten, path.DepthFirst, path.LowestPeak}).Draw(r, "order"),
				Regions: rapid.SampledFrom([]region.Mode{region.Off, region.Finest, region.Coarsest}).Draw(r, "regions"),
				Slices:  drawSlices(r, in),
			}
			p, err := Compile(in, in.Paths[0], o)
			if err != nil {
				r.Fatal(err)
			}
			if p.Slices == nil {
				return
			}
			flops, runs := 0.0, make([]int, len(p.Steps))
			strategy, err := alloc.New("make")
			if err != nil {
				r.Fatal(err)
			}
			e, err := NewExecutor(p, strategy, randomData(in, 1), Execution{})
			if err != nil {
				r.Fatal(err)
			}
			e.Wrap(func(i int, k nest.Kernel) nest.Kernel { return &tallied{k, &runs[i]} })
			if err := e.Run(dtype.MakeBytes(p.ResultBytes())); err != nil {
				r.Fatal(err)
			}
			for i := range p.Steps {
				want := 1
				if p.Slices.has(i) {
					want = p.Slices.Slices()
				}
				flops += p.Steps[i].Flops * float64(want)
				if g := p.regionOf(&p.ops[i]); g != nil {
					want *= g.Slices()
				}
				if runs[i] != want {
					r.Fatalf("%s %+v: step %d ran %d times, want %d", describe(in), o, i, runs[i], want)
				}
			}
			if flops != p.Flops {
				r.Fatalf("%s %+v: %g flops, want %g", describe(in), o, p.Flops, flops)
			}
			if p.Slices.First > 0 {
				hoisted++
			}
			if p.Slices.Last < len(p.Steps)-1 {
				behind++
			}
			if p.Slices.Adds > 1 {
				added++
			}
			if p.Slices.Adds < p.Slices.Slices() {
				side++
			}
		})
	}
	if min(hoisted, behind, added, side) < 3 {
		t.Errorf("%d programs with steps before the loop, %d behind it, %d that add up, %d with slices side by side: the test shows little", hoisted, behind, added, side)
	}
}

// tallied counts the runs of a kernel.
type tallied struct {
	nest.Kernel
	runs *int
}

func (c *tallied) Run(env *nest.Env, out, a, b unsafe.Pointer) {
	*c.runs++
	c.Kernel.Run(env, out, a, b)
}

// sliced are cuts of the labels of tower: one that is added up, ones of the output, a
// hyperedge, parts of a range, all kinds together.
var sliced = []string{"b", "c:3", "e", "h:5", "a", "z", "z,b:5", "a:2,d", "f,g:4,h:3", "c:9,b:2,e:4"}

// TestSlicesGiveTheSameBits is TestRegionsGiveTheSameBits with slices, in regions or not.
func TestSlicesGiveTheSameBits(t *testing.T) {
	specs := runnable(t)
	for _, dt := range dtype.All {
		in := tower(dt)
		data := randomData(in, 7)
		whole, err := Compile(in, in.Paths[0], Options{})
		if err != nil {
			t.Fatal(err)
		}
		want, err := runChecked(whole, "make", data, Execution{})
		if err != nil {
			t.Fatal(err)
		}
		scale, err := runChecked(whole, "make", magnitudes(dt, data), Execution{})
		if err != nil {
			t.Fatal(err)
		}
		for k, text := range sliced {
			mode := []region.Mode{region.Off, region.Max, region.Finest, region.Coarsest}[k%4]
			var first []byte
			for _, threads := range []int{1, 3} {
				program, err := Compile(in, in.Paths[0], Options{Regions: mode, Slices: cutsOf(t, in, text), Kernel: kernel.Options{Threads: threads}})
				if err != nil {
					t.Fatal(err)
				}
				if program.Hash() == whole.Hash() {
					t.Errorf("%s: the hash of the whole program", text)
				}
				workers := nest.NewWorkers(threads)
				for i, spec := range specs {
					if threads > 1 && i > 2 {
						break
					}
					got, err := runChecked(program, spec, data, Execution{Workers: workers})
					if err != nil {
						t.Fatalf("%v, %s, %v, %d threads, %s: %v", dt, text, mode, threads, spec, err)
					}
					if first == nil {
						first = got
					} else if !bytes.Equal(first, got) {
						t.Errorf("%v, %s, %v, %d threads, %s: other bits", dt, text, mode, threads, spec)
					}
				}
				workers.Close()
			}
			terms := float64(whole.Instance.Size(whole.Instance.Output)) // slices that are added up, at most
			for i := range whole.Steps {
				spec := whole.Spec(&whole.Steps[i])
				terms += 2 * float64(spec.Extents().Terms+4)
			}
			if err := within(dt, terms, first, want, scale); err != nil {
				t.Errorf("%v, %s, %v: %v", dt, text, mode, err)
			}
		}
	}
}

// TestSlicesTakeLessMemory claims that what is live is what is forecast, that it is less
// than without slices, and that contractions allocate nothing.
func TestSlicesTakeLessMemory(t *testing.T) {
	in := tower(dtype.Complex64)
	data := randomData(in, 3)
	for _, mode := range []region.Mode{region.Off, region.Finest} {
		whole, err := Compile(in, in.Paths[0], Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{"b:2,c:3", "z,a", "c,b"} {
			program, err := Compile(in, in.Paths[0], Options{Regions: mode, Slices: cutsOf(t, in, text)})
			if err != nil {
				t.Fatal(err)
			}
			inner, err := alloc.New("planned")
			if err != nil {
				t.Fatal(err)
			}
			counting := wrap.NewCounting(inner)
			e, err := NewExecutor(program, counting, data, Execution{})
			if err != nil {
				t.Fatal(err)
			}
			result := dtype.MakeBytes(program.ResultBytes())
			run := func() { err = e.Run(result) }
			if run(); err != nil {
				t.Fatal(err)
			}
			if n := testing.AllocsPerRun(3, run); n != 0 && !raceEnabled || err != nil {
				t.Errorf("%s: %g heap allocations per contraction, error %v; want 0", text, n, err)
			}
			if peak := counting.Counts().Peak; peak != program.PeakLive || peak >= whole.PeakLive {
				t.Errorf("%s: %d bytes live at most, %d forecast, %d of the whole", text, peak, program.PeakLive, whole.PeakLive)
			}
			counting.Close()
		}
	}
}

// TestASlicedRunAfterOneThatWasBrokenOff breaks sliced contractions off at every request,
// and interrupts them in the midst of a slice.
func TestASlicedRunAfterOneThatWasBrokenOff(t *testing.T) {
	in := tower(dtype.Float64)
	data := randomData(in, 5)
	program, err := Compile(in, in.Paths[0], Options{Regions: region.Finest, Slices: cutsOf(t, in, "b,z,e:4")})
	if err != nil {
		t.Fatal(err)
	}
	breakOffAtEvery(t, program, data, func(e *Executor, got []byte) {
		runs := 0
		e.Wrap(func(_ int, k nest.Kernel) nest.Kernel { return &stopping{k, e, &runs} })
		if err := e.Run(got); err != ErrInterrupted {
			t.Errorf("error %v of a run that was interrupted", err)
		}
		e.stop.Store(false)
	})
}

// stopping interrupts an executor once, in one of the later slices.
type stopping struct {
	nest.Kernel
	e    *Executor
	runs *int
}

func (s *stopping) Run(env *nest.Env, out, a, b unsafe.Pointer) {
	if *s.runs++; *s.runs == 500 {
		s.e.Interrupt()
	}
	s.Kernel.Run(env, out, a, b)
}
