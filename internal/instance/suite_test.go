package instance

import (
	"os"
	"path/filepath"
	"testing"

	"tnbench/internal/dtype"
	"tnbench/internal/result"
	"tnbench/internal/source"
)

// suite returns the directory of the public instances, which are not part of
// this repository.
func suite(t testing.TB) string {
	dir := os.Getenv("TNBENCH_SUITE")
	if dir == "" {
		t.Skip("TNBENCH_SUITE is not set: it names the directory of the public instances")
	}
	return dir
}

func TestSuiteLoadsWithoutWarnings(t *testing.T) {
	items, err := Resolve([]string{suite(t)}, os.DirFS(t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	if len(items) < 10 {
		t.Fatalf("%d instances, want 10", len(items))
	}
	for _, it := range items {
		in, err := it.Load(t.Context(), source.Limit{})
		if err != nil {
			t.Error(err)
			continue
		}
		if len(in.Warnings) > 0 {
			t.Errorf("%s: warnings %v, want none", it.Name, in.Warnings)
		}
		if len(in.Paths) != 2 || in.Paths[0].Name != "opt_size" || in.Paths[1].Name != "opt_flops" {
			t.Errorf("%s: paths %v, want opt_size and opt_flops in the file's order", it.Name, in.Paths)
		}
	}
}

// contract is a whole-network einsum of float64 inputs: for every assignment
// of values to the labels, the product of all elements is added to the result.
func contract(in *Instance, data [][]byte) []byte {
	n, _ := in.Elements(in.Output)
	result := make([]float64, n)
	value := make([]int, len(in.Dims))
	offset := func(labels []Label) (at int) {
		for _, l := range labels {
			at = at*in.Dims[l] + value[l]
		}
		return at
	}
	for {
		product := 1.0
		for t, labels := range in.Inputs {
			product *= dtype.View[float64](data[t])[offset(labels)]
		}
		result[offset(in.Output)] += product
		l := len(value) - 1
		for ; l >= 0; l-- {
			if value[l]++; value[l] < in.Dims[l] {
				break
			}
			value[l] = 0
		}
		if l < 0 {
			return dtype.Bytes(result)
		}
	}
}

func TestFillAndDigestMatchTheIndependentReference(t *testing.T) {
	dir := suite(t)
	reference, err := result.ReadReference(filepath.Join(dir, "reference", "digests.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"bin_batched_matmul_b32_m64_n64_k64", "bin_elementwise_mul_2048x2048", "bin_matmul_256", "bin_outer_product_4096",
	} {
		in, err := Load(t.Context(), filepath.Join(dir, name+Extension), source.Limit{})
		if err != nil {
			t.Fatal(err)
		}
		data, err := in.Data(Balanced, reference.Seed)
		if err != nil {
			t.Fatal(err)
		}
		got := result.NewDigest(in.DType, in.Shape(in.Output), contract(in, data))
		for path, want := range reference.Digests[name] {
			if !got.Near(want, 1e-10) {
				t.Errorf("%s, %s: digest %v, want %v", name, path, got, want)
			}
		}
	}
}
