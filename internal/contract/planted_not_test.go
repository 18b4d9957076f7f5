//go:build !planted

package contract

import (
	"testing"

	"tnbench/internal/alloc"
)

func TestOrdinaryBuildsPlantNothing(t *testing.T) {
	t.Setenv("TNBENCH_PLANT", "alloc=16,panic")
	in := ladder(8)
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
	if n := testing.AllocsPerRun(20, func() { err = e.Run(result) }); n != 0 || err != nil || Planted() != "" {
		t.Errorf("%v allocations, error %v, planted %q; want none", n, err, Planted())
	}
}
