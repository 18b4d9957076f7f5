// Package alloctest is the conformance suite of allocation strategies: whatever
// implements [alloc.Strategy] must pass [Run]. It knows the contract, and none
// of the strategies.
package alloctest

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"unsafe"

	"pgregory.net/rapid"

	"tnbench/internal/alloc"
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
		c := newContraction(t, fresh(), []alloc.Request{{Bytes: size}})
		for range 2 {
			c.complete(nil)
		}
		c.close()
	}
}

func allSizesAtOnce(t *testing.T, s alloc.Strategy) {
	var requests []alloc.Request
	for i, size := range Sizes {
		requests = append(requests, alloc.Request{Bytes: size, First: 0, Last: int32(i)})
	}
	c := newContraction(t, s, requests)
	for range 2 {
		c.complete(nil)
	}
	c.close()
}

func randomPrograms(t *testing.T, fresh func() alloc.Strategy) {
	rapid.Check(t, func(rt *rapid.T) {
		requests := Programs().Draw(rt, "requests")
		shuffle := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "order"), 0))
		c := newContraction(rt, fresh(), requests)
		for range 3 {
			c.complete(shuffle)
		}
		c.close()
	})
}

// brokenOff: a contraction may end anywhere, and the next one is complete.
func brokenOff(t *testing.T, fresh func() alloc.Strategy) {
	rapid.Check(t, func(rt *rapid.T) {
		requests := Programs().Draw(rt, "requests")
		c := newContraction(rt, fresh(), requests)
		for range rapid.IntRange(1, 3).Draw(rt, "times") {
			c.breakOff(rapid.IntRange(0, 2*len(requests)).Draw(rt, "events"))
			c.complete(nil)
		}
		c.close()
	})
}

// steady: what is held stops growing, also if every other contraction is broken
// off.
func steady(t *testing.T, s alloc.Strategy) {
	sized, ok := alloc.As[alloc.Sized](s)
	c := newContraction(t, s, Example(1, 60))
	for range 20 {
		c.complete(nil)
	}
	if ok {
		before := sized.Footprint()
		for i := range 40 {
			c.breakOff(3 * i)
			c.complete(nil)
		}
		if after := sized.Footprint(); after > before {
			t.Errorf("footprint after 20 contractions %d bytes, after 40 more, every other one broken off, %d", before, after)
		}
	}
	c.close()
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

// contraction drives a strategy, under a [alloc.Checked], through a program: it
// fills each buffer with a pattern of its own and verifies it before the free.
type contraction struct {
	t        rapid.TB
	checked  *alloc.Checked
	requests []alloc.Request
	at       []unsafe.Pointer
}

func newContraction(t rapid.TB, s alloc.Strategy, requests []alloc.Request) *contraction {
	c := &contraction{t: t, checked: alloc.NewChecked(s), requests: requests, at: make([]unsafe.Pointer, len(requests))}
	if err := c.checked.Prepare(requests); err != nil {
		t.Fatalf("Prepare(%+v): %v", requests, err)
	}
	return c
}

// complete runs a whole contraction; with shuffle, the order within each step
// is random.
func (c *contraction) complete(shuffle *rand.Rand) {
	for _, e := range c.events(shuffle) {
		e.run(c)
	}
	c.reset()
}

// breakOff ends the contraction after a number of events.
func (c *contraction) breakOff(events int) {
	all := c.events(nil)
	for _, e := range all[:min(events, len(all))] {
		e.run(c)
	}
	c.checked.BreakOff()
	clear(c.at)
	c.reset()
}

// event is an Alloc or a Free.
type event struct {
	id   int
	free bool
}

func (c *contraction) events(shuffle *rand.Rand) []event {
	var events []event
	run := 0 // start of the run of events of one kind, which may be in any order
	add := func(e event) {
		if len(events) > 0 && events[len(events)-1].free != e.free {
			run = len(events)
		}
		events = append(events, e)
		if shuffle == nil {
			return
		}
		// Swap it with any of the same kind and step.
		if j := run + shuffle.IntN(len(events)-run); c.step(events[j]) == c.step(e) {
			events[j], events[len(events)-1] = e, events[j]
		}
	}
	alloc.Walk(c.requests, func(id int) { add(event{id, false}) }, func(id int) { add(event{id, true}) })
	return events
}

// step returns the step in which an event happens.
func (c *contraction) step(e event) int32 {
	if e.free {
		return c.requests[e.id].Last
	}
	return c.requests[e.id].First
}

func (e event) run(c *contraction) {
	if e.free {
		c.verify(e.id)
		c.checked.Free(e.id, c.at[e.id])
		c.at[e.id] = nil
		return
	}
	p := c.checked.Alloc(e.id)
	if p == nil {
		c.t.Fatalf("Alloc(%d) of %d bytes returned nil", e.id, c.requests[e.id].Bytes)
	}
	c.at[e.id] = p
	b := unsafe.Slice((*byte)(p), c.requests[e.id].Bytes)
	for i := range b {
		b[i] = pattern(e.id, i)
	}
}

// pattern is the content of byte i of a buffer.
func pattern(id, i int) byte { return byte(id*131 + i*7 + i>>8 + 1) }

func (c *contraction) verify(id int) {
	for i, got := range unsafe.Slice((*byte)(c.at[id]), c.requests[id].Bytes) {
		if want := pattern(id, i); got != want {
			c.t.Fatalf("buffer %d of %+v: byte %d is %#x, want %#x: another buffer was written there", id, c.requests, i, got, want)
		}
	}
}

func (c *contraction) reset() {
	c.checked.Reset()
	if err := c.checked.Err(); err != nil {
		c.t.Fatalf("%+v: %v", c.requests, err)
	}
}

func (c *contraction) close() {
	if err := c.checked.Close(); err != nil {
		c.t.Fatalf("Close: %v", err)
	}
}

// SteadyAllocs returns the heap allocations of one contraction of the example
// program in steady state.
func SteadyAllocs(t *testing.T, s alloc.Strategy) float64 {
	t.Helper()
	requests := Example(2, 100)
	if err := s.Prepare(requests); err != nil {
		t.Fatal(err)
	}
	run := Runner(s, requests)
	for range 5 {
		run()
	}
	allocs := testing.AllocsPerRun(20, run)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return allocs
}

// Runner returns a function that drives a prepared strategy through one
// contraction, without touching the memory and without allocating itself.
func Runner(s alloc.Strategy, requests []alloc.Request) func() {
	c := contraction{requests: requests}
	events, at := c.events(nil), make([]unsafe.Pointer, len(requests))
	return func() {
		for _, e := range events {
			if e.free {
				s.Free(e.id, at[e.id])
				at[e.id] = nil
				continue
			}
			if at[e.id] = s.Alloc(e.id); at[e.id] == nil {
				panic(fmt.Sprintf("out of memory at %d bytes", requests[e.id].Bytes))
			}
		}
		s.Reset()
	}
}
