package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tnbench/internal/kernel/blas"
)

// writeChain writes a network of two matrices large enough for a backend.
func writeChain(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "chain.json")
	const text = `{"name":"chain","format_string":"ab,bc->ac","shapes":[[24,40],[40,33]],"dtype":"float64",
		"num_tensors":2,"paths":{"opt_flops":{"path":[[0,1]],"log2_size":9.629,"log10_flops":4.8018}}}`
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestRunOnEachBackendGivesTheSameResult(t *testing.T) {
	file := writeChain(t)
	sums := map[string]float64{}
	for _, name := range blas.Names() {
		b, err := blas.Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		stdout, stderr, code := tnbench(t, "run", file, "--backend", name, "--alloc", "make,slab", "--runs", "2", "--warmup", "1", "--format", "json")
		if missing := b.Available(); missing != nil {
			if want := fmt.Sprintf("--backend %s: %v", name, missing); code != exitFailed || !strings.Contains(stderr, want) {
				t.Errorf("run --backend %s: exit %d, stderr %q; want exit %d and %q", name, code, stderr, exitFailed, want)
			}
			continue
		}
		if code != 0 {
			t.Fatalf("run --backend %s: exit %d, stderr %q", name, code, stderr)
		}
		if told := strings.Contains(stderr, "backend "+name+": "+b.Describe()); told != (b != blas.Native) {
			t.Errorf("run --backend %s: stderr %q; says what the backend is: %v", name, stderr, told)
		}
		var document struct {
			Settings struct{ Backend string }
			Results  []struct{ Digest struct{ Sum float64 } }
		}
		if err := json.Unmarshal([]byte(stdout), &document); err != nil {
			t.Fatal(err)
		}
		if document.Settings.Backend != name {
			t.Errorf("run --backend %s: settings.backend is %q", name, document.Settings.Backend)
		}
		if len(document.Results) != 2 {
			t.Fatalf("run --backend %s: %d results, want 2", name, len(document.Results))
		}
		sums[name] = document.Results[0].Digest.Sum
	}
	native := sums["native"]
	for name, sum := range sums {
		if d := sum/native - 1; !(d < 1e-12 && d > -1e-12) {
			t.Errorf("sum of the result: %s got %v, native %v", name, sum, native)
		}
	}
}

func TestAnUnknownBackendIsAUsageError(t *testing.T) {
	for _, command := range []string{"run", "inspect"} {
		_, stderr, code := tnbench(t, command, "--backend", "mkl")
		if want := `--backend: unknown backend "mkl": there are native, gonum, openblas, accelerate`; code != exitUsage || !strings.Contains(stderr, want) {
			t.Errorf("%s --backend mkl: exit %d, stderr %q; want exit %d and %q", command, code, stderr, exitUsage, want)
		}
	}
}
