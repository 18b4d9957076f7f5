package alloc

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unsafe"
)

// exactPool keeps freed buffers in a hash map by their exact size and hands one
// out only for the same size.
//
// It models the Rust BufferPool of section 3 of the light_415 analysis (strided-opteinsum,
// HashMap<usize, Vec<Vec<f64>>>): one lookup at each acquire and release, new
// buffers un-zeroed, and a new map for each contraction, whose buffers are all
// dropped at its end. With keep (its proposal 3) one map lasts, and
// every buffer in it. Sizes are in bytes here: within one program, with one
// element type, that is the same key.
//
// The other options change one thing each, so that what it costs can be measured: where
// fresh buffers come from (base), the hash map (slots), clearing (zero), and first
// touch (cold).
type exactPool struct {
	core  *exactCore
	opt   exactOptions
	bytes []int
	at    []*bucket // by id, with slots: that of its size
	live  live
}

type exactOptions struct {
	keep, slots, zero, cold bool
}

// exactCore is the part that front ends share.
type exactCore struct {
	pool   map[int]*bucket
	base   exactBase
	held   int
	misses int
}

// exactBase is where fresh buffers come from: the Go heap, or a library.
type exactBase struct {
	zeroed bool // the Go heap clears them
	lib    library
}

// take returns a fresh buffer, nil if there is no memory.
func (b *exactBase) take(bytes int) unsafe.Pointer {
	switch {
	case b.lib.malloc != nil:
		return b.lib.alloc(bytes)
	case b.zeroed:
		return newZeroed(bytes)
	}
	return newRaw(bytes)
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
	base, err := newExactBase(exactBaseOf(o))
	opt := exactOptions{keep: o.has("keep"), slots: o.has("slots"), zero: o.has("zero"), cold: o.has("cold")}
	switch {
	case err != nil:
	case opt.cold && !opt.keep:
		err = errors.New("cold needs keep: else nothing is kept")
	case opt.cold:
		err = discardError()
	}
	return &exactPool{core: &exactCore{pool: map[int]*bucket{}, base: base}, opt: opt}, err
}

// exactBaseOf returns the spec of where fresh buffers come from.
func exactBaseOf(o options) string {
	if base, ok := o["base"]; ok {
		return base
	}
	return "make:nozero"
}

// plainBase refuses a base that does not pass every call on.
func plainBase(spec string) error {
	d, _, err := parseSpec(spec)
	if err == nil && !slices.Contains(exactBases, d.Name) {
		err = fmt.Errorf("%q: fresh buffers come from one of %s", spec, strings.Join(exactBases, ", "))
	}
	return err
}

// exactBases are the strategies that hand out fresh memory at each call.
var exactBases = []string{"make", "malloc", "mimalloc", "jemalloc"}

func newExactBase(spec string) (exactBase, error) {
	d, o, err := parseSpec(spec)
	if err != nil {
		return exactBase{}, err
	}
	if d.Name == "make" {
		return exactBase{zeroed: !o.has("nozero")}, nil
	}
	lib, err := libraryOf(d.Name, o)
	if err != nil {
		err = fmt.Errorf("base %s: %w", spec, err)
	}
	return exactBase{lib: lib}, err
}

// Prepare implements Strategy.
func (e *exactPool) Prepare(requests []Request) error {
	if err := Validate(requests); err != nil {
		return err
	}
	e.bytes, e.live = sizes(requests), newLive(requests)
	if e.opt.slots {
		e.at = make([]*bucket, len(requests))
		for id, bytes := range e.bytes {
			e.at[id] = e.core.bucket(bytes)
		}
	}
	return nil
}

// bucket returns that of a size.
func (c *exactCore) bucket(bytes int) *bucket {
	b := c.pool[bytes]
	if b == nil {
		b = &bucket{bytes: bytes}
		c.pool[bytes] = b
	}
	return b
}

// Alloc implements Strategy.
func (e *exactPool) Alloc(id int) unsafe.Pointer {
	bytes := e.bytes[id]
	var b *bucket
	if e.at != nil {
		b = e.at[id]
	} else {
		b = e.core.pool[bytes]
	}
	var p unsafe.Pointer
	if b != nil && len(b.free) > 0 {
		p = b.pop()
	} else if p = e.core.base.take(bytes); p == nil {
		return nil
	} else {
		e.core.misses++
		e.core.held += bytes
	}
	if e.opt.zero {
		clear(unsafe.Slice((*byte)(p), bytes))
	}
	e.live.add(id, p)
	return p
}

// Free implements Strategy.
func (e *exactPool) Free(id int, p unsafe.Pointer) {
	e.live.drop(id)
	if e.at != nil {
		e.at[id].push(p)
		return
	}
	e.core.bucket(e.bytes[id]).push(p)
}

// Reset implements Strategy.
func (e *exactPool) Reset() {
	if e.core.base.lib.malloc != nil || e.opt.keep {
		e.live.takeBack(e.Free)
	}
	switch {
	case e.opt.cold:
		e.core.discard()
	case !e.opt.keep:
		e.live.forget()
		e.core.drop()
		if !e.opt.slots {
			e.core.pool = map[int]*bucket{}
		}
	}
}

// drop gives every free buffer back to where it came from.
func (c *exactCore) drop() {
	for _, b := range c.pool {
		if c.base.lib.malloc != nil {
			for _, p := range b.free {
				c.base.lib.release(p)
			}
		}
		clear(b.free) // or the collector would not have them
		b.free = b.free[:0]
	}
	c.held = 0
}

// discard gives the pages of all free buffers back to the system.
func (c *exactCore) discard() {
	for _, b := range c.pool {
		for _, p := range b.free {
			discard(p, b.bytes)
		}
	}
}

// Close implements Strategy.
func (e *exactPool) Close() error {
	e.Reset()
	e.core.drop()
	e.core.pool = nil
	e.core.base.lib.close()
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
func (e *exactPool) join() Strategy { return &exactPool{core: e.core, opt: e.opt} }
