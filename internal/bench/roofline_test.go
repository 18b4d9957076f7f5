package bench

import (
	"testing"

	"tnbench/internal/contract"
	"tnbench/internal/instance"
	"tnbench/internal/result"
)

// product compiles ij,jk,kl->il with the given dtype; every dimension is 10.
func product(t *testing.T, dtype string) *contract.Program {
	t.Helper()
	in, err := instance.Parse("product", []byte(`{"name":"product","format_string":"ij,jk,kl->il","shapes":[[10,10],[10,10],[10,10]],
		"dtype":"`+dtype+`","num_tensors":3,"paths":{"opt_flops":{"path":[[0,1],[0,1]]}}}`))
	if err != nil {
		t.Fatal(err)
	}
	p, err := contract.Compile(in, in.Paths[0], contract.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestCompulsoryTrafficIsInputsOnceIntermediatesTwiceResultOnce(t *testing.T) {
	for dtype, element := range map[string]int{"float32": 4, "float64": 8, "complex64": 8, "complex128": 16} {
		if got, want := CompulsoryBytes(product(t, dtype)), (3+2*1+1)*100*element; got != want {
			t.Errorf("%s: %d bytes, want %d", dtype, got, want)
		}
	}
}

func TestCompulsoryTrafficOfADiagonal(t *testing.T) {
	in, err := instance.Parse("trace", []byte(`{"name":"trace","format_string":"iij,j->j","shapes":[[10,10,10],[10]],
		"dtype":"float64","num_tensors":2,"paths":{"opt_flops":{"path":[[0,1]]}}}`))
	if err != nil {
		t.Fatal(err)
	}
	p, err := contract.Compile(in, in.Paths[0], contract.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := CompulsoryBytes(p), (100+10+10)*8; got != want {
		t.Errorf("%d bytes, want %d", got, want)
	}
}

func TestRooflineIsTheLargerOfArithmeticAndTraffic(t *testing.T) {
	// 2 steps of 10^3 multiply-adds are 4,000 flops; 600 elements of traffic.
	for _, c := range []struct {
		dtype           string
		peak, bandwidth float64
		want            result.Maybe[Bound]
	}{
		{"float64", 1e9, 1e12, result.Measured(Bound{4000, result.ByFlops})},
		{"float64", 1e12, 1e9, result.Measured(Bound{4800, result.ByMemory})},
		{"float32", 1e12, 1e9, result.Measured(Bound{2400, result.ByMemory})},
		{"complex128", 1e9, 1e12, result.Measured(Bound{16000, result.ByFlops})}, // four real multiply-adds each
		{"float64", 0, 1e9, result.Maybe[Bound]{}},
		{"float64", 1e9, 0, result.Maybe[Bound]{}},
	} {
		if got := Roofline(product(t, c.dtype), c.peak, c.bandwidth); got != c.want {
			t.Errorf("%s at %g flop/s, %g B/s: %+v, want %+v", c.dtype, c.peak, c.bandwidth, got, c.want)
		}
	}
}

// Steps that the caches hold are bound by arithmetic alone, others by the larger of both.
func TestStepsAreBoundByMemoryOnlyIfTheCachesDoNotHoldThem(t *testing.T) {
	p := product(t, "float64")
	const peak, bandwidth = 1e9, 1 // memory is slow beyond measure
	if b := StepRoofline(p, 0, peak, bandwidth); !b.OK || b.Value.By != result.ByFlops || b.Value.Time != p.Steps[0].Flops {
		t.Errorf("bound %+v, want %v ns by flops", b, p.Steps[0].Flops)
	}
	in, err := instance.Parse("large", []byte(`{"name":"large","format_string":"ij,j->ij","shapes":[[1000,1000],[1000]],
		"dtype":"float64","num_tensors":2,"paths":{"opt_flops":{"path":[[0,1]]}}}`))
	if err != nil {
		t.Fatal(err)
	}
	if p, err = contract.Compile(in, in.Paths[0], contract.Options{}); err != nil {
		t.Fatal(err)
	}
	if b := StepRoofline(p, 0, peak, bandwidth); !b.OK || b.Value.By != result.ByMemory || b.Value.Time != (2*1e6+1e3)*8*1e9 {
		t.Errorf("bound %+v, want %v ns by memory", b, (2*1e6+1e3)*8*1e9)
	}
	if b := StepRoofline(p, 0, 0, 1); b.OK {
		t.Errorf("bound %+v without a peak", b)
	}
}
