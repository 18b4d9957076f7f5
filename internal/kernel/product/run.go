package product

import (
	"unsafe"

	"tnbench/internal/kernel/nest"
	"tnbench/internal/kernel/vec/isa"
)

// Run implements [nest.Kernel].
func (g *product[T]) Run(env *nest.Env, c, a, b unsafe.Pointer) {
	if g.split.parts > 1 && env.Workers.Size() > 1 &&
		env.Workers.RunShared(g, env, c, a, b, g.split.parts, g.threads) {
		env.Ahead = nest.Ahead{} // the workers have
		return
	}
	if g.swapped {
		a, b = b, a
	}
	if g.calls != nil {
		g.runCalls(&env.Ahead, span{0, g.batch.extent}, a, b, c, flag(env.Add))
		return
	}
	w := g.worker(env, 0, env.Ahead, c, a, b)
	w.run(g.whole())
	env.Ahead = w.ahead
}

// RunShare implements [nest.Shared].
func (g *product[T]) RunShare(env *nest.Env, c, a, b unsafe.Pointer, worker int, next *nest.Parts) {
	if g.swapped {
		a, b = b, a
	}
	all := env.Ahead
	own := g.split.of == splitCols && g.colsApart > 0 && all.LeaveOut(b)
	ahead := all.Part(worker, g.threads)
	if g.calls != nil {
		for part, ok := next.Take(); ok; part, ok = next.Take() {
			g.runCalls(&ahead, g.split.part(g.whole(), part).batch, a, b, c, flag(env.Add))
		}
		ahead.Finish()
		return
	}
	w := g.worker(env, worker, ahead, c, a, b)
	for part, ok := next.Take(); ok; part, ok = next.Take() {
		p := g.split.part(g.whole(), part)
		if own {
			w.own = g.columnsOf(p, b)
		}
		w.run(p)
	}
	w.ahead.Finish()
}

// worker returns what computes parts with the scratch memory of a worker and
// fetches something meanwhile.
func (g *product[T]) worker(env *nest.Env, number int, ahead nest.Ahead, c, left, right unsafe.Pointer) worker[T] {
	return worker[T]{
		product: g,
		scratch: unsafe.Add(nest.Align(env.Scratch), number*g.scratch.size),
		rowSrc:  left, colSrc: right, dst: c,
		ahead: ahead,
		env:   env,
	}
}

// worker computes parts of a product one after the other.
type worker[T float32 | float64] struct {
	*product[T]
	scratch             unsafe.Pointer
	rowSrc, colSrc, dst unsafe.Pointer
	rows, cols          span
	own                 columns // fetched before ahead, if any
	ahead               nest.Ahead
	env                 *nest.Env

	// The batch at hand.
	left, right, to unsafe.Pointer
	// rowsReady and colsReady say that the held operands are packed, all of
	// their rows and columns that are in the part.
	rowsReady, colsReady bool
}

// run computes a part.
func (w *worker[T]) run(part part) {
	w.rowsReady = w.rowsReady && part.rows == w.rows
	w.colsReady = w.colsReady && part.cols == w.cols
	w.rows, w.cols = part.rows, part.cols
	for i := part.batch.from; i < part.batch.to; i++ {
		left := unsafe.Add(w.rowSrc, w.batch.at(nest.A, i))
		right := unsafe.Add(w.colSrc, w.batch.at(nest.B, i))
		w.rowsReady = w.rowsReady && left == w.left
		w.colsReady = w.colsReady && right == w.right
		w.left, w.right = left, right
		w.to = unsafe.Add(w.dst, w.batch.at(nest.C, i))
		if w.cuts.order == colsOuter {
			w.colsOuter()
		} else {
			w.rowsOuter()
		}
	}
}

// colsOuter goes through the columns once and through the rows for each block
// of them.
func (w *worker[T]) colsOuter() {
	p := &w.cuts
	for j := w.cols.from; j < w.cols.to; j += p.cols {
		cols := span{j, min(j+p.cols, w.cols.to)}
		for k := 0; k < w.depth.extent; k += p.depth {
			depth := span{k, min(k+p.depth, w.depth.extent)}
			right := w.colBlock(cols, depth, w.colsReady)
			for i := w.rows.from; i < w.rows.to; i += p.rows {
				rows := span{i, min(i+p.rows, w.rows.to)}
				left := w.rowBlock(rows, depth, w.rowsReady)
				w.tiles(left, right, rows, cols, depth)
			}
		}
		w.rowsReady = p.rowsHeld
	}
	w.colsReady = p.colsHeld
}

// rowsOuter goes through the rows once and through the columns for each block
// of them.
func (w *worker[T]) rowsOuter() {
	p := &w.cuts
	for i := w.rows.from; i < w.rows.to; i += p.rows {
		rows := span{i, min(i+p.rows, w.rows.to)}
		for k := 0; k < w.depth.extent; k += p.depth {
			depth := span{k, min(k+p.depth, w.depth.extent)}
			left := w.rowBlock(rows, depth, w.rowsReady)
			for j := w.cols.from; j < w.cols.to; j += p.cols {
				cols := span{j, min(j+p.cols, w.cols.to)}
				right := w.colBlock(cols, depth, w.colsReady)
				w.tiles(left, right, rows, cols, depth)
			}
		}
		w.colsReady = p.colsHeld
	}
	w.rowsReady = p.rowsHeld
}

// rowBlock returns a block of the row side, packed unless it is ready.
func (w *worker[T]) rowBlock(rows, depth span, ready bool) unsafe.Pointer {
	if w.cuts.rowsInPlace {
		return w.left
	}
	real := w.realBytes()
	block := unsafe.Add(w.scratch, w.product.scratch.rows)
	if w.cuts.rowsHeld {
		all := nest.RoundUp(w.rows.to-w.rows.from, w.packRows.pad)
		at := all*depth.from + (rows.from-w.rows.from)*(depth.to-depth.from)
		block = unsafe.Add(block, at*w.parts*real)
	}
	if !ready {
		w.env.Turn(nest.Packing)
		s := &w.product.scratch
		places := w.offsets(&w.row, nest.A, rows.from, rows.to-rows.from, s.rowAt)
		terms := w.offsets(&w.depth, nest.A, depth.from, depth.to-depth.from, s.depthRow)
		packBlock[T](&w.packRows, block, w.left, places, terms, w.words(s.spare, spareWords(len(terms))))
		w.env.Turn(nest.Computing)
	}
	return block
}

// colBlock returns a block of the column side, packed unless it is ready.
func (w *worker[T]) colBlock(cols, depth span, ready bool) unsafe.Pointer {
	if w.cuts.colsInPlace {
		return w.right
	}
	real := w.realBytes()
	block := unsafe.Add(w.scratch, w.product.scratch.cols)
	if w.cuts.colsHeld {
		all := nest.RoundUp(w.cols.to-w.cols.from, w.packCols.pad)
		at := all*depth.from + (cols.from-w.cols.from)*(depth.to-depth.from)
		block = unsafe.Add(block, at*w.parts*w.parts*real)
	}
	if !ready {
		w.env.Turn(nest.Packing)
		s := &w.product.scratch
		places := w.offsets(&w.col, nest.B, cols.from, cols.to-cols.from, s.colAt)
		terms := w.offsets(&w.depth, nest.B, depth.from, depth.to-depth.from, s.depthCol)
		packBlock[T](&w.packCols, block, w.right, places, terms, w.words(s.spare, spareWords(len(terms))))
		w.env.Turn(nest.Computing)
	}
	return block
}

// words returns n integers of the scratch memory.
func (w *worker[T]) words(at, n int) []int {
	return unsafe.Slice((*int)(unsafe.Add(w.scratch, at)), n)
}

// offsets returns those of count iterations of a nest from one on, which takes
// scratch memory at a place if they are not tabulated.
func (w *worker[T]) offsets(n *loopNest, op nest.Operand, from, count, at int) []int {
	if n.short() {
		return n.table[op][from : from+count]
	}
	return n.offsets(op, from, count, w.words(at, count))
}

// tiles multiplies two blocks.
func (w *worker[T]) tiles(left, right unsafe.Pointer, rows, cols, depth span) {
	s := &w.product.scratch
	t := tileBlock{left: left, add: flag(depth.from > 0 || w.env.Add), k: (depth.to - depth.from) * w.parts}
	t.rowTo = w.offsets(&w.row, nest.C, rows.from, rows.to-rows.from, s.rowTo)
	colTo := w.offsets(&w.col, nest.C, cols.from, cols.to-cols.from, s.colTo)
	var colAt []int
	if w.cuts.rowsInPlace {
		t.rowAt = w.offsets(&w.row, nest.A, rows.from, rows.to-rows.from, s.rowAt)
		t.terms = w.termPairs(depth)
	}
	if w.cuts.colsInPlace {
		colAt = w.offsets(&w.col, nest.B, cols.from, cols.to-cols.from, s.colAt)
	}
	panel := w.packCols.panel
	t.cut(w.micros, panel*w.parts)
	for j := 0; j < len(colTo); j += panel {
		end := j + panel
		if end > len(colTo) {
			end = len(colTo)
			t.cut(w.micros, (end-j)*w.parts)
		}
		t.colTo = colTo[j:end]
		if w.cuts.colsInPlace {
			t.right, t.colAt = right, w.vectorOffsets(s.vectorsAt, colAt[j:end])
		} else {
			t.right, t.colAt = unsafe.Add(right, j*w.parts*t.k*w.realBytes()), &w.tileCols[0]
		}
		if w.vectors && t.whole {
			w.wholeTiles(t)
		} else {
			w.bufferedTiles(t)
		}
	}
}

// tileBlock is a block of the row side and a panel of the column side, and
// where their tiles go. Where operands are in place, left and right are their
// addresses for the batch at hand.
type tileBlock struct {
	left, right  unsafe.Pointer
	rowAt        []int // of rows in place
	colAt        *int  // of the vectors
	terms        []int // pairs of offsets, of operands in place
	rowTo, colTo []int
	k, add       int
	wide         int    // vectors of the panel
	mask         uint64 // of the last vector
	whole        bool   // the last vector can be stored as it is
}

// cut works out the vectors of a panel of so many real columns.
func (t *tileBlock) cut(m *isa.Micros, reals int) {
	t.wide = m.VectorsOf(reals)
	last := reals - (t.wide-1)*m.Lanes
	t.mask = 1<<last - 1
	t.whole = m.Masks || last == m.Lanes
}

// skip drops the first n rows, which have been computed.
func (t *tileBlock) skip(n, real int) {
	if t.terms == nil {
		t.left = unsafe.Add(t.left, n*t.k*real)
	} else {
		t.rowAt = t.rowAt[n:]
	}
	t.rowTo = t.rowTo[n:]
}

// vectorOffsets picks the offsets of a panel's vectors from those of its
// columns.
func (w *worker[T]) vectorOffsets(at int, cols []int) *int {
	to := w.words(at, isa.MaxVectors)
	for v, i := 0, 0; i < len(cols); v, i = v+1, i+w.lanes {
		to[v] = cols[i]
	}
	return &to[0]
}

// termPairs returns how far the terms of a block lie from the first in the row
// side and in the column side or its packed block, for each real term.
func (w *worker[T]) termPairs(depth span) []int {
	if w.pairs != nil {
		return w.pairs[2*w.parts*depth.from : 2*w.parts*depth.to]
	}
	n := depth.to - depth.from
	s := &w.product.scratch
	left := w.offsets(&w.depth, nest.A, depth.from, n, s.depthRow)
	right := w.offsets(&w.depth, nest.B, depth.from, n, s.depthCol)
	return w.pairTerms(w.words(s.pairs, 2*w.parts*n), left, right, 0)
}

// pairTerms writes the pairs for terms at the given offsets, the first of which
// is number from.
func (g *product[T]) pairTerms(to, left, right []int, from int) []int {
	real := g.realBytes()
	packed := g.micros.Width() * real
	for i := range left {
		for part := range g.parts {
			pair := to[2*(g.parts*i+part):][:2]
			pair[0] = left[i] + part*real
			if g.cuts.colsInPlace {
				pair[1] = right[i]
			} else {
				pair[1] = ((from+i)%g.cuts.depth*g.parts + part) * packed
			}
		}
	}
	return to
}

// wholeTiles lets the micro-kernel write into the destination. Rows that do not
// fill a tile are left to bufferedTiles if there is no kernel for them.
func (w *worker[T]) wholeTiles(t tileBlock) {
	m := w.micros
	colTo := w.vectorOffsets(w.product.scratch.vectorsTo, t.colTo)
	for full := len(t.rowTo) / m.Rows; full > 0; full = len(t.rowTo) / m.Rows {
		panels := w.ahead.Panels(full, t.k*m.Pace(m.Rows, t.wide))
		w.panels(&t, panels, w.to, &t.rowTo[0], colTo, t.add)
		t.skip(panels*m.Rows, w.realBytes())
	}
	switch {
	case len(t.rowTo) == 0:
	case m.Exact():
		w.rest(&t, w.to, t.rowTo, colTo, t.add)
	default:
		w.bufferedTiles(t)
	}
}

// panels runs the micro-kernel for the first panels of t.
func (w *worker[T]) panels(t *tileBlock, panels int, to unsafe.Pointer, rowTo, colTo *int, add int) {
	m := w.micros
	if t.terms != nil {
		w.strided(t, m.Rows, panels, to, rowTo, colTo, add)
		return
	}
	bytes := panels * t.k * m.Pace(m.Rows, t.wide)
	ahead := w.ahead.Take(bytes, uintptr(t.left)+uintptr(tuned.RowAhead))
	m.Kernels[t.wide](t.k, (*byte)(t.left), (*byte)(t.right), (*byte)(to), rowTo, colTo, panels, t.mask, add, ahead)
}

// rest computes the last rows of t, which are fewer than a panel has. Packed ones are
// read in place in their panel.
func (w *worker[T]) rest(t *tileBlock, to unsafe.Pointer, rowTo []int, colTo *int, add int) {
	in := *t
	if in.terms == nil {
		in.terms, in.rowAt = w.packed[t.wide][:2*t.k], w.packedRows
	}
	for done := 0; done < len(t.rowTo); {
		tall := w.micros.Height(len(t.rowTo) - done)
		w.strided(&in, tall, 1, to, &rowTo[done], colTo, add)
		in.rowAt = in.rowAt[tall:]
		done += tall
	}
}

// strided runs the micro-kernel for the first rows of t, which are in place. If there
// is nothing else to fetch ahead, it fetches what follows them.
func (w *worker[T]) strided(t *tileBlock, tall, panels int, to unsafe.Pointer, rowTo, colTo *int, add int) {
	bytes := t.k * w.micros.Pace(tall, t.wide)
	ahead := uintptr(t.left) + uintptr(t.rowAt[0]+bytes)
	if w.own.terms > 0 {
		w.own.fetch(panels * bytes)
	} else {
		ahead = w.ahead.Take(panels*bytes, ahead)
	}
	last := &t.terms[len(t.terms)-1]
	w.micros.Strided[tall][t.wide](&t.terms[0], last, (*byte)(t.left), (*byte)(t.right), (*byte)(to), &t.rowAt[0], rowTo, t.colAt, colTo, panels, t.mask, add, ahead)
}

// flag converts a condition for assembly.
func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}
