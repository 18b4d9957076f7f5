package pack

import (
	"math/bits"
	"slices"
)

// placeInTime places the buffers in the order of their births, as an allocator
// that sees only the present would: best fit by size class, freed neighbours
// merge. It needs no pairs of conflicts, so it serves programs of which so
// much lives at once that those would be too many, in O(n log n).
func placeInTime(t *task) []int {
	h := heap{}
	offsets := make([]int, len(t.buffers))
	blocks := make([]int32, len(t.buffers))
	ends, e := endsByUpper(t.buffers), 0
	for _, i := range byLower(t.buffers) {
		for ; e < len(ends) && t.buffers[ends[e]].Upper <= t.buffers[i].Lower; e++ {
			if t.buffers[ends[e]].Size > 0 {
				h.free(blocks[ends[e]])
			}
		}
		if size := t.buffers[i].Size; size > 0 {
			blocks[i] = h.alloc(size)
			offsets[i] = h.blocks[blocks[i]].offset
		}
	}
	return offsets
}

// heap tiles the bytes [0, top) with blocks, used or free. No two free blocks
// are neighbours, and none touches the top.
type heap struct {
	blocks  []block
	last    int32            // the block that ends at top, if blocks is not empty
	top     int              // end of the tiled bytes
	classes [classes][]int32 // free blocks by size class, in no order
	spare   []int32          // records of merged blocks, for reuse
}

// block is a record of the heap. Neighbours are positions in heap.blocks, none
// is -1.
type block struct {
	offset, size int
	before       int32
	after        int32
	free         bool
	slot         int32 // position in its class while free
}

// classes: eight per power of two.
const classes = 64 * 8

// classOf returns the class of a size; sizes of a class differ by at most 1/8.
func classOf(size int) int {
	if size < 8 {
		return size
	}
	log := bits.Len(uint(size)) - 1
	return (log-2)*8 + size>>(log-3)&7
}

// alloc returns a used block of the given size: from the smallest class that
// has one large enough, else from the top.
func (h *heap) alloc(size int) int32 {
	for c := classOf(size); c < classes; c++ {
		if b := h.pick(c, size); b >= 0 {
			h.unlist(b)
			h.split(b, size)
			return b
		}
	}
	return h.grow(size)
}

// pick looks for a free block of class c with at least size bytes. Only the
// class of the size itself can hold smaller ones; the search there is cut off.
func (h *heap) pick(c, size int) int32 {
	const tries = 16
	list := h.classes[c]
	best := int32(-1)
	for _, b := range list[max(0, len(list)-tries):] {
		if s := h.blocks[b].size; s >= size && (best < 0 || s < h.blocks[best].size) {
			best = b
		}
	}
	return best
}

// split cuts a used block down to size and frees the rest.
func (h *heap) split(b int32, size int) {
	rest := h.blocks[b].size - size
	if rest == 0 {
		return
	}
	old := h.blocks[b]
	r := h.record(block{offset: old.offset + size, size: rest, before: b, after: old.after})
	h.blocks[b].size, h.blocks[b].after = size, r
	if old.after >= 0 {
		h.blocks[old.after].before = r
	} else {
		h.last = r
	}
	h.list(r)
}

// grow returns a new used block at the top.
func (h *heap) grow(size int) int32 {
	before := int32(-1)
	if h.top > 0 {
		before = h.last
	}
	b := h.record(block{offset: h.top, size: size, before: before, after: -1})
	if before >= 0 {
		h.blocks[before].after = b
	}
	h.last = b
	h.top += size
	return b
}

// free gives a used block back and merges it with free neighbours. A block at
// the top lowers the top instead of being listed.
func (h *heap) free(b int32) {
	if before := h.blocks[b].before; before >= 0 && h.blocks[before].free {
		h.unlist(before)
		h.absorb(before)
		b = before
	}
	if after := h.blocks[b].after; after >= 0 && h.blocks[after].free {
		h.unlist(after)
		h.absorb(b)
	}
	if h.blocks[b].after >= 0 {
		h.list(b)
		return
	}
	h.top = h.blocks[b].offset
	h.last = h.blocks[b].before
	if h.last >= 0 {
		h.blocks[h.last].after = -1
	}
	h.spare = append(h.spare, b)
}

// absorb merges the block after b into b.
func (h *heap) absorb(b int32) {
	gone := h.blocks[b].after
	h.blocks[b].size += h.blocks[gone].size
	h.blocks[b].after = h.blocks[gone].after
	if after := h.blocks[b].after; after >= 0 {
		h.blocks[after].before = b
	} else {
		h.last = b
	}
	h.spare = append(h.spare, gone)
}

func (h *heap) list(b int32) {
	c := classOf(h.blocks[b].size)
	h.blocks[b].free = true
	h.blocks[b].slot = int32(len(h.classes[c]))
	h.classes[c] = append(h.classes[c], b)
}

func (h *heap) unlist(b int32) {
	c := classOf(h.blocks[b].size)
	list := h.classes[c]
	moved := list[len(list)-1]
	list[h.blocks[b].slot] = moved
	h.blocks[moved].slot = h.blocks[b].slot
	h.classes[c] = slices.Delete(list, len(list)-1, len(list))
	h.blocks[b].free = false
}

// record stores a block, in a spare record if there is one.
func (h *heap) record(b block) int32 {
	if k := len(h.spare); k > 0 {
		id := h.spare[k-1]
		h.spare = h.spare[:k-1]
		h.blocks[id] = b
		return id
	}
	h.blocks = append(h.blocks, b)
	return int32(len(h.blocks) - 1)
}
