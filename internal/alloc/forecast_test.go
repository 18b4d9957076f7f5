package alloc_test

import (
	"testing"
	"unsafe"

	"pgregory.net/rapid"

	"tnbench/internal/alloc"
	"tnbench/internal/alloc/alloctest"
	"tnbench/internal/alloc/wrap"
)

// observe drives a strategy through one contraction in the order of Walk and
// returns the most it held (or, if it can't tell, the most that was live).
func observe(t rapid.TB, s *wrap.Counting, requests []alloc.Request) (peak int) {
	sized, ok := wrap.As[alloc.Sized](s)
	note := func() {
		if ok {
			peak = max(peak, sized.Footprint())
		}
	}
	at := make([]unsafe.Pointer, len(requests))
	note()
	alloc.Walk(requests, func(id int) {
		if at[id] = s.Alloc(id); at[id] == nil {
			t.Fatalf("out of memory at %d bytes", requests[id].Bytes)
		}
		note()
	}, func(id int) {
		s.Free(id, at[id])
		note()
	})
	if !ok {
		peak = s.Counts().Peak
	}
	s.Reset()
	note()
	return peak
}

func TestForecastIsWhatHappens(t *testing.T) {
	for _, spec := range runnable(t) {
		if spec == "syncpool" {
			continue // can't tell what it holds; see below
		}
		t.Run(spec, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				requests := alloctest.Programs().Draw(rt, "requests")
				want, err := alloc.Predict(spec, requests)
				if err != nil {
					rt.Fatal(err)
				}
				s := wrap.NewCounting(alloctest.New(t, spec))
				defer s.Close()
				if err := s.Prepare(requests); err != nil {
					rt.Fatal(err)
				}
				got := alloc.Forecast{First: observe(rt, s, requests), Plan: want.Plan}
				counts := s.Counts()
				got.Hits, got.Misses = counts.Hits, counts.Misses
				for range alloc.SettlesWithin {
					s.Clear()
					got.Footprint = observe(rt, s, requests)
				}
				if got != want {
					rt.Errorf("%+v: happened %+v, forecast %+v", requests, got, want)
				}
			})
		})
	}
}
