package bench

import (
	"context"
	"runtime/metrics"
	"strings"
	"testing"
	"unsafe"

	"tnbench/internal/alloc"
	"tnbench/internal/dtype"
	"tnbench/internal/machine"
	"tnbench/internal/result"
	"tnbench/internal/stats"
)

// lazy is a contraction whose first step does nothing from a certain run on.
type lazy struct {
	*contraction
	from int
}

func (l *lazy) prepare(s alloc.Strategy) (runner, error) {
	if _, watched := s.(*watch); watched {
		return l.contraction.prepare(s)
	}
	return l.contraction.prepare(&stale{Strategy: s, from: l.from})
}

// stale puts back what was in the first buffer before the first step.
type stale struct {
	alloc.Strategy
	from, runs    int
	bytes         int
	first, before []byte
}

func (s *stale) Prepare(requests []alloc.Request) error {
	s.bytes = requests[0].Bytes
	return s.Strategy.Prepare(requests)
}

func (s *stale) Alloc(id int) unsafe.Pointer {
	p := s.Strategy.Alloc(id)
	switch id {
	case 0:
		s.runs++
		s.first = unsafe.Slice((*byte)(p), s.bytes)
		s.before = append(s.before[:0], s.first...)
	case 1: // the second step is about to read
		if s.runs >= s.from {
			copy(s.first, s.before)
		}
	}
	return p
}

// TestStaleBuffersAreFound: a step that is left out finds in its buffer what an
// earlier contraction left there, which here is right. A team runs once to warm
// up, then twice for each of three samples.
func TestStaleBuffersAreFound(t *testing.T) {
	program, inputs := chainOf(t, dtype.Float64, 60, 8) // each product of ones/8 is the same; too long for batches, whose memory changes
	scale(dtype.Float64, inputs, 1.0/8)
	for _, c := range []Config{{}, {Streams: 2}, {Streams: 2, Share: true}} {
		c.Strategies, c.Runs, c.Warmup = []string{"slab", "exactpool:keep"}, 3, 1
		if !c.Share {
			c.Strategies = append(c.Strategies, "arena", "planned")
		}
		for _, from := range []int{2, 5} { // in every sample, and in those after the first
			results, err := measureJob(context.Background(), &lazy{&contraction{&c, program, inputs}, from}, c)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range results {
				if !strings.HasPrefix(r.Error, "wrong result") {
					t.Errorf("%d streams, shared %v, from run %d, %s: error %q, want a wrong result", c.Streams, c.Share, from, r.Alloc, r.Error)
				}
			}
		}
	}
}

// TestNothingOfTheFootprintStaysResident: the memory in which a footprint was
// measured goes back to the system before the contestant takes as much. Of what
// other tests of this process left, the runtime keeps some MiB for ever, hence the
// difference; more of it may be freed meanwhile, hence the median of some tries.
func TestNothingOfTheFootprintStaysResident(t *testing.T) {
	program, inputs := chainOf(t, dtype.Float64, 5, 32) // intermediates of 8 MiB
	for _, spec := range []string{"slab:small=64", "planned"} {
		c := Config{Strategies: []string{spec}, Pace: Pace{Runs: 1}}
		var left []float64
		new(machine.Heap).GiveBack()
		before := freeAndResident()
		for range 7 {
			m := newMeasurement(&contraction{&c, program, inputs}, result.Result{}, c)
			k := m.enter(context.Background(), 0)
			if k.err != nil {
				t.Fatalf("%s: %v", spec, k.err)
			}
			left = append(left, freeAndResident()-before)
			m.leave(k)
		}
		if stats.Median(left) > 6<<20 {
			t.Errorf("%s: %v bytes more are free and resident", spec, left)
		}
	}
}

// freeAndResident returns the bytes of the heap that are free and not given back.
func freeAndResident() float64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/free:bytes"}}
	metrics.Read(s)
	return float64(s[0].Value.Uint64())
}
