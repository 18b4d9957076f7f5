package bench

import (
	"fmt"
	"testing"

	"tnbench/internal/alloc"
)

// BenchmarkPair is the cost of one Alloc and its Free, the memory untouched.
// Its names suit benchstat: -col /alloc -row /bytes.
func BenchmarkPair(b *testing.B) {
	specs, err := alloc.Expand("all")
	if err != nil {
		b.Fatal(err)
	}
	for _, spec := range specs {
		for _, bytes := range PairSizes {
			b.Run(fmt.Sprintf("alloc=%s/bytes=%d", spec, bytes), func(b *testing.B) {
				run, n, end, err := pairs(spec, bytes)
				if err != nil {
					b.Fatal(err)
				}
				run()
				b.ReportAllocs()
				b.ResetTimer()
				for done := 0; done < b.N; done += n {
					run()
				}
				b.StopTimer()
				if err := end(); err != nil {
					b.Fatal(err)
				}
			})
		}
	}
}

func TestMeasurePairMeasuresEveryStrategy(t *testing.T) {
	specs, err := alloc.Expand("all")
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range specs {
		got, err := MeasurePair(spec, 64)
		if err != nil || got.Spec != spec || got.Bytes != 64 || !(got.Q1 > 0 && got.Q1 <= got.Nanoseconds && got.Nanoseconds <= got.Q3) {
			t.Errorf("MeasurePair(%q, 64) = %+v, %v, want quartiles in order", spec, got, err)
		}
	}
	if _, err := MeasurePair("arena:nope", 64); err == nil {
		t.Error("MeasurePair of an invalid spec gave no error")
	}
	if _, err := MeasurePair("arena", 0); err == nil {
		t.Error("MeasurePair of 0 bytes gave no error")
	}
}

// The counterpart of the table: what a call into C costs at all.
func BenchmarkCgoCall(b *testing.B) {
	ns, ok := alloc.CgoCallCost()
	if !ok {
		b.Skip("built without cgo")
	}
	b.ReportMetric(ns, "ns/call")
}
