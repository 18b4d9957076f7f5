package kernel

import (
	"math"

	"tnbench/internal/kernel/model"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/kernel/product"
)

// tuned is what estimates are made of.
var tuned = &model.Here.Layout

// Sized is a Spec of which is known what does not depend on the order of axes: for
// estimates of one layout after the other.
type Sized struct {
	nest.Spec
	nest.Extents
	size       int  // bytes of an element
	lanes      int  // elements of a vector
	oneA, oneB bool // all terms of a sum use the same element of an operand

	pays           bool    // a blocked product may
	alongN, alongM float64 // time of its arithmetic with vectors along N and M
	// The least times of a blocked product and of streaming.
	leastProduct, leastStream float64

	termsA, termsB int // of a sum that are contiguous in an operand

	// Far says that an operand or C is a slice of a tensor that no cache holds, however
	// small the slice is.
	Far bool
}

// Size returns s, its loops counted.
func Size(s nest.Spec) Sized {
	z := Sized{Spec: s, Extents: s.Extents(), size: s.Type.Size(), oneA: true, oneB: true}
	z.lanes = max(1, 64/z.size)
	for _, l := range s.K {
		z.oneA = z.oneA && l.A == 0
		z.oneB = z.oneB && l.B == 0
	}
	z.pays = product.Pays(z.Extents)
	z.alongN, z.alongM = z.arithmetic(z.Rows, z.Cols), z.arithmetic(z.Cols, z.Rows)
	z.leastProduct = min(z.alongN, z.alongM) + 2*moving(z.Elements(), tuned.FullRun)
	passing := float64(z.Work()) / z.shared()
	z.leastStream = min(z.alongSum(passing, z.Terms), z.alongRun(passing, tuned.FullRun))
	z.follow()
	return z
}

// follow finds out how sums run.
func (s *Sized) follow() { s.termsA, s.termsB = nest.RunOf(s.K, nest.A), nest.RunOf(s.K, nest.B) }

// Estimate returns roughly how long s takes, in cycles of one core, from its loops
// alone. It is there to rank layouts of the same contraction: what it
// knows is that operands are read and C is written in contiguous runs, and that
// short runs cost. It allocates nothing.
func (s *Sized) Estimate() float64 {
	s.follow()
	if !s.pays {
		return s.estimateStream()
	}
	if s.leastStream < s.leastProduct {
		stream := s.estimateStream()
		if stream <= s.leastProduct {
			return stream
		}
		return min(stream, s.estimateProduct())
	}
	product := s.estimateProduct()
	if product <= s.leastStream {
		return product
	}
	return min(product, s.estimateStream())
}

// Least returns what no estimate is below.
func (s *Sized) Least() float64 {
	if s.pays {
		return min(s.leastProduct, s.leastStream)
	}
	return s.leastStream
}

// estimateProduct is for blocked products: vectors run along the side that is
// contiguous in C, the other side is broadcast; each is used in place where that
// is possible, and otherwise packed along its own runs.
func (s *Sized) estimateProduct() float64 {
	row := side{s.Rows, panelRun(s.M, nest.A), s.termsA}
	col := side{s.Cols, panelRun(s.N, nest.B), s.termsB}
	runM, runN := nest.RunOf(s.M, nest.C), nest.RunOf(s.N, nest.C)
	arithmetic := s.alongN
	if runM > 1 && runN == 1 {
		row, col = col, row
		arithmetic = s.alongM
	}
	total := arithmetic + 2*s.moving(s.Elements(), max(runM, runN))
	rowsInPlace, colsInPlace := product.SidesInPlace(product.Shape{Batch: s.Batches, Rows: row.extent, Cols: col.extent, Depth: s.Terms, Size: s.size, Parts: 1},
		8, 3*s.lanes, product.Placement{ColsAble: product.WholeVectors(col.run, col.extent, s.lanes), RowRun: max(row.run, row.terms)})
	return total + row.reading(s.Batches*s.Terms, rowsInPlace) + col.reading(s.Batches*s.Terms, colsInPlace)
}

// arithmetic is the time of a blocked product besides moving anything. Tiles have 8
// rows and 3 vectors; the last ones are smaller, but never faster than a chain of
// multiply-adds or their loads.
func (s *Sized) arithmetic(rows, cols int) float64 {
	vectors := (cols + s.lanes - 1) / s.lanes
	panels := float64(rows/8)*12 + max(model.Here.Product.Chain, 1.5*float64(rows%8))*float64(min(1, rows%8))
	return float64(s.Batches*vectors) / 3 * (float64(s.Terms)*panels + tuned.Tile*float64((rows+7)/8))
}

// side is an operand of a product as it is estimated: the extent of its own loops,
// and what panels find contiguous of them and of the terms of a sum.
type side struct{ extent, run, terms int }

// reading is the cost of reading a side in place or of packing it, which has its
// own loops so many times.
func (d side) reading(times int, inPlace bool) float64 {
	elements := times * d.extent
	run := max(d.terms, d.run)
	if !inPlace {
		return panels(elements, run)
	}
	if run >= tuned.PlacedRun {
		run = tuned.FullRun
	}
	cost := moving(elements, run)
	if elements > tuned.FarElements && d.terms == 1 {
		cost += tuned.FarHop * float64(elements)
	}
	return cost
}

// panelRun returns how many elements of an operand are contiguous when the loops
// of one group are taken in the order of C, as panels take them.
func panelRun(loops []nest.Loop, operand nest.Operand) int {
	run := 1
	for after := 0; ; {
		var next *nest.Loop // that goes on along the run; it must be the next one in C, too
		nearest := math.MaxInt
		for i := range loops {
			l := &loops[i]
			if l.Extent <= 1 || l.C <= after {
				continue
			}
			nearest = min(nearest, l.C)
			if l.Stride(operand) == run {
				next = l
			}
		}
		if next == nil || next.C != nearest {
			return run
		}
		run *= next.Extent
		after = next.C
	}
}

// panels is the cost of copying an operand into panels.
func panels(elements, run int) float64 {
	cost := moving(elements, run) + tuned.Packed*float64(elements)
	if elements > tuned.FarElements {
		cost += tuned.FarElement * float64(elements)
	}
	return cost
}

// moving is the cost of reading or writing elements in runs of a length.
func (s *Sized) moving(elements, run int) float64 {
	if s.Far {
		return movingRuns(elements, run, tuned.FarRun)
	}
	return moving(elements, run)
}

func moving(elements, run int) float64 {
	if elements > tuned.FarElements {
		return movingRuns(elements, run, tuned.FarRun)
	}
	return movingRuns(elements, run, tuned.Run)
}

// movingRuns is moving if it takes so much to start a run.
func movingRuns(elements, run int, start float64) float64 {
	return float64(elements) * (tuned.Element + start/float64(min(run, tuned.FullRun)))
}

// estimateStream is for everything else: operands stream along the innermost
// loops that all of them can follow, or along a sum; a few rows of the result
// share the operand that does not depend on them.
func (s *Sized) estimateStream() float64 {
	run, a, b := jointRun(&s.Spec)
	passing := float64(s.Work())
	if !a || !b {
		passing /= s.shared()
	}
	if along := s.sumRun(); along > run {
		return s.alongSum(passing, along)
	}
	total := s.alongRun(passing, run)
	// A large operand that does not follow the run is read element by element,
	// each from another cache line.
	for _, o := range [...]struct {
		follows  bool
		elements int
	}{{a, s.Batches * s.Rows * s.Terms}, {b, s.Batches * s.Cols * s.Terms}} {
		if !o.follows && o.elements > tuned.FarElements {
			total += float64(o.elements) * tuned.Run
		}
	}
	return total
}

// shared returns how many rows share what passes by.
func (s *Sized) shared() float64 { return float64(min(tuned.Sharing, s.Rows, s.Cols)) }

// alongSum estimates streams along runs of so many terms of a sum, while so many
// elements pass by.
func (s *Sized) alongSum(passing float64, terms int) float64 {
	return float64(s.Work())*tuned.MAC + passing*(tuned.Element+tuned.Run/float64(terms)) + float64(s.Elements())*4*tuned.Run + s.sweeping()
}

// sweeping is what dot products lose because each row of one operand reads all of the
// other one again, from wherever that fits. It is left out where no blocked product
// could do better.
func (s *Sized) sweeping() float64 {
	each, bytes := 0.0, min(s.Rows, s.Cols)*s.Terms*s.size
	switch {
	case !s.pays:
	case bytes > model.Here.Caches.AtHand:
		each = tuned.FarSweep
	case bytes > model.Here.Caches.Second:
		each = tuned.Sweep
	}
	return float64(s.Work()) * each * float64(s.size) / 8
}

// alongRun estimates streams along runs of C, while so many elements pass by.
func (s *Sized) alongRun(passing float64, run int) float64 {
	start := tuned.Run
	if s.Far || s.Elements() > tuned.FarElements {
		start = tuned.FarRun
	}
	runs := 1 / float64(min(run, tuned.FullRun)) // per element
	return float64(s.Work())*(tuned.MAC+tuned.Term*runs) + passing*2*tuned.Element + float64(s.Elements())*start*runs
}

// jointRun returns how many elements of C lie in a run along which A and B are
// contiguous or constant each, and which of them are contiguous.
func jointRun(s *nest.Spec) (run int, aMoves, bMoves bool) {
	run = 1
	var a, b int // 0: undecided, 1: contiguous, -1: constant
	for again := true; again; {
		again = false
		for _, group := range [...][]nest.Loop{s.N, s.M, s.Batch} {
			for i := len(group) - 1; i >= 0; i-- {
				l := &group[i]
				if l.Extent <= 1 || l.C != run {
					continue
				}
				if !follows(&a, l.A, run) || !follows(&b, l.B, run) {
					return run, a > 0, b > 0
				}
				run *= l.Extent
				again = true
			}
		}
	}
	return run, a > 0, b > 0
}

// follows reports whether an operand goes on as it began when a run is extended
// by a loop in which it has this stride.
func follows(state *int, stride, run int) bool {
	var now int
	switch stride {
	case run:
		now = 1
	case 0:
		now = -1
	default:
		return false
	}
	if *state == 0 {
		*state = now
	}
	return *state == now
}

// sumRun returns how many terms of a sum are contiguous in A and contiguous or
// constant in B, or the other way round.
func (s *Sized) sumRun() int {
	switch {
	case s.oneB:
		return s.termsA
	case s.oneA:
		return s.termsB
	}
	return min(s.termsA, s.termsB)
}
