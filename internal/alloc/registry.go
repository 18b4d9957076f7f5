package alloc

import (
	"fmt"
	"slices"
)

// Info describes a strategy to people.
type Info struct {
	Name    string
	Models  string // what it stands for, in one line
	Keeps   string // what it keeps between contractions, in one line
	Options []Option
	// Sharing of the bare name. Pools with the option keep are Locked.
	Sharing Sharing
	// Variants are specs with options that are worth comparing with the bare name.
	Variants []string
	// Default: takes part in a run that names no strategies. Such strategies
	// need nothing installed.
	Default bool
}

// Option is one choice of a strategy, written after a colon: "arena:huge",
// "slab:small=64". Options are separated by commas.
type Option struct {
	Name    string
	Value   string // placeholder of its value, "" if it takes none
	Meaning string
	Default string // value if it is left out, "" if that means off

	kind kind
	bare bool                    // its value may be given without its name
	fits func(spec string) error // what speaks against a value that is a spec, if anything may
}

// Sharing says how several contractions can use one instance of a strategy.
type Sharing uint8

// The ways to share.
const (
	// Private: takes everything back at once, so that contractions can't share it.
	Private Sharing = iota
	// Locked: can be shared behind a lock, which [NewShared] puts around it.
	Locked
	// Concurrent: shared by its nature, without a lock of ours.
	Concurrent
)

// String names the way of sharing.
func (s Sharing) String() string {
	return [...]string{"private", "locked", "concurrent"}[s]
}

// definition is what the registry knows of a strategy.
type definition struct {
	Info
	// build makes one that is not yet prepared. Its error says why it can't work
	// here and what to do about it.
	build func(options) (Strategy, error)
	// forecast simulates its policy over valid requests.
	forecast func(options, []Request) Forecast
	// demand says where the memory of a forecast comes from.
	demand func(options, []Request, Forecast) Demand
}

var (
	optionHuge  = Option{Name: "huge", Meaning: "blocks on huge pages (MADV_HUGEPAGE, Linux only)"}
	optionZero  = Option{Name: "zero", Meaning: "each buffer is cleared before it is handed out"}
	optionSmall = Option{Name: "small", Value: "N", kind: count, Meaning: "buffers of up to N 8-byte elements have a fixed place each, without bookkeeping"}
)

// optionKeep is of C allocators, which can be told so by environment variables.
func optionKeep(how string) Option {
	return Option{Name: "keep", Meaning: "nothing goes back to the system: " + how}
}

// definitions of all strategies, in the order in which they are listed.
var definitions []*definition

func init() { // not an initialiser: bases are looked up in the table itself
	definitions = []*definition{
		{Info{Name: "make", Default: true, Sharing: Concurrent, Variants: []string{"make:nozero"},
			Models:  "plain make, dropped for the collector: Go's default, the nearest to Julia's arrays",
			Keeps:   "nothing",
			Options: []Option{{Name: "nozero", Meaning: "collected memory that nobody clears"}},
		}, newMake, forecastMake, demandMake},
		{Info{Name: "syncpool", Default: true, Sharing: Concurrent,
			Models: "one sync.Pool per power of two: the Go idiom for reuse",
			Keeps:  "freed buffers, until two collector cycles have passed",
		}, newSyncPool, forecastSyncPool, demandSyncPool},
		{Info{Name: "arena", Default: true, Variants: []string{"arena:huge"},
			Models:  "a bump pointer through one block, reset after each contraction: region allocators",
			Keeps:   "one block as large as the sum of all buffers",
			Options: []Option{optionHuge},
		}, newArena, forecastArena, demandArena},
		{Info{Name: "slab", Default: true, Sharing: Locked, Variants: []string{"slab:small=64", "slab:huge"},
			Models:  "free lists per size class, carved from slabs: tcmalloc, jemalloc, Go's own heap without their threads",
			Keeps:   "everything, for the same class",
			Options: []Option{optionSmall, optionHuge},
		}, newSlab, forecastSlab, demandKept},
		{Info{Name: "exactpool", Default: true, Variants: []string{"exactpool:keep"},
			Models: "a hash map from exact size to free buffers, new for each contraction: strided-rs's BufferPool in the light_415 analysis",
			Keeps:  "nothing; with keep every buffer, for the same size",
			Options: []Option{
				{Name: "keep", Meaning: "one map for all contractions (proposal 3 of the light_415 analysis)"},
				{Name: "slots", Meaning: "the free buffers of each size have a place known ahead, without a hash map"},
				optionZero,
				{Name: "cold", Meaning: "with keep: the pages of free buffers go back to the system after each contraction (Linux only)"},
				{Name: "base", Value: "SPEC", kind: another, fits: plainBase, Default: "make:nozero", Meaning: "where fresh buffers come from: make, malloc, mimalloc or jemalloc, with options; comes last"},
			},
		}, newExactPool, forecastExactPool, demandExactPool},
		{Info{Name: "bestfit", Default: true, Variants: []string{"bestfit:keep", "bestfit:keep,waste=2"},
			Models: "an ordered map of free buffers, the smallest that fits: what strided-rs does today",
			Keeps:  "nothing; with keep every buffer",
			Options: []Option{
				{Name: "keep", Meaning: "one map for all contractions"},
				{Name: "waste", Value: "F", kind: factor, Meaning: "use a buffer only if it is at most F times as large as needed"},
				{Name: "shrink", Meaning: "file a buffer under the size it was last used for, as strided-rs does, not under its own"},
			},
		}, newBestFit, forecastBestFit, demandBestFit},
		{Info{Name: "inline", Default: true, Variants: []string{"inline:32,base=exactpool:keep"},
			Models: "small tensors inside their own record, the rest in a base strategy: SmallVec, proposals 4 and 5 of the light_415 analysis",
			Keeps:  "one record per tensor, and what the base keeps",
			Options: []Option{
				{Name: "elements", Value: "N", kind: count, bare: true, Default: "32", Meaning: "the largest tensor in a record, in 8-byte elements; inline:N or inline=N for short"},
				{Name: "base", Value: "SPEC", kind: another, fits: noInline, Default: "exactpool", Meaning: "the strategy of larger tensors, with its options; comes last"},
			},
		}, newInline, forecastInline, demandInline},
		{Info{Name: "mmap", Default: true, Sharing: Concurrent,
			Models:  "each large buffer mapped and unmapped anew: C allocators beyond their threshold, and the faults that costs",
			Keeps:   "nothing",
			Options: []Option{{Name: "over", Value: "BYTES", kind: bytes, Default: "128KiB", Meaning: "buffers of more than BYTES are mapped, others made"}},
		}, newMmap, forecastMmap, demandMmap},
		{Info{Name: "malloc", Sharing: Concurrent, Variants: []string{"malloc:keep"},
			Models:  "the C library's malloc, called through cgo: the system allocator that the light_415 analysis blames",
			Keeps:   "what the C library keeps; with keep everything",
			Options: []Option{optionKeep("no mmap threshold, no trimming, in a second copy of glibc")},
		}, newMalloc, forecastMake, demandForeign},
		{Info{Name: "mimalloc", Sharing: Concurrent, Variants: []string{"mimalloc:keep"},
			Models:  "mimalloc, loaded where it is installed, called through cgo: proposal 1 of the light_415 analysis",
			Keeps:   "what mimalloc keeps; with keep all but what it maps on its own",
			Options: []Option{optionKeep("no purge, in a second copy of the library")},
		}, newMimalloc, forecastMake, demandMimalloc},
		{Info{Name: "jemalloc", Sharing: Concurrent, Variants: []string{"jemalloc:keep"},
			Models:  "jemalloc, loaded where it is installed, called through cgo: proposal 1 of the light_415 analysis",
			Keeps:   "what jemalloc keeps; with keep everything",
			Options: []Option{optionKeep("no decay, no oversize arena, in an arena of its own")},
		}, newJemalloc, forecastMake, demandForeign},
		{Info{Name: "planned", Default: true, Variants: []string{"planned:huge"},
			Models: "offsets in one block from lifetimes known ahead: static planners (TFLite, XLA, MiniMalloc)",
			Keeps:  "one block, hardly larger than what is live at the peak",
			Options: []Option{optionHuge,
				{Name: "greedy", Meaning: "no search for a better plan where the greedy one is above the lower bound"},
				optionZero,
				{Name: "hash", Meaning: "a hash map is asked for the size at each call, as pools do: what that costs alone"},
				{Name: "anew", Meaning: "the block is taken anew for each contraction"},
				{Name: "cold", Meaning: "the pages of the block go back to the system after each contraction (Linux only)"},
				{Name: "over", Value: "BYTES", kind: bytes, Meaning: "buffers of more than BYTES are planned, others made, un-zeroed"}},
		}, newPlanned, forecastPlanned, demandPlanned},
	}
}

// find returns the definition of the strategy called name, nil if there is none.
func find(name string) *definition {
	for _, d := range definitions {
		if d.Name == name {
			return d
		}
	}
	return nil
}

// New makes the strategy of spec, "name" or "name:option,option=value". It must
// be prepared before use and closed afterwards. The error says what is wrong
// with the spec, or why the strategy can't work here and what to install.
func New(spec string) (Strategy, error) {
	d, o, err := parseSpec(spec)
	if err != nil {
		return nil, err
	}
	s, err := d.build(o)
	if err != nil {
		return nil, fmt.Errorf("strategy %q: %w", spec, err)
	}
	return s, nil
}

// Check reports what is wrong with a spec, without making anything.
func Check(spec string) error {
	_, _, err := parseSpec(spec)
	return err
}

// Available reports why spec can't work on this machine, nil if it can.
func Available(spec string) error {
	s, err := New(spec)
	if err != nil {
		return err
	}
	return s.Close()
}

// Infos describes all strategies, in a sensible order to list them.
func Infos() []Info {
	infos := make([]Info, len(definitions))
	for i, d := range definitions {
		infos[i] = d.Info
	}
	return infos
}

// Available reports why the strategy, without options, can't work here.
func (i Info) Available() error { return Available(i.Name) }

// Names lists the strategies.
func Names() []string {
	names := make([]string, len(definitions))
	for i, d := range definitions {
		names[i] = d.Name
	}
	return names
}

// Completions lists every strategy and every variant, for a shell to complete.
func Completions() []string {
	var all []string
	for _, d := range definitions {
		all = append(append(all, d.Name), d.Variants...)
	}
	slices.Sort(all)
	return all
}

// runnable lists the strategies that wanted chooses, with the variants that can
// run here if those are asked for.
func runnable(wanted func(Info) bool, variants bool) []string {
	var all []string
	for _, d := range definitions {
		if !wanted(d.Info) {
			continue
		}
		all = append(all, d.Name)
		for _, v := range d.Variants {
			if variants && Available(v) == nil {
				all = append(all, v)
			}
		}
	}
	return all
}

// sharing returns how the strategy with these options can be shared. Pools that
// are new for each contraction can't be, those that are kept can.
func (d *definition) sharing(o options) Sharing {
	if o.has("keep") && d.Sharing == Private {
		return Locked
	}
	return d.Sharing
}
