package contract

import (
	"bytes"
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"tnbench/internal/alloc"
	"tnbench/internal/dtype"
	"tnbench/internal/instance"
	"tnbench/internal/kernel"
	"tnbench/internal/path"
)

// strategies are those that every program is run under.
var strategies = []string{"make", "syncpool", "arena", "slab"}

// TestRandomNetworksAgreeWithTheReference contracts random networks of every
// element type in every order under every strategy, checked, and holds the
// results against the nested loops: near them, and bit for bit against each
// other. rapid's -rapid.checks sets how many (100 networks a type by default).
func TestRandomNetworksAgreeWithTheReference(t *testing.T) {
	for _, dt := range dtype.All {
		t.Run(dt.String(), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(r *rapid.T) {
				in := networks(dt).Draw(r, "network")
				data := randomData(in, rapid.Uint64().Draw(r, "seed"))
				want := Reference(in, data)
				scale := Reference(in, magnitudes(dt, data))
				for _, order := range []path.Order{path.AsWritten, path.DepthFirst, path.LowestPeak} {
					if err := agree(in, order, data, want, scale); err != nil {
						r.Fatalf("%s in order %s: %v", describe(in), order, err)
					}
				}
			})
		})
	}
}

// agree runs in under every strategy, checked, twice each.
func agree(in *instance.Instance, order path.Order, data [][]byte, want, scale []byte) error {
	program, err := Compile(in, in.Paths[0], Options{Order: order})
	if err != nil {
		return err
	}
	var first []byte
	for _, name := range strategies {
		got, err := runChecked(program, name, data)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := compare(in, got, want, scale); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if first == nil {
			first = got
		} else if !bytes.Equal(first, got) {
			return fmt.Errorf("%s: the result's bits differ from those under %s", name, strategies[0])
		}
	}
	return nil
}

// runChecked contracts twice under a checked strategy and returns the second
// result; the first shares its memory, filled with NaN.
func runChecked(program *Program, name string, data [][]byte) ([]byte, error) {
	strategy, err := alloc.New(name)
	if err != nil {
		return nil, err
	}
	checked := alloc.NewChecked(strategy)
	defer checked.Close()
	e, err := NewExecutor(program, checked, data, Execution{})
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

var _ = kernel.Options{}
