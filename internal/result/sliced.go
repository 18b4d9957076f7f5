package result

// Sliced is how a network was contracted slice by slice: labels were cut, steps that
// depend on them ran once per slice, and the others once.
type Sliced struct {
	Labels string  `json:"labels"` // that were cut, as --slice takes them
	Slices int     `json:"slices"`
	Added  int     `json:"added"` // slices that add up to one element of the result of the last of the steps
	Steps  int     `json:"steps"` // that ran once per slice
	Flops  float64 `json:"flops"` // of all slices together
	Whole  float64 `json:"flops_without"`
	// PeakLive is what is live at most, of one contraction, and PeakWhole what would be
	// without slices, with the same regions allowed. It is absent where nobody can hold it.
	PeakLive  int        `json:"peak_live_bytes"`
	PeakWhole Maybe[int] `json:"peak_live_without_bytes,omitzero"`
	// Time is how many times as long it is forecast to take.
	Time Maybe[float64] `json:"time_forecast,omitzero"`
}
