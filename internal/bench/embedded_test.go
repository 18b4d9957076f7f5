package bench

import (
	"bytes"
	"testing"

	"tnbench/instances"
	"tnbench/internal/alloc"
	"tnbench/internal/alloc/wrap"
	"tnbench/internal/contract"
	"tnbench/internal/dtype"
	"tnbench/internal/instance"
	"tnbench/internal/source"
)

// TestEmbeddedInstancesAgreeUnderEveryStrategy contracts what the program comes
// with under every strategy that can run here, checked: same bits, nothing
// leaked, nothing written where it should not be.
func TestEmbeddedInstancesAgreeUnderEveryStrategy(t *testing.T) {
	specs, err := alloc.Expand("all")
	if err != nil {
		t.Fatal(err)
	}
	items, err := instance.List(instances.Files)
	if err != nil || len(items) == 0 {
		t.Fatalf("%d embedded instances, error %v", len(items), err)
	}
	for _, item := range items {
		in, err := item.Load(t.Context(), source.Limit{})
		if err != nil {
			t.Fatal(err)
		}
		program, err := contract.Compile(in, in.Paths[0], contract.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if testing.Short() && program.IntermediateBytes() > 64<<20 {
			continue // checking writes all of it several times
		}
		inputs, err := in.Data(instance.Balanced, 1)
		if err != nil {
			t.Fatal(err)
		}
		var first []byte
		for _, spec := range specs {
			result := contractChecked(t, program, spec, inputs)
			if first == nil {
				first = result
			} else if !bytes.Equal(first, result) {
				t.Errorf("%s, %s: the result's bits differ from those under %s", in.Name, spec, specs[0])
			}
		}
	}
}

// contractChecked contracts once under a checked strategy.
func contractChecked(t *testing.T, program *contract.Program, spec string, inputs [][]byte) []byte {
	t.Helper()
	strategy, err := alloc.New(spec)
	if err != nil {
		t.Fatal(err)
	}
	checked := wrap.NewChecked(strategy)
	defer checked.Close()
	e, err := contract.NewExecutor(program, checked, inputs, contract.Execution{})
	if err != nil {
		t.Fatal(err)
	}
	result := dtype.MakeBytes(program.ResultBytes())
	if err := e.Run(result); err != nil {
		t.Errorf("%s, %s: %v", program.Instance.Name, spec, err)
	}
	if err := checked.Err(); err != nil {
		t.Errorf("%s, %s: %v", program.Instance.Name, spec, err)
	}
	return result
}
