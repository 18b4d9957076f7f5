package bench

import "testing"

func TestTheHeapGrowsToItsGoalAndGivesGarbageBack(t *testing.T) {
	const mib = 1 << 20
	play := func(percent uint64, slow bool, live int, events ...int) int {
		h := &heap{live: live, percent: percent, limit: 1 << 63, slow: slow}
		h.collect()
		h.play(events, 1)
		return h.peak / mib
	}
	hundred := 100 * mib
	again := []int{hundred, hundred, -hundred, -hundred, hundred, hundred, -hundred, -hundred}
	for _, test := range []struct {
		name    string
		percent uint64
		slow    bool
		live    int
		events  []int
		want    int
	}{
		{"nothing but what was live", 100, false, hundred, nil, 100},
		{"garbage below the goal stays", 100, false, 300 * mib, []int{hundred, -hundred, hundred, -hundred}, 500},
		{"garbage beyond the goal goes", 100, false, hundred, []int{hundred, -hundred, hundred, -hundred, hundred, -hundred, hundred, -hundred}, 400},
		{"two contractions of two buffers", 100, false, 0, again, 400},
		{"a collector that is off", 1 << 31, false, 0, again, 400},
		{"a collection ends while a large buffer is filled", 100, true, hundred, []int{hundred, -hundred, hundred, -hundred, hundred, -hundred, hundred, -hundred}, 400},
		{"small ones are taken meanwhile", 100, true, 0, []int{8 * mib, -8 * mib, 8 * mib, -8 * mib, 8 * mib, -8 * mib, 8 * mib, -8 * mib}, 32},
		{"small ones after a collection that ends at once", 100, false, 0, []int{8 * mib, -8 * mib, 8 * mib, -8 * mib, 8 * mib, -8 * mib, 8 * mib, -8 * mib}, 16},
	} {
		if got := play(test.percent, test.slow, test.live, test.events...); got != test.want {
			t.Errorf("%s: %d MiB, want %d", test.name, got, test.want)
		}
	}
}
