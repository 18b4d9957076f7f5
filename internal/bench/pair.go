package bench

import (
	"fmt"
	"time"

	"tnbench/internal/alloc"
	"tnbench/internal/stats"
)

// PairCost is what one Alloc and its Free cost, bookkeeping only: the memory is
// not touched by us.
type PairCost struct {
	Spec  string
	Bytes int
	// Nanoseconds of a pair and its share of the contraction's Reset: the median
	// of PairBatches batches, and the quartiles around it.
	Nanoseconds, Q1, Q3 float64
}

const (
	// PairBatches is the number of batches of MeasurePair.
	PairBatches = 15
	// pairBatch is the least time of a batch, well above the clock's own cost.
	pairBatch = 500 * time.Microsecond
	// pairRoom bounds what the buffers of one contraction add up to: an arena
	// holds all of them.
	pairRoom  = 256 << 20
	mostPairs = 256
)

// PairSizes are buffers from one element to 128 MiB.
var PairSizes = []int{8, 64, 512, 4 << 10, 32 << 10, 256 << 10, 2 << 20, 16 << 20, 128 << 20}

// MeasurePair measures the pairs of spec for buffers of one size, in steady
// state: the buffers of a contraction live one after the other. It takes about
// 10 ms, and more where a pair takes milliseconds.
func MeasurePair(spec string, bytes int) (PairCost, error) {
	run, pairs, end, err := pairs(spec, bytes)
	if err != nil {
		return PairCost{}, err
	}
	defer end()
	contractions := 1
	batch := func() time.Duration {
		start := time.Now()
		for range contractions {
			run()
		}
		return time.Since(start)
	}
	for batch() < pairBatch { // warms up, too
		contractions *= 2
	}
	each := make([]float64, PairBatches)
	for i := range each {
		each[i] = float64(batch().Nanoseconds()) / float64(contractions*pairs)
	}
	q1, median, q3 := stats.Quartiles(each)
	return PairCost{spec, bytes, median, q1, q3}, nil
}

// pairs prepares spec for a contraction of n buffers of one size, each freed
// before the next is allocated. run contracts once, end closes the strategy.
func pairs(spec string, bytes int) (run func(), n int, end func() error, err error) {
	s, err := alloc.New(spec)
	if err != nil {
		return nil, 0, nil, err
	}
	n = min(max(pairRoom/max(bytes, 1), 1), mostPairs)
	requests := make([]alloc.Request, n)
	for id := range requests {
		requests[id] = alloc.Request{Bytes: bytes, First: int32(id), Last: int32(id)}
	}
	if err := s.Prepare(requests); err != nil {
		s.Close() // the first error is the one to tell
		return nil, 0, nil, fmt.Errorf("strategy %q: %w", spec, err)
	}
	run = func() {
		for id := range n {
			s.Free(id, s.Alloc(id))
		}
		s.Reset()
	}
	return run, n, s.Close, nil
}
