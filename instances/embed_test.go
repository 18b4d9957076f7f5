package instances_test

import (
	"bytes"
	"context"
	"flag"
	"io/fs"
	"math"
	"os"
	"slices"
	"testing"

	"tnbench/instances"
	"tnbench/internal/generate"
	"tnbench/internal/instance"
	"tnbench/internal/path"
)

var update = flag.Bool("update", false, "write the instances anew")

// TestFilesAreWhatTheirRecipesMake reads the directory rather than the embedded
// copy, which -update can't change.
func TestFilesAreWhatTheirRecipesMake(t *testing.T) {
	var want []string
	for _, r := range generate.Embedded {
		t.Run(r.Name, func(t *testing.T) {
			in, err := generate.Generate(context.Background(), r)
			if err != nil {
				t.Fatal(err)
			}
			var made bytes.Buffer
			if err := in.Write(&made); err != nil {
				t.Fatal(err)
			}
			file := r.Name + instance.Extension
			want = append(want, file)
			if *update {
				if err := os.WriteFile(file, made.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			got, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, made.Bytes()) {
				t.Errorf("%s differs from what tnbench %v makes: if that is meant, run go generate in instances", file, r.Args())
			}
		})
	}
	got, err := fs.Glob(os.DirFS("."), "*"+instance.Extension)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the directory holds %v, recipes are for %v", got, want)
	}
}

func TestInstancesLoadWithoutWarnings(t *testing.T) {
	for _, r := range generate.Embedded {
		if in := load(t, r.Name); len(in.Warnings) > 0 {
			t.Errorf("%s: %v", r.Name, in.Warnings)
		}
	}
}

// The statistics that cubic_light_415 was chosen for, with every path: near
// those of the instance that the report is about.
func TestCubicLightIsLikeTheReportsInstance(t *testing.T) {
	in := load(t, "cubic_light_415")
	ranks := map[int]int{}
	for _, labels := range in.Inputs {
		ranks[len(labels)]++
	}
	if len(in.Inputs) != 415 || ranks[2] != 260 || ranks[1] != 155 {
		t.Errorf("%d tensors, per rank %v: want 415, 155 of rank 1 and 260 of rank 2", len(in.Inputs), ranks)
	}
	for _, d := range in.Dims {
		if d != 2 {
			t.Errorf("dimensions %v: want 2 only", in.Dims)
			break
		}
	}
	if len(in.Output) != 0 {
		t.Errorf("output %q: want a scalar", in.Spell(in.Output))
	}
	for _, p := range in.Paths {
		tree := analyze(t, in, p)
		small := 0
		for i := range tree.Steps {
			if int(tree.Steps[i].Elements)*in.DType.Size() <= 64 {
				small++
			}
		}
		if share := float64(small) / float64(len(tree.Steps)); share < 0.70 || share > 0.76 {
			t.Errorf("%s: %.1f %% of results have 64 bytes or less: want 70 to 76 %%", p.Name, 100*share)
		}
		if size := tree.Cost().Log2Size; size < 22 || size > 25 {
			t.Errorf("%s: the largest intermediate has 2^%v elements: want 2^22 to 2^25", p.Name, size)
		}
	}
}

func TestIsingStripHasTinyTensorsOnly(t *testing.T) {
	in := load(t, "ising_strip_5x250")
	for _, p := range in.Paths {
		tree := analyze(t, in, p)
		if len(tree.Steps) < 2000 {
			t.Errorf("%s: %d steps: want thousands", p.Name, len(tree.Steps))
		}
		for i := range tree.Steps {
			if bytes := int(tree.Steps[i].Elements) * in.DType.Size(); bytes > 1024 {
				t.Fatalf("%s: the result of step %d has %d bytes: want 1024 at most", p.Name, i, bytes)
			}
		}
	}
}

func TestMatrixChainHasLargeProductsOnly(t *testing.T) {
	in := load(t, "matrix_chain_10")
	for _, p := range in.Paths {
		tree := analyze(t, in, p)
		for i, s := range tree.Steps {
			if s.Flops < 1e7 {
				t.Errorf("%s: step %d has %v flops: want large products only", p.Name, i, s.Flops)
			}
		}
	}
}

// All instances together are contracted hundreds of times in one run.
func TestInstancesAreQuickEnoughToRunByDefault(t *testing.T) {
	var flops float64
	for _, r := range generate.Embedded {
		in := load(t, r.Name)
		p, err := in.Path("opt_flops")
		if err != nil {
			t.Fatal(err)
		}
		flops += analyze(t, in, p).Cost().Flops
	}
	if limit := math.Pow(10, 9.8); flops > limit {
		t.Errorf("one contraction of every instance takes %.3g flops: want %.3g at most", flops, limit)
	}
}

// load returns the embedded instance called name.
func load(t *testing.T, name string) *instance.Instance {
	t.Helper()
	in, err := instance.LoadFS(instances.Files, name+instance.Extension)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// analyze returns the tree of a path.
func analyze(t *testing.T, in *instance.Instance, p instance.Path) *path.Tree {
	t.Helper()
	ssa, err := path.FromLinear(len(in.Inputs), p.Pairs)
	if err != nil {
		t.Fatal(err)
	}
	return path.Analyze(in, ssa)
}
