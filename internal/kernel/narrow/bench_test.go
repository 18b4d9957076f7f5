package narrow

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
	"unsafe"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/kerneltest"
	"tnbench/internal/kernel/nest"
)

// l is a loop: its extent and its strides in A, B and C.
type l [4]int

func loops(list ...l) (out []nest.Loop) {
	for _, l := range list {
		out = append(out, nest.Loop{Extent: l[0], A: l[1], B: l[2], C: l[3]})
	}
	return out
}

// slicesOf are steps of the slices of a network of labels of dimension two, by how they
// lie in memory: as loops of single precision.
var slicesOf = []struct {
	name string
	spec nest.Spec
}{
	{"in place, 4 terms, 4 rows", nest.Spec{
		M: loops(l{2, 512, 0, 32768}, l{2, 8192, 0, 8192}, l{2, 64, 0, 4096}, l{8, 1024, 0, 256}, l{4, 128, 0, 64}, l{64, 1, 0, 1}),
		N: loops(l{2, 0, 1, 16384}, l{2, 0, 2, 2048}),
		K: loops(l{4, 16384, 4, 0}),
	}},
	{"in place, 4 terms, 8 rows", nest.Spec{
		M: loops(l{8, 1, 0, 4096}),
		N: loops(l{4096, 0, 1, 1}),
		K: loops(l{4, 8, 4096, 0}),
	}},
	{"packed, 8 terms, 16 rows", nest.Spec{
		Batch: loops(l{2, 2048, 16, 32768}),
		M:     loops(l{2, 64, 0, 16384}, l{2, 128, 0, 512}, l{4, 4, 0, 128}, l{2, 512, 0, 64}, l{2, 2, 0, 32}, l{2, 1024, 0, 16}, l{4, 16, 0, 4}, l{2, 256, 0, 2}, l{2, 1, 0, 1}),
		N:     loops(l{16, 0, 1, 1024}),
		K:     loops(l{8, 4096, 32, 0}),
	}},
	{"both rearranged, 4 terms, 8 rows", nest.Spec{
		Batch: loops(l{2, 64, 128, 32768}, l{2, 32, 16384, 16384}, l{4, 8, 8, 2048}),
		M:     loops(l{8, 1, 0, 1}),
		N:     loops(l{2, 0, 32, 8192}, l{2, 0, 64, 1024}, l{4, 0, 1024, 256}, l{4, 0, 2, 64}, l{2, 0, 8192, 32}, l{2, 0, 1, 16}, l{2, 0, 4096, 8}),
		K:     loops(l{4, 128, 256, 0}),
	}},
	{"packed, 1 term, 2 rows", nest.Spec{
		M: loops(l{2, 1, 0, 32768}),
		N: loops(l{2, 0, 16384, 16384}, l{4, 0, 2048, 4096}, l{4, 0, 4, 1024}, l{2, 0, 8192, 512}, l{16, 0, 64, 32}, l{2, 0, 1024, 16}, l{4, 0, 16, 4}, l{4, 0, 1, 1}),
	}},
	{"packed, 4 terms, 2 rows", nest.Spec{
		Batch: loops(l{2, 2, 8192, 16384}, l{2, 4, 4096, 8192}),
		M:     loops(l{2, 1, 0, 4096}),
		N:     loops(l{4, 0, 1024, 1024}, l{8, 0, 8, 128}, l{2, 0, 256, 64}, l{2, 0, 4, 32}, l{2, 0, 512, 16}, l{2, 0, 2, 8}, l{4, 0, 64, 2}, l{2, 0, 1, 1}),
		K:     loops(l{2, 16, 16384, 0}, l{2, 8, 32768, 0}),
	}},
}

// BenchmarkSlices says what kernels take for slices, next to their estimates: it refits
// [model.Narrow].
func BenchmarkSlices(b *testing.B) {
	for _, d := range []dtype.Type{dtype.Float32, dtype.Float64} {
		for _, x := range slicesOf {
			s := x.spec
			s.Type = d
			k, ok := New(s.Fused(), nest.Options{}, 1e18)
			if !ok {
				b.Fatalf("%s: no kernel", x.name)
			}
			b.Run(d.String()+"/"+x.name, func(b *testing.B) {
				na, nb, nc := kerneltest.Spans(s)
				size := d.Size()
				pa, pb, pc := kerneltest.Placed(na*size, 0, 0), kerneltest.Placed(nb*size, 0, 0), kerneltest.Placed(nc*size, 0, 0)
				rng := rand.New(rand.NewPCG(34, 1))
				kerneltest.FillRandom(rng, d, pa)
				kerneltest.FillRandom(rng, d, pb)
				env := &nest.Env{Scratch: unsafe.Pointer(&kerneltest.Placed(k.Scratch(), 0, 0)[0])}
				ns := math.Inf(1)
				for b.Loop() { // the fastest counts: the machine is shared
					start := time.Now()
					k.Run(env, unsafe.Pointer(&pc[0]), unsafe.Pointer(&pa[0]), unsafe.Pointer(&pb[0]))
					ns = min(ns, float64(time.Since(start).Nanoseconds()))
				}
				b.ReportMetric(2*float64(s.MACs())/ns, "GFLOP/s")
				b.ReportMetric(float64(nest.BytesMoved(s))/ns, "bytes/ns")
				b.ReportMetric(k.(*kernel).cycles/ns, "estimated-cycles/ns")
			})
		}
	}
}
