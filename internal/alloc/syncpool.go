package alloc

import (
	"math/bits"
	"sync"
	"unsafe"
)

// poolClasses is one more than the log2 of the largest buffer.
const poolClasses = 64

// syncPool draws buffers from one sync.Pool per power of two.
//
// It models the Go idiom for reusable buffers. The pools are kept between
// contractions, but the collector empties them: a buffer that lies unused for
// two cycles is gone. Bare pointers are put in, since an interface holds them
// without an allocation (a slice would be boxed, 24 bytes each time).
type syncPool struct {
	pools  *[poolClasses]sync.Pool
	class  []uint8
	misses int
}

func newSyncPool(options) (Strategy, error) {
	return &syncPool{pools: new([poolClasses]sync.Pool)}, nil
}

// poolClass returns the log2 of the buffer that serves bytes, 8 bytes at least.
func poolClass(bytes int) int { return max(bits.Len(uint(bytes-1)), 3) }

// Prepare implements Strategy.
func (s *syncPool) Prepare(requests []Request) error {
	if err := Validate(requests); err != nil {
		return err
	}
	s.class = make([]uint8, len(requests))
	for id, r := range requests {
		s.class[id] = uint8(poolClass(r.Bytes))
	}
	return nil
}

// Alloc implements Strategy.
func (s *syncPool) Alloc(id int) unsafe.Pointer {
	class := s.class[id]
	if p, ok := s.pools[class].Get().(unsafe.Pointer); ok {
		return p
	}
	s.misses++
	return newZeroed(1 << class)
}

// Free implements Strategy.
func (s *syncPool) Free(id int, p unsafe.Pointer) { s.pools[s.class[id]].Put(p) }

// Reset implements Strategy. Buffers of a broken-off contraction are left to
// the collector.
func (s *syncPool) Reset() {}

// Close implements Strategy.
func (s *syncPool) Close() error {
	*s.pools = [poolClasses]sync.Pool{}
	return nil
}

// Misses implements Reuser.
func (s *syncPool) Misses() int { return s.misses }

// join makes a front end for another contraction on the same pools.
func (s *syncPool) join() Strategy { return &syncPool{pools: s.pools} }
