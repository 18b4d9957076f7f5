package explain

import (
	"testing"

	"tnbench/internal/instance/instancetest"
)

// embedded returns an embedded instance as a subject.
func embedded(t *testing.T, name string) Subject {
	t.Helper()
	in, inputs := instancetest.Filled(t, name)
	return Subject{Instance: in, Path: in.Paths[0], Inputs: inputs, Fill: "balanced"}
}
