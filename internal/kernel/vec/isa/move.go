package isa

// A MoveFunc rearranges something small at each of some places, by a table of offsets,
// rows: see [Moves]. From places on there is a pair of integers for each, where it is
// read and where it is written, in bytes from the two addresses; last is the last pair.
type MoveFunc func(to, from *byte, rows, places, last *int)

// Moves rearrange what lies in a near cache: units of some bytes, whatever they are.
type Moves struct {
	// Copy copies rows[0] bytes, at least 16 and a multiple of 16.
	Copy MoveFunc
	// Turns transpose squares of 8 units of 4 bytes, 4 of 8 bytes and 2 of 16 bytes: row
	// i of a square is read at rows[i], its column j is written to rows[MoveRows+j].
	Turns [3]MoveFunc
	// Gathers write four units of 4 and of 8 bytes next to each other, which are read at
	// rows[0] to rows[3].
	Gathers [2]MoveFunc
}

// MoveRows is how many rows the largest squares have, MoveBytes how long they are.
const MoveRows, MoveBytes = 8, 32
