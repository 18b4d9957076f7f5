// Package alloctest is the conformance suite of allocation strategies: whatever
// implements [alloc.Strategy] must pass [Run]. It knows the contract, and none
// of the strategies.
package alloctest

import (
	"math/rand/v2"
	"testing"
	"unsafe"

	"pgregory.net/rapid"

	"tnbench/internal/alloc"
	"tnbench/internal/alloc/wrap"
)

// Sizes are those around which strategies change their ways: 2^k-1, 2^k, 2^k+1
// for every k up to 20.
var Sizes = func() []int {
	sizes := []int{1}
	for k := 1; k <= 20; k++ {
		sizes = append(sizes, 1<<k-1, 1<<k, 1<<k+1)
	}
	return sizes
}()

// Run checks everything the contract promises of the strategies that fresh
// makes, each call a new one that is not yet prepared.
func Run(t *testing.T, fresh func() alloc.Strategy) {
	t.Run("nothing", func(t *testing.T) { nothing(t, fresh()) })
	t.Run("refusals", func(t *testing.T) { refusals(t, fresh) })
	t.Run("each size alone", func(t *testing.T) { eachSizeAlone(t, fresh) })
	t.Run("all sizes at once", func(t *testing.T) { allSizesAtOnce(t, fresh()) })
	t.Run("random programs", func(t *testing.T) { randomPrograms(t, fresh) })
	t.Run("broken off", func(t *testing.T) { brokenOff(t, fresh) })
	t.Run("steady", func(t *testing.T) { steady(t, fresh()) })
}

// nothing: a program without buffers is one too.
func nothing(t *testing.T, s alloc.Strategy) {
	if err := s.Prepare(nil); err != nil {
		t.Fatalf("Prepare(nil): %v", err)
	}
	s.Reset()
	if err := s.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
}

// refusals: what can't be served is an error of Prepare.
func refusals(t *testing.T, fresh func() alloc.Strategy) {
	for name, r := range map[string]alloc.Request{
		"no bytes":              {Bytes: 0, First: 0, Last: 1},
		"negative bytes":        {Bytes: -8, First: 0, Last: 1},
		"ends before it starts": {Bytes: 8, First: 2, Last: 1},
		"negative step":         {Bytes: 8, First: -1, Last: 1},
		"beyond any machine":    {Bytes: 1 << 62, First: 0, Last: 1},
	} {
		s := fresh()
		if err := s.Prepare([]alloc.Request{{Bytes: 8, First: 0, Last: 1}, r}); err == nil {
			t.Errorf("%s: Prepare(%+v) gave no error", name, r)
		}
		if err := s.Close(); err != nil {
			t.Errorf("%s: Close after a refusal: %v", name, err)
		}
	}
}

func eachSizeAlone(t *testing.T, fresh func() alloc.Strategy) {
	for _, size := range Sizes {
		c := start(t, fresh(), []alloc.Request{{Bytes: size}})
		for range 2 {
			must(t, c.complete(nil))
		}
		must(t, c.close())
	}
}

func allSizesAtOnce(t *testing.T, s alloc.Strategy) {
	var requests []alloc.Request
	for i, size := range Sizes {
		requests = append(requests, alloc.Request{Bytes: size, First: 0, Last: int32(i)})
	}
	c := start(t, s, requests)
	for range 2 {
		must(t, c.complete(nil))
	}
	must(t, c.close())
}

func randomPrograms(t *testing.T, fresh func() alloc.Strategy) {
	rapid.Check(t, func(rt *rapid.T) {
		requests := Programs().Draw(rt, "requests")
		shuffle := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "order"), 0))
		c := start(rt, fresh(), requests)
		for range 3 {
			must(rt, c.complete(shuffle))
		}
		must(rt, c.close())
	})
}

// brokenOff: a contraction may end anywhere, and the next one is complete.
func brokenOff(t *testing.T, fresh func() alloc.Strategy) {
	rapid.Check(t, func(rt *rapid.T) {
		requests := Programs().Draw(rt, "requests")
		c := start(rt, fresh(), requests)
		for range rapid.IntRange(1, 3).Draw(rt, "times") {
			must(rt, c.breakOff(rapid.IntRange(0, 2*len(requests)).Draw(rt, "events")))
			must(rt, c.complete(nil))
		}
		must(rt, c.close())
	})
}

// steady: what is held stops growing, also if every other contraction is broken
// off.
func steady(t *testing.T, s alloc.Strategy) {
	sized, ok := wrap.As[alloc.Sized](s)
	c := start(t, s, Example(1, 60))
	for range 20 {
		must(t, c.complete(nil))
	}
	if ok {
		before := sized.Footprint()
		for i := range 40 {
			must(t, c.breakOff(3*i))
			must(t, c.complete(nil))
		}
		if after := sized.Footprint(); after > before {
			t.Errorf("footprint after 20 contractions %d bytes, after 40 more, every other one broken off, %d", before, after)
		}
	}
	must(t, c.close())
}

// start prepares a strategy.
func start(t rapid.TB, s alloc.Strategy, requests []alloc.Request) *contraction {
	c, err := newContraction(s, requests)
	must(t, err)
	return c
}

func must(t rapid.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Programs generates requests of small programs, in the order of their First
// steps or not.
func Programs() *rapid.Generator[[]alloc.Request] {
	return rapid.Custom(func(t *rapid.T) []alloc.Request {
		steps := rapid.Int32Range(1, 30).Draw(t, "steps")
		request := rapid.Custom(func(t *rapid.T) alloc.Request {
			first := rapid.Int32Range(0, steps-1).Draw(t, "first")
			return alloc.Request{
				Bytes: rapid.OneOf(
					rapid.IntRange(1, 256),
					rapid.SampledFrom([]int{8, 16, 32, 64, 512, 4096}),
					rapid.SampledFrom(Sizes[:55]), // up to 2^18
				).Draw(t, "bytes"),
				First: first,
				Last:  rapid.Int32Range(first, min(first+8, steps-1)).Draw(t, "last"),
			}
		})
		return rapid.SliceOfN(request, 1, 40).Draw(t, "requests")
	})
}

// Example returns the requests of a program as a contraction tree of n steps
// makes them: most buffers tiny, a few large, each used by a later step. The
// same seed gives the same program.
func Example(seed uint64, n int) []alloc.Request {
	r := rand.New(rand.NewPCG(seed, 0))
	requests := make([]alloc.Request, n)
	for i := range requests {
		log := min(3+int(r.ExpFloat64()*3), 19)
		requests[i] = alloc.Request{
			Bytes: 1 << log,
			First: int32(i),
			Last:  int32(min(i+1+int(r.ExpFloat64()*4), n)),
		}
	}
	return requests
}

// New returns the strategy of a spec that can run here.
func New(t testing.TB, spec string) alloc.Strategy {
	t.Helper()
	s, err := alloc.New(spec)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Faulty is a strategy that misbehaves where a test tells it to.
type Faulty struct {
	alloc.Strategy
	OnAlloc func(id int) unsafe.Pointer // in place of Alloc
}

// Alloc implements alloc.Strategy.
func (f *Faulty) Alloc(id int) unsafe.Pointer { return f.OnAlloc(id) }
