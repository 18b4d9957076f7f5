package alloc_test

import (
	"testing"

	"tnbench/internal/alloc"
	"tnbench/internal/alloc/alloctest"
)

// runnable returns every spec that can run here, those of the variants included.
func runnable(t testing.TB) []string {
	t.Helper()
	specs, err := alloc.Expand("all")
	if err != nil {
		t.Fatal(err)
	}
	return specs
}

func TestEveryStrategyKeepsTheContract(t *testing.T) {
	for _, spec := range runnable(t) {
		t.Run(spec, func(t *testing.T) {
			alloctest.Run(t, func() alloc.Strategy { return alloctest.New(t, spec) })
		})
	}
}

func TestReusingStrategiesDontAllocateInSteadyState(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes sync.Pool forget, and allocates itself")
	}
	for _, spec := range []string{
		"syncpool", "arena", "arena:huge", "slab", "slab:small=64", "slab:huge", "exactpool:keep",
		"bestfit:keep", "bestfit:keep,waste=2", "bestfit:keep,shrink", "inline:32,base=exactpool:keep", "inline:32,base=slab",
		"mmap:over=1", "malloc", "mimalloc", "jemalloc", "planned", "planned:huge",
	} {
		t.Run(spec, func(t *testing.T) {
			if err := alloc.Available(spec); err != nil {
				t.Skip(err)
			}
			if got := alloctest.SteadyAllocs(t, alloctest.New(t, spec)); got != 0 {
				t.Errorf("%g heap allocations per contraction, want 0", got)
			}
		})
	}
}
