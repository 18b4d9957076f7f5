// Package stream is for contractions bound by memory: it reads operands in long runs,
// once, as memory can deliver them, and permutes and sums them on the way.
package stream

import (
	"math"
	"unsafe"

	"tnbench/internal/kernel/model"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/kernel/vec/isa"
)

// tuned is how streams are cut and what they cost.
var tuned = &model.Here.Stream

// New returns a kernel that reads operands in long runs, once, as memory
// can deliver them, if there is one of less than limit cycles. It takes any Spec,
// which must be fused, but pays only where there is little arithmetic per element.
func New(s nest.Spec, o nest.Options, limit float64) (nest.Kernel, bool) {
	if s.MACs() == 0 || limit <= 0 || len(s.Batch)+len(s.M)+len(s.N)+len(s.K) > maxDepth {
		return nil, false
	}
	m := schedulers.Get().(*scheduler)
	defer schedulers.Put(m)
	defer m.forget()
	p := m.cheapestFor(s, o.ChosenTier(), &tuned.Limits, limit)
	if p == nil {
		return nil, false
	}
	return newOf(s, p, o), true
}

// AnyCycles is the limit of those who take any stream.
var AnyCycles = math.Inf(1)

// newOf returns the kernel that follows p, a schedule for s.
func newOf(s nest.Spec, p *schedule, o nest.Options) *stream {
	tier, size := o.ChosenTier(), s.Type.Size()
	k := &stream{swapped: p.swapped, main: newScript(p, tier), info: streamInfo(s, p), cycles: p.cost, threads: max(1, o.Threads)}
	k.cycles *= tuned.Stretch
	for _, c := range p.chunks {
		k.chunks = append(k.chunks, chunk{c.Scaled(size), c.tile})
		k.rounds = append(k.rounds, nest.Loop{Extent: c.count()})
	}
	for _, perChunk := range [...]bool{false, true} {
		// What each worker packs comes last: there is one of it for each.
		for _, pack := range p.packs {
			if pack.perChunk != perChunk {
				continue
			}
			step := packing{isX: pack.isX, copy: newScript(pack.copy, tier), at: k.scratch}
			bytes := (pack.elements*size + 63) &^ 63
			k.scratch += bytes
			if perChunk {
				k.each, k.perEach = append(k.each, step), k.perEach+bytes
			} else {
				k.once = append(k.once, step)
			}
		}
	}
	k.units, k.parts = k.unitsOf(), 1
	if k.info.BytesMoved >= p.limits.SharedBytes && k.threads > 1 {
		k.parts = min(k.units, tuned.PartsPerWorker*k.threads)
	}
	return k
}

// vectorOf returns the bytes of a tier's vectors.
func vectorOf(tier *isa.Tier) int {
	const double = 8
	return tier.MicrosFor(double).Lanes * double
}

// streamInfo describes a schedule in terms of A and B.
func streamInfo(s nest.Spec, p *schedule) nest.Info {
	info := nest.Info{Class: p.routine.String(), BytesMoved: nest.BytesMoved(s)}
	for _, pack := range p.packs {
		info.BytesMoved += 2 * pack.elements * s.Type.Size()
		if pack.isX != p.swapped {
			info.A = nest.Packed
		} else {
			info.B = nest.Packed
		}
	}
	return info
}

// stream runs a schedule.
type stream struct {
	swapped bool // x is B
	once    []packing
	chunks  []chunk     // in bytes
	rounds  []nest.Loop // as many as there are steps of each
	each    []packing
	main    *script
	scratch int // of one worker and what is packed once
	perEach int // bytes of each worker for what is packed per chunk
	units   int // how finely it can be shared out
	parts   int // how many it is, 1 if it is too small
	threads int
	cycles  float64
	info    nest.Info
}

// packing copies an operand to its place in scratch memory.
type packing struct {
	isX  bool
	copy *script
	at   int
}

func (k *stream) Info() nest.Info { return k.info }

// Cycles estimates how many cycles one run takes if the operands come from the caches.
func (k *stream) Cycles() float64 { return k.cycles }

func (k *stream) Scratch() int { return k.scratch + (k.threads-1)*k.perEach }

func (k *stream) Run(env *nest.Env, c, a, b unsafe.Pointer) {
	x, y := a, b
	if k.swapped {
		x, y = b, a
	}
	x, y = k.pack(k.once, env, 0, x, y)
	if k.parts > 1 && env.Workers.Size() > 1 &&
		env.Workers.Run((*streamParts)(k), env, c, x, y, k.parts, k.threads) {
		return
	}
	k.runUnits(env, 0, c, x, y, 0, k.units)
}

// streamParts runs parts of a stream whose operands are in order and packed.
type streamParts stream

// RunPart implements [nest.Divided].
func (k *streamParts) RunPart(env *nest.Env, c, x, y unsafe.Pointer, part, worker int) {
	first, last := k.units*part/k.parts, k.units*(part+1)/k.parts
	(*stream)(k).runUnits(env, worker, c, x, y, first, last)
}

// runUnits does a range of units.
func (k *stream) runUnits(env *nest.Env, worker int, c, x, y unsafe.Pointer, first, last int) {
	if len(k.chunks) == 0 {
		k.main.run(c, x, y, first, last)
		return
	}
	if last == k.units {
		last = k.chunks[0].count() // see unitsOf
	}
	var o odometer
	o.start(k.rounds, first, last)
	for {
		for range o.times {
			var at place
			for i := range k.chunks {
				l := &k.chunks[i]
				start := l.start(o.steps[i])
				at = place{at.x + start*l.A, at.y + start*l.B, at.c + start*l.C}
			}
			px, py := k.pack(k.each, env, worker, unsafe.Add(x, at.x), unsafe.Add(y, at.y))
			k.main.run(unsafe.Add(c, at.c), px, py, 0, k.main.units)
			o.steps[len(k.chunks)-1]++
		}
		o.steps[len(k.chunks)-1] = 0
		if !o.next() {
			return
		}
	}
}

// unitsOf returns how finely a kernel can be shared out: by its main script or
// its outermost chunk loop. The last two steps of the latter may overlap and
// then make one unit, so that no two workers write the same element.
func (k *stream) unitsOf() int {
	if len(k.chunks) == 0 {
		return k.main.units
	}
	l := k.chunks[0]
	if n := l.count(); l.Extent%l.tile != 0 && n > 1 {
		return n - 1
	}
	return l.count()
}

// pack copies operands to scratch and returns where each is to be read.
func (k *stream) pack(list []packing, env *nest.Env, worker int, x, y unsafe.Pointer) (unsafe.Pointer, unsafe.Pointer) {
	for _, p := range list {
		env.Turn(nest.Packing)
		to := unsafe.Add(env.Scratch, p.at+worker*k.perEach)
		if p.isX {
			p.copy.run(to, x, nest.One(p.copy.typ), 0, p.copy.units)
			x = to
		} else {
			p.copy.run(to, y, nest.One(p.copy.typ), 0, p.copy.units)
			y = to
		}
		env.Turn(nest.Computing)
	}
	return x, y
}
