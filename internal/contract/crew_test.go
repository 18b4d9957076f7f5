package contract

import (
	"sync/atomic"
	"testing"
)

// TestCrewWorksUntilTheWorkIsDone has a crew count to a number, some while members
// come late and some without work.
func TestCrewWorksUntilTheWorkIsDone(t *testing.T) {
	const tasks = 100
	for range 200 {
		c := callCrew(4)
		var next, done atomic.Int64
		c.run(func(int) {
			for next.Add(1) <= tasks {
				done.Add(1)
			}
		})
		c.letGo()
		if got := done.Load(); got != tasks {
			t.Fatalf("%d tasks were done when the crew was, want %d", got, tasks)
		}
		callCrew(4).letGo()
	}
}

// TestEqualStepsShareKernels compiles a chain of equal matrices.
func TestEqualStepsShareKernels(t *testing.T) {
	in := chain(200)
	program, err := Compile(in, in.Paths[0], Options{})
	if err != nil {
		t.Fatal(err)
	}
	kernels := map[any]bool{}
	for i := range program.ops {
		kernels[program.ops[i].kernel] = true
	}
	if got, most := len(kernels), len(program.ops)/4; got > most {
		t.Errorf("%d steps have %d kernels, want at most %d", len(program.ops), got, most)
	}
}
