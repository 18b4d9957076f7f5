package result

import "encoding/json"

// Maybe is a figure that may not have been measured. An unmeasured one is left
// out of JSON ("omitzero"), a measured zero is not.
type Maybe[T any] struct {
	Value T
	OK    bool
}

// Measured returns a figure that was measured.
func Measured[T any](v T) Maybe[T] { return Maybe[T]{v, true} }

// IsZero reports whether the figure is missing.
func (m Maybe[T]) IsZero() bool { return !m.OK }

// MarshalJSON writes the figure.
func (m Maybe[T]) MarshalJSON() ([]byte, error) { return json.Marshal(m.Value) }

// UnmarshalJSON reads a figure.
func (m *Maybe[T]) UnmarshalJSON(b []byte) error {
	m.OK = true
	return json.Unmarshal(b, &m.Value)
}
