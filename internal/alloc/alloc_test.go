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
	for _, spec := range ablated {
		if alloc.Available(spec) == nil {
			specs = append(specs, spec)
		}
	}
	return specs
}

// ablated are specs with one thing changed, that nobody compares but an ablation.
var ablated = []string{
	"planned:zero", "planned:hash", "planned:anew", "planned:cold", "planned:over=512", "planned:huge,anew,over=64", "planned:huge,cold",
	"exactpool:slots", "exactpool:zero", "exactpool:keep,cold", "exactpool:keep,slots", "exactpool:base=make",
	"exactpool:base=malloc", "exactpool:keep,slots,cold,base=malloc", "exactpool:keep,base=malloc:keep", "exactpool:base=mimalloc", "exactpool:slots,base=jemalloc:keep",
	"inline:64,base=exactpool:base=malloc", "inline:32,base=planned",
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
		"mmap:over=1", "malloc", "mimalloc", "jemalloc", "planned", "planned:huge", "malloc:keep", "mimalloc:keep", "jemalloc:keep",
		"planned:zero", "planned:hash", "planned:cold", "exactpool:keep,slots", "exactpool:keep,cold", "exactpool:slots,base=malloc",
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
