package kernel

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"unsafe"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/vec"
)

func TestAheadIsTheRestOfNowAndTheBeginningOfNext(t *testing.T) {
	now, next := make([]byte, AheadBytes+1000), make([]byte, AheadBytes+500)
	small := make([]byte, 300)
	var a Ahead
	a.Expect([2][]byte{now, small}, [2][]byte{nil, next})
	at := func(b []byte, i int) uintptr { return uintptr(unsafe.Pointer(&b[i])) }
	if got := a.left(); got != 1000 {
		t.Errorf("the rest of the operands at hand is %d bytes, want 1000", got)
	}
	if got := a.panels(100, 64); got != 16 {
		t.Errorf("panels(100, 64) = %d for 1000 bytes, want 16", got)
	}
	if got, want := a.take(640, 0), at(now, AheadBytes); got != want {
		t.Errorf("the first bytes taken are at %#x, want %#x", got, want)
	}
	if got, want := a.take(640, 0), at(now, AheadBytes+640); got != want {
		t.Errorf("the next bytes taken are at %#x, want %#x", got, want)
	}
	if got := a.left(); got != AheadBytes {
		t.Errorf("the beginning of the next operands is %d bytes, want %d", got, AheadBytes)
	}
	if got, want := a.take(AheadBytes, 0), at(next, 0); got != want {
		t.Errorf("the next operand is taken at %#x, want %#x", got, want)
	}
	if got := a.take(64, 42); got != 42 {
		t.Errorf("take with nothing left = %d, want the other address", got)
	}
	if got := a.panels(100, 64); got != 100 {
		t.Errorf("panels(100, 64) = %d with nothing left, want 100", got)
	}
}

func TestFinishingAheadFetchesOnlyWhatIsNext(t *testing.T) {
	var a Ahead
	// The rest of what is at hand is used by then and must not be touched: here
	// it could not be.
	now := unsafe.Slice((*byte)(nil), 0)
	a.Expect([2][]byte{now, nil}, [2][]byte{make([]byte, 4100), make([]byte, 1)})
	a.regions[2], a.regions[1], a.regions[0] = a.regions[1], a.regions[0], region{1, 100}
	a.end, a.later = 3, 1
	a.Finish()
	if a.left() != 0 || a.at != a.end {
		t.Errorf("after Finish %d bytes are left, want none", a.left())
	}
	a.Finish()
}

func TestPartsOfAheadCoverIt(t *testing.T) {
	var a Ahead
	a.Expect([2][]byte{}, [2][]byte{make([]byte, 1000), make([]byte, 3)})
	for of := 1; of <= 4; of++ {
		at := a.regions[0].at
		for i := range of {
			p := a.part(i, of)
			if p.regions[0].at != at {
				t.Errorf("part %d of %d starts %d bytes from the end of the one before", i, of, int(p.regions[0].at-at))
			}
			at = p.regions[0].end
		}
		if rest := a.regions[0].end - at; rest >= uintptr(of) {
			t.Errorf("%d parts leave %d bytes", of, rest)
		}
	}
}

// What is fetched ahead must not show in results.
func TestFetchingAheadChangesNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	memory := [2][]byte{make([]byte, 3*AheadBytes), make([]byte, 5000)}
	for _, tier := range vec.Tiers() {
		for _, d := range dtype.All {
			m, parts := microsOfType(tier, d)
			for range 40 {
				s := productSpec(rng, d, 1+rng.IntN(3), near(rng, m.Rows, 6), near(rng, m.Width()/parts, 4), near(rng, 40, 60))
				o := operandsFor(rng, s)
				k := gemmOf(t, s, Options{Tier: tier})
				want := bytes.Clone(o.run(k, nil, 0))
				scratch := dtype.MakeBytes(k.Scratch() + 64)
				env := &Env{Scratch: unsafe.Pointer(&scratch[0])}
				env.Ahead.Expect(memory, memory)
				k.Run(env, unsafe.Pointer(&o.c[0]), unsafe.Pointer(&o.a[0]), unsafe.Pointer(&o.b[0]))
				env.Ahead.Finish()
				if !bytes.Equal(o.c, want) {
					t.Fatalf("%v %s: the result with fetching ahead differs", tier, show(s))
				}
			}
		}
	}
}

func TestWorkersFetchAheadToo(t *testing.T) {
	memory := [2][]byte{make([]byte, 3*AheadBytes), make([]byte, 5000)}
	w := NewWorkers(2)
	defer w.Close()
	for name, s := range dividedSpecs(dtype.Float64) {
		o := operandsFor(rand.New(rand.NewPCG(5, 6)), s)
		k := gemmOf(t, s, Options{Threads: 2})
		want := o.run(k, nil, 0)
		env := &Env{Workers: w, Scratch: unsafe.Pointer(&dtype.MakeBytes(k.Scratch() + 64)[0])}
		env.Ahead.Expect(memory, memory)
		k.Run(env, unsafe.Pointer(&o.c[0]), unsafe.Pointer(&o.a[0]), unsafe.Pointer(&o.b[0]))
		if env.Ahead.left() != 0 {
			t.Errorf("%s: %d bytes are left after workers have run", name, env.Ahead.left())
		}
		if !bytes.Equal(o.c, want) {
			t.Errorf("%s: the result with fetching ahead differs", name)
		}
	}
}
