// Package dissect counts what each step of a contraction takes from the heap of a
// language's runtime, and finds the lines of code that take it.
package dissect

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"unsafe"

	"tnbench/internal/alloc"
	"tnbench/internal/contract"
	"tnbench/internal/result"
)

// Contractions is how many are looked at: the first ones of a fresh strategy.
const Contractions = 2

// Body is what steps take from the heap: see explain.Anatomy.
type Body struct {
	// Steps on which the strategy had memory at hand (hits), and on which it had not
	// (misses), in the contractions that were looked at.
	Hits   int `json:"hits"`
	Misses int `json:"misses"`
	// Heap allocations of one such step, and their bytes: means over the steps. Absent
	// where there was no such step.
	HitAllocs  result.Maybe[float64] `json:"hit_allocs,omitzero"`
	MissAllocs result.Maybe[float64] `json:"miss_allocs,omitzero"`
	HitBytes   result.Maybe[float64] `json:"hit_bytes,omitzero"`
	MissBytes  result.Maybe[float64] `json:"miss_bytes,omitzero"`
	// Sites are the lines of code that make them, as "data: slab.go:41 slab.Alloc (1 a
	// step)".
	Sites []string `json:"sites"`
}

// Contraction counts what steps take from the heap under a strategy with a kind of
// metadata, then contracts again with every allocation profiled, for the lines that make
// them. Kernels allocate nothing and are left out. limit is the memory that may be
// taken, in bytes; 0 if that is not known. Once ctx has ended it returns
// [contract.ErrInterrupted] soon.
//
// Note: meanwhile this process has one processor: looking at the heap stops all of them,
// thousands of times.
func Contraction(ctx context.Context, program *contract.Program, inputs [][]byte, spec string, kind contract.Metadata, limit int64) (Body, error) {
	b := Body{Sites: []string{}}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if limit == 0 || int64(2*Contractions*program.IntermediateBytes()) < limit {
		defer debug.SetGCPercent(debug.SetGCPercent(-1)) // what it empties would look like misses
	}
	counted, err := count(ctx, program, inputs, spec, kind)
	if err != nil {
		return b, err
	}
	counted.enter(&b)
	before := profiled()
	rate := runtime.MemProfileRate
	runtime.MemProfileRate = 1
	err = (&probe{}).contract(ctx, program, inputs, spec, kind)
	runtime.MemProfileRate = rate
	if err != nil {
		return b, err
	}
	b.Sites = sitesOf(bySite(before, profiled()), counted)
	return b, nil
}

// count counts until the same comes out twice: others in this process, the runtime
// among them, may take something from the heap now and then.
func count(ctx context.Context, program *contract.Program, inputs [][]byte, spec string, kind contract.Metadata) (last *probe, err error) {
	const most = 5
	for range most {
		p := &probe{counting: true}
		if err := p.contract(ctx, program, inputs, spec, kind); err != nil {
			return nil, err
		}
		if last != nil && slices.Equal(p.steps, last.steps) {
			return p, nil
		}
		last = p
	}
	return last, nil
}

// enter writes down what was counted of hits and of misses.
func (p *probe) enter(b *Body) {
	var hits, misses tally
	for _, s := range p.steps {
		if s.hit {
			b.Hits++
			hits.add(s.tally)
		} else {
			b.Misses++
			misses.add(s.tally)
		}
	}
	b.HitAllocs, b.HitBytes = hits.over(b.Hits)
	b.MissAllocs, b.MissBytes = misses.over(b.Misses)
}

// tally is objects and bytes.
type tally struct{ objects, bytes uint64 }

func (t *tally) add(o tally) {
	t.objects += o.objects
	t.bytes += o.bytes
}

// minus returns what t has more than o.
func (t tally) minus(o tally) tally { return tally{t.objects - o.objects, t.bytes - o.bytes} }

// over returns means over so many steps; nothing where there are none.
func (t tally) over(steps int) (objects, bytes result.Maybe[float64]) {
	if steps == 0 {
		return objects, bytes
	}
	return result.Measured(float64(t.objects) / float64(steps)), result.Measured(float64(t.bytes) / float64(steps))
}

// heap returns what the Go heap has given so far.
func heap() tally {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return tally{m.Mallocs, m.TotalAlloc}
}

// place is what the executor is at when memory is taken from the heap.
type place int

const (
	atResult  place = iota // the strategy hands out memory for a result
	atScratch              // or for a temporary
	atStep                 // metadata
	atFree                 // the strategy takes memory back
	places
	nowhere place = -1
)

// taken is what one step took.
type taken struct {
	tally
	hit bool
}

// probe is a strategy around another, which is told of every call: what was taken from
// the heap between two calls belongs to what lies between them. The last step is not
// looked at: its result is the caller's.
type probe struct {
	inner    alloc.Strategy
	reuser   alloc.Reuser
	name     string // of what memory may come from outside the Go heap; "": of nothing
	requests []alloc.Request
	program  *contract.Program

	counting bool
	last     tally // of the heap, when it was last looked at
	within   bool  // one of the steps is under way
	steps    []taken
	at       [places]tally // of all steps
	beyond   tally         // what came from outside the Go heap
}

// contract contracts a few times under a fresh strategy.
func (p *probe) contract(ctx context.Context, program *contract.Program, inputs [][]byte, spec string, kind contract.Metadata) (err error) {
	if p.inner, err = alloc.New(spec); err != nil {
		return err
	}
	defer p.inner.Close()
	for _, name := range []string{"malloc", "mimalloc", "jemalloc", "mmap"} {
		if strings.Contains(spec, name) {
			p.name = name
		}
	}
	p.reuser, p.program, p.requests = p.inner.(alloc.Reuser), program, program.Requests
	p.steps = make([]taken, 0, Contractions*len(program.Steps))
	x, err := contract.NewExecutor(program, p, inputs, contract.Execution{Metadata: kind, Hollow: true})
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, x.Interrupt)()
	memory := make([]byte, program.ResultBytes())
	for range Contractions {
		if err := x.Run(memory); err != nil {
			return err
		}
	}
	return nil
}

// look notes what the heap gave since it was last looked at, which is returned.
func (p *probe) look(at place) tally {
	if !p.counting {
		return tally{}
	}
	now := heap()
	since := now.minus(p.last)
	if p.within {
		p.steps[len(p.steps)-1].add(since)
		p.at[at].add(since)
	}
	p.last = now
	return since
}

// leave ends what is looked at when the last step is reached.
func (p *probe) leave(step int32) {
	if int(step) == len(p.program.Steps)-1 {
		p.within = false
	}
}

// Prepare implements alloc.Strategy.
func (p *probe) Prepare(requests []alloc.Request) error { return p.inner.Prepare(requests) }

// Alloc implements alloc.Strategy. A step begins with the memory of its result.
func (p *probe) Alloc(id int) unsafe.Pointer {
	p.leave(p.requests[id].First)
	p.look(atStep)
	before := p.reuser.Misses()
	if id >= p.program.Intermediates {
		memory := p.scratch(id)
		p.note(id, p.look(atScratch), p.reuser.Misses() > before)
		return memory
	}
	p.within = true
	p.steps = append(p.steps, taken{})
	memory := p.result(id)
	since := p.look(atResult)
	missed := p.reuser.Misses() > before
	p.steps[len(p.steps)-1].hit = !missed
	p.note(id, since, missed)
	return memory
}

// note counts memory from outside the Go heap: a miss for which the heap gave nothing.
func (p *probe) note(id int, since tally, missed bool) {
	if p.counting && p.within && p.name != "" && missed && since.objects == 0 {
		one := tally{1, uint64(p.requests[id].Bytes)}
		p.steps[len(p.steps)-1].add(one)
		p.beyond.add(one)
	}
}

// By these a profile tells what the inner strategy was called for.

//go:noinline
func (p *probe) result(id int) unsafe.Pointer { return p.inner.Alloc(id) }

//go:noinline
func (p *probe) scratch(id int) unsafe.Pointer { return p.inner.Alloc(id) }

//go:noinline
func (p *probe) free(id int, memory unsafe.Pointer) { p.inner.Free(id, memory) }

// Free implements alloc.Strategy.
func (p *probe) Free(id int, memory unsafe.Pointer) {
	p.leave(p.requests[id].Last)
	p.look(atStep)
	p.free(id, memory)
	p.look(atFree)
}

// Reset implements alloc.Strategy. What it takes belongs to no step.
func (p *probe) Reset() {
	p.within = false
	p.inner.Reset()
}

// Close implements alloc.Strategy.
func (p *probe) Close() error { return p.inner.Close() }

// site is a line of code that takes memory from the heap.
type site struct {
	at       place
	file     string // without its folder
	line     int
	function string
}

// String writes a site as "slab.go:41 slab.Free".
func (s site) String() string {
	_, function, _ := strings.Cut(s.function, ".") // the package
	return fmt.Sprintf("%s:%d %s", s.file, s.line, strings.NewReplacer("(*", "", ")", "").Replace(function))
}

// compare orders sites as they stand in the code.
func (s site) compare(o site) int {
	return cmp.Or(cmp.Compare(s.at, o.at), cmp.Compare(s.file, o.file), cmp.Compare(s.line, o.line), cmp.Compare(s.function, o.function))
}

// stack is the return addresses that lead to where memory is taken from the heap.
type stack = [len(runtime.MemProfileRecord{}.Stack0)]uintptr

// profiled returns how many objects were taken so far where each stack leads, as far as
// they were profiled.
func profiled() map[stack]int64 {
	runtime.GC() // publishes what was profiled until now
	n, _ := runtime.MemProfile(nil, true)
	records := make([]runtime.MemProfileRecord, n+n/4+64)
	n, ok := runtime.MemProfile(records, true)
	for !ok {
		records = make([]runtime.MemProfileRecord, 2*n)
		n, ok = runtime.MemProfile(records, true)
	}
	all := make(map[stack]int64, n)
	for i := range records[:n] {
		all[records[i].Stack0] += records[i].AllocObjects
	}
	return all
}

// bySite returns how many objects each site took from before to after. Only the stacks
// that took some are looked up, which costs more than all the rest.
func bySite(before, after map[stack]int64) map[site]int64 {
	all := map[site]int64{}
	for where, n := range after {
		if n -= before[where]; n <= 0 {
			continue
		}
		record := runtime.MemProfileRecord{Stack0: where}
		if s := siteOf(record.Stack()); s.at != nowhere {
			all[s] += n
		}
	}
	return all
}

// siteOf returns the site of a stack: the line of the strategy that led to it, or of
// the metadata.
func siteOf(stack []uintptr) site {
	var inner site
	for frames := runtime.CallersFrames(stack); ; {
		f, more := frames.Next()
		_, function, _ := strings.Cut(f.Function, "/internal/")
		at := nowhere
		switch function {
		case "explain/dissect.(*probe).result":
			at = atResult
		case "explain/dissect.(*probe).scratch":
			at = atScratch
		case "explain/dissect.(*probe).free":
			at = atFree
		case "contract.(*described).Run":
			at = atStep
		case "explain/dissect.(*probe).contract": // Prepare and Reset
			return site{at: nowhere}
		}
		if at != nowhere || !more {
			inner.at = at
			return inner
		}
		if function != "" {
			inner = site{file: filepath.Base(f.File), line: f.Line, function: function}
		}
	}
}

// kinds say what memory is for.
var kinds = [places]string{atResult: "data", atScratch: "scratch", atStep: "metadata", atFree: "bookkeeping"}

// heapKinds are the lines of metadata on the heap, in their order.
var heapKinds = []string{"strides, temporary", "dims", "strides"}

// sitesOf names the lines that took memory, and how often they did. The profile does
// not see all objects of less than 16 bytes, so that how many there were is what was
// counted; the profile only says which line made which share of them.
func sitesOf(taken map[site]int64, counted *probe) []string {
	var sites []site
	var seen [places]int64
	for s, n := range taken {
		sites = append(sites, s)
		seen[s.at] += n
	}
	slices.SortFunc(sites, site.compare)
	lines := []string{}
	add := func(kind, line string, objects float64) {
		if objects > 0 {
			lines = append(lines, fmt.Sprintf("%s: %s (%.3g a step)", kind, line, objects/float64(len(counted.steps))))
		}
	}
	if counted.beyond.objects > 0 {
		add(kinds[atResult], counted.name+", outside the Go heap", float64(counted.beyond.objects))
	}
	described := 0
	for _, s := range sites {
		if s.at == atStep {
			described++
		}
	}
	number := 0
	for _, s := range sites {
		kind, share := kinds[s.at], float64(taken[s])/float64(seen[s.at])
		if s.at == atStep {
			share = 1 / float64(described) // the lines that describe a result run equally often
			if described == len(heapKinds) {
				kind = heapKinds[number]
			}
			number++
		}
		add(kind, s.String(), share*float64(counted.at[s.at].objects))
	}
	return lines
}
