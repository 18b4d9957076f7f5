package alloc

import "slices"

func forecastSlab(o options, requests []Request) Forecast {
	s, small := newSlabCore(o), 8*o.number("small", 0)
	free := make(map[int]int)
	array, held, left, misses := 0, 0, 0, 0
	Walk(requests, func(id int) {
		bytes := requests[id].Bytes
		if bytes <= small {
			array += roundUp(bytes, Alignment)
			return
		}
		class := slabClass(bytes)
		need := slabBytes(class)
		switch {
		case free[class] > 0:
			free[class]--
			return
		case need > s.carve:
			held += s.from.round(need)
		case need > left:
			held += s.from.round(s.room)
			left = s.room - need
		default:
			left -= need
		}
		misses++
	}, func(id int) {
		if bytes := requests[id].Bytes; bytes > small {
			free[slabClass(bytes)]++
		}
	})
	if array > 0 {
		held += s.from.round(array)
	}
	return Forecast{Footprint: held, First: held, Misses: misses}
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
