package factor

import (
	"fmt"
	"runtime/debug"
	"strings"

	"tnbench/internal/alloc"
	"tnbench/internal/bench"
	"tnbench/internal/contract"
	"tnbench/internal/instance"
	"tnbench/internal/kernel"
	"tnbench/internal/machine"
	"tnbench/internal/path"
	"tnbench/internal/region"
)

// Setup is all that one process can choose about how a network is contracted.
type Setup struct {
	Strategy         string // as alloc.New takes it
	Metadata         contract.Metadata
	Planning         contract.Planning
	Order            path.Order
	Regions          region.Mode // which steps run slice by slice
	FixedTemporaries bool
	Threads          int // 0: one
	Streams          int // 0: one
	Share            bool
	NoCollector      bool // the garbage collector is off
	// OwnHeap lets the collector come as often as if nothing else had memory: what
	// others hold beside would make it wait.
	OwnHeap bool
	Batch   int // contractions of a sample; 0: as many as others have
}

// Best is the configuration that the standing measurements found best where nothing is
// known of a network: everything compiled, memory planned ahead and kept, and regions
// where they are sure to save time.
var Best = Setup{Strategy: "planned", Regions: region.Auto}

// Reported is what the light_415 analysis describes of its Rust program: a pool by
// element count that is made anew for each contraction, over the system's allocator,
// three heap slices of metadata a step, labels classified at each contraction.
var Reported = Setup{Strategy: "exactpool", Metadata: contract.MetadataHeap, Planning: contract.PlanEach}

// ReportedHere is Reported over the C library's malloc, as a Rust program is, or over Go's
// heap where that is not to be had.
func ReportedHere() Setup {
	s := Reported
	if alloc.Available("malloc") == nil {
		s.Strategy += ":base=malloc"
	}
	return s
}

// String describes a setup by what differs from the plainest one.
func (s Setup) String() string {
	parts := []string{s.Strategy}
	add := func(differs bool, format string, args ...any) {
		if differs {
			parts = append(parts, fmt.Sprintf(format, args...))
		}
	}
	add(s.Metadata != contract.MetadataNone, "metadata %v", s.Metadata)
	add(s.Planning != contract.PlanAhead, "planning %v", s.Planning)
	add(s.Order != path.AsWritten, "order %v", s.Order)
	add(s.Regions != region.Off, "regions %v", s.Regions)
	add(s.FixedTemporaries, "fixed temporaries")
	add(s.Threads > 1, "%d threads", s.Threads)
	add(s.Streams > 1, "%d streams", s.Streams)
	add(s.Share, "shared")
	add(s.NoCollector, "collector off")
	add(s.Batch > 1, "%d contractions at a time", s.Batch)
	return strings.Join(parts, ", ")
}

// Key is what a setup's program depends on.
type Key struct {
	order   path.Order
	regions region.Mode
	fixed   bool
	threads int
}

// Program returns what the setup's program depends on.
func (s Setup) Program() Key {
	return Key{s.Order, s.Regions, s.FixedTemporaries, max(1, s.Threads)}
}

// Compile compiles a network for a setup.
func (s Setup) Compile(in *instance.Instance, p instance.Path) (*contract.Program, error) {
	return contract.Compile(in, p, contract.Options{
		Order: s.Order, Regions: s.Regions, FixedTemporaries: s.FixedTemporaries, Kernel: kernel.Options{Threads: max(1, s.Threads)},
	})
}

// Way makes a way of a setup, with its program.
func (s Setup) Way(p *contract.Program) bench.Way {
	w := bench.Way{
		Name: s.String(), Program: p, Strategy: s.Strategy,
		Execution: contract.Execution{Metadata: s.Metadata, Planning: s.Planning},
		Threads:   s.Threads, Streams: s.Streams, Share: s.Share,
	}
	w.Batch = s.Batch
	switch {
	case s.NoCollector:
		w.Around = atPercent(func() int { return -1 })
	case s.OwnHeap:
		own := OwnHeapOf(s.Strategy, p)
		w.Around = atPercent(func() int { return max(1, 100*max(LeastHeap, own)/max(1, int(machine.LiveHeapBytes()))) })
	}
	return w
}

// atPercent surrounds turns with a setting of GOGC.
func atPercent(percent func() int) func(turn func()) {
	return func(turn func()) {
		defer debug.SetGCPercent(debug.SetGCPercent(percent()))
		turn()
	}
}

// LeastHeap is what the heap may grow by before the collector comes, however little
// is live: the runtime's least goal.
const LeastHeap = 4 << 20

// OwnHeapOf returns about what is live in Go's heap if a strategy is alone there.
func OwnHeapOf(strategy string, p *contract.Program) int {
	d, err := alloc.DemandOf(strategy, p.Requests)
	if err != nil {
		return 0 // making it says why
	}
	live, most := 0, 0
	for _, n := range d.Turn {
		live += n
		most = max(most, live)
	}
	return p.InputBytes() + p.ResultBytes() + d.Heap + most
}
