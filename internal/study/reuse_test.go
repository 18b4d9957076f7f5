package study

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tnbench/internal/alloc"
	"tnbench/internal/contract"
	"tnbench/internal/path"
)

// naiveReuse follows buffers one by one: each result takes the first buffer of
// its size that is not in use, or a new one. A buffer is in use from the step
// that makes its tensor to the one that consumes it, both included.
func naiveReuse(p *contract.Program) (hits int) {
	type buffer struct {
		elements float64
		until    int // in use until this step
	}
	var buffers []buffer
	for now, s := range p.Steps {
		until := len(p.Steps)
		for later, consumer := range p.Steps[now+1:] {
			if consumer.Left == s.Out || consumer.Right == s.Out {
				until = now + 1 + later
			}
		}
		found := false
		for b := range buffers {
			if buffers[b].elements == s.Elements && buffers[b].until < now {
				buffers[b].until, found = until, true
				hits++
				break
			}
		}
		if !found {
			buffers = append(buffers, buffer{s.Elements, until})
		}
	}
	return hits
}

func TestReuseAgreesWithFollowingEveryBuffer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := network(t)
		// The figures must not depend on the order the program was compiled for.
		compiled := rapid.SampledFrom(orders).Draw(t, "compiled for")
		tree := treeOf(program(t, in, compiled))
		got := tree.reuse()
		want := Reuse{
			Unlimited:  len(tree.steps) - uniqueSizes(tree.elements()),
			PathOrder:  naiveReuse(program(t, in, path.AsWritten)),
			DepthFirst: naiveReuse(program(t, in, path.DepthFirst)),
			LowestPeak: naiveReuse(program(t, in, path.LowestPeak)),
		}
		if got != want {
			t.Fatalf("reuse of sizes %v along %v: got %+v, want %+v", tree.elements(), in.Paths[0].Pairs, got, want)
		}
		if got.PathOrder > got.Unlimited || got.DepthFirst > got.Unlimited || got.LowestPeak > got.Unlimited {
			t.Fatalf("reuse %+v: real lifetimes beat unlimited ones", got)
		}
	})
}

// withScratch returns p with temporaries of the given bytes, by the step's place
// in the path; 0 is none.
func withScratch(p *contract.Program, scratch []int) *contract.Program {
	q := *p
	q.Requests = slices.Clone(p.Requests[:p.Intermediates])
	for i, s := range p.Steps {
		if bytes := scratch[int(s.Out)-len(p.Instance.Inputs)]; bytes > 0 {
			q.Requests = append(q.Requests, alloc.Request{Bytes: bytes, First: int32(i), Last: int32(i)})
		}
	}
	return &q
}

// TestPeakLiveAgreesWithTheRequests derives the peaks of all orders from a
// program compiled for one of them.
func TestPeakLiveAgreesWithTheRequests(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := network(t)
		compiled := program(t, in, rapid.SampledFrom(orders).Draw(t, "compiled for"))
		n := len(compiled.Steps)
		// The kernels of such small steps have no temporaries of their own.
		scratch := rapid.SliceOfN(rapid.SampledFrom([]int{0, 0, 8, 40, 1000}), n, n).Draw(t, "scratch")
		tree := treeOf(withScratch(compiled, scratch))
		for _, o := range orders {
			p := withScratch(program(t, in, o), scratch)
			if got, want := tree.peakLive(tree.order(o), true), float64(alloc.PeakLive(p.Requests)); got != want {
				t.Fatalf("sizes %v, scratch %v: peak live in order %s is %v, that of its requests %v", tree.elements(), scratch, o, got, want)
			}
			if got, want := tree.peakLive(tree.order(o), false), float64(alloc.PeakLive(p.Requests[:p.Intermediates])); got != want {
				t.Fatalf("sizes %v: peak live of intermediates in order %s is %v, that of their requests %v", tree.elements(), o, got, want)
			}
		}
	})
}
