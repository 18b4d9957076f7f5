package pack

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func TestGreedyPlansAreValidAndAtLeastTheBound(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		b := make([]Buffer, r.IntN(60))
		for i := range b {
			l := r.IntN(40)
			b[i] = Buffer{l, l + 1 + r.IntN(20), r.IntN(200)}
		}
		align := []int{0, 1, 8, 64}[r.IntN(4)]
		p, err := Greedy(b, align)
		if err != nil {
			t.Fatal(err)
		}
		if err := Check(b, p, align); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		tk := newTask(b, align)
		if o := placeInTime(tk); Check(b, tk.plan(o), align) != nil {
			t.Fatalf("seed %d: in time: %v", seed, Check(b, tk.plan(o), align))
		}
		_ = fmt.Sprint()
	}
}
