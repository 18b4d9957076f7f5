package alloc_test

import (
	"fmt"
	"testing"

	"tnbench/internal/alloc/alloctest"
)

// BenchmarkProgram is the memory traffic of a contraction of 414 steps, most of
// its buffers tiny, with several live at once: the bookkeeping of pools with
// many sizes in them. The memory isn't touched.
func BenchmarkProgram(b *testing.B) {
	requests := alloctest.Example(414, 414)
	for _, spec := range runnable(b) {
		b.Run(fmt.Sprintf("alloc=%s", spec), func(b *testing.B) {
			s := alloctest.New(b, spec)
			if err := s.Prepare(requests); err != nil {
				b.Fatal(err)
			}
			run := alloctest.Runner(s, requests)
			for range 5 {
				run()
			}
			b.ReportAllocs()
			for b.Loop() {
				run()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(requests)), "ns/pair")
			if err := s.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}
