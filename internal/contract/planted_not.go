//go:build !planted

package contract

// Planted returns the faults that are planted for tests of gates: none in this
// build.
func Planted() string { return "" }

// plant is there for builds with the tag "planted": see planted.go.
func (e *Executor) plant() error { return nil }
