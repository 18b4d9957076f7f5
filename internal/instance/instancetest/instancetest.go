// Package instancetest gives tests of other packages networks to contract.
package instancetest

import (
	"testing"

	"tnbench/instances"
	"tnbench/internal/instance"
	"tnbench/internal/source"
)

// Filled returns an embedded instance, or one of a file, and inputs filled at random.
func Filled(t testing.TB, name string) (*instance.Instance, [][]byte) {
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
	return in, inputs
}
