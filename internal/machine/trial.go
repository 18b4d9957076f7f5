package machine

import (
	"slices"
	"time"
)

// seconds returns how long work takes, in seconds.
func seconds(work func()) float64 {
	start := time.Now()
	work()
	return time.Since(start).Seconds()
}

// each returns the median time in seconds of one of n equal parts of work over
// several trials: what disturbs a few of them does not move it.
func each(trials, n int, work func()) float64 {
	times := make([]float64, trials)
	for i := range times {
		times[i] = seconds(work)
	}
	return median(times) / float64(n)
}

// median returns the middle of values, which it sorts; 0 if there are none.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	half := len(values) / 2
	if len(values)%2 == 1 {
		return values[half]
	}
	return (values[half-1] + values[half]) / 2
}
