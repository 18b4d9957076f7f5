package alloc

import "unsafe"

// exactPool keeps freed buffers in a hash map by their exact size and hands one
// out only for the same size.
//
// It models the Rust BufferPool of section 3 of the light_415 analysis (strided-opteinsum,
// HashMap<usize, Vec<Vec<f64>>>): one lookup at each acquire and release, new
// buffers un-zeroed, and a new map for each contraction, whose buffers are all
// dropped at its end. With keep (its proposal 3) one map lasts, and
// every buffer in it. Sizes are in bytes here: within one program, with one
// element type, that is the same key.
type exactPool struct {
	core  *exactCore
	keep  bool
	bytes []int
	live  live
}

// exactCore is the part that front ends share.
type exactCore struct {
	pool   map[int]*bucket
	held   int
	misses int
}

// bucket holds the free buffers of one size, last in first out.
type bucket struct {
	bytes int
	free  []unsafe.Pointer
}

func (b *bucket) push(p unsafe.Pointer) { b.free = append(b.free, p) }

// pop takes a buffer from a bucket that is not empty.
func (b *bucket) pop() unsafe.Pointer {
	last := len(b.free) - 1
	p := b.free[last]
	b.free = b.free[:last]
	return p
}

func newExactPool(o options) (Strategy, error) {
	return &exactPool{core: &exactCore{pool: map[int]*bucket{}}, keep: o.has("keep")}, nil
}

// Prepare implements Strategy.
func (e *exactPool) Prepare(requests []Request) error {
	e.bytes, e.live = sizes(requests), newLive(requests)
	return Validate(requests)
}

// Alloc implements Strategy.
func (e *exactPool) Alloc(id int) unsafe.Pointer {
	bytes := e.bytes[id]
	var p unsafe.Pointer
	if b := e.core.pool[bytes]; b != nil && len(b.free) > 0 {
		p = b.pop()
	} else {
		p = newRaw(bytes)
		e.core.misses++
		e.core.held += bytes
	}
	e.live.add(id, p)
	return p
}

// Free implements Strategy.
func (e *exactPool) Free(id int, p unsafe.Pointer) {
	bytes := e.bytes[id]
	e.live.drop(id)
	b := e.core.pool[bytes]
	if b == nil {
		b = &bucket{bytes: bytes}
		e.core.pool[bytes] = b
	}
	b.push(p)
}

// Reset implements Strategy.
func (e *exactPool) Reset() {
	if e.keep {
		e.live.takeBack(e.Free)
		return
	}
	e.live.forget()
	e.core.pool = map[int]*bucket{}
	e.core.held = 0
}

// Close implements Strategy.
func (e *exactPool) Close() error {
	e.core.pool, e.core.held = nil, 0
	return nil
}

// Footprint implements Sized. Between contractions, without keep, it is 0: what
// was dropped is the collector's.
func (e *exactPool) Footprint() int { return e.core.held }

// pooled implements pooled.
func (e *exactPool) pooled() int { return e.core.held }

// Misses implements Reuser.
func (e *exactPool) Misses() int { return e.core.misses }

// join makes a front end for another contraction on the same map.
func (e *exactPool) join() Strategy { return &exactPool{core: e.core, keep: e.keep} }
