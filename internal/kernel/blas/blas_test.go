package blas

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"unsafe"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/kerneltest"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/kernel/stream"
)

// native makes the kernels that copy.
func native(s nest.Spec, o nest.Options) nest.Kernel {
	k, _ := stream.New(s.Fused(), o, stream.AnyCycles)
	return k
}

// eachLibrary runs test for every backend with a library that can run here.
func eachLibrary(t *testing.T, test func(t *testing.T, b Backend)) {
	for _, b := range []Backend{Gonum, OpenBLAS, Accelerate} {
		t.Run(b.String(), func(t *testing.T) {
			if err := b.Available(); err != nil {
				t.Skip(err)
			}
			test(t, b)
		})
	}
}

// multiplied makes the kernel of b for s, by BLAS even if it is small; nil if it is
// nothing for BLAS.
func multiplied(t testing.TB, b Backend, s nest.Spec, threads int) nest.Kernel {
	t.Helper()
	lib, err := b.library()
	if err != nil {
		t.Fatal(err)
	}
	k, ok, err := newMultiplication(s, nest.Options{Threads: threads}, native, lib, 1)
	if err != nil {
		t.Fatalf("%s: newMultiplication: %v", kerneltest.Show(s), err)
	}
	if !ok {
		return nil
	}
	return k
}

func TestLibrariesEqualReferenceOnRandomSteps(t *testing.T) {
	eachLibrary(t, func(t *testing.T, b Backend) {
		rng := rand.New(rand.NewPCG(11, 1))
		steps, done := kerneltest.Fewer(1200), 0
		for i := range steps {
			s := kerneltest.RandomSpec(rng, kerneltest.SpecShape{MaxLoops: 3, MaxExtent: 7, MaxMACs: 8000})
			if k := multiplied(t, b, s, 1); k != nil {
				kerneltest.MustEqualReference(t, s, k, uint64(i))
				done++
			}
		}
		if done < steps/3 {
			t.Errorf("only %d of %d steps were multiplied by the backend", done, steps)
		}
	})
}

func TestLibrariesEqualReferenceOnProducts(t *testing.T) {
	eachLibrary(t, func(t *testing.T, b Backend) {
		rng := rand.New(rand.NewPCG(12, 1))
		for _, d := range dtype.All {
			for i := range kerneltest.Fewer(20) {
				// Around the blocks of 64, and vectors.
				side := func() int { return []int{1, 2, 17, 63, 64, 65, 130}[rng.IntN(7)] }
				s := kerneltest.ProductSpec(rng, d, 1+rng.IntN(3), side(), side(), side())
				for _, threads := range []int{1, 2} {
					if k := multiplied(t, b, s, threads); k != nil {
						kerneltest.MustEqualReference(t, s, k, uint64(i))
					}
				}
			}
		}
	})
}

func TestLibrariesCopyOnlyWhatIsNoMatrix(t *testing.T) {
	cases := []struct {
		kerneltest.Layout
		class string
		a, b  nest.Access
		copyC bool
	}{
		{Layout: kerneltest.Layout{Name: "plain", A: "ijxy", B: "xypq", C: "ijpq"}, class: "gemm"},
		{Layout: kerneltest.Layout{Name: "A transposed", A: "xyij", B: "xypq", C: "ijpq"}, class: "gemm"},
		{Layout: kerneltest.Layout{Name: "B transposed", A: "ijxy", B: "pqxy", C: "ijpq"}, class: "gemm"},
		{Layout: kerneltest.Layout{Name: "C transposed", A: "xyij", B: "xypq", C: "pqij"}, class: "gemm"},
		{Layout: kerneltest.Layout{Name: "rows in the order of A and C", A: "jixy", B: "xypq", C: "jipq"}, class: "gemm"},
		{Layout: kerneltest.Layout{Name: "sums in another order in B", A: "ijxy", B: "yxpq", C: "ijpq"}, class: "gemm", b: nest.Permuted},
		{Layout: kerneltest.Layout{Name: "A woven", A: "ixjy", B: "xypqr", C: "ijpqr"}, class: "gemm", a: nest.Permuted},
		{Layout: kerneltest.Layout{Name: "B woven", A: "ijkxy", B: "pxqy", C: "ijkpq"}, class: "gemm", b: nest.Permuted},
		{Layout: kerneltest.Layout{Name: "C woven", A: "ijxy", B: "xypq", C: "ipjq"}, class: "gemm", copyC: true},
		{Layout: kerneltest.Layout{Name: "batch outermost", A: "bixy", B: "bxyp", C: "bip"}, class: "gemm"},
		{Layout: kerneltest.Layout{Name: "batch within rows", A: "ibxy", B: "bxyp", C: "bip"}, class: "gemm"},
		{Layout: kerneltest.Layout{Name: "batch innermost", A: "ixyb", B: "xypb", C: "ipb"}, class: "gemm", a: nest.Permuted, b: nest.Permuted, copyC: true},
		{Layout: kerneltest.Layout{Name: "sum over a label of A alone", A: "ijsxy", B: "xypq", C: "ijpq"}, class: "gemm", a: nest.Reduced},
		{Layout: kerneltest.Layout{Name: "matrix and vector", A: "ijxy", B: "xy", C: "ij"}, class: "gemv"},
		{Layout: kerneltest.Layout{Name: "vector and matrix", A: "xy", B: "xypq", C: "pq"}, class: "gemv"},
		{Layout: kerneltest.Layout{Name: "matrix and summed vector", A: "ijxy", B: "xys", C: "ij"}, class: "gemv", b: nest.Reduced},
		{Layout: kerneltest.Layout{Name: "matrix and strided vector", A: "bijxy", B: "xyb", C: "ijb"}, class: "gemv"},
		{Layout: kerneltest.Layout{Name: "vectors", A: "wxyz", B: "wxyz", C: ""}, class: "dot"},
		{Layout: kerneltest.Layout{Name: "vectors in other orders", A: "wxyz", B: "zyxw", C: ""}, class: "dot", b: nest.Permuted},
	}
	eachLibrary(t, func(t *testing.T, b Backend) {
		for _, x := range cases {
			s := x.Spec(dtype.Float64)
			k := multiplied(t, b, s, 1)
			if k == nil {
				t.Errorf("%s: not multiplied by the backend", x.Name)
				continue
			}
			kerneltest.MustEqualReference(t, s, k, 1)
			info, copies := k.Info(), k.(*multiplication).c.kernel != nil
			if info.Class != x.class || info.A != x.a || info.B != x.b || copies != x.copyC {
				t.Errorf("%s (%s,%s->%s): got %s, A %v, B %v, C copied %v; want %s, A %v, B %v, C copied %v",
					x.Name, x.a, x.b, x.C, info.Class, info.A, info.B, copies, x.class, x.a, x.b, x.copyC)
			}
		}
	})
}

func TestGonumIsNeverGivenTwoTransposedMatrices(t *testing.T) {
	s := kerneltest.Layout{Name: "", A: "xyij", B: "pqxy", C: "ijpq"}.Spec(dtype.Float64)
	k := multiplied(t, Gonum, s, 1)
	if i := k.Info(); i.A == nest.InPlace && i.B == nest.InPlace {
		t.Errorf("%s: A %v, B %v, want one of them permuted", kerneltest.Show(s), i.A, i.B)
	}
	kerneltest.MustEqualReference(t, s, k, 1)
}

// One thread hands Gonum the pieces that it makes itself on several.
func TestGonumInBlocksGivesTheSameBits(t *testing.T) {
	rng := rand.New(rand.NewPCG(14, 1))
	for _, l := range []kerneltest.Layout{
		{Name: "", A: "ijkwxyz", B: "wxyzpqrs", C: "ijkpqrs"}, {Name: "", A: "wxyzijk", B: "wxyzpqrs", C: "ijkpqrs"}, {Name: "", A: "ijkwxyz", B: "pqrswxyz", C: "ijkpqrs"},
	} {
		for _, d := range []dtype.Type{dtype.Float32, dtype.Float64} {
			s := l.Spec(d)
			na, nb, nc := kerneltest.Spans(s)
			a, b := kerneltest.Placed(na*d.Size(), 0, 0), kerneltest.Placed(nb*d.Size(), 0, 0)
			kerneltest.FillRandom(rng, d, a)
			kerneltest.FillRandom(rng, d, b)
			var results [2][]byte
			for i := range results {
				results[i] = kerneltest.Placed(nc*d.Size(), 0, 0xff)
				multiplied(t, Gonum, s, i+1).Run(&nest.Env{}, unsafe.Pointer(&results[i][0]), unsafe.Pointer(&a[0]), unsafe.Pointer(&b[0]))
			}
			if !bytes.Equal(results[0], results[1]) {
				t.Errorf("%v, %s,%s->%s: results on one and on two threads differ", d, l.A, l.B, l.C)
			}
		}
	}
}

func TestParseBackendReadsWhatStringWrites(t *testing.T) {
	for _, name := range Names() {
		b, err := Parse(name)
		if err != nil || b.String() != name {
			t.Errorf("ParseBackend(%q) = %v, %v", name, b, err)
		}
	}
	_, err := Parse("mkl")
	if want := `unknown backend "mkl": there are native, gonum, openblas, accelerate`; err == nil || err.Error() != want {
		t.Errorf("ParseBackend(mkl): got error %v, want %s", err, want)
	}
}
