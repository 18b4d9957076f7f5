package alloc

import (
	"runtime"
	"slices"
)

// Demand is the memory that a strategy takes of the machine, as it is seen from
// outside: what it keeps stays taken between its turns, the rest comes and goes.
type Demand struct {
	Heap    int // kept in the Go heap
	Outside int // kept outside of it: huge pages, C libraries
	// Turn is what one turn, of two contractions, takes of the Go heap (positive)
	// and leaves to the collector (negative), in order.
	Turn []int
	// Passing is the most that a contraction has outside of the heap for a while.
	Passing int
	// Start is the same as Turn for the first contraction, if that differs: what
	// is kept is in it.
	Start []int
}

// contractionsOfTurn is how often a strategy contracts until the others' turn: once
// untimed, once timed.
const contractionsOfTurn = 2

// DemandOf forecasts what the strategy of spec takes for requests.
func DemandOf(spec string, requests []Request) (Demand, error) {
	d, o, err := parseSpec(spec)
	if err != nil {
		return Demand{}, err
	}
	f, err := Predict(spec, requests)
	if err != nil {
		return Demand{}, err
	}
	return d.demand(o, requests, f), nil
}

// heapBytes returns what the Go heap needs for a buffer: pages of 8 KiB for large
// ones, about a size class for others.
func heapBytes(bytes int) int {
	if bytes > 32<<10 {
		return roundUp(bytes, 8<<10)
	}
	return roundUp(bytes, 16) + bytes/16
}

// demandKept is that of strategies that keep all they hold.
func demandKept(o options, _ []Request, f Forecast) Demand {
	if o.has("huge") {
		return Demand{Outside: f.Footprint}
	}
	return Demand{Heap: f.Footprint}
}

// demandArena is demandKept; but the first contraction's chunks are dropped for
// one block.
func demandArena(o options, requests []Request, f Forecast) Demand {
	d := demandKept(o, requests, f)
	if d.Heap > 0 && f.Misses > 1 {
		// The chunks are larger, but what is not used of them is never touched.
		d.Start = []int{f.Footprint, -f.Footprint, f.Footprint}
	}
	return d
}

// demandMake is that of buffers that the collector takes one by one.
func demandMake(_ options, requests []Request, _ Forecast) (d Demand) {
	for range contractionsOfTurn {
		d.Turn = append(d.Turn, oneByOne(requests, 0)...)
	}
	return d
}

// oneByOne returns what a contraction takes and drops if buffers of up to most
// bytes (0: all) come from the Go heap.
func oneByOne(requests []Request, most int) (events []int) {
	Walk(requests, func(id int) {
		if n := requests[id].Bytes; most == 0 || n <= most {
			events = append(events, heapBytes(n))
		}
	}, func(id int) {
		if n := requests[id].Bytes; most == 0 || n <= most {
			events = append(events, -heapBytes(n))
		}
	})
	return events
}

// demandSyncPool: the collector empties pools, though not before a turn ends. A
// pool keeps the last buffer that a processor gave back out of the others' reach:
// where the contraction moves to another one, as it does when the collector begins,
// one of each class exists once more. That is chance, so this is the most.
func demandSyncPool(_ options, requests []Request, f Forecast) Demand {
	held := f.Footprint
	for class, n := range poolFresh(requests) {
		if n > 0 && runtime.GOMAXPROCS(0) > 1 {
			held += 1 << class
		}
	}
	return Demand{Turn: []int{held, -held}}
}

// demandPlanned is demandKept, but for a block that is taken anew, and for small
// buffers from the heap.
func demandPlanned(o options, requests []Request, f Forecast) Demand {
	over, block := plannedOver(o), 0
	if f.Plan != nil {
		block = source{huge: o.has("huge")}.round(f.Plan.Height)
	}
	var d Demand
	if over > 0 {
		d.Turn = slices.Concat(oneByOne(requests, over), oneByOne(requests, over))
	}
	switch {
	case o.has("huge") && o.has("anew"):
		d.Passing = block
	case o.has("huge"):
		d.Outside = block
	case o.has("anew"):
		d.Turn = append(d.Turn, block, -block, block, -block)
	default:
		d.Heap = block
	}
	return d
}

func demandExactPool(o options, requests []Request, f Forecast) Demand {
	if base, of, _ := parseSpec(exactBaseOf(o)); base.Name != "make" { // else a C library
		return base.demand(of, requests, f)
	}
	if o.has("keep") {
		return demandKept(o, requests, f)
	}
	return demandDropped(exactFresh(requests))
}

func demandBestFit(o options, requests []Request, f Forecast) Demand {
	if o.has("keep") {
		return demandKept(o, requests, f)
	}
	b := bestFitForecast{opt: parseBestFit(o), filed: make([]int, len(requests))}
	return demandDropped(b.contract(requests))
}

// demandDropped is that of pools that take fresh buffers in each contraction and
// drop them at its end.
func demandDropped(fresh []int) (d Demand) {
	for range contractionsOfTurn {
		held := 0
		for _, n := range fresh {
			d.Turn = append(d.Turn, heapBytes(n))
			held += heapBytes(n)
		}
		d.Turn = append(d.Turn, -held)
	}
	return d
}

// demandInline adds the records to what the base takes of the rest.
func demandInline(o options, requests []Request, _ Forecast) Demand {
	s := inline{limit: inlineLimit(o)}
	d, _ := DemandOf(inlineBase(o), s.split(requests)) // parts of what was checked before
	d.Heap += roundUp(s.limit, Alignment) * len(requests)
	return d
}

// demandMmap is that of small buffers from the Go heap, and large ones outside.
func demandMmap(o options, requests []Request, _ Forecast) (d Demand) {
	over := mapOver(o)
	for range contractionsOfTurn {
		d.Turn = append(d.Turn, oneByOne(requests, max(over, 1))...)
	}
	d.Passing = peakOf(requests, func(bytes int) int {
		if bytes > over {
			return mapSize(bytes, over)
		}
		return 0
	})
	return d
}

// demandForeign is that of a C library, which is taken to keep what was live.
func demandForeign(_ options, _ []Request, f Forecast) Demand { return Demand{Outside: f.Footprint} }

// demandMimalloc: buffers that are mapped on their own wait for the thread that took
// them when another one frees them, as happens where the Go scheduler moves the
// contraction. With keep what waits stays resident. That is chance: this is as much
// for each processor.
func demandMimalloc(o options, requests []Request, f Forecast) Demand {
	d := demandForeign(o, requests, f)
	if o.has("keep") {
		d.Outside += runtime.GOMAXPROCS(0) * peakOf(requests, func(bytes int) int {
			if bytes > mimallocLarge {
				return bytes
			}
			return 0
		})
	}
	return d
}

// mimallocLarge is the size beyond which mimalloc 2.0 maps a buffer on its own
// (MI_LARGE_OBJ_SIZE_MAX).
const mimallocLarge = 16 << 20
