package product

import (
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"
	"unsafe"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/kerneltest"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/kernel/vec"
	"tnbench/internal/kernel/vec/isa"
)

// peaks caches FMAPeak, which takes longer than small benchmarks do.
var peaks sync.Map

func peakOf(t dtype.Type, tier *isa.Tier) float64 {
	if tier == nil {
		tier = vec.Best()
	}
	key := [2]any{t, tier}
	if p, ok := peaks.Load(key); ok {
		return p.(float64)
	}
	p := vec.FMAPeak(t, tier)
	peaks.Store(key, p)
	return p
}

// runProduct times k and reports real operations a second and the fraction of
// what as many cores could do.
func runProduct(b *testing.B, s nest.Spec, k nest.Kernel, tier *isa.Tier, w *nest.Workers, cores int) {
	b.Helper()
	na, nb, nc := kerneltest.Spans(s)
	size := s.Type.Size()
	mem := func(n int) unsafe.Pointer {
		m := dtype.MakeBytes(n*size + nest.CacheLine)
		for i := range len(m) / 4 {
			*(*float32)(unsafe.Pointer(&m[4*i])) = float32(i%7) + 0.5
		}
		return nest.Align(unsafe.Pointer(&m[0]))
	}
	pa, pb, pc := mem(na), mem(nb), mem(nc)
	env := &nest.Env{Workers: w}
	if n := k.Scratch(); n > 0 {
		env.Scratch = mem(n/size + 1)
	}
	k.Run(env, pc, pa, pb)
	b.ReportAllocs()
	best, median := timeRuns(b, w == nil, func() { k.Run(env, pc, pa, pb) })
	flops := 2 * float64(s.MACs())
	if s.Type.IsComplex() {
		flops *= 4
	}
	b.ReportMetric(flops/median/1e9, "GFLOP/s")
	peak := peakOf(s.Type, tier) * float64(cores)
	b.ReportMetric(flops/median/peak, "of-peak")
	b.ReportMetric(flops/best/peak, "best-of-peak")
}

// timeRuns times b.N runs of f in batches of some 100 µs and returns the
// fewest and the median seconds of one. A serial f is timed by the thread's own
// clock.
func timeRuns(b *testing.B, serial bool, f func()) (best, median float64) {
	clock := func() time.Duration { return time.Since(benchStart) }
	if serial {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		clock = threadTime
	}
	start := clock()
	f()
	batch := max(1, int(100*time.Microsecond/max(1, clock()-start)))
	var samples []float64
	b.ResetTimer()
	for done := 0; done < b.N; done += batch {
		n := min(batch, b.N-done)
		start := clock()
		for range n {
			f()
		}
		samples = append(samples, (clock()-start).Seconds()/float64(n))
	}
	b.StopTimer()
	slices.Sort(samples)
	return samples[0], samples[len(samples)/2]
}

var benchStart = time.Now()
