package kernel

import "unsafe"

// Run implements [Kernel].
func (g *gemm[T]) Run(env *Env, c, a, b unsafe.Pointer) {
	if g.split.parts > 1 && env.Workers.Size() > 1 &&
		env.Workers.run(g, env, c, a, b, g.split.parts, g.threads) {
		return
	}
	g.compute(env, 0, c, a, b, g.whole())
}

// runPart implements divided.
func (g *gemm[T]) runPart(env *Env, c, a, b unsafe.Pointer, part, worker int) {
	g.compute(env, worker, c, a, b, g.split.part(g.whole(), part))
}

// compute computes a part of the product with the scratch memory of a worker.
func (g *gemm[T]) compute(env *Env, worker int, c, a, b unsafe.Pointer, p gemmPart) {
	if g.swapped {
		a, b = b, a
	}
	w := gemmWorker[T]{
		gemm:    g,
		scratch: unsafe.Add(align(env.Scratch), worker*g.scratch.size),
		rowSrc:  a, colSrc: b, dst: c,
		rows: p.rows, cols: p.cols,
	}
	w.run(p.batch)
}

// gemmWorker computes one part of a product.
type gemmWorker[T float32 | float64] struct {
	*gemm[T]
	scratch             unsafe.Pointer
	rowSrc, colSrc, dst unsafe.Pointer
	rows, cols          span

	// The batch at hand.
	left, right, to unsafe.Pointer
	// rowsReady and colsReady say that the held operands are packed.
	rowsReady, colsReady bool
}

// run computes the part.
func (w *gemmWorker[T]) run(batch span) {
	for i := batch.from; i < batch.to; i++ {
		left := unsafe.Add(w.rowSrc, w.batch.at(rowSide, i))
		right := unsafe.Add(w.colSrc, w.batch.at(colSide, i))
		w.rowsReady = w.rowsReady && left == w.left
		w.colsReady = w.colsReady && right == w.right
		w.left, w.right = left, right
		w.to = unsafe.Add(w.dst, w.batch.at(destination, i))
		if w.plan.order == colsOuter {
			w.colsOuter()
		} else {
			w.rowsOuter()
		}
	}
}

// colsOuter goes through the columns once and through the rows for each block
// of them.
func (w *gemmWorker[T]) colsOuter() {
	p := &w.plan
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
func (w *gemmWorker[T]) rowsOuter() {
	p := &w.plan
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
func (w *gemmWorker[T]) rowBlock(rows, depth span, ready bool) unsafe.Pointer {
	var zero T
	real := int(unsafe.Sizeof(zero))
	block := unsafe.Add(w.scratch, w.gemm.scratch.rows)
	if w.plan.rowsHeld {
		all := roundUp(w.rows.to-w.rows.from, w.packRows.pad)
		at := all*depth.from + (rows.from-w.rows.from)*(depth.to-depth.from)
		block = unsafe.Add(block, at*w.parts*real)
	}
	if !ready {
		s := &w.gemm.scratch
		places := w.row.offsets(rowSide, rows.from, rows.to-rows.from, w.words(s.rowAt, rows.to-rows.from))
		terms := w.depth.offsets(rowSide, depth.from, depth.to-depth.from, w.words(s.depthRow, depth.to-depth.from))
		packBlock[T](&w.packRows, block, w.left, places, terms, w.words(s.spare, spareWords))
	}
	return block
}

// colBlock returns a block of the column side, packed unless it is ready.
func (w *gemmWorker[T]) colBlock(cols, depth span, ready bool) unsafe.Pointer {
	var zero T
	real := int(unsafe.Sizeof(zero))
	block := unsafe.Add(w.scratch, w.gemm.scratch.cols)
	if w.plan.colsHeld {
		all := roundUp(w.cols.to-w.cols.from, w.packCols.pad)
		at := all*depth.from + (cols.from-w.cols.from)*(depth.to-depth.from)
		block = unsafe.Add(block, at*w.parts*w.parts*real)
	}
	if !ready {
		s := &w.gemm.scratch
		places := w.col.offsets(colSide, cols.from, cols.to-cols.from, w.words(s.colAt, cols.to-cols.from))
		terms := w.depth.offsets(colSide, depth.from, depth.to-depth.from, w.words(s.depthCol, depth.to-depth.from))
		packBlock[T](&w.packCols, block, w.right, places, terms, w.words(s.spare, spareWords))
	}
	return block
}

// words returns n integers of the scratch memory.
func (w *gemmWorker[T]) words(at, n int) []int {
	return unsafe.Slice((*int)(unsafe.Add(w.scratch, at)), n)
}

// tiles multiplies two packed blocks.
func (w *gemmWorker[T]) tiles(left, right unsafe.Pointer, rows, cols, depth span) {
	var zero T
	real := int(unsafe.Sizeof(zero))
	s, m := &w.gemm.scratch, w.micros
	n := cols.to - cols.from
	rowTo := w.row.offsets(destination, rows.from, rows.to-rows.from, w.words(s.rowTo, rows.to-rows.from))
	colTo := w.col.offsets(destination, cols.from, n, w.words(s.colTo, n))
	k := (depth.to - depth.from) * w.parts
	add := depth.from > 0
	for j := 0; j < n; j += w.packCols.panel {
		to := colTo[j:min(j+w.packCols.panel, n)]
		panel := unsafe.Add(right, j*w.parts*k*real)
		reals := len(to) * w.parts
		if w.vectors && (m.masks || reals%m.lanes == 0) {
			w.wholeTiles(left, panel, rowTo, to, k, add)
		} else {
			w.bufferedTiles(left, panel, rowTo, to, k, add)
		}
	}
}

// wholeTiles lets the micro-kernel write into the destination. Rows that do not
// fill a tile are left to bufferedTiles if there is no kernel for them.
func (w *gemmWorker[T]) wholeTiles(left, right unsafe.Pointer, rows, cols []int, k int, add bool) {
	var zero T
	m := w.micros
	reals := len(cols) * w.parts
	wide := (reals + m.lanes - 1) / m.lanes
	to := w.words(w.gemm.scratch.vectors, maxVectors)
	for v := range wide {
		to[v] = cols[v*m.lanes/w.parts]
	}
	mask := uint64(1)<<(reals-(wide-1)*m.lanes) - 1
	if full := len(rows) / m.rows; full > 0 {
		m.kernels[m.rows][wide](k, (*byte)(left), (*byte)(right), (*byte)(w.to), &rows[0], &to[0], full, mask, flag(add))
		left = unsafe.Add(left, full*m.rows*k*int(unsafe.Sizeof(zero)))
		rows = rows[full*m.rows:]
	}
	if len(rows) == 0 {
		return
	}
	if !m.exact {
		w.bufferedTiles(left, right, rows, cols, k, add)
		return
	}
	m.kernels[len(rows)][wide](k, (*byte)(left), (*byte)(right), (*byte)(w.to), &rows[0], &to[0], 1, mask, flag(add))
}

// flag converts a condition for assembly.
func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}
