package contract

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"unsafe"

	"pgregory.net/rapid"

	"tnbench/internal/alloc"
	"tnbench/internal/dtype"
	"tnbench/internal/instance"
	"tnbench/internal/kernel"
	"tnbench/internal/kernel/nest"
)

// stems draws networks with large intermediates that share labels, along a stem or with
// branches: odd dimensions, labels in two tensors and in more, some of which all tensors
// have, results of any of them.
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
		if rapid.Bool().Draw(r, "branches") {
			p.Pairs = drawPath(r, len(in.Inputs))
			in.Paths = []instance.Path{p}
			return in
		}
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
	e.wrap(func(i int, k nest.Kernel) nest.Kernel {
		s := soiling{Kernel: k}
		if g := p.regionOf(&p.ops[i]); g != nil && i < g.Last {
			s.result = p.Steps[i].Bytes / g.Slices()
		}
		return s
	})
	result := dtype.MakeBytes(p.ResultBytes())
	return result, e.Run(result)
}

// regionTally counts what random networks show.
type regionTally struct{ regions, adds, branched, shared int }

// count notes the regions of a program.
func (n *regionTally) count(p *Program) {
	for i := range p.Regions {
		g := &p.Regions[i]
		n.regions++
		if g.Adds > 1 {
			n.adds++
		}
		if g.Shares > 1 {
			n.shared++
		}
		for k := g.First + 1; k <= g.Last; k++ {
			if last := p.Steps[k-1].Out; p.Steps[k].Left != last && p.Steps[k].Right != last {
				n.branched++
				break
			}
		}
	}
}

// checkRegions draws a network and contracts it with regions as deep and slices as small
// as they can be, or as large, on one thread and on more: near what the steps give without
// regions and, where that is not too long, the nested loops; with the same bits on any
// number of threads; and without reading what was not written.
func checkRegions(r *rapid.T, dt dtype.Type, n *regionTally) {
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
	terms, loops := 0.0, 1.0
	for i := range whole.Steps {
		spec := whole.Spec(&whole.Steps[i])
		terms += 2 * float64(spec.Extents().Terms+4)
	}
	for _, d := range in.Dims {
		loops *= float64(d)
	}
	if loops <= stemLoops {
		if err := compare(in, want, Reference(in, data), Reference(in, magnitudes(dt, data))); err != nil {
			r.Fatalf("%s, no regions: %v", describe(in), err)
		}
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
		n.count(p)
	}
}

// stemLoops bounds the products of all dimensions of networks that are held against the
// nested loops.
const stemLoops = 1 << 12

// TestRandomRegions checks regions of random networks of every element type.
func TestRandomRegions(t *testing.T) {
	repeat := 2 // times the 100 networks that rapid draws
	if testing.Short() || raceEnabled {
		repeat = 1
	}
	var n regionTally
	for _, dt := range dtype.All {
		for range repeat {
			rapid.Check(t, func(r *rapid.T) { checkRegions(r, dt, &n) })
		}
	}
	if n.regions < 50 || n.adds < 10 || n.branched < 10 || n.shared < 10 {
		t.Errorf("%d regions, %d of which add up, %d with branches, slices of %d shared out: the test shows little", n.regions, n.adds, n.branched, n.shared)
	}
}

// FuzzRegions is TestRandomRegions with networks that the fuzzer draws. Its inputs are long:
// run it with -fuzzminimizetime 1x, or it does little but shorten them.
func FuzzRegions(f *testing.F) {
	const seeds, enough = 16, 4 << 10
	rng := rand.NewChaCha8([32]byte{'r'})
	for range seeds {
		bits := make([]byte, enough)
		rng.Read(bits)
		f.Add(bits)
	}
	f.Fuzz(rapid.MakeFuzz(func(r *rapid.T) {
		checkRegions(r, rapid.SampledFrom(dtype.All[:]).Draw(r, "type"), new(regionTally))
	}))
}
