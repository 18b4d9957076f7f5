package alloc

import (
	"math/bits"
	"slices"
	"unsafe"
)

// slab keeps a free list per size class. Small classes are carved from shared
// slabs, larger buffers are blocks of their own; both are kept for good and go
// back to the free list of their class. A large request whose class has nothing
// free takes a buffer of up to four times its size, before it takes fresh memory.
//
// It models the general-purpose design behind tcmalloc, jemalloc and the Go
// runtime itself, without what threads and unknown sizes cost them: the class
// of each buffer is known ahead. Everything is kept between contractions.
//
// With small=N (proposal 4 of the light_415 analysis: fixed buffers for 64 elements or
// fewer), buffers of up to N 8-byte elements each have a place of their own in
// one array: their Alloc is an address, their Free nothing.
//
// With huge, slabs and large buffers lie on huge pages.
type slab struct {
	core  *slabCore
	small int // bytes up to which buffers have a fixed place

	class []uint16         // by id; fixedClass: see fixed
	got   []uint16         // by id: the class of the live buffer, which may be larger
	fixed []unsafe.Pointer // by id, nil without small
	array block
	live  live
}

// slabCore is the part that front ends share.
type slabCore struct {
	from  source
	carve int // largest class that is carved from slabs
	room  int // size of a slab

	free [slabClasses][]unsafe.Pointer
	at   unsafe.Pointer // next free byte of the current slab
	left int

	blocks []block
	held   int
	misses int
}

// Size classes: multiples of 64 bytes up to 512, then eight to each doubling,
// so that less than an eighth of a buffer is wasted and powers of two are exact.
const (
	slabClasses = 8 * 48
	fixedClass  = slabClasses
	// slabBorrow is how many classes up a large buffer may come from: those up to
	// four times its size. Without it programs whose sizes are all different hold
	// many times what they use: a chain of 100 matrices ten times, with it 2.7.
	slabBorrow = 16
)

// slabClass returns the class that serves bytes.
func slabClass(bytes int) int {
	units := (bytes + Alignment - 1) / Alignment
	if units <= 8 {
		return units - 1
	}
	shift := bits.Len(uint(units-1)) - 4 // units-1 has its top four bits in shift..shift+3
	return 8*shift + (units-1)>>shift    // (units-1)>>shift is 8..15
}

// slabBytes returns the size of a class's buffers.
func slabBytes(class int) int {
	if class < 8 {
		return (class + 1) * Alignment
	}
	shift := class/8 - 1
	return (class%8 + 9) << shift * Alignment
}

func newSlab(o options) (Strategy, error) {
	core := newSlabCore(o)
	return &slab{core: core, small: 8 * o.number("small", 0)}, core.from.check()
}

func newSlabCore(o options) *slabCore {
	if o.has("huge") {
		return &slabCore{from: source{huge: true}, carve: 256 << 10, room: hugePage}
	}
	return &slabCore{carve: 32 << 10, room: 256 << 10}
}

// Prepare implements Strategy.
func (s *slab) Prepare(requests []Request) error {
	if err := Validate(requests); err != nil {
		return err
	}
	s.class = make([]uint16, len(requests))
	s.live = newLive(requests)
	room := 0
	for id, r := range requests {
		if r.Bytes <= s.small {
			s.class[id] = fixedClass
			room += roundUp(r.Bytes, Alignment)
		} else {
			s.class[id] = uint16(slabClass(r.Bytes))
		}
	}
	s.got = slices.Clone(s.class)
	return s.fix(requests, room)
}

// fix gives each small buffer its place in one array of room bytes.
func (s *slab) fix(requests []Request, room int) error {
	if room == 0 {
		return nil
	}
	var ok bool
	if s.array, ok = s.core.from.take(room); !ok {
		return outOfMemory("the array of small buffers", room)
	}
	s.fixed = make([]unsafe.Pointer, len(requests))
	at := 0
	for id, r := range requests {
		if s.class[id] == fixedClass {
			s.fixed[id] = unsafe.Add(s.array.base, at)
			at += roundUp(r.Bytes, Alignment)
		}
	}
	return nil
}

// Alloc implements Strategy.
func (s *slab) Alloc(id int) unsafe.Pointer {
	class := int(s.class[id])
	if class == fixedClass {
		return s.fixed[id]
	}
	p := s.core.pop(class)
	if p == nil {
		if p, class = s.core.refill(class); p == nil {
			return nil
		}
	}
	s.got[id] = uint16(class)
	s.live.add(id, p)
	return p
}

// Free implements Strategy.
func (s *slab) Free(id int, p unsafe.Pointer) {
	class := int(s.got[id])
	if class == fixedClass {
		return
	}
	s.live.drop(id)
	s.core.free[class] = append(s.core.free[class], p)
}

// pop takes a free buffer of a class, nil if there is none.
func (c *slabCore) pop(class int) unsafe.Pointer {
	list := c.free[class]
	last := len(list) - 1
	if last < 0 {
		return nil
	}
	c.free[class] = list[:last]
	return list[last]
}

// refill serves a class whose list is empty: a large buffer from one of the
// next larger classes if that has a free one, else from fresh memory. It
// returns the class of the buffer.
func (c *slabCore) refill(class int) (unsafe.Pointer, int) {
	bytes := slabBytes(class)
	if bytes > c.carve {
		for larger := class + 1; larger <= class+slabBorrow; larger++ {
			if p := c.pop(larger); p != nil {
				return p, larger
			}
		}
	}
	return c.fresh(bytes), class
}

// fresh takes memory that was never used: from the current slab, or a block of
// its own if it is large.
func (c *slabCore) fresh(bytes int) unsafe.Pointer {
	if bytes > c.carve {
		c.misses++
		return c.block(bytes)
	}
	if bytes > c.left {
		p := c.block(c.room)
		if p == nil {
			return nil
		}
		c.at, c.left = p, c.room // the rest of the old slab is lost, at most an eighth
	}
	c.misses++
	p := c.at
	if c.left -= bytes; c.left > 0 { // else at would point to the neighbour
		c.at = unsafe.Add(p, bytes)
	}
	return p
}

// block takes a block for good.
func (c *slabCore) block(bytes int) unsafe.Pointer {
	b, ok := c.from.take(bytes)
	if !ok {
		return nil
	}
	c.blocks = append(c.blocks, b)
	c.held += b.bytes
	return b.base
}

// Reset implements Strategy.
func (s *slab) Reset() { s.live.takeBack(s.Free) }

// Close implements Strategy.
func (s *slab) Close() error {
	s.leave()
	for _, b := range s.core.blocks {
		s.core.from.give(b)
	}
	*s.core = slabCore{}
	return nil
}

// Footprint implements Sized.
func (s *slab) Footprint() int { return s.core.held + s.array.bytes }

// pooled implements pooled.
func (s *slab) pooled() int { return s.core.held }

// Misses implements Reuser.
func (s *slab) Misses() int { return s.core.misses }

// join makes a front end for another contraction on the same free lists. The
// array of small buffers is its own.
func (s *slab) join() Strategy { return &slab{core: s.core, small: s.small} }

// leave gives back what is the front end's own.
func (s *slab) leave() {
	if s.array.bytes > 0 {
		s.core.from.give(s.array)
		s.array = block{}
	}
}
