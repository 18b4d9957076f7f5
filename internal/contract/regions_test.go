package contract

import (
	"bytes"
	"fmt"
	"slices"
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
)

// forced are the modes that stream whatever can be.
var forced = []region.Mode{region.Finest, region.Coarsest}

// TestRegionsRepeatNoStep claims of random networks that the slices of a step together
// do what the step does, no more, and that all it makes or uses has its place.
func TestRegionsRepeatNoStep(t *testing.T) {
	regions, sums := 0, 0
	for range 10 { // times 100 networks
		rapid.Check(t, func(r *rapid.T) {
			in := networks(dtype.Float64).Draw(r, "network")
			mode := rapid.SampledFrom(forced).Draw(r, "mode")
			p, err := Compile(in, in.Paths[0], Options{Regions: mode})
			if err != nil {
				r.Fatal(err)
			}
			whole, err := Compile(in, in.Paths[0], Options{})
			if err != nil {
				r.Fatal(err)
			}
			macs := map[int32]int{}
			for i := range whole.Steps {
				spec := whole.Spec(&whole.Steps[i])
				macs[whole.Steps[i].Out] = spec.MACs()
			}
			for g := range p.Regions {
				x := &p.Regions[g]
				regions++
				if x.Adds > 1 {
					sums++
				}
				if x.First >= x.Last || x.Slices() < 2 {
					r.Fatalf("%s: region %+v has nothing to stream", describe(in), x)
				}
				for i := x.First; i <= x.Last; i++ {
					spec := p.Spec(&p.Steps[i])
					if got, want := spec.MACs()*x.Slices(), macs[p.Steps[i].Out]; got != want {
						r.Fatalf("%s: step %d does %d multiply-adds in %d slices, want %d", describe(in), i, got, x.Slices(), want)
					}
					if streamed := i < x.Last; p.Steps[i].Streamed != streamed {
						r.Fatalf("%s: step %d of region %d..%d: streamed is %v", describe(in), i, x.First, x.Last, !streamed)
					}
				}
			}
			made := map[int32]bool{}
			for i := range p.Steps {
				for _, id := range [...]int32{p.Steps[i].Left, p.Steps[i].Right} {
					if int(id) >= len(in.Inputs) && !made[id] {
						r.Fatalf("%s: step %d uses tensor %d before it is made", describe(in), i, id)
					}
				}
				made[p.Steps[i].Out] = true
			}
			if p.Flops != whole.Flops || p.IntermediateBytes()+p.StreamedBytes() != whole.IntermediateBytes() {
				r.Fatalf("%s: %g flops, %d bytes stored and %d streamed; want %g and %d bytes", describe(in), p.Flops, p.IntermediateBytes(), p.StreamedBytes(), whole.Flops, whole.IntermediateBytes())
			}
		})
	}
	if regions < 20 || sums < 2 {
		t.Errorf("%d regions, %d of which add up: the test shows little", regions, sums)
	}
}

// tower returns a network of a few large intermediates with labels of all kinds: odd
// dimensions, a hyperedge, one that every tensor has, a result of several labels.
func tower(dt dtype.Type) *instance.Instance {
	in := &instance.Instance{Name: "tower", DType: dt, Names: []rune("abcdefghz"), Dims: []int{6, 10, 9, 7, 12, 5, 8, 15, 3}}
	for _, labels := range []string{"abz", "bcz", "cdaz", "deez", "efaz", "fgz", "gahz", "hbz"} {
		var tensor []instance.Label
		for _, l := range labels {
			tensor = append(tensor, instance.Label(slices.Index(in.Names, l)))
		}
		in.Inputs = append(in.Inputs, tensor)
	}
	in.Output = []instance.Label{8, 2, 0}
	in.Paths = []instance.Path{{Name: "path", Pairs: [][2]int{{0, 1}, {0, 6}, {0, 5}, {0, 4}, {0, 3}, {0, 2}, {0, 1}}}}
	return in
}

// TestRegionsGiveTheSameBits contracts a network with blocked products and streams in its
// regions: near the reference, and bit for bit alike under all strategies and for any
// number of threads.
func TestRegionsGiveTheSameBits(t *testing.T) {
	specs := runnable(t)
	for _, dt := range dtype.All {
		in := tower(dt)
		data := randomData(in, 7)
		for _, mode := range forced {
			var first []byte
			for _, threads := range []int{1, 2, 3, 4} {
				program, err := Compile(in, in.Paths[0], Options{Regions: mode, Kernel: kernel.Options{Threads: threads}})
				if err != nil {
					t.Fatal(err)
				}
				if len(program.Regions) == 0 {
					t.Fatal("no regions: the test shows nothing")
				}
				workers := nest.NewWorkers(threads)
				for _, spec := range specs {
					got, err := runChecked(program, spec, data, Execution{Workers: workers})
					if err != nil {
						t.Fatalf("%v, %v, %d threads, %s: %v", dt, mode, threads, spec, err)
					}
					if first == nil {
						first = got
					} else if !bytes.Equal(first, got) {
						t.Errorf("%v, %v, %d threads, %s: other bits", dt, mode, threads, spec)
					}
				}
				workers.Close()
			}
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
			terms := 0.0 // that one element is rounded for, in either program
			for i := range whole.Steps {
				spec := whole.Spec(&whole.Steps[i])
				terms += 2 * float64(spec.Extents().Terms+4)
			}
			if err := within(dt, terms, first, want, scale); err != nil {
				t.Errorf("%v, %v: %v", dt, mode, err)
			}
		}
	}
}

// TestRegionsHaveLiveWhatIsForecast counts the bytes that are live.
func TestRegionsHaveLiveWhatIsForecast(t *testing.T) {
	in := tower(dtype.Float64)
	data := randomData(in, 3)
	whole, err := Compile(in, in.Paths[0], Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, mode := range forced {
		program, err := Compile(in, in.Paths[0], Options{Regions: mode})
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
		if err := e.Run(dtype.MakeBytes(program.ResultBytes())); err != nil {
			t.Fatal(err)
		}
		counts := counting.Counts()
		sized, _ := wrap.As[alloc.Sized](counting)
		if counts.Peak != program.PeakLive || sized.Footprint() < program.PeakLive {
			t.Errorf("%v: %d bytes live at most and %d held, want %d", mode, counts.Peak, sized.Footprint(), program.PeakLive)
		}
		if program.PeakLive >= whole.PeakLive {
			t.Errorf("%v: %d bytes live, %d without regions", mode, program.PeakLive, whole.PeakLive)
		}
		counting.Close()
	}
}

// TestRegionsAllocateNothing is TestSteadyStateAllocatesNothing with regions.
func TestRegionsAllocateNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for _, in := range []*instance.Instance{ladder(40), tower(dtype.Float32), tower(dtype.Complex64)} {
		for _, mode := range forced {
			for _, threads := range []int{1, 3} {
				program, err := Compile(in, in.Paths[0], Options{Regions: mode, Kernel: kernel.Options{Threads: threads}})
				if err != nil {
					t.Fatal(err)
				}
				strategy, err := alloc.New("planned")
				if err != nil {
					t.Fatal(err)
				}
				workers := nest.NewWorkers(threads)
				e, err := NewExecutor(program, strategy, randomData(in, 1), Execution{Workers: workers})
				if err != nil {
					t.Fatal(err)
				}
				result := dtype.MakeBytes(program.ResultBytes())
				if n := testing.AllocsPerRun(10, func() { err = e.Run(result) }); n != 0 || err != nil || len(program.Regions) == 0 {
					t.Errorf("%s, %v, %d threads: %g heap allocations per contraction in %d regions, error %v; want 0", in.Name, mode, threads, n, len(program.Regions), err)
				}
				workers.Close()
				strategy.Close()
			}
		}
	}
}

// stingy has no memory for one request.
type stingy struct {
	alloc.Strategy
	id int
}

func (s *stingy) Alloc(id int) unsafe.Pointer {
	if id == s.id {
		return nil
	}
	return s.Strategy.Alloc(id)
}

// TestARunAfterOneThatWasBrokenOff breaks contractions off at every request.
func TestARunAfterOneThatWasBrokenOff(t *testing.T) {
	in := tower(dtype.Float64)
	data := randomData(in, 5)
	program, err := Compile(in, in.Paths[0], Options{Regions: region.Finest})
	if err != nil {
		t.Fatal(err)
	}
	breakOffAtEvery(t, program, data, nil)
}

// breakOffAtEvery contracts with each request denied once, and holds what the same executor
// computes then against a whole contraction. With again, it breaks the next one off another
// way, and the one after it is held against that as well.
func breakOffAtEvery(t *testing.T, program *Program, data [][]byte, again func(e *Executor, got []byte)) {
	t.Helper()
	want, err := runChecked(program, "make", data, Execution{})
	if err != nil {
		t.Fatal(err)
	}
	for id := range program.Requests {
		inner, err := alloc.New("arena")
		if err != nil {
			t.Fatal(err)
		}
		s := &stingy{inner, id}
		e, err := NewExecutor(program, s, data, Execution{})
		if err != nil {
			t.Fatal(err)
		}
		got := dtype.MakeBytes(program.ResultBytes())
		var short *OutOfMemoryError
		if err := e.Run(got); !asError(err, &short) || short.Bytes < program.Requests[id].Bytes {
			t.Errorf("without request %d: error %v, want one of %d bytes", id, err, program.Requests[id].Bytes)
		}
		s.id = none
		if err := e.Run(got); err != nil || !bytes.Equal(got, want) {
			t.Errorf("after request %d had no memory: error %v, or another result", id, err)
		}
		if again != nil {
			again(e, got)
			if err := e.Run(got); err != nil || !bytes.Equal(got, want) {
				t.Errorf("broken off again: error %v, or another result", err)
			}
		}
		inner.Close()
	}
}

func asError(err error, target **OutOfMemoryError) bool {
	e, ok := err.(*OutOfMemoryError)
	*target = e
	return ok
}

// TestRegionsMakeAnotherProgram claims that results with and without regions are told
// apart, and that all orders have them.
func TestRegionsMakeAnotherProgram(t *testing.T) {
	in := tower(dtype.Float32)
	hashes := map[string]string{}
	for _, order := range []path.Order{path.AsWritten, path.LowestPeak} {
		for _, mode := range []region.Mode{region.Off, region.Finest, region.Coarsest} {
			p, err := Compile(in, in.Paths[0], Options{Order: order, Regions: mode})
			if err != nil {
				t.Fatal(err)
			}
			name := fmt.Sprint(order, mode, int(mode))
			for other, h := range hashes {
				if h == p.Hash() {
					t.Errorf("%s and %s have the same hash", name, other)
				}
			}
			hashes[name] = p.Hash()
		}
	}
}

// TestLongStemsCompile compiles a stem of thousands of large intermediates, whose labels
// are thousands too, in seconds: trying all orders of all labels took hours.
func TestLongStemsCompile(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("thousands of large steps: not with -short or -race")
	}
	const n = 20_000
	in := &instance.Instance{Name: "stem", DType: dtype.Float64, Dims: []int{32768}, Names: []rune{'a'}}
	in.Inputs = append(in.Inputs, []instance.Label{0, 1})
	p := instance.Path{Name: "stem", Pairs: [][2]int{{0, 1}}}
	for i := 1; i < n; i++ {
		in.Inputs = append(in.Inputs, []instance.Label{instance.Label(i), instance.Label(i + 1)})
	}
	for i := range n {
		in.Dims, in.Names = append(in.Dims, 64), append(in.Names, rune(0x4e00+i))
	}
	for left := n - 1; left > 1; left-- {
		p.Pairs = append(p.Pairs, [2]int{0, left - 1})
	}
	in.Output, in.Paths = []instance.Label{0, instance.Label(n)}, []instance.Path{p}
	for _, mode := range []region.Mode{region.Auto, region.Max} {
		program, err := Compile(in, p, Options{Regions: mode})
		if err != nil {
			t.Fatal(err)
		}
		if mode == region.Max && len(program.Regions) < n/100 {
			t.Errorf("%d regions of %d steps", len(program.Regions), n)
		}
	}
}
