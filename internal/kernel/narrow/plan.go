package narrow

import (
	"cmp"
	"slices"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/model"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/kernel/vec/isa"
)

// class is what a loop is for.
type class uint8

const (
	free class = iota // of X and C
	batch
	row // of Y and C
	sum
	classes
)

// axis is a loop whose extent is a prime number; strides are in bytes.
type axis struct {
	class
	extent, x, y, c int
}

// plan is a way to compute a contraction.
type plan struct {
	typ     dtype.Type
	tier    *isa.Tier
	swapped bool
	all     [classes]int // extents

	inner   []axis // free loops of a block in the order of scratch memory, the first fastest
	batches []axis // those of a block
	rows    []axis // the nearest in C first
	sums    []axis
	outer   []axis // around the blocks
	chain   int    // how many of inner make a run
	run     int    // elements of it

	packX, unpackC bool
	cost           float64
}

// axesOf lists the prime loops of s; ok says whether Y is small and X is what it takes.
func axesOf(s nest.Spec, swapped bool) (axes []axis, all [classes]int, ok bool) {
	if swapped {
		s = s.Turned()
	}
	size := s.Type.Size()
	all = [classes]int{1, 1, 1, 1}
	for g, loops := range [...][]nest.Loop{free: s.M, batch: s.Batch, row: s.N, sum: s.K} {
		for _, l := range loops {
			all[g] *= l.Extent
		}
	}
	matrix := all[batch] * all[row] * all[sum]
	if all[free] < tuned.LeastFree || all[row] > tuned.MostSide || all[sum] > tuned.MostSide || matrix*size > tuned.MatrixBytes ||
		matrix*all[free] < tuned.LeastWork {
		return nil, all, false
	}
	for g, loops := range [...][]nest.Loop{free: s.M, batch: s.Batch, row: s.N, sum: s.K} {
		for _, l := range loops {
			a := axis{class(g), 1, l.A * size, l.B * size, l.C * size}
			if a.class != row && a.x == 0 {
				return nil, all, false
			}
			axes = appendPrimes(axes, a, l.Extent)
		}
	}
	return axes, all, len(axes) <= maxOuter
}

// appendPrimes cuts a loop into loops of prime extents, the innermost first.
func appendPrimes(axes []axis, a axis, extent int) []axis {
	for f := 2; extent > 1; {
		if extent%f != 0 {
			if f++; f*f > extent {
				f = extent
			}
			continue
		}
		a.extent = f
		axes = append(axes, a)
		a.x, a.y, a.c = a.x*f, a.y*f, a.c*f
		extent /= f
	}
	return axes
}

// plansFor lists ways to compute s with X as the large operand.
func plansFor(s nest.Spec, swapped bool, tier *isa.Tier) (plans []*plan) {
	axes, all, ok := axesOf(s, swapped)
	if !ok {
		return nil
	}
	base := plan{typ: s.Type, tier: tier, swapped: swapped, all: all}
	block := blockOf(axes, all, s.Type.Size())
	for i, a := range axes {
		switch {
		case a.class == row:
			base.rows = append(base.rows, a)
		case a.class == sum:
			base.sums = append(base.sums, a)
		case !block[i]:
			base.outer = append(base.outer, a)
		case a.class == batch:
			base.batches = append(base.batches, a)
		default:
			base.inner = append(base.inner, a)
		}
	}
	inC := func(a, b axis) int { return cmp.Compare(a.c, b.c) }
	inX := func(a, b axis) int { return cmp.Compare(a.x, b.x) }
	slices.SortStableFunc(base.rows, inC)
	slices.SortStableFunc(base.sums, inX)
	slices.SortStableFunc(base.outer, inX)
	for _, order := range [...]func(a, b axis) int{inC, inX} {
		base.inner = slices.SortedStableFunc(slices.Values(base.inner), order)
		if len(plans) > 0 && slices.Equal(base.inner, plans[0].inner) {
			break
		}
		plans = append(plans, base.arranged()...)
	}
	return plans
}

// arranged lists the plan with and without rearranging X and C, if that makes runs longer.
func (p plan) arranged() (plans []*plan) {
	var runs [2][2]int
	for x := range 2 {
		for c := range 2 {
			q := p
			q.packX, q.unpackC = x > 0, c > 0
			q.findRun()
			runs[x][c] = q.run
			if x > 0 && q.run == runs[0][c] || c > 0 && q.run == runs[x][0] {
				continue
			}
			q.cost = q.estimate()
			plans = append(plans, &q)
		}
	}
	return plans
}

// moved returns the bytes of X and C.
func moved(all [classes]int, size int) int {
	return (all[sum] + all[row]) * all[free] * all[batch] * size
}

// blockOf chooses the loops of a block: those along which C and X are contiguous, as
// many as the first-level cache holds.
func blockOf(axes []axis, all [classes]int, size int) []bool {
	in := make([]bool, len(axes))
	each, elements := (all[sum]+all[row])*size, 1
	add := func(i, bytes int) bool {
		a := &axes[i]
		if in[i] || a.class == row || a.class == sum {
			return true
		}
		if elements*a.extent*each > bytes {
			return false
		}
		in[i] = true
		elements *= a.extent
		return true
	}
	// A run of an operand as long as that, in a block of so many bytes.
	along := func(stride func(*axis) int, run, bytes int) {
		for next, again := size, true; again && next < run; {
			again = false
			for i := range axes {
				if stride(&axes[i]) == next {
					if !add(i, bytes) {
						return
					}
					next *= axes[i].extent
					again = true
					break
				}
			}
		}
	}
	inC := func(a *axis) int { return a.c }
	inX := func(a *axis) int { return a.x }
	run := nest.CacheLine
	if moved(all, size) > tuned.FarBytes {
		run = tuned.FarRun
	}
	along(inC, run, tuned.MostBytes)
	along(inX, run, tuned.MostBytes)
	along(inC, tuned.BlockBytes, tuned.BlockBytes)
	along(inX, tuned.BlockBytes, tuned.BlockBytes)
	for again := true; again; {
		again = false
		nearest := -1
		for i := range axes {
			if a := &axes[i]; a.class == free && !in[i] && (nearest < 0 || a.c < axes[nearest].c) {
				nearest = i
			}
		}
		if nearest >= 0 && elements*each < tuned.BlockBytes/2 {
			again = add(nearest, tuned.BlockBytes)
		}
	}
	return in
}

// findRun finds out along which of the inner loops the arithmetic can go.
func (p *plan) findRun() {
	size := p.typ.Size()
	p.chain, p.run = 0, 1
	for _, a := range p.inner {
		if !p.packX && a.x != p.run*size || !p.unpackC && a.c != p.run*size {
			return
		}
		p.run *= a.extent
		p.chain++
	}
}

// strides returns where the inner loops, the batches and a last group of a block are in
// scratch memory, one after the other, and how many elements there are.
func (p *plan) strides(last []axis) (strides []int, elements int) {
	next := 1
	for _, group := range [...][]axis{p.inner, p.batches, last} {
		for _, a := range group {
			strides = append(strides, next*p.typ.Size())
			next *= a.extent
		}
	}
	return strides, next
}

// moving lists the loops over a block of X, from it to scratch memory, or of C, from
// scratch memory.
func (p *plan) moving(last []axis, c bool) (steps []step) {
	strides, _ := p.strides(last)
	for _, group := range [...][]axis{p.inner, p.batches, last} {
		for _, a := range group {
			s := step{a.extent, a.x, strides[len(steps)]}
			if c {
				s = step{a.extent, strides[len(steps)], a.c}
			}
			steps = append(steps, s)
		}
	}
	return steps
}

// estimate returns the cycles of all blocks.
func (p *plan) estimate() float64 {
	size := p.typ.Size()
	cost := tuned.Block
	if p.packX {
		w := wayOf(p.moving(p.sums, false), size)
		cost += tuned.Call + w.cycles(size, p.tier)
	}
	if p.unpackC {
		w := wayOf(p.moving(p.rows, true), size)
		cost += tuned.Call + w.cycles(size, p.tier)
	}
	elements := extent(p.inner) * extent(p.batches)
	runs := float64(elements / p.run)
	for _, n := range p.passes() {
		cost += tuned.Call + runs*p.runCycles(n.rows)
	}
	if moved(p.all, size) > tuned.FarBytes {
		cost *= tuned.Far
	}
	return tuned.Start + float64(extent(p.outer))*cost + tuned.Single*float64(p.all[batch]*p.all[row]*p.all[sum])
}

// reals returns the size of the real numbers that an element has, and how many there are.
func reals(t dtype.Type) (size, parts int) {
	if t.IsComplex() {
		return t.Size() / 2, 2
	}
	return t.Size(), 1
}

// runCycles estimates so many rows of one run.
func (p *plan) runCycles(rows int) float64 {
	real, parts := reals(p.typ)
	m, terms := p.tier.MicrosFor(real), float64(p.all[sum])
	group := func(vectors int, each float64) float64 {
		loads := float64(vectors+rows*parts)*tuned.Load + each
		return terms*max(loads, float64(vectors*rows*parts)*tuned.FMA) + float64(vectors*rows)*tuned.Store + tuned.Group
	}
	lanes := max(1, m.Lanes/parts)
	if v := p.fanned(rows); v > 0 {
		return float64(p.run/(v*lanes)) * group(v, tuned.FanTerm)
	}
	held := max(1, scaleSums/(rows*parts))
	whole, rest := p.run/lanes, p.run%lanes
	cost := tuned.Run + float64(whole/held)*group(held, tuned.Term)
	if left := whole % held; left > 0 {
		cost += group(left, tuned.Term)
	}
	switch {
	case rest > 0 && m.Masks:
		cost += group(1, tuned.Term)
	case rest > 0:
		cost = tuned.Ragged * (cost + float64(rest)*group(1, tuned.Term))
	}
	return cost
}

// scaleSums is about how many sums routines of streams have at once.
const scaleSums = 8

// fanned returns how many vectors of so many rows a fan does at once, 0 if none can.
func (p *plan) fanned(rows int) int {
	size := p.typ.Size()
	if p.typ.IsComplex() {
		return 0
	}
	fans, lanes := p.tier.FansFor(size), p.tier.MicrosFor(size).Lanes
	for v := 4; v > 0; v /= 2 {
		if rows < len(fans) && fans[rows][v] != nil && p.run%(v*lanes) == 0 {
			return v
		}
	}
	return 0
}

// extent returns the iterations of loops.
func extent(axes []axis) int {
	n := 1
	for i := range axes {
		n *= axes[i].extent
	}
	return n
}

// floor returns cycles that any plan for s takes at least.
func floor(s *nest.Spec, tier *isa.Tier) float64 {
	real, parts := reals(s.Type)
	e, lanes := s.Extents(), float64(tier.MicrosFor(real).Lanes)
	return (float64(e.Work()*parts*parts)*tuned.FMA + float64(e.Elements()*parts)*tuned.Store) / lanes
}

// passes shares out the rows: those that follow each other evenly in what is computed,
// a few at a time.
func (p *plan) passes() (passes []pass) {
	size := p.typ.Size()
	strides, _ := p.strides(p.rows)
	strides = strides[len(strides)-len(p.rows):]
	if !p.unpackC {
		for i := range p.rows {
			strides[i] = p.rows[i].c
		}
	}
	even, together := 0, 1 // rows that are evenly apart
	for even < len(p.rows) && strides[even] == strides[0]*together {
		together *= p.rows[even].extent
		even++
	}
	starts := []int{0}
	for i := even; i < len(p.rows); i++ {
		starts = nest.Repeat(starts, p.rows[i].extent, func(o int) int { return o + strides[i] })
	}
	between := 0
	if even > 0 {
		between = strides[0]
	}
	for i, at := range starts {
		for done := 0; done < together; {
			n := p.rowsAtOnce(together - done)
			x := pass{rows: n, y: (i*together + done) * size, c: at + done*between, slot: p.tier.Slot(p.typ, isa.ScaleRuns, n)}
			if x.vectors = p.fanned(n); x.vectors > 0 {
				x.fan = p.tier.FansFor(size)[n][x.vectors]
			}
			passes = append(passes, x)
			done += n
		}
	}
	return passes
}

// rowsAtOnce returns how many of n rows to do.
func (p *plan) rowsAtOnce(n int) int {
	switch {
	case p.fanned(1) > 0 && n < 4:
		return min(n, 2)
	case p.fanned(1) > 0 || n == 4 || n > 6:
		return 4
	case n == 5:
		return 3
	}
	return n
}

// newKernel makes the tables of a plan.
func newKernel(s nest.Spec, p *plan, o nest.Options) *kernel {
	size := p.typ.Size()
	k := &kernel{typ: p.typ, tier: p.tier, swapped: p.swapped, cycles: p.cost, length: p.run, outer: p.outer, blocks: extent(p.outer), threads: max(1, o.Threads), groups: map[int][]int{}}
	k.info = nest.Info{Class: "narrow", A: nest.InPlace, B: nest.Packed, BytesMoved: nest.BytesMoved(s)}
	if p.packX {
		w := wayOf(p.moving(p.sums, false), size)
		k.in, k.info.A = w.mover(p.tier, func(s step) int { return s.from }), nest.Packed
	}
	if p.unpackC {
		w := wayOf(p.moving(p.rows, true), size)
		k.out = w.mover(p.tier, func(s step) int { return s.to })
	}
	if p.swapped {
		k.info.A, k.info.B = k.info.B, k.info.A
	}
	k.tabulate(p)
	k.passes, k.rowY = p.passes(), size
	for i := range k.passes {
		if x := &k.passes[i]; x.fan != nil {
			x.groups = k.groupsOf(x.vectors * p.tier.MicrosFor(size).Lanes)
		}
	}
	k.layScratch(p)
	k.parts = 1
	if k.threads > 1 && k.info.BytesMoved >= model.Here.Stream.Limits.SharedBytes {
		k.parts = min(k.blocks, model.Here.Stream.PartsPerWorker*k.threads)
	}
	return k
}

// tabulate makes the tables of runs, terms and matrices.
func (k *kernel) tabulate(p *plan) {
	size := p.typ.Size()
	// Rows of Y are next to each other, then come terms, then batches.
	next := size
	matrix := []int32{0}
	pack := func(axes []axis) (strides []int) {
		for _, a := range axes {
			strides = append(strides, next)
			next *= a.extent
			matrix = nest.Repeat(matrix, a.extent, func(o int32) int32 { return o + int32(a.y) })
		}
		return strides
	}
	pack(p.rows)
	sumsY, batchesY := pack(p.sums), pack(p.batches)
	k.outer = slices.Clone(p.outer)
	for i := range k.outer {
		if a := &k.outer[i]; a.class == batch {
			a.y = pack([]axis{{extent: a.extent, y: a.y}})[0]
		}
	}
	k.matrix, k.first = matrix, nest.RoundUp(next, nest.CacheLine)

	inX, _ := p.strides(p.sums)
	inC, _ := p.strides(p.rows)
	k.runs = []isa.RunOffset{{}}
	for i, a := range slices.Concat(p.inner, p.batches) {
		if i < p.chain {
			continue
		}
		d := isa.RunOffset{C: inC[i], X: inX[i]}
		if !p.packX {
			d.X = a.x
		}
		if !p.unpackC {
			d.C = a.c
		}
		if at := i - len(p.inner); at >= 0 {
			d.Y = batchesY[at]
		}
		k.runs = nest.Repeat(k.runs, a.extent, func(r isa.RunOffset) isa.RunOffset {
			return isa.RunOffset{C: r.C + d.C, X: r.X + d.X, Y: r.Y + d.Y}
		})
	}
	k.terms = []isa.TermOffset{{}}
	for i, a := range p.sums {
		d := isa.TermOffset{X: inX[len(inX)-len(p.sums)+i], Y: sumsY[i]}
		if !p.packX {
			d.X = a.x
		}
		k.terms = nest.Repeat(k.terms, a.extent, func(t isa.TermOffset) isa.TermOffset { return isa.TermOffset{X: t.X + d.X, Y: t.Y + d.Y} })
	}
	n := len(k.terms)
	for _, t := range k.terms {
		k.termsX = append(k.termsX, t.X)
	}
	for range isa.TermsAhead {
		k.terms = append(k.terms, k.terms[n-1])
	}
	k.terms, k.stepY = k.terms[:n], p.all[row]*size
	if len(p.rows) > 0 {
		k.rowC = inC[len(inC)-len(p.rows)]
		if !p.unpackC {
			k.rowC = p.rows[0].c
		}
	}
}

// groupsOf lists the groups of so many elements of all runs, as fans take them.
func (k *kernel) groupsOf(elements int) []int {
	if known := k.groups[elements]; known != nil {
		return known
	}
	var groups []int
	for _, r := range k.runs {
		for i := 0; i < k.length; i += elements {
			at := i * k.typ.Size()
			groups = append(groups, r.X+at, r.C+at, r.Y)
		}
	}
	k.groups[elements] = groups
	return groups
}

// layScratch lays out the scratch memory of a worker.
func (k *kernel) layScratch(p *plan) {
	size := p.typ.Size()
	if p.packX {
		_, n := p.strides(p.sums)
		k.each += nest.RoundUp(n*size, nest.CacheLine)
	}
	if p.unpackC {
		_, n := p.strides(p.rows)
		k.c = k.each
		k.each += nest.RoundUp(n*size, nest.CacheLine)
	}
}
