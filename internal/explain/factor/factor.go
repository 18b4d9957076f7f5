// Package factor knows what can be changed about how a network is contracted, one thing
// at a time: setups, and the trials that an ablation makes of them. It measures nothing.
package factor

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
	"tnbench/internal/region"
)

// The factors, by which claims and advice find their rows. One with several choices has a
// trial for each.
const (
	Allocator   = "allocator"        // Go's heap, or a C library
	Metadata    = "metadata"         // none, inline, heap
	Bookkeeping = "pool bookkeeping" // how free buffers are found
	Kept        = "pool kept"        // between contractions, or new for each
	Small       = "small buffers"    // fixed places for small tensors
	Inline      = "inline tensors"   // small tensors inside their records
	Zeroing     = "zeroing"
	Faults      = "page faults"
	Huge        = "huge pages"
	Collector   = "collector"
	Planning    = "planning ahead"
	Order       = "execution order"
	Regions     = "regions" // steps that run slice by slice, so that what lies between is never stored
	Threads     = "threads"
	Streams     = "streams"                // contractions at once
	Keeping     = "allocator keeps memory" // a C library that gives nothing back to the system
	Temporaries = "temporaries"            // from the strategy, or fixed
	Sharing     = "streams share"          // one strategy, or each its own
)

// The directions of a [Trial].
const (
	LeaveOneOut = "leave-one-out" // from the best configuration
	OneIn       = "one-in"        // from the report's configuration
)

// Recipe is a setup whose strategy is put together from parts, so that each can be
// changed alone.
type Recipe struct {
	Setup            // but its strategy
	Kind    string   // the strategy
	options []string // of it
	base    string   // where exactpool takes fresh buffers; "": Go's heap
	records int      // elements up to which a tensor lies in its record; 0: none does
}

// Made puts the setup together.
func (r Recipe) Made() Setup {
	options := slices.Clone(r.options)
	if r.base != "" {
		options = append(options, "base="+r.base)
	}
	spec := r.Kind
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

// With returns the Recipe after some changes.
func (r Recipe) With(changes ...Change) Recipe {
	r.options = slices.Clone(r.options)
	for _, c := range changes {
		if c != nil {
			c(&r)
		}
	}
	return r
}

// Change is of one thing.
type Change func(*Recipe)

func option(o string) Change { return func(r *Recipe) { r.options = append(r.options, o) } }

func allocator(kind string) Change { return func(r *Recipe) { r.Kind, r.options = kind, nil } }

func base(spec string) Change { return func(r *Recipe) { r.base = spec } }

func records(n int) Change { return func(r *Recipe) { r.records = n } }

func metadata(m contract.Metadata) Change { return func(r *Recipe) { r.Metadata = m } }

func planning(p contract.Planning) Change { return func(r *Recipe) { r.Planning = p } }

func order(o path.Order) Change { return func(r *Recipe) { r.Order = o } }

func regions(m region.Mode) Change { return func(r *Recipe) { r.Regions = m } }

func threads(n int) Change { return func(r *Recipe) { r.Threads = threadsOf(n) } }

func streams(n int) Change { return func(r *Recipe) { r.Streams = n } }

func both(a, b Change) Change { return func(r *Recipe) { a(r); b(r) } }

func fixed(r *Recipe) { r.FixedTemporaries = true }

func shared(r *Recipe) { r.Share = true }

func noCollector(r *Recipe) { r.NoCollector = true }

// threadsOf returns how a setup says so many threads.
func threadsOf(n int) int {
	if n <= 1 {
		return 0
	}
	return n
}

// Trial is a factor that is switched from one of its choices to another.
type Trial struct {
	Factor, Direction string
	// Rank says in which order factors have their share of the time that there is: the
	// one of rank 0 in any case, then what the light_415 analysis claims of factors.
	Rank     int
	From, To string // in a word or two
	Where    string // what the context is, in a word or two
	Context  Change // what must be changed first, so that the factor can be; nil: nothing
	Change   Change
	Reason   string // why it can't be tried here
	Base     Recipe // of the direction
}

// Before and After are the setups that are held against each other.
func (t *Trial) Before() Setup { return t.Base.With(t.Context).Made() }
func (t *Trial) After() Setup  { return t.Base.With(t.Context, t.Change).Made() }

// check says why the Trial can't be done here, if it can't.
func (t *Trial) check() {
	if t.Reason != "" || t.Change == nil {
		return
	}
	for _, s := range []Setup{t.Before(), t.After()} {
		if err := alloc.Available(s.Strategy); err != nil {
			t.Reason = err.Error()
			return
		}
	}
}

// Collected makes a Trial of the collector one in which it comes: twice in so many
// contractions as a sample then has, each of which takes so long and leaves it so much
// garbage. It has a reason if that would take longer than most.
func (t *Trial) Collected(garbage float64, p *contract.Program, took, most time.Duration) {
	const often, few = 2, 4
	if t.check(); t.Reason != "" {
		return
	}
	batch := int(math.Ceil(often * float64(max(LeastHeap, OwnHeapOf(t.Before().Strategy, p))) / garbage))
	switch {
	case garbage < 1:
		t.Reason = "nothing is left to the collector"
	case batch > few && time.Duration(batch) > most/max(took, 1):
		t.Reason = fmt.Sprintf("the collector comes once in about %d contractions: too rarely to try", batch/often)
	default:
		first := t.Context
		t.Context = func(r *Recipe) {
			if first != nil {
				first(r)
			}
			r.Batch, r.OwnHeap = batch, true
		}
		t.Where = strings.TrimPrefix(fmt.Sprintf("%s, %d at a time", t.Where, batch), ", ")
	}
}

// Processors is how many contractions or threads can run at once.
var Processors = func() int { return runtime.GOMAXPROCS(0) }

const oneProcessor = "there is one processor"

// BestRecipe is of the best configuration, ReportedRecipe of the report's: over the C
// library's malloc, as a Rust program is, or over Go's heap where there is none.
func BestRecipe(workers int) Recipe {
	r := Recipe{Setup: Best, Kind: Best.Strategy}
	r.Threads = threadsOf(workers)
	return r
}

func ReportedRecipe(workers int) Recipe {
	r := Recipe{Setup: Reported, Kind: Reported.Strategy}
	r.Threads = threadsOf(workers)
	if alloc.Available("malloc") == nil {
		r.base = "malloc"
	}
	return r
}

// Trials lists all, with the reasons of those that can't be done here.
func Trials(workers int) []Trial {
	all := slices.Concat(leaveOneOut(BestRecipe(workers)), oneIn(ReportedRecipe(workers)))
	for i := range all {
		all[i].check()
	}
	return all
}

const goHeap = "Go's heap"

// libraries are the C allocators.
var libraries = []string{"malloc", "mimalloc", "jemalloc"}

// leaveOneOut lists the trials from the best configuration.
func leaveOneOut(r Recipe) []Trial {
	inline, n := metadata(contract.MetadataInline), Processors()
	all := []Trial{
		{Factor: Allocator, Rank: 2, From: "one block", To: goHeap, Change: allocator("make:nozero")},
		{Factor: Metadata, Rank: 3, From: "none", To: "heap", Change: metadata(contract.MetadataHeap)},
		{Factor: Metadata, Rank: 4, From: "none", To: "inline", Change: inline},
		{Factor: Bookkeeping, Rank: 4, From: "none", To: "hash map", Change: option("hash")},
		{Factor: Kept, Rank: 4, From: "kept", To: "new each time", Change: option("anew")},
		{Factor: Small, Rank: 4, From: "fixed places", To: goHeap + " up to 64 elements", Change: option("over=512")},
		{Factor: Inline, Rank: 5, From: "in the block", To: "in records up to 32 elements", Where: "metadata inline", Context: inline, Change: records(32)},
		{Factor: Zeroing, Rank: 3, From: "none", To: "each buffer", Change: option("zero")},
		{Factor: Faults, Rank: 2, From: "touched before", To: "touched anew", Change: option("cold")},
		{Factor: Huge, Rank: 3, From: "small pages", To: "huge pages", Change: option("huge")},
		{Factor: Collector, Rank: 4, From: "on", To: "off", Where: goHeap, Context: allocator("make:nozero"), Change: noCollector},
		{Factor: Planning, Rank: 3, From: "ahead", To: "each time", Change: planning(contract.PlanEach)},
		{Factor: Regions, Rank: 1, From: "auto", To: "off", Change: regions(region.Off)},
		{Factor: Regions, Rank: 4, From: "auto", To: "max", Change: regions(region.Max)},
	}
	for i, name := range libraries {
		all = append(all,
			Trial{Factor: Allocator, Rank: 3 + min(i, 1), From: "one block", To: name, Change: allocator(name)},
			Trial{Factor: Keeping, Rank: 4 + min(i, 1), From: name, To: name + ":keep", Context: allocator(name), Change: allocator(name + ":keep")})
	}
	all = append(all, common(r)...)
	all = append(all, Trial{Factor: Sharing, Rank: 5, From: "each its own", To: "one", Where: fmt.Sprintf("slab, %d streams", n),
		Context: both(allocator("slab"), streams(n)), Change: shared, Reason: needProcessors(n)})
	return directed(all, LeaveOneOut, r)
}

// oneIn lists the trials into the report's configuration.
func oneIn(r Recipe) []Trial {
	n := Processors()
	inC := r.base
	own := inC
	if own == "" {
		own = goHeap
	}
	all := []Trial{
		{Factor: Metadata, Rank: 3, From: "heap", To: "none", Change: metadata(contract.MetadataNone)},
		{Factor: Metadata, Rank: 1, From: "heap", To: "inline", Change: metadata(contract.MetadataInline)},
		{Factor: Bookkeeping, Rank: 2, From: "hash map", To: "places known ahead", Change: option("slots")},
		{Factor: Kept, Rank: 0, From: "new each time", To: "kept", Change: option("keep")},
		{Factor: Small, Rank: 2, From: "from the pool", To: "fixed places up to 64 elements", Change: records(64)},
		{Factor: Inline, Rank: 2, From: "from the pool", To: "in records up to 32 elements", Where: "metadata inline",
			Context: metadata(contract.MetadataInline), Change: records(32)},
		{Factor: Zeroing, Rank: 4, From: "none", To: "each buffer", Change: option("zero")},
		{Factor: Faults, Rank: 3, From: "touched anew", To: "touched before", Where: "pool kept",
			Context: both(option("keep"), option("cold")), Change: func(r *Recipe) { r.options = slices.DeleteFunc(r.options, func(o string) bool { return o == "cold" }) }},
		{Factor: Huge, Rank: 4, From: "small pages", To: "huge pages", Reason: "a pool's buffers lie where its allocator puts them, and C libraries take huge pages from the environment they start in"},
		{Factor: Collector, Rank: 3, From: "on", To: "off", Change: noCollector},
		{Factor: Planning, Rank: 1, From: "each time", To: "ahead", Change: planning(contract.PlanAhead)},
		{Factor: Regions, Rank: 2, From: "off", To: "auto", Change: regions(region.Auto)},
		{Factor: Regions, Rank: 4, From: "off", To: "max", Change: regions(region.Max)},
	}
	if inC != "" {
		all = append(all, Trial{Factor: Allocator, Rank: 3, From: own, To: goHeap, Change: base("")})
	}
	for _, name := range libraries {
		if name != inC {
			rank := 3
			if name == "mimalloc" {
				rank = 1 // the report's first proposal
			}
			all = append(all, Trial{Factor: Allocator, Rank: rank, From: own, To: name, Change: base(name)})
		}
		rank := 4
		if name == inC {
			rank = 3
		}
		all = append(all, Trial{Factor: Keeping, Rank: rank, From: name, To: name + ":keep", Context: base(name), Change: base(name + ":keep")})
	}
	all = append(all, common(r)...)
	manyStreams := fmt.Sprintf("%d streams", n)
	all = append(all,
		Trial{Factor: Allocator, Rank: 5, From: own, To: "mimalloc", Where: manyStreams, Context: streams(n), Change: base("mimalloc"), Reason: needProcessors(n)},
		Trial{Factor: Sharing, Rank: 5, From: "each its own", To: "one", Where: "pool kept, " + manyStreams,
			Context: both(option("keep"), streams(n)), Change: shared, Reason: needProcessors(n)})
	return directed(all, OneIn, r)
}

// common lists the trials that are the same in both directions.
func common(r Recipe) []Trial {
	all := []Trial{
		{Factor: Order, Rank: 4, From: "path", To: "depth", Change: order(path.DepthFirst)},
		{Factor: Order, Rank: 4, From: "path", To: "peak", Change: order(path.LowestPeak)},
		{Factor: Temporaries, Rank: 5, From: "from the strategy", To: "fixed", Change: fixed},
	}
	for _, n := range counts(Processors()) {
		if workers := max(1, r.Threads); n != workers {
			all = append(all, Trial{Factor: Threads, Rank: 3, From: fmt.Sprint(workers), To: fmt.Sprint(n), Change: threads(n)})
		}
	}
	n := Processors()
	if n == 1 {
		all = append(all, Trial{Factor: Threads, Rank: 3, From: "1", To: "more", Reason: oneProcessor})
	}
	return append(all, Trial{Factor: Streams, Rank: 4, From: "1", To: fmt.Sprint(n), Change: streams(n), Reason: needProcessors(n)})
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
func directed(all []Trial, direction string, base Recipe) []Trial {
	for i := range all {
		all[i].Direction, all[i].Base = direction, base
	}
	return all
}

// SetupsOf lists all setups of trials once, after others.
func SetupsOf(chosen []*Trial, others ...Setup) []Setup {
	all := slices.Clone(others)
	for _, t := range chosen {
		for _, s := range []Setup{t.Before(), t.After()} {
			if !slices.Contains(all, s) {
				all = append(all, s)
			}
		}
	}
	return all
}

// Pair is two factors of one direction that are switched together.
type Pair struct{ A, B *Trial }

// Setup is that with both switched.
func (p Pair) Setup() Setup {
	return p.A.Base.With(p.A.Context, p.A.Change, p.B.Context, p.B.Change).Made()
}

// apart reports whether the two can be switched together: neither undoes the other.
func (p Pair) apart() bool {
	together := p.Setup()
	return together == (Pair{p.B, p.A}).Setup() && together != p.A.After() && together != p.B.After()
}

// PairsOf lists the pairs of trials that can be switched together.
func PairsOf(all []*Trial) (pairs []Pair) {
	for i, t := range all {
		for _, u := range all[i+1:] {
			if p := (Pair{t, u}); p.apart() {
				pairs = append(pairs, p)
			}
		}
	}
	return pairs
}
