package pack

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// planningFiles returns the problems in the folder TNBENCH_PLANNING names: files
// in the format of MiniMalloc, NAME.CAPACITY.csv, known to be feasible.
func planningFiles(t testing.TB) []string {
	t.Helper()
	dir := os.Getenv("TNBENCH_PLANNING")
	if dir == "" {
		t.Skip("TNBENCH_PLANNING names no folder with planning problems")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.csv"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no problems in TNBENCH_PLANNING=%s: %v", dir, err)
	}
	return files
}

func readProblem(t testing.TB, file string) (buffers []Buffer, capacity int) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	named, err := ReadCSV(f)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	for _, b := range named {
		buffers = append(buffers, b.Buffer)
	}
	parts := strings.Split(filepath.Base(file), ".")
	if capacity, err = strconv.Atoi(parts[len(parts)-2]); err != nil {
		t.Fatalf("%s: no capacity in the name: %v", file, err)
	}
	return buffers, capacity
}

func TestPlanningProblemsAreSolvedWithinCapacity(t *testing.T) {
	for _, file := range planningFiles(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			buffers, capacity := readProblem(t, file)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			p, err := Solve(ctx, buffers, Options{Capacity: capacity})
			if err != nil {
				t.Fatal(err)
			}
			if err := Check(buffers, p, 1); err != nil {
				t.Fatal(err)
			}
			if p.Height > capacity {
				t.Errorf("got height %d after %d nodes, want at most %d", p.Height, p.Nodes, capacity)
			}
			t.Logf("%d buffers, height %d, bound %d, %d nodes", len(buffers), p.Height, p.Bound, p.Nodes)
		})
	}
}

// BenchmarkPlanningProblems takes another seed in each iteration, as times are
// heavy-tailed: a single seed tells little.
func BenchmarkPlanningProblems(b *testing.B) {
	for _, file := range planningFiles(b) {
		b.Run(strings.SplitN(filepath.Base(file), ".", 2)[0], func(b *testing.B) {
			buffers, capacity := readProblem(b, file)
			seed, nodes := uint64(0), 0
			for b.Loop() {
				p, err := Solve(b.Context(), buffers, Options{Capacity: capacity, Seed: seed})
				if err != nil || p.Height > capacity {
					b.Fatalf("seed %d: height %d, %v", seed, p.Height, err)
				}
				nodes += p.Nodes
				seed++
			}
			b.ReportMetric(float64(nodes)/float64(seed), "nodes/op")
		})
	}
}
