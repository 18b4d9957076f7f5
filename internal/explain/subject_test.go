package explain

import (
	"testing"

	"tnbench/instances"
	"tnbench/internal/instance"
	"tnbench/internal/source"
)

// embedded returns an embedded instance as a subject.
func embedded(t *testing.T, name string) Subject {
	t.Helper()
	items, err := instance.Resolve([]string{name}, instances.Files)
	if err != nil {
		t.Fatal(err)
	}
	in, err := items[0].Load(t.Context(), source.Limit{})
	if err != nil {
		t.Fatal(err)
	}
	inputs, err := in.Data(instance.Balanced, 1)
	if err != nil {
		t.Fatal(err)
	}
	return Subject{Instance: in, Path: in.Paths[0], Inputs: inputs, Fill: "balanced"}
}
