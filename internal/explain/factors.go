package explain

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"time"

	"tnbench/internal/alloc"
	"tnbench/internal/contract"
	"tnbench/internal/path"
)

// recipe is a setup whose strategy is put together from parts, so that each can be
// changed alone.
type recipe struct {
	Setup            // but its strategy
	kind    string   // the strategy
	options []string // of it
	base    string   // where exactpool takes fresh buffers; "": Go's heap
	records int      // elements up to which a tensor lies in its record; 0: none does
}

// setup puts the strategy together.
func (r recipe) setup() Setup {
	options := slices.Clone(r.options)
	if r.base != "" {
		options = append(options, "base="+r.base)
	}
	spec := r.kind
	if len(options) > 0 {
		spec += ":" + strings.Join(options, ",")
	}
	if r.records > 0 {
		spec = fmt.Sprintf("inline:%d,base=%s", r.records, spec)
	}
	s := r.Setup
	s.Strategy = alloc.Canonical(spec)
	return s
}

// with returns the recipe after some changes.
func (r recipe) with(changes ...change) recipe {
	r.options = slices.Clone(r.options)
	for _, c := range changes {
		if c != nil {
			c(&r)
		}
	}
	return r
}

// change is of one thing.
type change func(*recipe)

func option(o string) change { return func(r *recipe) { r.options = append(r.options, o) } }

func allocator(kind string) change { return func(r *recipe) { r.kind, r.options = kind, nil } }

func base(spec string) change { return func(r *recipe) { r.base = spec } }

func records(n int) change { return func(r *recipe) { r.records = n } }

func metadata(m contract.Metadata) change { return func(r *recipe) { r.Metadata = m } }

func planning(p contract.Planning) change { return func(r *recipe) { r.Planning = p } }

func order(o path.Order) change { return func(r *recipe) { r.Order = o } }

func threads(n int) change { return func(r *recipe) { r.Threads = threadsOf(n) } }

func streams(n int) change { return func(r *recipe) { r.Streams = n } }

func both(a, b change) change { return func(r *recipe) { a(r); b(r) } }

func fixed(r *recipe) { r.FixedTemporaries = true }

func shared(r *recipe) { r.Share = true }

func noCollector(r *recipe) { r.NoCollector = true }

// threadsOf returns how a setup says so many threads.
func threadsOf(n int) int {
	if n <= 1 {
		return 0
	}
	return n
}

// trial is a factor that is switched from one of its choices to another.
type trial struct {
	factor, direction string
	// rank says in which order factors have their share of the time that there is: the
	// one of rank 0 in any case, then what the light_415 analysis claims of factors.
	rank     int
	from, to string // in a word or two
	where    string // what the context is, in a word or two
	context  change // what must be changed first, so that the factor can be; nil: nothing
	change   change
	reason   string // why it can't be tried here
	base     recipe // of the direction
}

// before and after are the setups that are held against each other.
func (t *trial) before() Setup { return t.base.with(t.context).setup() }
func (t *trial) after() Setup  { return t.base.with(t.context, t.change).setup() }

// effect returns the row of the trial, with nothing measured.
func (t *trial) effect() Effect {
	e := Effect{Factor: t.factor, Direction: t.direction, From: t.from, To: t.to, Reason: t.reason}
	if t.where != "" {
		e.From, e.To = e.From+"; "+t.where, e.To+"; "+t.where
	}
	if t.change != nil {
		e.FromSetup, e.ToSetup = t.before().String(), t.after().String()
	}
	return e
}

// check says why the trial can't be done here, if it can't.
func (t *trial) check() {
	if t.reason != "" || t.change == nil {
		return
	}
	for _, s := range []Setup{t.before(), t.after()} {
		if err := alloc.Available(s.Strategy); err != nil {
			t.reason = err.Error()
			return
		}
	}
}

// collected makes a trial of the collector one in which it comes: twice in so many
// contractions as a sample then has, each of which takes so long and leaves it so much
// garbage. It has a reason if that would take longer than most.
func (t *trial) collected(garbage float64, p *contract.Program, took, most time.Duration) {
	const often, few = 2, 4
	if t.check(); t.reason != "" {
		return
	}
	batch := int(math.Ceil(often * float64(max(leastHeap, ownHeap(t.before().Strategy, p))) / garbage))
	switch {
	case garbage < 1:
		t.reason = "nothing is left to the collector"
	case batch > few && time.Duration(batch) > most/max(took, 1):
		t.reason = fmt.Sprintf("the collector comes once in about %d contractions: too rarely to try", batch/often)
	default:
		first := t.context
		t.context = func(r *recipe) {
			if first != nil {
				first(r)
			}
			r.Batch, r.OwnHeap = batch, true
		}
		t.where = strings.TrimPrefix(fmt.Sprintf("%s, %d at a time", t.where, batch), ", ")
	}
}

// processors is how many contractions or threads can run at once.
var processors = func() int { return runtime.GOMAXPROCS(0) }

const oneProcessor = "there is one processor"

// bestRecipe is of the best configuration, reportedRecipe of the report's: over the C
// library's malloc, as a Rust program is, or over Go's heap where there is none.
func bestRecipe(workers int) recipe {
	return recipe{Setup: Setup{Threads: threadsOf(workers)}, kind: best.Strategy}
}

func reportedRecipe(workers int) recipe {
	r := recipe{Setup: reported, kind: reported.Strategy}
	r.Threads = threadsOf(workers)
	if alloc.Available("malloc") == nil {
		r.base = "malloc"
	}
	return r
}

// trials lists all, with the reasons of those that can't be done here.
func trials(workers int) []trial {
	all := slices.Concat(leaveOneOut(bestRecipe(workers)), oneIn(reportedRecipe(workers)))
	for i := range all {
		all[i].check()
	}
	return all
}

const goHeap = "Go's heap"

// libraries are the C allocators.
var libraries = []string{"malloc", "mimalloc", "jemalloc"}

// leaveOneOut lists the trials from the best configuration.
func leaveOneOut(r recipe) []trial {
	inline, n := metadata(contract.MetadataInline), processors()
	all := []trial{
		{factor: FactorAllocator, rank: 2, from: "one block", to: goHeap, change: allocator("make:nozero")},
		{factor: FactorMetadata, rank: 3, from: "none", to: "heap", change: metadata(contract.MetadataHeap)},
		{factor: FactorMetadata, rank: 4, from: "none", to: "inline", change: inline},
		{factor: FactorBookkeeping, rank: 4, from: "none", to: "hash map", change: option("hash")},
		{factor: FactorKept, rank: 4, from: "kept", to: "new each time", change: option("anew")},
		{factor: FactorSmall, rank: 4, from: "fixed places", to: goHeap + " up to 64 elements", change: option("over=512")},
		{factor: FactorInline, rank: 5, from: "in the block", to: "in records up to 32 elements", where: "metadata inline", context: inline, change: records(32)},
		{factor: FactorZeroing, rank: 3, from: "none", to: "each buffer", change: option("zero")},
		{factor: FactorFaults, rank: 2, from: "touched before", to: "touched anew", change: option("cold")},
		{factor: FactorHuge, rank: 3, from: "small pages", to: "huge pages", change: option("huge")},
		{factor: FactorCollector, rank: 4, from: "on", to: "off", where: goHeap, context: allocator("make:nozero"), change: noCollector},
		{factor: FactorPlanning, rank: 3, from: "ahead", to: "each time", change: planning(contract.PlanEach)},
	}
	for i, name := range libraries {
		all = append(all,
			trial{factor: FactorAllocator, rank: 3 + min(i, 1), from: "one block", to: name, change: allocator(name)},
			trial{factor: FactorKeeping, rank: 4 + min(i, 1), from: name, to: name + ":keep", context: allocator(name), change: allocator(name + ":keep")})
	}
	all = append(all, common(r)...)
	all = append(all, trial{factor: FactorSharing, rank: 5, from: "each its own", to: "one", where: fmt.Sprintf("slab, %d streams", n),
		context: both(allocator("slab"), streams(n)), change: shared, reason: needProcessors(n)})
	return directed(all, LeaveOneOut, r)
}

// oneIn lists the trials into the report's configuration.
func oneIn(r recipe) []trial {
	n := processors()
	inC := r.base
	own := inC
	if own == "" {
		own = goHeap
	}
	all := []trial{
		{factor: FactorMetadata, rank: 3, from: "heap", to: "none", change: metadata(contract.MetadataNone)},
		{factor: FactorMetadata, rank: 1, from: "heap", to: "inline", change: metadata(contract.MetadataInline)},
		{factor: FactorBookkeeping, rank: 2, from: "hash map", to: "places known ahead", change: option("slots")},
		{factor: FactorKept, rank: 0, from: "new each time", to: "kept", change: option("keep")},
		{factor: FactorSmall, rank: 2, from: "from the pool", to: "fixed places up to 64 elements", change: records(64)},
		{factor: FactorInline, rank: 2, from: "from the pool", to: "in records up to 32 elements", where: "metadata inline",
			context: metadata(contract.MetadataInline), change: records(32)},
		{factor: FactorZeroing, rank: 4, from: "none", to: "each buffer", change: option("zero")},
		{factor: FactorFaults, rank: 3, from: "touched anew", to: "touched before", where: "pool kept",
			context: both(option("keep"), option("cold")), change: func(r *recipe) { r.options = slices.DeleteFunc(r.options, func(o string) bool { return o == "cold" }) }},
		{factor: FactorHuge, rank: 4, from: "small pages", to: "huge pages", reason: "a pool's buffers lie where its allocator puts them, and C libraries take huge pages from the environment they start in"},
		{factor: FactorCollector, rank: 3, from: "on", to: "off", change: noCollector},
		{factor: FactorPlanning, rank: 1, from: "each time", to: "ahead", change: planning(contract.PlanAhead)},
	}
	if inC != "" {
		all = append(all, trial{factor: FactorAllocator, rank: 3, from: own, to: goHeap, change: base("")})
	}
	for _, name := range libraries {
		if name != inC {
			rank := 3
			if name == "mimalloc" {
				rank = 1 // the report's first proposal
			}
			all = append(all, trial{factor: FactorAllocator, rank: rank, from: own, to: name, change: base(name)})
		}
		rank := 4
		if name == inC {
			rank = 3
		}
		all = append(all, trial{factor: FactorKeeping, rank: rank, from: name, to: name + ":keep", context: base(name), change: base(name + ":keep")})
	}
	all = append(all, common(r)...)
	manyStreams := fmt.Sprintf("%d streams", n)
	all = append(all,
		trial{factor: FactorAllocator, rank: 5, from: own, to: "mimalloc", where: manyStreams, context: streams(n), change: base("mimalloc"), reason: needProcessors(n)},
		trial{factor: FactorSharing, rank: 5, from: "each its own", to: "one", where: "pool kept, " + manyStreams,
			context: both(option("keep"), streams(n)), change: shared, reason: needProcessors(n)})
	return directed(all, OneIn, r)
}

// common lists the trials that are the same in both directions.
func common(r recipe) []trial {
	all := []trial{
		{factor: FactorOrder, rank: 4, from: "path", to: "depth", change: order(path.DepthFirst)},
		{factor: FactorOrder, rank: 4, from: "path", to: "peak", change: order(path.LowestPeak)},
		{factor: FactorTemporaries, rank: 5, from: "from the strategy", to: "fixed", change: fixed},
	}
	for _, n := range counts(processors()) {
		if workers := max(1, r.Threads); n != workers {
			all = append(all, trial{factor: FactorThreads, rank: 3, from: fmt.Sprint(workers), to: fmt.Sprint(n), change: threads(n)})
		}
	}
	n := processors()
	if n == 1 {
		all = append(all, trial{factor: FactorThreads, rank: 3, from: "1", to: "more", reason: oneProcessor})
	}
	return append(all, trial{factor: FactorStreams, rank: 4, from: "1", to: fmt.Sprint(n), change: streams(n), reason: needProcessors(n)})
}

// counts lists numbers of threads that are worth trying on so many processors.
func counts(processors int) (all []int) {
	for n := 1; n < processors; n *= 2 {
		all = append(all, n)
	}
	return append(all, processors)
}

// needProcessors says why streams can't be tried.
func needProcessors(n int) string {
	if n == 1 {
		return oneProcessor
	}
	return ""
}

// directed sets the direction of all.
func directed(all []trial, direction string, base recipe) []trial {
	for i := range all {
		all[i].direction, all[i].base = direction, base
	}
	return all
}
