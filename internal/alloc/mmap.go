package alloc

import (
	"fmt"
	"unsafe"
)

// mmapped maps every buffer above a threshold anew and unmaps it at Free;
// smaller ones come from make.
//
// It models what C allocators do with large buffers (glibc above
// M_MMAP_THRESHOLD, jemalloc and the Go heap after a while): fresh zero pages
// each time, one fault for each. It isolates the cost of mappings and faults.
// Nothing is kept between contractions.
type mmapped struct {
	over   int // bytes above which buffers are mapped
	bytes  []int
	live   live
	held   int
	misses int
}

// defaultMapOver is glibc's threshold.
const defaultMapOver = 128 << 10

func newMmap(o options) (Strategy, error) {
	return &mmapped{over: mapOver(o)}, mapError()
}

func mapOver(o options) int {
	if o.has("over") {
		n, _ := parseSize(o["over"]) // checked before
		return n
	}
	return defaultMapOver
}

// mapSize returns what serves a buffer: whole pages, if it is mapped.
func mapSize(bytes, over int) int {
	if bytes > over {
		return roundUp(bytes, pageSize)
	}
	return bytes
}

// Prepare implements Strategy.
func (m *mmapped) Prepare(requests []Request) error {
	m.bytes, m.live = sizes(requests), newLive(requests)
	return Validate(requests)
}

// Alloc implements Strategy.
func (m *mmapped) Alloc(id int) unsafe.Pointer {
	bytes := m.bytes[id]
	var p unsafe.Pointer
	if bytes <= m.over {
		p = newZeroed(bytes)
	} else if p = mapPages(roundUp(bytes, pageSize)); p == nil {
		return nil
	}
	m.misses++
	m.held += mapSize(bytes, m.over)
	m.live.add(id, p)
	return p
}

// Free implements Strategy.
func (m *mmapped) Free(id int, p unsafe.Pointer) {
	bytes := m.bytes[id]
	m.live.drop(id)
	m.held -= mapSize(bytes, m.over)
	if bytes <= m.over {
		return
	}
	if err := unmapPages(p, roundUp(bytes, pageSize)); err != nil {
		panic(fmt.Sprintf("alloc: unmapping %d bytes of our own at %p: %v", bytes, p, err)) // a defect here, not of the user
	}
}

// Reset implements Strategy.
func (m *mmapped) Reset() { m.live.takeBack(m.Free) }

// Close implements Strategy.
func (m *mmapped) Close() error {
	m.Reset()
	return nil
}

// Footprint implements Sized: what is mapped, and what is live of the rest.
func (m *mmapped) Footprint() int { return m.held }

// Misses implements Reuser: every call takes fresh memory.
func (m *mmapped) Misses() int { return m.misses }

// join makes a front end for another contraction; mappings are shared anyway.
func (m *mmapped) join() Strategy { return &mmapped{over: m.over} }
