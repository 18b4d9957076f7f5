package alloc

import (
	"fmt"
	"strings"
	"unsafe"
)

// newZeroed returns collected, zeroed memory without pointers in it, aligned to
// 8 bytes at least.
func newZeroed(bytes int) unsafe.Pointer {
	return unsafe.Pointer(unsafe.SliceData(make([]uint64, (bytes+7)/8)))
}

// newRaw is newZeroed without the zeroing: the content is whatever the last
// owner left there.
//
// Go has no documented way to collected memory that nobody clears. append and
// slices.Grow clear what they don't copy over; makeslicecopy needs a source to
// copy. strings.Builder is the one public door: it allocates its buffer without
// clearing it, since it will only ever show the part that was written. We take
// the address of that buffer from the string of its first byte. Writing there
// would break the promise that strings never change, if anyone still had the
// string: but it ends with this function, as does the builder, and what is left
// is a plain block that the pointer keeps alive.
//
// Note: go:linkname to mallocgc does the same with less ceremony, and stops
// linking whenever the runtime's owners say so.
func newRaw(bytes int) unsafe.Pointer {
	var b strings.Builder
	b.Grow(roundUp(bytes, 8)) // below 8 the runtime aligns to less
	b.WriteByte(0)            // StringData is unspecified for an empty string
	return unsafe.Pointer(unsafe.StringData(b.String()))
}

// A block is one contiguous piece of memory that a strategy carves. Its base is
// aligned to Alignment at least.
type block struct {
	base    unsafe.Pointer
	bytes   int            // usable from base
	release unsafe.Pointer // what was mapped, if it is not collected
	mapped  int
}

// source is where strategies take blocks from: the Go heap, or mappings on huge
// pages outside of it.
type source struct {
	huge bool
}

const hugePage = 2 << 20

// round returns the size of the block that take returns for bytes.
func (s source) round(bytes int) int {
	if s.huge {
		return roundUp(max(bytes, 1), hugePage)
	}
	return roundUp(max(bytes, 1), Alignment)
}

// take returns a block of round(bytes) bytes, content undefined; false if there
// is no memory for it.
func (s source) take(bytes int) (block, bool) {
	if bytes > MaxBytes {
		return block{}, false
	}
	bytes = s.round(bytes)
	if s.huge {
		return takeHuge(bytes)
	}
	b := block{base: newZeroed(bytes), bytes: bytes}
	// The runtime's size classes for multiples of 64 are multiples of 64
	// themselves, so no Go release so far comes here.
	if uintptr(b.base)%Alignment != 0 {
		raw := newZeroed(bytes + Alignment)
		b.base = unsafe.Add(raw, -uintptr(raw)&(Alignment-1))
	}
	return b, true
}

// give returns a block. Those of the heap are the collector's as soon as nobody
// points to them.
func (s source) give(b block) {
	if s.huge {
		giveHuge(b)
	}
}

// check reports why take can't work here.
func (s source) check() error {
	if !s.huge {
		return nil
	}
	if err := hugeError(); err != nil {
		return fmt.Errorf("huge pages: %w", err)
	}
	return nil
}
