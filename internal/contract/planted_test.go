//go:build planted

package contract

import (
	"testing"

	"tnbench/internal/alloc"
)

// planting returns what contracts a network with some faults planted.
func planting(t *testing.T, faults string) (*Executor, func()) {
	t.Helper()
	t.Setenv(PlantVariable, faults)
	in := ladder(16)
	p, err := Compile(in, in.Paths[0], Options{})
	if err != nil {
		t.Fatal(err)
	}
	strategy, err := alloc.New("arena")
	if err != nil {
		t.Fatal(err)
	}
	e, err := NewExecutor(p, strategy, randomData(in, 1), Execution{})
	if err != nil {
		t.Fatal(err)
	}
	result := make([]byte, p.ResultBytes())
	return e, func() {
		if err := e.Run(result); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAPlantedAllocationIsOnePerContraction(t *testing.T) {
	for faults, want := range map[string]float64{"": 0, "alloc=16": 1} {
		_, run := planting(t, faults)
		if n := testing.AllocsPerRun(20, run); n != want {
			t.Errorf("%q: %v allocations, want %v", faults, n, want)
		}
	}
}

func TestAPlantedSlowdownAddsWork(t *testing.T) {
	e, run := planting(t, "slow=5%")
	last := e.ops[len(e.ops)-1].kernel.(*plantedLast)
	for range 100 {
		before := last.result
		run()
		if last.rounds == 0 || last.result == before {
			t.Fatalf("%d rounds of idle arithmetic, want some", last.rounds)
		}
	}
}

func TestWhatIsNoFaultIsRefused(t *testing.T) {
	for _, text := range []string{"slow", "slow=-1%", "alloc=x", "fast=1%", "alloc=16,", "metadata=-1", "metadata=x"} {
		if _, err := parsePlant(text); err == nil {
			t.Errorf("%q was planted", text)
		}
	}
}
