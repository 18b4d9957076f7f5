package alloctest

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"unsafe"

	"tnbench/internal/alloc"
	"tnbench/internal/alloc/wrap"
)

// contraction drives a strategy, under a [wrap.Checked], through a program: it
// fills each buffer with a pattern of its own and verifies it before the free.
type contraction struct {
	checked  *wrap.Checked
	requests []alloc.Request
	at       []unsafe.Pointer
}

func newContraction(s alloc.Strategy, requests []alloc.Request) (*contraction, error) {
	c := &contraction{wrap.NewChecked(s), requests, make([]unsafe.Pointer, len(requests))}
	if err := c.checked.Prepare(requests); err != nil {
		return nil, fmt.Errorf("Prepare(%+v): %w", requests, err)
	}
	return c, nil
}

// complete runs a whole contraction; with shuffle, the order within each step
// is random.
func (c *contraction) complete(shuffle *rand.Rand) error {
	return c.run(events(c.requests, shuffle))
}

// breakOff ends the contraction after a number of events.
func (c *contraction) breakOff(after int) error {
	all := events(c.requests, nil)
	c.checked.BreakOff()
	return c.run(all[:min(after, len(all))])
}

func (c *contraction) run(events []event) error {
	for _, e := range events {
		if err := c.do(e); err != nil {
			return fmt.Errorf("%w, in %+v", errors.Join(c.checked.Err(), err), c.requests) // overlaps explain wrong content
		}
	}
	clear(c.at)
	c.checked.Reset()
	if err := c.checked.Err(); err != nil {
		return fmt.Errorf("%w, in %+v", err, c.requests)
	}
	return nil
}

func (c *contraction) do(e event) error {
	if e.free {
		err := c.verify(e.id)
		c.checked.Free(e.id, c.at[e.id])
		c.at[e.id] = nil
		return err
	}
	p := c.checked.Alloc(e.id)
	if p == nil {
		return fmt.Errorf("Alloc(%d) of %d bytes returned nil", e.id, c.requests[e.id].Bytes)
	}
	c.at[e.id] = p
	for b, i := c.bytes(e.id), 0; i < len(b); {
		i += copy(b[i:], pattern(e.id, i))
	}
	return nil
}

// bytes is the content of a live buffer.
func (c *contraction) bytes(id int) []byte {
	return unsafe.Slice((*byte)(c.at[id]), c.requests[id].Bytes)
}

// noise is what patterns are cut from. It is longer than the sizes that matter
// and no power of two, so that shifted patterns differ.
var noise = func() []byte {
	b := make([]byte, 1<<16+61)
	rand.NewChaCha8([32]byte{}).Read(b) // never fails
	return b
}()

// pattern is the content of a buffer from byte i on, as far as noise goes.
func pattern(id, i int) []byte { return noise[(id*257+i)%len(noise):] }

func (c *contraction) verify(id int) error {
	for b, i := c.bytes(id), 0; i < len(b); {
		want := pattern(id, i)
		want = want[:min(len(want), len(b)-i)]
		if got := b[i : i+len(want)]; !bytes.Equal(got, want) {
			at := 0
			for got[at] == want[at] {
				at++
			}
			return fmt.Errorf("buffer %d: byte %d is %#x, want %#x: someone else wrote there", id, i+at, got[at], want[at])
		}
		i += len(want)
	}
	return nil
}

func (c *contraction) close() error {
	err := c.checked.Close()
	return errors.Join(err, c.checked.Err())
}

// event is an Alloc or a Free.
type event struct {
	id   int
	free bool
}

// events lists those of a contraction; with shuffle, those of one kind and step
// in random order.
func events(requests []alloc.Request, shuffle *rand.Rand) []event {
	var all []event
	step := func(e event) int32 {
		if e.free {
			return requests[e.id].Last
		}
		return requests[e.id].First
	}
	run := 0 // where the last run of events of one kind and step starts
	add := func(e event) {
		if last := len(all) - 1; last >= 0 && (all[last].free != e.free || step(all[last]) != step(e)) {
			run = len(all)
		}
		all = append(all, e)
		if shuffle != nil {
			i, j := run+shuffle.IntN(len(all)-run), len(all)-1
			all[i], all[j] = all[j], all[i]
		}
	}
	alloc.Walk(requests, func(id int) { add(event{id, false}) }, func(id int) { add(event{id, true}) })
	return all
}

// Drive runs a new strategy through a number of contractions as [Run] does and
// returns what was found wrong. Any goroutine may call it. It closes the
// strategy.
func Drive(s alloc.Strategy, requests []alloc.Request, contractions int) error {
	c, err := newContraction(s, requests)
	if err != nil {
		return err
	}
	for range contractions {
		if err := c.complete(nil); err != nil {
			return err
		}
	}
	return c.close()
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
	all, at := events(requests, nil), make([]unsafe.Pointer, len(requests))
	return func() {
		for _, e := range all {
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
