package product

import (
	"unsafe"

	"tnbench/internal/kernel/nest"
	"tnbench/internal/kernel/vec/isa"
)

// A product whose operands are both in place and which is not cut into blocks
// comes down to the same few calls of micro-kernels for each batch. They are
// worked out beforehand, since a batch of small matrices takes no longer than
// finding out what to call.

// stridedCall is one call of a micro-kernel but for the addresses of the batch.
type stridedCall struct {
	kernel                     isa.StridedFunc
	rowAt, rowTo, colAt, colTo *int
	panels                     int
	bytes                      int          // fetched ahead meanwhile:
	of                         nest.Operand // of the next batch, if there is nothing else,
	at                         int          // from here on
	mask                       uint64
}

// maxCalls bounds the calls that are worked out beforehand.
const maxCalls = 64

// listCalls returns the calls of a product, nil if it takes others than such.
func (g *product[T]) listCalls() []stridedCall {
	m, p := g.micros, &g.cuts
	rows, cols := g.row.extent, g.col.extent
	if !p.colsInPlace || !g.vectors || !m.Exact() || g.pairs == nil || !g.row.short() || !g.col.short() ||
		p.rows < rows || p.cols < cols || p.depth < g.depth.extent || cols > maxCalls*m.Width()/2 {
		return nil
	}
	var calls []stridedCall
	for j := 0; j < cols; j += m.Width() {
		var t tileBlock
		t.cut(m, min(m.Width(), cols-j))
		if !t.whole {
			return nil
		}
		at, to := make([]int, isa.MaxVectors), make([]int, isa.MaxVectors)
		for v := range t.wide {
			at[v] = g.col.table[nest.B][j+v*m.Lanes]
			to[v] = g.col.table[nest.C][j+v*m.Lanes]
		}
		for i := 0; i < rows; {
			tall, panels := m.Rows, (rows-i)/m.Rows
			if panels == 0 {
				tall, panels = m.Height(rows-i), 1
			}
			calls = append(calls, stridedCall{
				kernel: m.Strided[tall][t.wide],
				rowAt:  &g.row.table[nest.A][i], rowTo: &g.row.table[nest.C][i],
				colAt: &at[0], colTo: &to[0],
				panels: panels, mask: t.mask, bytes: panels * g.depth.extent * m.Pace(tall, t.wide),
			})
			i += tall * panels
		}
	}
	g.aimCalls(calls)
	return calls
}

// aimCalls lets the calls fetch the operands of the next batch, the row side
// first.
func (g *product[T]) aimCalls(calls []stridedCall) {
	of, at := nest.A, 0
	size := [...]int{nest.A: g.row.extent, nest.B: g.col.extent}
	for i := range calls {
		f := &calls[i]
		if at >= size[of]*g.depth.extent*g.elementBytes() {
			of, at = nest.B, 0
		}
		f.of, f.at = of, at
		at += f.bytes
	}
}

// runCalls makes the calls for some batches. With add they add to the destination.
func (g *product[T]) runCalls(ahead *nest.Ahead, batch span, left, right, to unsafe.Pointer, add int) {
	terms, last := &g.pairs[0], &g.pairs[len(g.pairs)-1]
	n := &g.batch
	for from := batch.from; from < batch.to; {
		q := from / n.inner
		first := q * n.inner
		end := min(batch.to, first+n.inner)
		l := unsafe.Add(left, n.base(nest.A, q))
		r := unsafe.Add(right, n.base(nest.B, q))
		c := unsafe.Add(to, n.base(nest.C, q))
		for i := from - first; i < end-first; i++ {
			a := (*byte)(unsafe.Add(l, n.table[nest.A][i]))
			b := (*byte)(unsafe.Add(r, n.table[nest.B][i]))
			c := (*byte)(unsafe.Add(c, n.table[nest.C][i]))
			next := [...]uintptr{nest.A: uintptr(l), nest.B: uintptr(r)}
			if i+1 < n.inner {
				next[nest.A] += uintptr(n.table[nest.A][i+1])
				next[nest.B] += uintptr(n.table[nest.B][i+1])
			}
			for j := range g.calls {
				f := &g.calls[j]
				f.kernel(terms, last, a, b, c, f.rowAt, f.rowTo, f.colAt, f.colTo, f.panels, f.mask, add, ahead.Take(f.bytes, next[f.of]+uintptr(f.at)))
			}
		}
		from = end
	}
}
