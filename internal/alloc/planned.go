package alloc

import (
	"context"
	"fmt"
	"time"
	"unsafe"

	"tnbench/internal/alloc/pack"
)

// planned gives every buffer a fixed offset in one block, worked out from the
// lifetimes before the first contraction, so that buffers that live at once
// never overlap.
//
// It models static memory planners (TFLite, XLA, TVM, MiniMalloc) and stands at
// the lower bound: no work at run time, and hardly more memory than is live at
// the peak. The block is kept between contractions; it is taken in Prepare. The
// caller must follow the lifetimes it announced to the letter.
type planned struct {
	from  source
	opt   options
	at    []unsafe.Pointer // by id
	block block
}

func newPlanned(o options) (Strategy, error) {
	p := &planned{from: source{huge: o.has("huge")}, opt: o}
	err := p.from.check()
	v := plannedVariant{planned: p, zero: o.has("zero"), hash: o.has("hash"), anew: o.has("anew"), cold: o.has("cold"), over: plannedOver(o)}
	if v.cold && err == nil {
		err = discardError()
	}
	if v.zero || v.hash || v.anew || v.cold || v.over > 0 {
		return &v, err
	}
	return p, err
}

// plannedOver returns the bytes above which buffers are planned.
func plannedOver(o options) int {
	n, _ := parseSize(o["over"]) // checked before; 0 if it is not given
	return n
}

// The search for a better plan where the greedy one is above the lower bound,
// which is rare: it ends within a thousandth of the bound, as no program gains
// from the rest, or after so many nodes, about a second. The time is a cap for
// slow machines only, since what is found within it depends on them.
const (
	planSlack = 1000
	planNodes = 1 << 18
	planTime  = 10 * time.Second
)

// Plan places the requests in one block, with offsets that are multiples of
// Alignment: what planned does in Prepare. Without search it stops after the
// greedy plan.
func Plan(requests []Request, search bool) (pack.Plan, error) {
	buffers := make([]pack.Buffer, len(requests))
	for id, r := range requests {
		buffers[id] = pack.Buffer{Lower: int(r.First), Upper: int(r.Last) + 1, Size: r.Bytes}
	}
	if !search {
		return pack.Greedy(buffers, Alignment)
	}
	if err := pack.Validate(buffers, Alignment); err != nil {
		return pack.Plan{}, err
	}
	bound := pack.LowerBound(buffers, Alignment)
	return pack.Solve(context.Background(), buffers, pack.Options{
		Align: Alignment, Capacity: bound + bound/planSlack, Nodes: planNodes, Budget: planTime,
	})
}

// Prepare implements Strategy.
func (p *planned) Prepare(requests []Request) error {
	if err := Validate(requests); err != nil || len(requests) == 0 {
		return err
	}
	plan, err := Plan(requests, !p.opt.has("greedy"))
	if err != nil {
		return fmt.Errorf("planning: %w", err)
	}
	var ok bool
	if p.block, ok = p.from.take(plan.Height); !ok {
		return outOfMemory("the planned block", plan.Height)
	}
	p.at = make([]unsafe.Pointer, len(requests))
	for id, offset := range plan.Offsets {
		p.at[id] = unsafe.Add(p.block.base, offset)
	}
	return nil
}

// Alloc implements Strategy.
func (p *planned) Alloc(id int) unsafe.Pointer { return p.at[id] }

// Free implements Strategy. The plan knows when the memory is free.
func (p *planned) Free(int, unsafe.Pointer) {}

// Reset implements Strategy.
func (p *planned) Reset() {}

// Close implements Strategy.
func (p *planned) Close() error {
	if p.block.bytes > 0 {
		p.from.give(p.block)
	}
	p.block, p.at = block{}, nil
	return nil
}

// Footprint implements Sized.
func (p *planned) Footprint() int { return p.block.bytes }

// Misses implements Reuser: the block is there before the first call.
func (p *planned) Misses() int { return 0 }

// plannedVariant is planned with one thing changed for the worse, so that it can be
// measured what planned is spared: clearing, a pool's hash map, taking and touching
// its memory, small buffers from the heap.
type plannedVariant struct {
	*planned
	zero, hash, anew, cold bool
	over                   int // bytes

	bytes  []int
	offset []int // by id, in the block; ofHeap: it is not there
	room   int   // of the block
	sizes  map[int]*uses
	held   int // of the heap
	misses int
}

const ofHeap = -1

// uses counts the live buffers of a size.
type uses struct{ live int }

// Prepare implements Strategy.
func (v *plannedVariant) Prepare(requests []Request) error {
	if err := Validate(requests); err != nil {
		return err
	}
	if err := v.planned.Prepare(largerThan(v.over, requests)); err != nil {
		return err
	}
	v.bytes, v.room, v.offset = sizes(requests), v.block.bytes, make([]int, len(requests))
	at := v.planned.at
	v.sizes = map[int]*uses{}
	for id, bytes := range v.bytes {
		v.sizes[bytes] = &uses{}
		if v.offset[id] = ofHeap; bytes > v.over {
			v.offset[id] = int(uintptr(at[0]) - uintptr(v.block.base))
			at = at[1:]
		}
	}
	v.planned.at = nil // or the block would stay when it is dropped
	v.giveUp()
	return nil
}

// largerThan returns the requests of more than so many bytes.
func largerThan(bytes int, requests []Request) (larger []Request) {
	for _, r := range requests {
		if r.Bytes > bytes {
			larger = append(larger, r)
		}
	}
	return larger
}

// giveUp does to the block what is done to it between contractions.
func (v *plannedVariant) giveUp() {
	switch {
	case v.anew:
		v.planned.Close()
	case v.cold && v.block.bytes > 0:
		discard(v.block.base, v.block.bytes)
	}
}

// Alloc implements Strategy.
func (v *plannedVariant) Alloc(id int) unsafe.Pointer {
	if v.hash {
		v.sizes[v.bytes[id]].live++
	}
	offset := v.offset[id]
	if offset == ofHeap {
		v.misses++
		v.held += v.bytes[id]
		return newRaw(v.bytes[id])
	}
	if v.block.base == nil {
		var ok bool
		if v.block, ok = v.from.take(v.room); !ok {
			return nil
		}
		v.misses++
	}
	p := unsafe.Add(v.block.base, offset)
	if v.zero {
		clear(unsafe.Slice((*byte)(p), v.bytes[id]))
	}
	return p
}

// Free implements Strategy.
func (v *plannedVariant) Free(id int, _ unsafe.Pointer) {
	if v.hash {
		v.sizes[v.bytes[id]].live--
	}
	if v.offset[id] == ofHeap {
		v.held -= v.bytes[id]
	}
}

// Reset implements Strategy.
func (v *plannedVariant) Reset() {
	v.held = 0
	v.giveUp()
}

// Footprint implements Sized.
func (v *plannedVariant) Footprint() int { return v.block.bytes + v.held }

// Misses implements Reuser.
func (v *plannedVariant) Misses() int { return v.misses }
