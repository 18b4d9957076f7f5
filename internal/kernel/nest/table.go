package nest

import "slices"

// Repeat extends a table for a loop around what it lists: so many times as long, each
// time one step further on.
func Repeat[T any](table []T, times int, further func(T) T) []T {
	more := (times - 1) * len(table)
	table = slices.Grow(table, more)
	for i := range more {
		table = append(table, further(table[i]))
	}
	return table
}

// Unit returns how many iterations from any multiple of it on lie a step apart in an
// operand, one after the other, the last loop fastest; 1 if none do.
func Unit(loops []Loop, o Operand, step int) int {
	run := 1
	for i := len(loops) - 1; i >= 0 && loops[i].Stride(o) == run*step; i-- {
		run *= loops[i].Extent
	}
	return run
}
