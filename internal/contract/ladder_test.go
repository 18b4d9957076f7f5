package contract

import (
	"math"

	"tnbench/internal/dtype"
	"tnbench/internal/instance"
)

// ladder returns a chain of n matrices whose dimensions grow and shrink: steps
// from a few elements to blocked products.
func ladder(n int) *instance.Instance {
	in := &instance.Instance{Name: "ladder", DType: dtype.Float64}
	for i := range n + 1 {
		in.Names = append(in.Names, rune(0x4e00+i))
		in.Dims = append(in.Dims, 1+(i*7)%61)
	}
	for i := range n {
		in.Inputs = append(in.Inputs, []instance.Label{instance.Label(i), instance.Label(i + 1)})
	}
	in.Output = []instance.Label{0, instance.Label(n)}
	pairs := make([][2]int, n-1)
	for i := range pairs {
		pairs[i] = [2]int{0, n - 1 - i} // the chain so far is always last
	}
	pairs[0] = [2]int{0, 1}
	in.Paths = []instance.Path{{Name: "path", Pairs: pairs, Log2Size: math.NaN(), Log10Flops: math.NaN()}}
	return in
}
