package peaks

import (
	"time"

	"tnbench/internal/stats"
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
	return stats.Median(times) / float64(n)
}
