package kernel

import (
	"fmt"
	"testing"

	"tnbench/internal/dtype"
)

// BenchmarkMicro runs each tier's largest micro-kernel on panels that stay in
// the first-level cache: the ceiling for products.
func BenchmarkMicro(b *testing.B) {
	for _, tier := range Tiers() {
		for _, d := range []dtype.Type{dtype.Float32, dtype.Float64} {
			for _, k := range []int{16, 64, 128, 256} {
				b.Run(fmt.Sprintf("%v/%v/k=%d", tier, d, k), func(b *testing.B) {
					m := microsFor(tier, d.Size())
					const panels = 4
					left := make([]float64, m.rows*k*panels+8)
					right := make([]float64, m.width()*k+8)
					to := make([]float64, m.rows*m.width()*panels)
					var rows, cols []int
					for i := range m.rows * panels {
						rows = append(rows, i*m.width()*d.Size())
					}
					for v := range m.vectors {
						cols = append(cols, v*m.lanes*d.Size())
					}
					f := m.kernels[m.rows][m.vectors]
					_, seconds := timeRuns(b, true, func() {
						f(k, &dtype.Bytes(left)[0], &dtype.Bytes(right)[0], &dtype.Bytes(to)[0], &rows[0], &cols[0], panels, 1<<m.lanes-1, 1, 0)
					})
					rate := 2 * float64(m.rows*m.width()*panels*k) / seconds
					b.ReportMetric(rate/1e9, "GFLOP/s")
					b.ReportMetric(rate/peakOf(d, tier), "of-peak")
				})
			}
		}
	}
}
