package kernel

import (
	"unsafe"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/model"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/kernel/stream"
)

// sequence runs kernels one after the other. Each reads the operands, or what those
// before it have left in scratch memory. Only the last ones write to C.
type sequence struct {
	typ     dtype.Type
	options nest.Options
	stages  []stage
	one     unsafe.Pointer
	room    int // bytes of what lies between stages; behind it is their scratch memory
	cycles  float64
	info    nest.Info
}

// stage is a kernel of a sequence and where its operands lie.
type stage struct {
	kernel  nest.Kernel
	c, a, b place
}

// place is an address in one of the blocks of memory that a sequence knows.
type place struct {
	in block
	at int // bytes
}

// on returns the place some bytes further on.
func (p place) on(bytes int) place { return place{p.in, p.at + bytes} }

// block is an operand or scratch memory.
type block uint8

const (
	inA block = iota
	inB
	inC
	inOne     // the number 1
	inBetween // what a stage makes for others
	blocks
)

func newSequence(t dtype.Type, o nest.Options) *sequence {
	return &sequence{typ: t, options: o, one: nest.One(t)}
}

// reserve makes room for so many elements between stages.
func (k *sequence) reserve(elements int) place {
	at := place{inBetween, k.room}
	k.room += nest.RoundUp(elements*k.typ.Size(), nest.CacheLine)
	return at
}

// add appends a kernel that takes so many cycles.
func (k *sequence) add(kernel nest.Kernel, cycles float64, c, a, b place) {
	k.stages = append(k.stages, stage{kernel, c, a, b})
	k.info.BytesMoved += kernel.Info().BytesMoved
	k.cycles += cycles + model.Here.Stages.Start
}

// stream appends a stream for a spec.
func (k *sequence) stream(s nest.Spec, c, a, b place) {
	s = s.Fused()
	kernel, ok := stream.New(s, k.options, stream.AnyCycles)
	if !ok {
		kernel = loops{s}
	}
	k.add(kernel, Cycles(kernel, s), c, a, b)
}

// sum appends what sums or copies an operand, times a number: it keeps the loops of kept.
func (k *sequence) sum(kept, terms []nest.Loop, c, a, number place) {
	k.stream(nest.Spec{Type: k.typ, M: kept, K: terms}, c, a, number)
}

// Cycles estimates how many cycles one run takes.
func (k *sequence) Cycles() float64 { return k.cycles }

// Scratch implements [nest.Kernel].
func (k *sequence) Scratch() int {
	most := 0
	for i := range k.stages {
		most = max(most, k.stages[i].kernel.Scratch())
	}
	return k.room + most
}

// Info implements [nest.Kernel].
func (k *sequence) Info() nest.Info { return k.info }

// Adds implements [nest.Adder]: the kernel that writes to C may.
func (k *sequence) Adds() bool {
	for i := range k.stages {
		if s := &k.stages[i]; s.c.in == inC && !adds(s.kernel) {
			return false
		}
	}
	return true
}

// Run implements [nest.Kernel].
func (k *sequence) Run(env *nest.Env, c, a, b unsafe.Pointer) {
	at := [blocks]unsafe.Pointer{inA: a, inB: b, inC: c, inOne: k.one, inBetween: env.Scratch}
	add := env.Add
	for i := range k.stages {
		s := &k.stages[i]
		env.Scratch = nil
		if s.kernel.Scratch() > 0 { // else the address may be past the block's end, which the collector forbids
			env.Scratch = unsafe.Add(at[inBetween], k.room)
		}
		env.Add = add && s.c.in == inC
		s.kernel.Run(env, unsafe.Add(at[s.c.in], s.c.at), unsafe.Add(at[s.a.in], s.a.at), unsafe.Add(at[s.b.in], s.b.at))
	}
	env.Scratch, env.Add = at[inBetween], add
}
