package stream

import (
	"fmt"
	"testing"
	"time"
	"unsafe"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/kerneltest"
	"tnbench/internal/kernel/nest"
)

// BenchmarkRows tells what a row of C costs by how many share a run of x, which is in
// the cache: whether it pays to have a routine for so many. The times are those of the
// fastest of many interleaved runs.
func BenchmarkRows(b *testing.B) {
	for _, d := range dtype.All {
		for _, terms := range []int{1, 3, 9} {
			for _, run := range []int{27, 81, 1024} {
				b.Run(fmt.Sprintf("%v/terms=%d/run=%d", d, terms, run), func(b *testing.B) { compareRows(b, d, terms, run) })
			}
		}
	}
}

func compareRows(b *testing.B, d dtype.Type, terms, run int) {
	numbers := []int{1, 2, 3, 4, 6, 8}
	kernels, least := map[int]nest.Kernel{}, map[int]time.Duration{}
	for _, rows := range numbers {
		k, ok := New(kerneltest.Matrices(d, rows, run, terms).Fused(), nest.Options{}, AnyCycles)
		if !ok || k.Info().Class != "scale" {
			b.Skip("other routines are faster")
		}
		kernels[rows], least[rows] = k, time.Hour
	}
	x, y, c := dtype.Make(d, run*terms), dtype.Make(d, 8*terms), dtype.Make(d, 8*run)
	env := &nest.Env{Scratch: unsafe.Pointer(&dtype.MakeBytes(1 << 20)[0])}
	turns := max(1, 20000/(run*terms))
	for b.Loop() {
		for _, rows := range numbers {
			start := time.Now()
			for range turns {
				kernels[rows].Run(env, unsafe.Pointer(&c[0]), unsafe.Pointer(&y[0]), unsafe.Pointer(&x[0]))
			}
			least[rows] = min(least[rows], time.Since(start))
		}
	}
	for _, rows := range numbers {
		b.ReportMetric(float64(least[rows].Nanoseconds())/float64(turns*rows), fmt.Sprintf("%d-rows-ns/row", rows))
	}
}
