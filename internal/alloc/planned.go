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
	return p, p.from.check()
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
