package alloc

import "unsafe"

// arena bumps a pointer through one block and takes everything back at Reset.
//
// It models region allocators (Bumper.jl, bumpalo, per-request arenas): no
// buffer is freed on its own, so a contraction holds the sum of all its
// buffers, not only of those that live at once. If the block is too small, the
// first contraction continues in further chunks, each at least as large as all
// before; Reset then replaces them by one block of the high-water mark, which
// is kept. From the second contraction on nothing is ever taken.
type arena struct {
	from  source
	bytes []int // by id, rounded up to Alignment

	at   unsafe.Pointer // next free byte of the current chunk
	left int            // bytes from there to the chunk's end
	used int            // bytes handed out in this contraction

	chunks []block // the last one is the current one
	held   int
	misses int
}

// leastChunk is the size of an arena's first chunk, if that is enough.
const leastChunk = 64 << 10

func newArena(o options) (Strategy, error) {
	a := &arena{from: source{huge: o.has("huge")}}
	return a, a.from.check()
}

// Prepare implements Strategy.
func (a *arena) Prepare(requests []Request) error {
	a.bytes = sizes(requests)
	for id := range a.bytes {
		a.bytes[id] = roundUp(a.bytes[id], Alignment)
	}
	return Validate(requests)
}

// Alloc implements Strategy.
func (a *arena) Alloc(id int) unsafe.Pointer {
	n := a.bytes[id]
	if n > a.left && !a.grow(n) {
		return nil
	}
	p := a.at
	// Never one past the block: a pointer there would keep its neighbour alive.
	if a.left -= n; a.left > 0 {
		a.at = unsafe.Add(p, n)
	}
	a.used += n
	return p
}

// grow starts a chunk with room for n bytes. What is left of the current one is
// lost until Reset.
func (a *arena) grow(n int) bool {
	b, ok := a.from.take(max(n, a.held, leastChunk))
	if !ok {
		return false
	}
	a.misses++
	a.chunks = append(a.chunks, b)
	a.held += b.bytes
	a.at, a.left = b.base, b.bytes
	return true
}

// Free implements Strategy. An arena frees all at once.
func (a *arena) Free(int, unsafe.Pointer) {}

// Reset implements Strategy.
func (a *arena) Reset() {
	if len(a.chunks) > 1 {
		a.drop()
		if b, ok := a.from.take(a.used); ok { // else the next contraction starts over
			a.chunks = append(a.chunks, b)
			a.held = b.bytes
		}
	}
	if len(a.chunks) == 1 {
		a.at, a.left = a.chunks[0].base, a.chunks[0].bytes
	}
	a.used = 0
}

// drop gives all chunks back.
func (a *arena) drop() {
	for i, b := range a.chunks {
		a.from.give(b)
		a.chunks[i] = block{}
	}
	a.chunks, a.held = a.chunks[:0], 0
	a.at, a.left = nil, 0
}

// Close implements Strategy.
func (a *arena) Close() error {
	a.drop()
	return nil
}

// Footprint implements Sized.
func (a *arena) Footprint() int { return a.held }

// Misses implements Reuser.
func (a *arena) Misses() int { return a.misses }
