package kernel

import (
	"math/rand/v2"
	"testing"
	"unsafe"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/kerneltest"
	"tnbench/internal/kernel/nest"
)

// TestAddersAddToWhatIsThere runs adders of every kind once as ever and twice with Add.
// The elements are small integers, so that every order of the sum gives the same.
func TestAddersAddToWhatIsThere(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 1))
	workers := nest.NewWorkers(2)
	defer workers.Close()
	classes := map[string]int{}
	for i := range kerneltest.Fewer(1200) {
		s := kerneltest.RandomSpec(rng, kerneltest.SpecShape{MaxLoops: 3, MaxExtent: 9, MaxMACs: 20000})
		if i%3 == 0 {
			s = kerneltest.ProductSpec(rng, dtype.All[rng.IntN(4)], 1+rng.IntN(2), 1+rng.IntN(70), 1+rng.IntN(70), 2+rng.IntN(600))
		}
		k, err := NewAdder(s, Options{Threads: 1 + rng.IntN(3)})
		if err != nil {
			t.Fatal(err)
		}
		classes[k.Info().Class]++
		switch s.Type {
		case dtype.Float32:
			mustAdd[float32](t, rng, s, k, workers)
		case dtype.Float64:
			mustAdd[float64](t, rng, s, k, workers)
		case dtype.Complex64:
			mustAdd[complex64](t, rng, s, k, workers)
		case dtype.Complex128:
			mustAdd[complex128](t, rng, s, k, workers)
		}
	}
	if classes["gemm"] == 0 || len(classes) < 4 {
		t.Errorf("kernels %v: the test shows little", classes)
	}
}

func mustAdd[T dtype.Element](t *testing.T, rng *rand.Rand, s nest.Spec, k nest.Kernel, workers *nest.Workers) {
	t.Helper()
	na, nb, nc := kerneltest.Spans(s)
	a, b, got, want := make([]T, na), make([]T, nb), make([]T, nc), make([]T, nc)
	for _, o := range [...][]T{a, b} {
		for i := range o {
			o[i] = complexOr[T](rng.IntN(5)-2, rng.IntN(5)-2)
		}
	}
	const untouched = 77
	for i := range got {
		got[i], want[i] = untouched, untouched
	}
	nest.Reference(s, unsafe.Pointer(&want[0]), unsafe.Pointer(&a[0]), unsafe.Pointer(&b[0]))
	once := make([]T, nc)
	nest.Reference(s, unsafe.Pointer(&once[0]), unsafe.Pointer(&a[0]), unsafe.Pointer(&b[0]))
	env := &nest.Env{Scratch: unsafe.Pointer(&kerneltest.Placed(k.Scratch()+1, 0, 0xff)[0])}
	for run := range 3 {
		if env.Add = run > 0; run == 2 {
			env.Workers = workers
		}
		k.Run(env, unsafe.Pointer(&got[0]), unsafe.Pointer(&a[0]), unsafe.Pointer(&b[0]))
		for i := range got {
			if got[i] != want[i] {
				t.Fatalf("%s (%s): element %d of C after %d runs is %v, want %v", kerneltest.Show(s), k.Info().Class, i, run+1, got[i], want[i])
			}
			if want[i] != untouched || once[i] != 0 {
				want[i] += once[i]
			}
		}
	}
}

// complexOr returns an element of these parts, as far as the type has them.
func complexOr[T dtype.Element](re, im int) T {
	var v any
	switch dtype.Of[T]() {
	case dtype.Float32:
		v = float32(re)
	case dtype.Float64:
		v = float64(re)
	case dtype.Complex64:
		v = complex(float32(re), float32(im))
	default:
		v = complex(float64(re), float64(im))
	}
	return v.(T)
}
