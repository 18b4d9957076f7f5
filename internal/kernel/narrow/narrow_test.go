package narrow

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

// smallBlocks let small operands have many blocks.
func smallBlocks(t *testing.T) {
	kept := tuned
	t.Cleanup(func() { tuned = kept })
	few := model.Here.Narrow
	few.LeastFree, few.LeastWork, few.BlockBytes, few.MostBytes = 2, 1, 1<<10, 4<<10
	tuned = &few
}

// randomSpec returns a spec of one small operand and a large one: of labels of dimension
// two, or of any.
func randomSpec(rng *rand.Rand, i int) nest.Spec {
	d := dtype.All[i%len(dtype.All)]
	small := func() int { return 1 + rng.IntN(9) }
	if i%3 == 0 {
		return kerneltest.ProductSpec(rng, d, 1+rng.IntN(4), 2*(1+rng.IntN(200)), small(), small())
	}
	power := func(n int) int { return 1 << rng.IntN(n) }
	s := kerneltest.ProductSpec(rng, d, power(4), 1<<(5+rng.IntN(5)), power(5), power(5))
	if rng.IntN(2) == 0 {
		return s.Turned()
	}
	return s
}

// TestEveryPlanEqualsReference: not only the plan that is thought the cheapest is right.
func TestEveryPlanEqualsReference(t *testing.T) {
	smallBlocks(t)
	rng := rand.New(rand.NewPCG(31, 1))
	ways := map[how]int{}
	var direct, rearranged, blocks int
	for i := range kerneltest.Fewer(500) {
		s := randomSpec(rng, i).Fused()
		tiers := vec.Tiers()
		tier := tiers[i%len(tiers)]
		for _, swapped := range [...]bool{false, true} {
			for _, p := range plansFor(s, swapped, tier) {
				size := s.Type.Size()
				if p.packX {
					w := wayOf(p.moving(p.sums, false), size)
					ways[w.how]++
				}
				if p.unpackC {
					w := wayOf(p.moving(p.rows, true), size)
					ways[w.how]++
				}
				if p.packX && p.unpackC {
					rearranged++
				} else if !p.packX && !p.unpackC {
					direct++
				}
				k := newKernel(s, p, nest.Options{Tier: tier})
				blocks = max(blocks, k.blocks)
				kerneltest.MustEqualReference(t, s, k, uint64(i))
			}
		}
	}
	for h := range oneByOne + 1 {
		if ways[h] < 10 {
			t.Errorf("blocks were rearranged in way %d %d times: the test shows little", h, ways[h])
		}
	}
	if direct < 30 || rearranged < 30 || blocks < 16 {
		t.Errorf("%d plans in place, %d with both sides rearranged, at most %d blocks: the test shows little", direct, rearranged, blocks)
	}
}

// run runs k on the same data, every operand some bytes into its memory.
func run(s nest.Spec, k nest.Kernel, env *nest.Env, offset int) []byte {
	na, nb, nc := kerneltest.Spans(s)
	rng, size := rand.New(rand.NewPCG(32, 1)), s.Type.Size()
	elements := make([]byte, (na+nb)*size)
	kerneltest.FillRandom(rng, s.Type, elements)
	a, b, c := kerneltest.Placed(na*size, offset, 0), kerneltest.Placed(nb*size, offset, 0), kerneltest.Placed(nc*size, offset, 0)
	copy(a, elements)
	copy(b, elements[na*size:])
	env.Scratch = unsafe.Pointer(&kerneltest.Placed(k.Scratch(), offset, 0xff)[0])
	k.Run(env, unsafe.Pointer(&c[0]), unsafe.Pointer(&a[0]), unsafe.Pointer(&b[0]))
	return c
}

// TestBitsDependOnNeitherWorkersNorPlaces also counts what runs allocate.
func TestBitsDependOnNeitherWorkersNorPlaces(t *testing.T) {
	w := nest.NewWorkers(3)
	defer w.Close()
	rng := rand.New(rand.NewPCG(33, 1))
	for _, d := range dtype.All {
		for range 2 {
			s := kerneltest.ProductSpec(rng, d, 1, 1<<15, 4, 5).Fused()
			k, ok := New(s, nest.Options{Threads: 3}, 1e18)
			if !ok {
				t.Fatalf("%s: no kernel", kerneltest.Show(s))
			}
			if k.(*kernel).parts < 2 {
				t.Errorf("%s: one part", kerneltest.Show(s))
			}
			want := run(s, k, &nest.Env{}, 0)
			for _, offset := range []int{0, 16, 48} {
				for _, workers := range []*nest.Workers{nil, w} {
					if got := run(s, k, &nest.Env{Workers: workers}, offset); !bytes.Equal(got, want) {
						t.Fatalf("%s: other bits with %d workers, %d bytes further", kerneltest.Show(s), workers.Size(), offset)
					}
				}
			}
			na, nb, nc := kerneltest.Spans(s)
			size := d.Size()
			a, b, c := kerneltest.Placed(na*size, 0, 0), kerneltest.Placed(nb*size, 0, 0), kerneltest.Placed(nc*size, 0, 0)
			env := &nest.Env{Workers: w, Scratch: unsafe.Pointer(&kerneltest.Placed(k.Scratch(), 0, 0)[0])}
			if n := testing.AllocsPerRun(2, func() { k.Run(env, unsafe.Pointer(&c[0]), unsafe.Pointer(&a[0]), unsafe.Pointer(&b[0])) }); n != 0 {
				t.Errorf("%s: %g allocations, want none", kerneltest.Show(s), n)
			}
		}
	}
}
