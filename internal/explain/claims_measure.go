package explain

import (
	"context"
	"fmt"
	"maps"
	"math"
	"runtime"
	"slices"
	"time"

	"tnbench/internal/alloc"
	"tnbench/internal/alloc/wrap"
	"tnbench/internal/await"
	"tnbench/internal/bench"
	"tnbench/internal/contract"
	"tnbench/internal/dtype"
	"tnbench/internal/instance"
	"tnbench/internal/result"
	"tnbench/internal/stats"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// gather measures what claims need beside the other parts.
func (e *explanation) gather(ctx context.Context) (*evidence, error) {
	v := &evidence{Document: e.document, served: map[string]bool{}, calls: map[string]maybe{}}
	program, err := e.program(ctx, reported)
	if err != nil {
		return nil, err
	}
	v.facts = factsOf(program)
	for i, measure := range []struct {
		what string
		do   func() error
	}{
		{"the timing scope", func() error { return e.watch(program, v) }},
		{"calls of C allocators", func() error { return v.call() }},
		{"products of 2×2 matrices", func() error { return v.multiply() }},
	} {
		e.progress(measure.what, i, 4)
		if err := await.Done(ctx, measure.do); err != nil {
			return nil, err
		}
	}
	return v, e.crowd(ctx, &v.streams)
}

// factsOf counts the sizes of a program's step results, and which of them a pool of
// exact sizes could serve.
func factsOf(p *contract.Program) facts {
	const line = 64
	f := facts{steps: len(p.Steps)}
	sizes := map[int]bool{}
	for _, s := range p.Steps {
		sizes[s.Bytes] = true
		if s.Bytes <= line {
			f.small++
		}
	}
	f.unique = len(sizes)
	free := map[int]int{} // buffers by size
	requests := p.Requests[:p.Intermediates]
	alloc.Walk(requests, func(id int) {
		if n := requests[id].Bytes; free[n] > 0 {
			free[n]--
			f.served++
		}
	}, func(id int) { free[requests[id].Bytes]++ })
	if last := p.Steps[len(p.Steps)-1].Bytes; free[last] > 0 {
		f.served++ // the result, which a pool would serve, too
	}
	return f
}

// watch lets strategies serve a contraction and sees whether the same is asked of each.
func (e *explanation) watch(p *contract.Program, v *evidence) error {
	specs := e.config.dissected()
	want := wrap.Counts{Allocs: len(p.Requests), Frees: len(p.Requests), Resets: 1, Peak: p.PeakLive}
	for _, r := range p.Requests {
		want.Bytes += r.Bytes
	}
	memory := make([]byte, p.ResultBytes())
	for _, spec := range specs {
		s, err := alloc.New(spec)
		if err != nil {
			continue
		}
		counting := wrap.NewCounting(s)
		x, err := contract.NewExecutor(p, counting, e.subject.Inputs, contract.Execution{Hollow: true})
		if err == nil {
			err = x.Run(memory)
		}
		got := counting.Counts()
		got.Hits, got.Misses = 0, 0
		s.Close()
		if err != nil {
			return fmt.Errorf("%s: %w", spec, err)
		}
		v.served[spec] = got == want
	}
	return nil
}

// callBytes is the size that calls are measured with: four elements of 8 bytes.
const callBytes = 32

// callRounds is how often calls and the way to C are measured in turn: so often that
// their difference has an interval.
const callRounds = 11

// call measures what a call of each C allocator takes, without the way to C.
func (v *evidence) call() error {
	if _, ok := alloc.CgoCallCost(); !ok {
		return nil
	}
	var costs []float64
	calls := map[string][]float64{}
	for range callRounds {
		cost, _ := alloc.CgoCallCost()
		costs = append(costs, cost)
		for _, library := range []string{"malloc", "mimalloc"} {
			if alloc.Available(library) != nil {
				continue
			}
			pair, err := bench.MeasurePair(library, callBytes)
			if err != nil {
				return err
			}
			calls[library] = append(calls[library], pair.Nanoseconds/2-cost)
		}
	}
	v.cgo = stats.Median(costs)
	for library, each := range calls {
		v.calls[library] = median(each)
	}
	return nil
}

// Rounds of the chain of products, and how long each is at least.
const (
	productRounds = 31
	productTurn   = 300 * time.Microsecond
	productSteps  = 400
)

// multiply measures a step that multiplies 2×2 matrices, on fixed memory, and what
// metadata on the heap adds to it.
func (v *evidence) multiply() error {
	in := squares(productSteps + 1)
	inputs, err := in.Data(instance.Balanced, 1)
	if err != nil {
		return err
	}
	subject := Subject{Instance: in, Path: in.Paths[0], Inputs: inputs}
	program, err := subject.compile(Setup{})
	if err != nil {
		return err
	}
	memory := make([]byte, program.ResultBytes())
	var turns [3]func() (float64, error)
	for i, how := range []contract.Execution{{}, {Hollow: true}, {Metadata: contract.MetadataHeap}} {
		s, err := alloc.New(best.Strategy)
		if err != nil {
			return err
		}
		defer s.Close()
		x, err := contract.NewExecutor(program, s, inputs, how)
		if err != nil {
			return err
		}
		turns[i] = stepTime(x, memory, len(program.Steps))
	}
	var whole, arithmetic, more []float64
	for range productRounds {
		var turn [3]float64
		for i := range turns {
			if turn[i], err = turns[i](); err != nil {
				return err
			}
		}
		whole, arithmetic, more = append(whole, turn[0]), append(arithmetic, turn[0]-turn[1]), append(more, turn[2]-turn[0])
	}
	v.step, v.product, v.records = median(whole), median(arithmetic), median(more)
	return nil
}

// stepTime returns a function that contracts for a while and returns the ns of a step.
func stepTime(x *contract.Executor, memory []byte, steps int) func() (float64, error) {
	return func() (float64, error) {
		start, runs := time.Now(), 0
		for time.Since(start) < productTurn {
			if err := x.Run(memory); err != nil {
				return 0, err
			}
			runs++
		}
		return float64(time.Since(start).Nanoseconds()) / float64(runs*steps), nil
	}
}

// median returns the median of samples with its interval.
func median(samples []float64) maybe {
	m := stats.MedianInterval(samples, stats.Confidence)
	return maybe{Value: estimate{m.Median, m.Low, m.High}, OK: m.Bounded}
}

// squares is a product of so many 2×2 matrices, from left to right.
func squares(matrices int) *instance.Instance {
	in := &instance.Instance{Name: "products of 2×2 matrices", DType: dtype.Float64}
	p := instance.Path{Name: "left"}
	for i := range matrices + 1 {
		in.Names = append(in.Names, rune(0x4E00+i))
		in.Dims = append(in.Dims, 2)
		if i > 0 {
			in.Inputs = append(in.Inputs, []instance.Label{instance.Label(i - 1), instance.Label(i)})
		}
	}
	in.Output = []instance.Label{0, instance.Label(matrices)}
	p.Pairs = append(p.Pairs, [2]int{0, 1})
	for left := matrices - 1; left > 1; left-- {
		p.Pairs = append(p.Pairs, [2]int{left - 1, 0}) // what was made last stands last
	}
	in.Paths = []instance.Path{p}
	return in
}

// How long contractions beside others are measured.
const (
	crowdRounds = 21
	crowdTime   = 12 * time.Second
)

// crowd measures contractions beside others, up to four: with what they share, and
// each with its own.
func (e *explanation) crowd(ctx context.Context, c *crowd) error {
	c.cores = runtime.GOMAXPROCS(0)
	c.streams = min(atFour, c.cores)
	if c.streams < 2 {
		return nil
	}
	var names []string
	var setups []Setup
	add := func(name, spec string, share bool) {
		if alloc.Available(spec) != nil {
			return
		}
		alone := Setup{Strategy: spec}
		beside := Setup{Strategy: spec, Streams: c.streams, Share: share}
		names, setups = append(names, name), append(setups, alone, beside)
	}
	add("malloc", "malloc", false)
	add("mimalloc", "mimalloc", false)
	if !e.config.Quick {
		add("make", "make", false)
		add("slab, one each", "slab", false)
		add("slab, shared", "slab", true)
	}
	results, err := e.compete(ctx, setups, func(c *bench.Config) {
		c.Lean, c.Runs, c.MaxTime = true, crowdRounds, crowdTime
		if e.config.Quick {
			c.MaxTime /= 3
		}
	})
	if err != nil {
		return err
	}
	c.slowdown = map[string]estimate{}
	all := map[string][]float64{}
	for i, name := range names {
		alone, beside := results[2*i].Samples, results[2*i+1].Samples
		n := min(len(alone), len(beside))
		for k := range n {
			all[name] = append(all[name], beside[k]/alone[k])
		}
		if n > 0 {
			c.slowdown[name] = pairedRatio(beside[:n], alone[:n])
		}
	}
	if m, mi := all["malloc"], all["mimalloc"]; len(m) > 0 && len(mi) > 0 {
		n := min(len(m), len(mi))
		c.gain = result.Measured(pairedRatio(m[:n], mi[:n]))
	}
	return nil
}

// pairedRatio returns the ratio of samples to others of the same rounds.
func pairedRatio(samples, others []float64) estimate {
	i := stats.Paired(samples, others, stats.Confidence)
	if !i.Bounded {
		return estimate{i.Median, math.Inf(-1), math.Inf(1)}
	}
	return estimate{i.Median, i.Low, i.High}
}
