package kernel

// bytesMoved estimates the traffic of s if every element of the operands and of
// C moves once.
func bytesMoved(s Spec) int {
	a, b, c := 1, 1, 1
	for _, group := range [...][]Loop{s.Batch, s.M, s.N, s.K} {
		for _, l := range group {
			if l.A != 0 {
				a *= l.Extent
			}
			if l.B != 0 {
				b *= l.Extent
			}
			if l.C != 0 {
				c *= l.Extent
			}
		}
	}
	return (a + b + c) * s.Type.Size()
}

// Cycles of the routines on a core that does two loads, two multiply-adds and
// one store of a vector per cycle. They rank plans; nothing else rests on them.
const (
	runCycles  = 5.0 // to start a run
	termCycles = 1.0 // to start a term
	loadCycles = 0.5
	dotCycles  = 8.0 // to add up the lanes of a vector
)

// estimate returns the cycles of the plan's arithmetic, packing included.
func (p *plan) estimate() float64 {
	lanes := max(1, 64/p.typ.Size())
	vectors := float64((p.run.n + lanes - 1) / lanes)
	terms := float64(extent(p.sums))
	var run float64
	switch p.routine {
	case multiplyRuns:
		run = runCycles + terms*(termCycles+vectors*2*loadCycles) + vectors
	case sumRuns:
		run = runCycles + dotCycles + terms*(2*termCycles+vectors*loadCycles)
	case transposeRuns:
		across := extent(p.columns)
		tiles := float64((p.run.n+7)/8) * float64((across+7)/8)
		run = runCycles + tiles*float64(16+2*min(8, p.run.n)+2*min(8, across))
	case scaleRuns, dotRuns:
		for n := p.rows.n; n > 0; {
			rows := rowsOf(p.routine, n, p.typ.IsComplex())
			n -= rows
			j := float64(rows)
			if p.routine == scaleRuns {
				run += runCycles + terms*(termCycles+j*loadCycles+vectors*(1+j)*loadCycles) + vectors*j
			} else {
				run += runCycles + dotCycles*j + terms*(termCycles+vectors*(1+j)*loadCycles)
			}
		}
	}
	total := run * float64(extent(p.outs))
	steps := 1
	for _, c := range p.chunks {
		steps *= c.count()
	}
	total *= float64(steps)
	for _, k := range p.packs {
		if k.perChunk {
			total += k.copy.cost * float64(steps)
		} else {
			total += k.copy.cost
		}
	}
	return total
}

// traffic returns the bytes of both operands and C.
func (p *plan) traffic() int {
	elements := 0
	for _, stride := range [...]func(axis) int{strideX, strideY, strideC} {
		n := 1
		for _, group := range [...][]axis{p.outs, p.sums, p.chain, p.columns} {
			n *= footprint(group, stride)
		}
		elements += n
	}
	return elements * p.typ.Size()
}
