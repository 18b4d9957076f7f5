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

// wideColumns is a product whose column side stays in place, row after row of
// terms, and is so long that most of it is fetched while it is used.
func wideColumns() nest.Spec { return kerneltest.Matrices(dtype.Float64, 21, 404, 480) }

func TestWorkersFetchEachByteOfTheirColumnsOnce(t *testing.T) {
	g := New(wideColumns().Fused(), nest.Options{Threads: 2}).(*product[float64])
	if g.colsApart == 0 || g.split.of != splitCols || g.split.parts != 2 {
		t.Skipf("this tier divides the product another way: %+v", g.split)
	}
	b := make([]byte, 404*480*8)
	base := uintptr(unsafe.Pointer(&b[0]))
	times := make([]uint8, len(b))
	for part := range g.split.parts {
		c := g.columnsOf(g.split.part(g.whole(), part), unsafe.Pointer(&b[0]))
		for most := 64; c.terms > 0; most = most%5000 + 64 {
			at, n := c.next(most)
			for i := range n {
				times[int(at-base)+i]++
			}
		}
	}
	from := model.Here.Ahead.Bytes / (404 * 8) * 404 * 8 // the terms before are fetched by the step before
	for i, n := range times {
		if want := i >= from; (n == 1) != want || n > 1 {
			t.Fatalf("byte %d is fetched %d times", i, n)
		}
	}
}

func TestFetchingColumnsChangesNothing(t *testing.T) {
	w := nest.NewWorkers(2)
	defer w.Close()
	s := wideColumns()
	for _, tier := range vec.Tiers() {
		o := operandsFor(rand.New(rand.NewPCG(7, 8)), s)
		want := bytes.Clone(o.run(New(s.Fused(), nest.Options{Tier: tier}), nil, 0))
		k := New(s.Fused(), nest.Options{Tier: tier, Threads: 2})
		env := &nest.Env{Workers: w, Scratch: unsafe.Pointer(&dtype.MakeBytes(k.Scratch() + 64)[0])}
		env.Ahead.Expect([2][]byte{nil, o.b}, [2][]byte{o.a, nil})
		k.Run(env, unsafe.Pointer(&o.c[0]), unsafe.Pointer(&o.a[0]), unsafe.Pointer(&o.b[0]))
		if !bytes.Equal(o.c, want) {
			t.Errorf("%v: the result with columns fetched ahead differs", tier)
		}
	}
}
