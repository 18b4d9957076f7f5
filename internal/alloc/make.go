package alloc

import "unsafe"

// collected gives every buffer a block of the Go heap of its own and forgets it
// at Free: the collector takes it once the caller has dropped its pointer.
//
// It models Go's default, the nearest thing to Julia's collected arrays: make
// is zeroed as all of Go's memory is, make:nozero isn't, like Julia's
// Array{T}(undef, ...). Nothing is kept between contractions. How much garbage
// is around is the collector's business, about as much again as is live with
// GOGC=100.
type collected struct {
	bytes  []int
	raw    bool
	misses int
}

func newMake(o options) (Strategy, error) {
	return &collected{raw: o.has("nozero")}, nil
}

// Prepare implements Strategy.
func (c *collected) Prepare(requests []Request) error {
	c.bytes = sizes(requests)
	return Validate(requests)
}

// Alloc implements Strategy.
func (c *collected) Alloc(id int) unsafe.Pointer {
	c.misses++
	if c.raw {
		return newRaw(c.bytes[id])
	}
	return newZeroed(c.bytes[id])
}

// Free implements Strategy. There is nothing to do: no reference was kept.
func (c *collected) Free(int, unsafe.Pointer) {}

// Reset implements Strategy.
func (c *collected) Reset() {}

// Close implements Strategy.
func (c *collected) Close() error { return nil }

// Misses implements Reuser: every call takes fresh memory.
func (c *collected) Misses() int { return c.misses }

// join makes a front end for another contraction; the heap is shared anyway.
func (c *collected) join() Strategy { return &collected{raw: c.raw} }
