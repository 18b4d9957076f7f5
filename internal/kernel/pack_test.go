package kernel

import (
	"testing"
	"unsafe"
)

// BenchmarkPack packs the blocks of a row-major matrix of 1024×1024.
func BenchmarkPack(b *testing.B) {
	const n = 1024
	matrix := make([]float64, n*n)
	out := make([]float64, 256*n)
	m := microsFor(TierAuto, 8)
	line, column := make([]int, n), make([]int, n)
	for i := range n {
		line[i], column[i] = 8*i, 8*n*i
	}
	kit := kitOf(m.tier, packReal, 8)
	for _, x := range []struct {
		name          string
		p             packer
		places, terms []int
	}{
		{"rows-turned", packer{panel: m.rows, pad: 1, fill: 1, turn: 8, kit: kit}, column[:256], line[:256]},
		{"rows-copied", packer{panel: m.rows, pad: 1, fill: 1, unit: 8, kit: kit}, line, column[:256]},
		{"rows-gathered", packer{panel: m.rows, pad: 1, fill: 1, kit: kit}, column[:256], line[:256]},
		{"columns-turned", packer{panel: m.width(), pad: m.lanes, fill: m.lanes, turn: 8, kit: kit}, column[:256], line[:256]},
		{"columns-copied", packer{panel: m.width(), pad: m.lanes, fill: m.lanes, unit: m.lanes, kit: kit}, line, column[:256]},
		{"columns-gathered", packer{panel: m.width(), pad: m.lanes, fill: m.lanes, kit: kit}, column[:256], line[:256]},
	} {
		b.Run(x.name, func(b *testing.B) {
			spare := make([]int, spareWords)
			i, last := 0, n*n-n*255-len(x.places)
			if &x.places[0] == &column[0] {
				last = n*n - n*255 - len(x.terms)
			}
			best, median := timeRuns(b, true, func() {
				packBlock[float64](&x.p, unsafe.Pointer(&out[0]), unsafe.Pointer(&matrix[i]), x.places, x.terms, spare)
				if i += 256; i > last {
					i = 0
				} else if i%n == 0 {
					i += 255 * n
				}
			})
			elements := float64(len(x.places) * len(x.terms))
			b.ReportMetric(best*1e9/elements, "best-ns/element")
			b.ReportMetric(median*1e9/elements, "ns/element")
		})
	}
}
