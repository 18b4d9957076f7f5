package product

import (
	"unsafe"

	"tnbench/internal/kernel/nest"
	"tnbench/internal/kernel/vec/generic"
	"tnbench/internal/kernel/vec/isa"
)

// packer copies blocks of one side of a product into panels. A panel holds the
// values of some rows (or columns) for every iteration of the contracted loops,
// those of one iteration next to each other:
//
//	panel[k][i] = X[i,k]
//
// Complex numbers are taken apart so that the real micro-kernels multiply them:
// with Re and Im as consecutive iterations on the row side, the column side
// holds the vectors that turn them into (Re, Im) pairs of the destination,
//
//	rows:    Re(x) | Im(x)
//	columns: Re(y), Im(y) | −Im(y), Re(y)
//
// which is the 1m method of Van Zee (SIAM J. Sci. Comput. 42, 2020).
type packer struct {
	form  isa.Form
	panel int // rows or columns of a full panel
	pad   int // a last panel is as wide as a multiple of this
	fill  int // and has zeros up to a multiple of this
	// unit is how many places next to each other are copied at once, as they lie
	// so in memory too; 1 if none do. A last one may overlap the one before.
	unit int
	// turn is the side of the squares of places and terms that are transposed
	// where terms lie next to each other, 4 or 8; 1 if none do.
	turn int
	kit  *isa.Kit
	// used is how many bytes of a cache line a block packs at least, if they come from
	// memory: others pack the rest.
	used int
}

// spareWords is what packBlock needs to pass addresses to assembly: of three
// units, or of the squares of a block of so many terms and of what is in none.
func spareWords(terms int) int { return max(isa.CopiedUnits, terms+8) }

// packChunk is how many terms of a panel are packed before going on to the next
// panel where elements are contiguous across panels: memory is then read in a
// few long runs. With 4, and lines fetched ahead, a Zen 5 core (2026-11) packs
// from memory 1.6 times as fast as with 16 and without.
const packChunk = 4

// packBlock packs the elements at src + places[i] + terms[k] for all i and k
// into panels at dst. spare is memory for spareWords(len(terms)) integers.
func packBlock[T float32 | float64](p *packer, dst, src unsafe.Pointer, places, terms, spare []int) {
	chunk := len(terms)
	var turned squares
	switch {
	case p.kit == nil:
	case p.unit > 1:
		chunk = packChunk
	case p.turn > 1:
		turned = findSquares(terms, p.turn, termBytes[T](p.form), spare)
	}
	term := termBytes[T](p.form)
	for k := 0; k < len(terms); k += chunk {
		now := terms[k:min(k+chunk, len(terms))]
		i := 0
		if p.kit != nil && p.unit == p.panel && len(places) >= p.panel {
			to := unsafe.Add(dst, k*p.panel*term)
			i = p.copyPanels(to, src, places, now, spare[:isa.CopiedUnits], p.panel*term, p.panel*len(terms)*term)
		}
		for ; i < len(places); i += p.panel {
			n := min(p.panel, len(places)-i)
			padded := nest.RoundUp(n, p.pad)
			to := unsafe.Add(dst, (i*len(terms)+k*padded)*term)
			packPanel[T](p, to, src, places[i:i+n], now, spare[:isa.CopiedUnits], &turned, padded)
		}
	}
}

// squares are the terms of a block that are transposed.
type squares struct {
	at   []int // for each square a pair: where its first term lies, and its number
	rest []int // pairs of numbers: the terms from one to before the other are in none
}

// findSquares covers what is contiguous of terms with squares of a side, which
// may overlap: they then write the same values twice. spare is the memory for
// their list.
func findSquares(terms []int, side, size int, spare []int) squares {
	// The squares are listed from the front, the rest from the back.
	front, back := 0, len(spare)
	for k := 0; k < len(terms); {
		end := k + 1
		for end < len(terms) && terms[end] == terms[end-1]+size {
			end++
		}
		switch {
		case end-k >= side:
			for at := k; at < end; at += side {
				first := min(at, end-side)
				spare[front], spare[front+1] = terms[first], first
				front += 2
			}
		case back < len(spare) && spare[back+1] == k:
			spare[back+1] = end
		default:
			back -= 2
			spare[back], spare[back+1] = k, end
		}
		k = end
	}
	return squares{spare[:front], spare[back:]}
}

// copyPanels copies all whole panels, each a unit wide and spread bytes apart,
// and returns their places.
func (p *packer) copyPanels(dst, src unsafe.Pointer, places, terms, spare []int, stride, spread int) int {
	whole := len(places) / p.unit
	for i := 0; i < whole; {
		n := min(whole-i, len(spare))
		p.copy(unsafe.Add(dst, i*spread), src, places[i*p.unit:], terms, spare[:n], stride, stride, spread)
		i += n
	}
	return whole * p.unit
}

// termBytes returns the packed bytes of one element.
func termBytes[T float32 | float64](f isa.Form) int {
	return int(unsafe.Sizeof(T(0))) << f
}

// placeBytes returns how far the packed elements of a term are apart.
func placeBytes[T float32 | float64](f isa.Form) int {
	if f == isa.Twist {
		return 2 * int(unsafe.Sizeof(T(0)))
	}
	return int(unsafe.Sizeof(T(0)))
}

// packPanel packs one panel: in units that are contiguous across it, in squares
// that are contiguous along the terms, in fours, or one by one.
func packPanel[T float32 | float64](p *packer, dst, src unsafe.Pointer, places, terms, spare []int, turned *squares, padded int) {
	stride := padded * termBytes[T](p.form)
	step := placeBytes[T](p.form)
	done := len(places)
	switch {
	case p.kit != nil && p.unit > 1 && len(places) >= p.unit:
		p.copyUnits(dst, src, places, terms, spare, stride, step)
	case p.kit != nil && p.turn > 1 && len(places) >= 4:
		p.turnSquares(dst, src, places, terms, turned, stride, step)
	case p.kit != nil && len(places) >= 4:
		p.gather(dst, src, places, terms, stride, step)
	default:
		done = 0
	}
	dst = unsafe.Add(dst, done*step)
	generic.PackSingles[T](p.form, dst, src, places[done:], terms, stride, nest.RoundUp(len(places), p.fill)-done)
}

// copyUnits copies all places, at least a unit.
func (p *packer) copyUnits(dst, src unsafe.Pointer, places, terms, spare []int, stride, step int) {
	done := 0
	for units := len(places) / p.unit; units > 0; {
		n := min(units, len(spare))
		p.copy(unsafe.Add(dst, done*step), src, places[done:], terms, spare[:n], stride, p.unit*step, p.unit*step)
		done += n * p.unit
		units -= n
	}
	if last := len(places) - p.unit; done < len(places) {
		p.copy(unsafe.Add(dst, last*step), src, places[last:], terms, spare[:1], stride, p.unit*step, p.unit*step)
	}
}

// copy copies a unit of some bytes for each of spare, spread bytes apart.
func (p *packer) copy(dst, src unsafe.Pointer, places, terms, spare []int, stride, bytes, spread int) {
	kind := 0
	for 16<<kind < bytes {
		kind++
	}
	for i := range spare {
		spare[i] = places[i*p.unit]
	}
	p.kit.Copies[kind][len(spare)]((*byte)(dst), (*byte)(src), &spare[0], &terms[0], len(terms), stride, spread)
}

// turnSquares packs all places, at least four.
func (p *packer) turnSquares(dst, src unsafe.Pointer, places, terms []int, turned *squares, stride, step int) {
	side := 4
	if len(places) >= 8 {
		side = 8
	}
	if n := len(turned.at) / 2; n > 0 {
		turn := p.kit.Turns[side/8][p.turn/8]
		for done := 0; done < len(places); done += side {
			at := min(done, len(places)-side)
			turn((*byte)(unsafe.Add(dst, at*step)), (*byte)(src), &places[at], &turned.at[0], n, stride)
		}
	}
	for i := 0; i < len(turned.rest); i += 2 {
		from, to := turned.rest[i], turned.rest[i+1]
		p.gather(unsafe.Add(dst, from*stride), src, places, terms[from:to], stride, step)
	}
}

// gather packs all places, at least four, wherever they lie.
func (p *packer) gather(dst, src unsafe.Pointer, places, terms []int, stride, step int) {
	for done := 0; done < len(places); done += 4 {
		at := min(done, len(places)-4)
		p.kit.Four((*byte)(unsafe.Add(dst, at*step)), (*byte)(src), &places[at], &terms[0], len(terms), stride)
	}
}
