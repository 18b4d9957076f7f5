package result

import "time"

// Tuned is what was measured to be fastest in a program on this machine, and differs from
// what is forecast to be.
type Tuned struct {
	At      time.Time      `json:"measured_at"`
	Regions string         `json:"regions,omitempty"` // as --regions takes them; "": those of the setting
	Kernels map[int]string `json:"kernels,omitempty"` // kinds of kernels by step, in execution order
	// Ratio is the time of the program as it was compiled to that of the tuned one, as it
	// was measured then; 1 if nothing was found to be faster.
	Ratio float64 `json:"ratio"`
}
