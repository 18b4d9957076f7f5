package study

import (
	"reflect"
	"testing"

	"tnbench/internal/alloc"
	"tnbench/internal/bench"
	"tnbench/internal/result"
)

func TestLiveBytesByHand(t *testing.T) {
	got := liveBytes(4, []alloc.Request{{Bytes: 5, First: 0, Last: 2}, {Bytes: 7, First: 1, Last: 1}, {Bytes: 1, First: 2, Last: 3}})
	if want := []int{5, 12, 6, 1}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestScalingByHand(t *testing.T) {
	times := func(v float64, n int) (all []float64) {
		for range n {
			all = append(all, v)
		}
		return all
	}
	const rounds = 15
	of := func(v, perSecond float64) result.Result {
		r := result.Result{Samples: times(v, rounds), Median: result.Measured(v)}
		if perSecond > 0 {
			r.ThroughputSamples = times(perSecond, rounds)
		}
		return r
	}
	ways := []bench.Way{{Strategy: "make"}, {Strategy: "make", Threads: 2}, {Strategy: "make", Streams: 2, Share: true}, {Strategy: "slab"}}
	got := NewScaled(ways, []result.Result{of(100, 0), of(50, 0), of(125, 1e9/62.5), {Error: "failed"}})
	if len(got) != 3 || got[0].Speed != 1 || got[1].Speed != 2 || got[1].Low.Value != 2 || got[2].Speed != 1.6 || !got[2].Shared || got[2].Streams != 2 {
		t.Errorf("%+v", got)
	}
}
