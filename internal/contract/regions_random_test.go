package contract

import (
	"bytes"
	"slices"
	"testing"
	"unsafe"

	"pgregory.net/rapid"

	"tnbench/internal/alloc"
	"tnbench/internal/dtype"
	"tnbench/internal/instance"
	"tnbench/internal/kernel"
	"tnbench/internal/kernel/nest"
)

// stems draws networks with a stem of large intermediates, which share labels: odd
// dimensions, labels in two tensors and in more, some of which all tensors have, results
// of any of them.
func stems(t dtype.Type) *rapid.Generator[*instance.Instance] {
	return rapid.Custom(func(r *rapid.T) *instance.Instance {
		in := &instance.Instance{Name: "stem", DType: t}
		labels := rapid.IntRange(4, 8).Draw(r, "labels")
		for l := range labels {
			in.Dims = append(in.Dims, rapid.SampledFrom([]int{1, 2, 3, 4, 5, 6, 7, 9, 15}).Draw(r, "dim"))
			in.Names = append(in.Names, rune('a'+l))
		}
		everywhere := rapid.IntRange(0, 1).Draw(r, "everywhere")
		for range rapid.IntRange(4, 8).Draw(r, "tensors") {
			tensor := rapid.SliceOfNDistinct(rapid.IntRange(everywhere, labels-1), 1, 3, rapid.ID[int]).Draw(r, "tensor")
			for l := range everywhere {
				tensor = append(tensor, l)
			}
			var axes []instance.Label
			for _, l := range rapid.Permutation(tensor).Draw(r, "axes") {
				axes = append(axes, instance.Label(l))
			}
			in.Inputs = append(in.Inputs, axes)
		}
		dropUnused(in)
		for l := range in.Dims {
			if rapid.IntRange(0, 3).Draw(r, "kept") == 0 {
				in.Output = append(in.Output, instance.Label(l))
			}
		}
		if len(in.Output) > 1 {
			in.Output = rapid.Permutation(in.Output).Draw(r, "output")
		}
		p := instance.Path{Name: "stem", Pairs: [][2]int{{0, 1}}}
		for left := len(in.Inputs) - 1; left > 1; left-- {
			p.Pairs = append(p.Pairs, [2]int{0, left - 1})
		}
		in.Paths = []instance.Path{p}
		return in
	})
}

// stemWork bounds the multiply-adds of all steps of a drawn network.
const stemWork = 1 << 21

// soiling fills what a kernel is to write with NaN before it runs, and its scratch memory.
type soiling struct {
	nest.Kernel
	result int // bytes of the slice that it makes, if that is a buffer of its own
}

func (k soiling) Run(env *nest.Env, c, a, b unsafe.Pointer) {
	soil := func(at unsafe.Pointer, bytes int) {
		for i := range unsafe.Slice((*byte)(at), bytes) {
			*(*byte)(unsafe.Add(at, i)) = 0xff
		}
	}
	if !env.Add {
		soil(c, k.result)
	}
	if n := k.Scratch(); n > 0 {
		soil(env.Scratch, n)
	}
	k.Kernel.Run(env, c, a, b)
}

// soiled contracts once, with all that slices use soiled before each step of each slice.
func soiled(p *Program, data [][]byte, x Execution) ([]byte, error) {
	strategy, err := alloc.New("arena")
	if err != nil {
		return nil, err
	}
	defer strategy.Close()
	e, err := NewExecutor(p, strategy, data, x)
	if err != nil {
		return nil, err
	}
	e.Wrap(func(i int, k nest.Kernel) nest.Kernel {
		s := soiling{Kernel: k}
		if g := p.regionOf(&p.ops[i]); g != nil && i < g.Last {
			s.result = p.Steps[i].Bytes / g.Slices()
		}
		return s
	})
	result := dtype.MakeBytes(p.ResultBytes())
	return result, e.Run(result)
}

// TestRandomRegions contracts random networks with regions as deep and slices as small as
// they can be, or as large, of every element type, on one to four threads: near what the
// steps give without regions, with the same bits on any number of threads, and without
// reading what was not written.
func TestRandomRegions(t *testing.T) {
	repeat := 2 // times the 100 networks that rapid draws
	if testing.Short() || raceEnabled {
		repeat = 1
	}
	regions, adds := 0, 0
	for _, dt := range dtype.All {
		for range repeat {
			rapid.Check(t, func(r *rapid.T) {
				in := stems(dt).Draw(r, "network")
				whole, err := Compile(in, in.Paths[0], Options{})
				if err != nil {
					r.Fatal(err)
				}
				if whole.Work > stemWork {
					r.Skip("too large")
				}
				data := randomData(in, rapid.Uint64().Draw(r, "seed"))
				want, err := runChecked(whole, "make", data, Execution{})
				if err != nil {
					r.Fatal(err)
				}
				scale, err := runChecked(whole, "make", magnitudes(dt, data), Execution{})
				if err != nil {
					r.Fatal(err)
				}
				terms := 0.0
				for i := range whole.Steps {
					spec := whole.Spec(&whole.Steps[i])
					terms += 2 * float64(spec.Extents().Terms+4)
				}
				mode := rapid.SampledFrom(forced).Draw(r, "mode")
				var first []byte
				for _, threads := range []int{1, 2 + rapid.IntRange(0, 2).Draw(r, "threads")} {
					p, err := Compile(in, in.Paths[0], Options{Regions: mode, Kernel: kernel.Options{Threads: threads}})
					if err != nil {
						r.Fatal(err)
					}
					workers := nest.NewWorkers(threads)
					got, err := soiled(p, data, Execution{Workers: workers})
					workers.Close()
					if err != nil {
						r.Fatal(err)
					}
					if err := within(dt, terms, got, want, scale); err != nil {
						r.Fatalf("%s, %v, %d threads: %v", describe(in), mode, threads, err)
					}
					if first != nil && !bytes.Equal(first, got) {
						r.Fatalf("%s, %v: other bits on %d threads", describe(in), mode, threads)
					}
					first = got
					regions += len(p.Regions)
					if slices.ContainsFunc(p.Regions, func(g Region) bool { return g.Adds > 1 }) {
						adds++
					}
				}
			})
		}
	}
	if regions < 50 || adds < 10 {
		t.Errorf("%d regions, %d networks of which add up: the test shows little", regions, adds)
	}
}
