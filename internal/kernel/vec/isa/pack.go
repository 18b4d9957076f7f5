package isa

// Form is what becomes of an element when it is packed into a panel.
type Form uint8

// The forms.
const (
	Plain Form = iota // itself
	Split             // Re, and Im half a term further
	Twist             // Re, Im, and −Im, Re half a term further
	Forms
)

// A PackFunc packs a few places: for each of n terms it reads at
// src + places[i] + terms[k] and writes to dst + k·stride.
type PackFunc func(dst, src *byte, places, terms *int, n, stride int)

// A CopyFunc is a [PackFunc] that copies a few units of places. The units of a
// term are written spread bytes apart.
type CopyFunc func(dst, src *byte, places, terms *int, n, stride, spread int)

// A TurnFunc is a [PackFunc] that transposes n squares. For each there is a pair of
// integers: where its first term lies, and which term of the panel it is.
type TurnFunc func(dst, src *byte, places, squares *int, n, stride int)

// CopiedUnits is the most units that a [CopyFunc] copies at once.
const CopiedUnits = 3

// Kit holds the packers of a tier for one form and size of elements.
type Kit struct {
	// Copies move units of 16, 32 and 64 bytes, as many as the second index.
	Copies [3][CopiedUnits + 1]CopyFunc
	// Turns transpose squares of 4 or 8 places, the first index, and as many
	// terms, the second.
	Turns [2][2]TurnFunc
	// Four takes four elements from anywhere.
	Four PackFunc
}

// A ScatterFunc copies a buffered tile, or adds it: unit u of row i lies at
// tile + i·width + u·(bytes of a unit) and goes to c + rows[i] + cols[u·step/8].
type ScatterFunc func(c, tile *byte, rows, cols *int, tall, units, width, step, add int)

// A FetchFunc asks for the lines of a tile's destination ahead of time.
type FetchFunc func(c *byte, rows, cols *int, tall, units, step int)
