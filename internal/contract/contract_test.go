package contract

import (
	"bytes"
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"tnbench/internal/alloc"
	"tnbench/internal/alloc/wrap"
	"tnbench/internal/dtype"
	"tnbench/internal/instance"
	"tnbench/internal/path"
	"tnbench/internal/region"
)

// runnable lists every strategy and variant that this machine can run.
func runnable(t testing.TB) []string {
	t.Helper()
	specs, err := alloc.Expand("all")
	if err != nil {
		t.Fatal(err)
	}
	return specs
}

// TestRandomNetworksAgreeWithTheReference contracts thousands of random networks
// of every element type under every strategy, checked, each in a random order
// with random choices of execution, and holds the results against the nested
// loops: near them, and bit for bit against each other. With -short or -race
// there are hundreds.
func TestRandomNetworksAgreeWithTheReference(t *testing.T) {
	specs := runnable(t)
	repeat := 6 // times the 100 networks that rapid draws
	if testing.Short() || raceEnabled {
		repeat = 1
	}
	for _, dt := range dtype.All {
		t.Run(dt.String(), func(t *testing.T) {
			t.Parallel()
			for range repeat {
				rapid.Check(t, func(r *rapid.T) {
					in := networks(dt).Draw(r, "network")
					data := randomData(in, rapid.Uint64().Draw(r, "seed"))
					options := Options{
						Order:            rapid.SampledFrom([]path.Order{path.AsWritten, path.DepthFirst, path.LowestPeak}).Draw(r, "order"),
						FixedTemporaries: rapid.Bool().Draw(r, "fixed"),
						Regions:          rapid.SampledFrom([]region.Mode{region.Off, region.Max, region.Finest, region.Coarsest}).Draw(r, "regions"),
						Slices:           drawSlices(r, in),
					}
					execution := Execution{
						Metadata: rapid.SampledFrom([]Metadata{MetadataNone, MetadataInline, MetadataHeap}).Draw(r, "metadata"),
						Planning: rapid.SampledFrom([]Planning{PlanAhead, PlanEach}).Draw(r, "planning"),
					}
					if err := agree(in, options, execution, specs, data); err != nil {
						r.Fatalf("%s with %+v %+v: %v", describe(in), options, execution, err)
					}
				})
			}
		})
	}
}

// agree runs in under every strategy, checked, twice each.
func agree(in *instance.Instance, o Options, x Execution, specs []string, data [][]byte) error {
	want := Reference(in, data)
	scale := Reference(in, magnitudes(in.DType, data))
	program, err := Compile(in, in.Paths[0], o)
	if err != nil {
		return err
	}
	var first []byte
	for i, spec := range specs {
		got, err := runChecked(program, spec, data, x)
		if err != nil {
			return fmt.Errorf("%s: %w", spec, err)
		}
		if err := compare(in, got, want, scale); err != nil {
			return fmt.Errorf("%s: %w", spec, err)
		}
		if i == 0 {
			first = got
		} else if !bytes.Equal(first, got) {
			return fmt.Errorf("%s: the result's bits differ from those under %s", spec, specs[0])
		}
	}
	return nil
}

// runChecked contracts twice under a checked strategy and returns the second
// result; the first shares its memory, filled with NaN.
func runChecked(program *Program, spec string, data [][]byte, x Execution) ([]byte, error) {
	strategy, err := alloc.New(spec)
	if err != nil {
		return nil, err
	}
	checked := wrap.NewChecked(strategy)
	defer checked.Close()
	e, err := NewExecutor(program, checked, data, x)
	if err != nil {
		return nil, err
	}
	result := dtype.MakeBytes(program.ResultBytes())
	for range 2 {
		for i := range result {
			result[i] = 0xff
		}
		if err := e.Run(result); err != nil {
			return nil, err
		}
	}
	return result, checked.Err()
}

// TestLinearPathOfAMillionTensorsCompiles compiles a chain of a million
// matrices, contracted in random-looking order.
func TestLinearPathOfAMillionTensorsCompiles(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("a million tensors: not with -short or -race")
	}
	const n = 1_000_000
	in := chain(n)
	program, err := Compile(in, in.Paths[0], Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(program.Steps) != n-1 || program.Intermediates != n-2 {
		t.Errorf("got %d steps and %d intermediates, want %d and %d", len(program.Steps), program.Intermediates, n-1, n-2)
	}
}

// chain returns a network of n 2×2 matrices in a row, closed to a ring, with
// positions of the path spread over the list.
func chain(n int) *instance.Instance {
	in := &instance.Instance{Name: "chain", DType: dtype.Float64, Dims: make([]int, n), Names: make([]rune, n)}
	labels := make([]instance.Label, 2*n)
	for t := range n {
		in.Dims[t], in.Names[t] = 2, rune(t)
		labels[2*t], labels[2*t+1] = instance.Label(t), instance.Label((t+1)%n)
		in.Inputs = append(in.Inputs, labels[2*t:2*t+2])
	}
	// Neighbours of the list are neighbours of the ring until the list wraps.
	pairs := make([][2]int, n-1)
	for i := range pairs {
		pairs[i] = [2]int{0, 1}
	}
	in.Paths = []instance.Path{{Name: "path", Pairs: pairs, Log2Size: math.NaN(), Log10Flops: math.NaN()}}
	return in
}

// BenchmarkCompile measures compilation by network size.
func BenchmarkCompile(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		in := chain(n)
		b.Run(fmt.Sprintf("tensors=%d", n), func(b *testing.B) {
			for b.Loop() {
				if _, err := Compile(in, in.Paths[0], Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkTinyStep measures a whole step of 2×2 by 2×2, in nanoseconds: its
// allocation, dispatch, arithmetic and the frees of its operands.
func BenchmarkTinyStep(b *testing.B) {
	const n = 1000
	in := chain(n)
	program, err := Compile(in, in.Paths[0], Options{})
	if err != nil {
		b.Fatal(err)
	}
	inputs, err := in.Data(instance.Balanced, 1)
	if err != nil {
		b.Fatal(err)
	}
	for _, spec := range []string{"make", "syncpool", "arena", "slab", "planned"} {
		b.Run("alloc="+spec, func(b *testing.B) {
			strategy, err := alloc.New(spec)
			if err != nil {
				b.Fatal(err)
			}
			defer strategy.Close()
			e, err := NewExecutor(program, strategy, inputs, Execution{})
			if err != nil {
				b.Fatal(err)
			}
			result := dtype.MakeBytes(program.ResultBytes())
			for b.Loop() {
				if err := e.Run(result); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(program.Steps)), "ns/step")
		})
	}
}
