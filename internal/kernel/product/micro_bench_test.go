package product

import (
	"fmt"
	"testing"
	"time"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/vec"
	"tnbench/internal/kernel/vec/isa"
)

// BenchmarkMicro runs each tier's largest micro-kernel on panels that stay in
// the first-level cache: the ceiling for products.
func BenchmarkMicro(b *testing.B) {
	for _, tier := range vec.Tiers() {
		for _, d := range []dtype.Type{dtype.Float32, dtype.Float64} {
			for _, k := range []int{16, 64, 128, 256} {
				b.Run(fmt.Sprintf("%v/%v/k=%d", tier, d, k), func(b *testing.B) {
					m := tier.MicrosFor(d.Size())
					const panels = 4
					left := make([]float64, m.Rows*k*panels+8)
					right := make([]float64, m.Width()*k+8)
					to := make([]float64, m.Rows*m.Width()*panels)
					var rows, cols []int
					for i := range m.Rows * panels {
						rows = append(rows, i*m.Width()*d.Size())
					}
					for v := range m.Vectors {
						cols = append(cols, v*m.Lanes*d.Size())
					}
					f := m.Kernels[m.Vectors]
					_, seconds := timeRuns(b, true, func() {
						f(k, &dtype.Bytes(left)[0], &dtype.Bytes(right)[0], &dtype.Bytes(to)[0], &rows[0], &cols[0], panels, 1<<m.Lanes-1, 1, 0)
					})
					rate := 2 * float64(m.Rows*m.Width()*panels*k) / seconds
					b.ReportMetric(rate/1e9, "GFLOP/s")
					b.ReportMetric(rate/peakOf(d, tier), "of-peak")
				})
			}
		}
	}
}

// BenchmarkRest compares the kernels in place with those for packed panels, on packed
// panels of full height: the last rows of a side, which are fewer, have only the
// former. The ratio is of the fastest of many interleaved runs.
func BenchmarkRest(b *testing.B) {
	for _, tier := range vec.Tiers() {
		for _, d := range []dtype.Type{dtype.Float32, dtype.Float64} {
			m := tier.MicrosFor(d.Size())
			if !m.Exact() {
				continue
			}
			for wide := 1; wide <= m.Vectors; wide++ {
				for _, k := range []int{8, 32, 256} {
					b.Run(fmt.Sprintf("%v/%v/vectors=%d/k=%d", tier, d, wide, k), func(b *testing.B) { compareRest(b, m, d.Size(), wide, k) })
				}
			}
		}
	}
}

func compareRest(b *testing.B, m *isa.Micros, real, wide, k int) {
	left := make([]float64, m.Rows*k+8)
	right := make([]float64, m.Width()*k+8)
	to := make([]float64, m.Rows*m.Width())
	rowA, rowC, cols := make([]int, m.Rows), make([]int, m.Rows), make([]int, wide)
	for i := range m.Rows {
		rowA[i], rowC[i] = i*real, i*m.Width()*real
	}
	for v := range cols {
		cols[v] = v * m.Lanes * real
	}
	pairs := evenPairs(m.Rows*real, wide*m.Lanes*real, k)
	at := func(v []float64) *byte { return &dtype.Bytes(v)[0] }
	const mask, turns = 1<<16 - 1, 64
	least := [2]time.Duration{time.Hour, time.Hour}
	for b.Loop() {
		for i, run := range [...]func(){
			func() { m.Kernels[wide](k, at(left), at(right), at(to), &rowC[0], &cols[0], 1, mask, 0, 0) },
			func() {
				m.Strided[m.Rows][wide](&pairs[0], &pairs[2*k-1], at(left), at(right), at(to), &rowA[0], &rowC[0], &cols[0], &cols[0], 1, mask, 0, 0)
			},
		} {
			start := time.Now()
			for range turns {
				run()
			}
			least[i] = min(least[i], time.Since(start))
		}
	}
	b.ReportMetric(float64(least[1])/float64(least[0]), "in-place/packed")
	b.ReportMetric(float64(least[0].Nanoseconds())/turns, "packed-ns")
}
