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

func forecastExactPool(_ options, requests []Request) Forecast {
	fresh := exactFresh(requests)
	held := sum(fresh)
	return Forecast{Footprint: held, First: held, Misses: len(fresh)}
}

// exactFresh returns the sizes of the buffers that an empty exactpool takes for a
// contraction, in order.
func exactFresh(requests []Request) (fresh []int) {
	free := map[int]int{}
	Walk(requests, func(id int) {
		bytes := requests[id].Bytes
		if free[bytes] > 0 {
			free[bytes]--
			return
		}
		fresh = append(fresh, bytes)
	}, func(id int) {
		free[requests[id].Bytes]++
	})
	return fresh
}

func forecastBestFit(o options, requests []Request) Forecast {
	b := bestFitForecast{opt: parseBestFit(o), filed: make([]int, len(requests))}
	fresh := b.contract(requests)
	held := sum(fresh)
	f := Forecast{Footprint: held, First: held, Misses: len(fresh)}
	for again := 0; b.opt.keep && again < SettlesWithin; again++ {
		fresh := b.contract(requests)
		if len(fresh) == 0 && !b.opt.shrink {
			break // the same buffers are free as before
		}
		f.Footprint += sum(fresh)
	}
	return f
}

// bestFitForecast is the state of a simulated bestfit.
type bestFitForecast struct {
	opt   bestFitOptions
	free  []int // sizes, ascending
	filed []int // by id: what the buffer will be filed under
}

// contract returns the sizes of the buffers that a contraction takes, in order.
func (b *bestFitForecast) contract(requests []Request) (fresh []int) {
	Walk(requests, func(id int) {
		bytes := requests[id].Bytes
		b.filed[id] = bytes
		if i, _ := slices.BinarySearch(b.free, bytes); i < len(b.free) && b.opt.accepts(b.free[i], bytes) {
			if !b.opt.shrink {
				b.filed[id] = b.free[i]
			}
			b.free = slices.Delete(b.free, i, i+1)
			return
		}
		fresh = append(fresh, bytes)
	}, func(id int) {
		i, _ := slices.BinarySearch(b.free, b.filed[id])
		b.free = slices.Insert(b.free, i, b.filed[id])
	})
	return fresh
}

func sum(numbers []int) (total int) {
	for _, n := range numbers {
		total += n
	}
	return total
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
