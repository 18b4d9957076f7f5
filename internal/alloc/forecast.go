package alloc

import (
	"fmt"

	"tnbench/internal/alloc/pack"
)

// Forecast is what a strategy will hold and do, simulated from the requests
// alone. The order of events is that of [Walk].
type Forecast struct {
	// Footprint is the most bytes held at any moment of a contraction in steady
	// state. For strategies whose buffers are the collector's or a C
	// allocator's it is what is live: the collector may hold about as much
	// again as garbage.
	Footprint int
	// First is the same for the first contraction, its Reset included.
	First int
	// Of the calls of Alloc in the first contraction, Hits got memory that was
	// held already, Misses fresh memory. Hits + Misses = len(requests).
	Hits, Misses int
	// Plan is where planned puts the buffers, nil for other strategies.
	Plan *pack.Plan
}

// SettlesWithin bounds the contractions until a strategy is in steady state.
const SettlesWithin = 8

// Predict forecasts what the strategy of spec does with a program's requests.
// It takes none of the memory.
func Predict(spec string, requests []Request) (Forecast, error) {
	d, o, err := parseSpec(spec)
	if err != nil {
		return Forecast{}, err
	}
	if err := Validate(requests); err != nil {
		return Forecast{}, fmt.Errorf("strategy %q: %w", spec, err)
	}
	f := d.forecast(o, requests)
	f.Hits = len(requests) - f.Misses
	return f, nil
}

// peakOf walks a contraction and returns the most bytes live at once, if each
// buffer takes size(its bytes).
func peakOf(requests []Request, size func(bytes int) int) int {
	held, peak := 0, 0
	Walk(requests, func(id int) {
		held += size(requests[id].Bytes)
		peak = max(peak, held)
	}, func(id int) {
		held -= size(requests[id].Bytes)
	})
	return peak
}

// forecastLive is that of strategies that pass every call on.
func forecastLive(requests []Request, size func(bytes int) int) Forecast {
	peak := peakOf(requests, size)
	return Forecast{Footprint: peak, First: peak, Misses: len(requests)}
}

func forecastMake(_ options, requests []Request) Forecast {
	return forecastLive(requests, func(bytes int) int { return bytes })
}

func forecastSyncPool(_ options, requests []Request) Forecast {
	var f Forecast
	for class, n := range poolFresh(requests) {
		f.Misses += n
		f.Footprint += n << class
	}
	f.First = f.Footprint
	return f
}

// poolFresh returns how many buffers of each class empty pools take for a
// contraction.
func poolFresh(requests []Request) (fresh [poolClasses]int) {
	var free [poolClasses]int
	Walk(requests, func(id int) {
		class := poolClass(requests[id].Bytes)
		if free[class] > 0 {
			free[class]--
		} else {
			fresh[class]++
		}
	}, func(id int) {
		free[poolClass(requests[id].Bytes)]++
	})
	return fresh
}

func forecastArena(o options, requests []Request) Forecast {
	from := source{huge: o.has("huge")}
	var f Forecast
	used, left, chunks := 0, 0, 0
	Walk(requests, func(id int) {
		n := roundUp(requests[id].Bytes, Alignment)
		if n > left {
			left = from.round(max(n, f.First, leastChunk))
			f.First += left
			f.Misses++
			chunks++
		}
		left -= n
		used += n
	}, func(int) {})
	f.Footprint = f.First
	if chunks > 1 {
		f.Footprint = from.round(used)
		f.First = max(f.First, f.Footprint)
	}
	return f
}

func forecastMmap(o options, requests []Request) Forecast {
	return forecastLive(requests, func(bytes int) int { return mapSize(bytes, mapOver(o)) })
}

func forecastPlanned(o options, requests []Request) Forecast {
	over := plannedOver(o)
	larger := largerThan(over, requests)
	f := Forecast{Misses: len(requests) - len(larger)}
	block, held := 0, 0 // the block when it is there, and what there is of the rest
	if len(larger) > 0 {
		plan, err := Plan(larger, !o.has("greedy"))
		if err != nil {
			return Forecast{} // the requests were found valid
		}
		block, f.Plan = source{huge: o.has("huge")}.round(plan.Height), &plan
	}
	taken := block
	if o.has("anew") && block > 0 {
		taken = 0
		f.Misses++
	}
	f.First = taken
	Walk(requests, func(id int) {
		if n := requests[id].Bytes; n > over {
			taken = block
		} else {
			held += n
		}
		f.First = max(f.First, taken+held)
	}, func(id int) {
		if n := requests[id].Bytes; n <= over {
			held -= n
		}
	})
	f.Footprint = f.First
	return f
}
