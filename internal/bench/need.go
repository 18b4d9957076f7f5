package bench

import (
	"errors"
	"math"
	"runtime/debug"
	"runtime/metrics"

	"tnbench/internal/alloc"
	"tnbench/internal/contract"
	"tnbench/internal/instance"
	"tnbench/internal/machine"
	"tnbench/internal/path"
	"tnbench/internal/region"
	"tnbench/internal/result"
	"tnbench/internal/slicing"
)

// Need is a forecast of the most memory that a measurement has resident at once,
// in bytes. The parts exist together, but for the check: it ends before strategies
// get memory.
type Need struct {
	Process    int // what the process has already, and what it will of the program itself
	Inputs     int
	Results    int // each strategy's result, and the one to check against
	Strategies int // what they keep, and what one has in its turn, garbage included
	Check      int // the most that verifying takes beside the inputs; 0: no check
	Processes  int // other processes: what streams are compared with, after the strategies, or where these are
}

// Total returns the most that exists at once.
func (n Need) Total() int { return max(n.Least(), n.Process+n.Inputs+n.Check) }

// Least is Total without the check.
func (n Need) Least() int { return n.Process + n.Inputs + max(n.Results+n.Strategies, n.Processes) }

// Scope says what is to be measured, as far as it takes memory.
type Scope struct {
	Strategies []string
	Streams    int
	Check      Check
	Held       bool // the inputs are there already
	Alone      bool // a strategy has memory in its turn only
	Processes  bool // streams are compared with processes
	Cold       bool // strategies have their turns in processes of their own
}

// NeedOf forecasts what measuring program takes. Garbage is collected before, and
// memory that is free goes back to the system.
func NeedOf(program *contract.Program, s Scope) (Need, error) {
	n := before(program, s)
	err := n.add(program, s)
	return n, err
}

// before returns what there is before any strategy: the process and the inputs.
func before(program *contract.Program, s Scope) Need {
	n := Need{Process: residentNow(), Inputs: program.InputBytes()}
	if s.Held {
		n.Process = max(0, n.Process-n.Inputs)
	}
	return n
}

// Fits reports whether a scope can be measured within a limit of so many bytes. A
// check that nobody insists on is left out where it does not fit.
func (n Need) Fits(s Scope, limit int64) bool { return n.Counts(s) <= limit }

// Counts returns the bytes that are held against a limit.
func (n Need) Counts(s Scope) int64 {
	if s.Check == CheckOn {
		return int64(n.Total())
	}
	return int64(n.Least())
}

// Fitting returns those strategies of a scope that fit into a limit together: each
// that does beside those before it.
func Fitting(program *contract.Program, s Scope, limit int64) (fitting []string) {
	now := before(program, s)
	for _, spec := range s.Strategies {
		s.Strategies = append(fitting[:len(fitting):len(fitting)], spec)
		if n := now; n.add(program, s) == nil && n.Fits(s, limit) {
			fitting = s.Strategies
		}
	}
	return fitting
}

// residentNow returns what the process has resident, and will have beside the data.
func residentNow() int {
	debug.FreeOSMemory()
	return int(machine.ResidentMemory()) + laterResident
}

// laterResident is what the process will have resident beside the data once it
// measures: more of the program's code, stacks, samples, the document.
const laterResident = 6 << 20

// add adds all that the process will take.
func (n *Need) add(program *contract.Program, s Scope) error {
	if s.Cold {
		return n.addCold(program, s)
	}
	streams := max(1, s.Streams)
	together := len(s.Strategies)
	if s.Alone {
		together = 1
	}
	n.Results = (1 + streams*together) * program.ResultBytes()
	var err error
	if n.Strategies, err = strategiesNeed(program.Requests, s.Strategies, streams, n.Inputs+n.Results, s.Alone); err != nil {
		return err
	}
	if s.Check != CheckOff {
		n.Check = checkNeed(program)
	}
	if s.Processes && streams > 1 {
		child := Need{Process: n.Process, Inputs: n.Inputs} // the same program, the same network
		if err := child.add(program, Scope{Strategies: s.Strategies, Check: CheckOff, Alone: s.Alone}); err != nil {
			return err
		}
		n.Processes = streams * child.Total()
	}
	return nil
}

// addCold adds what first contractions take: this process checks, and has a result to
// check against; one process at a time contracts.
func (n *Need) addCold(program *contract.Program, s Scope) error {
	n.Results = program.ResultBytes()
	for _, spec := range s.Strategies {
		child := Need{Process: n.Process, Inputs: n.Inputs}
		if err := child.add(program, Scope{Strategies: []string{spec}, Check: CheckOff}); err != nil {
			return err
		}
		n.Processes = max(n.Processes, child.Total()+n.Results)
	}
	if s.Check != CheckOff {
		n.Check = checkNeed(program)
	}
	return nil
}

// StrategyNeed forecasts the memory that measuring a recording takes under the
// strategies of s, with what s says of cold ones and of turns.
func StrategyNeed(requests []alloc.Request, s Scope) (n Need, err error) {
	n.Process = residentNow()
	strategies, err := strategiesNeed(requests, s.Strategies, 1, 0, s.Alone || s.Cold)
	if s.Cold {
		n.Processes = n.Process + strategies
	} else {
		n.Strategies = strategies
	}
	return n, err
}

// strategiesNeed is strategyNeed, or with alone the most of it for any one.
func strategiesNeed(requests []alloc.Request, strategies []string, streams, data int, alone bool) (int, error) {
	if !alone {
		return strategyNeed(requests, strategies, streams, data)
	}
	most := 0
	for _, spec := range strategies {
		n, err := strategyNeed(requests, []string{spec}, streams, data)
		if err != nil {
			return 0, err
		}
		most = max(most, n)
	}
	return most, nil
}

// strategyNeed forecasts the most bytes that strategies have at once beside data
// of so many bytes in the Go heap.
func strategyNeed(requests []alloc.Request, strategies []string, streams, data int) (int, error) {
	demands := make([]alloc.Demand, len(strategies))
	kept, outside, passing := 0, 0, 0
	for i, spec := range strategies {
		d, err := alloc.DemandOf(spec, requests)
		if err != nil {
			return 0, err
		}
		demands[i] = d
		kept += d.Heap * streams
		outside += d.Outside * streams
		passing = max(passing, d.Passing*streams)
	}
	peak := kept
	for _, d := range demands {
		for _, slow := range [...]bool{false, true} {
			h := newHeap(ownHeap+data+kept-d.Heap*streams, slow)
			if d.Start != nil {
				h.play(d.Start, streams)
			} else {
				h.take(d.Heap * streams)
				h.collect()
				h.play(d.Turn, streams)
			}
			peak = max(peak, h.peak-data-ownHeap)
		}
	}
	return peak + outside + passing, nil
}

// heap simulates the size of the Go heap. A collection begins when the heap nears
// a goal, by GOGC in proportion to what was live in the last one, and gives room
// to what comes next: at 0.95 of the way or 4 MiB before the goal, as late as the
// runtime may, since buffers without pointers leave it next to nothing to mark. It
// takes some milliseconds, and leaves what dies meanwhile to the next one.
type heap struct {
	live, garbage, peak, trigger int
	slow                         bool // collections end when whileCollecting bytes more were taken, else at once
	collecting                   bool
	left                         int    // bytes to be taken until the collection ends
	dead                         int    // garbage that it takes away
	percent, limit               uint64 // GOGC, GOMEMLIMIT
}

// ownHeap is about what this program itself has live in the heap.
const ownHeap = 3 << 20

// whileCollecting is about how much a contraction takes, and fills, in a collection.
const whileCollecting = 16 << 20

// leastGoal is the runtime's least goal at GOGC=100.
const leastGoal = 4 << 20

// newHeap returns a heap after a collection that left so many bytes.
func newHeap(live int, slow bool) *heap {
	samples := []metrics.Sample{{Name: "/gc/gogc:percent"}, {Name: "/gc/gomemlimit:bytes"}}
	metrics.Read(samples)
	h := &heap{live: live, slow: slow, percent: samples[0].Value.Uint64(), limit: samples[1].Value.Uint64()}
	h.collect()
	return h
}

// play lets the heap see events, each in so many streams.
func (h *heap) play(events []int, streams int) {
	for _, bytes := range events {
		if bytes > 0 {
			h.take(bytes * streams)
		} else {
			h.live += bytes * streams
			h.garbage -= bytes * streams
		}
	}
}

// take takes bytes.
func (h *heap) take(bytes int) {
	h.live += bytes
	h.peak = max(h.peak, h.live+h.garbage)
	switch {
	case h.collecting:
		h.left -= bytes
	case h.live+h.garbage >= h.trigger:
		h.collecting, h.dead, h.left = true, h.garbage, 0
		if h.slow {
			h.left = whileCollecting - bytes // this one is filled during the collection
		}
	}
	if h.collecting && h.left <= 0 {
		h.end()
	}
}

// collect takes all garbage away.
func (h *heap) collect() {
	h.dead = h.garbage
	h.end()
	h.peak = max(h.peak, h.live)
}

// end ends a collection and sets when the next one begins: what is there was live, or
// died during this one.
func (h *heap) end() {
	h.collecting = false
	h.garbage -= h.dead
	marked := h.live + h.garbage
	goal := math.MaxInt
	if h.percent < math.MaxInt32 { // else GOGC=off
		goal = max(marked+marked/100*int(h.percent), leastGoal/100*int(h.percent))
	}
	if h.limit < math.MaxInt64 {
		goal = max(marked, min(goal, int(h.limit)))
	}
	way := goal - marked
	h.trigger = max(marked+way/64*61, goal-leastGoal)
}

// ErrNoSlices says that no slices of a network are small enough.
var ErrNoSlices = errors.New("no labels were found whose slices would fit")

// Slicer compiles networks that are to fit into a limit.
type Slicer struct {
	Limit int64 // bytes
	// Need forecasts what a program takes, and the bytes that count.
	Need func(*contract.Program) (n Need, bytes int64, err error)

	// Of what was forecast last:
	fixed   int64 // all but what strategies hold, or the check
	checked bool  // the check takes the most
}

// Slice compiles a network along a path: as options say if that fits; else with regions of
// the least memory, unless options have none; else in slices, of the labels that add the
// least flops. If nothing fits, the error is ErrNoSlices, with the program that was tried
// first, or a [contract.SizeError] without one.
func (s *Slicer) Slice(tree *path.Tree, p instance.Path, o contract.Options) (*contract.Program, error) {
	first, takes, failed := s.try(tree, p, o)
	var tooLarge contract.SizeError
	if failed != nil && !errors.As(failed, &tooLarge) || failed == nil && takes <= s.Limit {
		return first, failed
	}
	if o.Regions == region.Auto {
		o.Regions = region.Max
		if again, takes, err := s.try(tree, p, o); err == nil && takes <= s.Limit {
			return again, nil
		}
	}
	sliced, err := s.slice(tree, p, o)
	if sliced != nil || err != nil {
		return sliced, err
	}
	if failed != nil {
		return nil, failed
	}
	return first, ErrNoSlices
}

// Slices are chosen by intermediates alone. Strategies hold more than is live, and kernels
// have temporaries: by how much is seen when they are compiled, and the next ones are
// smaller by as much, within bounds.
const (
	mostAttempts = 16
	least, most  = 0.25, 0.9
)

// slice compiles the slices of a network that fit, nil if there are none.
func (s *Slicer) slice(tree *path.Tree, p instance.Path, o contract.Options) (*contract.Program, error) {
	if s.fixed == 0 { // nothing could be compiled
		inputs, _ := tree.Instance.InputBytes()
		s.fixed = int64(inputs)
	}
	room := float64(s.Limit - s.fixed)
	for attempt := 0; attempt < mostAttempts && room >= 1; attempt++ {
		regions := o.Regions
		if s.checked {
			regions = region.Off // it stores the results of all steps of a slice
		}
		cuts, ok := slicing.Choose(tree, o.Order, regions, room)
		if !ok {
			break
		}
		smaller := most
		if o.Slices = cuts; len(cuts) > 0 {
			sliced, takes, err := s.try(tree, p, o)
			var tooLarge contract.SizeError
			switch {
			case err == nil && takes <= s.Limit:
				return sliced, nil
			case err == nil:
				smaller = float64(s.Limit-s.fixed) / float64(takes-s.fixed)
			case !errors.As(err, &tooLarge):
				return nil, err
			}
		}
		room *= min(max(smaller, least), most)
	}
	return nil, nil
}

// try compiles a network, and forecasts the bytes that count.
func (s *Slicer) try(tree *path.Tree, p instance.Path, o contract.Options) (*contract.Program, int64, error) {
	program, err := contract.CompileTree(tree, p, o)
	if err != nil {
		return nil, 0, err
	}
	n, takes, err := s.Need(program)
	s.fixed, s.checked = int64(n.Process+n.Inputs+n.Results), takes > int64(n.Least())
	return program, takes, err
}

// Sliced says what the slices of a program cost; it is nothing if it has none.
func Sliced(p *contract.Program) (s result.Maybe[result.Sliced]) {
	if p.Slices == nil {
		return s
	}
	s = result.Measured(result.Sliced{
		Labels: slicing.Format(p.Instance, p.Slices.Cuts), Slices: p.Slices.Slices(), Added: p.Slices.Adds,
		Steps: p.Slices.Last - p.Slices.First + 1, Flops: p.Flops, PeakLive: p.PeakLive, Whole: p.Tree().Cost().Flops,
	})
	if whole, err := p.Unsliced(); err == nil { // else it is too large
		s.Value.PeakWhole = result.Measured(whole.PeakLive)
		s.Value.Time = result.Measured(p.Cycles() / whole.Cycles())
	}
	return s
}
