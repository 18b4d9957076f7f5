package alloc

// PeakLive returns the most bytes that requests have live at once: the lower
// bound of what any strategy can hold.
func PeakLive(requests []Request) int {
	last := int32(-1)
	for _, r := range requests {
		last = max(last, r.Last)
	}
	change := make([]int, last+2) // change[s]: bytes that become live at step s, less those that ended before
	for _, r := range requests {
		change[r.First] += r.Bytes
		change[r.Last+1] -= r.Bytes
	}
	peak, live := 0, 0
	for _, c := range change {
		live += c
		peak = max(peak, live)
	}
	return peak
}
