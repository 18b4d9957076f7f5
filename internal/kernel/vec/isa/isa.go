// Package isa says what a set of vector instructions offers to the kernels: its
// micro-kernels, packers, routines of streams and loops that measure its peak. It
// is the seam to code written for one processor, and refuses to know who calls it.
package isa

import "math/bits"

// Tier is a set of vector instructions and the code that is written in them. What a
// tier does not have, portable Go does. It is immutable.
type Tier struct {
	// Name is a word for reports: "avx2".
	Name string
	// Untested says that nobody has run it on hardware, only under emulation.
	Untested bool
	// Micros are the micro-kernels for reals of 4 and of 8 bytes.
	Micros [2]*Micros
	// Fans are for reals of 4 and of 8 bytes.
	Fans [2]Fans
	// Kits are the packers by form, for reals of 4 and of 8 bytes; nil: none.
	Kits [Forms][2]*Kit
	// Scatters copy buffered tiles: for reals of 4 and of 8 bytes, in units of 4, 8,
	// 16 and 32 bytes. Fetch asks for the lines that they go to. nil: none.
	Scatters [2][4]ScatterFunc
	Fetch    FetchFunc
	// Moves rearrange what is in a near cache; nil: portable Go does.
	Moves *Moves
	// Peaks are the loops that measure the peak of reals of 4 and of 8 bytes.
	Peaks [2]Peak
	// Slots is the number of the tier's first routine of streams, [NoSlot] if it
	// has none.
	Slots uint8
}

// wide is the index of tables by size of the reals.
func wide(bytes int) int { return bytes / 8 }

// String names the tier.
func (t *Tier) String() string { return t.Name }

// MicrosFor returns the micro-kernels for reals of the given bytes.
func (t *Tier) MicrosFor(bytes int) *Micros { return t.Micros[wide(bytes)] }

// FansFor returns the fans for reals of the given bytes.
func (t *Tier) FansFor(bytes int) *Fans { return &t.Fans[wide(bytes)] }

// Kit returns the packers of a form for reals of the given bytes, nil if there are
// none.
func (t *Tier) Kit(f Form, bytes int) *Kit { return t.Kits[f][wide(bytes)] }

// Scatter returns what copies tiles of reals of the given bytes in units of some
// bytes, nil if there is nothing.
func (t *Tier) Scatter(bytes, unit int) ScatterFunc {
	return t.Scatters[wide(bytes)][bits.Len(uint(unit))-3]
}

// Peak is a loop of multiply-adds that touch no memory.
type Peak struct {
	Run  func(turns int)
	FMAs int // multiply-adds of real numbers per turn
}
