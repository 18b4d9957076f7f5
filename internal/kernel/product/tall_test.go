package product

import (
	"unsafe"

	"tnbench/internal/kernel/vec/generic"
	"tnbench/internal/kernel/vec/isa"
)

// tallTier has micro-kernels in plain Go, as tall and wide as the largest that there
// are in assembly, and no kernel in place for six and for seven rows: what products
// make of such is tested on every machine.
func tallTier() *isa.Tier {
	t := generic.Tier("tall")
	t.Micros = [2]*isa.Micros{tallMicros[float32](), tallMicros[float64]()}
	return t
}

const tallRows, tallLanes = 8, 4

func tallMicros[T float32 | float64]() *isa.Micros {
	m := &isa.Micros{Rows: tallRows, Vectors: isa.MaxVectors, Lanes: tallLanes, Masks: true}
	m.Strided = make([][isa.MaxVectors + 1]isa.StridedFunc, tallRows+1)
	for wide := 1; wide <= isa.MaxVectors; wide++ {
		m.Kernels[wide] = packedTile[T](tallRows, wide)
		for _, tall := range []int{1, 2, 3, 4, 5, tallRows} {
			m.Strided[tall][wide] = stridedTile[T](tall, wide)
		}
	}
	return m
}

// packedTile returns the [isa.MicroFunc] of a size, by the one in place.
func packedTile[T float32 | float64](tall, wide int) isa.MicroFunc {
	in := stridedTile[T](tall, wide)
	real := int(unsafe.Sizeof(T(0)))
	return func(k int, a, b, c *byte, rows, cols *int, panels int, mask uint64, add int, ahead uintptr) {
		rowA, colB := make([]int, tall*panels), make([]int, wide)
		for i := range rowA {
			rowA[i] = (i/tall*k*tall + i%tall) * real
		}
		for v := range colB {
			colB[v] = v * tallLanes * real
		}
		pairs := evenPairs(tall*real, wide*tallLanes*real, k)
		in(&pairs[0], &pairs[2*k-1], a, b, c, &rowA[0], rows, &colB[0], cols, panels, mask, add, ahead)
	}
}

// stridedTile returns the [isa.StridedFunc] of a size.
func stridedTile[T float32 | float64](tall, wide int) isa.StridedFunc {
	real := int(unsafe.Sizeof(T(0)))
	return func(terms, last *int, a, b, c *byte, rowA, rowC, colB, colC *int, panels int, mask uint64, add int, _ uintptr) {
		n := (int(uintptr(unsafe.Pointer(last))-uintptr(unsafe.Pointer(terms)))/8 + 1) / 2
		pairs := unsafe.Slice(terms, 2*n)
		fromRow, toRow := unsafe.Slice(rowA, tall*panels), unsafe.Slice(rowC, tall*panels)
		fromCol, toCol := unsafe.Slice(colB, wide), unsafe.Slice(colC, wide)
		for i := range fromRow {
			for v := range wide {
				for lane := range tallLanes {
					if v == wide-1 && mask>>lane&1 == 0 {
						continue
					}
					var sum T
					for k := range n {
						x := *(*T)(unsafe.Add(unsafe.Pointer(a), fromRow[i]+pairs[2*k]))
						y := *(*T)(unsafe.Add(unsafe.Pointer(b), fromCol[v]+pairs[2*k+1]+lane*real))
						sum += x * y
					}
					to := (*T)(unsafe.Add(unsafe.Pointer(c), toRow[i]+toCol[v]+lane*real))
					if add != 0 {
						sum += *to
					}
					*to = sum
				}
			}
		}
	}
}
