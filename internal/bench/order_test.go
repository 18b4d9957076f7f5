package bench

import (
	"testing"

	"pgregory.net/rapid"
)

func TestScheduleIsBalanced(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(1, 9).Draw(r, "strategies")
		blocks := rapid.IntRange(1, 5).Draw(r, "blocks")
		seed := rapid.Uint64().Draw(r, "seed")
		at := make([][]int, n) // at[strategy][position]
		for i := range at {
			at[i] = make([]int, n)
		}
		for _, row := range rounds(n, n*blocks, seed) {
			for position, strategy := range row {
				at[strategy][position]++
			}
		}
		for strategy, counts := range at {
			for position, c := range counts {
				if c != blocks {
					r.Fatalf("strategy %d stands %d times at position %d in %d blocks", strategy, c, position, blocks)
				}
			}
		}
		if again := rounds(n, n*blocks, seed); len(again) > 0 && again[0][0] != rounds(n, 1, seed)[0][0] {
			r.Fatal("the same seed gives another schedule")
		}
	})
}

// rounds are the first rounds of a schedule.
func rounds(n, count int, seed uint64) (all [][]int) {
	for row := range Schedule(n, seed) {
		if len(all) == count {
			break
		}
		all = append(all, row)
	}
	return all
}
