package product

import (
	"fmt"
	"testing"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/vec"
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
