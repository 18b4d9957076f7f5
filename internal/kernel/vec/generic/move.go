package generic

import (
	"unsafe"

	"tnbench/internal/kernel/vec/isa"
)

// Moves are [isa.Moves] in portable Go.
var Moves = isa.Moves{
	Copy:    moveCopy,
	Turns:   [3]isa.MoveFunc{turnMoves[[4]byte], turnMoves[[8]byte], turnMoves[[16]byte]},
	Gathers: [2]isa.MoveFunc{gatherMoves[[4]byte], gatherMoves[[8]byte]},
}

// pairsTo lists the pairs from one to the last.
func pairsTo(first, last *int) [][2]int {
	n := (uintptr(unsafe.Pointer(last))-uintptr(unsafe.Pointer(first)))/unsafe.Sizeof([2]int{}) + 1
	return unsafe.Slice((*[2]int)(unsafe.Pointer(first)), n)
}

// at returns the address of what is some bytes further.
func at[T any](p *byte, bytes int) *T { return (*T)(unsafe.Add(unsafe.Pointer(p), bytes)) }

func moveCopy(to, from *byte, rows, places, last *int) {
	n := *rows
	for _, p := range pairsTo(places, last) {
		copy(unsafe.Slice(at[byte](to, p[1]), n), unsafe.Slice(at[byte](from, p[0]), n))
	}
}

func turnMoves[T [4]byte | [8]byte | [16]byte](to, from *byte, rows, places, last *int) {
	var unit T
	size := int(unsafe.Sizeof(unit))
	side := isa.MoveBytes / size
	table := unsafe.Slice(rows, 2*isa.MoveRows)
	for _, p := range pairsTo(places, last) {
		for j := range side {
			out := unsafe.Slice(at[T](to, p[1]+table[isa.MoveRows+j]), side)
			for i := range out {
				out[i] = *at[T](from, p[0]+table[i]+j*size)
			}
		}
	}
}

func gatherMoves[T [4]byte | [8]byte](to, from *byte, rows, places, last *int) {
	table := unsafe.Slice(rows, 4)
	for _, p := range pairsTo(places, last) {
		out := at[[4]T](to, p[1])
		for i := range out {
			out[i] = *at[T](from, p[0]+table[i])
		}
	}
}
