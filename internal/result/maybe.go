package result

import (
	"encoding/json"
	"math"
)

// Maybe is a figure that may not have been measured. An unmeasured one is left
// out of JSON ("omitzero"), a measured zero is not. So is one that is infinite or
// not a number: JSON has no such numbers.
type Maybe[T any] struct {
	Value T
	OK    bool
}

// Measured returns a figure that was measured.
func Measured[T any](v T) Maybe[T] { return Maybe[T]{v, true} }

// IsZero reports whether the figure is missing.
func (m Maybe[T]) IsZero() bool {
	v, ok := any(m.Value).(float64)
	return !m.OK || ok && (math.IsNaN(v) || math.IsInf(v, 0))
}

// MarshalJSON writes the figure.
func (m Maybe[T]) MarshalJSON() ([]byte, error) { return json.Marshal(m.Value) }

// UnmarshalJSON reads a figure.
func (m *Maybe[T]) UnmarshalJSON(b []byte) error {
	m.OK = true
	return json.Unmarshal(b, &m.Value)
}
