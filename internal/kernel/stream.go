package kernel

import (
	"unsafe"

	"tnbench/internal/dtype"
)

// maxDepth bounds the loops around a routine's calls.
const maxDepth = 64

// newStream returns a kernel that reads operands in long runs, once, as memory
// can deliver them. It takes any Spec, but pays only where there is little
// arithmetic per element.
func newStream(s Spec, o Options) (Kernel, bool) {
	s = s.Fused()
	if s.MACs() == 0 || len(s.Batch)+len(s.M)+len(s.N)+len(s.K) > maxDepth {
		return nil, false
	}
	return newStreamOf(s, planStream(s, &defaultLimits), o.Tier.resolve()), true
}

// newStreamOf returns the kernel that follows p, a plan for s.
func newStreamOf(s Spec, p *plan, tier Tier) *stream {
	k := &stream{swapped: p.swapped, main: lower(p, tier), info: streamInfo(s, p)}
	size := s.Type.Size()
	for _, c := range p.chunks {
		k.chunks = append(k.chunks, chunk{axis{c.n, c.x * size, c.y * size, c.c * size}, c.tile})
	}
	for _, pack := range p.packs {
		step := packing{isX: pack.isX, copy: lower(pack.copy, tier), at: k.scratch}
		k.scratch += (pack.elements*size + 63) &^ 63
		if pack.perChunk {
			k.each = append(k.each, step)
		} else {
			k.once = append(k.once, step)
		}
	}
	return k
}

// streamInfo describes a plan in terms of A and B.
func streamInfo(s Spec, p *plan) Info {
	info := Info{Class: routineNames[p.routine], BytesMoved: bytesMoved(s)}
	for _, pack := range p.packs {
		info.BytesMoved += 2 * pack.elements * s.Type.Size()
		if pack.isX != p.swapped {
			info.A = Packed
		} else {
			info.B = Packed
		}
	}
	return info
}

// stream runs a plan.
type stream struct {
	swapped bool // x is B
	once    []packing
	chunks  []chunk // in bytes
	each    []packing
	main    *program
	scratch int
	info    Info
}

// packing copies an operand to its place in scratch memory.
type packing struct {
	isX  bool
	copy *program
	at   int
}

func (k *stream) Scratch() int { return k.scratch }
func (k *stream) Info() Info   { return k.info }

func (k *stream) Run(env *Env, c, a, b unsafe.Pointer) {
	x, y := a, b
	if k.swapped {
		x, y = b, a
	}
	if k.scratch == 0 && len(k.chunks) == 0 {
		k.main.run(c, x, y)
		return
	}
	x, y = k.pack(k.once, env, x, y)
	var steps [maxDepth]int
	for {
		var oc, ox, oy int
		for i, l := range k.chunks {
			start := l.start(steps[i])
			oc, ox, oy = oc+start*l.c, ox+start*l.x, oy+start*l.y
		}
		px, py := k.pack(k.each, env, unsafe.Add(x, ox), unsafe.Add(y, oy))
		k.main.run(unsafe.Add(c, oc), px, py)
		i := len(k.chunks) - 1
		for ; i >= 0; i-- {
			if steps[i]++; steps[i] < k.chunks[i].count() {
				break
			}
			steps[i] = 0
		}
		if i < 0 {
			return
		}
	}
}

// pack copies operands to scratch and returns where each is to be read.
func (k *stream) pack(list []packing, env *Env, x, y unsafe.Pointer) (unsafe.Pointer, unsafe.Pointer) {
	for _, p := range list {
		to := unsafe.Add(env.Scratch, p.at)
		if p.isX {
			p.copy.run(to, x, one(p.copy.typ))
			x = to
		} else {
			p.copy.run(to, y, one(p.copy.typ))
			y = to
		}
	}
	return x, y
}

// ones holds the number 1 in every type: the second factor of a copy.
var ones = struct {
	f32  float32
	f64  float64
	c64  complex64
	c128 complex128
}{1, 1, 1, 1}

func one(t dtype.Type) unsafe.Pointer {
	switch t {
	case dtype.Float32:
		return unsafe.Pointer(&ones.f32)
	case dtype.Float64:
		return unsafe.Pointer(&ones.f64)
	case dtype.Complex64:
		return unsafe.Pointer(&ones.c64)
	}
	return unsafe.Pointer(&ones.c128)
}
