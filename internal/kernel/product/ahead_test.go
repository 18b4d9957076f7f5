package product

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"unsafe"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/kerneltest"
	"tnbench/internal/kernel/model"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/kernel/vec"
)

// What is fetched ahead must not show in results.
func TestFetchingAheadChangesNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	memory := [2][]byte{make([]byte, 3*model.Here.Ahead.Bytes), make([]byte, 5000)}
	for _, tier := range vec.Tiers() {
		for _, d := range dtype.All {
			m, parts := microsOfType(tier, d)
			for range 40 {
				s := kerneltest.ProductSpec(rng, d, 1+rng.IntN(3), near(rng, m.Rows, 6), near(rng, m.Width()/parts, 4), near(rng, 40, 60))
				o := operandsFor(rng, s)
				k := New(s.Fused(), nest.Options{Tier: tier})
				want := bytes.Clone(o.run(k, nil, 0))
				scratch := dtype.MakeBytes(k.Scratch() + 64)
				env := &nest.Env{Scratch: unsafe.Pointer(&scratch[0])}
				env.Ahead.Expect(memory, memory)
				k.Run(env, unsafe.Pointer(&o.c[0]), unsafe.Pointer(&o.a[0]), unsafe.Pointer(&o.b[0]))
				env.Ahead.Finish()
				if !bytes.Equal(o.c, want) {
					t.Fatalf("%v %s: the result with fetching ahead differs", tier, kerneltest.Show(s))
				}
			}
		}
	}
}

func TestWorkersFetchAheadToo(t *testing.T) {
	memory := [2][]byte{make([]byte, 3*model.Here.Ahead.Bytes), make([]byte, 5000)}
	w := nest.NewWorkers(2)
	defer w.Close()
	for name, s := range dividedSpecs(dtype.Float64) {
		o := operandsFor(rand.New(rand.NewPCG(5, 6)), s)
		k := New(s.Fused(), nest.Options{Threads: 2})
		want := o.run(k, nil, 0)
		env := &nest.Env{Workers: w, Scratch: unsafe.Pointer(&dtype.MakeBytes(k.Scratch() + 64)[0])}
		env.Ahead.Expect(memory, memory)
		k.Run(env, unsafe.Pointer(&o.c[0]), unsafe.Pointer(&o.a[0]), unsafe.Pointer(&o.b[0]))
		if env.Ahead.Left() != 0 {
			t.Errorf("%s: %d bytes are left after workers have run", name, env.Ahead.Left())
		}
		if !bytes.Equal(o.c, want) {
			t.Errorf("%s: the result with fetching ahead differs", name)
		}
	}
}
