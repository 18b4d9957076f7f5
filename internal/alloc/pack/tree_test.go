package pack

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// contractionTree returns the intermediates of a random contraction of leaves
// tensors: each node lives from its step to that of its parent, both included.
// Sizes are powers of two from 8 B to 128 MiB and change along the tree by a
// random walk, as ranks do. Depth-first order makes lifetimes nest; otherwise
// steps come in a random order, children first.
func contractionTree(r *rand.Rand, leaves int, depthFirst bool) []Buffer {
	type node struct{ left, right, log int }
	var nodes []node
	roots := make([]int, leaves) // -1: a leaf, which is an input and no buffer
	for i := range roots {
		roots[i] = -1
	}
	logOf := func(k int) int {
		if k < 0 {
			return 3 + r.IntN(3)
		}
		return nodes[k].log
	}
	for len(roots) > 1 {
		pick := func() int {
			k := r.IntN(min(len(roots), 2+r.IntN(len(roots))))
			root := roots[k]
			roots[k] = roots[len(roots)-1]
			roots = roots[:len(roots)-1]
			return root
		}
		a, b := pick(), pick()
		log := max(logOf(a), logOf(b)) + r.IntN(4) - 1
		nodes = append(nodes, node{a, b, min(max(log, 3), 27)})
		roots = append(roots, len(nodes)-1)
	}
	step := make([]int, len(nodes))
	for k := range step {
		step[k] = k
	}
	if depthFirst {
		clock := 0
		var visit func(k int)
		visit = func(k int) {
			if k >= 0 {
				visit(nodes[k].left)
				visit(nodes[k].right)
				step[k] = clock
				clock++
			}
		}
		visit(len(nodes) - 1)
	}
	buffers := make([]Buffer, 0, len(nodes))
	last := make([]int, len(nodes))
	for k, n := range nodes {
		for _, child := range []int{n.left, n.right} {
			if child >= 0 {
				last[child] = step[k]
			}
		}
	}
	for k := range nodes[:len(nodes)-1] {
		buffers = append(buffers, Buffer{Lower: step[k], Upper: last[k] + 1, Size: 1 << nodes[k].log})
	}
	return buffers
}

// treeNodes is a search budget fit for a planner that runs before each program.
const treeNodes = 1 << 14

func TestContractionTreesArePlannedNearTheBound(t *testing.T) {
	trees := 200
	if testing.Short() {
		trees = 40
	}
	for _, depthFirst := range []bool{true, false} {
		t.Run(fmt.Sprintf("depthfirst=%v", depthFirst), func(t *testing.T) {
			var greedyRatios, ratios []float64
			for seed := range uint64(trees) {
				r := rand.New(rand.NewPCG(seed, 6))
				b := contractionTree(r, 50+r.IntN(400), depthFirst)
				greedy, err := Greedy(b, 64)
				if err != nil {
					t.Fatal(err)
				}
				p, err := Solve(t.Context(), b, Options{Align: 64, Nodes: treeNodes})
				if err != nil {
					t.Fatal(err)
				}
				if err := Check(b, p, 64); err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
				if p.Ratio() > 1.01 {
					t.Errorf("seed %d: %d buffers: height %d is %.4f of the bound %d", seed, len(b), p.Height, p.Ratio(), p.Bound)
				}
				greedyRatios = append(greedyRatios, greedy.Ratio())
				ratios = append(ratios, p.Ratio())
			}
			t.Logf("height over bound: greedy %s; solved %s", spread(greedyRatios), spread(ratios))
		})
	}
}

// TestDenseTasksArePlannedInLayers takes more pairs than are held.
func TestDenseTasksArePlannedInLayers(t *testing.T) {
	for seed := range uint64(2) {
		b := contractionTree(rand.New(rand.NewPCG(seed, 8)), 20_000, false)
		task := newTask(b, 64)
		if task.conflicts != nil {
			t.Fatalf("seed %d: the conflicts of %d buffers are held: no dense task", seed, len(b))
		}
		for by, plan := range map[string]func() (Plan, error){
			"greedy": func() (Plan, error) { return Greedy(b, 64) },
			"solve":  func() (Plan, error) { return Solve(t.Context(), b, Options{Align: 64, Nodes: treeNodes}) },
		} {
			p, err := plan()
			if err != nil {
				t.Fatal(err)
			}
			if err := Check(b, p, 64); err != nil {
				t.Fatalf("seed %d: %s: %v", seed, by, err)
			}
			if by == "solve" && p.Ratio() > 1.01 {
				t.Errorf("seed %d: %s: %.4f of the bound", seed, by, p.Ratio())
			}
			t.Logf("seed %d: %s: %.4f of the bound", seed, by, p.Ratio())
		}
	}
}

// spread describes a distribution of ratios.
func spread(ratios []float64) string {
	slices.Sort(ratios)
	n := len(ratios)
	ones, _ := slices.BinarySearch(ratios, 1.0000001)
	return fmt.Sprintf("at the bound %d/%d, 90%% %.4f, 99%% %.4f, most %.4f", ones, n, ratios[n*9/10], ratios[n*99/100], ratios[n-1])
}

func BenchmarkGreedyTree(b *testing.B) {
	benchmarkTrees(b, func(buffers []Buffer) (Plan, error) { return Greedy(buffers, 64) })
}

func BenchmarkSolveTree(b *testing.B) {
	benchmarkTrees(b, func(buffers []Buffer) (Plan, error) {
		return Solve(b.Context(), buffers, Options{Align: 64, Nodes: treeNodes})
	})
}

func benchmarkTrees(b *testing.B, plan func([]Buffer) (Plan, error)) {
	for _, leaves := range []int{400, 10_000, 100_000, 1_000_000} {
		for _, depthFirst := range []bool{true, false} {
			b.Run(fmt.Sprintf("leaves=%d/depthfirst=%v", leaves, depthFirst), func(b *testing.B) {
				buffers := contractionTree(rand.New(rand.NewPCG(1, 7)), leaves, depthFirst)
				var p Plan
				for b.Loop() {
					var err error
					if p, err = plan(buffers); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(p.Ratio(), "height/bound")
				b.ReportMetric(float64(len(buffers)), "buffers")
			})
		}
	}
}
