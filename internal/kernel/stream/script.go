package stream

import (
	"slices"
	"unsafe"

	"tnbench/internal/dtype"
	"tnbench/internal/kernel/nest"
	"tnbench/internal/kernel/vec"
	"tnbench/internal/kernel/vec/generic"
	"tnbench/internal/kernel/vec/isa"
)

// A script is a schedule turned into tables: what a routine call covers, and the
// loops around the calls, all in bytes. From the outside in, these are: cuts of
// a summed run, the outer loops, the strip, tiles of a run, segments of its
// sum, the inner loops, and the passes over rows.
type script struct {
	typ     dtype.Type
	tier    *isa.Tier
	routine isa.Routine
	length  int         // elements of a run
	cut     int         // of a summed run: elements done before its next part
	outer   []nest.Loop // around everything, in x's order of memory
	strip   strip
	tile    int // elements of a run that one call does
	sums    []segment
	inner   []nest.Loop // along which x stands still: they find it in the cache
	passes  []pass
	runs    []isa.RunOffset
	terms   []isa.TermOffset
	columns []int
	// The loops of a transposition, along a run of C and across its rows, of
	// which the tables hold a tile.
	Operand, across chunk
	rowY            int
	rowC            int
	// past: C is too large to be found in a cache by whoever reads it next, so
	// it is written past the caches, which spares reading its lines first.
	past bool
	// direct: one call does it all.
	direct bool
	split  streamSplit
	units  int // how many parts it can be split into
}

// strip is a loop of which the table of runs holds some iterations: its runs
// are done per iterations at a time.
type strip struct {
	nest.Loop
	per  int // iterations in the table
	runs int // runs of one iteration
}

// segment is a part of the sums that one call does.
type segment struct{ x, y, first, last int }

// pass does a part of the rows, count times the same number.
type pass struct {
	rows, count int
	y, c        int
	slot        uint8
	pastSlot    uint8
	runs        []isa.RunOffset // if set, a table of its own: several counts at once
}

// newScript turns a schedule into a script.
func newScript(p *schedule, tier *isa.Tier) *script {
	size := p.typ.Size()
	g := &script{typ: p.typ, tier: tier, routine: p.routine, length: p.run.Extent, rowY: p.rows.B * size, rowC: p.rows.C * size}
	g.outer = make([]nest.Loop, 0, len(p.outs))
	for _, l := range p.outs {
		l = l.Scaled(size)
		if l.A == 0 && p.routine != isa.TransposeRuns {
			g.inner = append(g.inner, l)
		} else {
			g.outer = append(g.outer, l)
		}
	}
	if p.routine == isa.TransposeRuns {
		g.tabulateColumns(p)
	} else {
		g.tabulateTerms(p)
		n := len(g.terms)
		for range isa.TermsAhead {
			g.terms = append(g.terms, g.terms[n-1])
		}
		g.terms = g.terms[:n]
	}
	slices.SortStableFunc(g.outer, func(a, b nest.Loop) int { return b.A - a.A })
	slices.SortStableFunc(g.inner, func(a, b nest.Loop) int { return b.C - a.C })
	g.past = g.goesPast(p)
	g.listPasses(p)
	g.tabulateRuns(p)
	g.tile, g.cut = g.length, g.length
	g.block(p)
	g.splitUp()
	p0 := &g.passes[0]
	g.direct = len(g.outer) == 0 && g.strip.Extent <= g.strip.per && g.tile == g.length && g.cut == g.length &&
		len(g.sums) == 1 && len(g.inner) == 0 && len(g.passes) == 1 && p0.count == 1 &&
		g.routine != isa.TransposeRuns
	return g
}

// tabulateColumns fills the tables of a transposition, the size of a block; the
// loops that do not fit go around them.
func (g *script) tabulateColumns(p *schedule) {
	size := p.typ.Size()
	// A block that is narrow one way is long the other way.
	run, rows := p.limits.TransposeRun, p.limits.TransposeRows
	down, over := nest.Extent(p.chain), nest.Extent(p.columns)
	long, wide := run*max(1, rows/over), rows*max(1, run/down)
	var inner []nest.Loop
	inner, g.Operand = g.blockOf(nest.Scaled(p.chain, size), long)
	g.terms = []isa.TermOffset{{}}
	for _, l := range inner {
		g.terms = nest.Repeat(g.terms, l.Extent, func(t isa.TermOffset) isa.TermOffset { return isa.TermOffset{X: t.X + l.A} })
	}
	inner, g.across = g.blockOf(nest.Scaled(p.columns, size), wide)
	g.columns = []int{0}
	for _, l := range inner {
		g.columns = nest.Repeat(g.columns, l.Extent, func(c int) int { return c + l.C })
	}
	g.length = len(g.columns)
	g.sums = []segment{{last: len(g.terms)}}
}

// blockOf returns the innermost loops that make a block of at least size, the
// last of them cut, with the loop that repeats the block. It puts those outside
// around the script.
func (g *script) blockOf(loops []nest.Loop, size int) ([]nest.Loop, chunk) {
	inner := 1
	for i, l := range loops {
		if inner*l.Extent < size && i+1 < len(loops) {
			inner *= l.Extent
			continue
		}
		g.outer = append(g.outer, loops[i+1:]...)
		tile := min(l.Extent, max(1, size/inner))
		repeat := chunk{l, tile}
		loops[i].Extent = tile
		return loops[:i+1], repeat
	}
	panic("kernel: a transposition without loops")
}

// tabulateTerms fills the table of terms with as many as it may hold and lists
// the segments that repeat it.
func (g *script) tabulateTerms(p *schedule) {
	size := p.typ.Size()
	sums := slices.Clone(p.sums)
	slices.SortStableFunc(sums, func(a, b nest.Loop) int {
		if a.A != b.A {
			return a.A - b.A
		}
		return a.B - b.B
	})
	g.terms = make([]isa.TermOffset, 1, min(nest.Extent(sums), p.limits.Terms)+isa.TermsAhead)
	full := false
	g.sums = []segment{{last: 1}}
	for _, l := range sums {
		dx, dy := l.A*size, l.B*size
		fit := 1
		if !full {
			fit = min(l.Extent, max(1, p.limits.Terms/len(g.terms)))
			had := len(g.terms)
			g.terms = nest.Repeat(g.terms, fit, func(t isa.TermOffset) isa.TermOffset { return isa.TermOffset{X: t.X + dx, Y: t.Y + dy} })
			full = fit < l.Extent
			g.sums[0].last = len(g.terms)
			if fit == l.Extent {
				continue
			}
			per := had
			segments := g.sums[:0:0]
			for i := 0; i < l.Extent; i += fit {
				segments = append(segments, segment{i * dx, i * dy, 0, min(fit, l.Extent-i) * per})
			}
			g.sums = segments
			continue
		}
		had := g.sums
		for i := 1; i < l.Extent; i++ {
			for _, s := range had {
				g.sums = append(g.sums, segment{s.x + i*dx, s.y + i*dy, s.first, s.last})
			}
		}
	}
}

// goesPast decides whether C is written past the caches. Its runs must be worth
// finding an aligned start for, and written once.
func (g *script) goesPast(p *schedule) bool {
	if p.routine != isa.MultiplyRuns && p.routine != isa.ScaleRuns || tooFar(p) {
		return false
	}
	size := p.typ.Size()
	elements := p.run.Extent * p.rows.Extent * nest.Footprint(p.outs, nest.C)
	for _, c := range p.chunks {
		elements = elements / c.tile * c.Extent
	}
	return nest.Extent(p.sums) == 1 && p.run.Extent*size >= p.limits.PastRun && elements*size >= p.limits.PastBytes
}

// tooFar reports whether the terms of a long run are spread over many pages.
func tooFar(p *schedule) bool {
	size := p.typ.Size()
	far := slices.ContainsFunc(p.sums, func(l nest.Loop) bool { return l.A*size >= p.limits.FarTerms })
	terms := nest.Extent(p.sums)
	return far && terms > 4*p.limits.BlockTerms && p.run.Extent*size >= p.limits.BlockRun/2
}

// listPasses shares out the rows.
func (g *script) listPasses(p *schedule) {
	batches := batchesOf(p.routine, p.rows.Extent, p.typ.IsComplex())
	if g.past {
		batches.list[0], batches.n = batch{1, p.rows.Extent}, 1
	}
	g.passes = make([]pass, 0, batches.n)
	done := 0
	for _, b := range batches.all() {
		g.passes = append(g.passes, pass{
			rows: b.rows, count: b.count, y: done * g.rowY, c: done * g.rowC,
			slot: g.tier.Slot(p.typ, p.routine, b.rows), pastSlot: g.tier.PastSlot(p.typ, p.routine),
		})
		done += b.rows * b.count
	}
}

// tabulateRuns makes the tables of runs: many rows, if there are, or else the
// innermost loops around the calls, as far as that keeps what a call reads of x
// in the cache for the next rows.
func (g *script) tabulateRuns(p *schedule) {
	g.strip = strip{nest.Loop{Extent: 1}, 1, 1}
	if len(g.passes) > 0 && g.passes[0].count >= minCounts {
		for i := range g.passes {
			g.passes[i].tabulate(p.limits.Runs, g.rowY, g.rowC)
		}
		g.runs = make([]isa.RunOffset, 1)
		return
	}
	from := &g.outer
	if len(g.outer) == 0 {
		from = &g.inner
	}
	limit := p.limits.Runs
	if len(g.inner) > 0 || len(g.passes) > 1 {
		bytes := p.run.Extent * p.typ.Size()
		if g.routine != isa.TransposeRuns {
			bytes *= len(g.terms)
		}
		limit = min(limit, p.limits.BlockBytes/bytes)
	}
	g.runs = make([]isa.RunOffset, 1, max(1, min(limit, nest.Extent(*from))))
	for len(*from) > 0 {
		l := (*from)[len(*from)-1]
		fit := min(l.Extent, limit/len(g.runs))
		if fit < 2 {
			break
		}
		*from = (*from)[:len(*from)-1]
		had := len(g.runs)
		g.runs = nest.Repeat(g.runs, fit, func(r isa.RunOffset) isa.RunOffset {
			return isa.RunOffset{C: r.C + l.C, X: r.X + l.A, Y: r.Y + l.B}
		})
		if fit < l.Extent {
			g.strip = strip{l, fit, had}
			return
		}
	}
	g.strip.runs = len(g.runs)
}

// minCounts is how many times a pass must be repeated to get its own table.
const minCounts = 4

// tabulate gives a pass a table of its repetitions.
func (p *pass) tabulate(limit, rowY, rowC int) {
	p.runs = nest.Repeat([]isa.RunOffset{{}}, min(p.count, limit), func(r isa.RunOffset) isa.RunOffset {
		return isa.RunOffset{C: r.C + p.rows*rowC, Y: r.Y + p.rows*rowY}
	})
}

// block cuts long runs and their sums where x would not be found in the cache
// by the next rows, or where its terms are spread over many pages.
func (g *script) block(p *schedule) {
	size := p.typ.Size()
	switch g.routine {
	case isa.DotRuns:
		if len(g.outer) > 0 || g.strip.Extent > 1 {
			g.cut = min(g.length, max(512/size, p.limits.CutBytes/size/min(p.rows.Extent, 4)))
		}
		return
	case isa.SumRuns, isa.TransposeRuns:
		return
	}
	if tooFar(p) {
		had := g.sums
		g.sums = nil
		for _, s := range had {
			for i := s.first; i < s.last; i += p.limits.BlockTerms {
				g.sums = append(g.sums, segment{s.x, s.y, i, min(i+p.limits.BlockTerms, s.last)})
			}
		}
		g.tile = min(g.length, p.limits.BlockRun/size)
		return
	}
	if len(g.inner) > 0 || len(g.passes) > 1 || len(g.passes) == 1 && g.passes[0].count > 1 {
		g.tile = min(g.length, max(512/size, p.limits.BlockBytes/size/len(g.terms)&^(512/size-1)))
	}
}

// runArgs are the arguments of a routine and whether C may be stored past the
// caches.
type runArgs struct {
	isa.Args
	past bool
}

// run computes units first to last of C from x and y.
func (g *script) run(c, x, y unsafe.Pointer, first, last int) {
	size := g.typ.Size()
	var args runArgs // filled field by field, which spares a copy
	args.RowY, args.RowC, args.Columns, args.Length = g.rowY, g.rowC, unsafe.SliceData(g.columns), g.length
	args.past = g.past && uintptr(c)%uintptr(size) == 0
	if g.direct && g.split != splitRun {
		s := &g.sums[0]
		args.C, args.X, args.Y = c, unsafe.Add(x, s.x), unsafe.Add(y, s.y)
		args.Runs, args.NumRuns = unsafe.SliceData(g.runs), len(g.runs)
		args.Terms, args.NumTerms = unsafe.SliceData(g.terms), s.last
		g.call(&g.passes[0], &args)
		return
	}
	r := g.rangeOf(first, last)
	for from := 0; from < g.length; from += g.cut {
		if g.cut < g.length {
			args.Length = min(g.cut, g.length-from)
		}
		if from > 0 {
			args.Add = 1
		}
		oy := 0
		if g.routine == isa.DotRuns {
			oy = from * size
		}
		g.runOuter(&args, &r, c, unsafe.Add(x, from*size), unsafe.Add(y, oy))
	}
}

// runOuter does the elements of C in a range.
func (g *script) runOuter(args *runArgs, r *ranges, c, x, y unsafe.Pointer) {
	if len(g.outer) == 0 {
		g.runStrip(args, r, c, x, y)
		return
	}
	var o odometer
	o.start(g.outer, r.outer.first, r.outer.last)
	for {
		at, l := o.place, o.line
		for range o.times {
			g.runStrip(args, r, unsafe.Add(c, at.c), unsafe.Add(x, at.x), unsafe.Add(y, at.y))
			at = place{at.x + l.A, at.y + l.B, at.c + l.C}
		}
		if !o.next() {
			return
		}
	}
}

// runStrip does one iteration of the outer loops.
func (g *script) runStrip(args *runArgs, r *ranges, c, x, y unsafe.Pointer) {
	s := &g.strip
	for i := r.strip.first; i < r.strip.last; i += s.per {
		args.Runs, args.NumRuns = unsafe.SliceData(g.runs), min(s.per, r.strip.last-i)*s.runs
		args.C, args.X, args.Y = unsafe.Add(c, i*s.C), unsafe.Add(x, i*s.A), unsafe.Add(y, i*s.B)
		switch g.routine {
		case isa.TransposeRuns:
			g.runTransposed(args)
		case isa.DotRuns, isa.SumRuns:
			g.runSums(args)
		default:
			g.runTiles(args, r.run)
		}
	}
}

// runTiles does all of the runs, one tile after the other.
func (g *script) runTiles(args *runArgs, r interval) {
	size := g.typ.Size()
	c, x, y := args.C, args.X, args.Y
	for first := r.first; first < r.last; first += g.tile {
		at := first * size
		args.Length = min(g.tile, r.last-first)
		args.C, args.X, args.Y = unsafe.Add(c, at), unsafe.Add(x, at), y
		if g.routine == isa.MultiplyRuns {
			args.Y = unsafe.Add(y, at)
		}
		g.runSums(args)
	}
}

// runSums adds up the segments.
func (g *script) runSums(args *runArgs) {
	c, x, y, add := args.C, args.X, args.Y, args.Add
	for i := range g.sums {
		s := &g.sums[i]
		args.Terms, args.NumTerms = &g.terms[s.first], s.last-s.first
		args.X = unsafe.Add(x, s.x)
		g.runInner(args, c, unsafe.Add(y, s.y))
		args.Add = 1
	}
	args.Add = add
}

// runTransposed does a transposition block by block.
func (g *script) runTransposed(args *runArgs) {
	c, x := args.C, args.X
	args.Terms, args.NumTerms = &g.terms[0], len(g.terms)
	for i := range g.Operand.count() {
		down := g.Operand.start(i)
		for j := range g.across.count() {
			over := g.across.start(j)
			args.C = unsafe.Add(c, down*g.Operand.C+over*g.across.C)
			args.X = unsafe.Add(x, down*g.Operand.A+over*g.across.A)
			g.call(&g.passes[0], args)
		}
	}
}

// runInner does the elements of C that read the same part of x.
func (g *script) runInner(args *runArgs, c, y unsafe.Pointer) {
	if len(g.inner) == 0 {
		g.runRows(args, c, y)
		return
	}
	var o odometer
	o.start(g.inner, 0, g.inner[0].Extent)
	for {
		oc, oy, l := o.c, o.y, o.line
		for range o.times {
			g.runRows(args, unsafe.Add(c, oc), unsafe.Add(y, oy))
			oc, oy = oc+l.C, oy+l.B
		}
		if !o.next() {
			return
		}
	}
}

// runRows does all rows.
func (g *script) runRows(args *runArgs, c, y unsafe.Pointer) {
	for k := range g.passes {
		p := &g.passes[k]
		step := 1
		if p.runs != nil {
			args.Runs, step = unsafe.SliceData(p.runs), len(p.runs)
		}
		for i := 0; i < p.count; i += step {
			if p.runs != nil {
				args.NumRuns = min(step, p.count-i)
			}
			args.C = unsafe.Add(c, p.c+i*p.rows*g.rowC)
			args.Y = unsafe.Add(y, p.y+i*p.rows*g.rowY)
			g.call(p, args)
		}
	}
}

// call runs the routine of a pass.
func (g *script) call(p *pass, args *runArgs) {
	slot := p.slot
	if args.past {
		slot = p.pastSlot
	}
	if slot == isa.NoSlot {
		generic.Stream(g.typ, g.routine, p.rows, &args.Args)
		return
	}
	vec.Run(slot, &args.Args)
}
