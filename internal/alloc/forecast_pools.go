package alloc

import "slices"

func forecastSlab(o options, requests []Request) Forecast {
	f := slabForecast{core: newSlabCore(o), small: 8 * o.number("small", 0), free: map[int]int{}, got: make([]int, len(requests))}
	array := 0
	for _, r := range requests {
		if r.Bytes <= f.small {
			array += roundUp(r.Bytes, Alignment)
		}
	}
	if array > 0 {
		f.held = f.core.from.round(array)
	}
	f.contract(requests)
	first := Forecast{First: f.held, Misses: f.misses}
	for again, before := 0, -1; again < SettlesWithin && f.misses != before; again++ {
		before = f.misses
		f.contract(requests)
	}
	first.Footprint = f.held
	return first
}

// slabForecast is the state of a simulated slab.
type slabForecast struct {
	core               *slabCore // its sizes only
	small              int
	free               map[int]int // buffers by class
	got                []int       // by id: class
	held, left, misses int
}

func (f *slabForecast) contract(requests []Request) {
	Walk(requests, func(id int) {
		if requests[id].Bytes > f.small {
			f.got[id] = f.take(slabClass(requests[id].Bytes))
		}
	}, func(id int) {
		if requests[id].Bytes > f.small {
			f.free[f.got[id]]++
		}
	})
}

// take returns the class of the buffer that serves class.
func (f *slabForecast) take(class int) int {
	need := slabBytes(class)
	for c := class; c <= class+slabBorrow && (c == class || need > f.core.carve); c++ {
		if f.free[c] > 0 {
			f.free[c]--
			return c
		}
	}
	f.misses++
	switch {
	case need > f.core.carve:
		f.held += f.core.from.round(need)
	case need > f.left:
		f.held += f.core.from.round(f.core.room)
		f.left = f.core.room - need
	default:
		f.left -= need
	}
	return class
}

func forecastExactPool(o options, requests []Request) Forecast {
	free := map[int]int{}
	held, misses := 0, 0
	Walk(requests, func(id int) {
		bytes := requests[id].Bytes
		if free[bytes] > 0 {
			free[bytes]--
			return
		}
		misses++
		held += bytes
	}, func(id int) {
		free[requests[id].Bytes]++
	})
	return Forecast{Footprint: held, First: held, Misses: misses}
}

func forecastBestFit(o options, requests []Request) Forecast {
	opt := parseBestFit(o)
	var free []int // sizes, ascending
	filed := make([]int, len(requests))
	held, misses := 0, 0
	contract := func() {
		Walk(requests, func(id int) {
			bytes := requests[id].Bytes
			filed[id] = bytes
			if i, _ := slices.BinarySearch(free, bytes); i < len(free) && opt.accepts(free[i], bytes) {
				if !opt.shrink {
					filed[id] = free[i]
				}
				free = slices.Delete(free, i, i+1)
				return
			}
			misses++
			held += bytes
		}, func(id int) {
			i, _ := slices.BinarySearch(free, filed[id])
			free = slices.Insert(free, i, filed[id])
		})
	}
	contract()
	f := Forecast{Footprint: held, First: held, Misses: misses}
	for again := 0; opt.keep && again < SettlesWithin; again++ {
		before := misses
		if contract(); misses == before && !opt.shrink {
			break // the same buffers are free as before
		}
		f.Footprint = held
	}
	return f
}

func forecastInline(o options, requests []Request) Forecast {
	s := inline{limit: inlineLimit(o)}
	rest := s.split(requests)
	f, _ := Predict(inlineBase(o), rest) // parts of what was checked before
	records := roundUp(s.limit, Alignment) * len(requests)
	f.Footprint += records
	f.First += records
	return f
}
