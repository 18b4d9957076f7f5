// Package narrow multiplies large tensors with small matrices, in blocks that stay in
// the first-level cache: what lies in another order than it is written in is rearranged
// there, so that no order of labels is slow.
package narrow

import (
	"unsafe"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/model"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/kernel/vec"
	"tnbench/internal/kernel/vec/generic"
	"tnbench/internal/kernel/vec/isa"
)

// A block of the large operand, X, is brought into the order in which the block of C is
// computed, unless it lies so already; C is computed in runs, several rows at once; and
// it is brought into its own order, unless that is the same. The matrices, Y, are
// packed once.

// tuned is how blocks are cut and what they cost.
var tuned = &model.Here.Narrow

// New returns a kernel for s, which must be fused, if there is one of less than limit
// cycles.
func New(s nest.Spec, o nest.Options, limit float64) (nest.Kernel, bool) {
	tier := o.ChosenTier()
	if floor(&s, tier) >= limit {
		return nil, false
	}
	var best *plan
	for _, swapped := range [...]bool{false, true} {
		for _, p := range plansFor(s, swapped, tier) {
			if p.cost < limit {
				best, limit = p, p.cost
			}
		}
	}
	if best == nil {
		return nil, false
	}
	return newKernel(s, best, o), true
}

// kernel follows a plan.
type kernel struct {
	typ     dtype.Type
	tier    *isa.Tier
	swapped bool // X is B
	cycles  float64
	info    nest.Info

	matrix []int32 // where the elements of Y are, in the order in which they are packed
	in     *mover  // of X; nil: it is read in place
	out    *mover  // of C; nil: it is written in place
	runs   []isa.RunOffset
	terms  []isa.TermOffset
	length int // elements of a run
	rowY   int
	rowC   int
	// The same for fans: groups by their elements, and where terms of X are.
	groups map[int][]int
	termsX []int
	stepY  int
	passes []pass
	outer  []axis // around the blocks
	blocks int
	parts  int // for workers

	threads int
	first   int // bytes of packed Y
	c       int // where the block of C is in the memory of a worker, behind that of X
	each    int // bytes of a worker
}

// pass computes some rows of all runs of a block.
type pass struct {
	rows    int
	y, c    int
	slot    uint8       // of the routine that does it,
	fan     isa.FanFunc // or this, if it is set
	vectors int
	groups  []int
}

// Info implements [nest.Kernel].
func (k *kernel) Info() nest.Info { return k.info }

// Cycles estimates how many cycles one run takes if the operands come from the caches.
func (k *kernel) Cycles() float64 { return k.cycles }

// Scratch implements [nest.Kernel].
func (k *kernel) Scratch() int { return k.first + k.threads*k.each + nest.CacheLine }

// Adds implements [nest.Adder].
func (k *kernel) Adds() bool { return k.out == nil }

// Run implements [nest.Kernel].
func (k *kernel) Run(env *nest.Env, c, a, b unsafe.Pointer) {
	x, y := a, b
	if k.swapped {
		x, y = b, a
	}
	scratch := nest.Align(env.Scratch)
	env.Turn(nest.Packing)
	k.packMatrix(scratch, y)
	env.Turn(nest.Computing)
	if k.parts > 1 && env.Workers.Size() > 1 && env.Workers.Run((*parts)(k), env, c, x, scratch, k.parts, k.threads) {
		return
	}
	k.run(env, scratch, 0, c, x, 0, k.blocks)
}

// parts runs parts of a kernel whose matrices are packed.
type parts kernel

// RunPart does a part; y is the scratch memory.
func (k *parts) RunPart(env *nest.Env, c, x, y unsafe.Pointer, part, worker int) {
	first, last := k.blocks*part/k.parts, k.blocks*(part+1)/k.parts
	(*kernel)(k).run(env, y, worker, c, x, first, last)
}

// packMatrix copies Y.
func (k *kernel) packMatrix(to, y unsafe.Pointer) {
	switch k.typ.Size() {
	case 4:
		gather[uint32](to, y, k.matrix)
	case 8:
		gather[uint64](to, y, k.matrix)
	default:
		gather[[2]uint64](to, y, k.matrix)
	}
}

// gather copies elements from anywhere.
func gather[T any](to, from unsafe.Pointer, at []int32) {
	out := unsafe.Slice((*T)(to), len(at))
	for i, o := range at {
		out[i] = *(*T)(unsafe.Add(from, int(o)))
	}
}

// run computes the blocks from one to before another.
func (k *kernel) run(env *nest.Env, scratch unsafe.Pointer, worker int, c, x unsafe.Pointer, first, last int) {
	own := unsafe.Add(scratch, k.first+worker*k.each)
	ownC := unsafe.Add(own, k.c)
	args := isa.Args{
		Runs: unsafe.SliceData(k.runs), NumRuns: len(k.runs), Terms: unsafe.SliceData(k.terms), NumTerms: len(k.terms),
		Length: k.length, RowY: k.rowY, RowC: k.rowC,
	}
	if env.Add {
		args.Add = 1
	}
	var o odometer
	o.start(k.outer, first)
	for i := first; i < last; i++ {
		args.X = unsafe.Add(x, o.x)
		if k.in != nil {
			env.Turn(nest.Packing)
			k.in.run(own, args.X)
			env.Turn(nest.Computing)
			args.X = own
		}
		to := unsafe.Add(c, o.c)
		if k.out != nil {
			to = ownC
		}
		y := unsafe.Add(scratch, o.y)
		for j := range k.passes {
			p := &k.passes[j]
			args.C, args.Y = unsafe.Add(to, p.c), unsafe.Add(y, p.y)
			switch {
			case p.fan != nil:
				p.fan((*byte)(args.C), (*byte)(args.X), (*byte)(args.Y), &p.groups[0], &p.groups[len(p.groups)-3],
					&k.termsX[0], &k.termsX[len(k.termsX)-1], k.stepY, k.rowC, args.Add)
			case p.slot == isa.NoSlot:
				generic.Stream(k.typ, isa.ScaleRuns, p.rows, &args)
			default:
				vec.Run(p.slot, &args)
			}
		}
		if k.out != nil {
			env.Turn(nest.Packing)
			k.out.run(unsafe.Add(c, o.c), ownC)
			env.Turn(nest.Computing)
		}
		o.next(k.outer)
	}
}

// odometer says where the blocks are, the first loop fastest.
type odometer struct {
	x, y, c int
	steps   [maxOuter]int
}

// maxOuter bounds the loops around the blocks.
const maxOuter = 64

// start goes to a block.
func (o *odometer) start(loops []axis, block int) {
	for i := range loops {
		l := &loops[i]
		step := block % l.extent
		block /= l.extent
		o.steps[i] = step
		o.x, o.y, o.c = o.x+step*l.x, o.y+step*l.y, o.c+step*l.c
	}
}

// next goes to the next block; after the last one, to the first.
func (o *odometer) next(loops []axis) {
	for i := range loops {
		l := &loops[i]
		o.x, o.y, o.c = o.x+l.x, o.y+l.y, o.c+l.c
		if o.steps[i]++; o.steps[i] < l.extent {
			return
		}
		o.steps[i] = 0
		o.x, o.y, o.c = o.x-l.extent*l.x, o.y-l.extent*l.y, o.c-l.extent*l.c
	}
}
